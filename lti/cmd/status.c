#include "cmd/cmd.h"

#include "base/vec.h"
#include "cmd/fresh.h"
#include "job/queue.h"
#include "store/course.h"
#include "store/registration.h"

#ifndef WAYMARK_VERSION
#define WAYMARK_VERSION "unversioned"
#endif

struct listing {
    struct arena *a;
    struct js *rows;   /* NULL: print lines */
    struct vec *names; /* struct course: read first, looked at when the list is closed */
};

static int one_course(void *ctx, const struct course *c)
{
    struct listing *l = ctx;
    *(struct course *)vec_push(l->names) = *c;
    return 0;
}

static int course_line(struct cmd_ctx *x, const struct course *c, struct err *e)
{
    printf("  %lld  %-28.*s states %.*s\n", (long long)c->id,
           STR_ARG(cmd_shown(x->a, c->title)), STR_ARG(cmd_time(x->a, c->states_ms)));
    return fresh_print(x, c, e);
}

static int course_json(struct cmd_ctx *x, const struct course *c, struct js *rows,
                       struct err *e)
{
    struct js *o = js_object(x->a);
    js_set_i64(o, "course", c->id);
    js_set_str(o, "title", c->title);
    js_set_i64(o, "roster_ms", c->roster_ms);
    js_set_i64(o, "grades_ms", c->grades_ms);
    js_set_i64(o, "states_ms", c->states_ms);
    js_push(rows, o);
    return fresh_json(x, c, o, e);
}

static int courses(struct cmd_ctx *c, struct js *rows, struct err *e)
{
    struct vec v;
    vec_init(&v, c->a, sizeof(struct course));
    struct listing l = {.a = c->a, .names = &v};
    int rc = course_each(c->db, c->a, one_course, &l, e);
    const struct course *all = v.p;
    for (size_t i = 0; i < v.n && rc == 0; i++)
        rc = rows == NULL ? course_line(c, &all[i], e) : course_json(c, &all[i], rows, e);
    return rc;
}

static int one_platform(void *ctx, const struct registration *r)
{
    struct listing *l = ctx;
    if (l->rows == NULL) {
        printf("  %lld  %-9.*s %.*s  clock %+lld s\n", (long long)r->id,
               STR_ARG(r->state), STR_ARG(r->issuer),
               (long long)(r->clock_offset_ms / 1000));
        return 0;
    }
    struct js *o = js_object(l->a);
    js_set_i64(o, "id", r->id);
    js_set_str(o, "issuer", r->issuer);
    js_set_str(o, "state", r->state);
    js_set_i64(o, "clock_offset_ms", r->clock_offset_ms);
    js_push(l->rows, o);
    return 0;
}

static int as_text(struct cmd_ctx *c, const struct job_stats *q, struct err *e)
{
    struct listing l = {.a = c->a};
    printf("waymark   %s\n", WAYMARK_VERSION);
    printf("database  %s\n", db_kind(c->db) == DB_SQLITE ? "SQLite" : "PostgreSQL");
    printf("jobs      %lld due, %lld later, %lld running, %lld dead; the oldest waits "
           "%lld s\n",
           (long long)q->due, (long long)(q->ready - q->due), (long long)q->running,
           (long long)q->dead, (long long)(q->oldest_due_ms / 1000));
    printf("platforms\n");
    if (registration_each(c->db, c->a, one_platform, &l, e) != 0)
        return -1;
    printf("courses\n");
    return courses(c, NULL, e);
}

static int as_json(struct cmd_ctx *c, const struct job_stats *q, struct err *e)
{
    struct listing platforms = {.a = c->a, .rows = js_array(c->a)};
    struct js *list = js_array(c->a);
    struct js *o = js_object(c->a), *jobs = js_object(c->a);
    js_set_i64(jobs, "ready", q->ready);
    js_set_i64(jobs, "due", q->due);
    js_set_i64(jobs, "running", q->running);
    js_set_i64(jobs, "done", q->done);
    js_set_i64(jobs, "dead", q->dead);
    js_set_i64(jobs, "oldest_due_ms", q->oldest_due_ms);
    js_set(o, "jobs", jobs);
    js_set_str(o, "version", STR(WAYMARK_VERSION));
    js_set_str(o, "database",
               db_kind(c->db) == DB_SQLITE ? STR("sqlite") : STR("postgresql"));
    if (registration_each(c->db, c->a, one_platform, &platforms, e) != 0 ||
        courses(c, list, e) != 0)
        return -1;
    js_set(o, "platforms", platforms.rows);
    js_set(o, "courses", list);
    cmd_print_json(c->a, o);
    return 0;
}

int cmd_status(const struct cmd *self, int argc, char **argv)
{
    const char *path = NULL;
    bool json = false;
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
        {"--json", NULL, ARG_FLAG, &json, false, "for programs"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 0);
    if (rc != 0)
        return cmd_args_status(rc);
    struct cmd_ctx c = {0};
    struct err e = {0};
    int status = CMD_FAILED;
    if (cmd_open(&c, path, CMD_DB) == 0) {
        struct job_stats q;
        if (job_stats(c.db, &c.env, &q, &e) != 0 ||
            (json ? as_json(&c, &q, &e) : as_text(&c, &q, &e)) != 0)
            status = cmd_fail(&e);
        else
            status = CMD_OK;
    }
    cmd_close(&c);
    return status;
}
