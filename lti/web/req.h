/* req.h: one request as the handlers see it.
 *
 * Slices live in the request's arena. Nothing here was believed yet: the method, path and
 * fields are what the browser sent, checked for form only. */
#ifndef WAYMARK_WEB_REQ_H
#define WAYMARK_WEB_REQ_H

#include "base/err.h"
#include "base/str.h"

#define REQ_BODY_MAX ((size_t)256 * 1024)    /* LOGIN-11; nginx cuts at the same size */
#define REQ_BODY_LARGE ((size_t)1024 * 1024) /* notices (PNS-1) */
#define REQ_BODY_HUGE ((size_t)4 * 1024 * 1024) /* learning records */
#define REQ_HEAD_MAX ((size_t)96 * 1024) /* all parameters of one FastCGI request */

enum req_method { REQ_GET = 1, REQ_HEAD = 2, REQ_POST = 4, REQ_PUT = 8, REQ_OTHER = 16 };

struct req {
    enum req_method method;
    struct str path;  /* below public_url, without the query; "/..." */
    struct str query; /* as sent, without '?' */
    struct str content_type;
    struct str cookies;       /* the Cookie header */
    struct str origin;        /* the Origin header */
    struct str fetch_site;    /* the Sec-Fetch-Site header */
    struct str remote;        /* the address of the browser, from nginx */
    struct str id;            /* nginx's request id */
    struct str authorization; /* the Authorization header: a secret */
    struct str xapi_version;  /* the X-Experience-API-Version header */
    struct str body;
    int refused; /* 400 or 413 when the envelope was bad; body is empty then */
};

/* What a parameter name means; set by the FastCGI door or by a test. Parameters that are
 * not known are ignored. `prefix` is the path of public_url. */
int req_param(struct arena *a, struct req *r, struct str prefix, struct str name,
              struct str value, struct err *e);

/* Is the body declared as application/x-www-form-urlencoded (parameters ignored)? */
bool req_is_form(const struct req *r);

/* The value of the cookie `name`; false if there is none. When a name comes twice the
 * first counts. */
bool req_cookie(const struct req *r, struct str name, struct str *value);

/* Call fn for each cookie until it returns non-zero; returns that. */
int req_cookies(const struct req *r,
                int (*fn)(void *ctx, struct str name, struct str value), void *ctx);

/* Did one of our own pages send this (Origin, else Sec-Fetch-Site)? False when the
 * browser does not say. `base` is public_url. */
bool req_same_origin(const struct req *r, struct str base);

#endif
