/* One version of a story. Built in one thread, then frozen: immutable, refcounted, shared by any thread.
 *
 * All slices point into the story's own arena. A builder owns what it points to: copy with arena_str, arena_strs
 * into story->arena. Times are Unix milliseconds, 0 = absent. */
#ifndef NEWS_STORY_H
#define NEWS_STORY_H

#include "base/arena.h"
#include "base/mem.h"
#include "news/code.h"
#include "news/stage.h"

enum story_type { TYPE_TEXT = 1, TYPE_PICTURE, TYPE_VIDEO, TYPE_FILE, TYPE_GRAPH }; /* = HAS codes */
enum story_kind { KIND_STORY, KIND_ADVISORY, KIND_REPEAT };
enum story_public { PUBLIC_AUTO, PUBLIC_SUMMARY, PUBLIC_NONE };

/* What rights and filters look at; all in clear in the record. */
struct story_codes {
    uint8_t type, language, priority, provider; /* language: code of the list, 0 when the list lacks it */
    uint8_t kind;                               /* enum story_kind */
    bool is_archive;                            /* imported: live streams skip it unless asked */
    struct codeset package, category;
};

struct story_head {
    struct str id;    /* aa:text:20260314:5000121, or aa:draft:… while not live */
    uint64_t n;       /* the number in the id; 0 for drafts */
    uint64_t seq;     /* of this version's record; 0 for drafts */
    uint32_t version; /* from 1 */
    enum stage stage;
    enum event event; /* what made this version */
    struct str by;    /* user name of who made this version */
    struct str note;  /* correction note, or reason of hold, release, kill */
};

struct story_times {
    int64_t first_ms, at_ms; /* first published; this version */
    int64_t schedule_ms, embargo_ms, expires_ms;
};

struct story_text {
    struct str headline, spot, slugline, take, byline, city, country, body; /* body: HTML of the allow-list */
    struct str ednote, usage_terms, public_summary;
};

struct story_source {
    struct str name, document, id; /* source_id: (provider, source_id) is unique at ingest */
    int64_t at_ms;
};

struct story_figure {
    struct str value, unit, text, since, said_by; /* value: JSON number or string as it came */
};
struct story_quote {
    struct str text, said_by;
};
struct story_link {
    struct str rel, id;
};

struct story {
    struct ref refs;
    struct arena *arena;
    bool is_frozen;
    struct story_codes codes;
    struct story_head head;
    struct story_times times;
    struct story_text text;
    struct story_source source;
    struct str language; /* BCP 47 */
    struct str desk;
    enum story_public public_mode;
    struct strs keywords, subjects, places, sections, media;
    const struct story_figure *figures;
    const struct story_quote *quotes;
    const struct story_link *links;
    size_t figure_count, quote_count, link_count;
};

struct story *story_new(void);                         /* an empty builder, refcount 1 */
struct story *story_copy(const struct story *from);    /* deep copy as a builder */
struct story *story_freeze(struct story *own);         /* no more changes; returns it */
struct story *story_ref(const struct story *frozen);
void story_unref(struct story **s);                    /* accepts NULL, sets NULL; also drops a builder */
/* Type words of ids: text, picture, video, file, graph. */
const char *story_type_word(enum story_type t);
bool story_type_parse(struct str word, enum story_type *out);
const char *story_kind_name(enum story_kind k);
bool story_kind_parse(struct str s, enum story_kind *out);
const char *story_public_name(enum story_public p);
bool story_public_parse(struct str s, enum story_public *out);
/* "aa:text:20260314:5000121" by has-api.md 6, one spelling only. False for anything else; "graphic" is read as graph. Outputs
 * that are not wanted may be NULL. */
bool story_id_parse(struct str id, struct str *provider, enum story_type *type, uint32_t *day, uint64_t *n);
/* IPTC urgency of a priority: 1->1 2->2 3->3 4->5 (normal) 5->6 6->8; 0 (none given) is normal. */
int story_urgency(unsigned priority);

#endif
