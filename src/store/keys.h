/* Secret keys of a data folder: files of 32 random bytes, mode 0600, made on the first start; and one of them wrapped by
 * a passphrase, as backups carry it. Start-up and commands only. */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include "base/buf.h"

#define KEYS_BYTES 32

/* Reads DIR/keys/NAME, or makes it. ERR_STATE when group or others may read it, or it has not 32 bytes. */
enum err keys_get(const char *dir, const char *name, uint8_t out[static KEYS_BYTES], bool *is_new, struct why *why) MUST_USE;
/* Reads it alone; ERR_NONE when it is not there. */
enum err keys_read(const char *dir, const char *name, uint8_t out[static KEYS_BYTES], struct why *why) MUST_USE;

#define KEYS_WRAPPED 76 /* bytes: salt 16, nonce 12, sealed key 32, tag 16 */
/* Appends salt || AES-256-GCM(argon2id(passphrase, salt), key), the name authenticated. */
void keys_wrap(struct str passphrase, const char *name, const uint8_t key[static KEYS_BYTES], struct buf *out);
/* ERR_AUTH when the passphrase is another one, or a byte was changed. */
enum err keys_unwrap(struct str passphrase, const char *name, struct str wrapped, uint8_t out[static KEYS_BYTES]) MUST_USE;

#endif
