#include "store/scenario.h"

#define BEGAN_MS INT64_C(1767258000000) /* 2026-01-01T09:00:00Z: fixed, so that every play is the same */
#define NINJS_MOST (256u * 1024)

struct scene {
    char story;
    uint32_t version;
    enum event event;
    enum stage stage;
    enum story_kind kind;
    const char *language;
    uint8_t priority, category;
    const char *headline, *spot, *body, *note;
};

static const struct scene SCENES[] = {
#define SCENE(story, version, event, stage, kind, language, priority, category, headline, spot, body, note)                 \
    {story, version, EVENT_##event, STAGE_##stage, KIND_##kind, language, priority, category, headline, spot, body, note},
#include "store/scenario.def"
#undef SCENE
};
_Static_assert(sizeof SCENES / sizeof *SCENES == SCENARIO_EVENTS, "the scenario has as many events as it says");

static int64_t at_ms(size_t i)
{
    return BEGAN_MS + (int64_t)i * 1000;
}

static int64_t first_ms(char story)
{
    size_t i = 0;
    while (SCENES[i].story != story)
        i++;
    return at_ms(i);
}

static struct story *make_story(size_t i, const struct codes *codes)
{
    const struct scene *scene = &SCENES[i];
    struct story *s = story_new();
    const struct code *language = codes_find(codes, CODE_LANGUAGE, str_from(scene->language));
    s->codes = (struct story_codes){.type = TYPE_TEXT, .language = language ? language->code : 0, .provider = 1,
                                    .priority = scene->priority, .kind = (uint8_t)scene->kind};
    codeset_add(&s->codes.package, 1);
    codeset_add(&s->codes.category, scene->category);
    uint64_t n = (uint64_t)(scene->story - 'A') + 1;
    s->head = (struct story_head){.id = arena_printf(s->arena, "test:text:19700101:%u", (unsigned)n), .n = n, .seq = i + 1,
                                  .version = scene->version, .stage = scene->stage, .event = scene->event, .by = S("test"),
                                  .note = str_from(scene->note)};
    s->times.first_ms = first_ms(scene->story);
    s->times.at_ms = at_ms(i);
    s->language = str_from(scene->language);
    s->text.headline = str_from(scene->headline);
    s->text.spot = str_from(scene->spot);
    s->text.body = str_from(scene->body);
    return story_freeze(s);
}

static struct str write_ninjs(struct frame *f, bool is_notice)
{
    struct buf b = BUF_INIT(NINJS_MOST);
    if (is_notice)
        ninjs_write_notice(&b, f->story, f->codes_list, f->agency);
    else
        ninjs_write(&b, f->story, f->codes_list, f->agency);
    must(buf_ok(&b));
    struct str kept = arena_str(f->arena, buf_str(&b));
    buf_fini(&b);
    return kept;
}

static struct frame *make_frame(const struct stories *s, size_t i, struct codes *codes)
{
    struct story *story = make_story(i, codes);
    struct frame *f = frame_new();
    f->seq = i + 1;
    f->at_ms = at_ms(i);
    f->event = story->head.event;
    f->codes = story->codes;
    f->version = story->head.version;
    f->id = arena_str(f->arena, story->head.id);
    f->n = story->head.n;
    f->story = story;
    f->codes_list = codes_ref(codes);
    f->agency = &s->agency;
    bool is_off = story->head.stage != STAGE_LIVE;
    if (is_off || f->event == EVENT_CORRECTION)
        f->notice = write_ninjs(f, true);
    if (!is_off)
        f->full = write_ninjs(f, false);
    return f;
}

void scenario_frames(struct stories *s, struct frame *out[static SCENARIO_EVENTS])
{
    struct codes *codes = stories_codes(s);
    for (size_t i = 0; i < SCENARIO_EVENTS; i++)
        out[i] = make_frame(s, i, codes);
    codes_unref(&codes);
}
