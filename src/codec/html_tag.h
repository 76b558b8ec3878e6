/* The elements of our body subset (formats.md 1.1) and a strict reader of text written in it: the exact spelling that
 * html_clean gives, nothing else. Keeps nothing; any thread. */
#ifndef CODEC_HTML_TAG_H
#define CODEC_HTML_TAG_H

#include "base/arena.h"
#include "base/buf.h"

enum html_tag {
    TAG_UNWRAP, /* not in the subset: its text stays */
    TAG_BREAK,  /* the same, and it parts paragraphs (div) */
    TAG_DROP,   /* goes with its content (script) */
    TAG_P,
    TAG_H2,
    TAG_H3,
    TAG_H4,
    TAG_PRE,
    TAG_BLOCKQUOTE,
    TAG_FIGURE,
    TAG_UL,
    TAG_OL,
    TAG_LI,
    TAG_TABLE,
    TAG_THEAD,
    TAG_TBODY,
    TAG_TR,
    TAG_TH,
    TAG_TD,
    TAG_CAPTION,
    TAG_FIGCAPTION,
    TAG_HR,
    TAG_BR,
    TAG_STRONG, /* from here on inline */
    TAG_EM,
    TAG_U,
    TAG_SUB,
    TAG_SUP,
    TAG_A,
    TAG_SPAN,
    TAG_Q,
    TAG_COUNT
};

const char *html_tag_name(enum html_tag t);       /* "p" …; static, only from TAG_P on */
enum html_tag html_tag_find(struct str name);     /* TAG_UNWRAP when it is not of the subset */
bool html_tag_is_inline(enum html_tag t);

/* Checked attribute values, plain text; empty = absent. */
struct html_attrs {
    struct str lang, dir, href, colspan, rowspan, assoc;
};
/* Takes name="value" over if the subset allows it on `t` and the value is harmless; else does nothing. */
void html_tag_set(struct html_attrs *attrs, struct arena *a, enum html_tag t, struct str name, struct str value);
void html_tag_write_attrs(const struct html_attrs *attrs, struct buf *out);
void html_tag_escape(struct str text, struct buf *out); /* & < > */

enum html_token_kind { TOKEN_END, TOKEN_TEXT, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_BAD };
struct html_token {
    enum html_token_kind kind;
    enum html_tag tag;
    struct str raw; /* text, or the attributes with their leading space; both still escaped */
};
/* Next token at *at of a clean body. TOKEN_BAD where the spelling is not ours. */
struct html_token html_tag_next(struct str body, size_t *at);
/* Walks the attributes of an open token: false at the end. Values are still escaped. */
bool html_tag_next_attr(struct str raw, size_t *at, struct str *name, struct str *value);
void html_tag_unescape(struct str raw, struct buf *out); /* &amp; &lt; &gt; &quot; */

#endif
