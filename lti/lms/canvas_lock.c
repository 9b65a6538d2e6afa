#include "lms/canvas_parts.h"
#include "net/url.h"

struct finding {
    struct str id;
    enum lms_lock lock;
    bool found;
};

static int on_assignment(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct finding *f = ctx;
    bool only;
    (void)e;
    if (!str_eq(canvas_call_id(scratch, js_get(v, "id")), f->id))
        return 0;
    f->found = true;
    if (js_bool(js_get(v, "only_visible_to_overrides"), &only))
        f->lock = only ? LMS_LOCK_LOCKED : LMS_LOCK_OPEN;
    return 0;
}

/* An assignment says whether it is for everybody; what modules ask for is not looked at.
 */
int canvas_lock_read(const struct lms *l, struct str course, const struct lms_opening *o,
                     enum lms_lock *out, struct arena *a, struct err *e)
{
    struct finding f = {.lock = LMS_LOCK_UNSEEN};
    struct str kind, at = canvas_call_course(a, course);
    str_cut(o->target, ':', &kind, &f.id);
    *out = LMS_LOCK_UNSEEN;
    if (o->kind != LMS_BY_OVERRIDE || !str_is(kind, "assignment") || f.id.n == 0)
        return 0;
    struct str id = url_escape(a, f.id);
    struct canvas_call c = {
        .scope = "url:GET|/api/v1/courses/:course_id/assignments",
        .url = canvas_call_url(l, a,
                               "/api/v1/courses/%.*s/assignments?assignment_ids[]=%.*s"
                               "&per_page=100",
                               STR_ARG(at), STR_ARG(id)),
        .element = on_assignment,
        .ctx = &f};
    if (canvas_call_list(l, &c, a, e) != 0)
        return -1;
    if (!f.found)
        return err_set(e, ERR_NOTFOUND, "Canvas does not list this assignment");
    *out = f.lock;
    return 0;
}
