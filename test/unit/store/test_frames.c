#include "kit.h"

#include "base/json.h"

#define MOST 64

/* All frames of the store from the start, and those that the tape saw when they were made. */
struct tapes {
    struct frame *live[MOST], *store[MOST];
    size_t live_count, store_count;
};

static void take(struct kit *k, struct tapes *t)
{
    bool is_gap;
    t->live_count = tape_read(k->tape, 0, t->live, MOST, &is_gap);
    t->store_count = 0;
    size_t n;
    uint64_t after = 0;
    /* In small batches, as a stream does. */
    while ((n = reader_frames(k->reader, after, t->store + t->store_count, 3)) > 0) {
        t->store_count += n;
        after = t->store[t->store_count - 1]->seq;
    }
}

static void drop(struct tapes *t)
{
    for (size_t i = 0; i < t->live_count; i++)
        frame_unref(&t->live[i]);
    for (size_t i = 0; i < t->store_count; i++)
        frame_unref(&t->store[i]);
}

static bool is_same_past(const struct frame *a, const struct frame *b)
{
    if (a->past_count != b->past_count)
        return false;
    for (size_t i = 0; i < a->past_count; i++)
        if (a->past[i].seq != b->past[i].seq || a->past[i].at_ms != b->past[i].at_ms ||
            !codeset_eq(&a->past[i].codes.category, &b->past[i].codes.category))
            return false;
    return true;
}

static bool is_same(const struct frame *a, const struct frame *b)
{
    struct grant g;
    right_grant_editor(a->n, &g);
    bool is_right = (a->right == NULL) == (b->right == NULL) && (!a->right || right_eq(a->right, b->right));
    bool is_head = a->seq == b->seq && a->at_ms == b->at_ms && a->event == b->event && a->version == b->version &&
                   a->n == b->n && a->subject == b->subject && str_eq(a->id, b->id);
    bool is_text = str_eq(frame_ninjs(a, &g), frame_ninjs(b, &g)) && str_eq(frame_notice(a), frame_notice(b));
    bool is_codes = a->codes.type == b->codes.type && a->codes.language == b->codes.language &&
                    a->codes.is_archive == b->codes.is_archive && codeset_eq(&a->codes.category, &b->codes.category) &&
                    codeset_eq(&a->codes.package, &b->codes.package);
    if (!is_right || !is_head || !is_text || !is_codes || !is_same_past(a, b))
        printf("# seq %llu event %s: right %d head %d text %d codes %d past %d\n# live  %.*s\n# store %.*s\n",
               (unsigned long long)a->seq, event_name(a->event), is_right, is_head, is_text, is_codes,
               is_same_past(a, b), STR_FMT(frame_ninjs(a, &g)), STR_FMT(frame_ninjs(b, &g)));
    return is_right && is_head && is_text && is_codes && is_same_past(a, b);
}

static bool are_same(const struct tapes *t)
{
    bool is_good = t->live_count == t->store_count && t->live_count > 0;
    for (size_t i = 0; i < t->live_count && i < t->store_count; i++)
        is_good = is_same(t->live[i], t->store[i]) && is_good;
    return is_good;
}

static const struct frame *of_seq(const struct tapes *t, uint64_t seq)
{
    for (size_t i = 0; i < t->store_count; i++)
        if (t->store[i]->seq == seq)
            return t->store[i];
    return NULL;
}

static struct str status_of(struct arena *a, struct str ninjs)
{
    struct json *j = NULL;
    must(json_parse(ninjs, &j, NULL) == OK);
    struct str s = arena_str(a, json_str(json_get(j, "pubStatus")));
    json_free(&j);
    return s;
}

static void test_replay(struct kit *k)
{
    struct tapes t;
    struct terms terms;
    struct arena *a = arena_new(1024);
    terms_init(&terms);
    terms.archive_days = 9;
    uint32_t org = kit_org(k, "Gazete", &terms);
    (void)kit_user(k, "ayşe", ROLE_SUBSCRIBER, org);
    struct kit_story in = {
        .language = "tr", .headline = "Liman açıldı", .body = "<p>Birinci hâl: gizli kelime.</p>", .category = 2};
    struct kit_story next = {
        .language = "tr", .headline = "Liman kapandı", .body = "<p>İkinci hâl: gizli kelime.</p>", .category = 3};
    uint64_t n = kit_put(k, &in), first_seq = tape_head(k->tape);
    uint64_t other = kit_put(
        k, &(struct kit_story){
               .language = "en", .headline = "Old ferry", .body = "<p>Imported text.</p>", .at_ms = 1600000000000});
    uint64_t corrected = kit_act(k, n, ACT_CORRECT, &next, "Ad düzeltildi");
    take(k, &t);
    ok(are_same(&t), "frames from the store are those that the tape was given");
    const struct frame *f = of_seq(&t, corrected);
    ok(f && f->past_count == 1 && f->past[0].seq == first_seq && codeset_has(&f->past[0].codes.category, 2),
       "a correction knows who had the story before");
    ok(f && f->notice.n && f->full.n && !str_has(f->notice, S("gizli")), "its notice has no text");
    drop(&t);

    uint64_t held = kit_act(k, n, ACT_HOLD, NULL, "Şüpheli");
    take(k, &t);
    ok(are_same(&t), "while it is held, a resume gives what the tape gave");
    f = of_seq(&t, held);
    ok(f && f->full.n == 0 && str_has(f->notice, S("withheld")), "the hold too");
    drop(&t);
    ok(kit_act(k, n, ACT_RELEASE, NULL, "") > 0, "released");
    take(k, &t);
    ok(are_same(&t), "then all is as it was on the tape");
    drop(&t);

    uint64_t killed = kit_act(k, n, ACT_KILL, NULL, "Yanlış");
    take(k, &t);
    bool is_clean = true;
    for (size_t i = 0; i < t.store_count; i++) {
        f = t.store[i];
        struct grant g;
        right_grant_editor(f->n, &g);
        const struct story *story = frame_story(f, &g);
        if (f->n == n)
            is_clean = is_clean && f->full.n == 0 && str_is(status_of(a, f->notice), "canceled") &&
                       story->text.body.n == 0 && !str_has(f->notice, S("gizli")) && !str_has(f->notice, S("Liman"));
    }
    ok(is_clean, "of a killed story every record is a notice without text");
    f = of_seq(&t, first_seq);
    ok(f && f->event == EVENT_STORY && f->version == 1, "under its own event, seq and version");
    f = of_seq(&t, killed);
    ok(f && f->event == EVENT_KILL && f->past_count == 4, "the kill knows all earlier versions");
    ok(f && of_seq(&t, killed - 1), "nothing is left out");
    drop(&t);
    ok(other > 0, "and the other story stays");
    arena_free(&a);
}

static void test_damage(struct kit *k)
{
    struct frame *f[MOST];
    uint64_t n = kit_put(k, &(struct kit_story){.language = "en", .headline = "Damaged", .body = "<p>x</p>"}),
             seq = tape_head(k->tape);
    char sql[120];
    snprintf(sql, sizeof sql, "UPDATE version SET meta = '{\"type\":' WHERE n = %llu", (unsigned long long)n);
    kit_sql(k, sql);
    size_t count = reader_frames(k->reader, seq - 1, f, MOST);
    ok(count == 1 && f[0]->event == EVENT_NONE && f[0]->seq == seq,
       "a damaged version keeps its place and tells nothing");
    for (size_t i = 0; i < count; i++)
        frame_unref(&f[i]);
}

static void test_cursors(struct kit *k)
{
    uint64_t head = tape_head(k->tape);
    ok(reader_cursor(k->reader, 0, head) == CURSOR_OK && reader_cursor(k->reader, head, head) == CURSOR_OK,
       "from the oldest, and the head");
    ok(reader_cursor(k->reader, head + 1, head) == CURSOR_FUTURE, "one beyond it is of the future");
    ok(reader_cursor(k->reader, UINT64_MAX, head) == CURSOR_FUTURE, "however far");
    ok(reader_seq_at(k->reader, 0) == 1, "the first record is after any old time");
    ok_int(reader_seq_at(k->reader, clock_now_ms() + 60000), head + 1, "a time to come is after the head");
    kit_sql(k, "INSERT INTO epoch (first_seq, id, at) VALUES (1700000000000000, 'second', 1700000000000)");
    uint64_t later = UINT64_C(1700000000000005);
    ok(reader_cursor(k->reader, head, later) == CURSOR_OK, "the last of an old timeline that the backup kept");
    ok(reader_cursor(k->reader, head + 1, later) == CURSOR_LOST, "one that it did not keep is lost");
    ok(reader_cursor(k->reader, UINT64_C(1699999999999999), later) == CURSOR_LOST, "so is anything between");
    ok(reader_cursor(k->reader, later - 1, later) == CURSOR_OK, "one of the new timeline");
}

int main(void)
{
    struct kit k;
    kit_open(&k);
    test_replay(&k);
    test_damage(&k);
    test_cursors(&k);
    kit_close(&k);
    return tap_end();
}
