#include "codec/brief_json.h"
#include "base/json.h"

static void write_flag(struct jw *w, const char *key, bool is_set)
{
    if (is_set)
        jw_bool(w, key, true);
}

static void write_notes(struct jw *w, const struct brief *b)
{
    if (b->note_count == 0)
        return;
    jw_open_list(w, "notes");
    for (size_t i = 0; i < b->note_count; i++) {
        jw_open(w, NULL);
        jw_int(w, "at", b->notes[i].at_ms);
        jw_str(w, "text", b->notes[i].text);
        jw_close(w);
    }
    jw_close_list(w);
}

void brief_json_write(struct buf *out, const struct brief *b)
{
    struct jw w = jw_start(out);
    jw_open(&w, NULL);
    jw_int(&w, "n", (int64_t)b->n);
    jw_int(&w, "version", b->version);
    jw_int(&w, "first", b->first_ms);
    jw_int(&w, "at", b->at_ms);
    jw_int(&w, "priority", b->priority);
    jw_int(&w, "category", b->category);
    jw_int(&w, "kind", b->kind);
    jw_int(&w, "language_code", b->language_code);
    write_flag(&w, "killed", b->is_killed);
    write_flag(&w, "headline_only", b->is_headline_only);
    jw_str_if(&w, "id", b->id);
    jw_str_if(&w, "language", b->language);
    if (!str_eq(b->edition, b->language))
        jw_str_if(&w, "edition", b->edition);
    jw_str_if(&w, "headline", b->headline);
    jw_str_if(&w, "spot", b->spot);
    jw_str_if(&w, "byline", b->byline);
    jw_str_if(&w, "city", b->city);
    jw_str_if(&w, "country", b->country);
    jw_str_if(&w, "teaser", b->teaser);
    jw_str_if(&w, "picture_caption", b->picture_caption);
    jw_strs_if(&w, "summary", b->summary);
    jw_strs_if(&w, "sections", b->sections);
    jw_strs_if(&w, "keywords", b->keywords);
    write_notes(&w, b);
    jw_close(&w);
}

static struct strs read_strs(struct arena *a, const struct json *list)
{
    size_t n = json_count(list);
    struct str *v = n ? arena_array(a, struct str, n) : NULL;
    for (size_t i = 0; i < n; i++)
        v[i] = arena_str(a, json_str(json_at(list, i)));
    return (struct strs){v, n};
}

static void read_notes(struct brief *b, const struct json *list)
{
    size_t n = json_count(list);
    struct brief_note *v = n ? arena_array(b->arena, struct brief_note, n) : NULL;
    for (size_t i = 0; i < n; i++) {
        v[i].at_ms = json_int(json_get(json_at(list, i), "at"), 0);
        v[i].text = arena_str(b->arena, json_str(json_get(json_at(list, i), "text")));
    }
    b->notes = v;
    b->note_count = n;
}

static void read_texts(struct brief *b, const struct json *j)
{
    const struct {
        const char *key;
        struct str *to;
    } texts[] = {{"id", &b->id},
                 {"language", &b->language},
                 {"edition", &b->edition},
                 {"headline", &b->headline},
                 {"spot", &b->spot},
                 {"byline", &b->byline},
                 {"city", &b->city},
                 {"country", &b->country},
                 {"teaser", &b->teaser},
                 {"picture_caption", &b->picture_caption}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i].to = arena_str(b->arena, json_str(json_get(j, texts[i].key)));
}

enum err brief_json_read(struct str json, struct brief **out, struct why *why)
{
    CLEANUP(json_free) struct json *root = NULL;
    enum err e = json_parse(json, &root, why);
    if (e)
        return e;
    int64_t n = json_int(json_get(root, "n"), 0);
    if (json_kind(root) != JSON_OBJECT || n <= 0)
        return err_why(why, ERR_PARSE, "/n", "a stored brief has no story number");
    struct brief *b = brief_new();
    b->n = (uint64_t)n;
    b->version = (uint32_t)json_int(json_get(root, "version"), 0);
    b->first_ms = json_int(json_get(root, "first"), 0);
    b->at_ms = json_int(json_get(root, "at"), 0);
    b->priority = (uint8_t)json_int(json_get(root, "priority"), 0);
    b->category = (uint8_t)json_int(json_get(root, "category"), 0);
    b->kind = (uint8_t)json_int(json_get(root, "kind"), 0);
    b->language_code = (uint8_t)json_int(json_get(root, "language_code"), 0);
    b->is_killed = json_bool(json_get(root, "killed"), false);
    b->is_headline_only = json_bool(json_get(root, "headline_only"), false);
    read_texts(b, root);
    b->summary = read_strs(b->arena, json_get(root, "summary"));
    b->sections = read_strs(b->arena, json_get(root, "sections"));
    b->keywords = read_strs(b->arena, json_get(root, "keywords"));
    read_notes(b, json_get(root, "notes"));
    *out = brief_freeze(b);
    return OK;
}
