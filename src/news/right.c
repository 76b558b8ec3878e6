#include "news/right.h"

#include "base/clock.h"

#include <stdio.h>

struct right {
    struct ref refs;
    /* Per kind a set in which `*` is all ones. Bit 0 is no code: it is set for `*` alone, so that "the story has no
     * category" is answered by the same AND as everything else. */
    struct codeset sets[CODE_KINDS];
    struct terms terms;
    struct buf canonical;
    uint64_t hash, audience_hash;
    struct terms_net *nets;
    size_t net_count;
    bool is_address_bound;
    struct arena *arena;
};

static void compile_sets(struct right *r)
{
    static const struct codeset ALL = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    for (unsigned k = 0; k < CODE_KINDS; k++) {
        struct codeset *set = &r->terms.sets[k];
        if (r->terms.any >> k & 1)
            *set = (struct codeset){{0}};
        set->w[0] &= ~UINT64_C(1);
        r->sets[k] = r->terms.any >> k & 1 ? ALL : *set;
    }
}

static void compile_nets(struct right *r)
{
    struct terms_net nets[TERMS_ADDRESSES];
    size_t count = 0;
    r->is_address_bound = str_trim(r->terms.address).n > 0;
    if (terms_nets(r->terms.address, nets, &count, NULL) != OK)
        count = 0;
    r->nets = arena_array(r->arena, struct terms_net, count + 1);
    memcpy(r->nets, nets, count * sizeof nets[0]);
    r->net_count = count;
}

static uint64_t hash_audience(const struct right *r)
{
    struct {
        struct codeset sets[CODE_KINDS];
        int64_t from_ms, to_ms;
        uint64_t days;
    } key;
    memcpy(key.sets, r->sets, sizeof key.sets);
    key.from_ms = r->terms.valid_from_ms;
    key.to_ms = r->terms.valid_to_ms;
    key.days = r->terms.archive_days;
    return str_hash(str_of((const char *)&key, sizeof key));
}

struct right *right_new(const struct terms *t)
{
    struct right *r = mem_new(struct right);
    ref_init(&r->refs);
    r->arena = arena_new(512);
    r->terms = *t;
    r->terms.any &= (1U << CODE_KINDS) - 1;
    r->terms.photo_size = arena_str(r->arena, t->photo_size);
    r->terms.video_size = arena_str(r->arena, t->video_size);
    r->terms.graph_size = arena_str(r->arena, t->graph_size);
    r->terms.address = arena_str(r->arena, t->address);
    compile_sets(r);
    compile_nets(r);
    buf_init(&r->canonical, 1 << 20);
    terms_write(&r->terms, &r->canonical);
    must(buf_ok(&r->canonical));
    r->hash = str_hash(buf_str(&r->canonical));
    r->audience_hash = hash_audience(r);
    return r;
}

struct right *right_all(void)
{
    struct terms t;
    terms_init(&t);
    return right_new(&t);
}

struct right *right_nothing(void)
{
    struct terms t;
    terms_init(&t);
    t.any = 0;
    t.valid_to_ms = 1; /* ended with the first millisecond of 1970: never valid */
    return right_new(&t);
}

struct right *right_ref(const struct right *r)
{
    /* Only the count of a right changes. */
    struct right *own = (struct right *)r;
    ref_hold(&own->refs);
    return own;
}

void right_unref(struct right **r)
{
    struct right *own = *r;
    *r = NULL;
    if (!own || !ref_drop(&own->refs))
        return;
    buf_fini(&own->canonical);
    arena_free(&own->arena);
    mem_free(own);
}

const struct terms *right_terms(const struct right *r)
{
    return &r->terms;
}

bool right_eq(const struct right *a, const struct right *b)
{
    return a == b || (a->hash == b->hash && str_eq(buf_str(&a->canonical), buf_str(&b->canonical)));
}

uint64_t right_hash(const struct right *r)
{
    return r->hash;
}

bool right_eq_audience(const struct right *a, const struct right *b)
{
    if (a == b)
        return true;
    return a->audience_hash == b->audience_hash && memcmp(a->sets, b->sets, sizeof a->sets) == 0 &&
           a->terms.valid_from_ms == b->terms.valid_from_ms && a->terms.valid_to_ms == b->terms.valid_to_ms &&
           a->terms.archive_days == b->terms.archive_days;
}

uint64_t right_hash_audience(const struct right *r)
{
    return r->audience_hash;
}

static bool has_one(const struct codeset *allowed, unsigned code)
{
    return allowed->w[code / 64] >> (code % 64) & 1;
}

static bool has_some(const struct codeset *allowed, const struct codeset *of)
{
    return (((of->w[0] | 1) & allowed->w[0]) | (of->w[1] & allowed->w[1]) | (of->w[2] & allowed->w[2]) |
            (of->w[3] & allowed->w[3])) != 0;
}

bool right_allows(const struct right *r, const struct story_codes *c)
{
    return has_one(&r->sets[CODE_PROVIDER], c->provider) && has_one(&r->sets[CODE_TYPE], c->type) &&
           has_one(&r->sets[CODE_LANGUAGE], c->language) && has_one(&r->sets[CODE_PRIORITY], c->priority) &&
           has_some(&r->sets[CODE_PACKAGE], &c->package) && has_some(&r->sets[CODE_CATEGORY], &c->category);
}

bool right_is_valid(const struct right *r, int64_t now_ms)
{
    const struct terms *t = &r->terms;
    return (t->valid_from_ms == 0 || now_ms >= t->valid_from_ms) && (t->valid_to_ms == 0 || now_ms <= t->valid_to_ms);
}

int64_t right_oldest_ms(const struct right *r, int64_t now_ms)
{
    enum { MANY = 100 * 366 }; /* beyond a century the count means "all" and must not leave the calendar */
    uint32_t days = r->terms.archive_days;
    if (days == 0 || days > MANY)
        return 0;
    int64_t first = clock_day_start(now_ms, (int)days);
    return first > 0 ? first : 0;
}

static enum err refuse_one(enum code_kind k, unsigned code, struct why *why)
{
    if (code == 0)
        return err_why(why, ERR_RIGHT, code_kind_name(k),
                       "the story's %s is not in the code list, and the contract names single ones", code_kind_name(k));
    return err_why(why, ERR_RIGHT, code_kind_name(k), "%s %u is not in the contract", code_kind_name(k), code);
}

static enum err refuse_set(enum code_kind k, const struct codeset *set, struct why *why)
{
    struct buf list = BUF_INIT(160);
    unsigned n = 0;
    for (unsigned c = codeset_first(set); c; c = codeset_next(set, c))
        buf_printf(&list, n++ ? ", %u" : "%u", c);
    enum err e;
    if (n == 0)
        e = err_why(why, ERR_RIGHT, code_kind_name(k), "the story has no %s, and the contract names single ones",
                    code_kind_name(k));
    else if (n == 1)
        e = err_why(why, ERR_RIGHT, code_kind_name(k), "%s %.*s is not in the contract", code_kind_name(k),
                    STR_FMT(buf_str(&list)));
    else
        e = err_why(why, ERR_RIGHT, code_kind_name(k), "none of %s %.*s is in the contract", code_kind_name(k),
                    STR_FMT(buf_str(&list)));
    buf_fini(&list);
    return e;
}

static enum err explain_codes(const struct right *r, const struct story_codes *c, struct why *why)
{
    const struct {
        enum code_kind kind;
        unsigned code;
    } ones[] = {{CODE_PROVIDER, c->provider}, {CODE_TYPE, c->type}, {CODE_LANGUAGE, c->language}, {CODE_PRIORITY, c->priority}};
    for (size_t i = 0; i < sizeof ones / sizeof ones[0]; i++)
        if (!has_one(&r->sets[ones[i].kind], ones[i].code))
            return refuse_one(ones[i].kind, ones[i].code, why);
    if (!has_some(&r->sets[CODE_PACKAGE], &c->package))
        return refuse_set(CODE_PACKAGE, &c->package, why);
    if (!has_some(&r->sets[CODE_CATEGORY], &c->category))
        return refuse_set(CODE_CATEGORY, &c->category, why);
    return OK;
}

enum err right_explain(const struct right *r, const struct story_codes *c, int64_t version_ms, int64_t now_ms,
                       struct why *why)
{
    char when[CLOCK_TEXT];
    const struct terms *t = &r->terms;
    if (t->valid_from_ms && now_ms < t->valid_from_ms) {
        clock_rfc3339_sec(t->valid_from_ms, when);
        return err_why(why, ERR_RIGHT, "valid", "the contract starts at %s", when);
    }
    if (t->valid_to_ms && now_ms > t->valid_to_ms) {
        clock_rfc3339_sec(t->valid_to_ms, when);
        return err_why(why, ERR_RIGHT, "valid", "the contract ended at %s", when);
    }
    enum err e = explain_codes(r, c, why);
    if (e)
        return e;
    if (version_ms < right_oldest_ms(r, now_ms)) {
        clock_rfc3339_sec(version_ms, when);
        return err_why(why, ERR_RIGHT, "archive_days", "the version of %s is older than the contract's %u archive days",
                       when, (unsigned)t->archive_days);
    }
    return OK;
}

static bool is_within(const struct terms_net *net, const uint8_t address[static 16])
{
    unsigned whole = net->bits / 8, rest = net->bits % 8;
    if (memcmp(net->bytes, address, whole) != 0)
        return false;
    return rest == 0 || ((net->bytes[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

bool right_allows_address(const struct right *r, struct str peer)
{
    uint8_t address[16];
    if (!r->is_address_bound)
        return true;
    return terms_address(peer, address) && right_allows_ip(r, address);
}

bool right_allows_ip(const struct right *r, const uint8_t ip[static 16])
{
    for (size_t i = 0; i < r->net_count; i++)
        if (is_within(&r->nets[i], ip))
            return true;
    return !r->is_address_bound;
}

/* Not a secret: it makes a zeroed or hand-filled struct fail, which is what programming errors look like. */
static uint64_t mark_of(uint64_t n)
{
    return (n ^ UINT64_C(0x7e11a15ea1ed6ea7)) * UINT64_C(0x9e3779b97f4a7c15);
}

enum err right_grant(const struct right *r, const struct story_codes *c, uint64_t n, int64_t version_ms, int64_t now_ms,
                     struct grant *out)
{
    if (!right_allows(r, c) || !right_is_valid(r, now_ms) || version_ms < right_oldest_ms(r, now_ms))
        return ERR_RIGHT;
    *out = (struct grant){{n, mark_of(n)}};
    return OK;
}

void right_grant_editor(uint64_t n, struct grant *out)
{
    *out = (struct grant){{n, mark_of(n)}};
}

bool grant_covers(const struct grant *g, uint64_t n)
{
    return g->opaque[0] == n && g->opaque[1] == mark_of(n);
}
