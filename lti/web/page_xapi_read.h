/* page_xapi_read.h: GET /xapi/statements. A sender reads what it sent itself, nothing
 * else. */
#ifndef WAYMARK_WEB_PAGE_XAPI_READ_H
#define WAYMARK_WEB_PAGE_XAPI_READ_H

#include "store/receiver.h"
#include "web/page.h"

/* c->form has the parameters. 0 answered, -1. */
int page_xapi_read(struct page_ctx *c, const struct receiver *key, int level,
                   struct err *e);

#endif
