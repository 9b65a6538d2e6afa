/* http.h: calls to other machines. http.c is the only file with curl (LTI.md C-7, DR-S3).
 *
 * Every call is guarded: https only, certificate and name verified; the address that the
 * socket is about to connect to must be a public one (guard.h) or on the administrator's
 * list; no proxy, no cookies, no redirects unless asked for; connect, total and size
 * limits, where size counts decoded bytes (I97). One process, one struct http; never over
 * fork(). */
#ifndef WAYMARK_NET_HTTP_H
#define WAYMARK_NET_HTTP_H

#include "base/err.h"
#include "base/str.h"

struct http;

struct http_opt {
    struct str
        private_networks; /* CIDR list ("10.1.0.0/16, ::1/128") that may be reached too */
    struct str ca_file;   /* certificates to trust instead of the system's; or empty */
    bool allow_http;      /* trials only: plain http, and that to loopback alone */
    struct str user_agent; /* empty: "Waymark" */
};

/* NULL with ERR_INPUT (a bad CIDR list) or ERR_INTERNAL. */
struct http *http_new(const struct http_opt *opt, struct err *e);
void http_free(struct http *h);

/* Call fn(ctx) at least once a second while http_do or http_batch_run waits for the other
 * side: a job shows that it is alive. Non-zero ends the waiting with ERR_BUSY. NULL:
 * nothing. */
void http_on_wait(struct http *h, int (*fn)(void *ctx), void *ctx);

struct http_header {
    struct str name;
    struct str value;
};

struct http_req {
    const char *method; /* "GET", "POST", "PUT", "DELETE"; NULL = "GET" */
    struct str url;
    const struct http_header *headers;
    size_t headers_n;
    struct str bearer; /* access token for the Authorization header, or empty */
    struct str body;   /* POST and PUT */
    size_t max_n;      /* decoded bytes of the answer; 0 = 262,144 */
    int connect_ms;    /* 0 = 3,000 */
    int total_ms;      /* 0 = 10,000; redirects and all */
    int redirects;     /* GET without bearer: follow up to this many, same host, https */

    /* When set, the body of an answer with status 200 to 299 goes here piece by piece
     * instead of into memory (max_n still holds). Non-zero stops the call: -1, with the
     * error that sink has set. */
    int (*sink)(void *ctx, struct str piece, struct err *e);
    void *sink_ctx;
};

struct http_res {
    int status; /* 100 to 599 */
    struct http_header
        *headers; /* all of the last answer, in order; at most 100, 64 KiB */
    size_t headers_n;
    struct str body;       /* decoded; empty when a sink took it */
    int64_t body_n;        /* decoded bytes received */
    struct str url;        /* the address that answered */
    int64_t retry_after_s; /* 0 to 86,400, or -1 when not given (seconds or a date) */
};

/* One call, blocking. 0 when an answer came, whatever its status. -1: ERR_INPUT (bad
 * URL), ERR_DENIED (the guard refused: I88, I94, I98), ERR_LIMIT (too big),
 * ERR_UNAVAILABLE (no answer, too slow, bad certificate). `res` lives in the arena. The
 * text of an error names the host, never the path, a header or the body. */
int http_do(struct http *h, const struct http_req *req, struct http_res *res,
            struct arena *a, struct err *e);

/* The platform's last word that it has too much to do: 429, or 503 with a time. */
struct http_slow {
    char host[320];        /* "https://host" */
    int64_t retry_after_s; /* -1: it did not say */
};

/* Has an answer said so since this was asked last? Then into *out. */
bool http_slowed(struct http *h, struct http_slow *out);

/* The first header of that name (any case), or an empty slice. */
struct str http_header(const struct http_res *res, const char *name);

/* Does the media type of the answer (parameters left out) equal `type`? */
bool http_is_type(const struct http_res *res, const char *type);

/* "https://host" of an address for logs, or "?" . */
struct str http_host(struct arena *a, struct str url);

/* --- many calls at once (background workers) --------------------------------- */

struct http_batch;

struct http_batch_opt {
    int total;    /* calls in flight; 0 = 16 */
    int per_host; /* connections a host; 0 = 4 */
    int per_lane; /* calls in flight for one lane; 0 = 4 */
};

/* What came of one call: rc is 0 or -1 with err, as http_do. `a` is an arena of its own
 * that is reset when `done` returns: copy what you keep. Returns 0 to go on, -1 to stop
 * the run. */
typedef int (*http_done_fn)(void *ctx, int rc, const struct http_res *res,
                            struct arena *a, const struct err *err);

struct http_batch *http_batch_new(struct http *h, const struct http_batch_opt *opt,
                                  struct err *e);
void http_batch_free(struct http_batch *b);

/* Queue a call. `lane` is the platform's registration id. The request is copied; it must
 * ask for no redirects. */
int http_batch_add(struct http_batch *b, int64_t lane, const struct http_req *req,
                   http_done_fn done, void *ctx, struct err *e);

/* Run until everything queued is done; `done` may queue more. -1: a `done` stopped it, or
 * http_on_wait's function did (ERR_BUSY). What was under way is then given up with the
 * batch: free it. */
int http_batch_run(struct http_batch *b, struct err *e);

#endif
