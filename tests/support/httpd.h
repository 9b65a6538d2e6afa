/* httpd.h: a little HTTP server for tests, in a process of its own, that says what the
 * test tells it to, however wrong. One more process for each connection. */
#ifndef WAYMARK_TESTS_HTTPD_H
#define WAYMARK_TESTS_HTTPD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define HTTPD_SLOTS 64

/* Counters that server and test share. */
struct httpd_shared {
    atomic_int connections;       /* accepted so far */
    atomic_int now;               /* being served */
    atomic_int most;              /* the most that were served at once */
    atomic_int slot[HTTPD_SLOTS]; /* for the handler's own use */
};

struct httpd_req {
    char method[16];
    char path[4096]; /* with its query */
    char *head;      /* all header lines, NUL-terminated */
    char *body;
    size_t body_n;
};

struct httpd {
    int port;
    int pid;
    char base[64]; /* "http://127.0.0.1:PORT" */
    struct httpd_shared *shared;
};

/* Answer one request by writing raw bytes to `fd`; the connection is closed afterwards.
 * Runs in another process: talk back through `shared` alone. */
typedef void (*httpd_fn)(int fd, const struct httpd_req *r, struct httpd_shared *shared,
                         void *ctx);

/* Serve on a free port of 127.0.0.1. Aborts the test when that fails. */
void httpd_start(struct httpd *h, httpd_fn fn, void *ctx);

/* End the server and what it started. */
void httpd_stop(struct httpd *h);

/* The value of a request header (any case), copied to out; "" when absent. */
const char *httpd_header(const struct httpd_req *r, const char *name, char *out,
                         size_t n);

/* This request is no longer "being served". A handler whose test counts says so before it
 * answers: the client may be back before the server notices that it is done. */
void httpd_leave(struct httpd_shared *shared);

void httpd_write(int fd, const void *p, size_t n);
void httpd_puts(int fd, const char *text);

/* A whole answer: status, content type, extra header lines ("X: y\r\n" or ""), body. */
void httpd_answer(int fd, int status, const char *type, const char *extra,
                  const char *body, size_t n);

#endif
