/* Reads members of a JSON object by a table and gathers faults with their pointers; the ground of native_read. Pure. */
#ifndef CODEC_NATIVE_FIELD_H
#define CODEC_NATIVE_FIELD_H

#include "codec/native.h"

struct native_reader {
    const struct codes *codes; /* NULL when is_stored */
    struct story *story;
    struct native_ask *ask;
    struct native_faults *faults;
    struct arena *arena; /* the story's */
    struct buf path;     /* RFC 6901 pointer of where we are */
    bool is_stored;      /* our own bytes: taken as they are */
};

/* A row: `read` puts the value into base + offset. `most`: characters or list members. */
struct native_member {
    const char *name;
    void (*read)(struct native_reader *r, const struct json *j, void *to, const struct native_member *row);
    size_t offset, most;
    const struct native_member *sub; /* rows of an object or of a list's objects */
    size_t sub_count;
    unsigned doors; /* NATIVE_POST | NATIVE_STORE */
};
#define NATIVE_POST 1u
#define NATIVE_STORE 2u

/* Reads all members of `j` into base. Unknown ones are faults, or passed over when is_stored. */
void native_field_members(struct native_reader *r, const struct json *j, void *base, const struct native_member *rows, size_t n);
void native_field_fault(struct native_reader *r, const char *fmt, ...) PRINTF(2, 3);
size_t native_field_enter(struct native_reader *r, struct str step); /* for native_field_leave */
size_t native_field_enter_at(struct native_reader *r, size_t index);
void native_field_leave(struct native_reader *r, size_t mark);

/* Plain text, NFC. False after a fault; *out is then untouched. */
bool native_field_line(struct native_reader *r, const struct json *j, size_t most, struct str *out);
bool native_field_int(struct native_reader *r, const struct json *j, int64_t least, int64_t most, int64_t *out);

/* Row readers. `to` is what the name says; null clears. */
void native_field_read_line(struct native_reader *r, const struct json *j, void *to, const struct native_member *row);  /* struct str */
void native_field_read_lines(struct native_reader *r, const struct json *j, void *to, const struct native_member *row); /* struct str */
void native_field_read_time(struct native_reader *r, const struct json *j, void *to, const struct native_member *row);  /* int64_t */
void native_field_read_object(struct native_reader *r, const struct json *j, void *to, const struct native_member *row); /* base itself */
void native_field_skip(struct native_reader *r, const struct json *j, void *to, const struct native_member *row);

#endif
