/* Commands about stories: the one place where a version, its record, its index entries and its public portion are
 * written, in one transaction. Drafts never touch what readers see (trust P9). */
#ifndef STORE_STORIES_H
#define STORE_STORIES_H

#include "codec/native.h"
#include "codec/ninjs.h"
#include "news/portion.h"
#include "store/due.h"
#include "store/sweep.h"
#include "store/writer.h"

#include <pthread.h>

/* What every story command needs to know; lives as long as the store. Snapshots inside are replaced on the store thread. */
struct stories {
    struct agency agency;
    struct codes *codes; /* store thread's ref; readers use stories_codes */
    struct portion_rule rule;
    uint8_t master[32]; /* wraps keys of sealed drafts */
    bool has_master;
    struct str timezone;
    pthread_mutex_t lock; /* the pointer `codes` (leaf) */
    struct due due;       /* store thread */
    struct sweep sweep;   /* store thread */
};
/* Slices of the agency are borrowed. Lists start as the seed; stories_load puts the store's rows over it. */
void stories_init(struct stories *s, const struct agency *agency, const struct portion_rule *rule);
void stories_fini(struct stories *s);
enum err stories_load(struct stories *s, struct db *d, struct why *why) MUST_USE; /* at start, before threads */

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
    bool is_reporter;     /* may not change what an editor has scheduled */
    enum err refusal;     /* found by the poster, with command.why; stands unless the key has its answer already */
    uint32_t user;        /* idempotency is per user */
    char key[256];        /* Idempotency-Key, "" = none */
    uint8_t key_hash[ID_HASH]; /* of the request's content */
    bool is_import;       /* keeps source dates, marks archived */
    int64_t import_at_ms;
    struct story_answer answer;
    struct story_work *work; /* story_command_prepare */
    struct frame **recalled; /* the command's own: what a kill leaves of earlier frames */
    size_t recalled_count;
    struct writer *writer;
};
/* Sets apply and committed; `done` is the caller's. */
void story_command_init(struct story_command *c, struct stories *s);
void story_command_fini(struct story_command *c);
/* The costly part that needs no database, on the poster's thread: words stemmed, public portion made, text committed to.
 * Call it when the command is filled and before it is posted; without it the store thread does the same itself. */
void story_command_prepare(struct story_command *c);
/* Releases what is due (schedule, embargo, expiry), sweeps after kills, and tells when to come again; for writer_set_due.
 * Holds releases while the clock has just jumped (trust P15). Must not be set before stories_load. */
int64_t stories_due(struct writer *w, void *stories);
struct codes *stories_codes(struct stories *s); /* a ref; any thread */

/* Code lists change by record as well. */
struct code_command {
    struct command command;
    struct stories *stories;
    enum code_kind kind;
    struct code row; /* slices must live until done */
};
void code_command_init(struct code_command *c, struct stories *s); /* sets apply and committed */

#endif
