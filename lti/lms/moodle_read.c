#include "lms/moodle_read.h"

#include "lms/moodle_call.h"
#include "lms/moodle_value.h"

/* --- catalogue --------------------------------------------------------------- */

struct catalogue {
    int (*row)(void *ctx, const struct lms_activity *r, struct err *e);
    void *ctx;
    int position;
};

static void read_dates(const struct js *dates, struct lms_activity *r)
{
    static const char *const opens[] = {"timeopen", "allowsubmissionsfromdate",
                                        "timeavailablefrom", "available"};
    static const char *const dues[] = {"duedate", "timeclose", "timeavailableto",
                                       "deadline"};
    static const char *const closes[] = {"timeclose", "timeavailableto", "deadline",
                                         "cutoffdate"};
    for (size_t i = 0; i < js_len(dates); i++) {
        struct str id = js_text(js_at(dates, i), "dataid");
        int64_t ms = moodle_value_time(js_get(js_at(dates, i), "timestamp"));
        for (size_t k = 0; k < 4; k++) {
            if (str_is(id, opens[k]))
                r->opens_ms = ms;
            if (str_is(id, dues[k]))
                r->due_ms = ms;
            if (str_is(id, closes[k]))
                r->closes_ms = ms;
        }
    }
}

static int on_section(void *ctx, struct js *section, struct arena *scratch, struct err *e)
{
    struct catalogue *c = ctx;
    struct str heading = str_trim(moodle_value_plain(scratch, js_text(section, "name")));
    bool shown = moodle_value_bool(js_get(section, "visible"));
    struct js *modules = js_get(section, "modules");
    for (size_t i = 0; i < js_len(modules); i++) {
        const struct js *m = js_at(modules, i);
        struct lms_activity r = {
            .key = moodle_value_id(scratch, js_get(m, "id")),
            .instance = moodle_value_id(scratch, js_get(m, "instance")),
            .kind = js_text(m, "modname"),
            .title = str_trim(moodle_value_plain(scratch, js_text(m, "name"))),
            .url = js_text(m, "url"),
            .section = heading,
            .visible = shown && moodle_value_bool(js_get(m, "visible")),
            .restricted = str_find(js_text(m, "availability"), STR("\"type\""), 0) !=
                          SIZE_MAX, /* a rule without conditions keeps nobody out */
            .position = c->position++,
        };
        read_dates(js_get(m, "dates"), &r);
        if (r.key.n > 0 && c->row(c->ctx, &r, e) != 0)
            return -1;
    }
    return 0;
}

int moodle_read_catalogue(const struct lms *l, struct str course,
                          int (*row)(void *ctx, const struct lms_activity *r,
                                     struct err *e),
                          void *ctx, struct arena *a, struct err *e)
{
    struct catalogue state = {row, ctx, 0};
    struct moodle_call c = {.function = "core_course_get_contents",
                            .params = moodle_value_param(a, "courseid", course),
                            .big = true,
                            .element = on_section,
                            .ctx = &state};
    return moodle_call_run(l, &c, NULL, a, e);
}

/* --- people ------------------------------------------------------------------ */

struct people {
    int (*row)(void *ctx, const struct lms_person *r, struct err *e);
    void *ctx;
};

static int on_person(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct people *p = ctx;
    struct lms_person r = {.id = moodle_value_id(scratch, js_get(v, "id")),
                           .last_access_ms =
                               moodle_value_time(js_get(v, "lastcourseaccess")),
                           .sourcedid = str_trim(js_text(v, "idnumber")),
                           .email = str_trim(js_text(v, "email")),
                           .login = str_trim(js_text(v, "username"))};
    struct js *roles = js_get(v, "roles");
    for (size_t i = 0; i < js_len(roles) && r.roles_n < 16; i++)
        r.roles[r.roles_n++] = js_text(js_at(roles, i), "shortname");
    return r.id.n == 0 ? 0 : p->row(p->ctx, &r, e);
}

/* Fields that the token may not see are left out of the answer, without a fault. */
static struct str enrolled_params(struct arena *a, struct str course, const char *fields)
{
    return str_fmt(a, "%.*s%.*s%.*s", STR_ARG(moodle_value_param(a, "courseid", course)),
                   STR_ARG(moodle_value_param(a, "options[0][name]", STR("userfields"))),
                   STR_ARG(moodle_value_param(a, "options[0][value]", str_c(fields))));
}

int moodle_read_people(const struct lms *l, struct str course,
                       int (*row)(void *ctx, const struct lms_person *r, struct err *e),
                       void *ctx, struct arena *a, struct err *e)
{
    struct people state = {row, ctx};
    struct moodle_call c = {
        .function = "core_enrol_get_enrolled_users",
        .params = enrolled_params(a, course,
                                  "id,roles,lastcourseaccess,idnumber,email,username"),
        .big = true,
        .element = on_person,
        .ctx = &state};
    return moodle_call_run(l, &c, NULL, a, e);
}

/* --- groups ------------------------------------------------------------------ */

struct groups {
    int (*row)(void *ctx, const struct lms_group *r, struct err *e);
    void *ctx;
};

static int on_member(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct groups *g = ctx;
    struct str user = moodle_value_id(scratch, js_get(v, "id"));
    struct js *list = js_get(v, "groups");
    for (size_t i = 0; i < js_len(list) && user.n > 0; i++) {
        const struct js *x = js_at(list, i);
        struct lms_group r = {
            .key = moodle_value_id(scratch, js_get(x, "id")),
            .name = str_trim(moodle_value_plain(scratch, js_text(x, "name"))),
            .user_id = user};
        if (r.key.n > 0 && g->row(g->ctx, &r, e) != 0)
            return -1;
    }
    return 0;
}

/* From the list of people: Moodle's functions for groups ask for the permission to change
 * them. */
int moodle_read_groups(const struct lms *l, struct str course,
                       int (*row)(void *ctx, const struct lms_group *r, struct err *e),
                       void *ctx, struct arena *a, struct err *e)
{
    struct groups state = {row, ctx};
    struct moodle_call c = {.function = "core_enrol_get_enrolled_users",
                            .params = enrolled_params(a, course, "id,groups"),
                            .big = true,
                            .element = on_member,
                            .ctx = &state};
    return moodle_call_run(l, &c, NULL, a, e);
}

/* --- grades ------------------------------------------------------------------ */

struct grades {
    int (*row)(void *ctx, const struct lms_grade *r, struct err *e);
    void *ctx;
};

/* One person's line. Only activities count (no totals, no columns made by hand or by
 * tools), and of an activity its first grade. */
static int on_user(void *ctx, struct js *user, struct arena *scratch, struct err *e)
{
    struct grades *g = ctx;
    struct str id = moodle_value_id(scratch, js_get(user, "userid"));
    struct js *items = js_get(user, "gradeitems");
    for (size_t i = 0; i < js_len(items) && id.n > 0; i++) {
        const struct js *it = js_at(items, i);
        int64_t which = 0;
        js_i64(js_get(it, "itemnumber"), &which);
        struct lms_grade r = {
            .user_id = id,
            .activity_key = moodle_value_id(scratch, js_get(it, "cmid")),
            .instance = moodle_value_id(scratch, js_get(it, "iteminstance")),
            .kind = js_text(it, "itemmodule"),
            .title = str_trim(moodle_value_plain(scratch, js_text(it, "itemname"))),
            .submitted_ms = moodle_value_time(js_get(it, "gradedatesubmitted")),
            .graded_ms = moodle_value_time(js_get(it, "gradedategraded")),
            .hidden = moodle_value_bool(js_get(it, "gradeishidden")) ||
                      moodle_value_bool(js_get(it, "gradehiddenbydate")),
        };
        if (!str_is(js_text(it, "itemtype"), "mod") || r.activity_key.n == 0 ||
            which != 0)
            continue;
        r.has_score = moodle_value_number(js_get(it, "graderaw"),
                                          &r.score); /* null: none, not zero */
        moodle_value_number(js_get(it, "grademin"), &r.minimum);
        moodle_value_number(js_get(it, "grademax"), &r.maximum);
        if (g->row(g->ctx, &r, e) != 0)
            return -1;
    }
    return 0;
}

int moodle_read_grades(const struct lms *l, struct str course,
                       int (*row)(void *ctx, const struct lms_grade *r, struct err *e),
                       void *ctx, struct arena *a, struct err *e)
{
    struct grades state = {row, ctx};
    struct moodle_call c = {
        .function = "gradereport_user_get_grade_items",
        .params = str_fmt(a, "%.*s&userid=0",
                          STR_ARG(moodle_value_param(a, "courseid", course))),
        .member = "usergrades",
        .big = true,
        .element = on_user,
        .ctx = &state};
    return moodle_call_run(l, &c, NULL, a, e);
}

/* --- quizzes ----------------------------------------------------------------- */

struct quizzes {
    int (*row)(void *ctx, const struct lms_quiz *r, struct err *e);
    void *ctx;
};

static int on_quiz(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct quizzes *q = ctx;
    struct lms_quiz r = {
        .key = moodle_value_id(scratch, js_get(v, "coursemodule")),
        .instance = moodle_value_id(scratch, js_get(v, "id")),
        .title = str_trim(moodle_value_plain(scratch, js_text(v, "name"))),
        .opens_ms = moodle_value_time(js_get(v, "timeopen")),
        .closes_ms = moodle_value_time(js_get(v, "timeclose")),
    };
    double attempts = 0;
    moodle_value_number(js_get(v, "attempts"), &attempts);
    r.attempts_max = attempts > 0 && attempts < LMS_ATTEMPTS_MAX ? (int64_t)attempts : 0;
    moodle_value_number(js_get(v, "grade"), &r.maximum);
    moodle_value_number(js_get(v, "sumgrades"), &r.sum_maximum);
    return r.key.n == 0 || r.instance.n == 0 ? 0 : q->row(q->ctx, &r, e);
}

int moodle_read_quizzes(const struct lms *l, struct str course,
                        int (*row)(void *ctx, const struct lms_quiz *r, struct err *e),
                        void *ctx, struct arena *a, struct err *e)
{
    struct quizzes state = {row, ctx};
    struct moodle_call c = {.function = "mod_quiz_get_quizzes_by_courses",
                            .params = moodle_value_param(a, "courseids[0]", course),
                            .member = "quizzes",
                            .element = on_quiz,
                            .ctx = &state};
    return moodle_call_run(l, &c, NULL, a, e);
}

/* --- changes ----------------------------------------------------------------- */

struct changes {
    int (*row)(void *ctx, const struct lms_change *r, struct err *e);
    void *ctx;
};

/* "userattempts", "usersubmissions", "usergrades": of everybody. The areas "attempts",
 * "grades", "completion" and the like are of the token's own user. */
static void read_area(struct str name, struct lms_change *r)
{
    static const char *const own[] = {"attempts", "submissions", "grades", "completion",
                                      "ratings",  "comments",    "answers"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (str_is(name, own[i]))
            return;
    if (str_starts(name, STR("user")))
        r->work = true;
    else
        r->settings = true;
}

static int on_instance(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct changes *c = ctx;
    struct js *areas = js_get(v, "updates");
    struct lms_change r = {.activity_key = moodle_value_id(scratch, js_get(v, "id"))};
    if (!str_is(js_text(v, "contextlevel"), "module") || r.activity_key.n == 0)
        return 0;
    for (size_t i = 0; i < js_len(areas); i++)
        read_area(js_text(js_at(areas, i), "name"), &r);
    return r.work || r.settings ? c->row(c->ctx, &r, e) : 0;
}

int moodle_read_changes(const struct lms *l, struct str course, int64_t since_ms,
                        int (*row)(void *ctx, const struct lms_change *r, struct err *e),
                        void *ctx, struct arena *a, struct err *e)
{
    struct changes state = {row, ctx};
    struct moodle_call c = {
        .function = "core_course_get_updates_since",
        .params = str_fmt(a, "%.*s&since=%lld",
                          STR_ARG(moodle_value_param(a, "courseid", course)),
                          (long long)(since_ms / 1000)),
        .member = "instances",
        .big = true,
        .element = on_instance,
        .ctx = &state};
    return moodle_call_run(l, &c, NULL, a, e);
}
