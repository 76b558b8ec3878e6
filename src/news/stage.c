#include "news/stage.h"

static const char *const STAGE_NAMES[] = {"draft", "review", "scheduled", "live", "held", "killed"};
static const char *const EVENT_NAMES[EVENT_COUNT] = {"none", "story",  "update", "correction", "hold", "release", "kill",
                                                     "advisory", "expire", "org", "user", "code", "epoch", "public"};
static const char *const ACT_NAMES[] = {"put", "correct", "hold", "release", "kill", "publish"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool find_name(const char *const *names, size_t count, struct str s, size_t *out)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(s, names[i])) {
            *out = i;
            return true;
        }
    return false;
}

const char *stage_name(enum stage s)
{
    must((size_t)s < COUNT(STAGE_NAMES));
    return STAGE_NAMES[s];
}

bool stage_parse(struct str s, enum stage *out)
{
    size_t i;
    if (!find_name(STAGE_NAMES, COUNT(STAGE_NAMES), s, &i))
        return false;
    *out = (enum stage)i;
    return true;
}

const char *event_name(enum event e)
{
    must((size_t)e < COUNT(EVENT_NAMES));
    return EVENT_NAMES[e];
}

bool event_parse(struct str s, enum event *out)
{
    size_t i;
    if (!find_name(EVENT_NAMES, COUNT(EVENT_NAMES), s, &i) || i == EVENT_NONE)
        return false;
    *out = (enum event)i;
    return true;
}

bool event_is_story(enum event e)
{
    return e >= EVENT_STORY && e <= EVENT_ADVISORY;
}

const char *act_name(enum act a)
{
    must((size_t)a < COUNT(ACT_NAMES));
    return ACT_NAMES[a];
}

/* One cell: what follows, or (with a sentence) why not. */
struct step {
    enum stage to;
    enum event event;
    const char *refusal;
};
#define GO(stage, ev) {stage, ev, NULL}
#define NO(sentence) {STAGE_DRAFT, EVENT_NONE, sentence}

#define NOT_OUT "the story is not live yet, nobody has it: change or withdraw the draft itself (PUT)"
#define NOT_HELD "the story is not held, so there is nothing to release"
#define IS_KILLED "the story is killed and that is final: publish a new story that links to it"

/* A held story may be rewritten, but every new version of it goes out as "hold" again: a reader who knows only event
 * names must never take it for usable. */
static const struct step STEPS[][6] = {
    [STAGE_DRAFT] = {GO(STAGE_DRAFT, EVENT_NONE), NO(NOT_OUT), NO(NOT_OUT), NO(NOT_HELD), NO(NOT_OUT),
                     GO(STAGE_LIVE, EVENT_STORY)},
    [STAGE_REVIEW] = {GO(STAGE_REVIEW, EVENT_NONE), NO(NOT_OUT), NO(NOT_OUT), NO(NOT_HELD), NO(NOT_OUT),
                      GO(STAGE_LIVE, EVENT_STORY)},
    [STAGE_SCHEDULED] = {GO(STAGE_SCHEDULED, EVENT_NONE), NO(NOT_OUT), NO(NOT_OUT), NO(NOT_HELD), NO(NOT_OUT),
                         GO(STAGE_LIVE, EVENT_STORY)},
    [STAGE_LIVE] = {GO(STAGE_LIVE, EVENT_UPDATE), GO(STAGE_LIVE, EVENT_CORRECTION), GO(STAGE_HELD, EVENT_HOLD),
                    NO(NOT_HELD), GO(STAGE_KILLED, EVENT_KILL), NO("the story is live already: send an update (PUT)")},
    [STAGE_HELD] = {GO(STAGE_HELD, EVENT_HOLD), NO("the story is held: release it first, then correct it"),
                    NO("the story is held already"), GO(STAGE_LIVE, EVENT_RELEASE), GO(STAGE_KILLED, EVENT_KILL),
                    NO("the story is held: release it")},
    [STAGE_KILLED] = {NO(IS_KILLED), NO(IS_KILLED), NO(IS_KILLED), NO(IS_KILLED), GO(STAGE_KILLED, EVENT_NONE),
                      NO(IS_KILLED)},
};

enum err stage_next(enum stage from, enum act act, enum stage *to, enum event *event, struct why *why)
{
    must((size_t)from < COUNT(STEPS) && (size_t)act < COUNT(ACT_NAMES));
    const struct step *s = &STEPS[from][act];
    if (s->refusal)
        return err_why(why, ERR_STATE, "/state", "%s", s->refusal);
    *to = s->to;
    *event = s->event;
    return OK;
}
