#include "base/id.h"
#include "base/mem.h"

#include <sodium.h>

#define PASSWORD_OPS 2
#define PASSWORD_BYTES ((size_t)19 << 20)
#define KEY_OPS 3
#define KEY_BYTES ((size_t)64 << 20)

_Static_assert(ID_PASSWORD == crypto_pwhash_STRBYTES, "encoded passwords have libsodium's length");
_Static_assert(ID_SALT == crypto_pwhash_SALTBYTES, "salts have libsodium's length");
_Static_assert(sizeof(struct id_sha) >= sizeof(crypto_hash_sha256_state), "streaming state fits");
_Static_assert(_Alignof(struct id_sha) >= _Alignof(crypto_hash_sha256_state), "streaming state is aligned");

void id_init(void)
{
    must(sodium_init() >= 0);
}

void id_random(void *out, size_t n)
{
    randombytes_buf(out, n);
}

void id_token(char out[static ID_TOKEN + 1])
{
    uint8_t raw[32];
    randombytes_buf(raw, sizeof raw);
    sodium_bin2base64(out, ID_TOKEN + 1, raw, sizeof raw, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(raw, sizeof raw);
}

void id_base32(char *out, size_t n)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    randombytes_buf(out, n);
    for (size_t i = 0; i < n; i++)
        out[i] = alphabet[(unsigned char)out[i] & 31];
    out[n] = '\0';
}

static const unsigned char *bytes(struct str s)
{
    return (const unsigned char *)(s.p ? s.p : "");
}

void id_sha256(struct str s, uint8_t out[static ID_HASH])
{
    crypto_hash_sha256(out, bytes(s), s.n);
}

void id_sha_start(struct id_sha *h)
{
    crypto_hash_sha256_init((crypto_hash_sha256_state *)(void *)h);
}

void id_sha_add(struct id_sha *h, struct str s)
{
    crypto_hash_sha256_update((crypto_hash_sha256_state *)(void *)h, bytes(s), s.n);
}

void id_sha_end(struct id_sha *h, uint8_t out[static ID_HASH])
{
    crypto_hash_sha256_final((crypto_hash_sha256_state *)(void *)h, out);
}

void id_keyed(const uint8_t key[static ID_HASH], struct str s, uint8_t out[static ID_HASH])
{
    must(crypto_generichash(out, ID_HASH, bytes(s), s.n, key, ID_HASH) == 0);
}

void id_hmac(const uint8_t key[static ID_HASH], struct str s, uint8_t out[static ID_HASH])
{
    crypto_auth_hmacsha256(out, bytes(s), s.n, key);
}

bool id_equal(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}

void id_password_hash(struct str password, char out[static ID_PASSWORD])
{
    /* fails for want of memory only, and that aborts everywhere */
    must(crypto_pwhash_str_alg(out, (const char *)bytes(password), password.n, PASSWORD_OPS, PASSWORD_BYTES,
                               crypto_pwhash_ALG_ARGON2ID13) == 0);
}

bool id_password_check(struct str password, const char *encoded)
{
    /* libsodium reads a whole array, a stored string may be shorter */
    char whole[ID_PASSWORD] = {0};
    if (encoded == NULL || !str_copy(str_from(encoded), whole, sizeof whole))
        return false;
    return crypto_pwhash_str_verify(whole, (const char *)bytes(password), password.n) == 0;
}

void id_password_key(struct str passphrase, const uint8_t salt[static ID_SALT], uint8_t out[static ID_HASH])
{
    must(crypto_pwhash(out, ID_HASH, (const char *)bytes(passphrase), passphrase.n, salt, KEY_OPS, KEY_BYTES,
                       crypto_pwhash_ALG_ARGON2ID13) == 0);
}

void id_password_waste(struct str password)
{
    /* made once by id_password_hash from random bytes that nobody kept */
    static const char nobody[] = 
        "$argon2id$v=19$m=19456,t=2,p=1$JOUeaArxScB8bAydndkj1Q$VAPwXxonBd10mhWMNzTV/bUNPW+wFmn5SO+sMHWTrzo";
    if (id_password_check(password, nobody))
        must(!"a password that nobody has");
}

void id_hex(const uint8_t *p, size_t n, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        buf_addc(out, digits[p[i] >> 4]);
        buf_addc(out, digits[p[i] & 15]);
    }
}

bool id_from_hex(struct str s, uint8_t *out, size_t n)
{
    size_t got;
    return s.n == n * 2 && sodium_hex2bin(out, n, s.p ? s.p : "", s.n, NULL, &got, NULL) == 0 && got == n;
}

static void encode(struct str s, int variant, struct buf *out)
{
    size_t size = sodium_base64_encoded_len(s.n, variant);
    CLEANUP(mem_cleanup) char *text = mem_zero(size);
    sodium_bin2base64(text, size, bytes(s), s.n, variant);
    buf_add(out, str_of(text, size - 1));
}

static bool decode(struct str s, int variant, struct buf *out)
{
    if (s.n == 0)
        return true;
    size_t got, most = s.n / 4 * 3 + 3;
    CLEANUP(mem_cleanup) uint8_t *raw = mem_zero(most);
    if (sodium_base642bin(raw, most, s.p, s.n, NULL, &got, NULL, variant) != 0)
        return false;
    buf_add(out, str_of((const char *)raw, got));
    return true;
}

void id_base64(struct str s, struct buf *out)
{
    encode(s, sodium_base64_VARIANT_ORIGINAL, out);
}

bool id_from_base64(struct str s, struct buf *out)
{
    bool is_padded = str_ends(s, S("="));
    return decode(s, is_padded ? sodium_base64_VARIANT_ORIGINAL : sodium_base64_VARIANT_ORIGINAL_NO_PADDING, out);
}

void id_base64url(struct str s, struct buf *out)
{
    encode(s, sodium_base64_VARIANT_URLSAFE_NO_PADDING, out);
}

bool id_from_base64url(struct str s, struct buf *out)
{
    return decode(s, sodium_base64_VARIANT_URLSAFE_NO_PADDING, out);
}
