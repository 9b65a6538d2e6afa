/* map_question.h: `waymark map questions`. */
#ifndef WAYMARK_CMD_MAP_QUESTION_H
#define WAYMARK_CMD_MAP_QUESTION_H

#include "cmd/cmd.h"

int map_question(const struct cmd *map, int argc, char **argv);

#endif
