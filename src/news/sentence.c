#include "news/sentence.h"

#include "base/buf.h"
#include "base/text.h"
#include "news/abbrev.h"

static bool is_wide_stop(uint32_t cp)
{
    /* Scripts that put no space after a sentence: CJK, Ethiopic. */
    return cp == 0x3002 || cp == 0xff01 || cp == 0xff1f || cp == 0xff0e || cp == 0xff61 || cp == 0x1362 || cp == 0x1367 ||
           cp == 0x1368;
}

static bool is_stop(uint32_t cp)
{
    switch (cp) {
    case '.':
    case '!':
    case '?':
    case 0x2026: /* … */
    case 0x203c: /* ‼ */
    case 0x2047:
    case 0x2048:
    case 0x2049:
    case 0x061f: /* ؟ */
    case 0x06d4: /* ۔ */
    case 0x0964: /* । */
    case 0x0965:
    case 0x0589: /* ։ */
        return true;
    default:
        return is_wide_stop(cp);
    }
}

static bool is_lower(struct str lang, uint32_t cp)
{
    if (cp < 0x80)
        return cp >= 'a' && cp <= 'z';
    /* Georgian has capitals in Unicode but begins sentences without them. */
    if (!text_is_letter(cp) || (cp >= 0x10d0 && cp <= 0x10ff))
        return false;
    struct buf own = BUF_INIT(16), upper = BUF_INIT(64);
    text_put(&own, cp);
    text_upper(lang, buf_str(&own), &upper);
    bool is_changed = !str_eq(buf_str(&own), buf_str(&upper));
    buf_fini(&own);
    buf_fini(&upper);
    return is_changed;
}

/* Text from the first letter, digit or sign of what follows: spaces, dashes, opening quotes and brackets passed. */
static struct str after_stop(struct str text, size_t at)
{
    while (at < text.n) {
        size_t from = at;
        uint32_t cp = text_next(text, &at);
        bool is_passed = mark_is_space(cp) || cp == '"' || cp == '\'' || cp == '(' || cp == '[' || cp == '-' || cp == '*' ||
                         cp == 0xab || cp == 0xbb || cp == 0x2022 || cp == 0xa1 || cp == 0xbf || (cp >= 0x2010 && cp <= 0x201f);
        if (!is_passed)
            return str_sub(text, from, text.n);
    }
    return str_sub(text, text.n, 0);
}

void sentence_start(struct sentence_cutter *c, struct str lang, struct str paragraph)
{
    *c = (struct sentence_cutter){.lang = lang, .is_first = true};
    mark_init(&c->mark, paragraph);
}

/* "Neredesin?" Filmi …: a short question or exclamation in quotation marks is often a title, or is said by whom the next
 * word names; what follows with a capital need not begin a sentence. */
static bool is_short_cry(const struct sentence_cutter *c)
{
    enum { SHORT = 5 };
    struct str text = c->mark.text;
    return c->stop != '.' && text_words(str_sub(text, c->quote_at, c->mark.at - c->quote_at)) <= SHORT;
}

/* A stop with its closing marks has been read and nothing is open: does the sentence end here? */
static bool is_end(const struct sentence_cutter *c)
{
    const struct mark *m = &c->mark;
    if (mark_is_open(m))
        return false;
    if (is_wide_stop(c->stop)) {
        uint32_t next = mark_peek(m);
        return !is_stop(next) && next != 0x300d && next != 0x300f && next != 0xff09 && next != 0x201d;
    }
    if (!mark_is_space(mark_peek(m)))
        return false;
    struct str after = after_stop(m->text, m->at);
    if (after.n == 0 || is_lower(c->lang, mark_first(after)) || is_stop(mark_first(after)))
        return false;
    if (c->is_closed_by_bracket)
        return mark_first(str_sub(m->text, c->start, 4)) == '(' || mark_first(str_sub(m->text, c->start, 4)) == '[';
    if (c->is_closed_by_quote)
        return !is_short_cry(c);
    if (c->stop != '.' || c->stop_count > 1)
        return true;
    struct abbrev_place place = {str_sub(m->text, c->word_at, c->stop_at - c->word_at), after, c->is_first};
    return !abbrev_holds(c->lang, &place);
}

static bool parts_words(uint32_t cp)
{
    return cp == '/' || cp == ',' || cp == ';' || cp == ':' || cp == 0x2013 || cp == 0x2014 || cp == 0x60c || cp == 0x61b;
}

static void begin_word(struct sentence_cutter *c)
{
    c->word_at = c->mark.at;
    c->is_first = !c->has_word;
}

static void see_stop(struct sentence_cutter *c)
{
    if (!c->has_stop) {
        c->stop_at = c->mark.from;
        c->stop = c->mark.cp;
        c->stop_count = 0;
    }
    c->has_stop = true;
    c->stop_count++;
    c->is_closed_by_quote = c->is_closed_by_bracket = false;
}

/* Keeps what is_end needs; true when the code point may be the last of a sentence. */
static bool see(struct sentence_cutter *c)
{
    const struct mark *m = &c->mark;
    if (is_stop(m->cp)) {
        see_stop(c);
        return true;
    }
    if (m->role == MARK_CLOSER) {
        begin_word(c);
        c->is_closed_by_quote = m->is_quote;
        c->is_closed_by_bracket = !m->is_quote;
        return c->has_stop;
    }
    if (m->role == MARK_OPENER && m->is_quote && m->quotes <= 1)
        c->quote_at = m->from;
    /* « Oui. » : the space before a closing mark does not part it from the stop. */
    bool is_space = mark_is_space(m->cp);
    if (is_space && mark_is_open(m))
        return false;
    c->has_stop = false;
    if (is_space || m->role == MARK_OPENER || parts_words(m->cp))
        begin_word(c);
    else
        c->has_word |= (m->cp >= '0' && m->cp <= '9') || (m->cp | 32) >= 'a';
    return false;
}

static struct str trim(struct str s)
{
    size_t at = 0, from = SIZE_MAX, to = 0;
    while (at < s.n) {
        size_t here = at;
        if (mark_is_space(text_next(s, &at)))
            continue;
        from = from == SIZE_MAX ? here : from;
        to = at;
    }
    return from == SIZE_MAX ? str_sub(s, 0, 0) : str_sub(s, from, to - from);
}

static bool give(struct sentence_cutter *c, size_t to, struct str *out)
{
    struct str s = trim(str_sub(c->mark.text, c->start, to - c->start));
    c->start = c->word_at = to;
    c->has_stop = c->has_word = false;
    c->is_first = true;
    if (s.n == 0)
        return false;
    *out = s;
    return true;
}

bool sentence_next(struct sentence_cutter *c, struct str *out)
{
    while (mark_next(&c->mark)) {
        if (see(c) && is_end(c) && give(c, c->mark.at, out)) {
            /* The next sentence starts at its first sign, so that "begins with a bracket" can be asked. */
            while (mark_is_space(mark_peek(&c->mark)) && mark_next(&c->mark))
                c->start = c->word_at = c->mark.at;
            return true;
        }
        mark_run(&c->mark); /* see() learns nothing from the second letter of a run */
    }
    return c->start < c->mark.text.n && give(c, c->mark.text.n, out);
}

bool sentence_is_whole(struct str sentence)
{
    uint32_t last = 0;
    struct mark m;
    mark_init(&m, sentence);
    while (mark_next(&m)) {
        if (m.role != MARK_CLOSER && !mark_is_space(m.cp) && m.cp != '"' && !(m.cp >= 0x2018 && m.cp <= 0x201f) && m.cp != 0xbb)
            last = m.cp;
        mark_run(&m);
    }
    return is_stop(last) || last == ':';
}
