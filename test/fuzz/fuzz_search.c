/* Whatever is typed into a search is searched for or refused, and never reaches SQL: no query text may make an error of
 * the database. The first two bytes choose dialect and filters, the rest is the text; the public's search gets it too,
 * and the reader of stored halves gets the same bytes. */
#include "base/id.h"
#include "store/glance.h"
#include "store/public.h"
#include "store/reader.h"
#include "store/schema.h"
#include "store/stories.h"

#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct stories stories;
static struct reader *reader;
static char folder[] = "/tmp/tellal-fuzz-XXXXXX", path[64];

static void clean(void)
{
    static const char *const ENDS[] = {"", "-wal", "-shm"};
    reader_close(reader);
    for (size_t i = 0; i < 3; i++) {
        char name[80];
        snprintf(name, sizeof name, "%s%s", path, ENDS[i]);
        unlink(name);
    }
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
    struct db *d = NULL;
    bool is_new;
    struct portion_rule rule;
    id_init();
    must(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/news.db", folder);
    must(db_open(path, true, &d, NULL) == OK && schema_bring(d, &is_new, NULL) == OK);
    /* Something to find: an empty index answers many expressions without reading them to their end. */
    must(db_exec(d,
                 "INSERT INTO words (rowid, head, exact, stem, facet) VALUES (7, 'a', 'a b c', 'tr0a en0a', 'c1 t1 l1 "
                 "t1l1 a0 d0');"
                 "INSERT INTO brief_words (rowid, exact, stem, facet) VALUES (7, 'a b c', 'tr0a', 'ltr')",
                 NULL) == OK);
    db_close(&d);
    portion_default(&rule);
    stories_init(&stories, &(struct agency){S("Fuzz"), S("FZ"), S("https://fuzz.example"), S("fz")}, &rule);
    reader = reader_open(&(struct reader_options){path, &stories});
    return atexit(clean);
}

static void search(const struct query *q, const struct right *right)
{
    struct search_result found;
    struct arena *a = arena_new(1024);
    struct search s = {.query = q, .right = right, .now_ms = 1, .limit = 3, .wants_total = true};
    must(reader_search(reader, a, &s, &found, NULL) == OK);
    arena_free(&a);
}

static void search_public(struct str text, unsigned flags)
{
    struct brief *found[4];
    struct brief_page p = {.language = flags & 1 ? S("tr") : STR_NONE,
                           .section = flags & 2 ? S("sport") : STR_NONE,
                           .words = text,
                           .limit = 3};
    size_t n = reader_briefs(reader, &p, found, NULL);
    must(db_status(reader_db(reader)) == OK);
    while (n)
        brief_unref(&found[--n]);
}

static void glance_at(struct str bytes, struct arena *a)
{
    struct story_codes codes;
    struct glance lines;
    (void)glance_codes(bytes, &codes);
    glance_lines(a, bytes, &lines);
    (void)glance_text(a, bytes, "note");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct query q;
    struct terms t;
    if (size < 2)
        return 0;
    struct str text = str_of((const char *)data + 2, size - 2);
    struct arena *a = arena_new(1024);
    query_init(&q);
    terms_init(&t);
    for (unsigned k = 0; k < CODE_KINDS; k++) {
        if (data[0] >> k & 1) {
            q.any &= ~(1U << k);
            codeset_add(&q.sets[k], 1U + data[1] % 9);
        }
        if (data[1] >> k & 1) {
            t.any &= ~(1U << k);
            codeset_add(&t.sets[k], 1U + data[0] % 9);
            codeset_add(&t.sets[k], 1U + data[1] % 9);
        }
    }
    struct right *right = right_new(&t);
    if ((data[0] & 128 ? query_parse : query_parse_has)(a, text, &q, NULL) == OK)
        search(&q, right);
    search_public(text, data[1]);
    glance_at(text, a);
    right_unref(&right);
    arena_free(&a);
    return 0;
}
