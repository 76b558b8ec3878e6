/* Random ids, secrets, hashes: the house's only door to libsodium. Callable from any thread after id_init. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include "base/buf.h"

#define ID_HASH 32
#define ID_TOKEN 43   /* base64url characters of 32 random bytes, without padding */
#define ID_PASSWORD 128

void id_init(void); /* once, before threads; aborts when no randomness is to be had */
void id_random(void *out, size_t n);
/* ID_TOKEN characters and a zero. */
void id_token(char out[static ID_TOKEN + 1]);
/* n lower-case base32 characters (a-z2-7) of randomness and a zero. */
void id_base32(char *out, size_t n);
void id_sha256(struct str s, uint8_t out[static ID_HASH]);
struct id_sha { uint64_t opaque[16]; }; /* streaming form; room for libsodium's state */
void id_sha_start(struct id_sha *h);
void id_sha_add(struct id_sha *h, struct str s);
void id_sha_end(struct id_sha *h, uint8_t out[static ID_HASH]);
/* Keyed BLAKE2b-256: for secrets that we generate (trust 3). */
void id_keyed(const uint8_t key[static ID_HASH], struct str s, uint8_t out[static ID_HASH]);
void id_hmac(const uint8_t key[static ID_HASH], struct str s, uint8_t out[static ID_HASH]); /* HMAC-SHA-256 */
bool id_equal(const void *a, const void *b, size_t n);                                    /* constant time */
/* argon2id, 19 MiB, t 2, p 1 (trust 3): about 20 ms; never on a loop thread. Encoded form is zero-terminated. */
void id_password_hash(struct str password, char out[static ID_PASSWORD]);
bool id_password_check(struct str password, const char *encoded);
/* argon2id, 64 MiB, t 3, p 1: a key out of a passphrase that guards a file which may be carried away; about 150 ms. */
#define ID_SALT 16
void id_password_key(struct str passphrase, const uint8_t salt[static ID_SALT], uint8_t out[static ID_HASH]);
/* The work of id_password_check against a fixed hash, so that an unknown user costs the same time. */
void id_password_waste(struct str password);
void id_hex(const uint8_t *p, size_t n, struct buf *out);
bool id_from_hex(struct str s, uint8_t *out, size_t n); /* exactly n bytes */
void id_base64(struct str s, struct buf *out);          /* standard alphabet with padding */
bool id_from_base64(struct str s, struct buf *out);     /* strict standard alphabet, padding optional */
void id_base64url(struct str s, struct buf *out);       /* without padding */
bool id_from_base64url(struct str s, struct buf *out);

#endif
