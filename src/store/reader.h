/* Reads on work threads: each has a read-only connection. Functions take the reader that the pool hands to a job; slices
 * of results are in the arena given. No read transaction outlives a call. Briefs are read through store/public.h. */
#ifndef STORE_READER_H
#define STORE_READER_H

#include "news/query.h"
#include "news/right.h"
#include "store/db.h"
#include "tape/frame.h"

struct reader;
struct stories;

/* For pool_new: arg is struct reader_options. */
struct reader_options {
    const char *path;
    struct stories *stories;
};
void *reader_open(void *options);
void reader_close(void *reader);
struct db *reader_db(struct reader *r);
struct stories *reader_stories(struct reader *r); /* agency, code lists */

/* What is known of a live story without its text: the door's question. False when there is none. */
struct story_row {
    uint64_t n, seq;
    uint32_t version;
    enum stage stage;
    bool is_expired;
    int64_t first_ms, at_ms;
    struct story_codes codes; /* of the current version */
    struct str id, draft_id;
};
bool reader_row(struct reader *r, struct arena *a, uint64_t n, struct story_row *out);
/* A version with its text (0 = current), frozen; NULL when absent. The grant must cover n. */
struct story *reader_story(struct reader *r, uint64_t n, uint32_t version, const struct grant *g);
/* A draft by id; opens the seal. NULL when absent. For desk roles only (the caller checks). *out_n: the story's number
 * once it went live (also when the draft's own text is gone and NULL comes back), 0 before. */
struct story *reader_draft(struct reader *r, struct str id, uint64_t *out_n);
struct version_row {
    uint32_t version;
    uint64_t seq;
    int64_t at_ms, recorded_ms; /* of an import: the source's time, and when it was taken in */
    enum event event;
    struct str by, note;
    struct story_codes codes;
};
size_t reader_versions(struct reader *r, struct arena *a, uint64_t n, struct version_row **out);

/* Search: newest first by version time, live and unexpired stories within the right alone. Words are looked for in the
 * languages that the query names, else in Turkish, English and Arabic; headline:, slug:, city: and byline: go to one
 * column of these four. ERR_BUSY after 2 s of work (trust 3). A right that is not valid now finds nothing. */
struct hit {
    uint64_t n;
    uint32_t version;
    int64_t at_ms;
    struct str id, headline, spot, slugline, language;
    struct story_codes codes;
    enum stage stage;
};
struct search {
    const struct query *query;
    const struct right *right; /* cuts codes and archive days */
    int64_t now_ms;
    uint64_t after_okey; /* cursor: only older rows; 0 = from the newest */
    size_t offset, limit; /* beyond an offset of 10,000 nothing is found */
    bool wants_total;
};
struct search_result {
    struct hit *hits;
    size_t count;
    uint64_t total; /* of the whole range, whatever the cursor; exact to 10,000 */
    bool is_exact;
    uint64_t next_okey; /* 0 = no more */
};
enum err reader_search(struct reader *r, struct arena *a, const struct search *s, struct search_result *out, struct why *why) MUST_USE;

/* Records from the store as frames, for streams that the tape's window no longer serves. Up to max after `after`, a ref
 * each, and fewer when they are heavy. Killed stories come with their notice alone, under their own event and seq. None:
 * no more, or a failed read; db_status(reader_db(r)), asked at once, tells which. */
size_t reader_frames(struct reader *r, uint64_t after, struct frame **out, size_t max);
/* First record at or after a time; head+1 when none. Cursor checks: is this seq inside an epoch's range? */
uint64_t reader_seq_at(struct reader *r, int64_t at_ms);
enum cursor_verdict { CURSOR_OK, CURSOR_FUTURE, CURSOR_LOST };
enum cursor_verdict reader_cursor(struct reader *r, uint64_t seq, uint64_t head);

#endif
