/* svckit.h: what tests of services share: a database, a scripted server, a client that
 * may reach it, and answers recorded from a real Moodle. */
#ifndef WAYMARK_TESTS_SVCKIT_H
#define WAYMARK_TESTS_SVCKIT_H

#include "service/token.h"
#include "support/httpd.h"
#include "support/testdb.h"

struct svckit {
    struct testdb *t;
    struct httpd srv;
    struct svc svc;
    struct svc_platform platform; /* token_url is BASE/token */
    struct arena *a;
    struct err e;
};

/* Start on the database of `t`; `fn` answers everything but /token, which gives "tok-N"
 * for an hour, N counting up in slot 15. */
void svckit_open(struct svckit *k, struct testdb *t, httpd_fn fn);
void svckit_close(struct svckit *k);

/* BASE + path. */
struct str svckit_url(struct svckit *k, const char *path);

/* The body of tests/fixtures/moodle/recorded/NAME.json as an answer: status, headers,
 * body and the address it came from. */
struct http_res svckit_recorded(struct arena *a, const char *name);

/* A text file of the repository. */
struct str svckit_file(struct arena *a, const char *path);

#endif
