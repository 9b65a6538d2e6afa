/* cmd.h: the commands of `waymark`, and what they share.
 *
 * A command is a row of cmd.def and a function cmd_NAME here. It returns the exit status:
 * 0 done, 1 failed, 2 wrong usage. What a script reads goes to standard output, the rest
 * to standard error. */
#ifndef WAYMARK_CMD_CMD_H
#define WAYMARK_CMD_CMD_H

#include "base/conf.h"
#include "base/env.h"
#include "base/js.h"
#include "base/keyring.h"
#include "cmd/args.h"
#include "db/db.h"

enum { CMD_OK = 0, CMD_FAILED = 1, CMD_USAGE = 2 };

/* What main() knows of a run. */
struct cmd {
    const char *name;
    const char *summary;
    const char *usage;    /* behind "waymark NAME " */
    const char *examples; /* lines for the help */
    int (*run)(const struct cmd *self, int argc, char **argv);
};

#define CMD(name, fn, summary, usage, examples)                                          \
    int cmd_##fn(const struct cmd *self, int argc, char **argv);
#include "cmd/cmd.def"
#undef CMD

/* What most commands open. Zero it, then cmd_open; cmd_close in any case. */
struct cmd_ctx {
    struct arena *a;
    struct env env;
    struct conf conf;
    struct keyring keys;
    struct db *db;
};

/* Which parts cmd_open opens. Each needs the ones before it. */
enum cmd_need { CMD_CONF, CMD_DB_RAW, CMD_DB, CMD_KEYS };

/* Read the configuration (`path`, or $WAYMARK_CONFIG, or /etc/waymark/waymark.conf; none
 * of them is an error only where a database is needed), open the database (CMD_DB: and
 * check its schema), load the keys. On failure prints a sentence and returns -1. */
int cmd_open(struct cmd_ctx *c, const char *path, enum cmd_need need);
void cmd_close(struct cmd_ctx *c);

/* The path that cmd_open would read, or NULL: defaults and environment only. */
const char *cmd_conf_path(const char *given);

/* Read the options. 0 go on; 1 help was asked for and printed (exit 0); -1 wrong usage,
 * said (exit 2). Adds --help to every command. */
int cmd_args(const struct cmd *self, int argc, char **argv, const struct arg *table,
             size_t n, struct arg_list *rest, size_t max);
void cmd_help(FILE *out, const struct cmd *self, const struct arg *table, size_t n);

/* The exit status for what cmd_args returned, when it is not 0. */
int cmd_args_status(int rc);

/* "waymark: ..." on standard error; returns CMD_FAILED (or CMD_USAGE for ERR_INPUT). */
int cmd_fail(const struct err *e);

struct learn;

/* The course that --course names, ready to work on. CMD_OK, or what to return; then it
 * has been said, in the name of `command`. */
int cmd_at_course(struct cmd_ctx *c, const char *command, int64_t id, struct learn *out);

/* Print one JSON value and a newline on standard output. */
void cmd_print_json(struct arena *a, const struct js *v);

/* The whole of a small file, or of standard input for "-". */
int cmd_read_file(struct arena *a, const char *path, size_t max, struct str *out,
                  struct err *e);

/* "2026-03-01 08:10" UTC, or "never" for 0. */
struct str cmd_time(struct arena *a, int64_t ms);

/* Text from elsewhere as a terminal may show it: control characters become '?'. */
struct str cmd_shown(struct arena *a, struct str text);

/* The same as one word of a shell, whatever is in it: for commands that people copy. */
struct str cmd_quoted(struct arena *a, struct str text);

#endif
