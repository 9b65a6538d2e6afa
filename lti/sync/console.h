/* console.h: job "console.call": what somebody had us ask the platform on the console
 * page, once, with request and answer kept for a day (LTI.md 9.1). No token is kept. */
#ifndef WAYMARK_SYNC_CONSOLE_H
#define WAYMARK_SYNC_CONSOLE_H

#include "sync/sync.h"

/* Payload {"course": ID, "call": ID}. */
int console_call_job(struct job_ctx *c, struct err *e);

#endif
