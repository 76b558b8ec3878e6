#include "wire/audience.h"

#include "base/clock.h"

bool audience_is_recall(const struct frame *f)
{
    return f->event == EVENT_KILL || f->event == EVENT_CORRECTION;
}

/* Entitled to an earlier version at that version's seq (contract.md 4, kill and correction). */
static bool had_before(const struct frame *f, const struct org *org)
{
    for (size_t i = 0; org && i < f->past_count; i++) {
        const struct right *then = org_right_at(org, f->past[i].seq);
        if (then && right_allows(then, &f->past[i].codes) && right_is_valid(then, f->past[i].at_ms))
            return true;
    }
    return false;
}

static enum verdict decide(const struct audience *a, const struct frame *f, const struct right *right,
                           const struct org *org, struct grant *g)
{
    if (!event_is_story(f->event))
        return VERDICT_NO;
    bool is_allowed = right_grant(right, &f->codes, f->n, f->at_ms, f->at_ms, g) == OK;
    if (audience_is_recall(f)) {
        /* Neither filter nor archive mark holds a recall back: who has the text must hear. */
        if (!is_allowed && !had_before(f, org))
            return VERDICT_NO;
        /* A correction of what was killed later has no text left, for anybody. */
        return f->event == EVENT_KILL || !is_allowed || !f->full.n ? VERDICT_NOTICE : VERDICT_FULL;
    }
    if (!is_allowed || (f->codes.is_archive && !a->with_archive))
        return VERDICT_NO;
    if (a->filter && !query_allows(a->filter, &f->codes))
        return VERDICT_NO;
    return f->full.n ? VERDICT_FULL : VERDICT_NOTICE;
}

enum verdict audience_decide(const struct audience *a, const struct frame *f, const struct right *right,
                             const struct org *org, struct share *out)
{
    out->verdict = decide(a, f, right, org, &out->grant);
    return out->verdict;
}

void audience_encode(struct buf *out, const struct frame *f, const struct share *s, enum wire_format format,
                     uint64_t prev)
{
    char at[CLOCK_TEXT];
    clock_rfc3339(f->at_ms, at);
    const char *name = event_name(f->event);
    buf_printf(out, "id: %llu\nevent: %s\ndata: {\"seq\":%llu,\"prev\":", (unsigned long long)f->seq, name,
               (unsigned long long)f->seq);
    if (prev)
        buf_u64(out, prev);
    else
        buf_add(out, S("null"));
    buf_printf(out, ",\"event\":\"%s\",\"id\":\"%.*s\",\"version\":%u,\"at\":\"%s\"", name, STR_FMT(f->id), f->version,
               at);
    if (format == FORMAT_NINJS) {
        buf_add(out, S(",\"story\":"));
        buf_add(out, s->verdict == VERDICT_FULL ? frame_ninjs(f, &s->grant) : frame_notice(f));
    }
    buf_add(out, S("}\n\n"));
}
