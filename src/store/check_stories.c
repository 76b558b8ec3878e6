#include "store/check_part.h"

#include "base/stem.h"
#include "base/text.h"
#include "codec/native.h"
#include "news/chain.h"
#include "store/match.h"
#include "store/okey.h"
#include "store/story_index.h"

#define TAIL_BYTES 100 /* of a body, to try its last words */

/* ---- versions ---- */

enum { V_NUMBER, V_VERSION, V_SEQ, V_AT, V_EVENT, V_META, V_TEXT, V_SALT, V_STAGE_NOW, V_CANON };

static bool is_same_codes(const struct story_codes *a, const struct story_codes *b)
{
    return a->type == b->type && a->language == b->language && a->priority == b->priority &&
           a->provider == b->provider && a->kind == b->kind && a->is_archive == b->is_archive &&
           codeset_eq(&a->package, &b->package) && codeset_eq(&a->category, &b->category);
}

static void check_commitment(struct check *c, struct statement *s, const struct record *r, const struct story *story)
{
    unsigned long long n = (unsigned long long)db_col_int(s, V_NUMBER),
                       v = (unsigned long long)db_col_int(s, V_VERSION);
    struct str salt = db_col_text(s, V_SALT);
    uint8_t made[ID_HASH];
    bool is_kept = r->has_text && salt.n == CHAIN_SALT;
    if (is_kept)
        chain_commit_text((const uint8_t *)salt.p, story, made);
    if (!is_kept || memcmp(made, r->text, ID_HASH) != 0)
        check_say(c, "story %llu version %llu: its text is not what record %llu commits to", n, v,
                  (unsigned long long)r->seq);
}

static void check_text(struct check *c, struct statement *s, const struct record *r, const struct story *story)
{
    unsigned long long n = (unsigned long long)db_col_int(s, V_NUMBER),
                       v = (unsigned long long)db_col_int(s, V_VERSION);
    bool is_killed = db_col_int(s, V_STAGE_NOW) == STAGE_KILLED, has_text = !db_col_is_null(s, V_TEXT);
    /* The kill's own version may keep its reason, and nothing of the story. */
    if (is_killed && has_text && (r->event != EVENT_KILL || story->text.body.n))
        check_say(c, "story %llu version %llu: is killed and still has a text", n, v);
    if (is_killed && !has_text && !db_col_is_null(s, V_SALT))
        check_say(c, "story %llu version %llu: is killed and still has its salt", n, v);
    if (!is_killed && !has_text)
        check_say(c, "story %llu version %llu: its text is missing", n, v);
    if (has_text)
        check_commitment(c, s, r, story);
}

static void check_against_record(struct check *c, struct statement *s, const struct record *r,
                                 const struct story *story)
{
    unsigned long long n = (unsigned long long)db_col_int(s, V_NUMBER),
                       v = (unsigned long long)db_col_int(s, V_VERSION);
    unsigned long long seq = (unsigned long long)r->seq;
    if (r->version != v || (int64_t)r->event != db_col_int(s, V_EVENT))
        check_say(c, "story %llu version %llu: record %llu is about another version or event", n, v, seq);
    if (!is_same_codes(&story->codes, &r->codes) || !str_eq(story->language, r->language))
        check_say(c, "story %llu version %llu: its codes are not those of record %llu", n, v, seq);
    if (r->times.at_ms != db_col_int(s, V_AT))
        check_say(c, "story %llu version %llu: its time is not that of record %llu", n, v, seq);
    check_text(c, s, r, story);
}

static void version_row(struct check *c, struct statement *s)
{
    unsigned long long n = (unsigned long long)db_col_int(s, V_NUMBER),
                       v = (unsigned long long)db_col_int(s, V_VERSION);
    struct record r;
    if (db_col_is_null(s, V_STAGE_NOW))
        check_say(c, "story %llu version %llu: there is no such story", n, v);
    if (db_col_is_null(s, V_CANON) || chain_read(db_col_text(s, V_CANON), c->arena, &r, NULL) != OK) {
        check_say(c, "story %llu version %llu: its record %lld is missing or damaged", n, v,
                  (long long)db_col_int(s, V_SEQ));
        return;
    }
    struct story *story = story_new();
    struct why why = {0};
    if (native_read_stored(db_col_text(s, V_META), db_col_text(s, V_TEXT), story, &why) == OK) {
        story->head.version = (uint32_t)v;
        check_against_record(c, s, &r, story);
    } else {
        check_say(c, "story %llu version %llu: %s", n, v, why.text);
    }
    story_unref(&story);
}

/* ---- stories and their words ---- */

enum {
    S_OKEY,
    S_NUMBER,
    S_ID,
    S_VERSION,
    S_SEQ,
    S_STAGE,
    S_IS_EXPIRED,
    S_AT,
    S_VERSION_SEQ,
    S_VERSION_AT,
    S_VERSION_STAGE,
    S_META,
    S_TEXT,
    S_NEWEST
};

/* One token a query: FTS5 goes straight to the row for one, while an AND is run through from its beginning. */
static bool is_indexed(struct check *c, int64_t okey, const char *column, struct str token)
{
    struct buf match = BUF_INIT(MATCH_BYTES);
    buf_printf(&match, "%s : ", column);
    match_quote(token, &match);
    struct statement *s = db_get(c->db, SQL_CHECK_WORD);
    db_text(s, 1, buf_str(&match));
    db_int(s, 2, okey);
    bool is_found = db_step(s) && db_col_int(s, 0) == 1;
    db_reset(s);
    buf_fini(&match);
    return is_found;
}

/* The first `most` of the tokens; false when one of them is not found. */
static bool are_indexed(struct check *c, int64_t okey, const char *column, struct str tokens, size_t most)
{
    struct str rest = tokens, token;
    for (size_t n = 0; n < most && rest.p && rest.n && str_split(&rest, ' ', &token);) {
        if (token.n == 0)
            continue;
        if (!is_indexed(c, okey, column, token))
            return false;
        n++;
    }
    return true;
}

/* The last words of the body, cut at a space, so that each is a word of the whole text. */
static void take_tail(const struct story *story, struct buf *exact)
{
    struct buf text = BUF_INIT(SIZE_MAX / 4);
    text_of_html(story->text.body, &text);
    struct str all = buf_str(&text);
    size_t from = all.n > TAIL_BYTES ? all.n - TAIL_BYTES : 0;
    while (from && from < all.n && all.p[from] != ' ' && all.p[from] != '\n')
        from++;
    stem_index(story->language, str_sub(all, from, all.n), exact, NULL);
    buf_fini(&text);
}

static void check_words(struct check *c, struct statement *s, struct story *story)
{
    struct story_index x;
    struct buf tail = BUF_INIT(65536);
    int64_t okey = db_col_int(s, S_OKEY);
    take_tail(story, &tail);
    /* Headline and codes are enough: stems of all texts would take minutes. */
    story->text.body = story->text.byline = story->text.spot = S("");
    story->keywords = (struct strs){NULL, 0};
    story_index_make(story, &x);
    if (!are_indexed(c, okey, "facet", buf_str(&x.facet), SIZE_MAX))
        check_say(c, "story %lld: searches do not find it under its codes", (long long)db_col_int(s, S_NUMBER));
    if (!are_indexed(c, okey, "head", buf_str(&x.head), 3) || !are_indexed(c, okey, "exact", buf_str(&tail), 3))
        check_say(c, "story %lld: searches do not find it under its words", (long long)db_col_int(s, S_NUMBER));
    story_index_fini(&x);
    buf_fini(&tail);
}

static void check_row(struct check *c, struct statement *s)
{
    long long n = (long long)db_col_int(s, S_NUMBER);
    if (db_col_is_null(s, S_VERSION_SEQ)) {
        check_say(c, "story %lld: its current version %lld is missing", n, (long long)db_col_int(s, S_VERSION));
        return;
    }
    if (db_col_int(s, S_VERSION) != db_col_int(s, S_NEWEST))
        check_say(c, "story %lld: version %lld stands as current, the newest is %lld", n,
                  (long long)db_col_int(s, S_VERSION), (long long)db_col_int(s, S_NEWEST));
    if (db_col_int(s, S_STAGE) != db_col_int(s, S_VERSION_STAGE) ||
        db_col_int(s, S_SEQ) != db_col_int(s, S_VERSION_SEQ) || db_col_int(s, S_AT) != db_col_int(s, S_VERSION_AT))
        check_say(c, "story %lld: stage, seq or time differ from those of its current version", n);
    if (db_col_int(s, S_OKEY) != (int64_t)okey_of(db_col_int(s, S_AT), (uint64_t)n))
        check_say(c, "story %lld: its place in time is not that of its version", n);
}

static void story_row(struct check *c, struct statement *s)
{
    check_row(c, s);
    if (db_col_int(s, S_STAGE) != STAGE_LIVE || db_col_int(s, S_IS_EXPIRED) || db_col_is_null(s, S_META))
        return;
    struct story *story = story_new();
    if (native_read_stored(db_col_text(s, S_META), db_col_text(s, S_TEXT), story, NULL) == OK)
        check_words(c, s, story);
    story_unref(&story);
}

static void extra_words(struct check *c, struct statement *s)
{
    uint64_t okey = (uint64_t)db_col_int(s, 0);
    check_say(c, "index: has words under %llu, where no live story is", (unsigned long long)okey);
}

static void draft_row(struct check *c, struct statement *s)
{
    check_say(c, "draft %.*s: its story is killed and it still has a text", STR_FMT(db_col_text(s, 0)));
}

enum err check_stories(struct check *c)
{
    enum err e = check_walk(c, SQL_CHECK_VERSIONS, version_row);
    if (e == OK)
        e = check_walk(c, SQL_CHECK_STORIES, story_row);
    if (e == OK)
        e = check_walk(c, SQL_CHECK_WORDS_EXTRA, extra_words);
    return e ? e : check_walk(c, SQL_CHECK_DRAFTS, draft_row);
}
