#include "base/id.h"
#include "base/clock.h"
#include "../tap.h"

static struct buf made = BUF_INIT(4096);

static struct str hex(const uint8_t *p, size_t n)
{
    buf_reset(&made);
    id_hex(p, n, &made);
    return buf_str(&made);
}

static struct str through(void (*f)(struct str, struct buf *), struct str s)
{
    buf_reset(&made);
    f(s, &made);
    return buf_str(&made);
}

static bool takes(bool (*f)(struct str, struct buf *), const char *s, const char *want)
{
    buf_reset(&made);
    return f(str_from(s), &made) && str_is(buf_str(&made), want);
}

static void test_random(void)
{
    char a[ID_TOKEN + 1], b[ID_TOKEN + 1], c[27];
    id_token(a);
    id_token(b);
    ok(strlen(a) == ID_TOKEN && strcmp(a, b) != 0, "tokens differ");
    ok(strspn(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ID_TOKEN, "and fit into URLs");
    id_base32(c, 26);
    ok(strlen(c) == 26 && strspn(c, "abcdefghijklmnopqrstuvwxyz234567") == 26, "base32");
    uint8_t zero[16] = {0}, r[16] = {0};
    id_random(r, sizeof r);
    ok(!id_equal(zero, r, 16) && id_equal(zero, zero, 16) && id_equal(zero, r, 0), "compared");
}

static void test_hashes(void)
{
    uint8_t key[ID_HASH], out[ID_HASH];
    for (int i = 0; i < ID_HASH; i++)
        key[i] = (uint8_t)i;
    id_sha256(S("abc"), out);
    ok_str(hex(out, 32), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "SHA-256 of abc");
    struct id_sha h;
    id_sha_start(&h);
    id_sha_add(&h, S("a"));
    id_sha_add(&h, STR_NONE);
    id_sha_add(&h, S("bc"));
    id_sha_end(&h, out);
    ok_str(hex(out, 4), "ba7816bf", "the same in pieces");
    id_sha256(STR_NONE, out);
    ok_str(hex(out, 4), "e3b0c442", "of nothing");
    id_hmac(key, S("tellal"), out);
    ok_str(hex(out, 32), "702851358d68fc53e619b0a311b1a3f8e6f9695b11b69df547cb36e3007a6927", "HMAC-SHA-256 as Python's");
    id_keyed(key, S("tellal"), out);
    ok_str(hex(out, 32), "68a8d614c9f02d4462845471fea8632538143e525a375db832911bf27cd95642", "keyed BLAKE2b as Python's");
}

static void test_password(void)
{
    char encoded[ID_PASSWORD], again[ID_PASSWORD];
    id_password_hash(S("güçlü parola"), encoded);
    ok_str(str_sub(str_from(encoded), 0, 31), "$argon2id$v=19$m=19456,t=2,p=1$", "parameters");
    ok(id_password_check(S("güçlü parola"), encoded), "right");
    ok(!id_password_check(S("güçlü parola "), encoded) && !id_password_check(STR_NONE, encoded), "wrong");
    ok(!id_password_check(S("x"), "") && !id_password_check(S("x"), NULL) && !id_password_check(S("x"), "plain"),
       "no hash at all");
    id_password_hash(S("güçlü parola"), again);
    ok(strcmp(encoded, again) != 0, "salted");
    int64_t start = clock_mono_us();
    bool is_right = id_password_check(S("x"), encoded);
    int64_t known = clock_mono_us() - start;
    start = clock_mono_us();
    id_password_waste(S("x"));
    int64_t unknown = clock_mono_us() - start;
    ok(!is_right && unknown > known / 4 && unknown < known * 4, "an unknown user costs about as much");
    printf("# check %lld us, waste %lld us\n", (long long)known, (long long)unknown);
}

static void test_codes(void)
{
    uint8_t raw[3];
    ok(id_from_hex(S("00fFa5"), raw, 3) && raw[1] == 0xFF && raw[2] == 0xA5, "hex");
    ok(!id_from_hex(S("00f"), raw, 2) && !id_from_hex(S("00ff"), raw, 3) && !id_from_hex(S("0g"), raw, 1), "bad hex");
    ok(id_from_hex(STR_NONE, raw, 0), "no hex for no bytes");
    ok_str(through(id_base64, S("f")), "Zg==", "base64 1");
    ok_str(through(id_base64, S("fo")), "Zm8=", "base64 2");
    ok_str(through(id_base64, S("foobar")), "Zm9vYmFy", "base64 6");
    ok_str(through(id_base64, S("\xFB\xFF")), "+/8=", "its two signs");
    ok_str(through(id_base64url, S("\xFB\xFF")), "-_8", "and those for URLs");
    ok_str(through(id_base64, STR_NONE), "", "of nothing");
    ok(takes(id_from_base64, "Zm8=", "fo") && takes(id_from_base64, "Zm8", "fo") && takes(id_from_base64, "", ""),
       "padding optional");
    static const char *const bad[] = {"Zm8==", "Z", "Zm9=", "Zm 8=", "Zm8\n", "-_8", "=", "Zg=", "Zh=="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(!id_from_base64(str_from(bad[i]), &made), "refused: %s", bad[i]);
    ok(takes(id_from_base64url, "-_8", "\xFB\xFF") && !id_from_base64url(S("-_8="), &made), "URL form, no padding");
}

int main(void)
{
    id_init();
    id_init();
    test_random();
    test_hashes();
    test_password();
    test_codes();
    buf_fini(&made);
    return tap_end();
}
