#include "cmd/cmd.h"

#include "engine/risk.h"

#include <string.h>

int cmd_rules(const struct cmd *self, int argc, char **argv)
{
    const char *path = NULL;
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 2);
    if (rc != 0)
        return cmd_args_status(rc);
    if (rest.n != 2 || strcmp(rest.v[0], "check") != 0) {
        fprintf(stderr, "waymark rules: say %s\n", self->usage);
        return CMD_USAGE;
    }
    struct err e = {0};
    struct str text;
    struct arena *a = arena_new((size_t)8 << 20);
    int status = CMD_FAILED;
    struct risk_rules *rules = NULL;
    if (cmd_read_file(a, rest.v[1], RISK_MAX_BYTES, &text, &e) == 0)
        rules = risk_parse(a, text, &e);
    if (rules == NULL) {
        cmd_fail(&e);
    } else {
        for (size_t i = 0; i < rules->rule_n; i++)
            printf("  %.*s: %.*s\n", STR_ARG(rules->rules[i].id),
                   STR_ARG(rules->rules[i].why));
        printf("%zu rules. The file is sound.\n", rules->rule_n);
        status = CMD_OK;
    }
    arena_free(a);
    return status;
}
