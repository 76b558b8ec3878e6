#include "news/summary.h"

#include "base/buf.h"
#include "base/text.h"
#include "news/sentence.h"
#include "news/speech.h"

#define BODY_MAX (16 * 1024 * 1024)
#define HEADING_WORDS 12 /* a paragraph of its own, no longer than this and without a stop, is a heading */

/* ---- paragraphs ---- */

struct para {
    struct str text;
    bool is_quotation; /* blockquote */
    bool has_gap;      /* something that is no prose stood before it */
};
struct paras {
    struct para *v;
    size_t n, room;
    bool has_gap; /* at the end */
};

/* State of the walk over a body. */
struct walk {
    struct arena *a;
    struct str body;
    size_t from;             /* where the open run of text began */
    unsigned skipped, quoted; /* depth in what is no prose, in blockquote */
    bool is_prose_only;
    struct paras out;
};

static void push(struct walk *w, struct str text)
{
    struct paras *p = &w->out;
    if (p->n == p->room) {
        size_t room = p->room ? 2 * p->room : 16;
        struct para *v = arena_array(w->a, struct para, room);
        if (p->n)
            memcpy(v, p->v, p->n * sizeof v[0]);
        p->v = v;
        p->room = room;
    }
    p->v[p->n++] = (struct para){text, w->quoted > 0, p->has_gap};
    p->has_gap = false;
}

static void flush(struct walk *w, size_t to, bool is_html)
{
    struct str run = str_sub(w->body, w->from, to - w->from);
    struct buf plain = BUF_INIT(BODY_MAX), line = BUF_INIT(BODY_MAX);
    if (is_html)
        text_of_html(run, &plain);
    else
        buf_add(&plain, run);
    text_one_line(buf_str(&plain), &line);
    if (line.n > 0 && w->skipped > 0 && w->is_prose_only)
        w->out.has_gap = true;
    else if (line.n > 0)
        push(w, arena_str(w->a, buf_str(&line)));
    buf_fini(&plain);
    buf_fini(&line);
}

enum block { BLOCK_NONE, BLOCK_PROSE, BLOCK_QUOTE, BLOCK_SKIPPED };

static enum block block_of(struct str name)
{
    static const struct {
        const char *name;
        enum block block;
    } BLOCKS[] = {{"p", BLOCK_PROSE}, {"div", BLOCK_PROSE}, {"hr", BLOCK_PROSE}, {"blockquote", BLOCK_QUOTE},
                  {"h1", BLOCK_SKIPPED}, {"h2", BLOCK_SKIPPED}, {"h3", BLOCK_SKIPPED}, {"h4", BLOCK_SKIPPED},
                  {"h5", BLOCK_SKIPPED}, {"h6", BLOCK_SKIPPED}, {"ul", BLOCK_SKIPPED}, {"ol", BLOCK_SKIPPED},
                  {"li", BLOCK_SKIPPED}, {"table", BLOCK_SKIPPED}, {"thead", BLOCK_SKIPPED}, {"tbody", BLOCK_SKIPPED},
                  {"tr", BLOCK_SKIPPED}, {"td", BLOCK_SKIPPED}, {"th", BLOCK_SKIPPED}, {"caption", BLOCK_SKIPPED},
                  {"pre", BLOCK_SKIPPED}, {"figure", BLOCK_SKIPPED}, {"figcaption", BLOCK_SKIPPED}};
    for (size_t i = 0; i < sizeof BLOCKS / sizeof BLOCKS[0]; i++)
        if (str_eq_nocase(name, str_from(BLOCKS[i].name)))
            return BLOCKS[i].block;
    return BLOCK_NONE;
}

static void step(unsigned *depth, bool is_close)
{
    if (!is_close)
        ++*depth;
    else if (*depth > 0)
        --*depth;
}

/* A tag at `at`; gives the byte after it, or 0 when '<' is no tag. */
static size_t take_tag(struct walk *w, size_t at)
{
    struct str rest = str_sub(w->body, at, w->body.n);
    bool is_close = str_starts(rest, S("</"));
    size_t name_at = is_close ? 2 : 1, n = name_at;
    while (n < rest.n && (((rest.p[n] | 32) >= 'a' && (rest.p[n] | 32) <= 'z') || (rest.p[n] >= '0' && rest.p[n] <= '9')))
        n++;
    size_t end = n > name_at ? str_find_char(rest, '>') : SIZE_MAX;
    if (end == SIZE_MAX)
        return 0;
    enum block block = block_of(str_sub(rest, name_at, n - name_at));
    if (block == BLOCK_NONE)
        return at + end + 1;
    flush(w, at, true);
    if (block == BLOCK_SKIPPED)
        step(&w->skipped, is_close);
    else if (block == BLOCK_QUOTE)
        step(&w->quoted, is_close);
    w->from = at + end + 1;
    return w->from;
}

static void walk_html(struct walk *w)
{
    const char *last = memrchr(w->body.p, '>', w->body.n);
    for (size_t at = 0; last && at < w->body.n;) {
        size_t open = str_find_char(str_sub(w->body, at, w->body.n), '<');
        if (open == SIZE_MAX || w->body.p + at + open > last)
            break;
        size_t past = take_tag(w, at + open);
        at = past ? past : at + open + 1;
    }
    flush(w, w->body.n, true);
}

/* Text without tags: a blank line parts paragraphs. */
static void walk_plain(struct walk *w)
{
    struct str line, rest = w->body;
    while (str_split(&rest, '\n', &line)) {
        size_t at = (size_t)(line.p - w->body.p);
        if (str_trim(line).n > 0)
            continue;
        flush(w, at, false);
        w->from = at;
    }
    flush(w, w->body.n, false);
}

static bool is_html(struct str body)
{
    for (size_t i = 0; i + 2 < body.n; i++)
        if (body.p[i] == '<' && ((body.p[i + 1] | 32) >= 'a' || body.p[i + 1] == '/') && (body.p[i + 1] | 32) <= 'z')
            return true;
    return false;
}

static struct paras paras_of(struct arena *a, struct str body, bool is_prose_only)
{
    struct walk w = {.a = a, .body = body, .is_prose_only = is_prose_only};
    if (body.n == 0)
        return w.out;
    if (is_html(body))
        walk_html(&w);
    else
        walk_plain(&w);
    return w.out;
}

struct strs summary_paragraphs(struct arena *a, struct str body, bool is_prose_only)
{
    struct paras p = paras_of(a, body, is_prose_only);
    struct str *v = arena_array(a, struct str, p.n + 1);
    for (size_t i = 0; i < p.n; i++)
        v[i] = p.v[i].text;
    return (struct strs){v, p.n};
}

/* ---- sentences ---- */

struct strs summary_sentences(struct arena *a, struct str lang, struct str paragraph)
{
    enum { FIRST = 8 };
    struct sentence_cutter c;
    struct str s, *v = arena_array(a, struct str, FIRST);
    size_t n = 0, room = FIRST;
    sentence_start(&c, lang, paragraph);
    while (sentence_next(&c, &s)) {
        if (n == room) {
            struct str *more = arena_array(a, struct str, 2 * room);
            memcpy(more, v, n * sizeof v[0]);
            v = more;
            room *= 2;
        }
        v[n++] = s;
    }
    return (struct strs){v, n};
}

/* One sentence of the body with what binds it. */
struct line {
    struct str text;
    size_t para;
    size_t words;
    struct speech speech;
    bool is_quote;  /* holds speech, or stands in a blockquote */
    bool has_verb;  /* of saying, its own; looked for only near quotations */
    bool is_bound;  /* to the next: both or neither */
    bool is_loose;  /* what it leans on is no prose: the summary ends before it */
};
struct lines {
    struct line *v;
    size_t n, words;
};

static bool is_heading(const struct strs *sentences)
{
    return sentences->n == 1 && !sentence_is_whole(sentences->v[0]) && text_words(sentences->v[0]) <= HEADING_WORDS;
}

static struct lines lines_of(struct arena *a, struct str lang, const struct paras *p)
{
    struct lines l = {0};
    struct strs *cut = arena_array(a, struct strs, p->n + 1);
    for (size_t i = 0; i < p->n; i++) {
        cut[i] = summary_sentences(a, lang, p->v[i].text);
        if (is_heading(&cut[i]))
            cut[i].n = 0;
        l.n += cut[i].n;
    }
    l.v = arena_array(a, struct line, l.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < cut[i].n; k++, n++) {
            struct line *at = &l.v[n];
            at->text = cut[i].v[k];
            at->para = i;
            at->words = text_words(at->text);
            speech_look(at->text, &at->speech);
            at->is_quote = at->speech.has_quote || p->v[i].is_quotation;
            at->is_loose = k == 0 && p->v[i].has_gap && speech_leans_back(lang, at->text);
            l.words += at->words;
        }
    return l;
}

/* ---- what belongs together ---- */

static void see_verbs(const struct speech_words *w, const struct paras *p, struct lines *l)
{
    for (size_t i = 0; w && i < l->n; i++) {
        struct line *v = &l->v[i];
        bool is_near = v->is_quote || (i > 0 && v[-1].is_quote) || (i + 1 < l->n && v[1].is_quote);
        if (is_near && !p->v[v->para].is_quotation)
            v->has_verb = speech_has_verb(w, v->text);
    }
}

/* A short sentence that says who spoke and nothing else. */
static bool is_attribution(const struct line *s)
{
    enum { SHORT = 6 };
    return s->has_verb && !s->speech.has_quote && s->words <= SHORT;
}

static bool names_speaker(const struct line *s)
{
    return s->has_verb || s->speech.ends_colon;
}

/* Binds a quotation without a speaker to the neighbour that names one, in its own paragraph or else beyond. When both
 * may, the one before it has the word, unless the one after does nothing but name a speaker. When neither does, the
 * speech goes on from what stands before or into what follows. */
static void bind_quote(struct lines *l, size_t i)
{
    struct line *v = l->v;
    bool has_prev = i > 0, has_next = i + 1 < l->n;
    bool to_prev = has_prev && v[i - 1].para == v[i].para && names_speaker(&v[i - 1]);
    bool to_next = has_next && v[i + 1].para == v[i].para && v[i + 1].has_verb && (!to_prev || is_attribution(&v[i + 1]));
    if (!to_prev && !to_next) {
        to_prev = has_prev && names_speaker(&v[i - 1]);
        to_next = has_next && v[i + 1].has_verb && (!to_prev || is_attribution(&v[i + 1]));
    }
    if (!to_prev && !to_next) {
        to_prev = has_prev;
        to_next = has_next && (!has_prev || v[i + 1].is_quote);
    }
    if (to_prev)
        v[i - 1].is_bound = true;
    if (to_next)
        v[i].is_bound = true;
}

/* No list of verbs for the language: a paragraph with speech stays whole, with the sentence before it. */
static void bind_paragraph(struct lines *l, size_t i)
{
    struct line *v = l->v;
    if (i > 0 && v[i - 1].is_bound && v[i - 1].para == v[i].para)
        return; /* done for the first quotation of the paragraph */
    size_t from = i;
    while (from > 0 && v[from - 1].para == v[i].para)
        v[--from].is_bound = true;
    if (from > 0)
        v[from - 1].is_bound = true;
    for (size_t k = i; k + 1 < l->n && v[k + 1].para == v[i].para; k++)
        v[k].is_bound = true;
}

static void bind(struct str lang, const struct paras *p, struct arena *a, struct lines *l)
{
    const struct speech_words *w = speech_words_of(a, lang);
    see_verbs(w, p, l);
    for (size_t i = 0; i < l->n; i++) {
        struct line *s = &l->v[i];
        if (s->is_quote && !w)
            bind_paragraph(l, i);
        else if (s->is_quote && !s->has_verb)
            bind_quote(l, i);
        if (!s->speech.ends_colon && !s->speech.is_unclosed)
            continue;
        bool is_last_of_para = i + 1 == l->n || l->v[i + 1].para != s->para;
        bool meets_gap = is_last_of_para && (i + 1 == l->n || p->v[l->v[i + 1].para].has_gap);
        s->is_bound = true;
        s->is_loose |= meets_gap && s->speech.ends_colon;
    }
}

/* ---- selection ---- */

static size_t word_cap(const struct summary_caps *caps, size_t words)
{
    size_t cap = caps->share_percent ? words * caps->share_percent / 100 : SIZE_MAX;
    return caps->words && caps->words < cap ? caps->words : cap;
}

/* How many sentences from the top go in: whole groups while they fit. */
static size_t select_lines(const struct lines *l, const struct summary_caps *caps)
{
    size_t cap = word_cap(caps, l->words), most = caps->sentences ? caps->sentences : SIZE_MAX;
    size_t taken = 0, words = 0;
    while (taken < l->n) {
        size_t end = taken;
        bool is_loose = false;
        do {
            words += l->v[end].words;
            is_loose |= l->v[end].is_loose;
        } while (l->v[end++].is_bound && end < l->n);
        if (is_loose || words > cap || end > most)
            break;
        taken = end;
    }
    return taken;
}

/* From the first to the last sentence taken of each paragraph, as it stands there. */
static struct strs join(struct arena *a, const struct lines *l, size_t taken)
{
    struct str *v = arena_array(a, struct str, taken + 1);
    size_t n = 0;
    for (size_t i = 0; i < taken; i++) {
        const struct line *s = &l->v[i];
        if (i > 0 && l->v[i - 1].para == s->para)
            v[n - 1].n = (size_t)(s->text.p + s->text.n - v[n - 1].p);
        else
            v[n++] = s->text;
    }
    return (struct strs){v, n};
}

/* ---- a body, read once ---- */

struct summary_body {
    struct paras paras;
    struct lines lines;
};

const struct summary_body *summary_read(struct arena *a, struct str lang, struct str body)
{
    struct summary_body *b = arena_make(a, struct summary_body);
    b->paras = paras_of(a, body, true);
    b->lines = lines_of(a, lang, &b->paras);
    bind(lang, &b->paras, a, &b->lines);
    return b;
}

bool summary_has_prose(const struct summary_body *b)
{
    return b->paras.n > 0;
}

size_t summary_words(const struct summary_body *b)
{
    size_t words = 0;
    for (size_t i = 0; i < b->paras.n; i++)
        words += text_words(b->paras.v[i].text);
    return words;
}

struct strs summary_cut(struct arena *a, const struct summary_body *b, const struct summary_caps *caps)
{
    return join(a, &b->lines, select_lines(&b->lines, caps));
}

struct str summary_cut_teaser(struct arena *a, const struct summary_body *b)
{
    static const struct summary_caps TEASER = {.share_percent = 35, .words = 60};
    struct strs p = summary_cut(a, b, &TEASER);
    if (p.n <= 1)
        return p.n ? p.v[0] : STR_NONE;
    struct buf joined = BUF_INIT(1 << 20);
    for (size_t i = 0; i < p.n; i++) {
        if (i > 0)
            buf_addc(&joined, ' ');
        buf_add(&joined, p.v[i]);
    }
    struct str teaser = arena_str(a, buf_str(&joined));
    buf_fini(&joined);
    return teaser;
}

struct strs summary_of(struct arena *a, struct str lang, struct str body, const struct summary_caps *caps)
{
    return summary_cut(a, summary_read(a, lang, body), caps);
}

struct str summary_teaser(struct arena *a, struct str lang, struct str body)
{
    return summary_cut_teaser(a, summary_read(a, lang, body));
}
