/* args.h: options of a command line, from a table that also writes the help. */
#ifndef WAYMARK_CMD_ARGS_H
#define WAYMARK_CMD_ARGS_H

#include "base/err.h"
#include "base/str.h"

#include <stdio.h>

enum arg_kind { ARG_FLAG, ARG_TEXT, ARG_INT, ARG_LIST };

#define ARG_LIST_MAX 64

struct arg_list {
    const char *v[ARG_LIST_MAX];
    size_t n;
};

/* One option. `into` is a bool, const char *, int64_t or struct arg_list, by kind. */
struct arg {
    const char *name;  /* "--issuer" */
    const char *value; /* "URL", for the help; NULL for a flag */
    enum arg_kind kind;
    void *into;
    bool required;
    const char *text; /* one sentence for the help */
};

/* Read argv[0..argc) by the table. What does not begin with "-" (and all behind "--")
 * goes to `rest`, of which at most `max` may stand there. "--name VALUE" and
 * "--name=VALUE". Returns 0, or -1 with a sentence that says what to change. */
int args_read(int argc, char **argv, const struct arg *table, size_t n,
              struct arg_list *rest, size_t max, struct err *e);

/* The options, one a line. */
void args_help(FILE *out, const struct arg *table, size_t n);

#endif
