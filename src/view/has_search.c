#include "view/has.h"

#include "base/clock.h"
#include "base/json.h"
#include "store/store.h"

#define LIMIT_DEFAULT 100
#define OFFSET_MAX 10000 /* totals are counted so far (trust 3) */

/* ---- from parameters to a search ---- */

static enum err read_dates(const struct has_params *p, int64_t now_ms, struct query *q, struct why *why)
{
    enum err e = query_parse_date(p->v[HAS_START], now_ms, &q->from_ms, why);
    if (e) {
        str_copy(str_from(has_param_name(HAS_START)), why->at, sizeof why->at);
        return e;
    }
    e = query_parse_date(p->v[HAS_END], now_ms, &q->to_ms, why);
    if (e)
        str_copy(str_from(has_param_name(HAS_END)), why->at, sizeof why->at);
    /* Clients see whole seconds: the end they name takes in all that shows this second. */
    else if (q->to_ms && q->to_ms % 1000 == 0)
        q->to_ms += 999;
    return e;
}

/* Codes, words of the list or tr_TR style; what is none of them matches nothing, as a code does that no story has. */
static bool read_filter(struct str list, const struct codes *codes, enum code_kind k, struct query *q)
{
    struct str item, rest = list;
    struct codeset set = {{0}};
    while (rest.p && str_split(&rest, ',', &item)) {
        struct codeset one;
        bool is_any;
        item = str_trim(item);
        if (item.n == 0 || codes_parse_list(codes, k, item, &one, &is_any, NULL) != OK)
            continue;
        if (is_any)
            return true;
        codeset_add(&set, codeset_first(&one));
    }
    q->any &= ~(1u << k);
    q->sets[k] = set;
    return !codeset_is_empty(&set);
}

/* Digits alone; a number too long for us is merely large. */
static enum err read_count(const struct has_params *p, unsigned which, uint64_t least, size_t *out, struct why *why)
{
    struct str text = p->v[which];
    uint64_t n;
    if (!text.p)
        return OK;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return err_why(why, ERR_PARSE, has_param_name(which), "not a whole number");
    if (!str_u64(text, &n) || n > SIZE_MAX)
        n = SIZE_MAX;
    if (n < least)
        return err_why(why, ERR_PARSE, has_param_name(which), "at least %llu", (unsigned long long)least);
    *out = (size_t)n;
    return OK;
}

enum err has_search_read(const struct has_params *p, const struct has_setting *with, struct arena *a,
                         struct has_search *out, struct why *why)
{
    *out = (struct has_search){.limit = LIMIT_DEFAULT};
    struct query *q = &out->query;
    query_init(q);
    for (unsigned k = 0; k < CODE_KINDS; k++)
        if (p->v[HAS_FILTER + k].p && !read_filter(p->v[HAS_FILTER + k], with->codes, (enum code_kind)k, q))
            out->is_empty = true;
    enum err e = read_dates(p, with->now_ms, q, why);
    if (!e)
        e = read_count(p, HAS_OFFSET, 0, &out->offset, why);
    if (!e)
        e = read_count(p, HAS_LIMIT, 1, &out->limit, why);
    if (!e && p->v[HAS_WORDS].p && query_parse_has(a, p->v[HAS_WORDS], q, why)) {
        str_copy(str_from(has_param_name(HAS_WORDS)), why->at, sizeof why->at);
        e = ERR_PARSE; /* too many words are a bad parameter, not a body that is too large */
    }
    size_t most = with->limit_max ? with->limit_max : OFFSET_MAX;
    if (out->limit > most)
        out->limit = most;
    if (q->from_ms && q->to_ms && q->from_ms > q->to_ms)
        out->is_empty = true;
    return e;
}

/* ---- the answer ---- */

static void write_code(struct jw *w, const char *key, unsigned code)
{
    char text[12];
    snprintf(text, sizeof text, "%u", code);
    jw_str(w, key, str_from(text));
}

static void write_codes(struct jw *w, const char *key, const struct codeset *set)
{
    struct buf list = BUF_INIT(1024);
    for (unsigned c = codeset_first(set); c; c = codeset_next(set, c))
        buf_printf(&list, list.n ? ",%u" : "%u", c);
    jw_str(w, key, buf_str(&list));
    buf_fini(&list);
}

static void write_hit(struct jw *w, const struct hit *h)
{
    jw_open(w, NULL);
    jw_str(w, "id", h->id);
    jw_str(w, "type", str_from(story_type_word((enum story_type)h->codes.type)));
    jw_time_sec(w, "date", h->at_ms);
    jw_str(w, "title", h->headline);
    jw_null(w, "group_id");
    write_code(w, "version", h->version);
    write_code(w, "priority", h->codes.priority);
    write_codes(w, "category", &h->codes.category);
    write_codes(w, "package", &h->codes.package);
    write_code(w, "provider", h->codes.provider);
    write_code(w, "language", h->codes.language);
    jw_close(w);
}

static void write_result(struct call *c, const struct search_result *r)
{
    struct jw w = has_envelope(c);
    jw_open(&w, "data");
    jw_open_list(&w, "result");
    for (size_t i = 0; i < r->count; i++)
        write_hit(&w, &r->hits[i]);
    jw_close_list(&w);
    jw_int(&w, "total", (int64_t)r->total);
    jw_close(&w);
    jw_close(&w);
}

static enum err find(struct call *c, struct reader *r, const struct has_search *s, struct search_result *out,
                     struct why *why)
{
    *out = (struct search_result){0};
    if (s->is_empty)
        return OK;
    CLEANUP(right_unref) struct right *right = user_right(auth_who(c)->user);
    bool is_past = s->offset > OFFSET_MAX; /* an empty list, but the total that tells the client to stop */
    struct search ask = {.query = &s->query,
                         .right = right,
                         .now_ms = clock_now_ms(),
                         .offset = is_past ? 0 : s->offset,
                         .limit = is_past ? 1 : s->limit,
                         .wants_total = true};
    enum err e = reader_search(r, c->arena, &ask, out, why);
    if (!e && is_past)
        out->count = 0;
    return e;
}

enum next has_search_run(struct call *c, void *reader)
{
    struct why why = {0};
    struct has_params params;
    struct has_search s;
    struct search_result found;
    struct codes *codes = stories_codes(store_stories(app_of(c)->store));
    struct has_setting with = {codes, clock_now_ms(), app_of(c)->settings.has_limit_max};
    enum err e = has_params_read(&c->req, c->arena, &params, &why);
    if (!e)
        e = has_search_read(&params, &with, c->arena, &s, &why);
    codes_unref(&codes);
    if (!e)
        e = find(c, reader, &s, &found, &why);
    if (e)
        return has_refuse(c, e, &why);
    write_result(c, &found);
    return NEXT_DONE;
}
