/* map_version.h: `waymark map diff`, `versions` and `floor`: words of the command `map`
 * with options of their own. */
#ifndef WAYMARK_CMD_MAP_VERSION_H
#define WAYMARK_CMD_MAP_VERSION_H

#include "cmd/cmd.h"
#include "engine/mapdiff.h"

/* Is it one of these words? */
bool map_version_is(const char *word);

/* argv begins with the word. */
int map_version(const struct cmd *map, int argc, char **argv);

/* Print what is different, on standard output. */
void map_version_say(struct arena *a, const struct mapdiff *d);

#endif
