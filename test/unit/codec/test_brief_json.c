#include "codec/brief_json.h"
#include "../tap.h"

static struct brief *sample(void)
{
    static struct str lines[2];
    static struct brief_note notes[2];
    lines[0] = S("Bir \"söz\".");
    lines[1] = S("İki\nsatır <b>");
    notes[0] = (struct brief_note){1773480065123, S("Düzeltme")};
    notes[1] = (struct brief_note){5, S("eski")};
    struct brief *b = brief_new();
    b->n = 5000121;
    b->version = 3;
    b->first_ms = 1773478540000;
    b->at_ms = 1773480065123;
    b->priority = 2;
    b->category = 7;
    b->kind = 2;
    b->language_code = 1;
    b->is_headline_only = true;
    b->id = S("aa:text:20260314:5000121");
    b->language = S("tr-CY");
    b->edition = S("tr");
    b->headline = S("Başlık </script>");
    b->spot = S("Spot");
    b->byline = S("Ad");
    b->city = S("Van");
    b->country = S("TR");
    b->teaser = S("Kısa");
    b->picture_caption = S("Resim");
    b->summary = b->sections = b->keywords = (struct strs){lines, 2};
    b->notes = notes;
    b->note_count = 2;
    return brief_freeze(b);
}

static void test_round(void)
{
    struct brief *b = sample(), *again = NULL;
    struct buf one = BUF_INIT(1 << 20), two = BUF_INIT(1 << 20);
    brief_json_write(&one, b);
    ok_int(brief_json_read(buf_str(&one), &again, NULL), OK, "read");
    brief_json_write(&two, again);
    ok(str_eq(buf_str(&one), buf_str(&two)), "what is read writes the same");
    ok(again->n == b->n && again->version == 3 && again->at_ms == b->at_ms && again->is_headline_only && !again->is_killed,
       "numbers and flags");
    ok_str(again->headline, "Başlık </script>", "headline");
    ok(str_is(again->language, "tr-CY") && str_is(again->edition, "tr"), "language and edition");
    ok_str(again->summary.v[1], "İki\nsatır <b>", "summary");
    ok(again->note_count == 2 && again->notes[0].at_ms == 1773480065123, "notes");
    brief_unref(&b);
    brief_unref(&again);
    buf_fini(&one);
    buf_fini(&two);
}

static void test_faults(void)
{
    struct brief *b = NULL;
    ok_int(brief_json_read(S("{}"), &b, NULL), ERR_PARSE, "no number");
    ok_int(brief_json_read(S("[1]"), &b, NULL), ERR_PARSE, "no object");
    ok_int(brief_json_read(S("{"), &b, NULL), ERR_PARSE, "no JSON");
    ok(b == NULL, "nothing is given");
    ok_int(brief_json_read(S("{\"n\":1,\"killed\":true}"), &b, NULL), OK, "the least there is");
    ok(b->is_killed && b->summary.n == 0, "… is a notice");
    brief_unref(&b);
}

int main(void)
{
    test_round();
    test_faults();
    return tap_end();
}
