/* `tellal check`: database, index, tape and chain verified; one finding per line. */
#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include "store/reader.h"

/* Calls found() per finding. *out_checked counts what was looked at (records, versions, index rows, files). */
enum err check_store(struct reader *r, void (*found)(void *arg, const char *text), void *arg, uint64_t *out_checked) MUST_USE;

/* The records alone: form, order, links and commitments of people (`tellal tail --check`). */
enum err check_tape(struct reader *r, void (*found)(void *arg, const char *text), void *arg, uint64_t *out_checked) MUST_USE;

#endif
