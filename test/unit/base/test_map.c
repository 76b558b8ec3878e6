#include "base/map.h"
#include "../tap.h"

static int dropped;

static void count_drop(void *value)
{
    dropped += value != NULL;
}

static struct str key_of(int i, char *out)
{
    return str_of(out, (size_t)snprintf(out, 32, "key-%d", i * 7919));
}

static void test_few(void)
{
    struct map *m = map_new();
    int one = 1, two = 2;
    ok(map_get(m, S("a")) == NULL && map_del(m, S("a")) == NULL, "absent");
    ok(map_set(m, S("a"), &one) == NULL, "new");
    ok(map_set(m, S("a"), &two) == &one && map_count(m) == 1, "replaced");
    ok(map_get(m, S("a")) == &two, "got");
    ok(map_set(m, STR_NONE, &one) == NULL && map_get(m, S("")) == &one, "the empty key is a key");
    ok(map_del(m, S("a")) == &two && map_get(m, S("a")) == NULL && map_count(m) == 1, "removed");
    map_free(&m, count_drop);
    ok(m == NULL && dropped == 1, "values dropped once");
    map_free(&m, NULL);
}

static void test_many(void)
{
    enum { N = 5000 };
    static int values[N];
    char text[32];
    struct map *m = map_new();
    for (int i = 0; i < N; i++)
        map_set(m, key_of(i, text), &values[i]);
    /* every third goes, so that shifting back runs over many crowded stretches */
    for (int i = 0; i < N; i += 3)
        map_del(m, key_of(i, text));
    bool is_right = true;
    for (int i = 0; i < N; i++)
        is_right = is_right && map_get(m, key_of(i, text)) == (i % 3 ? &values[i] : NULL);
    ok(is_right, "after growing and removing each key has its own value");
    size_t at = 0, seen = 0;
    struct str key;
    void *value;
    while (map_next(m, &at, &key, &value)) {
        int i = (int)((int *)value - values);
        is_right = is_right && str_eq(key, key_of(i, text)) && values[i]++ == 0;
        seen++;
    }
    ok(is_right && seen == map_count(m) && seen == N - (N + 2) / 3, "a walk meets each once");
    for (int i = 0; i < N; i++)
        map_del(m, key_of(i, text));
    at = 0;
    ok(map_count(m) == 0 && !map_next(m, &at, NULL, NULL), "emptied");
    map_free(&m, NULL);
}

int main(void)
{
    test_few();
    test_many();
    return tap_end();
}
