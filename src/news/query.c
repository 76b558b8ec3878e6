#include "news/query.h"

#include "base/clock.h"
#include "base/text.h"

void query_init(struct query *q)
{
    *q = (struct query){.any = (1U << CODE_KINDS) - 1, .with_archive = true};
}

/* ---- filters ---- */

static bool is_wanted(const struct query *q, enum code_kind k, unsigned code)
{
    return (q->any >> k & 1) || codeset_has(&q->sets[k], code);
}

static bool are_wanted(const struct query *q, enum code_kind k, const struct codeset *codes)
{
    return (q->any >> k & 1) || codeset_meets(&q->sets[k], codes);
}

bool query_allows(const struct query *q, const struct story_codes *c)
{
    if ((c->is_archive && !q->with_archive) || (q->has_kind && q->kind != c->kind))
        return false;
    return is_wanted(q, CODE_PROVIDER, c->provider) && is_wanted(q, CODE_TYPE, c->type) &&
           is_wanted(q, CODE_LANGUAGE, c->language) && is_wanted(q, CODE_PRIORITY, c->priority) &&
           are_wanted(q, CODE_PACKAGE, &c->package) && are_wanted(q, CODE_CATEGORY, &c->category);
}

/* ---- words: what both dialects share ---- */

/* What is being read, and what has been read so far. Everything is counted against QUERY_TERMS as it comes, so the
 * fixed arrays cannot overflow. */
struct reader {
    struct arena *a;
    struct str text; /* NFC */
    size_t at;
    struct query_term terms[QUERY_TERMS];
    struct query_branch branches[QUERY_TERMS];
    size_t term_count, branch_count, word_count;
    size_t branch_from; /* first term of the open branch */
    struct why *why;
};

static enum err fail(const struct reader *r, enum err e, size_t at, const char *message)
{
    char place[40];
    snprintf(place, sizeof place, "character %zu", text_chars(str_sub(r->text, 0, at)) + 1);
    return err_why(r->why, e, place, "%s", message);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool has_content(struct str word)
{
    for (size_t at = 0; at < word.n;) {
        uint32_t cp = text_next(word, &at);
        if (text_is_letter(cp) || text_is_digit(cp))
            return true;
    }
    return false;
}

static void skip_spaces(struct reader *r)
{
    while (r->at < r->text.n && is_space(r->text.p[r->at]))
        r->at++;
}

/* Words of a quoted or bare piece, by white space; those of punctuation alone are dropped. */
static enum err take_words(struct reader *r, struct str piece, struct query_term *term)
{
    struct str found[QUERY_TERMS];
    size_t n = 0;
    for (size_t at = 0; at < piece.n;) {
        size_t from = at;
        while (at < piece.n && !is_space(piece.p[at]))
            at++;
        struct str word = str_sub(piece, from, at - from);
        at++;
        if (!has_content(word))
            continue;
        if (r->word_count == QUERY_TERMS)
            return fail(r, ERR_LIMIT, (size_t)(word.p - r->text.p), "a search has at most 32 words: leave some out");
        r->word_count++;
        found[n++] = word;
    }
    term->words = (struct strs){n ? memcpy(arena_array(r->a, struct str, n), found, n * sizeof found[0]) : NULL, n};
    return OK;
}

/* A term of no words says nothing and is passed over. */
static void keep_term(struct reader *r, const struct query_term *term)
{
    if (term->words.n > 0)
        r->terms[r->term_count++] = *term;
}

static void end_branch(struct reader *r)
{
    size_t n = r->term_count - r->branch_from;
    if (n == 0)
        return;
    struct query_term *own = arena_array(r->a, struct query_term, n);
    memcpy(own, r->terms + r->branch_from, n * sizeof own[0]);
    r->branches[r->branch_count++] = (struct query_branch){own, n};
    r->branch_from = r->term_count;
}

static void finish(struct reader *r, struct query *q)
{
    size_t n = r->branch_count;
    q->branches = n ? memcpy(arena_array(r->a, struct query_branch, n), r->branches, n * sizeof r->branches[0]) : NULL;
    q->branch_count = n;
}

/* Typographic double quotes come with copied text and mean the same. */
static struct str plain_quotes(struct arena *a, struct str s)
{
    char *out = arena_zero(a, s.n + 1);
    size_t n = 0;
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        uint32_t cp = text_next(s, &at);
        if (cp == 0x201c || cp == 0x201d || cp == 0x201e) {
            out[n++] = '"';
            continue;
        }
        memcpy(out + n, s.p + from, at - from);
        n += at - from;
    }
    return str_of(out, n);
}

static enum err start(struct reader *r, struct arena *a, struct str text, struct why *why)
{
    *r = (struct reader){.a = a, .why = why};
    if (text.n > QUERY_BYTES)
        return err_why(why, ERR_LIMIT, "search", "the search has %zu bytes, at most %d are read: shorten it", text.n,
                       QUERY_BYTES);
    if (!text_is_utf8(text))
        return err_why(why, ERR_PARSE, "search", "the search is not UTF-8 text: send it in that encoding");
    /* NFC can grow text threefold. */
    struct buf nfc = BUF_INIT(4 * QUERY_BYTES);
    text_nfc(text, &nfc);
    must(buf_ok(&nfc));
    r->text = plain_quotes(a, buf_str(&nfc));
    buf_fini(&nfc);
    return OK;
}

/* ---- HAS dialect ---- */

static size_t closing_quote(const struct reader *r, size_t from)
{
    while (from < r->text.n && r->text.p[from] != '"')
        from++;
    return from < r->text.n ? from : SIZE_MAX;
}

static enum err has_phrase(struct reader *r, size_t close)
{
    struct query_term term = {.is_phrase = true};
    enum err e = take_words(r, str_sub(r->text, r->at + 1, close - r->at - 1), &term);
    keep_term(r, &term);
    r->at = close + 1;
    return e;
}

static enum err has_word(struct reader *r)
{
    size_t from = r->at;
    /* A quote that nothing closes is a character like others: these clients cannot be asked to mend it. */
    do
        r->at++;
    while (r->at < r->text.n && !is_space(r->text.p[r->at]) && r->text.p[r->at] != ',' && r->text.p[r->at] != '"');
    struct query_term term = {0};
    enum err e = take_words(r, str_sub(r->text, from, r->at - from), &term);
    keep_term(r, &term);
    return e;
}

enum err query_parse_has(struct arena *a, struct str text, struct query *q, struct why *why)
{
    struct reader r;
    enum err e = start(&r, a, text, why);
    for (skip_spaces(&r); e == OK && r.at < r.text.n; skip_spaces(&r)) {
        size_t close = r.text.p[r.at] == '"' ? closing_quote(&r, r.at + 1) : SIZE_MAX;
        if (r.text.p[r.at] == ',') {
            end_branch(&r);
            r.at++;
        } else if (close != SIZE_MAX) {
            e = has_phrase(&r, close);
        } else {
            e = has_word(&r);
        }
    }
    if (e)
        return e;
    end_branch(&r);
    finish(&r, q);
    return OK;
}

/* ---- our own dialect ---- */

static const char *const FIELDS[] = {"headline", "slug", "city", "byline", "subject"};

/* "field:" at the head of a token. A word that merely ends in a colon stays a word; digits before it (12:30) too. */
static enum err take_field(struct reader *r, struct query_term *term)
{
    size_t n = 0;
    while (r->at + n < r->text.n && ((r->text.p[r->at + n] | 32) >= 'a' && (r->text.p[r->at + n] | 32) <= 'z'))
        n++;
    if (n == 0 || r->at + n >= r->text.n || r->text.p[r->at + n] != ':')
        return OK;
    struct str name = str_sub(r->text, r->at, n);
    bool is_bare = r->at + n + 1 == r->text.n || is_space(r->text.p[r->at + n + 1]);
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
        if (!str_eq_nocase(name, str_from(FIELDS[i])))
            continue;
        if (is_bare)
            return fail(r, ERR_PARSE, r->at, "a field needs its word right after the colon, as in headline:election");
        term->field = str_from(FIELDS[i]);
        r->at += n + 1;
        return OK;
    }
    if (is_bare)
        return OK;
    return fail(r, ERR_PARSE, r->at, "no such field: there are headline, slug, city, byline and subject; to search for text "
                                     "with a colon put it in quotes");
}

static enum err take_phrase(struct reader *r, struct query_term *term)
{
    size_t close = closing_quote(r, r->at + 1);
    if (close == SIZE_MAX)
        return fail(r, ERR_PARSE, r->at, "this quote is never closed: add the second one");
    term->is_phrase = true;
    enum err e = take_words(r, str_sub(r->text, r->at + 1, close - r->at - 1), term);
    r->at = close + 1;
    return e;
}

/* Letters and digits at the end of a word: what a prefix search has to go by. */
static size_t tail_letters(struct str word)
{
    size_t n = 0;
    for (size_t at = 0; at < word.n;) {
        uint32_t cp = text_next(word, &at);
        n = text_is_letter(cp) || text_is_digit(cp) ? n + 1 : 0;
    }
    return n;
}

static enum err take_word(struct reader *r, struct query_term *term)
{
    size_t from = r->at;
    while (r->at < r->text.n && !is_space(r->text.p[r->at]) && r->text.p[r->at] != '"')
        r->at++;
    struct str word = str_sub(r->text, from, r->at - from);
    size_t star = str_find_char(word, '*');
    if (star != SIZE_MAX) {
        if (star + 1 != word.n)
            return fail(r, ERR_PARSE, from + star, "* stands only at the end of a word, as in econom*");
        word.n = star;
        if (tail_letters(word) < 3)
            return fail(r, ERR_PARSE, from + star, "* needs at least three letters before it");
        term->is_prefix = true;
    }
    return take_words(r, word, term);
}

static bool take_keyword(struct reader *r, const char *keyword)
{
    size_t n = strlen(keyword);
    if (!str_starts(str_sub(r->text, r->at, n), str_from(keyword)))
        return false;
    if (r->at + n < r->text.n && !is_space(r->text.p[r->at + n]))
        return false;
    r->at += n;
    return true;
}

static enum err take_term(struct reader *r)
{
    struct query_term term = {0};
    if (r->text.p[r->at] == '-' && r->at + 1 < r->text.n && !is_space(r->text.p[r->at + 1])) {
        term.is_not = true;
        r->at++;
    }
    enum err e = take_field(r, &term);
    if (e)
        return e;
    e = r->text.p[r->at] == '"' ? take_phrase(r, &term) : take_word(r, &term);
    keep_term(r, &term);
    return e;
}

/* An alternative of exclusions alone would mean "nearly everything", which no index answers in time. */
static enum err check_branch(const struct reader *r)
{
    if (r->branch_from == r->term_count)
        return fail(r, ERR_PARSE, r->at, "OR needs a word on both sides");
    for (size_t i = r->branch_from; i < r->term_count; i++)
        if (!r->terms[i].is_not)
            return OK;
    return fail(r, ERR_PARSE, r->at, "only words to leave out: add one to look for");
}

enum err query_parse(struct arena *a, struct str text, struct query *q, struct why *why)
{
    struct reader r;
    bool has_or = false;
    enum err e = start(&r, a, text, why);
    for (skip_spaces(&r); e == OK && r.at < r.text.n; skip_spaces(&r)) {
        if (take_keyword(&r, "OR")) {
            e = check_branch(&r);
            end_branch(&r);
            has_or = true;
        } else if (!take_keyword(&r, "AND")) {
            e = take_term(&r);
        }
    }
    if (e == OK && (has_or || r.term_count > 0))
        e = check_branch(&r);
    if (e)
        return e;
    end_branch(&r);
    finish(&r, q);
    return OK;
}

static void write_words(const struct query_term *t, struct buf *out)
{
    /* Right before a quote OR and AND are words; before a space they would be read as what joins. */
    bool is_keyword = !t->is_phrase && !t->is_not && !t->field.n && !t->is_prefix &&
                      (str_is(t->words.v[0], "OR") || str_is(t->words.v[0], "AND"));
    if (is_keyword) {
        buf_puts(out, str_is(t->words.v[0], "OR") ? "or" : "and");
        return;
    }
    for (size_t i = 0; i < t->words.n; i++) {
        buf_puts(out, i ? " " : "");
        buf_add(out, t->words.v[i]);
    }
}

static void write_term(const struct query_term *t, struct buf *out)
{
    buf_puts(out, t->is_not ? "-" : "");
    buf_add(out, t->field);
    buf_puts(out, t->field.n ? ":" : "");
    buf_puts(out, t->is_phrase ? "\"" : "");
    write_words(t, out);
    buf_puts(out, t->is_phrase ? "\"" : t->is_prefix ? "*" : "");
}

void query_write(const struct query *q, struct buf *out)
{
    for (size_t i = 0; i < q->branch_count; i++)
        for (size_t k = 0; k < q->branches[i].count; k++) {
            buf_puts(out, k ? " " : i ? " OR " : "");
            write_term(&q->branches[i].terms[k], out);
        }
}

/* ---- dates ---- */

#define DAY_MS INT64_C(86400000)

static int64_t civil_ms(int64_t year, int64_t month, int64_t day)
{
    /* Days of the proleptic Gregorian calendar, years counted from March so that the leap day comes last. */
    year -= month <= 2;
    int64_t era = year / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return (era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468) * DAY_MS;
}

enum unit { UNIT_MS, UNIT_SECOND, UNIT_MINUTE, UNIT_HOUR, UNIT_DAY, UNIT_WEEK, UNIT_MONTH, UNIT_YEAR };
static const struct {
    const char *name;
    enum unit unit;
} UNITS[] = {{"MILLISECOND", UNIT_MS}, {"MILLI", UNIT_MS}, {"SECOND", UNIT_SECOND}, {"MINUTE", UNIT_MINUTE},
             {"HOUR", UNIT_HOUR}, {"DATE", UNIT_DAY}, {"DAY", UNIT_DAY}, {"WEEK", UNIT_WEEK},
             {"MONTH", UNIT_MONTH}, {"YEAR", UNIT_YEAR}};
static const int64_t UNIT_LENGTH[] = {1, 1000, 60000, 3600000, DAY_MS, 7 * DAY_MS, 0, 0};

static bool take_unit(struct str *rest, enum unit *out)
{
    size_t n = 0;
    while (n < rest->n && rest->p[n] >= 'A' && rest->p[n] <= 'Z')
        n++;
    struct str word = str_sub(*rest, 0, n);
    if (str_ends(word, S("S")))
        word.n--;
    for (size_t i = 0; i < sizeof UNITS / sizeof UNITS[0]; i++)
        if (str_is(word, UNITS[i].name)) {
            *out = UNITS[i].unit;
            *rest = str_sub(*rest, n, rest->n);
            return true;
        }
    return false;
}

static int64_t add_months(int64_t ms, int64_t months)
{
    static const uint8_t LENGTHS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct clock_parts p;
    clock_parts(ms, false, &p);
    int64_t index = p.year * INT64_C(12) + p.month - 1 + months;
    if (index < 1970 * 12)
        return 0;
    int64_t year = index / 12, month = index % 12, day = p.day;
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    int64_t last = LENGTHS[month] + (month == 1 && is_leap);
    return civil_ms(year, month + 1, day < last ? day : last) + ms % DAY_MS;
}

static int64_t round_down(int64_t ms, enum unit unit)
{
    struct clock_parts p;
    clock_parts(ms, false, &p);
    switch (unit) {
    case UNIT_YEAR:
        return civil_ms(p.year, 1, 1);
    case UNIT_MONTH:
        return civil_ms(p.year, p.month, 1);
    case UNIT_WEEK: /* Monday begins it (ISO 8601) */
        return ms - ms % DAY_MS - (p.weekday + 6) % 7 * DAY_MS;
    default:
        return ms - ms % UNIT_LENGTH[unit];
    }
}

static bool is_in_calendar(int64_t ms)
{
    return ms > 0 && ms <= INT64_C(253402300799999); /* end of 9999 */
}

/* "-1DAY", "+30MINUTES", "/DAY", in a row. */
static bool take_steps(struct str rest, int64_t *ms)
{
    while (rest.n > 0) {
        char op = rest.p[0];
        size_t digits = 1;
        while (digits < rest.n && rest.p[digits] >= '0' && rest.p[digits] <= '9')
            digits++;
        uint64_t n = 0;
        if (op != '/' && (digits > 10 || !str_u64(str_sub(rest, 1, digits - 1), &n)))
            return false;
        rest = str_sub(rest, op == '/' ? 1 : digits, rest.n);
        enum unit unit;
        if ((op != '+' && op != '-' && op != '/') || !take_unit(&rest, &unit))
            return false;
        int64_t by = op == '-' ? -(int64_t)n : (int64_t)n;
        if (op == '/')
            *ms = round_down(*ms, unit);
        else if (unit >= UNIT_MONTH)
            *ms = add_months(*ms, unit == UNIT_YEAR ? by * 12 : by);
        else
            *ms += by * UNIT_LENGTH[unit];
        if (!is_in_calendar(*ms))
            return false;
    }
    return true;
}

static bool day_first(struct str s, int64_t *ms)
{
    uint64_t day, month, year;
    struct str part[3], rest = s, extra;
    for (int i = 0; i < 3; i++)
        if (!str_split(&rest, '/', &part[i]))
            return false;
    if (str_split(&rest, '/', &extra) || part[0].n > 2 || part[1].n > 2 || part[2].n != 4)
        return false;
    if (!str_u64(part[0], &day) || !str_u64(part[1], &month) || !str_u64(part[2], &year))
        return false;
    char iso[32];
    snprintf(iso, sizeof iso, "%04u-%02u-%02u", (unsigned)year, (unsigned)month, (unsigned)day);
    return clock_parse(str_from(iso), ms) == OK; /* knows the length of months */
}

/* An absolute time, with steps after its 'Z' if any. */
static bool absolute(struct str s, int64_t *ms)
{
    if (day_first(s, ms) || clock_parse(s, ms) == OK)
        return true;
    size_t z = str_find_char(s, 'Z');
    return z != SIZE_MAX && z + 1 < s.n && clock_parse(str_sub(s, 0, z + 1), ms) == OK &&
           take_steps(str_sub(s, z + 1, s.n), ms);
}

/* Upper case; a space that stands where a '+' was lost in a form body becomes one again: after NOW or Z, or before hh:mm
 * when the time is there already (so "2026-03-14 03:00" stays a time). */
static struct str tidy_date(struct str s, char out[static 64])
{
    for (size_t i = 0; i < s.n; i++) {
        bool is_lost_plus = s.p[i] == ' ' && (i >= 15 || (i > 0 && (out[i - 1] == 'W' || out[i - 1] == 'Z')));
        out[i] = s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 32) : is_lost_plus ? '+' : s.p[i];
    }
    return str_of(out, s.n);
}

enum err query_parse_date(struct str text, int64_t now_ms, int64_t *out_ms, struct why *why)
{
    struct str s = str_trim(text);
    if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
        s = str_trim(str_sub(s, 1, s.n - 2));
    if (s.n == 0 || str_is(s, "*")) {
        *out_ms = 0;
        return OK;
    }
    char upper[64];
    int64_t ms = now_ms;
    bool is_read = s.n < sizeof upper;
    if (is_read) {
        s = tidy_date(s, upper);
        is_read = str_starts(s, S("NOW")) ? take_steps(str_sub(s, 3, s.n), &ms) : absolute(s, &ms);
    }
    if (!is_read)
        return err_why(why, ERR_PARSE, "date",
                       "\"%.*s\" is no date: write 2026-03-14T09:21:05Z, 2026-03-14, 14/03/2026, NOW, NOW-1DAY or *",
                       (int)(text.n < 40 ? text.n : 40), text.p);
    /* The first millisecond of 1970 would read as "open" and widen the range. */
    *out_ms = ms ? ms : 1;
    return OK;
}
