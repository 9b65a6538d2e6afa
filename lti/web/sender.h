/* sender.h: what the receivers of learning records share: who sends, answers in JSON, and
 * the job that looks at what came. */
#ifndef WAYMARK_WEB_SENDER_H
#define WAYMARK_WEB_SENDER_H

#include "base/js.h"
#include "store/receiver.h"
#include "store/statement.h"
#include "web/page.h"

#define SENDER_JOB "statements.take"

/* Who sends: Basic with key and secret, or Bearer "KEY.SECRET". 1 a key of that kind, 0
 * refused and answered (401), -1. */
int sender_find(struct page_ctx *c, const char *kind, struct receiver *out,
                struct err *e);

/* An answer with a JSON body. Returns 0. */
int sender_say(struct page_ctx *c, int status, const struct js *body);

/* A refusal: {"error": WHY}, and which one of a list is meant (-1: the whole) under
 * `what` ("statement", "entry"). Returns 0. */
int sender_refuse(struct page_ctx *c, int status, struct str why, const char *what,
                  int64_t index);

/* Store a batch and have it looked at soon. 0 stored, 1 a conflict, answered (409), or
 * -1. */
int sender_store(struct page_ctx *c, struct statement_batch *b, const char *what,
                 struct err *e);

#endif
