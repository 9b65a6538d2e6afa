/* canvas_call.h: one request to Canvas's REST API, and lists of many pages.
 *
 * Pages follow Link rel="next" on the same site only. Every answer has a size limit; a
 * page is checked whole and its elements are handed out one by one, so a list of any
 * length needs the same memory. Canvas counts what its answers cost: when little room is
 * left we slow down, and its refusal (403 or 429 "Rate Limit Exceeded") is
 * ERR_UNAVAILABLE, so that the job comes again later. */
#ifndef WAYMARK_LMS_CANVAS_CALL_H
#define WAYMARK_LMS_CANVAS_CALL_H

#include "base/js.h"
#include "lms/lms.h"

/* A list. `scope` is the path as Canvas's developer keys write it, for errors. */
struct canvas_call {
    const char *scope; /* "url:GET|/api/v1/..." */
    struct str url;    /* canvas_call_url */
    const char
        *member; /* the list is this member of the answer; NULL: it is the answer */
    int (*element)(void *ctx, struct js *v, struct arena *scratch, struct err *e);
    void *ctx;
};

/* base_url + path. Path parts must be escaped already. */
struct str canvas_call_url(const struct lms *l, struct arena *a, const char *path, ...)
    __attribute__((format(printf, 3, 4)));

/* A course as it stands in a path: Canvas's number, or "lti_context_id:..." where only
 * the id of the launch is known. */
struct str canvas_call_course(struct arena *a, struct str course);

/* All pages. */
int canvas_call_list(const struct lms *l, const struct canvas_call *c, struct arena *a,
                     struct err *e);

/* One page; *next is the address of the one behind it, or empty. */
int canvas_call_page(const struct lms *l, const struct canvas_call *c, struct str *next,
                     struct arena *a, struct err *e);

/* A page that is at hand. */
int canvas_call_feed(const struct canvas_call *c, struct str body, struct arena *a,
                     struct err *e);

/* One answer that is no list. `method` other than GET sends `body` (JSON). */
int canvas_call_one(const struct lms *l, const char *method, const char *scope,
                    struct str url, struct str body, struct js **out, struct arena *a,
                    struct err *e);

/* What a status and body mean: 0 for 2xx, else -1 in words with the scope that is needed.
 */
int canvas_call_check(const struct http_res *res, const char *scope, struct err *e);

/* An id, sent as a number or as a text; empty when it is neither. */
struct str canvas_call_id(struct arena *a, const struct js *v);

/* A time in ISO 8601 as milliseconds; 0: absent or nonsense. */
int64_t canvas_call_time(const struct js *o, const char *member);

#endif
