#include "cmd/cmd.h"

#include "learn/replay.h"
#include "store/course.h"

/* All courses first: rows may not stay open while a course is read. */
struct ids {
    struct arena *a;
    struct course *v;
    size_t n, cap;
};

static int collect(void *ctx, const struct course *c)
{
    struct ids *l = ctx;
    if (l->n == l->cap) {
        struct course *more = ARENA_ARRAY(l->a, struct course, l->cap * 2);
        for (size_t i = 0; i < l->n; i++)
            more[i] = l->v[i];
        l->v = more;
        l->cap *= 2;
    }
    l->v[l->n++] = *c;
    return 0;
}

static void say(void *ctx, struct str line)
{
    (void)ctx;
    printf("  %.*s\n", STR_ARG(line));
}

/* Each course in an arena of its own, so that memory stays that of the largest one. */
static int replay_one(struct cmd_ctx *c, const struct course *course,
                      struct replay_counts *sum)
{
    struct err e = {0};
    struct arena *a = arena_new((size_t)512 << 20);
    struct learn l = {c->db, &c->env, a, &c->keys, course->tenant_id, course->id};
    struct replay_counts n = {0};
    int rc = replay_course(&l, say, NULL, &n, &e);
    arena_free(a);
    if (rc != 0)
        return cmd_fail(&e);
    printf("%.*s: %zu people, %zu rows, %zu different\n", STR_ARG(course->title),
           n.persons, n.rows, n.different);
    sum->persons += n.persons;
    sum->rows += n.rows;
    sum->different += n.different;
    return CMD_OK;
}

static int replay(struct cmd_ctx *c, int64_t only, bool verify)
{
    struct err e = {0};
    struct ids ids = {.a = c->a, .v = ARENA_ARRAY(c->a, struct course, 16), .cap = 16};
    struct replay_counts sum = {0};
    bool seen = false;
    if (course_each(c->db, c->a, collect, &ids, &e) != 0)
        return cmd_fail(&e);
    for (size_t i = 0; i < ids.n; i++) {
        if (only != 0 && ids.v[i].id != only)
            continue;
        seen = true;
        int status = replay_one(c, &ids.v[i], &sum);
        if (status != CMD_OK)
            return status;
    }
    if (only != 0 && !seen) {
        fprintf(stderr,
                "waymark replay: there is no course %lld (see: waymark course list)\n",
                (long long)only);
        return CMD_FAILED;
    }
    printf("%zu rows compared, %zu different.\n", sum.rows, sum.different);
    return verify && sum.different > 0 ? CMD_FAILED : CMD_OK;
}

int cmd_replay(const struct cmd *self, int argc, char **argv)
{
    const char *path = NULL;
    int64_t course = 0;
    bool verify = false;
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
        {"--course", "ID", ARG_INT, &course, false, "this course alone"},
        {"--verify", NULL, ARG_FLAG, &verify, false, "fail (exit 1) on any difference"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 0);
    if (rc != 0)
        return cmd_args_status(rc);
    struct cmd_ctx c = {0};
    int status =
        cmd_open(&c, path, CMD_KEYS) == 0 ? replay(&c, course, verify) : CMD_FAILED;
    cmd_close(&c);
    return status;
}
