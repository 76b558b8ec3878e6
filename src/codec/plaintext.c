#include "codec/plaintext.h"

#include "base/text.h"
#include "codec/country.h"
#include "codec/notice.h"

#define TEXT_MOST (64 * 1024 * 1024) /* more than the largest body */

/* A paragraph of its own, after a blank line; one of nothing is left out. */
static void put_paragraph(struct buf *out, struct str text)
{
    text = str_trim(text);
    if (!text.n)
        return;
    buf_add(out, text);
    buf_puts(out, "\n\n");
}

/* "İSTANBUL, Türkiye (TH)": the place in capitals of the story's language, the country, the agency's code. */
static void put_dateline(struct buf *out, const struct story *s, const struct agency *a)
{
    struct str country = country_name(s->text.country, s->language);
    if (!country.n)
        country = s->text.country;
    if (!s->text.city.n && !country.n)
        return;
    struct buf line = BUF_INIT(8192);
    text_upper(s->language, s->text.city, &line);
    buf_printf(&line, "%s%.*s", line.n && country.n ? ", " : "", STR_FMT(country));
    if (a->code.n)
        buf_printf(&line, " (%.*s)", STR_FMT(a->code));
    put_paragraph(out, buf_str(&line));
    buf_fini(&line);
}

static void put_body(struct buf *out, const struct story *s)
{
    struct buf text = BUF_INIT(TEXT_MOST);
    text_of_html(s->text.body, &text);
    must(buf_ok(&text));
    put_paragraph(out, buf_str(&text));
    buf_fini(&text);
}

/* Not for readers: what the desk tells editors stands below a line of two hyphens. */
static void put_notes(struct buf *out, const struct story *s)
{
    const struct str notes[] = {s->head.note, s->text.ednote, s->text.usage_terms};
    if (notes[0].n || notes[1].n || notes[2].n)
        put_paragraph(out, S("--"));
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
        put_paragraph(out, notes[i]);
}

/* One line end closes the text, whatever it ends with. */
static void end(struct buf *out)
{
    if (out->n > 0)
        out->n--;
}

static bool is_withdrawn(const struct story *s)
{
    return s->head.stage == STAGE_KILLED || s->head.stage == STAGE_HELD;
}

void plaintext_write(struct buf *out, const struct grant *g, const struct story *s, const struct agency *a)
{
    must(grant_covers(g, s->head.n));
    if (is_withdrawn(s)) {
        plaintext_write_notice(out, s);
        return;
    }
    put_paragraph(out, s->text.headline);
    put_paragraph(out, s->text.spot);
    put_paragraph(out, s->text.byline);
    put_dateline(out, s, a);
    put_body(out, s);
    put_notes(out, s);
    end(out);
}

void plaintext_write_notice(struct buf *out, const struct story *s)
{
    if (is_withdrawn(s)) {
        notice_text(s, out);
        buf_addc(out, '\n');
        return;
    }
    put_paragraph(out, s->text.headline);
    if (s->head.note.n)
        put_paragraph(out, S("--"));
    put_paragraph(out, s->head.note);
    end(out);
}
