#include "kit.h"

static size_t segments(struct kit *k, struct str sql)
{
    struct statement *s = db_prepare(reader_db(k->reader), sql);
    must(s && db_step(s));
    size_t n = (size_t)db_col_int(s, 0);
    db_free(&s);
    return n;
}

static uint64_t publish(struct kit *k, unsigned i)
{
    char body[4096];
    size_t n = 0;
    for (unsigned word = 0; n < sizeof body - 32; word++)
        n += (size_t)snprintf(body + n, sizeof body - n, "w%ux%u ", i % 7 * word, (i + word) * 7919 % 5000);
    return kit_put(k, &(struct kit_story){.headline = "Ferry", .body = body});
}

/* One group a story is what makes most segments: eight of a level are merged, of brief_words too. */
static void test_tidy(struct kit *k)
{
    size_t most = 0, most_brief = 0;
    bool is_kept = true;
    for (unsigned i = 0; i < 300; i++) {
        is_kept = is_kept && publish(k, i);
        size_t n = segments(k, S("SELECT count(DISTINCT segid) FROM words_idx"));
        size_t brief = segments(k, S("SELECT count(DISTINCT segid) FROM brief_words_idx"));
        most = n > most ? n : most;
        most_brief = brief > most_brief ? brief : most_brief;
    }
    ok(is_kept, "all are kept");
    ok(most <= 32, "the word index never falls apart: at most %zu segments", most);
    ok(most_brief <= 32, "nor does that of briefs: at most %zu", most_brief);
}

int main(void)
{
    struct kit k;
    kit_open(&k);
    test_tidy(&k);
    kit_close(&k);
    return tap_end();
}
