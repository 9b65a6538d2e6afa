#include "lms/canvas_parts.h"
#include "net/url.h"

#define API "/api/v1/courses/%.*s"
#define SCOPE "url:GET|/api/v1/courses/:course_id"

struct reader {
    int (*person)(void *ctx, const struct lms_person *r, struct err *e);
    int (*group)(void *ctx, const struct lms_group *r, struct err *e);
    void *ctx;
};

/* Canvas's types of enrolment by the short names that lms_person.roles has; a role of the
 * school's own keeps the type that it was made from. */
static struct str role_of(struct str type)
{
    static const char *const table[][2] = {{"StudentEnrollment", "student"},
                                           {"TeacherEnrollment", "editingteacher"},
                                           {"TaEnrollment", "teacher"},
                                           {"DesignerEnrollment", "designer"},
                                           {"ObserverEnrollment", "observer"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (str_is(type, table[i][0]))
            return str_c(table[i][1]);
    return STR("other");
}

/* One enrolment. Who is in two sections comes twice. The student of "Student View" is
 * nobody. */
static int on_enrolment(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct reader *r = ctx;
    const struct js *user = js_get(v, "user");
    struct str type = js_text(v, "type"), sis = js_text(v, "sis_user_id");
    struct lms_person p = {
        .id = canvas_call_id(scratch, js_get(v, "user_id")),
        .roles = {role_of(type)},
        .roles_n = 1,
        .last_access_ms = canvas_call_time(v, "last_activity_at"),
        .sourcedid = sis.n > 0 ? sis : js_text(user, "sis_user_id"),
        .email = js_text(user, "email"),
        .login = js_text(user, "login_id"),
    };
    if (p.id.n == 0 || str_is(type, "StudentViewEnrollment"))
        return 0;
    return r->person(r->ctx, &p, e);
}

int canvas_people_read(const struct lms *l, struct str course,
                       int (*row)(void *ctx, const struct lms_person *r, struct err *e),
                       void *ctx, struct arena *a, struct err *e)
{
    struct reader r = {.person = row, .ctx = ctx};
    struct str at = canvas_call_course(a, course);
    struct canvas_call c = {
        .scope = SCOPE "/enrollments",
        .url = canvas_call_url(l, a, API "/enrollments?per_page=100&state[]=active",
                               STR_ARG(at)),
        .element = on_enrolment,
        .ctx = &r};
    return canvas_call_list(l, &c, a, e);
}

int canvas_people_feed(struct str body,
                       int (*row)(void *ctx, const struct lms_person *r, struct err *e),
                       void *ctx, struct arena *a, struct err *e)
{
    struct reader r = {.person = row, .ctx = ctx};
    struct canvas_call c = {
        .scope = SCOPE "/enrollments", .element = on_enrolment, .ctx = &r};
    return canvas_call_feed(&c, body, a, e);
}

int canvas_people_find(const struct lms *l, struct str sub, struct str *id,
                       struct arena *a, struct err *e)
{
    struct js *v;
    struct str url = canvas_call_url(l, a, "/api/v1/users/lti_1_3_id:%.*s/profile",
                                     STR_ARG(url_escape(a, sub)));
    if (canvas_call_one(l, "GET", "url:GET|/api/v1/users/:user_id/profile", url,
                        STR_EMPTY, &v, a, e) != 0)
        return -1;
    *id = canvas_call_id(a, js_get(v, "id"));
    return id->n > 0 ? 0 : err_set(e, ERR_INPUT, "Canvas: a person without a number");
}

static int on_group(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct reader *r = ctx;
    const struct js *users = js_get(v, "users");
    struct lms_group g = {.key = canvas_call_id(scratch, js_get(v, "id")),
                          .name = js_text(v, "name"),
                          .user_id = STR_EMPTY};
    if (g.key.n == 0)
        return 0;
    if (js_len(users) == 0)
        return r->group(r->ctx, &g, e);
    for (size_t i = 0; i < js_len(users); i++) {
        g.user_id = canvas_call_id(scratch, js_get(js_at(users, i), "id"));
        if (g.user_id.n > 0 && r->group(r->ctx, &g, e) != 0)
            return -1;
    }
    return 0;
}

int canvas_people_groups(const struct lms *l, struct str course,
                         int (*row)(void *ctx, const struct lms_group *r, struct err *e),
                         void *ctx, struct arena *a, struct err *e)
{
    struct reader r = {.group = row, .ctx = ctx};
    struct str at = canvas_call_course(a, course);
    struct canvas_call c = {
        .scope = SCOPE "/groups",
        .url = canvas_call_url(l, a, API "/groups?per_page=100&include[]=users",
                               STR_ARG(at)),
        .element = on_group,
        .ctx = &r};
    return canvas_call_list(l, &c, a, e);
}
