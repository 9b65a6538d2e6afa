/* Where the data comes from: how fresh every source of the course is, what could not be
 * read and what to do about it, when it is read next, and what the LMS tells at all. */
#include "learn/reading.h"
#include "lms/canvas.h"
#include "lms/lms.h"
#include "store/lmsaccess.h"
#include "web/page.h"

/* What a person would like to know, and which ability tells it. */
static const struct {
    unsigned can;
    const char *what;
} abilities[] = {
    {LMS_CATALOGUE, "able.catalogue"},   {LMS_PEOPLE, "able.visits"},
    {LMS_GRADES, "able.grades"},         {LMS_ATTEMPTS, "able.attempts"},
    {LMS_ANSWERS, "able.answers"},       {LMS_SUBMISSIONS, "able.submissions"},
    {LMS_COMPLETION, "able.completion"}, {LMS_GROUPS, "able.groups"},
    {LMS_CHANGES, "able.changes"},       {LMS_OPEN, "able.open"},
};

static void put_sources(struct page_ctx *c, struct view *v, const struct reading_state *s)
{
    struct view *list = view_list(v, "sources");
    view_int(v, "sources_n", (int64_t)s->sources_n);
    for (size_t i = 0; i < s->sources_n; i++) {
        const struct source *x = &s->sources[i];
        struct view *o = view_item(list);
        bool failed = x->error.n > 0;
        view_msg(o, "name", page_message(c, "source.", x->source));
        view_bool(o, "ok", !failed);
        view_when(o, "when", x->ok_ms, c->now_ms);
        view_int(o, "rows", x->rows_n);
        view_int(o, "pending", x->pending_n);
        view_str(o, "problem", x->error);
        if (failed)
            view_when(o, "tried", x->tried_ms, c->now_ms);
    }
}

/* Progress in words; the page loads itself again meanwhile. */
static void put_sync(struct page_ctx *c, struct view *v, const struct reading_state *s)
{
    struct view *o = view_child(v, "sync");
    bool later = s->open && str_is(s->job.state, "ready") && s->job.run_ms > c->now_ms;
    view_bool(o, "running", s->open);
    view_bool(o, "later", later);
    view_int(o, "done", s->job.progress_done);
    view_int(o, "total", s->job.progress_total);
    if (s->open && s->job.progress_text.n > 0)
        view_str(o, "text", s->job.progress_text);
    else
        view_msg(o, "text", "sync.waiting");
    if (later)
        view_when(o, "again", s->job.run_ms, c->now_ms);
    view_str(o, "problem", s->job.error);
    view_nav(o, "nav_here", "/sources", "course.reload");
    view_bool(v, "refresh", s->open && !later && !c->cookieless);
}

/* By the narrowest credential of the course; its secret stays closed here. */
static unsigned can_of(struct page_ctx *c, const struct course *course, bool *known)
{
    struct lmsaccess *rows;
    struct lms_site site;
    size_t n;
    *known = false;
    if (lmsaccess_list(c->app->db, c->a, course->registration_id, &rows, &n, NULL) != 0)
        return 0;
    const struct lmsaccess *x =
        lmsaccess_narrowest(rows, n, course->tenant_id,
                            canvas_course(course->context_id, course->nrps_url));
    const struct lms_ops *ops = x == NULL ? NULL : lms_find(x->kind);
    *known = ops != NULL && lms_probed_read(ops, x->probed, &site, c->a) == 1;
    return *known ? site.can : 0;
}

static void put_abilities(struct page_ctx *c, struct view *v, const struct course *course)
{
    struct view *yes = view_list(v, "tells"), *no = view_list(v, "tells_not");
    bool known, lti_roster = course->nrps_url.n > 0;
    unsigned can = can_of(c, course, &known);
    bool columns = course->ags_lineitems_url.n > 0;
    bool all = lti_roster && columns;
    view_msg(view_item(lti_roster ? yes : no), "what", "able.roster");
    view_msg(view_item(columns ? yes : no), "what", "able.columns");
    for (size_t i = 0; i < sizeof abilities / sizeof abilities[0]; i++) {
        bool told = (can & abilities[i].can) != 0;
        all = all && told;
        view_msg(view_item(told ? yes : no), "what", abilities[i].what);
    }
    view_bool(v, "tells_all", all);
    view_bool(v, "api", known);
}

int page_sources(struct page_ctx *c, struct err *e)
{
    struct reading_state s;
    struct learn l = page_learn(c);
    int found = reading_state(&l, c->app->conf, &s, e);
    if (found != 1)
        return found == 0 ? err_set(e, ERR_NOTFOUND, "there is no such course") : -1;
    struct view *v = page_view(c);
    view_str(view_msg(v, "title", "sources.title"), "course", s.course.title);
    view_str(v, "course", s.course.title);
    put_sources(c, v, &s);
    put_sync(c, v, &s);
    put_abilities(c, v, &s.course);
    if (s.next_ms > 0)
        view_when(v, "next", s.next_ms, c->now_ms);
    view_when(v, "whole", s.course.full_ms, c->now_ms);
    view_nav(v, "nav_access", "/access", "sources.access");
    view_nav(v, "nav_back", "/course", "page.back");
    return page_render(c, 200, "sources", v, e);
}
