/* The whole query of /v1/wire, and the cursor a client brings back. The first line is Last-Event-ID, the rest the query.
 * What is refused says where and why; the filter of what is taken is named the same when it is read again from its name,
 * and asks a story without harm. */
#include "wire/cursor.h"
#include "wire/wish.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct codes *codes;
static struct words *words;

static void start(void)
{
    struct story *s = story_new();
    codes = codes_seed(S("AA"));
    s->language = S("tr");
    s->text.headline = S("Yeni liman açıldı: IŞIKLAR");
    s->text.body = S("<p>Mersin Limanı'nda deniz yolu; covid-19 东京 a b a b a.</p>");
    words = words_new(s);
    story_unref(&s);
}

/* The name of the words, which stands last, in place of what was typed: the same filter. */
static void check_name(const struct filter *f, struct arena *a)
{
    size_t at = str_starts(f->text, S("q=")) ? 0 : str_find(f->text, S("&q="));
    struct str q = at == SIZE_MAX ? STR_NONE : str_sub(f->text, at + (at ? 3 : 2), f->text.n);
    if (q.n > QUERY_BYTES) /* in NFC it may be longer than what may be typed */
        return;
    struct filter *again = NULL;
    struct why why = {0};
    must(filter_new(&f->query, arena_str(a, q), codes, &again, &why) == OK);
    must(filter_eq(f, again) && f->hash == again->hash);
    if (f->query.branch_count)
        must(words_meet(words, &f->wanted) == words_meet(words, &again->wanted));
    filter_unref(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in = str_of((const char *)data, size);
    size_t line = str_find_char(in, '\n');
    struct req r = {.query = line == SIZE_MAX ? in : str_sub(in, line + 1, in.n), .header_count = line != SIZE_MAX};
    if (r.header_count)
        r.headers[0] = (struct req_pair){S("last-event-id"), str_sub(in, 0, line)};
    if (!codes)
        start();
    struct arena *a = arena_new(4096);
    struct wish w = {0};
    struct why why = {0};
    if (wish_read(&r, a, codes, &w, &why) == OK) {
        must(w.wait_ms >= 0 && w.wait_ms <= 300000 && (!w.has_cursor || w.after <= CURSOR_MOST));
        must(form_format_name(w.format)[0]);
        if (w.filter)
            check_name(w.filter, a);
    } else {
        must(why.text[0] && !w.filter);
    }
    wish_fini(&w);
    arena_free(&a);
    return 0;
}
