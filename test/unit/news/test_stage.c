#include "news/stage.h"

#include "../tap.h"

/* The whole table, written out a second time: "-" = refused. */
static const char *const WANTED[6][6] = {
    /* put, correct, hold, release, kill, publish */
    {"draft/none", "-", "-", "-", "-", "live/story"},
    {"review/none", "-", "-", "-", "-", "live/story"},
    {"scheduled/none", "-", "-", "-", "-", "live/story"},
    {"live/update", "live/correction", "held/hold", "-", "killed/kill", "-"},
    {"held/hold", "-", "-", "live/release", "killed/kill", "-"},
    {"-", "-", "-", "-", "killed/none", "-"},
};

static void table(void)
{
    for (int from = STAGE_DRAFT; from <= STAGE_KILLED; from++)
        for (int act = ACT_PUT; act <= ACT_PUBLISH; act++) {
            enum stage to = STAGE_REVIEW;
            enum event event = EVENT_EPOCH;
            struct why why = {0};
            char got[40] = "-";
            enum err e = stage_next((enum stage)from, (enum act)act, &to, &event, &why);
            if (e == OK)
                snprintf(got, sizeof got, "%s/%s", stage_name(to), event_name(event));
            ok_str(str_from(got), WANTED[from][act], "%s, %s", stage_name((enum stage)from), act_name((enum act)act));
            if (e)
                ok(e == ERR_STATE && why.text[0] && to == STAGE_REVIEW && event == EVENT_EPOCH, "refused with a reason, outputs untouched");
        }
}

static void names(void)
{
    bool same = true;
    for (int s = STAGE_DRAFT; s <= STAGE_KILLED; s++) {
        enum stage back = STAGE_DRAFT;
        same &= stage_parse(str_from(stage_name((enum stage)s)), &back) && back == (enum stage)s;
    }
    ok(same, "stage names read back");
    same = true;
    for (int e = EVENT_STORY; e < EVENT_COUNT; e++) {
        enum event back = EVENT_NONE;
        same &= event_parse(str_from(event_name((enum event)e)), &back) && back == (enum event)e;
    }
    ok(same, "event names read back");
    enum event none = EVENT_KILL;
    enum stage s = STAGE_HELD;
    ok(!event_parse(S("none"), &none) && !event_parse(S(""), &none) && none == EVENT_KILL, "no event is not an event");
    ok(!stage_parse(S("Live"), &s) && !stage_parse(S("dead"), &s) && s == STAGE_HELD, "unknown stages refused");
    int stories = 0;
    for (int e = EVENT_NONE; e < EVENT_COUNT; e++)
        stories += event_is_story((enum event)e);
    ok_int(stories, 7, "seven events are sent to subscribers");
    ok(event_is_story(EVENT_KILL) && event_is_story(EVENT_ADVISORY) && !event_is_story(EVENT_EXPIRE) && !event_is_story(EVENT_NONE),
       "which ones");
}

int main(void)
{
    table();
    names();
    return tap_end();
}
