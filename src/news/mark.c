#include "news/mark.h"

#include "base/text.h"

void mark_init(struct mark *m, struct str text)
{
    *m = (struct mark){.text = text};
}

bool mark_is_space(uint32_t cp)
{
    if (cp <= 0x20)
        return cp == ' ' || (cp >= '\t' && cp <= '\r');
    return cp == 0xa0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202f) || cp == 0x205f ||
           (cp >= 0x2060 && cp <= 0x2069) || cp == 0x3000 || cp == 0x61c || cp == 0xfeff;
}

bool mark_is_word(uint32_t cp)
{
    if (cp < 0x80)
        return (cp >= '0' && cp <= '9') || ((cp | 32) >= 'a' && (cp | 32) <= 'z');
    return text_is_letter(cp) || text_is_digit(cp);
}

uint32_t mark_peek(const struct mark *m)
{
    return mark_first(str_sub(m->text, m->at, 8));
}

uint32_t mark_first(struct str s)
{
    size_t at = 0;
    return s.n ? text_next(s, &at) : 0;
}

/* The role that a mark has by its shape alone; " has none. */
static enum mark_role shape_of_quote(uint32_t cp)
{
    switch (cp) {
    case 0x201c: /* “ */
    case 0x201e: /* „ */
    case 0x201f: /* ‟ */
    case 0xab:   /* « */
    case 0x2039: /* ‹ */
    case 0x300c: /* 「 */
    case 0x300e: /* 『 */
        return MARK_OPENER;
    case 0x201d: /* ” */
    case 0xbb:   /* » */
    case 0x203a: /* › */
    case 0x300d: /* 」 */
    case 0x300f: /* 』 */
        return MARK_CLOSER;
    default:
        return MARK_NONE;
    }
}

static enum mark_role shape_of_bracket(uint32_t cp)
{
    switch (cp) {
    case '(':
    case '[':
    case '{':
    case 0xff08: /* （ */
    case 0x3010: /* 【 */
    case 0x300a: /* 《 */
        return MARK_OPENER;
    case ')':
    case ']':
    case '}':
    case 0xff09:
    case 0x3011:
    case 0x300b:
        return MARK_CLOSER;
    default:
        return MARK_NONE;
    }
}

/* What may stand right before an opening quotation mark. */
static bool is_lead(uint32_t prev)
{
    return prev == 0 || mark_is_space(prev) || shape_of_bracket(prev) == MARK_OPENER || shape_of_quote(prev) == MARK_OPENER ||
           prev == '"' || prev == '\'' || prev == 0x2018 || prev == '-' || prev == '/' || prev == ':' ||
           (prev >= 0x2010 && prev <= 0x2015);
}

static bool is_tail(uint32_t next)
{
    return next == 0 || !mark_is_word(next);
}

/* Houses use the same marks the other way round (»…«, „…“, ”…”), so the surroundings decide and the shape is asked only
 * where they do not. */
static enum mark_role quote_role(const struct mark *m, uint32_t prev, uint32_t next)
{
    bool can_open = is_lead(prev) && next != 0 && !mark_is_space(next);
    bool can_close = m->quotes > 0 && !(prev == 0 || mark_is_space(prev)) && is_tail(next);
    enum mark_role shape = shape_of_quote(m->cp);
    if (can_open && !can_close)
        return shape == MARK_CLOSER && m->quotes > 0 ? MARK_CLOSER : MARK_OPENER;
    if (can_close && !can_open)
        return MARK_CLOSER;
    if (can_open)
        return shape == MARK_OPENER ? MARK_OPENER : MARK_CLOSER;
    if (m->quotes > 0)
        return shape == MARK_OPENER && is_lead(prev) ? MARK_OPENER : MARK_CLOSER;
    /* 5" is inches, and a closing mark with nothing open is a slip; but dedi."Biz opens in spite of the missing space. */
    bool is_slip_open = shape == MARK_NONE && !mark_is_word(prev) && mark_is_word(next);
    return next != 0 && (shape == MARK_OPENER || is_slip_open || (is_lead(prev) && shape == MARK_NONE)) ? MARK_OPENER : MARK_NONE;
}

static bool is_single(uint32_t cp)
{
    return cp == '\'' || cp == 0x2018 || cp == 0x2019;
}

/* The byte after the single quote that closes one opened at `at`: the first that is followed by no letter (inside words
 * the same sign is an apostrophe). 0 when there is none. */
static size_t single_close(struct str text, size_t at)
{
    uint32_t prev = 0;
    while (at < text.n) {
        uint32_t cp = text_next(text, &at);
        size_t ahead = at;
        bool is_end = is_single(cp) && cp != 0x2018 && prev != 0 && !mark_is_space(prev);
        if (is_end && is_tail(ahead < text.n ? text_next(text, &ahead) : 0))
            return at;
        prev = cp;
    }
    return 0;
}

static enum mark_role single_role(struct mark *m, uint32_t prev, uint32_t next)
{
    if (m->single_end) {
        if (m->at < m->single_end)
            return MARK_NONE;
        m->single_end = 0;
        return MARK_CLOSER;
    }
    /* '90s is no quotation. */
    if (m->cp == 0x2019 || m->has_no_single || !is_lead(prev) || !mark_is_word(next) || text_is_digit(next))
        return MARK_NONE;
    m->single_end = single_close(m->text, m->at);
    /* Nothing closes behind here, so nothing will behind any later place either: the walk stays linear. */
    m->has_no_single = m->single_end == 0;
    return m->single_end ? MARK_OPENER : MARK_NONE;
}

static bool is_stop(uint32_t cp)
{
    return cp == '.' || cp == '!' || cp == '?' || cp == 0x2026 || cp == 0x61f || cp == 0x6d4;
}

/* Speech over several paragraphs opens its marks anew in each, and closes them once; some copy has it in one paragraph,
 * or forgets to close. An opening mark after a full stop therefore goes on with the speech that is open. */
static bool is_continued(const struct mark *m)
{
    return m->quotes == 1 && m->role == MARK_OPENER && is_stop(m->last);
}

static void count(unsigned *depth, enum mark_role role)
{
    if (role == MARK_OPENER)
        ++*depth;
    else if (role == MARK_CLOSER && *depth > 0)
        --*depth;
}

static void see_quote(struct mark *m, uint32_t prev)
{
    if (is_single(m->cp) || m->cp == '`') {
        /* ''two apostrophes'' are a typewriter's quotation mark */
        if (mark_peek(m) != m->cp) {
            m->role = m->cp == '`' ? MARK_NONE : single_role(m, prev, mark_peek(m));
            m->is_quote = m->role != MARK_NONE;
            return;
        }
        text_next(m->text, &m->at);
        m->cp = '"';
    }
    m->role = quote_role(m, prev, mark_peek(m));
    m->is_quote = m->role != MARK_NONE;
    if (!is_continued(m))
        count(&m->quotes, m->role);
}

bool mark_next(struct mark *m)
{
    if (m->at >= m->text.n)
        return false;
    uint32_t prev = m->cp;
    m->prev = prev;
    if (!mark_is_space(prev) && prev != 0)
        m->last = prev;
    m->from = m->at;
    m->cp = text_next(m->text, &m->at);
    m->role = MARK_NONE;
    m->is_quote = false;
    if (mark_is_word(m->cp) || m->cp == ' ')
        return true;
    if (is_single(m->cp) || m->cp == '`' || m->cp == '"' || shape_of_quote(m->cp) != MARK_NONE) {
        see_quote(m, prev);
    } else {
        m->role = shape_of_bracket(m->cp);
        count(&m->brackets, m->role);
    }
    return true;
}

static bool is_plain_letter(uint32_t cp)
{
    return (cp | 32) >= 'a' && (cp | 32) <= 'z';
}

void mark_run(struct mark *m)
{
    const char *p = m->text.p;
    size_t from = m->at;
    if (!is_plain_letter(m->cp))
        return;
    while (m->at < m->text.n && is_plain_letter((unsigned char)p[m->at]))
        m->at++;
    if (m->at == from)
        return;
    m->prev = m->last = m->at - from == 1 ? m->cp : (unsigned char)p[m->at - 2];
    m->from = m->at - 1;
    m->cp = (unsigned char)p[m->from];
}

bool mark_is_open(const struct mark *m)
{
    return m->quotes > 0 || m->brackets > 0 || m->single_end > 0;
}

bool mark_is_quoted(const struct mark *m)
{
    return m->quotes > 0 || m->single_end > 0;
}
