#include "base/seal.h"
#include "base/id.h"

#include <limits.h>
#include <string.h>

/* OpenSSL has a type of this name */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/evp.h>
#undef ERR_STATE

#define NONCE 12
#define TAG 16

static void ctx_cleanup(EVP_CIPHER_CTX **c)
{
    EVP_CIPHER_CTX_free(*c);
}

void seal_close(const uint8_t key[static SEAL_KEY], struct str about, struct str plain, struct buf *out)
{
    must(plain.n < INT_MAX - 64 && about.n < INT_MAX);
    unsigned char *p = (unsigned char *)buf_room(out, NONCE + plain.n + TAG);
    if (p == NULL)
        return;
    __attribute__((cleanup(ctx_cleanup))) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n = 0, last = 0;
    id_random(p, NONCE);
    must(c && EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, p) == 1);
    must(about.n == 0 || EVP_EncryptUpdate(c, NULL, &n, (const unsigned char *)about.p, (int)about.n) == 1);
    n = 0;
    must(plain.n == 0 || EVP_EncryptUpdate(c, p + NONCE, &n, (const unsigned char *)plain.p, (int)plain.n) == 1);
    must(EVP_EncryptFinal_ex(c, p + NONCE + n, &last) == 1 && (size_t)(n + last) == plain.n);
    must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, p + NONCE + plain.n) == 1);
    out->n += NONCE + plain.n + TAG;
}

enum err seal_open(const uint8_t key[static SEAL_KEY], struct str about, struct str sealed, struct buf *out)
{
    if (sealed.n < NONCE + TAG || sealed.n > INT_MAX - 64 || about.n >= INT_MAX)
        return ERR_PARSE;
    const unsigned char *in = (const unsigned char *)sealed.p;
    size_t bytes = sealed.n - NONCE - TAG;
    unsigned char *p = (unsigned char *)buf_room(out, bytes);
    if (p == NULL)
        return ERR_LIMIT;
    unsigned char tag[TAG];
    memcpy(tag, in + NONCE + bytes, TAG);
    __attribute__((cleanup(ctx_cleanup))) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n = 0, last = 0;
    must(c && EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, in) == 1);
    must(about.n == 0 || EVP_DecryptUpdate(c, NULL, &n, (const unsigned char *)about.p, (int)about.n) == 1);
    n = 0;
    must(bytes == 0 || EVP_DecryptUpdate(c, p, &n, in + NONCE, (int)bytes) == 1);
    must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1);
    if (EVP_DecryptFinal_ex(c, p + n, &last) != 1) {
        memset(p, 0, bytes); /* bytes that were not proved must not stay behind in the buffer */
        return ERR_PARSE;
    }
    out->n += bytes;
    return OK;
}

void seal_sha1(struct str s, uint8_t out[static SEAL_SHA1])
{
    unsigned n = 0;
    must(EVP_Digest(s.n ? s.p : "", s.n, out, &n, EVP_sha1(), NULL) == 1 && n == SEAL_SHA1);
}
