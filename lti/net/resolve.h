/* resolve.h: all addresses of a host name, within a time (DR-S3, C-8).
 *
 * curl looks names up by itself, but shows one address at a time and waits for a silent
 * name server however long that takes. Here a look-up runs in one of glibc's own helper
 * threads (getaddrinfo_a), can be left behind, and what it found is kept for a minute.
 * One process, one resolver; never over fork(). */
#ifndef WAYMARK_NET_RESOLVE_H
#define WAYMARK_NET_RESOLVE_H

#include "base/str.h"

#include <netinet/in.h>

#define RESOLVE_MAX 32 /* addresses of one name; one with more is refused */

union resolve_addr {
    struct sockaddr sa;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

struct resolve_list {
    union resolve_addr at[RESOLVE_MAX];
    size_t n;
};

enum resolve_result {
    RESOLVE_OK,
    RESOLVE_WAIT, /* nothing yet */
    RESOLVE_NONE, /* no such name */
    RESOLVE_MANY  /* more than RESOLVE_MAX */
};

struct resolver;
struct resolver *resolve_new(void);
void resolve_free(struct resolver *r);

/* A question under way, at most 253 bytes of host name; NULL when the answer is known
 * already and stands in `out`. An address is its own answer. */
struct resolve *resolve_begin(struct resolver *r, struct str host,
                              struct resolve_list *out);

/* What came of it, after waiting for `wait_ms` at most. */
enum resolve_result resolve_poll(struct resolve *q, int wait_ms,
                                 struct resolve_list *out);

/* Done with it, answered or not. NULL is allowed. */
void resolve_end(struct resolve *q);

#endif
