#include "base/id.h"
#include "base/seal.h"
#include "../tap.h"

static void test_round_trip(void)
{
    uint8_t key[SEAL_KEY], other[SEAL_KEY];
    id_random(key, sizeof key);
    id_random(other, sizeof other);
    struct buf sealed = BUF_INIT(1024), plain = BUF_INIT(1024);
    buf_puts(&plain, "kept:");
    seal_close(key, S("story 1"), S("ambargolu metin"), &sealed);
    ok_int(sealed.n, 12 + 15 + 16, "nonce, text, tag");
    ok(!str_has(buf_str(&sealed), S("metin")), "not to be read");
    ok_int(seal_open(key, S("story 1"), buf_str(&sealed), &plain), OK, "opened");
    ok_str(buf_str(&plain), "kept:ambargolu metin", "appended");
    ok_int(seal_open(key, S("story 2"), buf_str(&sealed), &plain), ERR_PARSE, "bound to what it is about");
    ok_int(seal_open(other, S("story 1"), buf_str(&sealed), &plain), ERR_PARSE, "another key");
    bool is_refused = true;
    for (size_t i = 0; i < sealed.n; i++) {
        sealed.p[i] ^= 1;
        is_refused = is_refused && seal_open(key, S("story 1"), buf_str(&sealed), &plain) == ERR_PARSE;
        sealed.p[i] ^= 1;
        is_refused = is_refused && seal_open(key, S("story 1"), str_of(sealed.p, i), &plain) == ERR_PARSE;
    }
    ok(is_refused, "any changed bit and any cut is seen");
    ok_str(buf_str(&plain), "kept:ambargolu metin", "a refusal adds nothing");
    buf_reset(&sealed);
    buf_reset(&plain);
    seal_close(key, STR_NONE, STR_NONE, &sealed);
    ok(seal_open(key, S(""), buf_str(&sealed), &plain) == OK && plain.n == 0, "nothing can be sealed too");
    struct buf small = BUF_INIT(30);
    seal_close(key, STR_NONE, S("abc"), &small);
    ok(!buf_ok(&small) && small.n == 0, "no room");
    buf_reset(&sealed);
    seal_close(key, STR_NONE, S("0123456789012345678901234567890123456789"), &sealed);
    ok_int(seal_open(key, STR_NONE, buf_str(&sealed), &small), ERR_LIMIT, "no room to open");
    buf_fini(&small);
    buf_fini(&sealed);
    buf_fini(&plain);
}

/* Test case 14 of the GCM specification: zero key, zero nonce, sixteen zero bytes. */
static void test_vector(void)
{
    static const char hex[] = "000000000000000000000000"
                              "cea7403d4d606b6e074ec5d3baf39d18"
                              "d0d1c8a799996bf0265b98b5d48ab919";
    uint8_t raw[44];
    static const uint8_t key[SEAL_KEY], zero[16];
    struct buf plain = BUF_INIT(64);
    ok(id_from_hex(str_from(hex), raw, sizeof raw), "vector read");
    ok(seal_open(key, STR_NONE, str_of((char *)raw, sizeof raw), &plain) == OK, "the specification's vector opens");
    ok(plain.n == 16 && !memcmp(plain.p, zero, 16), "to its text");
    buf_fini(&plain);
}

/* FIPS 180-4, as NIST's example values have it. */
static void test_sha1(void)
{
    uint8_t hash[SEAL_SHA1];
    struct buf hex = BUF_INIT(128);
    seal_sha1(S("abc"), hash);
    id_hex(hash, sizeof hash, &hex);
    ok_str(buf_str(&hex), "a9993e364706816aba3e25717850c26c9cd0d89d", "SHA-1 of abc");
    buf_reset(&hex);
    seal_sha1(STR_NONE, hash);
    id_hex(hash, sizeof hash, &hex);
    ok_str(buf_str(&hex), "da39a3ee5e6b4b0d3255bfef95601890afd80709", "SHA-1 of nothing");
    buf_fini(&hex);
}

int main(void)
{
    id_init();
    test_round_trip();
    test_vector();
    test_sha1();
    return tap_end();
}
