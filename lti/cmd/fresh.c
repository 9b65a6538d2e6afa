#include "cmd/fresh.h"

#include "learn/reading.h"

#include <stdio.h>

static int look(struct cmd_ctx *c, const struct course *course, struct arena *a,
                struct reading_state *out, struct err *e)
{
    struct learn l = {.db = c->db,
                      .env = &c->env,
                      .a = a,
                      .tenant_id = course->tenant_id,
                      .course_id = course->id};
    return reading_state(&l, &c->conf, out, e);
}

/* "grades 2026-03-01 08:10, roster 2026-03-01 08:00, 2 pending", then what went wrong. */
static void print_sources(const struct reading_state *s, struct arena *a)
{
    if (s->sources_n == 0) {
        printf("      nothing was read yet\n");
        return;
    }
    printf("      ");
    for (size_t i = 0; i < s->sources_n; i++)
        printf("%s%.*s %.*s", i > 0 ? ", " : "", STR_ARG(s->sources[i].source),
               STR_ARG(cmd_time(a, s->sources[i].ok_ms)));
    if (s->pending > 0)
        printf(", %lld pending", (long long)s->pending);
    putchar('\n');
    for (size_t i = 0; i < s->sources_n; i++)
        if (s->sources[i].error.n > 0)
            printf("      %.*s: %.*s\n", STR_ARG(s->sources[i].source),
                   STR_ARG(cmd_shown(a, s->sources[i].error)));
}

int fresh_print(struct cmd_ctx *c, const struct course *course, struct err *e)
{
    struct reading_state s;
    struct arena *a = arena_new(1 << 20);
    int rc = look(c, course, a, &s, e);
    if (rc == 1) {
        print_sources(&s, a);
        if (s.open)
            printf("      %.*s: %.*s\n", STR_ARG(s.job.state),
                   STR_ARG(s.job.progress_text.n > 0 ? cmd_shown(a, s.job.progress_text)
                                                     : STR("waits for its turn")));
        else
            printf("      next reading %.*s, everything was read %.*s\n",
                   STR_ARG(cmd_time(a, s.next_ms)),
                   STR_ARG(cmd_time(a, s.course.full_ms)));
    }
    arena_free(a);
    return rc < 0 ? -1 : 0;
}

int fresh_json(struct cmd_ctx *c, const struct course *course, struct js *o,
               struct err *e)
{
    struct reading_state s;
    int rc = look(c, course, c->a, &s, e);
    if (rc != 1)
        return rc;
    struct js *list = js_array(c->a);
    for (size_t i = 0; i < s.sources_n; i++) {
        struct js *row = js_object(c->a);
        js_set_str(row, "source", s.sources[i].source);
        js_set_i64(row, "ok_ms", s.sources[i].ok_ms);
        js_set_i64(row, "tried_ms", s.sources[i].tried_ms);
        js_set_i64(row, "rows", s.sources[i].rows_n);
        js_set_i64(row, "pending", s.sources[i].pending_n);
        js_set_str(row, "error", s.sources[i].error);
        js_push(list, row);
    }
    js_set(o, "sources", list);
    js_set_i64(o, "pending", s.pending);
    js_set_i64(o, "full_ms", s.course.full_ms);
    js_set_i64(o, "next_ms", s.next_ms);
    js_set_str(o, "reading", s.open ? s.job.state : STR_EMPTY);
    js_set_str(o, "progress", s.open ? s.job.progress_text : STR_EMPTY);
    return 0;
}
