#include "codec/ninjs.h"
#include "base/json.h"
#include "codec/country.h"
#include "codec/notice.h"

#define TEXT S("text/plain")

static const char *type_word(unsigned type)
{
    static const char *const words[] = {"text", "text", "picture", "video", "component", "graphic"};
    return words[type < sizeof words / sizeof words[0] ? type : 0];
}

static const char *pub_status(const struct story *s)
{
    if (s->head.stage == STAGE_KILLED)
        return "canceled";
    return s->head.stage == STAGE_HELD ? "withheld" : "usable";
}

static void write_part(struct jw *w, struct str role, struct str type, struct str value)
{
    jw_open(w, NULL);
    jw_str(w, "role", role);
    jw_str(w, "contentType", type);
    jw_str(w, "value", value);
    jw_close(w);
}

static void write_item(struct jw *w, const struct story *s, const struct agency *a, bool is_full)
{
    jw_str(w, "uri", s->head.id);
    jw_str(w, "type", str_from(type_word(s->codes.type)));
    jw_str(w, "representationType", is_full ? S("full") : S("partial"));
    struct buf version = BUF_INIT(16);
    buf_u64(&version, s->head.version);
    jw_str(w, "version", buf_str(&version));
    buf_fini(&version);
    if (s->times.first_ms)
        jw_time(w, "firstCreated", s->times.first_ms);
    if (s->times.at_ms)
        jw_time(w, "versionCreated", s->times.at_ms);
    if (s->times.embargo_ms)
        jw_time(w, "embargoedUntil", s->times.embargo_ms);
    if (s->times.expires_ms)
        jw_time(w, "expires", s->times.expires_ms);
    jw_str(w, "pubStatus", str_from(pub_status(s)));
    jw_int(w, "urgency", story_urgency(s->codes.priority));
    jw_str_if(w, "language", s->language);
    jw_str_if(w, "copyrightHolder", a->name);
}

/* The note of this version first: it is what the reader of a correction or a notice must see. */
static void write_ednote(struct jw *w, const struct story *s, bool is_full)
{
    struct str note = s->head.note, ednote = is_full ? s->text.ednote : STR_NONE;
    struct buf both = BUF_INIT(note.n + ednote.n + 1);
    buf_add(&both, note);
    if (note.n && ednote.n)
        buf_addc(&both, '\n');
    buf_add(&both, ednote);
    jw_str_if(w, "edNote", buf_str(&both));
    buf_fini(&both);
}

static void write_alt(struct jw *w, const char *role, struct str value)
{
    if (value.n == 0)
        return;
    jw_open(w, NULL);
    jw_str(w, "role", str_from(role));
    jw_str(w, "value", value);
    jw_close(w);
}

static void write_alt_code(struct jw *w, const char *role, unsigned code)
{
    struct buf b = BUF_INIT(16);
    buf_u64(&b, code);
    if (code)
        write_alt(w, role, buf_str(&b));
    buf_fini(&b);
}

static void write_alt_set(struct jw *w, const char *role, const struct codeset *set)
{
    for (unsigned c = codeset_first(set); c; c = codeset_next(set, c))
        write_alt_code(w, role, c);
}

/* What ninjs has no member for. Repeated roles are lists. */
static void write_alts(struct jw *w, const struct story *s, bool is_full)
{
    jw_open_list(w, "altIds");
    write_alt(w, "event", str_from(event_name(s->head.event)));
    write_alt_code(w, "priority", s->codes.priority);
    write_alt_code(w, "provider", s->codes.provider);
    write_alt_set(w, "package", &s->codes.package);
    write_alt_set(w, "category", &s->codes.category);
    write_alt_code(w, "language", s->codes.language);
    write_alt(w, "kind", str_from(story_kind_name((enum story_kind)s->codes.kind)));
    if (s->codes.is_archive)
        write_alt(w, "archive", S("1"));
    if (is_full) {
        write_alt(w, "take", s->text.take);
        write_alt(w, "source_id", s->source.id);
        for (size_t i = 0; i < s->sections.n; i++)
            write_alt(w, "section", s->sections.v[i]);
    }
    jw_close_list(w);
}

static void write_genres(struct jw *w, const struct story *s)
{
    bool is_advisory = s->codes.kind == KIND_ADVISORY, is_archive = s->codes.priority == 6;
    if (!is_advisory && !is_archive)
        return;
    jw_open_list(w, "genres");
    jw_open(w, NULL);
    jw_str(w, "name", is_advisory ? S("Advisory") : S("Archival material"));
    jw_str(w, "uri", is_advisory ? S("http://cv.iptc.org/newscodes/genre/Advisory")
                                 : S("http://cv.iptc.org/newscodes/genre/Archive_material"));
    jw_close(w);
    jw_close_list(w);
}

static void write_code_subjects(struct jw *w, const struct story *s, const struct codes *codes, enum code_kind k)
{
    const struct codeset *set = k == CODE_CATEGORY ? &s->codes.category : &s->codes.package;
    struct buf b = BUF_INIT(200);
    for (unsigned c = codeset_first(set); c; c = codeset_next(set, c)) {
        const struct code *row = codes_get(codes, k, c);
        jw_open(w, NULL);
        if (row)
            jw_str(w, "name", code_label(row, s->language));
        jw_str(w, "rel", str_from(code_kind_name(k)));
        buf_reset(&b);
        buf_printf(&b, "urn:x-tellal:%s:%u", code_kind_name(k), c);
        jw_str(w, "uri", buf_str(&b));
        buf_reset(&b);
        if (k == CODE_CATEGORY && row)
            buf_printf(&b, "AAcat:%.*s", STR_FMT(row->word));
        else
            buf_printf(&b, "%s:%u", k == CODE_CATEGORY ? "AAcat" : "AApackage", c);
        jw_str(w, "literal", buf_str(&b));
        jw_close(w);
    }
    buf_fini(&b);
}

static void write_subject(struct jw *w, struct str subject)
{
    struct buf uri = BUF_INIT(300);
    bool is_medtop = str_starts(subject, S("medtop:"));
    if (is_medtop)
        buf_printf(&uri, "http://cv.iptc.org/newscodes/mediatopic/%.*s", STR_FMT(str_sub(subject, 7, subject.n)));
    jw_open(w, NULL);
    jw_str_if(w, "uri", buf_str(&uri));
    jw_str(w, "literal", subject);
    jw_close(w);
    buf_fini(&uri);
}

static void write_subjects(struct jw *w, const struct story *s, const struct codes *codes, bool is_full)
{
    jw_open_list(w, "subjects");
    write_code_subjects(w, s, codes, CODE_CATEGORY);
    write_code_subjects(w, s, codes, CODE_PACKAGE);
    for (size_t i = 0; is_full && i < s->subjects.n; i++)
        write_subject(w, s->subjects.v[i]);
    for (size_t i = 0; is_full && i < s->keywords.n; i++) {
        jw_open(w, NULL);
        jw_str(w, "name", s->keywords.v[i]);
        jw_str(w, "rel", S("keyword"));
        jw_close(w);
    }
    jw_close_list(w);
}

static void write_place(struct jw *w, struct str name, const char *rel, struct str literal)
{
    if (name.n == 0)
        return;
    jw_open(w, NULL);
    jw_str(w, "name", name);
    if (rel)
        jw_str(w, "rel", str_from(rel));
    jw_str_if(w, "literal", literal);
    jw_close(w);
}

static void write_places(struct jw *w, const struct story *s)
{
    const struct story_text *t = &s->text;
    jw_str_if(w, "located", t->city);
    if (s->places.n == 0 && t->city.n == 0 && t->country.n == 0)
        return;
    struct buf qcode = BUF_INIT(300);
    struct str country = country_name(t->country, s->language);
    buf_printf(&qcode, "iso3166-1a2:%.*s", STR_FMT(t->country));
    jw_open_list(w, "places");
    write_place(w, t->city, "dateline", STR_NONE);
    if (t->country.n)
        write_place(w, country.n ? country : t->country, "country", buf_str(&qcode));
    for (size_t i = 0; i < s->places.n; i++)
        if (!str_eq(s->places.v[i], t->city))
            write_place(w, s->places.v[i], NULL, STR_NONE);
    jw_close_list(w);
    buf_fini(&qcode);
}

static void write_json_part(struct jw *w, struct str role, struct buf *json)
{
    write_part(w, role, S("application/json"), buf_str(json));
    buf_reset(json);
}

/* Figures and quotations for machines: a JSON object each, as text. */
static void write_facts(struct jw *w, const struct story *s)
{
    struct buf b = BUF_INIT(1 << 20);
    for (size_t i = 0; i < s->figure_count; i++) {
        const struct story_figure *f = &s->figures[i];
        struct jw one = jw_start(&b);
        jw_open(&one, NULL);
        if (f->value.n)
            jw_raw(&one, "value", f->value);
        jw_str_if(&one, "unit", f->unit);
        jw_str_if(&one, "text", f->text);
        jw_str_if(&one, "since", f->since);
        jw_str_if(&one, "said_by", f->said_by);
        jw_close(&one);
        write_json_part(w, S("figure"), &b);
    }
    for (size_t i = 0; i < s->quote_count; i++) {
        struct jw one = jw_start(&b);
        jw_open(&one, NULL);
        jw_str(&one, "text", s->quotes[i].text);
        jw_str_if(&one, "said_by", s->quotes[i].said_by);
        jw_close(&one);
        write_json_part(w, S("quote"), &b);
    }
    buf_fini(&b);
}

static void write_text(struct jw *w, const struct story *s)
{
    const struct story_text *t = &s->text;
    jw_open_list(w, "headlines");
    write_part(w, S("main"), TEXT, t->headline);
    jw_close_list(w);
    if (t->spot.n || s->figure_count || s->quote_count) {
        jw_open_list(w, "descriptions");
        if (t->spot.n)
            write_part(w, S("summary"), TEXT, t->spot);
        write_facts(w, s);
        jw_close_list(w);
    }
    if (t->body.n) {
        jw_open_list(w, "bodies");
        write_part(w, S("main"), S("text/html"), t->body);
        jw_close_list(w);
    }
    jw_str_if(w, "by", t->byline);
    jw_str_if(w, "slugline", t->slugline);
    jw_str_if(w, "usageTerms", t->usage_terms);
}

static void write_source(struct jw *w, const struct story_source *source)
{
    if (source->name.n == 0 && source->document.n == 0)
        return;
    jw_open_list(w, "infoSources");
    jw_open(w, NULL);
    jw_str(w, "name", source->name.n ? source->name : source->document);
    jw_str(w, "role", S("source"));
    if (source->name.n)
        jw_str_if(w, "literal", source->document);
    jw_close(w);
    jw_close_list(w);
}

static void write_association(struct jw *w, struct str name, const char *rel, struct str id)
{
    struct str provider;
    enum story_type type;
    uint32_t day;
    uint64_t n;
    jw_open(w, NULL);
    jw_str(w, "name", name);
    if (rel)
        jw_str(w, "rel", str_from(rel));
    jw_str(w, "uri", id);
    if (story_id_parse(id, &provider, &type, &day, &n))
        jw_str(w, "type", str_from(type_word(type)));
    jw_close(w);
}

static void write_associations(struct jw *w, const struct story *s)
{
    if (s->media.n == 0 && s->link_count == 0)
        return;
    struct buf name = BUF_INIT(100);
    jw_open_list(w, "associations");
    for (size_t i = 0; i < s->media.n; i++) {
        buf_reset(&name);
        buf_printf(&name, "media-%zu", i + 1);
        write_association(w, buf_str(&name), "media", s->media.v[i]);
    }
    for (size_t i = 0; i < s->link_count; i++) {
        const struct story_link *l = &s->links[i];
        char rel[64];
        str_copy(l->rel, rel, sizeof rel);
        buf_reset(&name);
        buf_printf(&name, "%s-%zu", rel, i + 1);
        write_association(w, buf_str(&name), rel, l->id);
    }
    jw_close_list(w);
    buf_fini(&name);
}

static bool is_withdrawn(const struct story *s)
{
    return s->head.stage == STAGE_KILLED || s->head.stage == STAGE_HELD;
}

/* Whoever asks: the text of a killed or held story has no way out here. */
void ninjs_write(struct buf *out, const struct story *s, const struct codes *codes, const struct agency *a)
{
    if (is_withdrawn(s)) {
        ninjs_write_notice(out, s, codes, a);
        return;
    }
    struct jw w = jw_start(out);
    jw_open(&w, NULL);
    write_item(&w, s, a, true);
    write_text(&w, s);
    write_subjects(&w, s, codes, true);
    write_places(&w, s);
    write_source(&w, &s->source);
    write_ednote(&w, s, true);
    write_genres(&w, s);
    write_associations(&w, s);
    write_alts(&w, s, true);
    jw_close(&w);
}

void ninjs_write_notice(struct buf *out, const struct story *s, const struct codes *codes, const struct agency *a)
{
    struct jw w = jw_start(out);
    jw_open(&w, NULL);
    write_item(&w, s, a, false);
    jw_open_list(&w, "headlines");
    write_part(&w, S("main"), TEXT, is_withdrawn(s) ? notice_headline(s) : s->text.headline);
    jw_close_list(&w);
    write_subjects(&w, s, codes, false);
    write_ednote(&w, s, false);
    write_alts(&w, s, false);
    jw_close(&w);
}
