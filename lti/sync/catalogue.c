#include "sync/steps.h"

#include "base/map.h"
#include "net/url.h"
#include "store/source.h"
#include "store/syncpair.h"

struct collect {
    struct pull *p;
    struct vec rows;     /* struct activities_in */
    struct vec headings; /* struct tags_heading */
    struct map *maximum; /* course-module id -> double */
    struct map *attempts; /* course-module id -> int64_t */
    bool unread;         /* the quizzes could not be read */
    struct map *own;     /* resource link ids of ours */
};

static int on_quiz(void *ctx, const struct lms_quiz *q, struct err *e)
{
    struct collect *c = ctx;
    double *maximum = ARENA_NEW(c->p->page, double);
    (void)e;
    *maximum = q->maximum;
    if (q->maximum > 0)
        map_put(c->maximum, q->key, maximum);
    int64_t *attempts = ARENA_NEW(c->p->page, int64_t);
    *attempts = q->attempts_max;
    map_put(c->attempts, q->key, attempts);
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

/* The names that the LMS has for it. Moodle: its course module, its id in its kind. */
static void name_it(const struct collect *c, const struct lms_activity *r,
                    struct activities_in *in)
{
    struct arena *a = c->p->page;
    struct str lms = str_c(c->p->lms.ops->kind);
    bool moodle = str_is(lms, "moodle");
    in->alias[0] =
        (struct activities_name){moodle ? STR("moodle-cm") : lms, str_dup(a, r->key)};
    in->alias[1] = (struct activities_name){
        str_fmt(a, "%.*s-%.*s", STR_ARG(lms), STR_ARG(r->kind)), str_dup(a, r->instance)};
    in->alias_n = r->instance.n > 0 ? 2 : 1;
    struct str kind, number;
    str_cut(r->key, ':', &kind, &number);
    if (str_is(kind, "assignment")) /* the number in Canvas's grade book file */
        in->alias[in->alias_n++] =
            (struct activities_name){STR("canvas-assignment"), str_dup(a, number)};
}

/* A link to Waymark itself, where the LMS says so: no activity, and its column holds what
 * we post. */
static bool is_ours(const struct collect *c, const struct lms_activity *r)
{
    struct str base = c->p->app->learn.conf->public_url;
    return (r->link.n > 0 && map_get(c->own, r->link) != NULL) ||
           (r->tool_url.n > 0 && base.n > 0 && str_starts(r->tool_url, base));
}

static bool is_there(struct arena *a, unsigned allow, const struct url *u,
                     struct str home)
{
    struct url h;
    return home.n > 0 && url_parse(a, home, allow, &h, NULL) == 0 &&
           url_same_origin(u, &h);
}

/* Where students are sent: an address of the LMS itself, as we know it, and no other. */
static struct str page_of(const struct collect *c, struct str address)
{
    struct arena *a = c->p->page;
    unsigned allow = URL_FRAGMENT | (c->p->app->learn.conf->allow_http ? URL_HTTP : 0u);
    struct str homes[] = {c->p->lms.base_url, c->p->course.platform_url, c->p->reg.issuer,
                          c->p->reg.auth_url};
    struct url u;
    if (url_parse(a, address, allow, &u, NULL) != 0)
        return STR_EMPTY;
    for (size_t i = 0; i < sizeof homes / sizeof *homes; i++)
        if (is_there(a, allow, &u, homes[i]))
            return str_dup(a, address);
    return STR_EMPTY;
}

/* A label has no page of its own: nobody can be sent there. */
static int on_activity(void *ctx, const struct lms_activity *r, struct err *e)
{
    struct collect *c = ctx;
    struct arena *a = c->p->page;
    (void)e;
    if (r->url.n == 0 || is_ours(c, r))
        return 0;
    struct activities_in *in = vec_push(&c->rows);
    const double *maximum = map_get(c->maximum, r->key);
    const int64_t *attempts = map_get(c->attempts, r->key);
    in->row = (struct activity){
        .title = str_dup(a, r->title),
        .kind = kind_of(r->kind),
        .url = page_of(c, r->url),
        .due_ms = r->due_ms,
        .closes_ms = r->closes_ms,
        .restricted = r->restricted,
        .attempts_max = c->unread         ? ACTIVITY_UNTOLD
                        : attempts != NULL ? *attempts
                                           : r->attempts_max,
        .opens_ms = r->opens_ms,
        .has_maximum = maximum != NULL || r->maximum > 0,
        .maximum = maximum != NULL ? *maximum : r->maximum,
        .visible = r->visible,
        .position = r->position,
    };
    name_it(c, r, in);
    *(struct tags_heading *)vec_push(&c->headings) =
        (struct tags_heading){in->alias[0].source_key, str_dup(a, r->section)};
    return 0;
}

int catalogue_step(struct pull *p, struct err *e)
{
    if ((p->can & LMS_CATALOGUE) == 0)
        return 0;
    struct collect c = {.p = p, .maximum = map_new(p->page),
                        .attempts = map_new(p->page)};
    struct learn l = pull_learn(p, p->page);
    struct activities_counts counts = {0};
    vec_init(&c.rows, p->page, sizeof(struct activities_in));
    vec_init(&c.headings, p->page, sizeof(struct tags_heading));
    if (pull_beat(p, 0, 0, "activities", "read", e) != 0 ||
        syncpair_own_links(p->job->db, p->page, p->course.tenant_id, p->course.id, &c.own,
                           e) != 0)
        return -1;
    if ((p->can & LMS_QUIZZES) != 0 && p->lms.ops->quizzes != NULL &&
        p->lms.ops->quizzes(&p->lms, p->access.course, on_quiz, &c, p->page, NULL) != 0) {
        c.maximum = map_new(p->page); /* maxima are a nicety */
        c.unread = true;
    }
    if (p->lms.ops->catalogue(&p->lms, p->access.course, on_activity, &c, p->page, e) !=
            0 ||
        activities_apply(&l, str_c(p->lms.ops->kind), c.rows.p, c.rows.n, true, &counts,
                         e) != 0 ||
        tags_keep(p, c.headings.p, c.headings.n, e) != 0)
        return -1;
    return source_ok(p->job->db, p->course.tenant_id, p->course.id, STR("activities"),
                     p->mark.run_ms, (int64_t)c.rows.n, 0, e);
}
