/* Bodies to summaries: nothing that is not in the body, never more than the share, the same each time. */
#include "base/text.h"
#include "news/summary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t words_of(struct strs list)
{
    size_t n = 0;
    for (size_t i = 0; i < list.n; i++)
        n += text_words(list.v[i]);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const LANGS[] = {"tr", "en", "ar", "de", "sw", "zh", "ru", ""};
    if (size < 2)
        return 0;
    struct arena *a = arena_new(4096);
    struct str lang = str_from(LANGS[data[0] % 8]), body = str_of((const char *)data + 2, size - 2);
    struct summary_caps caps = {.share_percent = data[1] % 101, .sentences = 14};
    struct strs all = summary_paragraphs(a, body, true), s = summary_of(a, lang, body, &caps), again = summary_of(a, lang, body, &caps);
    size_t at = 0;
    must(s.n == again.n);
    for (size_t i = 0; i < s.n; i++) {
        while (at < all.n && !str_has(all.v[at], s.v[i]))
            at++;
        must(at++ < all.n && str_eq(s.v[i], again.v[i]));
    }
    must(!caps.share_percent || words_of(s) * 100 <= words_of(all) * caps.share_percent);
    must(text_words(summary_teaser(a, lang, body)) <= 60);
    arena_free(&a);
    return 0;
}
