/* Our own JSON of a story (contract.md 3): POST, PUT and correct bodies in, GET answers out; and the two halves that the
 * store keeps (what a kill leaves, and what it deletes). Pure; parse on work threads, not on loops. */
#ifndef CODEC_NATIVE_H
#define CODEC_NATIVE_H

#include "base/json.h"
#include "news/story.h"

struct native_fault {
    struct str pointer, message; /* JSON pointer (RFC 6901) and a sentence; in the builder's arena */
};
#define NATIVE_FAULTS 32
struct native_faults {
    struct native_fault v[NATIVE_FAULTS];
    size_t n;
};

/* What the author asked the story's state to be; not part of a version. */
struct native_ask {
    enum stage state;  /* live, draft or review */
    bool has_state;
    struct str note, reason;
};

struct native_defaults {
    const struct codes *codes;
    struct str language;
    bool is_merge; /* correct: absent members keep what the builder has; else they take contract.md 3's defaults */
};
/* ERR_FIELD with all faults listed (422); unknown members are faults. Bodies are cleaned by codec/html; text is NFC. */
enum err native_read(const struct json *j, const struct native_defaults *d, struct story *builder, struct native_ask *ask,
                     struct native_faults *faults) MUST_USE;
/* The members of POST, written into an open object. */
void native_write(struct jw *w, const struct story *s);
/* A GET answer: those plus id version seq state first_published updated public_url (null when not public). */
void native_write_whole(struct buf *out, const struct story *s, struct str public_url);
/* The store's halves, each one JSON object; text holds what chain_text covers, and body. */
void native_write_meta(struct buf *out, const struct story *s);
void native_write_text(struct buf *out, const struct story *s);
/* Both halves back into a builder (text STR_NONE after a kill). Head and times are the caller's columns. */
enum err native_read_stored(struct str meta, struct str text, struct story *builder, struct why *why) MUST_USE;
/* One object with everything a draft holds (doc), and back. */
void native_write_draft(struct buf *out, const struct story *s);
enum err native_read_draft(struct str doc, struct story *builder, struct why *why) MUST_USE;

#endif
