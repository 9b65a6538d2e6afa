/* waymark fit: models fitted to what students answered. */
#include "cmd/cmd.h"

#include "engine/transit.h"
#include "learn/fitting.h"
#include "store/mapstore.h"

#include <string.h>

#define LISTED 50
#define ARENA_N ((size_t)4 << 30)

static struct js *measure_json(struct arena *a, const struct measure *m)
{
    struct js *o = js_object(a);
    js_set_num(o, "accuracy", m->accuracy);
    js_set_num(o, "auc", m->auc);
    js_set_num(o, "ece", m->ece);
    js_set_num(o, "log_loss", m->log_loss);
    return o;
}

static struct js *trial_json(struct arena *a, const struct fitting_trial *t)
{
    struct js *o = js_object(a);
    js_set_str(o, "kind", str_c(fitted_kind_name(t->kind)));
    js_set_bool(o, "passed", t->passed);
    js_set_bool(o, "sound", t->sound);
    js_set_num(o, "gain", t->gain);
    js_set_num(o, "gain_se", t->gain_se);
    js_set(o, "before", measure_json(a, &t->before));
    js_set(o, "after", measure_json(a, &t->after));
    js_set_str(o, "why", str_c(t->why));
    js_set_i64(o, "model", t->model_id);
    return o;
}

static void print_json(struct arena *a, const struct fitting *f)
{
    struct js *o = js_object(a), *trials = js_array(a);
    for (int k = 0; k < FITTED_KINDS; k++)
        if (f->trials[k].tried)
            js_push(trials, trial_json(a, &f->trials[k]));
    js_set_str(o, "map", f->map_code);
    js_set_i64(o, "answers", f->rows);
    js_set_i64(o, "people", f->persons);
    js_set_i64(o, "held_answers", f->held_rows);
    js_set_i64(o, "held_people", f->held_persons);
    js_set_i64(o, "courses", (int64_t)f->courses);
    js_set_bool(o, "few", f->few);
    js_set(o, "models", trials);
    js_set_i64(o, "set", f->set_id);
    js_set_i64(o, "courses_changed", (int64_t)f->changed);
    cmd_print_json(a, o);
}

static void print_trial(const struct fitting_trial *t)
{
    printf("  %-8s log loss %.4f -> %.4f", fitted_kind_name(t->kind), t->before.log_loss,
           t->after.log_loss);
    if (t->kind != FITTED_TRANSIT)
        printf(", AUC %.3f -> %.3f, ECE %.3f -> %.3f", t->before.auc, t->after.auc,
               t->before.ece, t->after.ece);
    printf("; gain %.4f +- %.4f a student: %s\n", t->gain, t->gain_se, t->why);
}

static void print_text(const struct fitting *f, bool dry_run)
{
    printf("%.*s: %lld answers of %lld students in %zu courses; %lld students held out\n",
           STR_ARG(f->map_code), (long long)f->rows, (long long)f->persons, f->courses,
           (long long)f->held_persons);
    if (f->few) {
        printf("  too few: at least %d answers of %d students are needed; the map's own "
               "numbers stand\n",
               FITTING_ROWS_MIN, FITTING_PERSONS_MIN);
        return;
    }
    for (int k = 0; k < FITTED_KINDS; k++)
        if (f->trials[k].tried)
            print_trial(&f->trials[k]);
    if (f->persons < TRANSIT_PEOPLE_MIN)
        printf("  transit  needs %d students\n", TRANSIT_PEOPLE_MIN);
    if (dry_run)
        printf("  a dry run: nothing was kept\n");
    else if (f->changed > 0)
        printf("  in force for %zu courses; everybody is being worked out anew\n",
               f->changed);
    else
        printf("  what stood before stands\n");
}

static int run(struct cmd_ctx *c, int64_t course, bool dry_run, bool json)
{
    struct err e = {0};
    struct learn l;
    struct fitting f;
    struct fitting_ask ask = {.dry_run = dry_run, .by_whom = STR("fit")};
    int status = cmd_at_course(c, "fit", course, &l);
    if (status != CMD_OK)
        return status;
    struct arena *a = arena_new(ARENA_N);
    l.a = a;
    if (fitting_run(&l, &ask, &f, &e) != 0)
        status = cmd_fail(&e);
    else if (json)
        print_json(c->a, &f);
    else
        print_text(&f, dry_run);
    arena_free(a);
    return status;
}

static int current(struct learn *l, struct map_row *row, struct err *e)
{
    int found = mapstore_current(l->db, l->a, l->tenant_id, l->course_id, row, e);
    return found == 0 ? err_set(e, ERR_NOTFOUND, "the course has no map") : found - 1;
}

static bool in_force(const struct fitted_set *s, int64_t model_id)
{
    for (int k = 0; k < FITTED_KINDS; k++)
        if (s->ids[k] == model_id)
            return true;
    return false;
}

static void list_json(struct arena *a, const struct fitted_model *v, size_t n,
                      const struct fitted_set *s)
{
    struct js *list = js_array(a);
    for (size_t i = 0; i < n; i++) {
        struct js *o = js_object(a);
        js_set_i64(o, "model", v[i].model_id);
        js_set_str(o, "kind", str_c(fitted_kind_name(v[i].kind)));
        js_set_bool(o, "in_force", in_force(s, v[i].model_id));
        js_set_bool(o, "passed", v[i].passed);
        js_set_i64(o, "answers", v[i].rows);
        js_set_i64(o, "people", v[i].persons);
        js_set_i64(o, "created_ms", v[i].created_ms);
        js_set(o, "figures", js_parse(a, v[i].figures, v[i].figures.n, 8, NULL));
        js_push(list, o);
    }
    cmd_print_json(a, list);
}

static int list(struct cmd_ctx *c, int64_t course, bool json)
{
    struct err e = {0};
    struct learn l;
    struct map_row row;
    struct fitted_model *v;
    struct fitted_set s;
    size_t n;
    int status = cmd_at_course(c, "fit", course, &l);
    if (status != CMD_OK)
        return status;
    if (current(&l, &row, &e) < 0 ||
        fitted_list(l.db, l.a, l.tenant_id, row.map_code, LISTED, &v, &n, &e) < 0 ||
        fitted_set_last(l.db, l.a, l.tenant_id, row.map_code, &s, &e) < 0)
        return cmd_fail(&e);
    if (json) {
        list_json(c->a, v, n, &s);
        return CMD_OK;
    }
    for (size_t i = 0; i < n; i++) {
        const struct js *o = js_parse(c->a, v[i].figures, v[i].figures.n, 8, NULL);
        printf("%lld  %-8s %.*s  %8lld answers  %s  %.*s\n", (long long)v[i].model_id,
               fitted_kind_name(v[i].kind), STR_ARG(cmd_time(c->a, v[i].created_ms)),
               (long long)v[i].rows,
               in_force(&s, v[i].model_id) ? "in force" : "kept    ",
               STR_ARG(js_text(o, "why")));
    }
    if (n == 0)
        printf("nothing was fitted yet\n");
    return CMD_OK;
}

/* One word of `fit use`: a model's id, or "none". */
static int choose(struct learn *l, const struct map_row *row, const char *word,
                  int64_t ids[FITTED_KINDS], struct err *e)
{
    struct fitted_model m;
    int64_t id;
    if (strcmp(word, "none") == 0) {
        for (int k = 0; k < FITTED_KINDS; k++)
            ids[k] = 0;
        return 0;
    }
    if (!str_i64(str_c(word), &id))
        return err_set(e, ERR_INPUT,
                       "say a model's number (see: waymark fit list), or "
                       "none");
    int found = fitted_get(l->db, l->a, l->tenant_id, id, &m, e);
    if (found < 0)
        return -1;
    if (found == 0 || !str_eq(m.map_code, row->map_code) || m.kind == FITTED_KINDS)
        return err_set(e, ERR_NOTFOUND, "this map has no model %lld", (long long)id);
    ids[m.kind] = id;
    return 0;
}

static int use(struct cmd_ctx *c, int64_t course, const struct arg_list *words, bool json)
{
    struct err e = {0};
    struct learn l;
    struct map_row row;
    struct fitted_set s;
    int64_t set_id;
    size_t changed;
    int status = cmd_at_course(c, "fit", course, &l);
    if (status != CMD_OK)
        return status;
    if (current(&l, &row, &e) < 0 ||
        fitted_set_last(l.db, l.a, l.tenant_id, row.map_code, &s, &e) < 0)
        return cmd_fail(&e);
    for (size_t i = 1; i < words->n; i++)
        if (choose(&l, &row, words->v[i], s.ids, &e) < 0)
            return cmd_fail(&e);
    if (fitting_use(&l, row.map_code, s.ids, STR("command line"), &set_id, &changed,
                    &e) != 0)
        return cmd_fail(&e);
    if (json) {
        struct js *o = js_object(c->a);
        js_set_i64(o, "set", set_id);
        js_set_i64(o, "courses_changed", (int64_t)changed);
        cmd_print_json(c->a, o);
    } else {
        printf("In force for %zu courses; everybody is being worked out anew.\n",
               changed);
    }
    return CMD_OK;
}

static int run_sub(struct cmd_ctx *c, const struct arg_list *rest, int64_t course,
                   bool dry_run, bool json)
{
    if (rest->n == 0)
        return run(c, course, dry_run, json);
    return strcmp(rest->v[0], "list") == 0 ? list(c, course, json)
                                           : use(c, course, rest, json);
}

int cmd_fit(const struct cmd *self, int argc, char **argv)
{
    const char *path = NULL;
    int64_t course = 0;
    bool dry_run = false, json = false;
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
        {"--course", "ID", ARG_INT, &course, true, "the course whose map is meant"},
        {"--dry-run", NULL, ARG_FLAG, &dry_run, false, "try, and keep nothing"},
        {"--json", NULL, ARG_FLAG, &json, false, "print JSON"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest,
                      1 + FITTED_KINDS);
    if (rc != 0)
        return cmd_args_status(rc);
    bool is_use = rest.n > 1 && strcmp(rest.v[0], "use") == 0;
    bool is_list = rest.n == 1 && strcmp(rest.v[0], "list") == 0;
    if (rest.n > 0 && !is_use && !is_list) {
        fprintf(stderr, "waymark fit: say %s\n", self->usage);
        return CMD_USAGE;
    }
    struct cmd_ctx c = {0};
    int status = cmd_open(&c, path, CMD_KEYS) == 0
                     ? run_sub(&c, &rest, course, dry_run, json)
                     : CMD_FAILED;
    cmd_close(&c);
    return status;
}
