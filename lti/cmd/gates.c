/* `waymark gates`: what opens when, and for whom: who is in, who would be let in, who is
 * near and what they miss. --dry-run sends nothing; without it the jobs are asked for. */
#include "cmd/cmd.h"

#include "job/queue.h"
#include "learn/openlook.h"
#include "learn/recompute.h"
#include "store/course.h"

struct gates {
    struct cmd_ctx *c;
    struct learn l;
    struct js *list; /* NULL: print lines */
};

static struct js *who_json(struct arena *a, const struct openlook_who *w)
{
    struct js *o = js_object(a), *missing = js_array(a);
    js_set_i64(o, "person", w->person_id);
    js_set_str(o, "name", w->name);
    js_set_str(o, "stands", str_c(openlook_word(w->stand)));
    js_set_i64(o, "percent", w->percent);
    js_set_i64(o, "skills_needed", w->needs);
    for (size_t i = 0; i < w->missing_n; i++)
        js_push_str(missing, w->missing[i]);
    js_set(o, "missing", missing);
    if (w->member == NULL)
        return o;
    js_set_str(o, "rule", w->member->rule_code);
    js_set_str(o, "evidence", w->member->evidence_ids);
    js_set_i64(o, "granted_ms", w->member->granted_ms);
    js_set_i64(o, "opened_ms", w->member->opened_ms);
    js_set_str(o, "receipt", w->member->receipt);
    js_set_i64(o, "receipt_ms", w->member->receipt_ms);
    return o;
}

static void one_json(struct gates *g, const struct openlook *k)
{
    struct arena *a = g->c->a;
    struct js *o = js_object(a), *who = js_array(a);
    js_set_i64(o, "opening", k->row.o.opening_id);
    js_set_str(o, "unit", k->row.o.unit);
    js_set_i64(o, "percent", k->row.o.percent);
    js_set_str(o, "way", k->row.o.way);
    js_set_str(o, "opens", k->row.o.title);
    js_set_str(o, "state", k->row.o.state);
    js_set_str(o, "lock", k->row.o.lock_state);
    js_set_str(o, "lms_key", k->row.o.lms_key);
    js_set_str(o, "error", k->row.o.error);
    for (size_t i = 0; i < k->who_n; i++)
        js_push(who, who_json(a, &k->who[i]));
    js_set(o, "who", who);
    js_push(g->list, o);
}

static void one_person(struct arena *a, const struct openlook_who *w)
{
    struct str missing = STR_EMPTY;
    for (size_t i = 0; i < w->missing_n; i++)
        missing = str_fmt(a, "%.*s%s%.*s", STR_ARG(missing), i > 0 ? ", " : "",
                          STR_ARG(w->missing[i]));
    printf("  %-12s %3lld %%  %.*s", openlook_word(w->stand), (long long)w->percent,
           STR_ARG(cmd_shown(a, w->name)));
    if (w->member != NULL && w->member->receipt.n > 0)
        printf("  (%.*s, %.*s)", STR_ARG(cmd_shown(a, w->member->receipt)),
               STR_ARG(cmd_time(a, w->member->receipt_ms)));
    else if (w->member == NULL && w->missing_n > 0)
        printf("  missing: %.*s", STR_ARG(cmd_shown(a, missing)));
    printf("\n");
}

static void one_text(struct gates *g, const struct openlook *k)
{
    const struct opening *o = &k->row.o;
    struct arena *a = g->c->a;
    printf("%.*s, %lld %%: %.*s  by %.*s, %.*s%s%.*s\n",
           STR_ARG(cmd_shown(a, k->row.unit_title.n > 0 ? k->row.unit_title : o->unit)),
           (long long)o->percent,
           STR_ARG(cmd_shown(a, o->title.n > 0 ? o->title : STR("(chosen there)"))),
           STR_ARG(o->way), STR_ARG(o->state), o->error.n > 0 ? ": " : "",
           STR_ARG(cmd_shown(a, o->error)));
    for (size_t i = 0; i < k->who_n; i++)
        if (k->who[i].stand != OPENLOOK_FAR)
            one_person(a, &k->who[i]);
    if (k->row.counts[OPENLOOK_FAR] > 0)
        printf("  and %lld who are not near\n", (long long)k->row.counts[OPENLOOK_FAR]);
}

/* One after the other: a class of everybody for each. */
static int show(struct gates *g, struct err *e)
{
    struct openlook_list all;
    if (openlook_list(&g->l, 0, &all, e) != 0)
        return -1;
    for (size_t i = 0; i < all.n; i++) {
        struct openlook k;
        int found = openlook_read(&g->l, all.rows[i].o.opening_id, 0, &k, e);
        if (found < 0)
            return -1;
        if (found == 1 && g->list != NULL)
            one_json(g, &k);
        else if (found == 1)
            one_text(g, &k);
    }
    if (all.n == 0 && g->list == NULL)
        printf("Nothing opens in this course (a teacher chooses: What opens when).\n");
    return 0;
}

static int ask(struct gates *g, struct err *e)
{
    struct job_in check = {.tenant_id = g->l.tenant_id,
                           .kind = STR("open.check"),
                           .key = str_fmt(g->c->a, "%lld", (long long)g->l.course_id),
                           .urgent = true};
    if (recompute_enqueue(&g->l, e) != 0 || openings_ask(&g->l, e) != 0 ||
        job_add(g->c->db, &g->c->env, &check, NULL, e) < 0)
        return -1;
    fprintf(stderr, "Students who reached it are let in, and what is open is compared; "
                    "`waymark status` shows the jobs.\n");
    return 0;
}

static int run(struct cmd_ctx *c, int64_t course_id, bool dry, bool json)
{
    struct err e = {0};
    struct course course;
    int found = course_get(c->db, c->a, 0, course_id, &course, &e);
    if (found < 0)
        return cmd_fail(&e);
    if (found == 0) {
        fprintf(stderr, "waymark gates: there is no such course (see: waymark course "
                        "list)\n");
        return CMD_FAILED;
    }
    struct gates g = {.c = c,
                      .l = {.db = c->db,
                            .env = &c->env,
                            .a = c->a,
                            .keys = &c->keys,
                            .tenant_id = course.tenant_id,
                            .course_id = course.id},
                      .list = json ? js_array(c->a) : NULL};
    if (show(&g, &e) != 0 || (!dry && ask(&g, &e) != 0))
        return cmd_fail(&e);
    if (json)
        cmd_print_json(c->a, g.list);
    return CMD_OK;
}

int cmd_gates(const struct cmd *self, int argc, char **argv)
{
    const char *path = NULL;
    int64_t course = 0;
    bool dry = false, json = false;
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
        {"--course", "ID", ARG_INT, &course, false, "the course (needed)"},
        {"--dry-run", NULL, ARG_FLAG, &dry, false, "only show; nothing is sent"},
        {"--json", NULL, ARG_FLAG, &json, false, "for programs"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 0);
    if (rc != 0)
        return cmd_args_status(rc);
    if (course == 0) {
        fprintf(stderr, "waymark gates: --course ID is needed (see: waymark course "
                        "list)\n");
        return CMD_USAGE;
    }
    struct cmd_ctx c = {0};
    int status =
        cmd_open(&c, path, CMD_KEYS) == 0 ? run(&c, course, dry, json) : CMD_FAILED;
    cmd_close(&c);
    return status;
}
