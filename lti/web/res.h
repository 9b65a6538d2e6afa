/* res.h: the answer being put together. */
#ifndef WAYMARK_WEB_RES_H
#define WAYMARK_WEB_RES_H

#include "base/err.h"
#include "base/str.h"

#define RES_HEADERS_MAX 24

struct res_header {
    struct str name;
    struct str value;
};

struct res {
    struct arena *a;
    int status;      /* 0 until it is decided */
    struct str type; /* Content-Type; empty for none */
    struct str body;
    struct res_header header[RES_HEADERS_MAX];
    size_t header_n;
    bool cacheable;             /* else Cache-Control: no-store */
    bool tells_origin;          /* Referrer-Policy same-origin, see page_continue.c */
    struct str frame_ancestors; /* for the CSP; empty = https: (SES-3) */
    struct str form_action;     /* for the CSP; empty = 'self' (LTI.md 3.2) */
};

void res_init(struct res *r, struct arena *a);

/* Add a header. A value with CR, LF or NUL is a bug of ours or an attack: the header is
 * left out. More than RES_HEADERS_MAX aborts. */
void res_add(struct res *r, struct str name, struct str value);

/* An answer of a type with a body. */
void res_body(struct res *r, int status, struct str type, struct str body);

/* 303 (after POST) or 302 to `url`. */
void res_redirect(struct res *r, int status, struct str url);

/* The header lines of the answer with the security headers (CSP, no-store, nosniff,
 * no-referrer) and the blank line, as FastCGI wants them. */
void res_head(const struct res *r, struct buf *out);

/* The reason phrase of a status. */
const char *res_reason(int status);

#endif
