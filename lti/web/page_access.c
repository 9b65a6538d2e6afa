/* What the learning site lets Waymark do, call by call: which permission each needs, why
 * we make it, whether it writes, and whether our token's service has it. */
#include "lms/canvas.h"
#include "lms/lms.h"
#include "store/course.h"
#include "store/lmsaccess.h"
#include "store/registration.h"
#include "store/source.h"

#include "web/page.h"

/* Whom the credential is for, in the order of its reach. */
static const char *reach_of(const struct lmsaccess *x)
{
    return x->course.n > 0     ? "access.for_course"
           : x->tenant_id != 0 ? "access.for_deployment"
                               : "access.for_site";
}

/* What is known of the calls. */
struct known {
    bool probed;
    uint64_t met;
    const struct source *sources; /* with the words of refusals in this course */
    size_t sources_n;
};

/* The service has the function, but its user may not use it here: that shows only when
 * it is asked. The words name the function. */
static bool was_refused(const struct known *k, const struct lms_need *need)
{
    for (size_t i = 0; i < k->sources_n; i++)
        if (str_find(k->sources[i].error, str_c(need->function), 0) != SIZE_MAX)
            return true;
    return false;
}

/* One row of the list; may we? */
static bool put_need(struct view *list, const struct lms_ops *ops, size_t i,
                     const struct known *k)
{
    const struct lms_need *need = &ops->needs[i];
    struct view *o = view_item(list);
    bool refused = k->probed && was_refused(k, need);
    bool yes = lms_need_met(ops, k->met, i) && !refused;
    view_str(o, "function", str_c(need->function));
    view_str(o, "permission", str_c(need->permission));
    view_msg(o, "why", need->why);
    view_bool(o, "writes", need->writes);
    view_bool(o, "optional", need->optional || need->instead != NULL);
    view_bool(o, "yes", k->probed && yes);
    view_bool(o, "no", k->probed && !yes);
    view_bool(o, "refused", refused);
    return yes;
}

static void put_needs(struct view *v, const struct lms_ops *ops, const struct known *k)
{
    struct view *reads = view_list(v, "reads"), *writes = view_list(v, "writes");
    int64_t lacking = 0;
    for (size_t i = 0; i < ops->needs_n; i++)
        lacking += !put_need(ops->needs[i].writes ? writes : reads, ops, i, k);
    view_int(v, "lacking", k->probed ? lacking : 0);
}

/* The newest credential that this course would use, without its secrets. NULL: none. */
static int narrowest(struct page_ctx *c, const struct course *course,
                     const struct lmsaccess **out, struct err *e)
{
    struct lmsaccess *rows;
    size_t n;
    struct str id = canvas_course(course->context_id, course->nrps_url);
    if (lmsaccess_list(c->app->db, c->a, course->registration_id, &rows, &n, e) != 0)
        return -1;
    *out = lmsaccess_narrowest(rows, n, course->tenant_id, id);
    return 0;
}

static void put_probe(struct page_ctx *c, struct view *v, const struct lmsaccess *x,
                      const struct lms_ops *ops, struct known *k)
{
    struct lms_site site = {0};
    k->probed = lms_probed_read(ops, x->probed, &site, c->a) == 1;
    k->met = site.met;
    view_msg(v, "reach", reach_of(x));
    view_str(v, "address", x->base_url);
    view_str(v, "site", site.name);
    view_str(v, "release", site.release);
    view_str(v, "problem", x->error);
    if (x->probed_ms > 0)
        view_when(v, "checked", x->probed_ms, c->now_ms);
}

int page_access(struct page_ctx *c, struct err *e)
{
    struct course course;
    struct registration reg;
    const struct lmsaccess *x;
    struct source *sources;
    struct known known = {0};
    struct learn l = page_learn(c);
    if (course_get(c->app->db, c->a, l.tenant_id, l.course_id, &course, e) != 1 ||
        registration_get(c->app->db, c->a, course.registration_id, &reg, e) != 1)
        return err_set(e, ERR_NOTFOUND, "the course of this session is gone");
    if (narrowest(c, &course, &x, e) != 0 ||
        source_list(c->app->db, c->a, l.tenant_id, l.course_id, &sources,
                    &known.sources_n, e) != 0)
        return -1;
    known.sources = sources;
    struct str kind = x != NULL                              ? x->kind
                      : str_is(reg.product_family, "canvas") ? STR("canvas")
                                                             : STR("moodle");
    const struct lms_ops *ops = lms_find(kind);
    struct view *v = page_view(c);
    view_str(view_msg(v, "title", "access.title"), "course", course.title);
    view_str(v, "course", course.title);
    view_bool(v, "moodle", str_is(kind, "moodle"));
    view_str(v, "command",
             str_fmt(c->a, "waymark platform %.*s %lld --url %s --token-file FILE",
                     STR_ARG(kind), (long long)reg.id, "https://LMS"));
    if (x != NULL && ops != NULL)
        put_probe(c, v, x, ops, &known);
    if (ops != NULL)
        put_needs(v, ops, &known);
    view_nav(v, "nav_back", "/sources", "access.back");
    return page_render(c, 200, "access", v, e);
}
