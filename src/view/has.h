/* HAS, the subscriber API whose clients are already out there (docs/protocol/has.md): discover, search, subscription
 * and documents below /abone/. Every answer that is no document is the envelope {"response":{success,code,message}}.
 * Handlers start on the loop; all that looks into the store runs on a work thread. */
#ifndef VIEW_HAS_H
#define VIEW_HAS_H

#include "http/route.h"
#include "news/query.h"
#include "view/auth.h"

extern const struct route has_routes[];
extern const size_t has_route_count;

/* The last touch for answers of the group "has": what the server itself refused (too long a body, too many guesses, a
 * full queue) becomes an envelope, because these clients read nothing else. Loop thread. */
void has_finish(struct call *c);

/* ---- between has*.c ---- */

struct jw;
/* Opens the answer and its envelope with a good response; `data` and whatever stands beside it follow, then jw_close.
 */
struct jw has_envelope(struct call *c);
/* The envelope of a failure, by has-api 8; `why` (may be NULL) adds what was wrong with a parameter. NEXT_DONE. Any
 * thread that has the call. */
enum next has_refuse(struct call *c, enum err e, const struct why *why);
/* The status that goes on the wire for a failure: error_status of the user, the organisation, the server, in this
 * order. Too fast is 429 everywhere. Pure. */
int has_status(int code, struct str user_settings, struct str org_settings, struct str server_setting);

/* The parameters of a search as text, wherever they stood. STR_NONE = not given. */
enum has_param {
    HAS_START,
    HAS_END,
    HAS_WORDS,
    HAS_OFFSET,
    HAS_LIMIT,
    HAS_FILTER, /* + enum code_kind */
    HAS_PARAMS = HAS_FILTER + CODE_KINDS
};
struct has_params {
    struct str v[HAS_PARAMS];
};
const char *has_param_name(unsigned p); /* "start_date" … "filter_type" */
/* From body (form, multipart, JSON), query string, headers, in this order of weight. ERR_PARSE with the parameter in
 * why.at when a body cannot be read. Pure; slices point into the request or the arena. */
enum err has_params_read(const struct req *r, struct arena *a, struct has_params *out, struct why *why) MUST_USE;

/* A search understood. */
struct has_search {
    struct query query;
    size_t offset, limit;
    bool is_empty; /* nothing can match: an unknown code, an end before the start, an offset past what is counted */
};
/* What a search is read against. limit_max 0 = as many as are counted. */
struct has_setting {
    const struct codes *codes;
    int64_t now_ms;
    unsigned limit_max;
};
/* ERR_PARSE with the parameter in why.at. Pure; slices in `a`. */
enum err has_search_read(const struct has_params *p, const struct has_setting *with, struct arena *a,
                         struct has_search *out, struct why *why) MUST_USE;

/* What runs on a work thread once the door (has.c) has let the call in. */
enum next has_search_run(struct call *c, void *reader);
enum next has_doc_run(struct call *c, void *reader);
/* aa:text:20260314:5000121 -> aa_text_20260314_5000121.xml */
struct str has_doc_file(struct arena *a, struct str id);

#endif
