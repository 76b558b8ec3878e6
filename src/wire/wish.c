#include "wire/wish.h"

#include "wire/cursor.h"

#define WAIT_S 30
#define WAIT_MOST_S 300
#define PACE_S 1
#define PACE_MOST_S 10

/* One reading under way. */
struct reading {
    const struct req *req;
    struct arena *a;
    const struct codes *codes;
    struct wish *to;
    struct why *why;
};

static struct str value(const struct reading *r, const char *key)
{
    return req_query(r->req, r->a, key);
}

static bool is_flag(const struct reading *r, const char *key)
{
    struct str v = value(r, key);
    return str_eq(v, S("1")) || str_eq_nocase(v, S("true"));
}

/* What cannot be decoded would read as not given: a cursor as none, a filter as all. */
static enum err check_coding(const struct reading *r)
{
    struct str rest = r->req->query, pair;
    while (rest.p && str_split(&rest, '&', &pair))
        if (pair.n && !req_decode(r->a, pair, true).p)
            return err_why(r->why, ERR_PARSE, "", "the query is not well encoded");
    return OK;
}

/* The cursor by `after`, or Last-Event-ID of a returning EventSource (which wins: it is the newer). */
static enum err read_cursor(const struct reading *r)
{
    struct str after = req_header(r->req, "last-event-id");
    if (!after.n)
        after = value(r, "after");
    if (!after.p)
        return OK;
    r->to->has_cursor = true;
    return cursor_parse(after, &r->to->after, r->why);
}

static enum err read_wait(const struct reading *r)
{
    struct str text = value(r, "wait");
    uint64_t seconds = WAIT_S;
    if (text.p && (!str_u64(text, &seconds) || seconds > WAIT_MOST_S))
        return err_why(r->why, ERR_PARSE, "wait", "give whole seconds, 0 to %d", WAIT_MOST_S);
    r->to->wait_ms = (int64_t)seconds * 1000;
    return OK;
}

static enum err read_test(const struct reading *r)
{
    struct str text = value(r, "pace");
    uint64_t seconds = PACE_S;
    r->to->is_test = is_flag(r, "test");
    if (text.p && !r->to->is_test)
        return err_why(r->why, ERR_PARSE, "pace", "only the test scenario has a pace: add test=1");
    if (text.p && (!str_u64(text, &seconds) || seconds > PACE_MOST_S))
        return err_why(r->why, ERR_PARSE, "pace", "give whole seconds between two events, 0 to %d", PACE_MOST_S);
    r->to->pace_ms = (unsigned)seconds * 1000;
    return OK;
}

/* Words last: which languages they are looked for in hangs on the codes. What is wrong with them is told at the parameter,
 * and where in it. */
static enum err read_words(const struct reading *r, const struct query *codes)
{
    struct why inner = {0};
    enum err e = filter_new(codes, value(r, "q"), r->codes, &r->to->filter, &inner);
    if (e && str_starts(str_from(inner.at), S("character")))
        return err_why(r->why, e, "q", "%s: %s", inner.at, inner.text);
    return e ? err_why(r->why, e, "q", "%s", inner.text) : OK;
}

static enum err read_filter(const struct reading *r)
{
    struct query q;
    query_init(&q);
    for (enum code_kind k = 0; k < CODE_KINDS; k++) {
        struct str list = value(r, code_kind_name(k));
        bool is_any;
        if (!list.n)
            continue;
        enum err e = codes_parse_list(r->codes, k, list, &q.sets[k], &is_any, r->why);
        if (e)
            return e;
        if (!is_any)
            q.any &= ~(1u << k);
    }
    return read_words(r, &q);
}

enum err wish_read(const struct req *req, struct arena *a, const struct codes *codes, struct wish *out, struct why *why)
{
    struct wish wish = {0};
    struct reading r = {req, a, codes, &wish, why};
    enum err e = check_coding(&r);
    if (!e)
        e = read_cursor(&r);
    if (!e)
        e = read_wait(&r);
    if (!e)
        e = read_test(&r);
    if (!e)
        e = form_parse_format(value(&r, "format"), &wish.format, why);
    if (!e)
        e = read_filter(&r);
    if (e)
        return e;
    wish.with_archive = is_flag(&r, "archive");
    *out = wish;
    return OK;
}

void wish_fini(struct wish *w)
{
    filter_unref(&w->filter);
}
