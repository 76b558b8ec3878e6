#include "news/chain.h"

#include "base/json.h"
#include "news/terms.h"

#define FORMAT 1
#define RECORD_MAX (64 * 1024)
#define TEXT_MAX (64 * 1024 * 1024)

void chain_commit(const uint8_t salt[static CHAIN_SALT], struct str canonical, uint8_t out[static ID_HASH])
{
    struct id_sha h;
    id_sha_start(&h);
    id_sha_add(&h, str_of((const char *)salt, CHAIN_SALT));
    id_sha_add(&h, canonical);
    id_sha_end(&h, out);
}

void chain_commit_text(const uint8_t salt[static CHAIN_SALT], const struct story *s, uint8_t out[static ID_HASH])
{
    struct buf b = BUF_INIT(TEXT_MAX);
    chain_text(s, &b);
    must(buf_ok(&b));
    chain_commit(salt, buf_str(&b), out);
    buf_fini(&b);
}

static void write_figures(struct jw *w, const struct story *s)
{
    if (s->figure_count == 0)
        return;
    jw_open_list(w, "figures");
    for (size_t i = 0; i < s->figure_count; i++) {
        const struct story_figure *f = &s->figures[i];
        jw_open(w, NULL);
        jw_str_if(w, "said_by", f->said_by);
        jw_str_if(w, "since", f->since);
        jw_str_if(w, "text", f->text);
        jw_str_if(w, "unit", f->unit);
        jw_str_if(w, "value", f->value);
        jw_close(w);
    }
    jw_close_list(w);
}

static void write_links(struct jw *w, const struct story *s)
{
    if (s->link_count == 0)
        return;
    jw_open_list(w, "links");
    for (size_t i = 0; i < s->link_count; i++) {
        jw_open(w, NULL);
        jw_str_if(w, "id", s->links[i].id);
        jw_str_if(w, "rel", s->links[i].rel);
        jw_close(w);
    }
    jw_close_list(w);
}

static void write_quotes(struct jw *w, const struct story *s)
{
    if (s->quote_count == 0)
        return;
    jw_open_list(w, "quotes");
    for (size_t i = 0; i < s->quote_count; i++) {
        jw_open(w, NULL);
        jw_str_if(w, "said_by", s->quotes[i].said_by);
        jw_str_if(w, "text", s->quotes[i].text);
        jw_close(w);
    }
    jw_close_list(w);
}

static void write_source(struct jw *w, const struct story_source *s)
{
    if (s->at_ms == 0 && s->document.n == 0 && s->id.n == 0 && s->name.n == 0)
        return;
    jw_open(w, "source");
    if (s->at_ms)
        jw_int(w, "at", s->at_ms);
    jw_str_if(w, "document", s->document);
    jw_str_if(w, "id", s->id);
    jw_str_if(w, "name", s->name);
    jw_close(w);
}

/* Empty members are left out, so that a member added later does not change what older stories committed to. */
void chain_text(const struct story *s, struct buf *out)
{
    const struct story_text *t = &s->text;
    struct jw w = jw_start(out);
    jw_open(&w, NULL);
    jw_str_if(&w, "body", t->body);
    jw_str_if(&w, "byline", t->byline);
    jw_str_if(&w, "city", t->city);
    jw_str_if(&w, "country", t->country);
    jw_str_if(&w, "ednote", t->ednote);
    write_figures(&w, s);
    jw_str_if(&w, "headline", t->headline);
    jw_strs_if(&w, "keywords", s->keywords);
    write_links(&w, s);
    jw_strs_if(&w, "media", s->media);
    jw_str_if(&w, "note", s->head.note);
    jw_strs_if(&w, "places", s->places);
    jw_str_if(&w, "public_summary", t->public_summary);
    write_quotes(&w, s);
    jw_strs_if(&w, "sections", s->sections);
    jw_str_if(&w, "slugline", t->slugline);
    write_source(&w, &s->source);
    jw_str_if(&w, "spot", t->spot);
    jw_strs_if(&w, "subjects", s->subjects);
    jw_str_if(&w, "take", t->take);
    jw_str_if(&w, "usage_terms", t->usage_terms);
    jw_close(&w);
}

static void write_hash(struct jw *w, const char *key, const uint8_t hash[static ID_HASH])
{
    struct buf hex = BUF_INIT(2 * ID_HASH);
    id_hex(hash, ID_HASH, &hex);
    jw_str(w, key, buf_str(&hex));
    buf_fini(&hex);
}

static void write_set(struct jw *w, const char *key, const struct codeset *set)
{
    jw_open_list(w, key);
    for (unsigned c = codeset_first(set); c; c = codeset_next(set, c))
        jw_int(w, NULL, c);
    jw_close_list(w);
}

static void write_codes(struct jw *w, const struct story_codes *c)
{
    jw_open(w, "codes");
    jw_bool(w, "archive", c->is_archive);
    write_set(w, "category", &c->category);
    jw_str(w, "kind", str_from(story_kind_name((enum story_kind)c->kind)));
    jw_int(w, "language", c->language);
    write_set(w, "package", &c->package);
    jw_int(w, "priority", c->priority);
    jw_int(w, "provider", c->provider);
    jw_int(w, "type", c->type);
    jw_close(w);
}

static void write_times(struct jw *w, const struct story_times *t)
{
    jw_open(w, "times");
    jw_int(w, "at", t->at_ms);
    jw_int(w, "embargo", t->embargo_ms);
    jw_int(w, "expires", t->expires_ms);
    jw_int(w, "first", t->first_ms);
    jw_int(w, "schedule", t->schedule_ms);
    jw_close(w);
}

void chain_write(const struct record *r, struct buf *out)
{
    struct jw w = jw_start(out);
    jw_open(&w, NULL);
    jw_int(&w, "at", r->at_ms);
    if (r->has_codes)
        write_codes(&w, &r->codes);
    jw_str(&w, "event", str_from(event_name(r->event)));
    jw_int(&w, "format", FORMAT);
    jw_str(&w, "id", r->id);
    jw_str_if(&w, "language", r->language);
    if (r->has_person)
        write_hash(&w, "person", r->person);
    write_hash(&w, "prev", r->prev);
    jw_int(&w, "seq", (int64_t)r->seq);
    if (r->terms.n)
        jw_raw(&w, "terms", r->terms);
    if (r->has_text)
        write_hash(&w, "text", r->text);
    if (r->has_codes)
        write_times(&w, &r->times);
    if (r->version)
        jw_int(&w, "version", r->version);
    jw_close(&w);
}

static void hash_of(const struct record *r, uint8_t out[static ID_HASH])
{
    struct buf b = BUF_INIT(RECORD_MAX);
    chain_write(r, &b);
    must(buf_ok(&b));
    id_sha256(buf_str(&b), out);
    buf_fini(&b);
}

void chain_seal(struct record *r)
{
    hash_of(r, r->hash);
}

bool chain_verify(const struct record *r)
{
    uint8_t hash[ID_HASH];
    hash_of(r, hash);
    return id_equal(hash, r->hash, ID_HASH);
}

static enum err wrong(struct why *why, const char *at)
{
    return err_why(why, ERR_PARSE, at, "the record's member %s is missing or not of its form", at);
}

/* Numbers are narrowed freely below: whatever does not fit its field is found by comparing what chain_write makes of
 * the result with the bytes that were read. */
static void read_set(const struct json *list, struct codeset *out)
{
    for (size_t i = 0; i < json_count(list); i++) {
        int64_t code = json_int(json_at(list, i), 0);
        if (code >= 1 && code <= 255)
            codeset_add(out, (unsigned)code);
    }
}

static enum err read_codes(const struct json *j, struct story_codes *c, struct why *why)
{
    enum story_kind kind;
    if (!story_kind_parse(json_str(json_get(j, "kind")), &kind))
        return wrong(why, "/codes/kind");
    c->kind = (uint8_t)kind;
    c->is_archive = json_bool(json_get(j, "archive"), false);
    read_set(json_get(j, "category"), &c->category);
    read_set(json_get(j, "package"), &c->package);
    c->language = (uint8_t)json_int(json_get(j, "language"), 0);
    c->priority = (uint8_t)json_int(json_get(j, "priority"), 0);
    c->provider = (uint8_t)json_int(json_get(j, "provider"), 0);
    c->type = (uint8_t)json_int(json_get(j, "type"), 0);
    return OK;
}

static void read_times(const struct json *j, struct story_times *t)
{
    t->at_ms = json_int(json_get(j, "at"), 0);
    t->embargo_ms = json_int(json_get(j, "embargo"), 0);
    t->expires_ms = json_int(json_get(j, "expires"), 0);
    t->first_ms = json_int(json_get(j, "first"), 0);
    t->schedule_ms = json_int(json_get(j, "schedule"), 0);
}

/* Absent is allowed when `has` is given. */
static enum err read_hash(const struct json *root, const char *key, bool *has, uint8_t out[static ID_HASH], struct why *why)
{
    const struct json *j = json_get(root, key);
    if (!j && has)
        return OK;
    if (!id_from_hex(json_str(j), out, ID_HASH))
        return wrong(why, key);
    if (has)
        *has = true;
    return OK;
}

static enum err read_terms(const struct json *j, struct arena *a, struct str *out, struct why *why)
{
    if (!j)
        return OK;
    struct buf b = BUF_INIT(RECORD_MAX);
    struct terms t;
    json_print(j, &b);
    enum err e = terms_parse(buf_str(&b), a, &t, why);
    if (e == OK) {
        buf_reset(&b);
        terms_write(&t, &b);
        *out = arena_str(a, buf_str(&b));
    }
    buf_fini(&b);
    return e == OK ? OK : wrong(why, "/terms");
}

static enum err read_record(const struct json *root, struct arena *a, struct record *r, struct why *why)
{
    if (json_int(json_get(root, "format"), 0) != FORMAT)
        return wrong(why, "/format");
    if (!event_parse(json_str(json_get(root, "event")), &r->event))
        return wrong(why, "/event");
    r->at_ms = json_int(json_get(root, "at"), 0);
    r->seq = (uint64_t)json_int(json_get(root, "seq"), 0);
    r->version = (uint32_t)json_int(json_get(root, "version"), 0);
    r->id = arena_str(a, json_str(json_get(root, "id")));
    r->language = arena_str(a, json_str(json_get(root, "language")));
    if (r->seq == 0 || r->seq >> 53 || r->id.n == 0)
        return wrong(why, r->id.n ? "/seq" : "/id");
    r->has_codes = json_get(root, "codes") != NULL;
    enum err e = r->has_codes ? read_codes(json_get(root, "codes"), &r->codes, why) : OK;
    if (e == OK)
        e = read_hash(root, "person", &r->has_person, r->person, why);
    if (e == OK)
        e = read_hash(root, "prev", NULL, r->prev, why);
    if (e == OK)
        e = read_hash(root, "text", &r->has_text, r->text, why);
    if (e == OK)
        e = read_terms(json_get(root, "terms"), a, &r->terms, why);
    read_times(json_get(root, "times"), &r->times);
    return e;
}

static enum err check_canonical(struct str canonical, const struct record *r, struct why *why)
{
    struct buf again = BUF_INIT(RECORD_MAX);
    chain_write(r, &again);
    bool is_same = buf_ok(&again) && str_eq(buf_str(&again), canonical);
    buf_fini(&again);
    if (!is_same)
        return err_why(why, ERR_PARSE, "/", "the record is not in canonical form, or has members that format %d lacks", FORMAT);
    return OK;
}

enum err chain_read(struct str canonical, struct arena *a, struct record *out, struct why *why)
{
    if (canonical.n > RECORD_MAX)
        return err_why(why, ERR_LIMIT, "/", "a record has at most %d bytes", RECORD_MAX);
    CLEANUP(json_free) struct json *root = NULL;
    enum err e = json_parse(canonical, &root, why);
    if (e)
        return e;
    struct record r = {0};
    e = read_record(root, a, &r, why);
    if (e == OK)
        e = check_canonical(canonical, &r, why);
    if (e)
        return e;
    id_sha256(canonical, r.hash);
    *out = r;
    return OK;
}
