/* The wire lets through exactly what a search finds: real stories, and searches made of their own words, asked of the
 * word index and of the stories in memory. Arguments: story files of the demo, and archives of JSON lines. */
#include "kit.h"

#include "base/text.h"
#include "codec/newswire.h"
#include "codec/plain.h"
#include "news/words.h"

#define STORIES 400
#define SEARCHES 1500
#define FILE_MOST (8u << 20)

static struct {
    struct story *story;
    struct words *words;
    uint64_t n;
} all[STORIES];
static size_t count;
static struct right *everything;
static uint64_t seed = 88172645463325252ull;

static uint32_t draw(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 32) % below;
}

/* ---- stories ---- */

static void put(struct kit *k, struct str json)
{
    struct json *j = NULL;
    struct native_ask ask = {0};
    struct native_faults faults = {0};
    struct codes *codes = stories_codes(&k->stories);
    struct native_defaults d = {.codes = codes, .language = S("tr")};
    struct story *s = story_new();
    if (json_parse(json, &j, NULL) == OK && native_read(j, &d, s, &ask, &faults) == OK) {
        struct story_command c;
        story_command_init(&c, &k->stories);
        c.is_new = true;
        c.story = story_copy(s);
        c.ask = STAGE_LIVE;
        memcpy(c.by, "editor", 7);
        story_command_prepare(&c);
        if (writer_run(k->writer, &c.command) == OK) {
            all[count].n = c.answer.n;
            all[count].words = words_new(s);
            all[count++].story = story_freeze(story_copy(s));
        }
        story_command_fini(&c);
    }
    story_unref(&s);
    json_free(&j);
    codes_unref(&codes);
}

static struct buf slurp(const char *path)
{
    struct buf b = BUF_INIT(FILE_MOST);
    FILE *f = fopen(path, "r");
    char part[4096];
    size_t n;
    while (f && (n = fread(part, 1, sizeof part, f)) > 0)
        buf_add(&b, str_of(part, n));
    if (f)
        fclose(f);
    return b;
}

static void put_file(struct kit *k, const char *path)
{
    struct buf file = slurp(path), json = BUF_INIT(FILE_MOST);
    struct str rest = buf_str(&file), line;
    int64_t at_ms;
    if (!str_ends(str_from(path), S(".jsonl"))) {
        if (count < STORIES && plain_to_json(rest, &json, NULL) == OK)
            put(k, buf_str(&json));
    } else {
        while (count < STORIES && rest.n && str_split(&rest, '\n', &line)) {
            buf_reset(&json);
            if (str_starts(line, S("{\"headline\"")))
                put(k, line);
            else if (line.n && newswire_to_json(line, &json, &at_ms, NULL) == OK)
                put(k, buf_str(&json));
        }
    }
    buf_fini(&file);
    buf_fini(&json);
}

/* ---- searches of their words ---- */

/* `n` words that stand together somewhere in a story, as they are written there. */
static struct str some_words(struct arena *a, uint32_t n)
{
    const struct story *s = all[draw((uint32_t)count)].story;
    struct buf text = BUF_INIT(FILE_MOST);
    if (draw(3) == 0)
        buf_add(&text, draw(2) ? s->text.headline : s->text.slugline);
    else
        text_of_html(s->text.body, &text);
    struct str whole = buf_str(&text);
    size_t from = whole.n ? draw((uint32_t)whole.n) : 0;
    while (from > 0 && whole.p[from - 1] != ' ')
        from--;
    size_t to = from;
    for (; n > 0 && to < whole.n && to - from < 80; n--) {
        to += to > from;
        while (to < whole.n && whole.p[to] != ' ' && whole.p[to] != '\n')
            to++;
    }
    struct str words = arena_str(a, str_sub(whole, from, to - from));
    for (size_t i = 0; i < words.n; i++)
        if (strchr("\"*:", words.p[i]))
            ((char *)(uintptr_t)words.p)[i] = ' ';
    buf_fini(&text);
    return str_trim(words);
}

/* At most `chars` letters of a word, not cut within one. */
static struct str beginning(struct str word, size_t chars)
{
    size_t at = 0;
    for (size_t i = 0; i < chars && at < word.n; i++)
        (void)text_next(word, &at);
    return str_sub(word, 0, at);
}

static void add_search(struct arena *a, struct buf *out)
{
    static const char *const FIELDS[] = {"headline", "slug", "city", "byline", "subject"};
    struct str word = some_words(a, 1);
    switch (draw(8)) {
    case 0:
        buf_printf(out, "\"%.*s\"", STR_FMT(some_words(a, 2 + draw(3))));
        break;
    case 1:
        buf_printf(out, "%.*s*", STR_FMT(beginning(word, 3 + draw(3))));
        break;
    case 2:
        buf_printf(out, "%s:%.*s", FIELDS[draw(5)], STR_FMT(word));
        break;
    case 3:
        buf_printf(out, "%s:\"%.*s\"", FIELDS[draw(5)], STR_FMT(some_words(a, 2)));
        break;
    case 4:
        buf_printf(out, "%.*s -%.*s", STR_FMT(word), STR_FMT(some_words(a, 1)));
        break;
    case 5:
        buf_printf(out, "%.*s %.*s", STR_FMT(word), STR_FMT(some_words(a, 1)));
        break;
    case 6:
        buf_printf(out, "headline:%.*s*", STR_FMT(beginning(word, 3)));
        break;
    default:
        buf_add(out, word);
    }
}

static bool has(const struct search_result *r, uint64_t n)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->hits[i].n == n)
            return true;
    return false;
}

/* How many were found; -1 when the two disagree, -2 when the search is none. */
static long try_search(struct kit *k, struct str text, bool with_language)
{
    struct query q;
    struct arena *a = arena_new(4096);
    struct search_result r = {0};
    long found = -2;
    query_init(&q);
    if (with_language) {
        q.any &= ~(1u << CODE_LANGUAGE);
        codeset_add(&q.sets[CODE_LANGUAGE], 1 + draw(4));
    }
    struct search s = {.query = &q, .right = everything, .now_ms = clock_now_ms(), .limit = STORIES};
    if (query_parse(a, text, &q, NULL) == OK && q.branch_count && reader_search(k->reader, a, &s, &r, NULL) == OK) {
        struct codes *codes = stories_codes(&k->stories);
        struct wanted_rule rule;
        struct wanted want;
        wanted_rule_init(&rule, &q, codes);
        wanted_make(a, &rule, &q, &want);
        found = (long)r.count;
        for (size_t i = 0; i < count && found >= 0; i++) {
            bool meets = query_allows(&q, &all[i].story->codes) && words_meet(all[i].words, &want);
            if (meets != has(&r, all[i].n)) {
                printf("# [%.*s] %s %llu\n", STR_FMT(text), meets ? "met, not found:" : "found, not met:",
                       (unsigned long long)all[i].n);
                found = -1;
            }
        }
        codes_unref(&codes);
    }
    arena_free(&a);
    return found;
}

static void compare(struct kit *k)
{
    size_t tried = 0, hits = 0, misses = 0, wrong = 0;
    for (size_t i = 0; i < SEARCHES; i++) {
        struct arena *a = arena_new(4096);
        struct buf text = BUF_INIT(4096);
        add_search(a, &text);
        for (uint32_t more = draw(4); more == 3 && text.n < 300; more = draw(4)) {
            buf_puts(&text, draw(2) ? " OR " : " ");
            add_search(a, &text);
        }
        long found = try_search(k, buf_str(&text), draw(6) == 0);
        tried += found != -2;
        wrong += found == -1;
        hits += found > 0;
        misses += found == 0;
        buf_fini(&text);
        arena_free(&a);
    }
    ok_int(wrong, 0, "what a search finds is met in memory, and nothing else");
    ok(tried > SEARCHES / 2 && hits > tried / 4 && misses > 20, "of %zu searches %zu found something, %zu nothing", tried,
       hits, misses);
}

int main(int argc, char **argv)
{
    struct kit k;
    kit_open(&k);
    everything = right_all();
    for (int i = 1; i < argc && count < STORIES; i++) {
        size_t before = count;
        put_file(&k, argv[i]);
        if (count == before)
            printf("# nothing taken from %s\n", argv[i]);
    }
    ok(count >= 40, "%zu stories", count);
    compare(&k);
    for (size_t i = 0; i < count; i++) {
        story_unref(&all[i].story);
        words_free(&all[i].words);
    }
    right_unref(&everything);
    kit_close(&k);
    return tap_end();
}
