/* The record: what a sequence number stands for. Canonical form by RFC 8785, SHA-256 over it, chained by the
 * predecessor's hash; text and personal data only as salted commitments, so that a kill or an erasure may delete them
 * and the chain still verifies. Documented for others in docs/protocol/record.md. Pure; any thread. */
#ifndef NEWS_CHAIN_H
#define NEWS_CHAIN_H

#include "base/buf.h"
#include "base/id.h"
#include "news/story.h"

#define CHAIN_SALT 32

struct record {
    uint64_t seq;
    int64_t at_ms;
    enum event event;
    struct str id;    /* story id, "org:7", "user:12", "code:category:3", "epoch:…" */
    uint32_t version; /* of the story, org or user; 0 when it has none */
    bool has_codes;
    struct story_codes codes;
    struct str language;
    struct story_times times;
    struct str terms;                      /* canonical JSON of an org's terms, or empty */
    bool has_text, has_person;             /* commitments below are set */
    uint8_t text[ID_HASH], person[ID_HASH];
    uint8_t prev[ID_HASH];                 /* hash of the predecessor; zeros for the first */
    uint8_t hash[ID_HASH];
};

/* SHA-256(salt || canonical JSON of the text members). */
void chain_commit_text(const uint8_t salt[static CHAIN_SALT], const struct story *s, uint8_t out[static ID_HASH]);
/* The same over any bytes, for personal data in canonical JSON. */
void chain_commit(const uint8_t salt[static CHAIN_SALT], struct str canonical, uint8_t out[static ID_HASH]);
/* Canonical text members of a story: body byline ednote figures headline note public_summary quotes slugline spot
 * source take usage_terms … in sorted order; what the commitment covers. */
void chain_text(const struct story *s, struct buf *out);
void chain_write(const struct record *r, struct buf *out); /* canonical form; covers all but hash */
void chain_seal(struct record *r);                         /* sets hash from the canonical form */
bool chain_verify(const struct record *r);                 /* hash is right */
/* Reads a canonical form back; slices in `a`. */
enum err chain_read(struct str canonical, struct arena *a, struct record *out, struct why *why) MUST_USE;

#endif
