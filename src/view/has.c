#include "view/has.h"

#include "base/clock.h"
#include "base/json.h"
#include "http/gate.h"
#include "store/store.h"

/* ---- the door ---- */

static enum next denied(struct call *c, enum err e)
{
    return has_refuse(c, e, NULL);
}

/* The manual's rule of one call in 500 ms, loosened for real clients: a few at once and a tenth of slack. */
static bool is_too_fast(struct call *c)
{
    const struct settings *s = &app_of(c)->settings;
    char key[32];
    if (s->has_interval_ms <= 0)
        return false;
    snprintf(key, sizeof key, "has:%u", (unsigned)auth_who(c)->user->id);
    return !gate_pass(app_of(c)->gate, str_from(key), s->has_interval_ms * 1000, s->has_burst ? s->has_burst : 1, 10,
                      NULL);
}

static bool is_subscriber(const struct user *u)
{
    return (u->role == ROLE_SUBSCRIBER || u->role == ROLE_API) && u->org;
}

/* OK, or why a known account does not come in. A contract that has ended still opens documents: their own decision lets
 * through nothing but the notices of what was recalled (trust P6). */
static enum err door(struct call *c, bool needs_contract)
{
    const struct user *u = auth_who(c)->user;
    if (is_too_fast(c))
        return ERR_RATE;
    if (!role_is_desk(u->role) && !is_subscriber(u))
        return ERR_ROLE;
    CLEANUP(right_unref) struct right *r = user_right(u);
    if (!right_allows_address(r, str_from(c->req.peer.text)))
        return ERR_RIGHT;
    return needs_contract && !right_is_valid(r, clock_now_ms()) ? ERR_RIGHT : OK;
}

/* ---- GET /abone/discover ---- */

/* The order in which the manual names the lists. */
static const enum code_kind LISTS[] = {CODE_PROVIDER, CODE_CATEGORY, CODE_PRIORITY,
                                       CODE_PACKAGE,  CODE_TYPE,     CODE_LANGUAGE};

static void write_name(struct jw *w, unsigned code, struct str name)
{
    char key[12];
    snprintf(key, sizeof key, "%u", code);
    jw_str(w, key, name);
}

static void write_lists(struct jw *w, const struct codes *codes, struct str lang)
{
    for (size_t i = 0; i < sizeof LISTS / sizeof LISTS[0]; i++) {
        const struct code *row;
        jw_open(w, code_kind_name(LISTS[i]));
        for (unsigned at = 0; (row = codes_next(codes, LISTS[i], at)); at = row->code)
            write_name(w, row->code, code_label(row, lang));
        jw_close(w);
    }
}

/* "en_US", "en-us", "en": whatever does not begin like English or Arabic is Turkish, as no locale at all is. */
static struct str language_of(struct str locale)
{
    struct str two = str_sub(locale, 0, 2);
    if (str_eq_nocase(two, S("en")))
        return S("en");
    return str_eq_nocase(two, S("ar")) ? S("ar") : S("tr");
}

static enum next discover(struct call *c)
{
    enum err e = door(c, true);
    if (e)
        return has_refuse(c, e, NULL);
    struct codes *codes = stories_codes(store_stories(app_of(c)->store));
    struct str lang = language_of(c->req.params[0]);
    struct jw w = has_envelope(c);
    jw_open(&w, "data");
    write_lists(&w, codes, lang);
    jw_close(&w);
    /* Some clients look for the maps beside the envelope. */
    write_lists(&w, codes, lang);
    jw_close(&w);
    codes_unref(&codes);
    return NEXT_DONE;
}

/* ---- GET /abone/subscription ---- */

static void write_bought(struct jw *w, const struct codes *codes, const struct terms *t, enum code_kind k)
{
    const struct code *row;
    bool is_any = t->any >> k & 1;
    jw_open(w, code_kind_name(k));
    for (unsigned at = 0; is_any && (row = codes_next(codes, k, at)); at = row->code)
        write_name(w, row->code, row->tr.n ? row->tr : row->word);
    for (unsigned code = is_any ? 0 : codeset_first(&t->sets[k]); code; code = codeset_next(&t->sets[k], code)) {
        char number[12];
        snprintf(number, sizeof number, "%u", code);
        row = codes_get(codes, k, code);
        write_name(w, code, !row ? str_from(number) : row->tr.n ? row->tr : row->word);
    }
    jw_close(w);
}

static void write_sizes(struct jw *w, const char *key, struct str bought, struct str all)
{
    struct str rest = str_is(str_trim(bought), "*") ? all : bought, word;
    jw_open_list(w, key);
    while (rest.n && str_split(&rest, ',', &word))
        if (str_trim(word).n)
            jw_str(w, NULL, str_trim(word));
    jw_close_list(w);
}

static void write_terms(struct jw *w, const struct codes *codes, const struct terms *t)
{
    write_bought(w, codes, t, CODE_PROVIDER);
    write_bought(w, codes, t, CODE_PACKAGE);
    write_bought(w, codes, t, CODE_CATEGORY);
    write_bought(w, codes, t, CODE_TYPE);
    write_bought(w, codes, t, CODE_LANGUAGE);
    write_sizes(w, "photo_size", t->photo_size, S("web,print,mobile"));
    write_sizes(w, "video_size", t->video_size, S("web,sd,hd,mobile"));
    write_sizes(w, "graph_size", t->graph_size, S("ai,eps,pdf,raster"));
    jw_int(w, "archive_days", t->archive_days);
    jw_int(w, "download_limit", t->download_limit);
}

static enum next subscription(struct call *c)
{
    enum err e = door(c, true);
    if (e)
        return has_refuse(c, e, NULL);
    CLEANUP(right_unref) struct right *r = user_right(auth_who(c)->user);
    struct codes *codes = stories_codes(store_stories(app_of(c)->store));
    struct jw w = has_envelope(c);
    jw_open(&w, "data");
    write_terms(&w, codes, right_terms(r));
    jw_close(&w);
    write_terms(&w, codes, right_terms(r));
    jw_close(&w);
    codes_unref(&codes);
    return NEXT_DONE;
}

/* ---- what goes to a work thread ---- */

static enum next search(struct call *c)
{
    enum err e = door(c, true);
    return e ? has_refuse(c, e, NULL) : call_work(c, store_readers(app_of(c)->store), has_search_run);
}

static enum next document(struct call *c)
{
    enum err e = door(c, false);
    return e ? has_refuse(c, e, NULL) : call_work(c, store_readers(app_of(c)->store), has_doc_run);
}

/* Links of media, formats without a name, and every other path below /abone/. */
static enum next nothing(struct call *c)
{
    enum err e = door(c, true);
    return has_refuse(c, e ? e : ERR_NONE, NULL);
}

#define DOOR(name, inside)                                                                                             \
    static enum next name(struct call *c)                                                                              \
    {                                                                                                                  \
        static const struct auth_ask ask = {AUTH_BASIC | AUTH_BEARER, SCOPE_READ, (inside), denied};                   \
        return auth_need(c, &ask);                                                                                     \
    }
DOOR(any_discover, discover)
DOOR(any_search, search)
DOOR(any_subscription, subscription)
DOOR(any_document, document)
DOOR(any_other, nothing)

/* Bodies are taken everywhere: clients that send one with a GET must not be cut off for it. */
#define BODY_MAX 65536
const struct route has_routes[] = {
    {METHOD_GET, "/abone/discover", any_discover, BODY_MAX, ROUTE_SLASH, "has"},
    {METHOD_GET, "/abone/discover/{locale}", any_discover, BODY_MAX, ROUTE_SLASH, "has"},
    {METHOD_GET | METHOD_POST, "/abone/search", any_search, BODY_MAX, ROUTE_SLASH, "has"},
    {METHOD_GET, "/abone/subscription", any_subscription, BODY_MAX, ROUTE_SLASH, "has"},
    {METHOD_GET, "/abone/document/{id}/{format}", any_document, BODY_MAX, ROUTE_SLASH, "has"},
    {METHOD_GET | METHOD_POST, "/abone", any_other, BODY_MAX, ROUTE_SLASH, "has"},
    {METHOD_GET | METHOD_POST, "/abone/{rest...}", any_other, BODY_MAX, 0, "has"},
};
const size_t has_route_count = sizeof has_routes / sizeof *has_routes;
