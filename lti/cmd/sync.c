/* `waymark sync`: put "sync.course" jobs in the queue; --wait follows them. */
#include "cmd/cmd.h"

#include "cmd/fresh.h"
#include "job/queue.h"
#include "learn/reading.h"
#include "store/course.h"

#include <time.h>

#define COURSES_MAX 100000

struct wanted {
    struct course course;
    int64_t job_id;
    bool ended;
    int64_t said;  /* progress that was printed last */
    int64_t tried; /* attempts before the command was given */
    struct str state;
    struct str error;
};

struct picker {
    struct arena *a;
    int64_t only;
    struct wanted *v;
    size_t n, cap;
};

static int pick(void *ctx, const struct course *c)
{
    struct picker *p = ctx;
    if (p->only != 0 && c->id != p->only)
        return 0;
    if (p->n == p->cap) {
        size_t cap = p->cap == 0 ? 16 : p->cap * 2;
        struct wanted *more = ARENA_ARRAY(p->a, struct wanted, cap);
        for (size_t i = 0; i < p->n; i++)
            more[i] = p->v[i];
        p->v = more;
        p->cap = cap;
    }
    p->v[p->n++] = (struct wanted){.course = *c, .said = -1};
    return p->n >= COURSES_MAX;
}

static int enqueue(struct cmd_ctx *c, struct wanted *w, enum reading_why why,
                   struct err *e)
{
    /* What an open job tried before we came; its error is not our answer. */
    struct job_row before;
    struct str key = str_fmt(c->a, "%lld", (long long)w->course.id);
    int found =
        job_latest(c->db, c->a, w->course.tenant_id, STR("sync.course"), key, &before, e);
    if (found < 0 || reading_ask(c->db, &c->env, w->course.tenant_id, w->course.id, why,
                                 0, &w->job_id, e) < 0)
        return -1;
    w->tried = found == 1 && before.job_id == w->job_id ? before.attempts : 0;
    return 0;
}

static bool is_final(struct str state)
{
    return str_is(state, "done") || str_is(state, "dead");
}

/* One look at one job; the first failure ends the wait too: somebody is looking. */
static int look(struct cmd_ctx *c, struct wanted *w, bool quiet, struct err *e)
{
    struct job_row row;
    struct arena *a = arena_new(1 << 20);
    int rc = job_read(c->db, a, w->job_id, &row, e);
    if (rc == 0) {
        if (row.progress_done != w->said && row.progress_text.n > 0 && !quiet)
            fprintf(stderr, "%.*s: %.*s\n", STR_ARG(w->course.title),
                    STR_ARG(row.progress_text));
        w->said = row.progress_done;
        bool failed_once =
            str_is(row.state, "ready") && row.error.n > 0 && row.attempts > w->tried;
        if (is_final(row.state) || failed_once) {
            w->ended = true;
            w->state = failed_once ? STR("failed") : str_dup(c->a, row.state);
            w->error = str_dup(c->a, row.error);
        }
    }
    arena_free(a);
    return rc;
}

static int wait_all(struct cmd_ctx *c, struct picker *p, bool quiet, struct err *e)
{
    for (size_t left = p->n; left > 0;) {
        left = 0;
        for (size_t i = 0; i < p->n; i++) {
            if (!p->v[i].ended && look(c, &p->v[i], quiet, e) != 0)
                return -1;
            left += !p->v[i].ended;
        }
        struct timespec pause = {0, 200 * 1000 * 1000}; /* between looks at the table */
        if (left > 0)
            nanosleep(&pause, NULL);
    }
    return 0;
}

static int report(struct cmd_ctx *c, const struct picker *p, bool json, struct err *e)
{
    int failed = 0;
    struct js *list = js_array(c->a);
    for (size_t i = 0; i < p->n; i++) {
        const struct wanted *w = &p->v[i];
        bool ok = str_is(w->state, "done") && w->error.n == 0;
        failed += !ok;
        if (!json) {
            printf("%.*s: %.*s%s%.*s\n", STR_ARG(w->course.title),
                   STR_ARG(ok ? STR("up to date") : STR("not complete")),
                   w->error.n > 0 ? ": " : "", STR_ARG(w->error));
            if (fresh_print(c, &w->course, e) != 0)
                return cmd_fail(e);
            continue;
        }
        struct js *o = js_object(c->a);
        js_set_i64(o, "course", w->course.id);
        js_set_i64(o, "job", w->job_id);
        js_set_str(o, "state", w->state);
        js_set_str(o, "error", w->error);
        if (fresh_json(c, &w->course, o, e) != 0)
            return cmd_fail(e);
        js_push(list, o);
    }
    if (json)
        cmd_print_json(c->a, list);
    return failed == 0 ? CMD_OK : CMD_FAILED;
}

static int run(struct cmd_ctx *c, int64_t only, enum reading_why why, bool wait,
               bool json)
{
    struct err e = {0};
    struct picker p = {.a = c->a, .only = only};
    if (course_each(c->db, c->a, pick, &p, &e) != 0)
        return cmd_fail(&e);
    if (p.n == 0) {
        fprintf(stderr,
                only != 0 ? "waymark sync: there is no such course (see: waymark course "
                            "list)\n"
                          : "waymark sync: no course was launched yet\n");
        return CMD_FAILED;
    }
    for (size_t i = 0; i < p.n; i++)
        if (enqueue(c, &p.v[i], why, &e) != 0)
            return cmd_fail(&e);
    if (!wait) {
        printf("%zu courses will be read; `waymark status` shows how far it is.\n", p.n);
        return CMD_OK;
    }
    if (wait_all(c, &p, json, &e) != 0)
        return cmd_fail(&e);
    return report(c, &p, json, &e);
}

/* One course is read before all others; all of them leave room for what comes between. */
static enum reading_why why_of(int64_t course, bool changes)
{
    if (changes)
        return READING_DUE;
    return course != 0 ? READING_PRESSED : READING_ANEW;
}

int cmd_sync(const struct cmd *self, int argc, char **argv)
{
    const char *path = NULL;
    int64_t course = 0;
    bool wait = false, json = false, changes = false;
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
        {"--course", "ID", ARG_INT, &course, false, "this course alone"},
        {"--changes", NULL, ARG_FLAG, &changes, false,
         "what has changed, as the clock asks for it; else everything"},
        {"--wait", NULL, ARG_FLAG, &wait, false,
         "show progress, and end with the outcome"},
        {"--json", NULL, ARG_FLAG, &json, false, "for programs"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 0);
    if (rc != 0)
        return cmd_args_status(rc);
    struct cmd_ctx c = {0};
    int status = cmd_open(&c, path, CMD_DB) == 0
                     ? run(&c, course, why_of(course, changes), wait, json)
                     : CMD_FAILED;
    cmd_close(&c);
    return status;
}
