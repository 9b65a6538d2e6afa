/* map_report.h: `waymark map coverage` and `waymark map ties`, words of the command `map`
 * with options of their own. */
#ifndef WAYMARK_CMD_MAP_REPORT_H
#define WAYMARK_CMD_MAP_REPORT_H

#include "cmd/cmd.h"

/* Is it one of these words? */
bool map_report_is(const char *word);

/* argv begins with the word. */
int map_report(const struct cmd *map, int argc, char **argv);

#endif
