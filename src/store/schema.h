/* Migrations: files NNN_….sql in sql/<backend>, each run once, in order, in a transaction of its own; meta.schema holds the number
 * of the last. Runs on the writer's connection before its thread starts. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/db.h"

/* Brings the database to this program's schema. ERR_STATE when it is newer than the program: nothing is touched.
 * *is_new tells that there was no schema before. */
enum err schema_bring(struct db *d, bool *is_new, struct why *why) MUST_USE;

#endif
