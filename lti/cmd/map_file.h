/* map_file.h: skill maps as files: JSON or CSV in; JSON, CSV or CASE out. For the words
 * of the command `map`. */
#ifndef WAYMARK_CMD_MAP_FILE_H
#define WAYMARK_CMD_MAP_FILE_H

#include "cmd/cmd.h"
#include "engine/skill.h"

struct map_file_opt {
    const char *code; /* of a map that a table makes; NULL: the file's name */
    const char *title;
    bool leave_out_circles;
};

/* Read a file as a map document; a table is read on top of `before` (or NULL). CMD_OK, or
 * what to return; then it has been said. What was left out is said too. */
int map_file_read(struct cmd_ctx *c, const char *path, const struct map_file_opt *o,
                  const struct skill_map *before, struct str *document);

/* Is it the name of a form: json, csv, edges, case? */
bool map_file_is_form(const char *form);

/* A document in that form. changed_ms: when the map became what it is. CMD_OK, or what to
 * return; then it has been said. */
int map_file_write(struct cmd_ctx *c, struct str document, const char *form,
                   int64_t changed_ms);

#endif
