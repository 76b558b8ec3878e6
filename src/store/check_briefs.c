#include "store/check_part.h"

#include "base/stem.h"
#include "codec/brief_json.h"
#include "store/match.h"

enum { OKEY, NUMBER, IS_KILLED, JSON, STORY_OKEY, STAGE, IS_EXPIRED, VERSION };

/* The site shows what lives, and of a killed story the notice. */
static void check_stage(struct check *c, struct statement *s, const struct brief *b)
{
    long long n = (long long)db_col_int(s, NUMBER);
    bool is_killed = db_col_int(s, IS_KILLED) != 0, is_story_killed = db_col_int(s, STAGE) == STAGE_KILLED;
    if (is_story_killed && (!is_killed || b->spot.n || b->summary.n || b->teaser.n))
        check_say(c, "brief %lld: its story is killed and the site still shows its text", n);
    if (!is_story_killed && is_killed)
        check_say(c, "brief %lld: shows a kill notice for a story that is not killed", n);
    if (!is_story_killed && (db_col_int(s, STAGE) != STAGE_LIVE || db_col_int(s, IS_EXPIRED)))
        check_say(c, "brief %lld: the site shows a story that is held or expired", n);
}

static void check_words(struct check *c, const struct brief *b, int64_t okey)
{
    struct buf tokens = BUF_INIT(MATCH_BYTES), match = BUF_INIT(2 * MATCH_BYTES);
    stem_index(b->language, b->headline, &tokens, NULL);
    struct str rest = buf_str(&tokens), first = STR_NONE;
    if (rest.n)
        (void)str_split(&rest, ' ', &first);
    buf_puts(&match, "exact : ");
    match_quote(first, &match);
    struct statement *s = db_get(c->db, SQL_CHECK_BRIEF_WORD);
    db_text(s, 1, buf_str(&match));
    db_int(s, 2, okey);
    if (first.n && !(db_step(s) && db_col_int(s, 0) == 1))
        check_say(c, "brief %llu: the public search does not find its headline", (unsigned long long)b->n);
    db_reset(s);
    buf_fini(&tokens);
    buf_fini(&match);
}

static void brief_row(struct check *c, struct statement *s)
{
    long long n = (long long)db_col_int(s, NUMBER);
    struct brief *b = NULL;
    if (brief_json_read(db_col_text(s, JSON), &b, NULL) != OK) {
        check_say(c, "brief %lld: cannot be read", n);
        return;
    }
    if (db_col_is_null(s, STORY_OKEY)) {
        check_say(c, "brief %lld: there is no such story", n);
    } else {
        check_stage(c, s, b);
        if (db_col_int(s, OKEY) != db_col_int(s, STORY_OKEY) || b->version != (uint32_t)db_col_int(s, VERSION) ||
            b->n != (uint64_t)n)
            check_say(c, "brief %lld: is not of the story's current version", n);
    }
    if (!db_col_int(s, IS_KILLED))
        check_words(c, b, db_col_int(s, OKEY));
    brief_unref(&b);
}

static void section_row(struct check *c, struct statement *s)
{
    check_say(c, "section %.*s: lists %lld, where nothing is shown", STR_FMT(db_col_text(s, 0)),
              (long long)db_col_int(s, 1));
}

static void extra_words(struct check *c, struct statement *s)
{
    check_say(c, "public index: has words under %lld, where nothing is shown", (long long)db_col_int(s, 0));
}

enum err check_briefs(struct check *c)
{
    enum err e = check_walk(c, SQL_CHECK_BRIEFS, brief_row);
    if (e == OK)
        e = check_walk(c, SQL_CHECK_SECTIONS, section_row);
    return e ? e : check_walk(c, SQL_CHECK_BRIEF_WORDS_EXTRA, extra_words);
}
