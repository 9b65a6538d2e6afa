#include "cmd/cmd.h"

#include "store/course.h"

#include <string.h>

struct listing {
    struct arena *a;
    struct js *rows; /* NULL: print lines */
};

static int one(void *ctx, const struct course *c)
{
    struct listing *l = ctx;
    if (l->rows == NULL) {
        printf("%lld  %-30.*s  roster %.*s, grades %.*s%s\n", (long long)c->id,
               STR_ARG(cmd_shown(l->a, c->title)), STR_ARG(cmd_time(l->a, c->roster_ms)),
               STR_ARG(cmd_time(l->a, c->grades_ms)),
               c->map_id == 0 ? ", no skill map" : "");
        return 0;
    }
    struct js *o = js_object(l->a);
    js_set_i64(o, "course", c->id);
    js_set_i64(o, "tenant", c->tenant_id);
    js_set_i64(o, "registration", c->registration_id);
    js_set_str(o, "context_id", c->context_id);
    js_set_str(o, "title", c->title);
    js_set_i64(o, "roster_ms", c->roster_ms);
    js_set_i64(o, "grades_ms", c->grades_ms);
    js_set_i64(o, "states_ms", c->states_ms);
    js_set_bool(o, "has_map", c->map_id != 0);
    js_push(l->rows, o);
    return 0;
}

int cmd_course(const struct cmd *self, int argc, char **argv)
{
    const char *path = NULL;
    bool json = false;
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
        {"--json", NULL, ARG_FLAG, &json, false, "for programs"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 1);
    if (rc != 0)
        return cmd_args_status(rc);
    if (rest.n != 1 || strcmp(rest.v[0], "list") != 0) {
        fprintf(stderr, "waymark course: say `waymark course list`\n");
        return CMD_USAGE;
    }
    struct cmd_ctx c = {0};
    int status = CMD_FAILED;
    if (cmd_open(&c, path, CMD_DB) == 0) {
        struct err e = {0};
        struct listing l = {c.a, json ? js_array(c.a) : NULL};
        status = course_each(c.db, c.a, one, &l, &e) == 0 ? CMD_OK : cmd_fail(&e);
        if (json && status == CMD_OK)
            cmd_print_json(c.a, l.rows);
    }
    cmd_close(&c);
    return status;
}
