/* Pages: logic-free templates bound to named values, escaped by default, and messages in tr, en and ar. Templates and
 * messages are read once at start (again per page with web_dir) and checked: a missing include, an unclosed section, a
 * message missing in a language stops the start. Rendering is for any thread.
 *
 * Template language: {{name}} escaped text, {{{name}}} trusted HTML, {{#name}}…{{/name}} once per row of a list or once
 * if true, {{^name}}…{{/name}} if empty or false, {{>file}} another template (or a drawing: icons/flash.svg), {{t:key}}
 * a message, {{t:key name}} a message whose {} are filled with values in order, {{a:css/site.css}} the address of a file
 * of web/ with a mark of its content, {{! a remark}}. A name not found in a row is looked up in what is around it; a
 * name found nowhere is empty. White space with a line end in it is written as one line end. */
#ifndef VIEW_PAGE_H
#define VIEW_PAGE_H

#include "base/arena.h"
#include "base/buf.h"

enum err page_init(const char *web_dir, struct why *why) MUST_USE; /* loads and checks all; after asset_init */
void page_fini(void);

/* Values for one rendering; a tree of maps in an arena. */
struct values;
struct values *values_new(struct arena *a);
void values_set(struct values *v, const char *name, struct str text);     /* borrowed until rendered */
void values_html(struct values *v, const char *name, struct str html);    /* for {{{name}}} */
void values_flag(struct values *v, const char *name, bool is_true);
void values_int(struct values *v, const char *name, int64_t n);
struct values *values_row(struct values *v, const char *list);            /* appends a row and returns it */
struct arena *values_arena(struct values *v);

/* Renders template `name` ("site/story.html") in an interface language. */
void page_render(struct buf *out, const char *name, struct str lang, const struct values *v);
/* A message; the key itself when unknown (which page_init makes impossible for template keys). */
struct str page_text(struct str lang, const char *key);
/* Whether there is such a message: for keys made of data (site.section.…). */
bool page_has_text(const char *key);
/* Dates in the interface language and the agency's zone: "14 March 2026", "14 March 2026, 12:21". */
void page_date(struct buf *out, struct str lang, int64_t ms, bool with_time);
void page_day(struct buf *out, struct str lang, int64_t ms);   /* "Saturday, 14 March 2026" */
void page_clock(struct buf *out, int64_t ms);                  /* "12:21" */
/* Short form beside a headline: "12:21" on the same day, "13 March" in the same year, else the date. */
void page_when(struct buf *out, struct str lang, int64_t ms, int64_t now_ms);
void page_zone(struct buf *out, int64_t ms);                   /* "UTC+3", "UTC+5:30" */

#endif
