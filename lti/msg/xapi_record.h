/* xapi_record.h: what a statement means here. Pure. */
#ifndef WAYMARK_MSG_XAPI_RECORD_H
#define WAYMARK_MSG_XAPI_RECORD_H

#include "msg/record.h"

/* Of a statement that xapi_check found good. A result.score that is absent stays absent;
 * `success` alone says 1 or 0 of 1 for `answered`, and nothing for other verbs. */
void xapi_record_read(struct arena *a, const struct js *statement, struct record *out);

#endif
