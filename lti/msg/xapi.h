/* xapi.h: statements of xAPI 1.0.3 and 2.0 (IEEE 9274.1.1), checked against the data
 * model. Pure: nothing is looked up.
 *
 * A list with one malformed statement is refused as a whole, as the standard asks; the
 * fault names the first such statement and the place in it. */
#ifndef WAYMARK_MSG_XAPI_H
#define WAYMARK_MSG_XAPI_H

#include "msg/shape.h"

#define XAPI_BODY_MAX ((size_t)4 * 1024 * 1024)
#define XAPI_LIST_MAX 500
#define XAPI_DEPTH 32
#define XAPI_DOCUMENT_MAX ((size_t)64 * 1024)        /* of one statement, as kept */
#define XAPI_DOCUMENTS_MAX ((size_t)8 * 1024 * 1024) /* of a list: numbers grow */
#define XAPI_VOIDED "http://adlnet.gov/expapi/verbs/voided"

/* 1.0, 1.0.0 to 1.0.x: 1; 2.0 and 2.0.0: 2; everything else: 0. */
int xapi_level(struct str version);

struct xapi_statement {
    struct str id;       /* lower case; empty: the sender gave none */
    struct str document; /* JSON without id, stored, authority and version; keys in order,
                            so that equal content gives equal bytes */
    struct str voids;    /* lower case; the statement that this one voids, or empty */
};

struct xapi_list {
    struct xapi_statement *at;
    size_t n;
    bool single; /* an object, no array */
};

/* Why a list is refused. */
struct xapi_fault {
    int status;     /* 400 or 413 */
    bool has_index; /* one statement is meant */
    size_t index;
    struct str why; /* "result.score.raw: is no number" */
};

/* Parse and check. 0, or -1 and *f. */
int xapi_read(struct arena *a, struct str body, int level, struct xapi_list *out,
              struct xapi_fault *f);

/* Check one statement that is parsed already; the caller sets s->level. 0, or -1 with the
 * fault in `s`. */
shape_fn xapi_check;

/* A fault of `s` in words: place, colon, reason. */
struct str xapi_why(struct arena *a, const struct shape *s);

#endif
