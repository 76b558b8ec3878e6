/* Text of people: UTF-8, NFC, folding and capitals by language, escaping, words. Unicode tables come from utf8proc;
 * the Turkish and Azeri dotted and dotless i are ours (dependencies 6). Callable from any thread; keeps nothing. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/arena.h"
#include "base/buf.h"

/* Valid UTF-8 without NUL, surrogates or overlong forms (RFC 3629). */
bool text_is_utf8(struct str s);
/* NFC form without C0/C1 controls other than TAB, LF, CR. */
void text_nfc(struct str s, struct buf *out);
/* White space of any kind collapsed to single spaces, trimmed; for one-line fields. */
void text_one_line(struct str s, struct buf *out);
/* Search folding: NFC, case folded by language (tr, az: I -> ı, İ -> i), marks of Latin letters kept, Arabic letter
 * variants (alef, yeh, teh marbuta), tatweel and vowel signs unified, Arabic digits as ASCII, soft hyphens dropped. */
void text_fold(struct str lang, struct str s, struct buf *out);
void text_upper(struct str lang, struct str s, struct buf *out); /* capitals by language: datelines */
/* Decodes one code point at *at and moves on; U+FFFD on damage, 0 at the end. Most of text is one byte long. */
uint32_t text_next_wide(struct str s, size_t *at);
static inline uint32_t text_next(struct str s, size_t *at)
{
    bool is_short = *at < s.n && (unsigned char)s.p[*at] < 0x80;
    return is_short ? (unsigned char)s.p[(*at)++] : text_next_wide(s, at);
}
void text_put(struct buf *out, uint32_t cp); /* encodes one code point */
bool text_is_letter(uint32_t cp);            /* letter or mark, any script */
bool text_is_capital(uint32_t cp);
bool text_is_digit(uint32_t cp);
bool text_is_space(uint32_t cp);   /* of any width; not the invisible marks */
bool text_is_control(uint32_t cp); /* C0 and C1 but TAB, LF, CR: no text has them */
/* ' and the signs that writers use for it: U+2019, U+2018, U+02BC, U+00B4, U+0060. */
bool text_is_apostrophe(uint32_t cp);
size_t text_chars(struct str s); /* code points */
size_t text_words(struct str s); /* runs of letters and digits, apostrophes inside kept */
/* "tr", "ar", "he", "fa", "ur" … -> rtl or ltr. Static text. */
const char *text_dir(struct str lang);
/* Escaping for its place: element text and attribute values of HTML and XML (& < > " '); C0 controls that XML 1.0
 * does not allow are dropped. */
void text_escape(struct str s, struct buf *out);
/* Cuts to at most `chars` code points on a word boundary, adding U+2026 when something was cut. */
void text_cut(struct str s, size_t chars, struct buf *out);
/* Lower-case ASCII words joined by '-', for URLs: Turkish and Latin letters transliterated, others dropped; may be
 * empty; at most 80 bytes. */
void text_slug(struct str lang, struct str s, struct buf *out);
/* Text of HTML of our allow-list (text_html.c): tags removed, blocks parted by a blank line, entities decoded. Linear
 * in whatever it is given. */
void text_of_html(struct str html, struct buf *out);

#endif
