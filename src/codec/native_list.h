/* Row readers for members that are lists. Pure. */
#ifndef CODEC_NATIVE_LIST_H
#define CODEC_NATIVE_LIST_H

#include "codec/native_field.h"

#define NATIVE_LIST_MOST 100

/* Into struct strs: `most` characters each; equal members once. */
void native_list_read_lines(struct native_reader *r, const struct json *j, void *to, const struct native_member *row);
void native_list_read_subjects(struct native_reader *r, const struct json *j, void *to, const struct native_member *row);
void native_list_read_sections(struct native_reader *r, const struct json *j, void *to, const struct native_member *row);
void native_list_read_media(struct native_reader *r, const struct json *j, void *to, const struct native_member *row);
/* Into the story's own arrays; row->sub has the rows of one member. */
void native_list_read_figures(struct native_reader *r, const struct json *j, void *to, const struct native_member *row);
void native_list_read_quotes(struct native_reader *r, const struct json *j, void *to, const struct native_member *row);
void native_list_read_links(struct native_reader *r, const struct json *j, void *to, const struct native_member *row);
/* Into struct str, raw JSON: a number or a string as it came. */
void native_list_read_value(struct native_reader *r, const struct json *j, void *to, const struct native_member *row);

#endif
