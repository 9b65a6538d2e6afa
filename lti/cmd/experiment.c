/* `waymark experiment`: plan, register, approve, start, look at and end a comparison. */
#include "cmd/cmd.h"

#include "engine/expdoc.h"
#include "learn/triallook.h"

struct opts {
    struct arg_list courses;
    const char *by, *why;
    bool json;
    const char *what; /* FILE or ID */
    int64_t ids[EXPERIMENTS_COURSES];
    size_t ids_n;
};

/* ---- helpers --------------------------------------------------------------------- */

/* The courses that --course named; `l` is of their tenant. */
static int read_courses(struct cmd_ctx *c, struct opts *o, struct learn *l)
{
    *l = (struct learn){.db = c->db, .env = &c->env, .a = c->a, .keys = &c->keys};
    if (o->courses.n > EXPERIMENTS_COURSES) {
        fprintf(stderr, "waymark experiment: at most %d courses\n", EXPERIMENTS_COURSES);
        return CMD_USAGE;
    }
    for (size_t i = 0; i < o->courses.n; i++) {
        struct learn one;
        if (!str_i64(str_c(o->courses.v[i]), &o->ids[i])) {
            fprintf(stderr, "waymark experiment: --course takes a number\n");
            return CMD_USAGE;
        }
        int status = cmd_at_course(c, "experiment", o->ids[i], &one);
        if (status != CMD_OK)
            return status;
        l->tenant_id = one.tenant_id;
    }
    o->ids_n = o->courses.n;
    return CMD_OK;
}

static int need_courses(const struct opts *o)
{
    if (o->courses.n > 0)
        return CMD_OK;
    fprintf(stderr, "waymark experiment: name the courses: --course ID, once each\n");
    return CMD_USAGE;
}

static int need_by(const struct opts *o)
{
    if (o->by != NULL)
        return CMD_OK;
    fprintf(stderr, "waymark experiment: say who decides: --by NAME\n");
    return CMD_USAGE;
}

static int need_id(const struct opts *o, int64_t *id)
{
    if (o->what != NULL && str_i64(str_c(o->what), id))
        return CMD_OK;
    fprintf(stderr,
            "waymark experiment: which one? An ID of `waymark experiment list`\n");
    return CMD_USAGE;
}

static int read_plan(struct cmd_ctx *c, const struct opts *o, struct str *text,
                     const struct experiment_plan **plan)
{
    struct err e = {0};
    if (o->what == NULL) {
        fprintf(stderr, "waymark experiment: which file? (- is standard input)\n");
        return CMD_USAGE;
    }
    if (cmd_read_file(c->a, o->what, EXPDOC_MAX_BYTES, text, &e) != 0)
        return cmd_fail(&e);
    *plan = expdoc_read(c->a, *text, &e);
    return *plan != NULL ? CMD_OK : cmd_fail(&e);
}

static const char *unit_word(const struct experiment_plan *p)
{
    return p->unit == EXPERIMENT_COURSE ? "courses" : "persons";
}

/* ---- plan, register -------------------------------------------------------------- */

static void print_need(const struct experiment_plan *p, const struct opts *o,
                       const struct experiments_need *n)
{
    printf("To find a difference of %g in %.*s with power %g at alpha %g, two-sided,\n"
           "with %d look%s: %lld %s, arm by arm",
           p->effect, STR_ARG(p->metric), p->power, p->alpha, p->looks.n,
           p->looks.n == 1 ? "" : "s", (long long)n->need.units, unit_word(p));
    for (int32_t i = 0; i < p->arm_n; i++)
        printf("%s %lld", i > 0 ? "," : "", (long long)n->need.arm[i]);
    printf(".\nLooking early costs %.1f %%; alikeness within courses a factor of %.2f.\n",
           100.0 * (n->need.inflation - 1.0), n->need.design);
    if (o->ids_n == 0)
        return;
    printf("There are %lld: %s. They would find it with power %.2f.\n",
           (long long)n->there,
           n->there >= n->need.units ? "enough" : "NOT ENOUGH, a start would be refused",
           n->power);
}

static int do_plan(struct cmd_ctx *c, struct opts *o)
{
    const struct experiment_plan *p = NULL;
    struct experiments_need n;
    struct str text = STR_EMPTY;
    struct learn l;
    struct err e = {0};
    int status = read_plan(c, o, &text, &p);
    status = status == CMD_OK ? read_courses(c, o, &l) : status;
    if (status != CMD_OK || p == NULL)
        return status;
    if (experiments_plan(&l, p, o->ids, o->ids_n, &n, &e) != 0)
        return cmd_fail(&e);
    if (!o->json) {
        print_need(p, o, &n);
        return CMD_OK;
    }
    struct js *j = js_object(c->a);
    js_set_i64(j, "needed", n.need.units);
    js_set_i64(j, "there", n.there);
    js_set_num(j, "power", n.power);
    js_set_num(j, "inflation", n.need.inflation);
    js_set_num(j, "design_effect", n.need.design);
    cmd_print_json(c->a, j);
    return CMD_OK;
}

static int do_register(struct cmd_ctx *c, struct opts *o)
{
    const struct experiment_plan *p = NULL;
    struct str text = STR_EMPTY;
    struct learn l;
    struct err e = {0};
    int64_t id;
    int status = need_by(o) != CMD_OK || need_courses(o) != CMD_OK ? CMD_USAGE : CMD_OK;
    status = status == CMD_OK ? read_plan(c, o, &text, &p) : status;
    status = status == CMD_OK ? read_courses(c, o, &l) : status;
    if (status != CMD_OK)
        return status;
    if (experiments_register(&l, text, o->ids, o->ids_n, str_c(o->by), &id, &e) != 0)
        return cmd_fail(&e);
    if (o->json) {
        struct js *j = js_object(c->a);
        js_set_i64(j, "id", id);
        cmd_print_json(c->a, j);
        return CMD_OK;
    }
    printf("Registered as %lld. Nothing happens before somebody else than %s approves:\n"
           "  waymark experiment approve %lld --by NAME\n",
           (long long)id, o->by, (long long)id);
    return CMD_OK;
}

/* ---- approve, start, stop -------------------------------------------------------- */

static struct learn plain(struct cmd_ctx *c)
{
    return (struct learn){.db = c->db, .env = &c->env, .a = c->a, .keys = &c->keys};
}

static int do_approve(struct cmd_ctx *c, struct opts *o)
{
    struct learn l = plain(c);
    struct err e = {0};
    int64_t id;
    if (need_id(o, &id) != CMD_OK || need_by(o) != CMD_OK)
        return CMD_USAGE;
    if (experiments_approve(&l, id, str_c(o->by), &e) != 0)
        return cmd_fail(&e);
    printf("Approved by %s.\n", o->by);
    return CMD_OK;
}

static int do_start(struct cmd_ctx *c, struct opts *o)
{
    struct learn l = plain(c);
    struct experiments_row x;
    struct err e = {0};
    int64_t id;
    if (need_id(o, &id) != CMD_OK || need_by(o) != CMD_OK)
        return CMD_USAGE;
    if (experiments_start(&l, id, str_c(o->by), &e) != 0 ||
        experiments_get(&l, id, &x, &e) != 1)
        return cmd_fail(&e);
    printf("It runs, with %lld %s; their next steps are being worked out.\n",
           (long long)x.t.units, unit_word(x.plan));
    return CMD_OK;
}

static int do_stop(struct cmd_ctx *c, struct opts *o)
{
    struct learn l = plain(c);
    struct err e = {0};
    int64_t id;
    if (need_id(o, &id) != CMD_OK || need_by(o) != CMD_OK)
        return CMD_USAGE;
    if (o->why == NULL) {
        fprintf(stderr, "waymark experiment: say why: --why TEXT\n");
        return CMD_USAGE;
    }
    if (experiments_stop(&l, id, str_c(o->by), str_c(o->why), &e) != 0)
        return cmd_fail(&e);
    printf("It is over; everybody gets what is usual.\n");
    return CMD_OK;
}

/* ---- look ------------------------------------------------------------------------ */

static const char *word_text(enum experiment_word word)
{
    static const char *const texts[] = {
        [EXPERIMENT_TOO_LITTLE] = "not enough data",
        [EXPERIMENT_GO_ON] = "no sign yet; it goes on",
        [EXPERIMENT_BETTER] = "better than what is usual: the question is answered",
        [EXPERIMENT_WORSE] = "worse than what is usual: it has been ended",
        [EXPERIMENT_NO_SIGN] = "the last look passed without a sign of a difference",
        [EXPERIMENT_BROKEN] = "the arms' sizes cannot be chance: no result may be read",
    };
    return texts[word];
}

static void print_look(const struct experiment_plan *p, const struct experiment_look *k)
{
    printf("Look %d of %d at %.0f %% of the outcomes; |z| must pass %.3f.\n", k->number,
           p->looks.n, 100.0 * k->at, k->bound);
    for (int32_t i = 0; i < p->arm_n; i++) {
        const struct experiment_result *r = &k->arms[i];
        printf("  %-16.*s n %lld of %lld, mean %.4f", STR_ARG(p->arms[i].code),
               (long long)r->n, (long long)k->balance.n[i], r->mean);
        if (i > 0 && k->number > 0)
            printf(", difference %+.4f (%.4f to %.4f), z %.3f", r->difference, r->low,
                   r->high, r->z);
        printf("\n");
    }
    printf("Sizes of the arms: p %.3f%s.\n", k->balance.p,
           k->balance.uneven ? "; they were uneven before the start" : "");
    printf("%s.\n", word_text(k->word));
}

static int do_look(struct cmd_ctx *c, struct opts *o)
{
    struct learn l = plain(c);
    struct experiments_row x;
    struct experiment_look look;
    struct err e = {0};
    int64_t id;
    if (need_id(o, &id) != CMD_OK || need_by(o) != CMD_OK)
        return CMD_USAGE;
    if (triallook_look(&l, id, str_c(o->by), &look, &e) != 0 ||
        experiments_get(&l, id, &x, &e) != 1)
        return cmd_fail(&e);
    print_look(x.plan, &look);
    return CMD_OK;
}

/* ---- list, show ------------------------------------------------------------------ */

static struct js *row_json(struct arena *a, const struct trial *t)
{
    struct js *o = js_object(a);
    js_set_i64(o, "id", t->id);
    js_set_str(o, "code", t->code);
    js_set_str(o, "state", t->state);
    js_set_str(o, "registered_by", t->registered_by);
    js_set_i64(o, "registered_ms", t->registered_ms);
    js_set_str(o, "approved_by", t->approved_by);
    js_set_i64(o, "approved_ms", t->approved_ms);
    js_set_str(o, "started_by", t->started_by);
    js_set_i64(o, "started_ms", t->started_ms);
    js_set_i64(o, "units", t->units);
    js_set_str(o, "ended_by", t->ended_by);
    js_set_i64(o, "ended_ms", t->ended_ms);
    js_set_str(o, "ended_why", t->ended_why);
    return o;
}

static int do_list(struct cmd_ctx *c, struct opts *o)
{
    struct trial *rows;
    struct err e = {0};
    size_t n;
    if (trial_all(c->db, c->a, &rows, &n, &e) != 0)
        return cmd_fail(&e);
    struct js *list = js_array(c->a);
    for (size_t i = 0; i < n; i++) {
        js_push(list, row_json(c->a, &rows[i]));
        if (!o->json)
            printf("%lld  %-12.*s %.*s\n", (long long)rows[i].id, STR_ARG(rows[i].state),
                   STR_ARG(rows[i].code));
    }
    if (o->json)
        cmd_print_json(c->a, list);
    else if (n == 0)
        printf("No experiment was ever registered.\n");
    return CMD_OK;
}

static struct js *value_json(struct arena *a, const struct offpolicy *v)
{
    struct js *o = js_object(a);
    const struct {
        const char *name;
        const struct offpolicy_estimate *est;
    } ways[] = {{"ips", &v->ips}, {"snips", &v->snips}, {"dr", &v->dr}};
    js_set_str(o, "word", str_c(offpolicy_word_name(v->word)));
    js_set_i64(o, "offers", (int64_t)v->n);
    js_set_i64(o, "persons", (int64_t)v->clusters);
    js_set_num(o, "effective_n", v->sample);
    for (size_t i = 0; v->word == OFFPOLICY_FINE && i < 3; i++) {
        struct js *one = js_object(a);
        js_set_num(one, "value", ways[i].est->value);
        js_set_num(one, "low", ways[i].est->low);
        js_set_num(one, "high", ways[i].est->high);
        js_set(o, ways[i].name, one);
    }
    return o;
}

static void print_values(const struct experiment_plan *p, const struct offpolicy *v)
{
    printf("If everybody had had it: mean gain of mastery within a week of an offer\n");
    for (int32_t i = 0; i < p->arm_n; i++) {
        printf("  %-16.*s ", STR_ARG(p->arms[i].code));
        if (v[i].word == OFFPOLICY_FINE)
            printf("%+.4f (%.4f to %.4f), doubly robust, %.0f effective offers\n",
                   v[i].dr.value, v[i].dr.low, v[i].dr.high, v[i].sample);
        else
            printf("not enough data (%s)\n", offpolicy_word_name(v[i].word));
    }
}

static int show_json(struct cmd_ctx *c, const struct experiments_row *x,
                     const struct trial_look *looks, size_t n, const struct offpolicy *v)
{
    struct js *o = row_json(c->a, &x->t), *list = js_array(c->a), *arms = js_array(c->a);
    for (size_t i = 0; i < n; i++) {
        struct js *k = js_object(c->a);
        js_set_i64(k, "number", looks[i].number);
        js_set_num(k, "information", looks[i].information);
        js_set_num(k, "bound", looks[i].bound);
        js_set_str(k, "word", looks[i].word);
        js_set(k, "report", js_parse(c->a, looks[i].report, 65536, 6, NULL));
        js_set_str(k, "by", looks[i].by);
        js_set_i64(k, "at_ms", looks[i].at_ms);
        js_push(list, k);
    }
    for (int32_t i = 0; i < x->plan->arm_n; i++) {
        struct js *arm = value_json(c->a, &v[i]);
        js_set_str(arm, "code", x->plan->arms[i].code);
        js_push(arms, arm);
    }
    js_set(o, "document", js_parse(c->a, x->t.document, EXPDOC_MAX_BYTES, 6, NULL));
    js_set(o, "looks", list);
    js_set(o, "values", arms);
    cmd_print_json(c->a, o);
    return CMD_OK;
}

static int do_show(struct cmd_ctx *c, struct opts *o)
{
    struct learn l = plain(c);
    struct experiments_row x;
    struct offpolicy v[EXPERIMENT_ARMS];
    struct trial_look *looks;
    struct err e = {0};
    size_t n;
    int64_t id;
    if (need_id(o, &id) != CMD_OK)
        return CMD_USAGE;
    int found = experiments_get(&l, id, &x, &e);
    if (found == 0) {
        fprintf(stderr, "waymark experiment: there is no %lld\n", (long long)id);
        return CMD_FAILED;
    }
    if (found < 0 || trial_looks(c->db, c->a, &x.t, &looks, &n, &e) != 0 ||
        triallook_values(&l, &x, v, &e) != 0)
        return cmd_fail(&e);
    if (o->json)
        return show_json(c, &x, looks, n, v);
    printf("%.*s: %.*s\n%.*s; registered by %.*s", STR_ARG(x.t.code),
           STR_ARG(cmd_shown(c->a, x.plan->question)), STR_ARG(x.t.state),
           STR_ARG(cmd_shown(c->a, x.t.registered_by)));
    if (x.t.approved_by.n > 0)
        printf(", approved by %.*s", STR_ARG(cmd_shown(c->a, x.t.approved_by)));
    if (x.t.started_ms > 0)
        printf(", started %.*s with %lld %s", STR_ARG(cmd_time(c->a, x.t.started_ms)),
               (long long)x.t.units, unit_word(x.plan));
    if (x.t.ended_ms > 0)
        printf(", ended %.*s (%.*s)", STR_ARG(cmd_time(c->a, x.t.ended_ms)),
               STR_ARG(cmd_shown(c->a, x.t.ended_why)));
    printf(".\n");
    for (size_t i = 0; i < n; i++)
        printf("Look %lld at %.0f %%: %.*s\n", (long long)looks[i].number,
               100.0 * looks[i].information, STR_ARG(looks[i].word));
    print_values(x.plan, v);
    return CMD_OK;
}

/* ---- the command ----------------------------------------------------------------- */

static const struct {
    const char *name;
    int (*run)(struct cmd_ctx *c, struct opts *o);
} verbs[] = {{"plan", do_plan},   {"register", do_register}, {"approve", do_approve},
             {"start", do_start}, {"look", do_look},         {"stop", do_stop},
             {"list", do_list},   {"show", do_show}};
#define VERBS_N (sizeof(verbs) / sizeof(verbs[0]))

int cmd_experiment(const struct cmd *self, int argc, char **argv)
{
    const char *path = NULL;
    struct opts o = {.what = NULL};
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
        {"--course", "ID", ARG_LIST, &o.courses, false,
         "where it runs (plan, register); once for each course"},
        {"--by", "NAME", ARG_TEXT, &o.by, false, "who decides; it is kept"},
        {"--why", "TEXT", ARG_TEXT, &o.why, false, "why it ends (stop)"},
        {"--json", NULL, ARG_FLAG, &o.json, false, "for programs"},
    };
    struct arg_list rest = {.n = 0};
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 2);
    if (rc != 0)
        return cmd_args_status(rc);
    size_t at = 0;
    while (rest.n > 0 && at < VERBS_N && !str_is(str_c(rest.v[0]), verbs[at].name))
        at++;
    if (rest.n == 0 || at == VERBS_N) {
        cmd_help(stderr, self, table, sizeof table / sizeof *table);
        return CMD_USAGE;
    }
    o.what = rest.n > 1 ? rest.v[1] : NULL;
    struct cmd_ctx c = {0};
    int status = cmd_open(&c, path, CMD_KEYS) == 0 ? verbs[at].run(&c, &o) : CMD_FAILED;
    cmd_close(&c);
    return status;
}
