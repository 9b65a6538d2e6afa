/* eval_recommend.h: `waymark eval recommend`, a row of the table in eval.c. */
#ifndef WAYMARK_CMD_EVAL_RECOMMEND_H
#define WAYMARK_CMD_EVAL_RECOMMEND_H

#include "cmd/cmd.h"

int eval_recommend(const struct cmd *self, int argc, char **argv);

#endif
