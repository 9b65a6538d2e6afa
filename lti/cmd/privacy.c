#include "cmd/cmd.h"

#include "store/request.h"

#include <string.h>

struct listing {
    struct arena *a;
    struct js *rows; /* NULL: print lines */
    bool all;
};

static int one(void *ctx, const struct request *q)
{
    struct listing *l = ctx;
    if (!l->all && !str_is(q->state, "open"))
        return 0;
    if (l->rows == NULL) {
        printf("%lld  %-7.*s %-8.*s person %.*s (platform %lld, deployment %.*s), asked "
               "by %.*s, %.*s\n",
               (long long)q->id, STR_ARG(q->kind), STR_ARG(q->state),
               STR_ARG(cmd_shown(l->a, q->sub)), (long long)q->registration_id,
               STR_ARG(cmd_shown(l->a, q->deployment_id)),
               STR_ARG(cmd_shown(l->a, q->by_sub)), STR_ARG(cmd_time(l->a, q->at_ms)));
        return 0;
    }
    struct js *o = js_object(l->a);
    js_set_i64(o, "id", q->id);
    js_set_str(o, "kind", q->kind);
    js_set_str(o, "state", q->state);
    js_set_str(o, "person", q->sub);
    js_set_str(o, "by", q->by_sub);
    js_set_i64(o, "platform", q->registration_id);
    js_set_str(o, "deployment_id", q->deployment_id);
    js_set_i64(o, "at_ms", q->at_ms);
    js_push(l->rows, o);
    return 0;
}

static int list(struct cmd_ctx *c, bool all, bool json)
{
    struct err e = {0};
    struct listing l = {c->a, json ? js_array(c->a) : NULL, all};
    if (request_each(c->db, one, &l, &e) != 0)
        return cmd_fail(&e);
    if (json)
        cmd_print_json(c->a, l.rows);
    return CMD_OK;
}

static int close_one(struct cmd_ctx *c, const char *word, struct str state)
{
    struct err e = {0};
    int64_t id, n;
    if (!str_i64(str_c(word), &id)) {
        fprintf(stderr, "waymark privacy: %s is not the number of a request\n", word);
        return CMD_USAGE;
    }
    n = request_close(c->db, id, state, &e);
    if (n < 0)
        return cmd_fail(&e);
    if (n == 0) {
        fprintf(stderr,
                "waymark privacy: there is no open request %s (see: waymark "
                "privacy list)\n",
                word);
        return CMD_FAILED;
    }
    printf("Request %s is %.*s.\n", word, STR_ARG(state));
    return CMD_OK;
}

int cmd_privacy(const struct cmd *self, int argc, char **argv)
{
    const char *path = NULL;
    bool json = false, all = false;
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
        {"--all", NULL, ARG_FLAG, &all, false, "list: also those that are closed"},
        {"--json", NULL, ARG_FLAG, &json, false, "for programs"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 2);
    if (rc != 0)
        return cmd_args_status(rc);
    bool do_list = rest.n == 1 && strcmp(rest.v[0], "list") == 0;
    bool done = rest.n == 2 && strcmp(rest.v[0], "done") == 0;
    bool refuse = rest.n == 2 && strcmp(rest.v[0], "refuse") == 0;
    if (!do_list && !done && !refuse) {
        fprintf(stderr, "waymark privacy: say `privacy list`, `privacy done ID` or "
                        "`privacy refuse ID`\n");
        return CMD_USAGE;
    }
    struct cmd_ctx c = {0};
    int status = CMD_FAILED;
    if (cmd_open(&c, path, CMD_DB) == 0)
        status = do_list ? list(&c, all, json)
                         : close_one(&c, rest.v[1], done ? STR("done") : STR("refused"));
    cmd_close(&c);
    return status;
}
