#include "view/cache.h"

#include "base/clock.h"
#include "../tap.h"

static void put(struct cache *c, const char *key, uint64_t n, const char *body)
{
    char text[4096];
    int size = snprintf(text, sizeof text, "A: b\r\n\r\n%s", body);
    struct blob *b = blob_new(str_of(text, (size_t)size));
    cache_put(c, str_from(key), n, cache_generation(c), b, 8);
    blob_unref(&b);
    cache_check(c);
}

static bool has(struct cache *c, const char *key)
{
    size_t head = 0;
    struct blob *b = cache_get(c, str_from(key), &head);
    bool found = b && head == 8;
    blob_unref(&b);
    return found;
}

static void test_drop(void)
{
    struct cache *c = cache_new(100000);
    put(c, "/en/", 0, "<a href=\"/en/story/5/x\">");
    put(c, "/en/story/5/x", 5, "text");
    put(c, "/en/story/6/y", 6, "<a href=\"/en/story/5/x\"> <a href=\"/en/story/7/z\">");
    put(c, "/en/story/7/z", 7, "nothing named; /story/abc/ is no number");
    ok(has(c, "/en/") && has(c, "/en/story/5/x") && !has(c, "/tr/"), "what was put is there");
    cache_drop(c, 5);
    cache_check(c);
    ok(!has(c, "/en/story/5/x"), "the page of the story goes");
    ok(!has(c, "/en/"), "lists go with every change");
    ok(!has(c, "/en/story/6/y"), "a page that names the story goes");
    ok(has(c, "/en/story/7/z"), "a page that does not name it stays");
    cache_free(&c);
    ok(c == NULL, "free takes what is left");
}

static void test_generation(void)
{
    struct cache *c = cache_new(100000);
    uint64_t before = cache_generation(c);
    cache_drop(c, 1);
    struct blob *b = blob_new(S("h\r\n\r\nold"));
    cache_put(c, S("/en/"), 0, before, b, 5);
    ok(!has(c, "/en/") && cache_bytes(c) == 0, "a page made before a change is not kept");
    cache_put(c, S("/en/"), 0, cache_generation(c), b, 5);
    size_t head;
    struct blob *got = cache_get(c, S("/en/"), &head);
    ok(got == b && head == 5, "one made after it is, and it is the same bytes");
    blob_unref(&got);
    cache_drop(c, 2);
    ok_str(blob_str(b), "h\r\n\r\nold", "a reader's ref outlives the cache's");
    blob_unref(&b);
    cache_free(&c);
}

static void test_limits(void)
{
    struct cache *c = cache_new(8000);
    char key[32], body[600];
    memset(body, 'x', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    for (int i = 0; i < 40; i++) {
        snprintf(key, sizeof key, "/%d", i);
        put(c, key, 0, body);
        (void)has(c, "/0"); /* used all the time */
    }
    ok(cache_bytes(c) <= 8000, "never more than allowed");
    ok(has(c, "/0") && has(c, "/39") && !has(c, "/1"), "the longest unused goes first");
    char big[3000];
    memset(big, 'y', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    put(c, "/big", 0, big);
    ok(!has(c, "/big") && has(c, "/0"), "one page cannot push out all others");
    put(c, "/0", 0, "again");
    ok(has(c, "/0"), "a page put again takes the old one's place");
    cache_free(&c);
}

static void test_many_names(void)
{
    struct cache *c = cache_new(100000);
    char body[4000] = "";
    size_t n = 0;
    for (int i = 0; i < 150; i++)
        n += (size_t)snprintf(body + n, sizeof body - n, "/en/story/%d/a ", 1000 + i);
    put(c, "/en/story/1/x", 1, body);
    cache_drop(c, 999999);
    ok(!has(c, "/en/story/1/x"), "a page that names too many is kept as a list is");
    cache_free(&c);
}

int main(void)
{
    test_drop();
    test_generation();
    test_limits();
    test_many_names();
    return tap_end();
}
