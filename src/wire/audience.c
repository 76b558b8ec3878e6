#include "wire/audience.h"

bool audience_is_recall(const struct frame *f)
{
    return f->event == EVENT_KILL || f->event == EVENT_CORRECTION;
}

static bool has_fetched(const struct frame *f, uint32_t org)
{
    size_t low = 0, high = f->fetcher_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (f->fetchers[middle] == org)
            return true;
        if (f->fetchers[middle] < org)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* Entitled to an earlier version at that version's seq, or fetched one (contract.md 4, kill and correction). */
static bool had_before(const struct frame *f, const struct org *org)
{
    for (size_t i = 0; org && i < f->past_count; i++) {
        const struct right *then = org_right_at(org, f->past[i].seq);
        if (then && right_allows(then, &f->past[i].codes) && right_is_valid(then, f->past[i].at_ms))
            return true;
    }
    return org && has_fetched(f, org->id);
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
    if (a->filter && !filter_meets(a->filter, f, g))
        return VERDICT_NO;
    return f->full.n ? VERDICT_FULL : VERDICT_NOTICE;
}

enum verdict audience_decide(const struct audience *a, const struct frame *f, const struct right *right,
                             const struct org *org, struct share *out)
{
    out->verdict = decide(a, f, right, org, &out->grant);
    return out->verdict;
}

unsigned audience_needs(const struct audience *a)
{
    unsigned document = a->format == FORMAT_NINJS || a->format == FORMAT_HEAD ? 0 : 2u << a->format;
    return document | (a->filter && a->filter->query.branch_count ? 1 : 0);
}

bool audience_eq(const struct audience *a, const struct audience *b)
{
    return a->format == b->format && a->protocol == b->protocol && a->with_archive == b->with_archive &&
           filter_eq(a->filter, b->filter) && right_eq_audience(a->right, b->right);
}

uint64_t audience_hash(const struct audience *a)
{
    uint64_t h = right_hash_audience(a->right) ^ (a->filter ? a->filter->hash * 31 : 0);
    return h + ((uint64_t)a->format << 2 | (uint64_t)a->protocol << 1 | a->with_archive) * 0x9E3779B97F4A7C15ull;
}
