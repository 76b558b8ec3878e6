/* Secret keys of a data folder: files of 32 random bytes, mode 0600, made on the first start. Start-up only. */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include "base/err.h"
#include <stdint.h>

#define KEYS_BYTES 32

/* Reads DIR/keys/NAME, or makes it. ERR_STATE when group or others may read it, or it has not 32 bytes. */
enum err keys_get(const char *dir, const char *name, uint8_t out[static KEYS_BYTES], bool *is_new, struct why *why) MUST_USE;

#endif
