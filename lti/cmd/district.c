#include "cmd/district.h"

#include "learn/demographics.h"
#include "store/district.h"
#include "store/registration.h"

#include <string.h>

struct pick {
    const char *deployment;
    int64_t tenant_id;
    size_t n;
};

static int pick_one(void *ctx, const struct deployment *d)
{
    struct pick *p = ctx;
    if (p->deployment != NULL && !str_is(d->deployment_id, p->deployment))
        return 0;
    p->tenant_id = d->tenant_id;
    p->n++;
    return 0;
}

int district_tenant(struct cmd_ctx *c, int64_t platform, const char *deployment,
                    struct learn *l)
{
    struct err e = {0};
    struct pick p = {.deployment = deployment};
    if (registration_each_deployment(c->db, c->a, platform, pick_one, &p, &e) != 0)
        return cmd_fail(&e);
    if (p.n != 1) {
        fprintf(stderr,
                p.n == 0
                    ? "waymark: platform %lld has no such deployment (see: waymark "
                      "platform show ID)\n"
                    : "waymark: platform %lld has several deployments: say which one "
                      "with --deployment\n",
                (long long)platform);
        return CMD_FAILED;
    }
    *l = (struct learn){c->db, &c->env, c->a, &c->keys, p.tenant_id, 0};
    return CMD_OK;
}

/* --- what is known ---------------------------------------------------------------- */

struct shown {
    struct district_org *orgs;
    struct district_session *sessions;
    struct district_class *classes;
    struct district_size *sizes;
    struct demographics_cell *cells;
    size_t orgs_n, sessions_n, classes_n, sizes_n, cells_n;
    int64_t people, known, told; /* of demographics: 0 below the least */
};

static int read_shown(struct learn *l, struct shown *s, struct err *e)
{
    struct db *db = l->db;
    int64_t t = l->tenant_id;
    return district_orgs(db, l->a, t, &s->orgs, &s->orgs_n, e) != 0 ||
                   district_sessions(db, l->a, t, &s->sessions, &s->sessions_n, e) != 0 ||
                   district_classes(db, l->a, t, &s->classes, &s->classes_n, e) != 0 ||
                   district_sizes(db, l->a, t, &s->sizes, &s->sizes_n, e) != 0 ||
                   district_persons(db, t, &s->people, &s->known, e) != 0 ||
                   demographics_cells(l, &s->cells, &s->cells_n, &s->told, e) != 0
               ? -1
               : 0;
}

static const char *ended(bool yes)
{
    return yes ? "  (ended)" : "";
}

static struct str day(struct arena *a, int64_t ms)
{
    return str_sub(cmd_time(a, ms), 0, 10);
}

static void say_sizes(struct arena *a, const struct shown *s, struct str class_key)
{
    for (size_t i = 0; i < s->sizes_n; i++)
        if (str_eq(s->sizes[i].class_key, class_key))
            printf("      %lld %.*s, %lld of them known here\n",
                   (long long)s->sizes[i].members,
                   STR_ARG(cmd_shown(a, s->sizes[i].role)),
                   (long long)s->sizes[i].known);
}

static void say_cells(struct arena *a, const struct shown *s)
{
    struct str question = STR_EMPTY;
    if (s->cells_n == 0) {
        printf("No demographics are kept.\n");
        return;
    }
    if (s->told > 0)
        printf("Demographics of %lld people, for the audit alone; "
               "small numbers are hidden:\n",
               (long long)s->told);
    else
        printf("Demographics of fewer than %d people.\n", DEMOGRAPHICS_LEAST);
    for (size_t i = 0; i < s->cells_n && s->told > 0; i++) {
        const struct demographics_cell *c = &s->cells[i];
        if (!str_eq(c->question, question))
            printf("  %.*s\n", STR_ARG(c->question));
        question = c->question;
        struct str answer =
            c->answer.n > 0 ? cmd_shown(a, c->answer) : STR("not said");
        if (c->hidden)
            printf("      %.*s: hidden\n", STR_ARG(answer));
        else
            printf("      %.*s: %lld\n", STR_ARG(answer), (long long)c->n);
    }
}

static void say_shown(struct cmd_ctx *c, const struct shown *s)
{
    printf("%zu schools and offices\n", s->orgs_n);
    for (size_t i = 0; i < s->orgs_n; i++)
        printf("  %.*s  %.*s (%.*s)%s\n", STR_ARG(cmd_shown(c->a, s->orgs[i].key)),
               STR_ARG(cmd_shown(c->a, s->orgs[i].name)),
               STR_ARG(cmd_shown(c->a, s->orgs[i].kind)), ended(s->orgs[i].ended));
    printf("%zu terms\n", s->sessions_n);
    for (size_t i = 0; i < s->sessions_n; i++)
        printf("  %.*s  %.*s (%.*s) from %.*s until before %.*s%s\n",
               STR_ARG(cmd_shown(c->a, s->sessions[i].key)),
               STR_ARG(cmd_shown(c->a, s->sessions[i].title)),
               STR_ARG(cmd_shown(c->a, s->sessions[i].kind)),
               STR_ARG(day(c->a, s->sessions[i].begins_ms)),
               STR_ARG(day(c->a, s->sessions[i].ends_ms)), ended(s->sessions[i].ended));
    printf("%zu classes\n", s->classes_n);
    for (size_t i = 0; i < s->classes_n; i++) {
        printf(
            "  %.*s  %.*s, school %.*s%s\n", STR_ARG(cmd_shown(c->a, s->classes[i].key)),
            STR_ARG(cmd_shown(c->a, s->classes[i].title)),
            STR_ARG(cmd_shown(c->a, s->classes[i].org_key)), ended(s->classes[i].ended));
        say_sizes(c->a, s, s->classes[i].key);
    }
    printf("%lld people go to classes; %lld of them are known here.\n",
           (long long)s->people, (long long)s->known);
    say_cells(c->a, s);
}

static struct js *cells_json(struct arena *a, const struct shown *s)
{
    struct js *all = js_array(a);
    for (size_t i = 0; i < s->cells_n && s->told > 0; i++) {
        struct js *o = js_object(a);
        js_set_str(o, "question", s->cells[i].question);
        js_set_str(o, "answer", s->cells[i].answer);
        js_set_bool(o, "hidden", s->cells[i].hidden);
        if (!s->cells[i].hidden)
            js_set_i64(o, "people", s->cells[i].n);
        js_push(all, o);
    }
    return all;
}

static struct js *shown_json(struct arena *a, const struct shown *s)
{
    struct js *o = js_object(a), *orgs = js_array(a), *terms = js_array(a),
              *classes = js_array(a);
    for (size_t i = 0; i < s->orgs_n; i++) {
        struct js *r = js_object(a);
        js_set_str(r, "key", s->orgs[i].key);
        js_set_str(r, "name", s->orgs[i].name);
        js_set_str(r, "type", s->orgs[i].kind);
        js_set_str(r, "parent", s->orgs[i].parent_key);
        js_set_bool(r, "ended", s->orgs[i].ended);
        js_push(orgs, r);
    }
    for (size_t i = 0; i < s->sessions_n; i++) {
        struct js *r = js_object(a);
        js_set_str(r, "key", s->sessions[i].key);
        js_set_str(r, "title", s->sessions[i].title);
        js_set_str(r, "type", s->sessions[i].kind);
        js_set_str(r, "begins", day(a, s->sessions[i].begins_ms));
        js_set_str(r, "ends", day(a, s->sessions[i].ends_ms));
        js_set_bool(r, "ended", s->sessions[i].ended);
        js_push(terms, r);
    }
    for (size_t i = 0; i < s->classes_n; i++) {
        struct js *r = js_object(a);
        js_set_str(r, "key", s->classes[i].key);
        js_set_str(r, "title", s->classes[i].title);
        js_set_str(r, "school", s->classes[i].org_key);
        js_set_bool(r, "ended", s->classes[i].ended);
        js_push(classes, r);
    }
    js_set(o, "schools", orgs);
    js_set(o, "terms", terms);
    js_set(o, "classes", classes);
    js_set_i64(o, "people", s->people);
    js_set_i64(o, "known", s->known);
    js_set(o, "demographics", cells_json(a, s));
    return o;
}

int cmd_district(const struct cmd *self, int argc, char **argv)
{
    const char *path = NULL, *deployment = NULL;
    int64_t platform = 0;
    bool json = false;
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
        {"--platform", "ID", ARG_INT, &platform, false,
         "the platform (waymark platform list)"},
        {"--deployment", "D", ARG_TEXT, &deployment, false,
         "its deployment, when it has several"},
        {"--json", NULL, ARG_FLAG, &json, false, "for programs"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 1);
    if (rc != 0)
        return cmd_args_status(rc);
    if (rest.n != 1 || strcmp(rest.v[0], "show") != 0 || platform == 0) {
        fprintf(stderr, "waymark district: say %s\n", self->usage);
        return CMD_USAGE;
    }
    struct cmd_ctx c = {0};
    struct learn l;
    struct shown s = {0};
    struct err e = {0};
    int status = CMD_FAILED;
    if (cmd_open(&c, path, CMD_DB) == 0)
        status = district_tenant(&c, platform, deployment, &l);
    if (status == CMD_OK && read_shown(&l, &s, &e) != 0)
        status = cmd_fail(&e);
    else if (status == CMD_OK && json)
        cmd_print_json(c.a, shown_json(c.a, &s));
    else if (status == CMD_OK)
        say_shown(&c, &s);
    cmd_close(&c);
    return status;
}
