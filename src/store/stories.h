/* Commands about stories: the one place where a version, its record, its index entries and its public portion are
 * written, in one transaction. Drafts never touch what readers see (trust P9). */
#ifndef STORE_STORIES_H
#define STORE_STORIES_H

#include "codec/native.h"
#include "codec/ninjs.h"
#include "news/portion.h"
#include "store/writer.h"

/* What every story command needs to know; lives as long as the store. Snapshots inside are replaced on the store thread. */
struct stories {
    struct agency agency;
    struct codes *codes; /* store thread's ref; readers use stories_codes */
    struct portion_rule rule;
    uint8_t master[32]; /* wraps keys of sealed drafts */
    bool has_master;
    struct str timezone;
};

struct story_answer {
    char id[96], draft_id[96];
    uint64_t n, seq;
    uint32_t version;
    enum stage stage;
    bool is_replay; /* the same idempotency key came before; `json` is that answer */
    char json[512]; /* {"id","version","seq","state","url"} or {id,version,seq,state} */
};

struct story_command {
    struct command command;
    struct stories *stories;
    bool is_new;
    enum act act;         /* when not new */
    char target[96];      /* id when not new */
    bool has_base;
    uint32_t base;        /* version the author saw (If-Match), else ERR_STALE */
    struct story *story;  /* builder with the whole new version (new, put, correct), or NULL (hold, release, kill); owned */
    enum stage ask;       /* live, draft, review */
    char by[64];
    char note[2048];      /* correction note or reason */
    uint32_t user;        /* idempotency is per user */
    char key[256];        /* Idempotency-Key, "" = none */
    uint8_t key_hash[ID_HASH]; /* of the request's content */
    bool is_import;       /* keeps source dates, marks archived */
    int64_t import_at_ms;
    struct story_answer answer;
};
void story_command_init(struct story_command *c, struct stories *s);
void story_command_fini(struct story_command *c);
/* Releases what is due (schedule, embargo, expiry) and tells when to come again; writer_set_due. Holds releases while the
 * clock has just jumped (trust P15). */
int64_t stories_due(struct writer *w, void *stories);
struct codes *stories_codes(struct stories *s); /* a ref; any thread */

/* Code lists change by record as well. */
struct code_command {
    struct command command;
    struct stories *stories;
    enum code_kind kind;
    struct code row;
};
void code_command_init(struct code_command *c, struct stories *s);

#endif
