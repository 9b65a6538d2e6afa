#include "sync/steps.h"

#include "base/map.h"
#include "store/source.h"

struct collect {
    struct pull *p;
    struct vec rows;     /* struct activities_in */
    struct map *maximum; /* course-module id -> double */
};

static int on_quiz(void *ctx, const struct lms_quiz *q, struct err *e)
{
    struct collect *c = ctx;
    double *maximum = ARENA_NEW(c->p->page, double);
    (void)e;
    *maximum = q->maximum;
    if (q->maximum > 0)
        map_put(c->maximum, q->key, maximum);
    return 0;
}

/* Kinds of Waymark's own; the rest is "other". */
static struct str kind_of(struct str lms_kind)
{
    static const char *const known[] = {"quiz", "assign", "page", "url", "lti"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_is(lms_kind, known[i]))
            return str_c(known[i]);
    return STR("other");
}

/* A label has no page of its own: nobody can be sent there. */
static int on_activity(void *ctx, const struct lms_activity *r, struct err *e)
{
    struct collect *c = ctx;
    struct arena *a = c->p->page;
    (void)e;
    if (r->url.n == 0)
        return 0;
    struct activities_in *in = vec_push(&c->rows);
    const double *maximum = map_get(c->maximum, r->key);
    in->row = (struct activity){
        .title = str_dup(a, r->title),
        .kind = kind_of(r->kind),
        .url = str_dup(a, r->url),
        .due_ms = r->due_ms,
        .opens_ms = r->opens_ms,
        .has_maximum = maximum != NULL,
        .maximum = maximum != NULL ? *maximum : 0,
        .visible = r->visible,
        .position = r->position,
    };
    in->alias[0] = (struct activities_name){STR("moodle-cm"), str_dup(a, r->key)};
    in->alias[1] = (struct activities_name){str_fmt(a, "moodle-%.*s", STR_ARG(r->kind)),
                                            str_dup(a, r->instance)};
    in->alias_n = r->instance.n > 0 ? 2 : 1;
    return 0;
}

int catalogue_step(struct pull *p, struct err *e)
{
    if ((p->can & LMS_CATALOGUE) == 0)
        return 0;
    struct collect c = {.p = p, .maximum = map_new(p->page)};
    struct learn l = pull_learn(p, p->page);
    struct activities_counts counts = {0};
    vec_init(&c.rows, p->page, sizeof(struct activities_in));
    if (pull_beat(p, 0, 0, "activities", "read", e) != 0)
        return -1;
    if ((p->can & LMS_QUIZZES) != 0 &&
        p->lms.ops->quizzes(&p->lms, p->access.course, on_quiz, &c, p->page, NULL) != 0)
        c.maximum = map_new(p->page); /* maxima are a nicety */
    if (p->lms.ops->catalogue(&p->lms, p->access.course, on_activity, &c, p->page, e) !=
            0 ||
        activities_apply(&l, STR("moodle"), c.rows.p, c.rows.n, true, &counts, e) != 0)
        return -1;
    return source_ok(p->job->db, p->course.tenant_id, p->course.id, STR("activities"),
                     p->mark.run_ms, (int64_t)c.rows.n, 0, e);
}
