#include "codec/native.h"

static void write_set(struct jw *w, const char *key, const struct codeset *set)
{
    jw_open_list(w, key);
    for (unsigned c = codeset_first(set); c; c = codeset_next(set, c))
        jw_int(w, NULL, c);
    jw_close_list(w);
}

static void write_codes(struct jw *w, const struct story *s)
{
    const struct story_codes *c = &s->codes;
    if (c->type)
        jw_str(w, "type", str_from(story_type_word((enum story_type)c->type)));
    jw_str(w, "kind", str_from(story_kind_name((enum story_kind)c->kind)));
    jw_str_if(w, "language", s->language);
    jw_int(w, "priority", c->priority);
    jw_int(w, "provider", c->provider);
    write_set(w, "package", &c->package);
    write_set(w, "category", &c->category);
}

static void write_lines(struct jw *w, const struct story_text *t)
{
    jw_str_if(w, "headline", t->headline);
    jw_str_if(w, "spot", t->spot);
    jw_str_if(w, "slugline", t->slugline);
    jw_str_if(w, "take", t->take);
    jw_str_if(w, "byline", t->byline);
    if (t->city.n || t->country.n) {
        jw_open(w, "dateline");
        jw_str_if(w, "city", t->city);
        jw_str_if(w, "country", t->country);
        jw_close(w);
    }
    jw_str_if(w, "body", t->body);
    jw_str_if(w, "ednote", t->ednote);
    jw_str_if(w, "usage_terms", t->usage_terms);
}

static void write_source(struct jw *w, const struct story_source *s)
{
    if (s->name.n || s->document.n || s->at_ms) {
        jw_open(w, "source");
        jw_str_if(w, "name", s->name);
        jw_str_if(w, "document", s->document);
        if (s->at_ms)
            jw_time(w, "at", s->at_ms);
        jw_close(w);
    }
    jw_str_if(w, "source_id", s->id);
}

/* To the outside a value is the JSON it came as; in the store it is that JSON as a string, which nothing rounds. */
static void write_figures(struct jw *w, const struct story *s, bool is_stored)
{
    jw_open_list(w, "figures");
    for (size_t i = 0; i < s->figure_count; i++) {
        const struct story_figure *f = &s->figures[i];
        bool is_json = f->value.n && strchr("\"-0123456789", f->value.p[0]);
        jw_open(w, NULL);
        if (is_stored || !is_json)
            jw_str(w, "value", f->value);
        else
            jw_raw(w, "value", f->value);
        jw_str_if(w, "unit", f->unit);
        jw_str_if(w, "text", f->text);
        jw_str_if(w, "since", f->since);
        jw_str_if(w, "said_by", f->said_by);
        jw_close(w);
    }
    jw_close_list(w);
}

static void write_quotes(struct jw *w, const struct story *s)
{
    jw_open_list(w, "quotes");
    for (size_t i = 0; i < s->quote_count; i++) {
        jw_open(w, NULL);
        jw_str(w, "text", s->quotes[i].text);
        jw_str_if(w, "said_by", s->quotes[i].said_by);
        jw_close(w);
    }
    jw_close_list(w);
}

static void write_links(struct jw *w, const struct story *s)
{
    jw_open_list(w, "links");
    for (size_t i = 0; i < s->link_count; i++) {
        jw_open(w, NULL);
        jw_str(w, "rel", s->links[i].rel);
        jw_str(w, "id", s->links[i].id);
        jw_close(w);
    }
    jw_close_list(w);
}

static void write_times(struct jw *w, const struct story_times *t)
{
    jw_time(w, "embargo", t->embargo_ms);
    jw_time(w, "schedule", t->schedule_ms);
    jw_time(w, "expires", t->expires_ms);
}

void native_write(struct jw *w, const struct story *s)
{
    write_codes(w, s);
    write_lines(w, &s->text);
    jw_strs(w, "keywords", s->keywords);
    jw_strs(w, "subjects", s->subjects);
    jw_strs(w, "places", s->places);
    jw_strs(w, "sections", s->sections);
    write_source(w, &s->source);
    write_times(w, &s->times);
    write_figures(w, s, false);
    write_quotes(w, s);
    jw_strs(w, "media", s->media);
    write_links(w, s);
    jw_str(w, "public", str_from(story_public_name(s->public_mode)));
    jw_str_if(w, "public_summary", s->text.public_summary);
    jw_str_if(w, "desk", s->desk);
}

void native_write_whole(struct buf *out, const struct story *s, struct str public_url)
{
    struct jw w = jw_start(out);
    jw_open(&w, NULL);
    jw_str(&w, "id", s->head.id);
    jw_int(&w, "version", s->head.version);
    if (s->head.seq)
        jw_int(&w, "seq", (int64_t)s->head.seq);
    else
        jw_null(&w, "seq");
    jw_str(&w, "state", str_from(stage_name(s->head.stage)));
    jw_time(&w, "first_published", s->times.first_ms);
    jw_time(&w, "updated", s->times.at_ms);
    jw_str_or_null(&w, "public_url", public_url.n ? public_url : STR_NONE);
    native_write(&w, s);
    jw_close(&w);
}

static void write_meta(struct jw *w, const struct story *s)
{
    write_codes(w, s);
    jw_int(w, "language_code", s->codes.language);
    if (s->codes.is_archive)
        jw_bool(w, "archive", true);
    jw_str(w, "public", str_from(story_public_name(s->public_mode)));
    jw_str_if(w, "desk", s->desk);
}

static void write_text(struct jw *w, const struct story *s)
{
    write_lines(w, &s->text);
    jw_str_if(w, "note", s->head.note);
    jw_str_if(w, "public_summary", s->text.public_summary);
    jw_strs_if(w, "keywords", s->keywords);
    jw_strs_if(w, "subjects", s->subjects);
    jw_strs_if(w, "places", s->places);
    jw_strs_if(w, "sections", s->sections);
    jw_strs_if(w, "media", s->media);
    write_source(w, &s->source);
    if (s->figure_count)
        write_figures(w, s, true);
    if (s->quote_count)
        write_quotes(w, s);
    if (s->link_count)
        write_links(w, s);
}

void native_write_meta(struct buf *out, const struct story *s)
{
    struct jw w = jw_start(out);
    jw_open(&w, NULL);
    write_meta(&w, s);
    jw_close(&w);
}

void native_write_text(struct buf *out, const struct story *s)
{
    struct jw w = jw_start(out);
    jw_open(&w, NULL);
    write_text(&w, s);
    jw_close(&w);
}

void native_write_draft(struct buf *out, const struct story *s)
{
    struct jw w = jw_start(out);
    jw_open(&w, NULL);
    write_meta(&w, s);
    write_text(&w, s);
    write_times(&w, &s->times);
    jw_close(&w);
}
