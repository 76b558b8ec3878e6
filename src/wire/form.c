#include "wire/form.h"

#include "base/clock.h"
#include "http/sse.h"
#include "http/ws.h"

#define WORDS_MOST 4096

static const char *const FORMATS[] = {"ninjs", "head", "newsml29", "text"};
#define FORMAT_COUNT (sizeof FORMATS / sizeof FORMATS[0])

const char *form_format_name(enum wire_format f)
{
    return FORMATS[f];
}

enum err form_parse_format(struct str name, enum wire_format *out, struct why *why)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (str_is(name, FORMATS[i])) {
            *out = (enum wire_format)i;
            return OK;
        }
    if (!name.n) {
        *out = FORMAT_NINJS;
        return OK;
    }
    bool is_later = str_is(name, "newsml12") || str_is(name, "nitf");
    return err_why(why, ERR_PARSE, "format", "%s on the wire: ask for ninjs, newsml29, text or head",
                   is_later ? "newsml12 and nitf are not served yet" : "there is no such format");
}

static bool is_form(enum wire_format format, enum frame_form *out)
{
    *out = format == FORMAT_NEWSML29 ? FRAME_NEWSML29 : FRAME_TEXT;
    return format == FORMAT_NEWSML29 || format == FORMAT_TEXT;
}

void form_warm(const struct frame *f, enum wire_format format)
{
    enum frame_form form;
    if (is_form(format, &form))
        frame_warm_form(f, form);
}

static struct str story_of(const struct frame *f, const struct share *s, enum wire_format format)
{
    enum frame_form form;
    if (is_form(format, &form))
        return s->verdict == VERDICT_FULL ? frame_full(f, form, &s->grant) : frame_form_notice(f, form);
    return s->verdict == VERDICT_FULL ? frame_ninjs(f, &s->grant) : frame_notice(f);
}

/* All that stands before the document. */
static void json_head(struct buf *out, const struct frame *f, enum wire_format format, uint64_t prev)
{
    char at[CLOCK_TEXT];
    clock_rfc3339(f->at_ms, at);
    buf_add(out, S("{\"seq\":"));
    buf_u64(out, f->seq);
    buf_add(out, S(",\"prev\":"));
    if (prev)
        buf_u64(out, prev);
    else
        buf_add(out, S("null"));
    buf_add(out, S(",\"event\":\""));
    buf_puts(out, event_name(f->event));
    buf_add(out, S("\",\"id\":\""));
    buf_add(out, f->id);
    buf_add(out, S("\",\"version\":"));
    buf_u64(out, f->version);
    buf_add(out, S(",\"at\":\""));
    buf_puts(out, at);
    buf_addc(out, '"');
    if (format != FORMAT_HEAD)
        buf_add(out, S(",\"story\":"));
}

void form_json(struct buf *out, const struct frame *f, const struct share *s, enum wire_format format, uint64_t prev)
{
    json_head(out, f, format, prev);
    if (format != FORMAT_HEAD)
        buf_add(out, story_of(f, s, format));
    buf_addc(out, '}');
}

/* The frame's head wants the size first: what comes before the document is small, and the document is copied once. */
static void message(struct buf *out, const struct frame *f, const struct share *s, enum wire_format format, uint64_t prev)
{
    struct buf head = BUF_INIT(WORDS_MOST);
    json_head(&head, f, format, prev);
    must(buf_ok(&head));
    struct str story = format == FORMAT_HEAD ? STR_NONE : story_of(f, s, format);
    ws_frame_head(out, WS_TEXT, head.n + story.n + 1);
    buf_add(out, buf_str(&head));
    buf_add(out, story);
    buf_addc(out, '}');
    buf_fini(&head);
}

void form_event(struct buf *out, const struct audience *a, const struct frame *f, const struct share *s, uint64_t prev)
{
    if (a->protocol == PROTOCOL_SSE) {
        buf_add(out, S("id: "));
        buf_u64(out, f->seq);
        buf_add(out, S("\nevent: "));
        buf_puts(out, event_name(f->event));
        buf_add(out, S("\ndata: "));
        form_json(out, f, s, a->format, prev);
        buf_add(out, S("\n\n"));
        return;
    }
    if (a->protocol == PROTOCOL_POLL) { /* a member of a list */
        if (out->n && out->p[out->n - 1] == '}')
            buf_addc(out, ',');
        form_json(out, f, s, a->format, prev);
        return;
    }
    message(out, f, s, a->format, prev);
}

void form_line(struct buf *out, enum wire_protocol p, struct str json)
{
    if (p == PROTOCOL_SSE)
        sse_event(out, 0, "line", json);
    else
        ws_frame(out, WS_TEXT, json);
}

void form_beat(struct buf *out, enum wire_protocol p, uint64_t head, int64_t now_ms)
{
    char now[CLOCK_TEXT];
    struct buf words = BUF_INIT(WORDS_MOST);
    clock_rfc3339(now_ms, now);
    buf_printf(&words, "head=%llu now=%s", (unsigned long long)head, now);
    if (p == PROTOCOL_SSE)
        sse_comment(out, buf_str(&words));
    else
        ws_frame(out, WS_PING, buf_str(&words));
    buf_fini(&words);
}

static unsigned close_code(const char *why)
{
    struct str w = str_from(why);
    return str_eq(w, S("restart")) ? 1012 : str_eq(w, S("stalled")) ? 1013 : 1008; /* service restart, try again later, policy */
}

void form_bye(struct buf *out, enum wire_protocol p, const char *why, uint64_t resume)
{
    struct buf words = BUF_INIT(WORDS_MOST);
    if (p == PROTOCOL_SSE) {
        buf_printf(&words, "{\"line\":\"bye\",\"why\":\"%s\",\"resume\":%llu}", why, (unsigned long long)resume);
        sse_event(out, 0, "line", buf_str(&words));
    } else {
        buf_printf(&words, "resume=%llu", (unsigned long long)resume);
        ws_close(out, close_code(why), buf_str(&words));
    }
    buf_fini(&words);
}
