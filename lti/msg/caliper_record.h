/* caliper_record.h: what a Caliper event means here. Pure. */
#ifndef WAYMARK_MSG_CALIPER_RECORD_H
#define WAYMARK_MSG_CALIPER_RECORD_H

#include "msg/record.h"

/* Of an event that caliper_check found good. A grade without scoreGiven, or without a
 * maxScore above zero, tells no score. */
void caliper_record_read(struct arena *a, const struct js *event, struct record *out);

#endif
