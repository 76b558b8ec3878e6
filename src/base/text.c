#include "base/text.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define DAMAGE 0xFFFD

/* Length of a sound sequence at p (1-4) and its code point; 0 when damaged. */
static size_t decode(const unsigned char *p, size_t n, uint32_t *out)
{
    uint32_t c = p[0];
    if (c < 0x80) {
        *out = c;
        return 1;
    }
    size_t more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
    if (c < 0xC2 || c > 0xF4 || n <= more)
        return 0;
    c &= 0x3Fu >> more;
    for (size_t i = 1; i <= more; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3F);
    }
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    *out = c;
    return more + 1;
}

bool text_is_utf8(struct str s)
{
    uint32_t cp;
    for (size_t at = 0; at < s.n;) {
        size_t n = decode((const unsigned char *)s.p + at, s.n - at, &cp);
        if (n == 0 || cp == 0)
            return false;
        at += n;
    }
    return true;
}

uint32_t text_next_wide(struct str s, size_t *at)
{
    if (*at >= s.n)
        return 0;
    uint32_t cp;
    size_t n = decode((const unsigned char *)s.p + *at, s.n - *at, &cp);
    *at += n ? n : 1;
    return n ? cp : DAMAGE;
}

void text_put(struct buf *out, uint32_t cp)
{
    if (cp < 0x80) {
        buf_addc(out, (char)cp);
        return;
    }
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        cp = DAMAGE;
    char b[4];
    size_t n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; cp >>= 6)
        b[i] = (char)(0x80 | (cp & 0x3F));
    b[0] = (char)((n == 2 ? 0xC0 : n == 3 ? 0xE0 : 0xF0) | cp);
    buf_add(out, str_of(b, n));
}

bool text_is_letter(uint32_t cp)
{
    if (cp < 0x80)
        return (cp | 32) >= 'a' && (cp | 32) <= 'z';
    int c = utf8proc_category((utf8proc_int32_t)cp);
    return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_ME;
}

bool text_is_capital(uint32_t cp)
{
    return cp < 0x80 ? cp >= 'A' && cp <= 'Z' : utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_LU;
}

bool text_is_digit(uint32_t cp)
{
    if (cp < 0x80)
        return cp >= '0' && cp <= '9';
    return utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_ND;
}

bool text_is_space(uint32_t cp)
{
    return cp == ' ' || (cp >= 9 && cp <= 13) || cp == 0x85 || cp == 0xA0 || cp == 0x1680 ||
           (cp >= 0x2000 && cp <= 0x200A) || cp == 0x2028 || cp == 0x2029 || cp == 0x202F || cp == 0x205F ||
           cp == 0x3000;
}

bool text_is_control(uint32_t cp)
{
    return (cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') || (cp >= 0x7F && cp < 0xA0);
}

/* Characters that are NFC whatever stands beside them, as long as their neighbours are of this set too. Nearly all
 * news text is; the rest takes the long way through utf8proc. */
static bool is_plain(uint32_t cp)
{
    static const struct {
        uint32_t first, last;
    } rows[] = {
        {0x388, 0x482},   {0x5D0, 0x5EA},   {0x600, 0x60F},   {0x61B, 0x64A},   {0x660, 0x66F},   {0x671, 0x6D5},
        {0x1E00, 0x1EFF}, {0x2002, 0x205F}, {0x20A0, 0x20BF}, {0x3001, 0x3029}, {0x3041, 0x3096}, {0x30A1, 0x30FF},
        {0x4E00, 0x9FFF}, {0xAC00, 0xD7A3}, {0xFF01, 0xFF60}, {0x1F300, 0x1FAFF},
    };
    if (cp < 0x300)
        return true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && cp >= rows[i].first; i++)
        if (cp <= rows[i].last)
            return true;
    return false;
}

static bool is_clean(struct str s)
{
    for (size_t at = 0; at < s.n;) {
        unsigned char c = (unsigned char)s.p[at];
        if (c >= 0x20 && c < 0x7F) {
            at++;
            continue;
        }
        uint32_t cp = text_next(s, &at);
        if (!is_plain(cp) || text_is_control(cp))
            return false;
    }
    return true;
}

void text_nfc(struct str s, struct buf *out)
{
    if (is_clean(s)) {
        buf_add(out, s);
        return;
    }
    must(s.n < PTRDIFF_MAX / 8);
    /* controls go first, for what stood on both sides of one may compose; a damaged byte grows to three */
    struct buf sound = BUF_INIT(s.n * 3);
    for (size_t at = 0; at < s.n;) {
        uint32_t cp = text_next(s, &at);
        if (!text_is_control(cp))
            text_put(&sound, cp);
    }
    utf8proc_uint8_t *made = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)buf_str(&sound).p, (utf8proc_ssize_t)sound.n, &made,
                                      UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    must(n >= 0); /* the input is sound, so only want of memory can fail */
    buf_add(out, str_of((const char *)made, (size_t)n));
    free(made);
    buf_fini(&sound);
}

/* Bytes of seen ASCII from `at` on: they stand for themselves nearly everywhere. */
static size_t seen_bytes(struct str s, size_t at)
{
    size_t n = 0;
    while (at + n < s.n && s.p[at + n] > ' ' && s.p[at + n] < 0x7F)
        n++;
    return n;
}

void text_one_line(struct str s, struct buf *out)
{
    bool has_gap = false, has_begun = false;
    for (size_t at = 0; at < s.n;) {
        size_t from = at, seen = seen_bytes(s, at);
        uint32_t cp = seen ? (unsigned char)s.p[at] : text_next(s, &at);
        at += seen;
        if (text_is_space(cp)) {
            has_gap = has_begun;
            continue;
        }
        if (has_gap)
            buf_addc(out, ' ');
        has_gap = false;
        has_begun = true;
        if (cp == DAMAGE)
            text_put(out, cp);
        else
            buf_add(out, str_sub(s, from, at - from));
    }
}

static bool is_lang(struct str tag, const char *primary)
{
    size_t n = 0;
    while (n < tag.n && tag.p[n] != '-' && tag.p[n] != '_')
        n++;
    return str_eq_nocase(str_of(tag.p, n), str_from(primary));
}

static bool is_turkic(struct str lang)
{
    return is_lang(lang, "tr") || is_lang(lang, "az");
}

/* One Arabic or Persian letter to the form that stands for its family; 0 drops it. */
static uint32_t fold_arabic(uint32_t cp)
{
    if ((cp >= 0x064B && cp <= 0x065F) || (cp >= 0x0610 && cp <= 0x061A) || (cp >= 0x06D6 && cp <= 0x06DC) ||
        cp == 0x0640 || cp == 0x0670)
        return 0;
    if ((cp >= 0x0660 && cp <= 0x0669) || (cp >= 0x06F0 && cp <= 0x06F9))
        return '0' + (cp & 15);
    switch (cp) {
    case 0x0622: /* alef with madda, hamza above, hamza below, wasla */
    case 0x0623:
    case 0x0625:
    case 0x0671:
        return 0x0627;
    case 0x0624: /* waw with hamza */
        return 0x0648;
    case 0x0626: /* yeh with hamza, alef maksura, Persian yeh */
    case 0x0649:
    case 0x06CC:
        return 0x064A;
    case 0x0629: /* teh marbuta */
        return 0x0647;
    case 0x06A9: /* Persian kaf */
        return 0x0643;
    default:
        return cp;
    }
}

static void put_folded(uint32_t cp, bool is_turkish, struct buf *out)
{
    if (cp < 0x80) {
        if (cp == 'I' && is_turkish)
            text_put(out, 0x131);
        else
            buf_addc(out, (char)(cp >= 'A' && cp <= 'Z' ? cp + 32 : cp));
        return;
    }
    if (cp >= 0x0600 && cp <= 0x06FF) {
        cp = fold_arabic(cp);
        if (cp)
            text_put(out, cp);
        return;
    }
    switch (cp) {
    case 0xAD: /* soft hyphen, joiner: seen by nobody */
    case 0x200D:
        break;
    case 0xDF: /* sharp s, small and capital */
    case 0x1E9E:
        buf_add(out, S("ss"));
        break;
    case 0x3C2: /* final sigma */
        text_put(out, 0x3C3);
        break;
    case 0x17F: /* long s */
        buf_addc(out, 's');
        break;
    default:
        text_put(out, (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp));
    }
}

void text_fold(struct str lang, struct str s, struct buf *out)
{
    bool is_turkish = is_turkic(lang), is_after_i = false;
    struct buf nfc = BUF_INIT(SIZE_MAX / 2);
    if (!is_clean(s)) {
        text_nfc(s, &nfc);
        s = buf_str(&nfc);
    }
    for (size_t at = 0; at < s.n;) {
        uint32_t cp = text_next(s, &at);
        /* programs that lower-case İ without a language leave i and a loose dot behind */
        if (!(cp == 0x307 && is_after_i))
            put_folded(cp, is_turkish, out);
        is_after_i = cp == 'i' || cp == 0x130 || (cp == 'I' && !is_turkish);
    }
    buf_fini(&nfc);
}

void text_upper(struct str lang, struct str s, struct buf *out)
{
    bool is_turkish = is_turkic(lang);
    for (size_t at = 0; at < s.n;) {
        uint32_t cp = text_next(s, &at);
        if (cp == 'i' && is_turkish)
            text_put(out, 0x130);
        else if (cp == 0xDF)
            buf_add(out, S("SS"));
        else
            text_put(out, (uint32_t)utf8proc_toupper((utf8proc_int32_t)cp));
    }
}

size_t text_chars(struct str s)
{
    size_t n = 0;
    for (size_t at = 0; at < s.n; n++)
        text_next(s, &at);
    return n;
}

bool text_is_apostrophe(uint32_t cp)
{
    return cp == '\'' || cp == 0x2019 || cp == 0x2018 || cp == 0x2BC || cp == 0xB4 || cp == '`';
}

static bool is_word_char(uint32_t cp)
{
    return text_is_letter(cp) || text_is_digit(cp);
}

size_t text_words(struct str s)
{
    size_t words = 0;
    bool is_inside = false;
    for (size_t at = 0; at < s.n;) {
        uint32_t cp = text_next(s, &at);
        if (is_word_char(cp)) {
            words += !is_inside;
            is_inside = true;
        } else if (!(is_inside && text_is_apostrophe(cp))) {
            is_inside = false;
        }
    }
    return words;
}

const char *text_dir(struct str lang)
{
    static const char *const rtl[] = {"ar", "he", "fa", "ur", "yi", "ps", "sd", "ug", "dv", "ckb", "arc", "iw", "syr"};
    struct str rest = lang, part;
    /* a script subtag says more than the language: az-Arab, ar-Latn */
    while (str_split(&rest, '-', &part)) {
        if (str_eq_nocase(part, S("Arab")) || str_eq_nocase(part, S("Hebr")) || str_eq_nocase(part, S("Thaa")))
            return "rtl";
        if (str_eq_nocase(part, S("Latn")) || str_eq_nocase(part, S("Cyrl")))
            return "ltr";
    }
    for (size_t i = 0; i < sizeof rtl / sizeof *rtl; i++)
        if (is_lang(lang, rtl[i]))
            return "rtl";
    return "ltr";
}

static const char *entity_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void text_escape(struct str s, struct buf *out)
{
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char *entity = entity_of(s.p[i]);
        unsigned char c = (unsigned char)s.p[i];
        if (entity == NULL && (c >= 0x20 || c == '\t' || c == '\n' || c == '\r'))
            continue;
        buf_add(out, str_sub(s, from, i - from));
        buf_puts(out, entity ? entity : "");
        from = i + 1;
    }
    buf_add(out, str_sub(s, from, s.n));
}

void text_cut(struct str s, size_t chars, struct buf *out)
{
    size_t at = 0, n = 0, word_end = 0, last = 0;
    while (at < s.n && n < chars) {
        last = at; /* the ellipsis needs the room of one character */
        bool is_gap = text_is_space(text_next(s, &at));
        if (is_gap)
            word_end = last;
        n++;
    }
    if (at >= s.n) {
        buf_add(out, s);
        return;
    }
    if (chars == 0)
        return;
    /* a first word longer than half of the room is an address or a language without spaces: cut inside it */
    struct str head = str_sub(s, 0, word_end > last / 2 ? word_end : last);
    while (head.n > 0 && strchr(" \t\r\n,;:-", head.p[head.n - 1]))
        head.n--;
    buf_add(out, head);
    text_put(out, 0x2026);
}

/* ASCII for one letter, "" when it has none; `single` lends the room for the common case. */
static const char *latin_of(uint32_t cp, bool is_german, char single[static 2])
{
    static const struct {
        uint32_t cp;
        const char *ascii, *german;
    } rows[] = {
        {0xE4, "a", "ae"}, {0xF6, "o", "oe"}, {0xFC, "u", "ue"}, {0xDF, "ss", "ss"}, {0xE6, "ae", "ae"},
        {0xF8, "o", "o"}, {0x153, "oe", "oe"}, {0x111, "d", "d"}, {0xF0, "d", "d"}, {0x142, "l", "l"},
        {0xFE, "th", "th"}, {0x131, "i", "i"}, {0x259, "e", "e"}, {0x1E9E, "ss", "ss"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].cp == cp)
            return is_german ? rows[i].german : rows[i].ascii;
    utf8proc_int32_t parts[8];
    int bounds = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char((utf8proc_int32_t)cp, parts, 8, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT,
                                                 &bounds);
    single[0] = single[1] = '\0';
    if (n > 0 && parts[0] < 0x80 && (text_is_letter((uint32_t)parts[0]) || text_is_digit((uint32_t)parts[0])))
        single[0] = (char)utf8proc_tolower(parts[0]);
    return single;
}

void text_slug(struct str lang, struct str s, struct buf *out)
{
    enum { MOST = 80 };
    char slug[MOST + 8];
    size_t n = 0, word_end = 0;
    bool is_german = is_lang(lang, "de"), has_gap = false;
    for (size_t at = 0; at < s.n && n <= MOST;) {
        char single[2];
        uint32_t cp = text_next(s, &at);
        if (text_is_apostrophe(cp))
            continue;
        if (!is_word_char(cp)) {
            has_gap = n > 0;
            continue;
        }
        const char *ascii = latin_of((uint32_t)utf8proc_tolower((utf8proc_int32_t)cp), is_german, single);
        if (ascii[0] == '\0')
            continue;
        if (has_gap) {
            word_end = n;
            slug[n++] = '-';
            has_gap = false;
        }
        for (; *ascii; ascii++)
            slug[n++] = *ascii;
    }
    if (n > MOST)
        n = word_end ? word_end : MOST;
    buf_add(out, str_of(slug, n));
}
