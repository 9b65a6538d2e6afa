#include "cmd/cmd.h"

#include "job/queue.h"

#include <string.h>

static int list(struct cmd_ctx *c, const char *state, bool json)
{
    struct err e = {0};
    struct job_row *rows;
    size_t n;
    if (job_list(c->db, c->a, str_c(state), 200, &rows, &n, &e) != 0)
        return cmd_fail(&e);
    struct js *out = js_array(c->a);
    for (size_t i = 0; i < n; i++) {
        const struct job_row *r = &rows[i];
        if (!json) {
            printf("%lld  %-8.*s %-18.*s %.*s  try %lld of %lld  %.*s  %.*s\n",
                   (long long)r->job_id, STR_ARG(r->state), STR_ARG(r->kind),
                   STR_ARG(r->key), (long long)r->attempts, (long long)r->max_attempts,
                   STR_ARG(r->progress_text), STR_ARG(r->error));
            continue;
        }
        struct js *o = js_object(c->a);
        js_set_i64(o, "job", r->job_id);
        js_set_i64(o, "tenant", r->tenant_id);
        js_set_str(o, "kind", r->kind);
        js_set_str(o, "key", r->key);
        js_set_str(o, "state", r->state);
        js_set_i64(o, "attempts", r->attempts);
        js_set_str(o, "progress", r->progress_text);
        js_set_str(o, "error", r->error);
        js_set_i64(o, "changed_ms", r->changed_ms);
        js_push(out, o);
    }
    if (json)
        cmd_print_json(c->a, out);
    return CMD_OK;
}

static int requeue(struct cmd_ctx *c, const char *word)
{
    struct err e = {0};
    int64_t id;
    if (!str_i64(str_c(word), &id)) {
        fprintf(stderr, "waymark job: %s is not the number of a job\n", word);
        return CMD_USAGE;
    }
    if (job_requeue(c->db, &c->env, id, &e) != 0)
        return cmd_fail(&e);
    printf("Job %lld runs again.\n", (long long)id);
    return CMD_OK;
}

int cmd_job(const struct cmd *self, int argc, char **argv)
{
    const char *path = NULL, *state = NULL;
    bool json = false;
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
        {"--state", "S", ARG_TEXT, &state, false,
         "only ready, running, done or dead ones"},
        {"--json", NULL, ARG_FLAG, &json, false, "for programs"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 2);
    if (rc != 0)
        return cmd_args_status(rc);
    bool do_list = rest.n == 1 && strcmp(rest.v[0], "list") == 0;
    bool do_requeue = rest.n == 2 && strcmp(rest.v[0], "requeue") == 0;
    if (!do_list && !do_requeue) {
        fprintf(stderr, "waymark job: say `job list` or `job requeue ID`\n");
        return CMD_USAGE;
    }
    struct cmd_ctx c = {0};
    int status = CMD_FAILED;
    if (cmd_open(&c, path, CMD_DB) == 0)
        status = do_list ? list(&c, state, json) : requeue(&c, rest.v[1]);
    cmd_close(&c);
    return status;
}
