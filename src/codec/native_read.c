#include "codec/native.h"
#include "codec/html.h"
#include "codec/native_field.h"
#include "codec/native_list.h"

#define BODY_MOST (1024u * 1024u)

static void read_type(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    enum story_type t;
    if (json_kind(j) == JSON_NULL)
        return;
    if (story_type_parse(json_str(j), &t))
        r->story->codes.type = (uint8_t)t;
    else
        native_field_fault(r, "must be text, picture, video, file or graph");
}

static void read_kind(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    enum story_kind k;
    if (json_kind(j) == JSON_NULL)
        return;
    if (story_kind_parse(json_str(j), &k))
        r->story->codes.kind = (uint8_t)k;
    else
        native_field_fault(r, "must be story, advisory or repeat");
}

static void read_public(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    if (json_kind(j) != JSON_NULL && !story_public_parse(json_str(j), &r->story->public_mode))
        native_field_fault(r, "must be auto, summary or none");
}

static void read_state(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    enum stage s;
    if (json_kind(j) == JSON_NULL)
        return;
    bool is_word = stage_parse(json_str(j), &s) && (s == STAGE_LIVE || s == STAGE_DRAFT || s == STAGE_REVIEW);
    if (is_word) {
        r->ask->state = s;
        r->ask->has_state = true;
    } else {
        native_field_fault(r, "must be live, draft or review");
    }
}

static void read_note(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    struct str *own = str_is(str_from(row->name), "note") ? &r->ask->note : &r->ask->reason;
    native_field_read_lines(r, j, r->is_stored ? &r->story->head.note : own, row);
}

static bool is_tag(struct str s)
{
    struct str rest = s, part;
    if (s.n < 2 || s.n > 35)
        return false;
    for (bool is_first = true; str_split(&rest, '-', &part); is_first = false) {
        if (part.n == 0 || part.n > 8 || (is_first && part.n < 2))
            return false;
        for (size_t i = 0; i < part.n; i++) {
            char c = part.p[i], low = (char)(c | 32);
            if (!(low >= 'a' && low <= 'z') && (is_first || !(c >= '0' && c <= '9')))
                return false;
        }
    }
    return true;
}

static uint8_t language_code(const struct codes *codes, struct str tag)
{
    size_t dash = str_find_char(tag, '-');
    const struct code *row = codes_find(codes, CODE_LANGUAGE, tag);
    if (!row && dash != SIZE_MAX)
        row = codes_find(codes, CODE_LANGUAGE, str_sub(tag, 0, dash));
    return row ? row->code : 0;
}

static void read_language(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    struct str s = STR_NONE;
    if (json_kind(j) == JSON_NULL || !native_field_line(r, j, row->most, &s))
        return;
    if (!r->is_stored && !is_tag(s)) {
        native_field_fault(r, "must be a BCP 47 language tag such as tr or en-GB");
        return;
    }
    char tag[40];
    if (!r->is_stored) { /* the primary subtag is compared byte by byte elsewhere */
        str_copy(s, tag, sizeof tag);
        for (char *p = tag; *p && *p != '-'; p++)
            *p = (char)(*p | 32);
        s = arena_str(r->arena, str_from(tag));
    }
    r->story->language = s;
}

static void read_country(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    struct str s = STR_NONE;
    if (!native_field_line(r, j, row->most, &s))
        return;
    bool is_code = s.n == 0;
    char code[3] = "";
    if (s.n == 2 && (s.p[0] | 32) >= 'a' && (s.p[0] | 32) <= 'z' && (s.p[1] | 32) >= 'a' && (s.p[1] | 32) <= 'z') {
        code[0] = (char)(s.p[0] & ~32);
        code[1] = (char)(s.p[1] & ~32);
        is_code = true;
    }
    if (r->is_stored)
        r->story->text.country = s;
    else if (is_code)
        r->story->text.country = arena_str(r->arena, str_from(code));
    else
        native_field_fault(r, "must be a country code of two letters (ISO 3166), such as TR");
}

static void read_body(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    struct str s = json_str(j);
    if (json_kind(j) != JSON_NULL && json_kind(j) != JSON_STR) {
        native_field_fault(r, "must be a string");
        return;
    }
    if (r->is_stored) {
        r->story->text.body = arena_str(r->arena, s);
        return;
    }
    if (s.n > BODY_MOST) {
        native_field_fault(r, "has %zu bytes; at most %u are allowed", s.n, BODY_MOST);
        return;
    }
    struct buf clean = BUF_INIT(BODY_MOST);
    struct why why = {0};
    if (html_clean(s, &clean, &why) == OK)
        r->story->text.body = arena_str(r->arena, buf_str(&clean));
    else
        native_field_fault(r, "%s", why.text);
    buf_fini(&clean);
}

/* Known to the code table, unless the table is not at hand (stored). */
static bool read_code(struct native_reader *r, const struct json *j, enum code_kind k, int64_t most, int64_t *out)
{
    int64_t code;
    if (!native_field_int(r, j, r->is_stored ? 0 : 1, most, &code))
        return false;
    if (!r->is_stored && !codes_get(r->codes, k, (unsigned)code)) {
        native_field_fault(r, "%lld is not in the list of %s codes", (long long)code, code_kind_name(k));
        return false;
    }
    *out = code;
    return true;
}

static void read_priority(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    int64_t code;
    if (json_kind(j) != JSON_NULL && read_code(r, j, CODE_PRIORITY, 6, &code))
        r->story->codes.priority = (uint8_t)code;
}

static void read_provider(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    int64_t code;
    if (json_kind(j) != JSON_NULL && read_code(r, j, CODE_PROVIDER, 255, &code))
        r->story->codes.provider = (uint8_t)code;
}

/* A code or a list of codes; `most` is the enum code_kind. */
static void read_codes(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    enum code_kind k = (enum code_kind)row->most;
    struct codeset set = {{0}};
    bool is_list = json_kind(j) == JSON_LIST;
    int64_t code;
    if (json_kind(j) == JSON_NULL)
        return;
    if (is_list && json_count(j) == 0 && !r->is_stored) {
        native_field_fault(r, "must name at least one code");
        return;
    }
    if (json_count(j) > 255) {
        native_field_fault(r, "has %zu members; there are only 255 codes", json_count(j));
        return;
    }
    for (size_t i = 0; i < (is_list ? json_count(j) : 1); i++) {
        size_t mark = is_list ? native_field_enter_at(r, i) : r->path.n;
        bool is_code = read_code(r, is_list ? json_at(j, i) : j, k, 255, &code);
        if (is_code && code)
            codeset_add(&set, (unsigned)code);
        native_field_leave(r, mark);
    }
    struct codeset *out = to;
    *out = set;
}

static void read_archive(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    r->story->codes.is_archive = json_bool(j, false);
}

static void read_language_code(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    r->story->codes.language = (uint8_t)json_int(j, 0);
}

#define IN_POST NATIVE_POST
#define IN_STORE NATIVE_STORE
#define IN_BOTH (NATIVE_POST | NATIVE_STORE)
#define AT(member) offsetof(struct story, member)
#define SUB(rows) (rows), sizeof(rows) / sizeof(rows)[0]
#define LINE(name, type, member, most) {name, native_field_read_line, offsetof(type, member), most, NULL, 0, IN_BOTH}

static const struct native_member DATELINE[] = {
    LINE("city", struct story, text.city, 200),
    {"country", read_country, AT(text.country), 40, NULL, 0, IN_BOTH},
};
static const struct native_member SOURCE[] = {
    LINE("name", struct story, source.name, 300),
    LINE("document", struct story, source.document, 1000),
    {"at", native_field_read_time, AT(source.at_ms), 0, NULL, 0, IN_BOTH},
};
static const struct native_member FIGURE[] = {
    {"value", native_list_read_value, offsetof(struct story_figure, value), 200, NULL, 0, IN_BOTH},
    LINE("unit", struct story_figure, unit, 200),
    LINE("text", struct story_figure, text, 1000),
    LINE("since", struct story_figure, since, 200),
    LINE("said_by", struct story_figure, said_by, 500),
};
static const struct native_member QUOTE[] = {
    LINE("text", struct story_quote, text, 4000),
    LINE("said_by", struct story_quote, said_by, 500),
};
static const struct native_member LINK[] = {
    LINE("rel", struct story_link, rel, 40),
    LINE("id", struct story_link, id, 100),
};
static const struct native_member MEMBERS[] = {
    {"type", read_type, 0, 0, NULL, 0, IN_BOTH},
    {"kind", read_kind, 0, 0, NULL, 0, IN_BOTH},
    {"language", read_language, 0, 60, NULL, 0, IN_BOTH},
    {"priority", read_priority, 0, 0, NULL, 0, IN_BOTH},
    {"provider", read_provider, 0, 0, NULL, 0, IN_BOTH},
    {"package", read_codes, AT(codes.package), CODE_PACKAGE, NULL, 0, IN_BOTH},
    {"category", read_codes, AT(codes.category), CODE_CATEGORY, NULL, 0, IN_BOTH},
    LINE("headline", struct story, text.headline, 500),
    LINE("spot", struct story, text.spot, 2000),
    LINE("slugline", struct story, text.slugline, 200),
    LINE("take", struct story, text.take, 200),
    LINE("byline", struct story, text.byline, 500),
    {"dateline", native_field_read_object, 0, 0, SUB(DATELINE), IN_BOTH},
    {"body", read_body, 0, 0, NULL, 0, IN_BOTH},
    {"keywords", native_list_read_lines, AT(keywords), 200, NULL, 0, IN_BOTH},
    {"subjects", native_list_read_subjects, AT(subjects), 200, NULL, 0, IN_BOTH},
    {"places", native_list_read_lines, AT(places), 200, NULL, 0, IN_BOTH},
    {"sections", native_list_read_sections, AT(sections), 64, NULL, 0, IN_BOTH},
    {"ednote", native_field_read_lines, AT(text.ednote), 4000, NULL, 0, IN_BOTH},
    {"usage_terms", native_field_read_lines, AT(text.usage_terms), 4000, NULL, 0, IN_BOTH},
    {"source", native_field_read_object, 0, 0, SUB(SOURCE), IN_BOTH},
    LINE("source_id", struct story, source.id, 200),
    {"embargo", native_field_read_time, AT(times.embargo_ms), 0, NULL, 0, IN_BOTH},
    {"schedule", native_field_read_time, AT(times.schedule_ms), 0, NULL, 0, IN_BOTH},
    {"expires", native_field_read_time, AT(times.expires_ms), 0, NULL, 0, IN_BOTH},
    {"figures", native_list_read_figures, 0, 0, SUB(FIGURE), IN_BOTH},
    {"quotes", native_list_read_quotes, 0, 0, SUB(QUOTE), IN_BOTH},
    {"media", native_list_read_media, AT(media), 100, NULL, 0, IN_BOTH},
    {"links", native_list_read_links, 0, 0, SUB(LINK), IN_BOTH},
    {"public", read_public, 0, 0, NULL, 0, IN_BOTH},
    {"public_summary", native_field_read_lines, AT(text.public_summary), 20000, NULL, 0, IN_BOTH},
    LINE("desk", struct story, desk, 100),
    {"state", read_state, 0, 0, NULL, 0, IN_POST},
    {"note", read_note, 0, 4000, NULL, 0, IN_BOTH},
    {"reason", read_note, 0, 4000, NULL, 0, IN_POST},
    {"archive", read_archive, 0, 0, NULL, 0, IN_STORE},
    {"language_code", read_language_code, 0, 0, NULL, 0, IN_STORE},
    /* a text file's own (codec/plain.h): for whoever reads the file, nothing to a story */
    {"key", native_field_skip, 0, 0, NULL, 0, IN_POST},
    {"act", native_field_skip, 0, 0, NULL, 0, IN_POST},
    {"of", native_field_skip, 0, 0, NULL, 0, IN_POST},
};

static void set_defaults(struct story *s, struct str language)
{
    s->codes.type = TYPE_TEXT;
    s->codes.kind = KIND_STORY;
    s->codes.priority = 4;
    s->codes.provider = 1;
    s->codes.package = s->codes.category = (struct codeset){{0}};
    codeset_add(&s->codes.package, 1);
    codeset_add(&s->codes.category, 1);
    s->public_mode = PUBLIC_AUTO;
    s->language = arena_str(s->arena, language);
}

static void fault_member(struct native_reader *r, const char *member, const char *message)
{
    size_t mark = native_field_enter(r, str_from(member));
    native_field_fault(r, "%s", message);
    native_field_leave(r, mark);
}

static bool has_fault_at(const struct native_faults *f, const char *pointer)
{
    for (size_t i = 0; i < f->n; i++)
        if (str_is(f->v[i].pointer, pointer))
            return true;
    return false;
}

static void check_whole(struct native_reader *r)
{
    const struct story_times *t = &r->story->times;
    if (r->story->text.headline.n == 0 && !has_fault_at(r->faults, "/headline"))
        fault_member(r, "headline", "is required");
    if (t->expires_ms && (t->expires_ms <= t->embargo_ms || t->expires_ms <= t->schedule_ms))
        fault_member(r, "expires", "must be later than embargo and schedule");
}

enum err native_read(const struct json *j, const struct native_defaults *d, struct story *builder, struct native_ask *ask,
                     struct native_faults *faults)
{
    faults->n = 0;
    *ask = (struct native_ask){.state = STAGE_LIVE};
    struct native_reader r = {d->codes, builder, ask, faults, builder->arena, BUF_INIT(4096), false};
    if (!d->is_merge)
        set_defaults(builder, d->language);
    native_field_members(&r, j, builder, SUB(MEMBERS));
    if (json_kind(j) == JSON_OBJECT)
        check_whole(&r);
    builder->codes.language = language_code(d->codes, builder->language);
    buf_fini(&r.path);
    return faults->n ? ERR_FIELD : OK;
}

static enum err read_ours(struct str text, struct story *builder, struct why *why)
{
    CLEANUP(json_free) struct json *root = NULL;
    enum err e = json_parse(text, &root, why);
    if (e)
        return e;
    struct native_faults faults = {.n = 0};
    struct native_ask ask = {.state = STAGE_LIVE};
    struct native_reader r = {NULL, builder, &ask, &faults, builder->arena, BUF_INIT(4096), true};
    native_field_members(&r, root, builder, SUB(MEMBERS));
    buf_fini(&r.path);
    if (faults.n)
        return err_why(why, ERR_PARSE, "", "a stored story has a bad member: %.*s %.*s", STR_FMT(faults.v[0].pointer),
                       STR_FMT(faults.v[0].message));
    return OK;
}

enum err native_read_stored(struct str meta, struct str text, struct story *builder, struct why *why)
{
    enum err e = read_ours(meta, builder, why);
    if (e == OK && text.p)
        e = read_ours(text, builder, why);
    return e;
}

enum err native_read_draft(struct str doc, struct story *builder, struct why *why)
{
    return read_ours(doc, builder, why);
}
