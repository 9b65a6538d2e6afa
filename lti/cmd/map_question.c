#include "cmd/map_question.h"

#include "learn/questions.h"

#define SHOWN 10

static void say_one(struct cmd_ctx *c, const struct skill_map *m,
                    const struct edges_question *q)
{
    struct str from = cmd_shown(c->a, m->skills[q->from].title);
    struct str to = cmd_shown(c->a, m->skills[q->to].title);
    if (q->kind == EDGES_DROP)
        printf("  %d of %d who worked on \"%.*s\" without \"%.*s\" showed it: keep the "
               "lock?",
               (int)q->showed, (int)q->without, STR_ARG(to), STR_ARG(from));
    else
        printf("  Only %d of %d who lacked \"%.*s\" showed \"%.*s\": add a prerequisite?",
               (int)q->showed, (int)q->without, STR_ARG(from), STR_ARG(to));
    printf(" (%.1f expected; ratio %.2f to %.2f; n = %d%s)\n", q->expected, q->low,
           q->high, (int)q->n, q->sure ? "" : "; may be chance");
}

static struct js *one_json(struct arena *a, const struct skill_map *m,
                           const struct edges_question *q)
{
    struct js *o = js_object(a);
    js_set_str(o, "kind", q->kind == EDGES_DROP ? STR("drop") : STR("add"));
    js_set_str(o, "from", m->skills[q->from].code);
    js_set_str(o, "to", m->skills[q->to].code);
    js_set_i64(o, "n", q->n);
    js_set_i64(o, "without", q->without);
    js_set_i64(o, "showed", q->showed);
    js_set_num(o, "expected", q->expected);
    js_set_num(o, "low", q->low);
    js_set_num(o, "high", q->high);
    js_set_num(o, "p", q->p_value);
    js_set_bool(o, "sure", q->sure);
    return o;
}

static int work(struct cmd_ctx *c, struct learn *l, bool json)
{
    struct err e = {0};
    struct questions q;
    struct js *list = js_array(c->a);
    if (questions_work(l, &q, &e) < 0)
        return cmd_fail(&e);
    if (q.map == NULL) {
        fprintf(stderr, "waymark map: the course has no skill map\n");
        return CMD_FAILED;
    }
    if (questions_keep(l, &q, &e) < 0)
        return cmd_fail(&e);
    if (!json)
        printf("%lld people in %zu courses; nothing can be known of %zu locks, because "
               "hardly anybody passed them.\n",
               (long long)q.persons, q.courses, q.hidden);
    for (size_t i = 0; i < q.n && (json || i < SHOWN); i++) {
        if (json)
            js_push(list, one_json(c->a, q.map, &q.rows[i]));
        else
            say_one(c, q.map, &q.rows[i]);
    }
    if (!json && q.n == 0)
        printf("No questions to the map.\n");
    if (json)
        cmd_print_json(c->a, list);
    return CMD_OK;
}

int map_question(const struct cmd *map, int argc, char **argv)
{
    const char *path = NULL;
    int64_t course = 0;
    bool json = false;
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
        {"--course", "ID", ARG_INT, &course, true, "the course (waymark course list)"},
        {"--json", NULL, ARG_FLAG, &json, false, "for programs"},
    };
    const struct cmd self = {
        "map questions", "say which prerequisites students' answers put in doubt",
        "--course ID [--json]", "  waymark map questions --course 7\n", map->run};
    struct arg_list rest;
    int rc = cmd_args(&self, argc - 1, argv + 1, table, sizeof table / sizeof *table,
                      &rest, 0);
    if (rc != 0)
        return cmd_args_status(rc);
    struct cmd_ctx c = {0};
    struct learn l;
    int status = CMD_FAILED;
    if (cmd_open(&c, path, CMD_KEYS) == 0) {
        status = cmd_at_course(&c, "map", course, &l);
        if (status == CMD_OK)
            status = work(&c, &l, json);
    }
    cmd_close(&c);
    return status;
}
