#include "codec/ninjs.h"
#include "base/json.h"
#include "sample.h"
#include "../tap.h"

static struct codes *codes;
static struct buf out = {.max = 1 << 20};

static struct json *written(const struct story *s, bool is_notice)
{
    struct json *j = NULL;
    buf_reset(&out);
    if (is_notice)
        ninjs_write_notice(&out, s, codes, &SAMPLE_AGENCY);
    else
        ninjs_write(&out, s, codes, &SAMPLE_AGENCY);
    ok_int(json_parse(buf_str(&out), &j, NULL), OK, "it is JSON");
    return j;
}

static struct str first_value(const struct json *j, const char *member)
{
    return json_str(json_get(json_at(json_get(j, member), 0), "value"));
}

static struct str alt(const struct json *j, const char *role)
{
    const struct json *list = json_get(j, "altIds");
    for (size_t i = 0; i < json_count(list); i++)
        if (str_is(json_str(json_get(json_at(list, i), "role")), role))
            return json_str(json_get(json_at(list, i), "value"));
    return STR_NONE;
}

static void test_story(void)
{
    struct story *s = sample_story();
    static const struct story_figure figure = {{"980", 3}, {"araç", 5}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    s->figures = &figure;
    s->figure_count = 1;
    struct json *j = written(s, false);
    ok_str(json_str(json_get(j, "uri")), "aa:text:20260314:5000121", "uri");
    ok_str(json_str(json_get(j, "version")), "2", "version is a string");
    ok_str(json_str(json_get(j, "versionCreated")), "2026-03-14T09:21:05.123Z", "time");
    ok_str(json_str(json_get(j, "pubStatus")), "usable", "status");
    ok_str(first_value(j, "headlines"), "Çınarköy Kütüphanesi \"gece okuması\" için saatlerini uzattı", "headline");
    ok_str(first_value(j, "bodies"), SAMPLE_BODY, "body");
    ok_int(json_count(json_get(j, "bodies")), 1, "the text stands once");
    ok_str(json_str(json_get(json_at(json_get(j, "subjects"), 0), "literal")), "AAcat:KUL", "category first");
    ok_str(json_str(json_get(json_at(json_get(j, "subjects"), 0), "name")), "Kültür, Sanat, Yaşam", "… by its name");
    ok_int(json_count(json_get(j, "associations")), 3, "media");
    ok_str(alt(j, "event"), "update", "event");
    ok_str(alt(j, "priority"), "4", "priority");
    ok_str(json_str(json_get(json_at(json_get(j, "descriptions"), 1), "value")), "{\"value\":980,\"unit\":\"araç\"}",
           "figures for machines");
    json_free(&j);
    story_unref(&s);
}

static void test_correction(void)
{
    struct story *s = sample_story();
    s->head.event = EVENT_CORRECTION;
    s->head.note = S("Saat düzeltildi.");
    struct json *j = written(s, false);
    ok_str(json_str(json_get(j, "edNote")), "Saat düzeltildi.\nAra başlık eklendi.", "the note of the correction, then the rest");
    ok_str(alt(j, "event"), "correction", "event");
    json_free(&j);
    j = written(s, true);
    ok(!json_get(j, "bodies") && !json_get(j, "descriptions") && !json_get(j, "by"), "for who lost the right: no text");
    ok(first_value(j, "headlines").n > 10, "… but the headline");
    ok_str(json_str(json_get(j, "edNote")), "Saat düzeltildi.", "… and the note");
    json_free(&j);
    story_unref(&s);
}

static void test_notice(void)
{
    struct story *s = sample_story();
    s->head.stage = STAGE_KILLED;
    s->head.event = EVENT_KILL;
    s->head.note = S("Yanlış.");
    struct json *j = written(s, false);
    ok_str(json_str(json_get(j, "pubStatus")), "canceled", "killed, even when the whole story is asked for");
    ok_str(first_value(j, "headlines"), "Bu haber geri çekilmiştir.", "notice");
    ok(!str_has(buf_str(&out), S("Kütüphane")) && !str_has(buf_str(&out), S("kütüphane")), "nothing of the text");
    ok_str(json_str(json_get(j, "edNote")), "Yanlış.", "reason");
    json_free(&j);
    s->head.stage = STAGE_HELD;
    s->language = S("en");
    j = written(s, true);
    ok_str(json_str(json_get(j, "pubStatus")), "withheld", "held");
    ok_str(first_value(j, "headlines"), "This story is on hold.", "notice in the story's language");
    json_free(&j);
    story_unref(&s);
}

static void test_small(void)
{
    struct story *s = story_new();
    sample_head(s);
    s->language = S("en");
    s->codes.priority = 1;
    s->text.headline = S("FLASH");
    struct json *j = written(s, false);
    ok(!json_get(j, "bodies") && !json_get(j, "places") && !json_get(j, "associations"), "empty members are left out");
    ok_int(json_int(json_get(j, "urgency"), 0), 1, "urgency");
    json_free(&j);
    story_unref(&s);
}

int main(void)
{
    codes = codes_seed(S("AA"));
    test_story();
    test_correction();
    test_notice();
    test_small();
    codes_unref(&codes);
    buf_fini(&out);
    return tap_end();
}
