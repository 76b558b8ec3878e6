/* Sealed bytes: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce in front and the tag behind; libcrypto's only
 * user. Callable from any thread. */
#ifndef BASE_SEAL_H
#define BASE_SEAL_H

#include "base/buf.h"

#define SEAL_KEY 32
/* Appends nonce, ciphertext, tag; `about` is authenticated, not stored. */
void seal_close(const uint8_t key[static SEAL_KEY], struct str about, struct str plain, struct buf *out);
/* ERR_PARSE when anything was changed. */
enum err seal_open(const uint8_t key[static SEAL_KEY], struct str about, struct str sealed, struct buf *out) MUST_USE;

#define SEAL_SHA1 20
/* SHA-1 (FIPS 180-4), which seals nothing any more: for the handshake of WebSocket alone, which needs no strength. */
void seal_sha1(struct str s, uint8_t out[static SEAL_SHA1]);

#endif
