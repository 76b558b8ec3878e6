/* What may follow what in a story's life, and the names of stages and events. Pure; callable from any thread. */
#ifndef NEWS_STAGE_H
#define NEWS_STAGE_H

#include "base/str.h"

enum stage { STAGE_DRAFT, STAGE_REVIEW, STAGE_SCHEDULED, STAGE_LIVE, STAGE_HELD, STAGE_KILLED };

/* What a record tells. The first seven are sent to subscribers under these names; the others only change what readers
 * may see (rights, codes, a story's end of shelf life, a new epoch, a public portion that a delay held back). */
enum event {
    EVENT_NONE,
    EVENT_STORY,
    EVENT_UPDATE,
    EVENT_CORRECTION,
    EVENT_HOLD,
    EVENT_RELEASE,
    EVENT_KILL,
    EVENT_ADVISORY,
    EVENT_EXPIRE,
    EVENT_ORG,
    EVENT_USER,
    EVENT_CODE,
    EVENT_EPOCH,
    EVENT_PUBLIC,
    EVENT_COUNT
};

const char *stage_name(enum stage s); /* "draft" … ; static */
bool stage_parse(struct str s, enum stage *out);
const char *event_name(enum event e); /* "story" … ; static */
bool event_parse(struct str s, enum event *out);
bool event_is_story(enum event e); /* EVENT_STORY … EVENT_ADVISORY: is about a story and sent to subscribers */

/* What an editor (or a due timer: ACT_PUBLISH) does to a story that exists. ACT_PUT keeps the stage: a draft stays one,
 * a live story gets an update, a held one goes out held again. */
enum act { ACT_PUT, ACT_CORRECT, ACT_HOLD, ACT_RELEASE, ACT_KILL, ACT_PUBLISH };
const char *act_name(enum act a);
/* Stage and event after `act` on a story in stage `from`. ERR_STATE with a sentence in why when it may not be done
 * (release of what is not held, anything on a killed story, a kill of what never went out). A kill of a killed story is
 * OK with EVENT_NONE. The first version of an advisory is published under EVENT_ADVISORY: the caller knows the kind. */
enum err stage_next(enum stage from, enum act act, enum stage *to, enum event *event, struct why *why) MUST_USE;

#endif
