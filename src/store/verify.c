#include "store/verify.h"

#include "base/json.h"
#include "news/chain.h"
#include "store/export.h"

#include <stdarg.h>

#define LINE_BYTES (98u << 20)
#define CHUNK 65536
#define FINDINGS_MOST 1000 /* beyond it the file is a loss, and the list no help */
#define HEX (2 * ID_HASH)

void verify_say(struct verify *v, uint64_t seq, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    if (++v->wrong > FINDINGS_MOST)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    v->found(v->arg, seq, v->wrong < FINDINGS_MOST ? text : "more was found than is listed here");
}

/* ---- lines ---- */

struct lines {
    FILE *from;
    struct buf b;
    size_t at; /* what was given out of b */
    uint64_t number;
    bool is_cut; /* the last one has no end: *line holds what there is of it */
    bool is_long;
};

static bool next_line(struct lines *l, struct str *out)
{
    size_t searched = 0;
    for (;;) {
        struct str rest = str_sub(buf_str(&l->b), l->at, l->b.n);
        size_t end = str_find_char(str_sub(rest, searched, rest.n), '\n');
        if (end != SIZE_MAX) {
            *out = str_sub(rest, 0, searched + end);
            l->at += searched + end + 1;
            l->number++;
            return true;
        }
        searched = rest.n;
        buf_shift(&l->b, l->at);
        l->at = 0;
        char *room = buf_room(&l->b, CHUNK);
        l->is_long = room == NULL;
        size_t n = room ? fread(room, 1, CHUNK, l->from) : 0;
        l->b.n += n;
        if (n == 0) {
            l->is_cut = l->b.n > 0;
            return false;
        }
    }
}

/* ---- a line taken apart ---- */

struct parts {
    struct str record, hash, opened, salt;
    bool is_person;
};

#define RECORD S("{\"record\":")
#define HASH S(",\"hash\":\"")
#define TEXT S(",\"text\":")
#define PERSON S(",\"person\":")
#define SALT S(",\"salt\":\"")

static struct str rest_of(struct str s, size_t from)
{
    return str_sub(s, from, s.n);
}

static const char *split_opened(struct str rest, struct parts *out)
{
    const size_t tail = SALT.n + HEX + 2;
    out->is_person = str_starts(rest, PERSON);
    if (!out->is_person && !str_starts(rest, TEXT))
        return "has a member that the form does not know";
    size_t key = out->is_person ? PERSON.n : TEXT.n;
    struct str end = rest.n > key + tail ? rest_of(rest, rest.n - tail) : S("");
    if (!str_starts(end, SALT) || !str_ends(end, S("\"}")))
        return "has a text without its salt";
    out->opened = str_sub(rest, key, rest.n - tail - key);
    out->salt = str_sub(end, SALT.n, HEX);
    return NULL;
}

/* NULL, or what is wrong with the form of the line. */
static const char *split(struct str line, struct parts *out)
{
    *out = (struct parts){0};
    size_t hash = str_find(line, HASH);
    if (!str_starts(line, RECORD) || hash == SIZE_MAX)
        return "is no line of an export";
    out->record = str_sub(line, RECORD.n, hash - RECORD.n);
    struct str rest = rest_of(line, hash + HASH.n);
    if (rest.n < HEX + 2 || rest.p[HEX] != '"')
        return "has no hash";
    out->hash = str_sub(rest, 0, HEX);
    rest = rest_of(rest, HEX + 1);
    return str_is(rest, "}") ? NULL : split_opened(rest, out);
}

/* Digits as the form has them: lower case alone. */
static bool read_hex(struct str s, uint8_t out[static ID_HASH])
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 'A' && s.p[i] <= 'F')
            return false;
    return id_from_hex(s, out, ID_HASH);
}

/* ---- canonical JSON (RFC 8785), of the kinds that texts have ---- */

static bool write_canonical(const struct json *j, const char *key, struct jw *w);

static bool write_object(const struct json *j, struct jw *w)
{
    void *at = NULL;
    struct str name, before = S("");
    const struct json *value;
    char key[64];
    while (json_next(j, &at, &name, &value)) {
        for (size_t i = 0; i < name.n; i++)
            if (name.p[i] != '_' && !(name.p[i] >= 'a' && name.p[i] <= 'z'))
                return false;
        if (str_cmp(before, name) >= 0 || !str_copy(name, key, sizeof key) || !write_canonical(value, key, w))
            return false;
        before = name;
    }
    return true;
}

static bool write_canonical(const struct json *j, const char *key, struct jw *w)
{
    bool is_right = true;
    switch (json_kind(j)) {
    case JSON_STR:
        jw_str(w, key, json_str(j));
        return true;
    case JSON_INT:
        jw_int(w, key, json_int(j, 0));
        return json_int(j, -1) >= 0 && json_int(j, 0) >> 53 == 0;
    case JSON_LIST:
        jw_open_list(w, key);
        for (size_t i = 0; is_right && i < json_count(j); i++)
            is_right = write_canonical(json_at(j, i), NULL, w);
        jw_close_list(w);
        return is_right;
    case JSON_OBJECT:
        jw_open(w, key);
        is_right = write_object(j, w);
        jw_close(w);
        return is_right;
    default:
        return false;
    }
}

static bool is_canonical(const struct json *j, struct str text)
{
    struct buf again = BUF_INIT(LINE_BYTES);
    struct jw w = jw_start(&again);
    bool is_same = json_kind(j) == JSON_OBJECT && write_canonical(j, NULL, &w) && str_eq(buf_str(&again), text);
    buf_fini(&again);
    return is_same;
}

/* ---- the walk ---- */

struct mark { /* of a story, by 64 bits of its id's SHA-256: sixteen bytes instead of the id */
    uint64_t id, seq;
};
struct marks {
    struct mark *v;
    size_t n, room;
};
struct epoch {
    uint64_t first_seq;
    struct str id;
};
struct walk {
    struct verify *v;
    struct arena *lasting, *arena; /* of the file; of the line */
    struct epoch *epochs;
    size_t epoch_count;
    uint64_t after, to;
    uint64_t seq;     /* of the last record that could be believed */
    bool is_seq_sure; /* false when there were lines behind it that could not */
    bool has_link;    /* false when one of those had nothing to link to */
    int64_t at_ms;
    uint8_t hash[ID_HASH];
    uint8_t stated[ID_HASH], made[ID_HASH]; /* of the line that could not: any of the three will do as link, so that one
                                             * damage is one finding */
    struct marks texts, kills;
};

static void add_mark(struct marks *m, struct str id, uint64_t seq)
{
    uint8_t hash[ID_HASH];
    id_sha256(id, hash);
    if (m->n == m->room) {
        m->room = m->room ? 2 * m->room : 256;
        m->v = mem_grow(m->v, m->room * sizeof *m->v);
    }
    memcpy(&m->v[m->n].id, hash, sizeof m->v[m->n].id);
    m->v[m->n++].seq = seq;
}

static int by_id(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* ---- the header ---- */

static bool read_number(const struct json *root, const char *key, uint64_t *out)
{
    int64_t n = json_int(json_get(root, key), -1);
    if (n < 0 || n >> 53)
        return false;
    *out = (uint64_t)n;
    return true;
}

static bool read_epochs(struct walk *w, const struct json *list)
{
    w->epoch_count = json_count(list);
    w->epochs = arena_array(w->lasting, struct epoch, w->epoch_count + 1);
    for (size_t i = 0; i < w->epoch_count; i++) {
        const struct json *j = json_at(list, i);
        w->epochs[i].id = arena_str(w->lasting, json_str(json_get(j, "id")));
        if (!w->epochs[i].id.n || !read_number(j, "first_seq", &w->epochs[i].first_seq))
            return false;
    }
    return json_kind(list) == JSON_LIST;
}

static bool read_header(struct walk *w, struct str line)
{
    CLEANUP(json_free) struct json *root = NULL;
    uint64_t head = 0;
    int64_t format;
    if (json_parse(line, &root, NULL) != OK || json_kind(root) != JSON_OBJECT || !json_get(root, "export")) {
        verify_say(w->v, 0, "line 1: is no header: this is neither an export nor a backup of tellal");
        return false;
    }
    format = json_int(json_get(root, "export"), 0);
    if (format != EXPORT_FORMAT) {
        verify_say(w->v, 0, "line 1: the export is of format %lld and this program reads %d", (long long)format, EXPORT_FORMAT);
        return false;
    }
    if (!read_number(root, "head", &head) || !read_number(root, "after", &w->after) || !read_number(root, "to", &w->to) ||
        w->to < w->after || head < w->to || !read_hex(json_str(json_get(root, "prev")), w->hash) ||
        !read_epochs(w, json_get(root, "epoch"))) {
        verify_say(w->v, 0, "line 1: the header's members head, after, to, prev or epoch are missing or not of their form");
        return false;
    }
    w->seq = w->after;
    w->is_seq_sure = w->has_link = true;
    return true;
}

/* ---- a record ---- */

static bool is_epoch_start(const struct walk *w, const struct record *r)
{
    for (size_t i = 0; r->event == EVENT_EPOCH && i < w->epoch_count; i++)
        if (w->epochs[i].first_seq == r->seq && str_starts(r->id, S("epoch:")) && str_eq(rest_of(r->id, 6), w->epochs[i].id))
            return true;
    return false;
}

/* False when the record does not stand where it should: nothing can be said of its link then. */
static bool check_place(struct walk *w, const struct record *r)
{
    unsigned long long last = w->seq;
    bool is_start = is_epoch_start(w, r);
    if (r->seq <= w->after || r->seq > w->to)
        verify_say(w->v, r->seq, "lies outside of what the header says follows");
    else if (r->seq <= w->seq)
        verify_say(w->v, r->seq, "stands behind record %llu: out of order", last);
    else if (r->event == EVENT_EPOCH && !is_start)
        verify_say(w->v, r->seq, "opens an epoch that the header does not name");
    else if (w->is_seq_sure && r->seq != w->seq + 1 && !is_start)
        verify_say(w->v, r->seq, "follows %llu, so records between them are missing", last);
    else
        return true;
    return false;
}

static void check_link(struct walk *w, const struct record *r)
{
    bool is_linked = memcmp(r->prev, w->hash, ID_HASH) == 0;
    if (!w->is_seq_sure)
        is_linked |= !w->has_link || memcmp(r->prev, w->stated, ID_HASH) == 0 || memcmp(r->prev, w->made, ID_HASH) == 0;
    if (!is_linked)
        verify_say(w->v, r->seq, "does not link to the record before it");
    if (r->at_ms < w->at_ms)
        verify_say(w->v, r->seq, "is older than the record before it");
}

static bool is_note_alone(const struct json *text)
{
    return json_count(text) == (json_get(text, "note") ? 1 : 0);
}

static void check_opened(struct walk *w, const struct record *r, const struct parts *p)
{
    const char *what = p->is_person ? "personal data" : "text";
    uint8_t salt[CHAIN_SALT], made[ID_HASH];
    CLEANUP(json_free) struct json *root = NULL;
    if (!(p->is_person ? r->has_person : r->has_text)) {
        verify_say(w->v, r->seq, "comes with %s and commits to none", what);
        return;
    }
    bool has_salt = read_hex(p->salt, salt);
    if (has_salt)
        chain_commit(salt, p->opened, made);
    if (!has_salt || memcmp(made, p->is_person ? r->person : r->text, ID_HASH) != 0)
        verify_say(w->v, r->seq, "its %s is not what it commits to", what);
    else if (json_parse(p->opened, &root, NULL) != OK || !is_canonical(root, p->opened))
        verify_say(w->v, r->seq, "its %s is not in canonical form", what);
    if (p->is_person)
        return;
    if (r->event != EVENT_KILL)
        add_mark(&w->texts, r->id, r->seq);
    else if (root && !is_note_alone(root))
        verify_say(w->v, r->seq, "is a kill and carries more than its reason");
}

static void check_record(struct walk *w, const struct record *r, const struct parts *p)
{
    bool is_behind = r->seq <= w->seq;
    if (check_place(w, r))
        check_link(w, r);
    if (r->event == EVENT_KILL)
        add_mark(&w->kills, r->id, r->seq);
    if (p->opened.p)
        check_opened(w, r, p);
    if (is_behind)
        return; /* a stray line: the next one belongs to those before it */
    w->seq = r->seq;
    w->at_ms = r->at_ms;
    w->is_seq_sure = w->has_link = true;
    memcpy(w->hash, r->hash, ID_HASH);
}

/* A record that cannot be believed: those behind it are judged by themselves. */
static void pass_record(struct walk *w, const struct parts *p, const uint8_t made[static ID_HASH])
{
    w->is_seq_sure = false;
    w->has_link &= p->record.p != NULL;
    memcpy(w->made, made, ID_HASH);
    if (!read_hex(p->hash, w->stated))
        memcpy(w->stated, made, ID_HASH);
}

static void check_line(struct walk *w, struct str line, uint64_t number)
{
    struct parts p;
    struct record r;
    struct why why = {0};
    uint8_t made[ID_HASH], stated[ID_HASH];
    unsigned long long where = number, due = w->seq + 1;
    const char *fault = split(line, &p);
    w->v->checked++;
    if (fault) {
        verify_say(w->v, due, "line %llu %s", where, fault);
        id_sha256(p.record, made);
        pass_record(w, &p, made);
        return;
    }
    id_sha256(p.record, made);
    if (!read_hex(p.hash, stated) || memcmp(made, stated, ID_HASH) != 0) {
        verify_say(w->v, due, "line %llu: its hash is not that of the record", where);
        pass_record(w, &p, made);
    } else if (chain_read(p.record, w->arena, &r, &why) != OK) {
        verify_say(w->v, due, "line %llu: %s", where, why.text);
        pass_record(w, &p, made);
    } else {
        check_record(w, &r, &p);
    }
}

/* ---- the end ---- */

static void check_kills(struct walk *w)
{
    if (w->kills.n == 0)
        return;
    qsort(w->kills.v, w->kills.n, sizeof *w->kills.v, by_id);
    for (size_t i = 0; i < w->texts.n; i++) {
        const struct mark *kill = bsearch(&w->texts.v[i], w->kills.v, w->kills.n, sizeof *w->kills.v, by_id);
        if (kill)
            verify_say(w->v, w->texts.v[i].seq, "its story is killed by record %llu, and its text is still here",
                       (unsigned long long)kill->seq);
    }
}

static void check_end(struct walk *w, const struct lines *l)
{
    if (ferror(l->from))
        verify_say(w->v, 0, "the file cannot be read to its end");
    else if (l->is_long)
        verify_say(w->v, 0, "line %llu: is longer than any line of an export", (unsigned long long)l->number + 1);
    else if (l->is_cut)
        verify_say(w->v, 0, "line %llu: the file ends in the middle of it", (unsigned long long)l->number + 1);
    else if (w->is_seq_sure && w->seq != w->to)
        verify_say(w->v, 0, "the file ends at record %llu, its header says %llu", (unsigned long long)w->seq,
                   (unsigned long long)w->to);
}

static void walk(struct walk *w, struct lines *l)
{
    struct str line;
    if (!next_line(l, &line)) {
        verify_say(w->v, 0, l->b.n ? "line 1: has no end: this is neither an export nor a backup of tellal" : "the file is empty");
        return;
    }
    if (!read_header(w, line))
        return;
    while (next_line(l, &line)) {
        arena_reset(w->arena);
        check_line(w, line, l->number);
    }
    check_end(w, l);
    check_kills(w);
}

void verify_export(FILE *from, struct verify *v)
{
    struct walk w = {.v = v, .lasting = arena_new(1024), .arena = arena_new(65536)};
    struct lines l = {.from = from, .b = BUF_INIT(LINE_BYTES)};
    v->checked = v->wrong = 0;
    walk(&w, &l);
    mem_free(w.texts.v);
    mem_free(w.kills.v);
    buf_fini(&l.b);
    arena_free(&w.lasting);
    arena_free(&w.arena);
}
