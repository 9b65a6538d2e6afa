/* fresh.h: how fresh a course is, for `waymark status` and `waymark sync`. */
#ifndef WAYMARK_CMD_FRESH_H
#define WAYMARK_CMD_FRESH_H

#include "cmd/cmd.h"
#include "store/course.h"

/* Lines behind a course's own: every source, what runs, what comes next. 0, or -1. */
int fresh_print(struct cmd_ctx *c, const struct course *course, struct err *e);

/* The same as members of `o`. */
int fresh_json(struct cmd_ctx *c, const struct course *course, struct js *o,
               struct err *e);

#endif
