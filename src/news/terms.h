/* What an organisation has bought, as sold (contract.md 2, `org`), and its canonical form in the record. A plain value:
 * slices belong to whoever filled it. Pure; any thread. */
#ifndef NEWS_TERMS_H
#define NEWS_TERMS_H

#include "base/arena.h"
#include "base/buf.h"
#include "news/code.h"

#define TERMS_ADDRESSES 64 /* at most, in the address list */

/* A set with its is_any bit (1 << enum code_kind) is `*`. */
struct terms {
    struct codeset sets[CODE_KINDS];
    unsigned any;                                  /* bit per code_kind */
    struct str photo_size, video_size, graph_size; /* "*" or words with commas */
    uint32_t archive_days, download_limit, lines;  /* 0 = unlimited; days are the agency's */
    int64_t valid_from_ms, valid_to_ms;            /* 0 = open; both ends inclusive */
    struct str address;                            /* CIDR list, empty = any */
};

/* One network of the address list; IPv4 is kept in its v4-mapped IPv6 form. */
struct terms_net {
    uint8_t bytes[16];
    unsigned bits;
};

void terms_init(struct terms *t); /* everything, unlimited */
/* Canonical JSON object (RFC 8785), as in the record. Equal terms give equal bytes. */
void terms_write(const struct terms *t, struct buf *out);
/* Back again; slices in `a`. Absent members are as in terms_init; an unknown one is ERR_FIELD, since passing over a
 * restriction would widen the contract. */
enum err terms_parse(struct str json, struct arena *a, struct terms *out, struct why *why) MUST_USE;
/* The address list of terms, comma separated CIDRs or single addresses. ERR_FIELD names the bad one. */
enum err terms_nets(struct str address, struct terms_net out[static TERMS_ADDRESSES], size_t *out_count,
                    struct why *why) MUST_USE;
/* Textual IPv4 or IPv6 to the 16-byte form above. */
bool terms_address(struct str text, uint8_t out[static 16]);

#endif
