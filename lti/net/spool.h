/* spool.h: a long answer, put aside in an unnamed temporary file, so that neither memory
 * nor the other side waits for what is done with it. */
#ifndef WAYMARK_NET_SPOOL_H
#define WAYMARK_NET_SPOOL_H

#include "base/err.h"
#include "base/str.h"

struct spool;

/* An empty spool that the arena closes. NULL with ERR_UNAVAILABLE: no room for it. */
struct spool *spool_new(struct arena *a, struct err *e);

/* Append: http_req.sink. */
int spool_sink(void *spool, struct str piece, struct err *e);

/* Everything from the start, in pieces, to `fn`; as often as wanted. */
int spool_read(struct spool *s, int (*fn)(void *ctx, struct str piece, struct err *e),
               void *ctx, struct err *e);

#endif
