/* `waymark exposures`: what was recommended, and how it ended. */
#include "cmd/cmd.h"

#include "learn/closings.h"

#define LIST_MAX 100000
#define DAY_MS (INT64_C(24) * 3600 * 1000)

struct opts {
    int64_t days;
    bool json, close;
};

static struct js *sums_json(struct arena *a, const struct closings_row *r)
{
    struct js *o = js_object(a);
    js_set_str(o, "reason", r->reason);
    js_set_i64(o, "n", r->n);
    js_set_i64(o, "taken", r->taken);
    js_set_i64(o, "swapped", r->swapped);
    js_set_i64(o, "ignored", r->ignored);
    js_set_i64(o, "with_result", r->result_n);
    js_set_num(o, "mean_result", r->result);
    js_set_num(o, "mean_gain", r->gain);
    return o;
}

static struct js *one_json(struct arena *a, const struct closing *c)
{
    struct js *o = js_object(a);
    js_set_i64(o, "person", c->person_id);
    js_set_str(o, "skill", c->skill_code);
    js_set_i64(o, "first_ms", c->first_ms);
    js_set_i64(o, "exposure", c->exposure_id);
    js_set_i64(o, "activity", c->activity_id);
    js_set_i64(o, "rank", c->rank);
    js_set_i64(o, "views", c->views);
    js_set_str(o, "reason", c->reason);
    js_set_num(o, "propensity", c->propensity);
    js_set_str(o, "arm", c->arm);
    js_set_num(o, "arm_share", c->arm_share);
    js_set_str(o, "fate", c->fate);
    if (c->by_ms != 0) {
        js_set_i64(o, "by_evidence", c->by_id);
        js_set_i64(o, "by_ms", c->by_ms);
    }
    if (c->has_p) {
        js_set_num(o, "p_before", c->p_before);
        js_set_num(o, "p_after", c->p_after);
    }
    if (c->next_id != 0) {
        js_set_i64(o, "next_evidence", c->next_id);
        js_set_i64(o, "next_ms", c->next_ms);
        js_set_num(o, "next_share", c->next_share);
    }
    js_set_i64(o, "closed_ms", c->closed_ms);
    return o;
}

static int print_json(struct learn *l, const struct opts *o, const struct closings *all,
                      struct err *e)
{
    struct js *top = js_object(l->a), *sums = js_array(l->a), *list = js_array(l->a);
    struct closing *rows;
    size_t n;
    if (closing_list(l->db, l->a, l->tenant_id, l->course_id,
                     env_now_ms(l->env) - o->days * DAY_MS, LIST_MAX, &rows, &n, e) < 0)
        return -1;
    for (size_t i = 0; i < all->n; i++)
        js_push(sums, sums_json(l->a, &all->rows[i]));
    for (size_t i = 0; i < n; i++)
        js_push(list, one_json(l->a, &rows[i]));
    js_set_i64(top, "days", o->days);
    js_set(top, "all", sums_json(l->a, &all->all));
    js_set(top, "by_reason", sums);
    js_set(top, "offers", list);
    cmd_print_json(l->a, top);
    return 0;
}

static void print_row(struct str name, const struct closings_row *r)
{
    printf("%-10.*s %7lld %7lld %8lld %8lld", STR_ARG(name), (long long)r->n,
           (long long)r->taken, (long long)r->swapped, (long long)r->ignored);
    if (r->result_n > 0)
        printf("   %3.0f %% (of %lld)", 100.0 * r->result, (long long)r->result_n);
    printf("\n");
}

static void print_text(const struct opts *o, const struct closings *all)
{
    if (all->all.n == 0) {
        printf("No offer of the last %lld days is over yet (a week, and two days for "
               "late results).\n",
               (long long)o->days);
        return;
    }
    printf("%-10s %7s %7s %8s %8s   %s\n", "reason", "offers", "taken", "swapped",
           "ignored", "next result of those taken");
    for (size_t i = 0; i < all->n; i++)
        print_row(all->rows[i].reason.n > 0 ? all->rows[i].reason : STR("(older)"),
                  &all->rows[i]);
    print_row(STR("all"), &all->all);
    printf("One offer: a skill, a person, a week, however often it was seen. These are "
           "counts, no proof that advice helped.\n");
}

static int run(struct cmd_ctx *c, int64_t course, const struct opts *o)
{
    struct err e = {0};
    struct learn l;
    struct closings all;
    size_t added;
    int status = cmd_at_course(c, "exposures", course, &l);
    if (status != CMD_OK)
        return status;
    if (o->close && closings_course(&l, &added, &e) < 0)
        return cmd_fail(&e);
    if (o->close)
        fprintf(stderr, "%zu offers closed now.\n", added);
    if (closings_read(&l, o->days, &all, &e) < 0)
        return cmd_fail(&e);
    if (!o->json)
        print_text(o, &all);
    else if (print_json(&l, o, &all, &e) < 0)
        return cmd_fail(&e);
    return CMD_OK;
}

int cmd_exposures(const struct cmd *self, int argc, char **argv)
{
    const char *path = NULL;
    int64_t course = 0;
    struct opts o = {.days = CLOSINGS_DAYS};
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
        {"--course", "ID", ARG_INT, &course, true, "the course"},
        {"--days", "N", ARG_INT, &o.days, false,
         "offers first seen in the last N days (28)"},
        {"--close", NULL, ARG_FLAG, &o.close, false,
         "close now what is over, without waiting for the night"},
        {"--json", NULL, ARG_FLAG, &o.json, false, "for programs: with every offer"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 0);
    if (rc != 0)
        return cmd_args_status(rc);
    if (o.days < 1 || o.days > 3650) {
        fprintf(stderr, "waymark exposures: --days is a number from 1 to 3650\n");
        return CMD_USAGE;
    }
    struct cmd_ctx c = {0};
    int status = cmd_open(&c, path, CMD_KEYS) == 0 ? run(&c, course, &o) : CMD_FAILED;
    cmd_close(&c);
    return status;
}
