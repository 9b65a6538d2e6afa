#include "cmd/cmd.h"

#include "store/login.h"

struct listing {
    struct arena *a;
    struct js *rows; /* NULL: print lines */
    int64_t n;
};

static int one(void *ctx, const struct launch_note *n)
{
    struct listing *l = ctx;
    l->n++;
    if (l->rows == NULL) {
        printf("%.*s  %-10.*s  %-18.*s  %.*s %.*s  %.*s\n",
               STR_ARG(cmd_time(l->a, n->at_ms)), STR_ARG(n->reference),
               STR_ARG(n->fault), STR_ARG(cmd_shown(l->a, n->issuer)),
               STR_ARG(cmd_shown(l->a, n->client_id)),
               STR_ARG(cmd_shown(l->a, n->detail)));
        return 0;
    }
    struct js *o = js_object(l->a);
    js_set_i64(o, "at_ms", n->at_ms);
    js_set_str(o, "reference", n->reference);
    js_set_str(o, "fault", n->fault);
    js_set_i64(o, "registration", n->registration_id);
    js_set_str(o, "issuer", n->issuer);
    js_set_str(o, "client_id", n->client_id);
    js_set_str(o, "kid", n->kid);
    js_set_str(o, "detail", n->detail);
    js_push(l->rows, o);
    return 0;
}

int cmd_launches(const struct cmd *self, int argc, char **argv)
{
    const char *path = NULL;
    bool json = false;
    int64_t limit = 50;
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
        {"--limit", "N", ARG_INT, &limit, false, "how many, the newest first (50)"},
        {"--json", NULL, ARG_FLAG, &json, false, "for programs"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 1);
    if (rc != 0)
        return cmd_args_status(rc);
    struct cmd_ctx c = {0};
    int status = CMD_FAILED;
    if (cmd_open(&c, path, CMD_DB) == 0) {
        struct err e = {0};
        struct listing l = {c.a, json ? js_array(c.a) : NULL, 0};
        struct str reference = rest.n > 0 ? str_c(rest.v[0]) : STR_EMPTY;
        status = login_notes(c.db, c.a, reference, limit, one, &l, &e) == 0
                     ? CMD_OK
                     : cmd_fail(&e);
        if (json && status == CMD_OK)
            cmd_print_json(c.a, l.rows);
        if (reference.n > 0 && l.n == 0 && status == CMD_OK) {
            fprintf(stderr, "waymark: no launch has the reference %s\n", rest.v[0]);
            status = CMD_FAILED;
        }
    }
    cmd_close(&c);
    return status;
}
