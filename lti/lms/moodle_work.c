#include "lms/moodle_work.h"

#include "base/map.h"
#include "lms/moodle_call.h"
#include "lms/moodle_needs.h"
#include "lms/moodle_value.h"

#define AT_ONCE 4
#define ASSIGNMENTS_MAX 900 /* in one call: PHP takes 1,000 fields */

/* --- completion -------------------------------------------------------------- */

struct everybody {
    int (*row)(void *ctx, const struct lms_completion *r, struct err *e);
    void *ctx;
    struct err why; /* what ended it all; code ERR_NONE: nothing did */
};

struct one {
    struct everybody *all;
    struct str user;
    struct moodle_call call;
};

/* Kinds that count nothing (tracking 0) say nothing. */
static int on_status(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    static const enum lms_state states[] = {LMS_INCOMPLETE, LMS_COMPLETE, LMS_PASSED,
                                            LMS_FAILED};
    struct one *o = ctx;
    int64_t state, tracking = 0;
    struct lms_completion r = {
        .user_id = o->user,
        .activity_key = moodle_value_id(scratch, js_get(v, "cmid")),
        .at_ms = moodle_value_time(js_get(v, "timecompleted")),
    };
    js_i64(js_get(v, "tracking"), &tracking);
    if (r.activity_key.n == 0 || tracking == 0 || !js_i64(js_get(v, "state"), &state) ||
        state < 0 || state > 3)
        return 0;
    r.state = states[state];
    r.by_hand = tracking == 1 || moodle_value_id(scratch, js_get(v, "overrideby")).n > 0;
    return o->all->row(o->all->ctx, &r, e);
}

/* Who has left the course is passed over. */
static int on_one(void *ctx, int rc, const struct err *why)
{
    struct one *o = ctx;
    if (rc == 0 || why->code == ERR_NOTFOUND)
        return 0;
    o->all->why = *why;
    return -1;
}

static int ask_one(const struct lms *l, struct http_batch *b, struct everybody *all,
                   struct str course, struct str user, struct arena *a, struct err *e)
{
    struct one *o = ARENA_NEW(a, struct one);
    *o = (struct one){.all = all, .user = user};
    o->call = (struct moodle_call){
        .function = "core_completion_get_activities_completion_status",
        .params =
            str_fmt(a, "%.*s%.*s", STR_ARG(moodle_value_param(a, "courseid", course)),
                    STR_ARG(moodle_value_param(a, "userid", user))),
        .member = "statuses",
        .element = on_status,
        .ctx = o};
    return moodle_call_add(l, b, 0, &o->call, on_one, o, a, e);
}

int moodle_work_completion(const struct lms *l, struct str course,
                           const struct str *users, size_t n,
                           int (*row)(void *ctx, const struct lms_completion *r,
                                      struct err *e),
                           void *ctx, struct arena *a, struct err *e)
{
    struct everybody all = {row, ctx, {0}};
    struct http_batch_opt opt = {.per_lane = lms_calls(l, AT_ONCE)};
    struct http_batch *b = http_batch_new(l->http, &opt, e);
    int rc = b == NULL ? -1 : 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = ask_one(l, b, &all, course, users[i], a, e);
    if (rc == 0)
        rc = http_batch_run(b, e);
    if (b != NULL)
        http_batch_free(b);
    if (rc != 0 && all.why.code != ERR_NONE && e != NULL)
        *e = all.why;
    return rc;
}

/* --- work handed in ---------------------------------------------------------- */

/* What the token's user may not see is left out there with a warning of code `code`; all
 * left out is a refusal. */
static int check_warned(const struct js *rest, const char *code, bool none,
                        const char *function, struct err *e)
{
    struct js *list = js_get(rest, "warnings");
    for (size_t i = 0; i < js_len(list) && none; i++)
        if (str_is(js_text(js_at(list, i), "warningcode"), code))
            return err_set(e, ERR_DENIED, "Moodle, %s: the token's user needs %s",
                           function, moodle_needs_permission(function));
    return 0;
}

struct assignment {
    struct str key;
    double maximum; /* 0: none, or a scale */
};

struct work {
    int (*row)(void *ctx, const struct lms_submission *r, struct err *e);
    void *ctx;
    struct arena *a;
    struct map *known; /* id -> struct assignment */
    struct buf ids;    /* "&assignmentids[0]=..." */
    size_t n;
    bool seen; /* some of their work was shown to us */
};

static int on_course(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct work *w = ctx;
    struct js *list = js_get(v, "assignments");
    (void)e;
    for (size_t i = 0; i < js_len(list) && w->n < ASSIGNMENTS_MAX; i++) {
        const struct js *x = js_at(list, i);
        struct str id = moodle_value_id(scratch, js_get(x, "id"));
        struct str key = moodle_value_id(scratch, js_get(x, "cmid"));
        struct assignment *known = ARENA_NEW(w->a, struct assignment);
        double grade;
        if (id.n == 0 || key.n == 0)
            continue;
        known->key = str_dup(w->a, key);
        if (moodle_value_number(js_get(x, "grade"), &grade) && grade > 0)
            known->maximum = grade; /* below zero: a scale */
        map_put(w->known, str_dup(w->a, id), known);
        buf_fmt(&w->ids, "&assignmentids[%zu]=%.*s", w->n++, STR_ARG(id));
    }
    return 0;
}

/* Drafts and empty ones are nothing that was handed in. */
static int on_assignment(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct work *w = ctx;
    const struct assignment *known =
        map_get(w->known, moodle_value_id(scratch, js_get(v, "assignmentid")));
    struct js *list = js_get(v, "submissions");
    w->seen = true;
    for (size_t i = 0; i < js_len(list) && known != NULL; i++) {
        const struct js *x = js_at(list, i);
        int64_t attempt = 0;
        js_i64(js_get(x, "attemptnumber"), &attempt);
        struct lms_submission r = {
            .key = moodle_value_id(scratch, js_get(x, "id")),
            .activity_key = known->key,
            .user_id = moodle_value_id(scratch, js_get(x, "userid")),
            .number = (int)(attempt >= 0 && attempt < 1000000 ? attempt + 1 : 1),
            .maximum = known->maximum,
            .submitted_ms = moodle_value_time(js_get(x, "timemodified")),
        };
        if (!str_is(js_text(x, "status"), "submitted") || r.key.n == 0 ||
            r.user_id.n == 0 || r.submitted_ms == 0)
            continue;
        if (w->row(w->ctx, &r, e) != 0)
            return -1;
    }
    return 0;
}

int moodle_work_submissions(const struct lms *l, struct str course,
                            const struct lms_since *since,
                            int (*row)(void *ctx, const struct lms_submission *r,
                                       struct err *e),
                            void *ctx, struct arena *a, struct err *e)
{
    struct work w = {.row = row, .ctx = ctx, .a = a, .known = map_new(a)};
    struct moodle_call list = {
        .function = "mod_assign_get_assignments",
        .params = str_fmt(a, "%.*s&includenotenrolledcourses=1",
                          STR_ARG(moodle_value_param(a, "courseids[0]", course))),
        .member = "courses",
        .big = true,
        .element = on_course,
        .ctx = &w};
    buf_init(&w.ids, a, 256);
    struct js *rest;
    if (moodle_call_run(l, &list, &rest, a, e) != 0 ||
        check_warned(rest, "2", w.n == 0, list.function, e) != 0)
        return -1;
    struct moodle_call work = {.function = "mod_assign_get_submissions",
                               .params = str_fmt(a, "%.*s&status=submitted&since=%lld",
                                                 STR_ARG(buf_view(&w.ids)),
                                                 (long long)(since->since_ms / 1000)),
                               .member = "assignments",
                               .big = true,
                               .element = on_assignment,
                               .ctx = &w};
    if (w.n == 0)
        return 0;
    if (moodle_call_run(l, &work, &rest, a, e) != 0)
        return -1;
    return check_warned(rest, "1", !w.seen, work.function, e);
}
