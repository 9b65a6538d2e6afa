/* map_case.h: `waymark map case`, a word of the command `map` with options of its own. */
#ifndef WAYMARK_CMD_MAP_CASE_H
#define WAYMARK_CMD_MAP_CASE_H

#include "cmd/cmd.h"

/* argv begins behind "case". */
int map_case(const struct cmd *map, int argc, char **argv);

#endif
