#include "lms/canvas_parts.h"

#define API "/api/v1/courses/%.*s"
#define SCOPE "url:GET|/api/v1/courses/:course_id"

struct reader {
    struct canvas_assignments *set;
    struct map *outcomes; /* canvas_catalogue_outcomes */
    int (*row)(void *ctx, const struct lms_outcome *r, struct err *e);
    void *ctx;
};

/* Is the grade told part by part already, by a classic quiz or by a rubric that makes it?
 */
static bool has_answers(const struct canvas_assignment *x)
{
    const struct canvas_criterion *lines = x->criteria.p;
    for (size_t i = 0; i < x->criteria.n; i++)
        if (lines[i].points > 0)
            return true;
    return x->quiz_id.n > 0;
}

/* What the result belongs to: "assignment_12", "12"; NULL: none of the assignments
 * (question banks). */
static const struct canvas_assignment *
place_of(const struct reader *r, const struct js *links, struct arena *scratch)
{
    static const char *const members[] = {"assignment", "alignment"};
    struct str head = STR("assignment_");
    for (size_t i = 0; i < 2; i++) {
        struct str id = canvas_call_id(scratch, js_get(links, members[i]));
        if (str_starts(id, head))
            id = str_sub(id, head.n, id.n);
        const struct canvas_assignment *x = map_get(r->set->by_id, id);
        if (x != NULL)
            return x;
    }
    return NULL;
}

/* Of how many points: as the result says, else as the outcome does; where neither does, a
 * share. */
static void read_score(const struct js *v, const struct canvas_outcome *known,
                       struct lms_outcome *o)
{
    double share;
    o->has_score = js_num(js_get(v, "score"), &o->score);
    if (!js_num(js_get(v, "possible"), &o->maximum) || !(o->maximum > 0))
        o->maximum = known != NULL ? known->points : 0;
    if (o->maximum > 0)
        return;
    o->has_score = o->has_score && js_num(js_get(v, "percent"), &share);
    o->score = o->has_score ? share : 0;
    o->maximum = 1;
}

static int on_result(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct reader *r = ctx;
    bool hidden = false;
    const struct js *links = js_get(v, "links");
    const struct canvas_assignment *x = place_of(r, links, scratch);
    struct lms_outcome o = {
        .key = canvas_call_id(scratch, js_get(v, "id")),
        .user_id = canvas_call_id(scratch, js_get(links, "user")),
        .outcome = canvas_call_id(scratch, js_get(links, "learning_outcome")),
        .at_ms = canvas_call_time(v, "submitted_or_assessed_at"),
    };
    js_bool(js_get(v, "hidden"), &hidden);
    if (x == NULL || hidden || o.key.n == 0 || o.user_id.n == 0 || o.outcome.n == 0 ||
        o.at_ms == 0)
        return 0;
    const struct canvas_outcome *known = map_get(r->outcomes, o.outcome);
    o.activity_key = str_fmt(scratch, "assignment:%.*s", STR_ARG(x->id));
    o.value = known == NULL         ? STR_EMPTY
              : known->guid.n > 0   ? known->guid
              : known->called.n > 0 ? known->called
                                    : known->title;
    o.title = known != NULL ? known->title : STR_EMPTY;
    o.elsewhere = has_answers(x);
    read_score(v, known, &o);
    return r->row(r->ctx, &o, e);
}

int canvas_outcomes_feed(struct canvas_assignments *set, struct map *outcomes,
                         struct str body,
                         int (*row)(void *ctx, const struct lms_outcome *r,
                                    struct err *e),
                         void *ctx, struct arena *a, struct err *e)
{
    struct reader r = {set, outcomes, row, ctx};
    struct canvas_call c = {.scope = SCOPE "/outcome_results",
                            .member = "outcome_results",
                            .element = on_result,
                            .ctx = &r};
    return canvas_call_feed(&c, body, a, e);
}

/* The names come from the course's own list of outcomes, once: beside the results they
 * would come with every page. Where that list is refused, results have no names. */
int canvas_outcomes_read(const struct lms *l, struct str course,
                         int (*row)(void *ctx, const struct lms_outcome *r,
                                    struct err *e),
                         void *ctx, struct arena *a, struct err *e)
{
    struct err own = {0};
    struct reader r = {.row = row, .ctx = ctx};
    struct str at = canvas_call_course(a, course);
    struct canvas_call c = {
        .scope = SCOPE "/outcome_results",
        .url = canvas_call_url(l, a, API "/outcome_results?per_page=100", STR_ARG(at)),
        .member = "outcome_results",
        .element = on_result,
        .ctx = &r};
    r.set = canvas_catalogue_assignments(l, course, a, e);
    if (r.set == NULL)
        return -1;
    if (canvas_catalogue_outcomes(l, course, &r.outcomes, a, &own) != 0) {
        if (own.code != ERR_DENIED && own.code != ERR_NOTFOUND) {
            if (e != NULL)
                *e = own;
            return -1;
        }
        r.outcomes = map_new(a);
    }
    return canvas_call_list(l, &c, a, e);
}
