#include "base/iso.h"
#include "lms/canvas_parts.h"
#include "net/url.h"

#define API "/api/v1/courses/%.*s"
#define OVERRIDES "/api/v1/courses/:course_id/assignments/:assignment_id/overrides"
#define MODULE                                                                           \
    "/api/v1/courses/:course_id/modules/:context_module_id/assignment_overrides"

/* What an opening is about. */
struct target {
    bool module;
    struct str id;
    struct str url; /* of its overrides */
    const char *scope;
};

static int target_of(const struct lms *l, struct str course, const struct lms_opening *o,
                     struct target *t, struct arena *a, struct err *e)
{
    struct str kind, id, at = canvas_call_course(a, course);
    str_cut(o->target, ':', &kind, &id);
    if (o->kind != LMS_BY_OVERRIDE || id.n == 0 ||
        (!str_is(kind, "module") && !str_is(kind, "assignment")))
        return err_set(e, ERR_INPUT,
                       "In Canvas an override opens an assignment or a module");
    *t = (struct target){.module = str_is(kind, "module"), .id = url_escape(a, id)};
    t->scope = t->module ? "url:GET|" MODULE : "url:GET|" OVERRIDES;
    t->url = canvas_call_url(l, a,
                             t->module ? API "/modules/%.*s/assignment_overrides"
                                       : API "/assignments/%.*s/overrides",
                             STR_ARG(at), STR_ARG(t->id));
    return 0;
}

/* --- what is there ----------------------------------------------------------- */

struct override {
    struct str id;
    struct str title;
    struct str section; /* of a whole section; then it has no students */
    struct vec users;   /* struct str */
};

struct overrides {
    struct arena *a;
    struct vec rows; /* struct override */
};

static int on_override(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct overrides *list = ctx;
    struct arena *a = list->a;
    struct override *x = vec_push(&list->rows);
    const struct js *ids = js_get(v, "student_ids"), *people = js_get(v, "students");
    (void)e;
    x->id = str_dup(a, canvas_call_id(scratch, js_get(v, "id")));
    x->title = str_dup(a, js_text(v, "title"));
    struct str section = canvas_call_id(scratch, js_get(v, "course_section_id"));
    if (section.n == 0)
        section = canvas_call_id(scratch, js_get(js_get(v, "course_section"), "id"));
    x->section = str_dup(a, section);
    vec_init(&x->users, a, sizeof(struct str));
    for (size_t i = 0; i < js_len(ids); i++)
        *(struct str *)vec_push(&x->users) =
            str_dup(a, canvas_call_id(scratch, js_at(ids, i)));
    for (size_t i = 0; i < js_len(people); i++)
        *(struct str *)vec_push(&x->users) =
            str_dup(a, canvas_call_id(scratch, js_get(js_at(people, i), "id")));
    return 0;
}

static int read_overrides(const struct lms *l, const struct target *t,
                          struct overrides *out, struct arena *a, struct err *e)
{
    *out = (struct overrides){.a = a};
    vec_init(&out->rows, a, sizeof(struct override));
    struct canvas_call c = {.scope = t->scope,
                            .url = str_fmt(a, "%.*s?per_page=100", STR_ARG(t->url)),
                            .element = on_override,
                            .ctx = out};
    return canvas_call_list(l, &c, a, e);
}

static bool has_user(const struct override *x, struct str user)
{
    const struct str *ids = x->users.p;
    for (size_t i = 0; i < x->users.n; i++)
        if (str_eq(ids[i], user))
            return true;
    return false;
}

static bool is_in(const struct overrides *list, struct str user)
{
    const struct override *rows = list->rows.p;
    for (size_t i = 0; i < list->rows.n; i++)
        if (has_user(&rows[i], user))
            return true;
    return false;
}

/* Ours: by its id, or by the name that we gave it. */
static struct override *ours(const struct overrides *list, const struct lms_opening *o)
{
    struct override *rows = list->rows.p;
    for (size_t i = 0; i < list->rows.n; i++)
        if (rows[i].section.n == 0 &&
            (str_eq(rows[i].id, o->key) ||
             (rows[i].title.n > 0 && str_eq(rows[i].title, o->name))))
            return &rows[i];
    return NULL;
}

/* --- openings ---------------------------------------------------------------- */

/* Canvas knows no override without students: the first one makes it. Until then the
 * target itself is the key. */
int canvas_write_make(const struct lms *l, struct str course, const struct lms_opening *o,
                      struct str *key, struct arena *a, struct err *e)
{
    struct target t;
    struct overrides list;
    if (target_of(l, course, o, &t, a, e) != 0 || read_overrides(l, &t, &list, a, e) != 0)
        return -1;
    const struct override *x = ours(&list, o);
    *key = x != NULL ? x->id : str_dup(a, o->target);
    return 0;
}

int canvas_write_read(const struct lms *l, struct str course, const struct lms_opening *o,
                      int (*row)(void *ctx, struct str user_id, struct err *e), void *ctx,
                      struct arena *a, struct err *e)
{
    struct target t;
    struct overrides list;
    if (target_of(l, course, o, &t, a, e) != 0 || read_overrides(l, &t, &list, a, e) != 0)
        return -1;
    const struct override *rows = list.rows.p;
    for (size_t i = 0; i < list.rows.n; i++) {
        const struct str *ids = rows[i].users.p;
        for (size_t k = 0; k < rows[i].users.n; k++)
            if (row(ctx, ids[k], e) != 0)
                return -1;
    }
    return 0;
}

static struct js *ids_of(struct arena *a, const struct override *x)
{
    struct js *list = js_array(a);
    const struct str *ids = x->users.p;
    for (size_t i = 0; i < x->users.n; i++)
        js_push_str(list, ids[i]);
    return list;
}

/* A module's overrides are replaced all at once: those of others go along as they are. */
static int put_module(const struct lms *l, const struct target *t,
                      const struct overrides *list, struct arena *a, struct err *e)
{
    struct js *body = js_object(a), *rows = js_array(a), *answer;
    const struct override *all = list->rows.p;
    for (size_t i = 0; i < list->rows.n; i++) {
        struct js *o = js_object(a);
        if (all[i].id.n > 0)
            js_set_str(o, "id", all[i].id);
        if (all[i].section.n > 0)
            js_set_str(o, "course_section_id", all[i].section);
        else
            js_set(o, "student_ids", ids_of(a, &all[i]));
        if (all[i].title.n > 0)
            js_set_str(o, "title", all[i].title);
        js_push(rows, o);
    }
    js_set(body, "overrides", rows);
    return canvas_call_one(l, "PUT", "url:PUT|" MODULE, t->url, js_dump(a, body), &answer,
                           a, e);
}

/* An assignment's override: made, or its students changed. */
static int put_assignment(const struct lms *l, const struct target *t, struct override *x,
                          struct arena *a, struct err *e)
{
    struct js *body = js_object(a), *o = js_object(a), *answer;
    bool known = x->id.n > 0;
    js_set(o, "student_ids", ids_of(a, x));
    js_set_str(o, "title", x->title);
    js_set(body, "assignment_override", o);
    struct str url =
        known ? str_fmt(a, "%.*s/%.*s", STR_ARG(t->url), STR_ARG(url_escape(a, x->id)))
              : t->url;
    if (canvas_call_one(l, known ? "PUT" : "POST",
                        known ? "url:PUT|" OVERRIDES "/:id" : "url:POST|" OVERRIDES, url,
                        js_dump(a, body), &answer, a, e) != 0)
        return -1;
    struct str id = canvas_call_id(a, js_get(answer, "id"));
    if (id.n > 0)
        x->id = id;
    return 0;
}

int canvas_write_add(const struct lms *l, struct str course, const struct lms_opening *o,
                     const struct str *users, size_t n, struct str *receipt,
                     struct arena *a, struct err *e)
{
    struct target t;
    struct overrides list;
    size_t added = 0;
    if (target_of(l, course, o, &t, a, e) != 0 || read_overrides(l, &t, &list, a, e) != 0)
        return -1;
    struct override *x = ours(&list, o);
    struct override fresh = {.title = o->name};
    vec_init(&fresh.users, a, sizeof(struct str));
    bool made = x == NULL;
    if (made) {
        struct override *slot = vec_push(&list.rows);
        *slot = fresh;
        x = slot;
    }
    /* Canvas lets a student into one override of a thing only: who is in another one is
     * in already. */
    for (size_t i = 0; i < n; i++)
        if (users[i].n > 0 && !is_in(&list, users[i])) {
            *(struct str *)vec_push(&x->users) = users[i];
            added++;
        }
    if (added > 0 &&
        (t.module ? put_module(l, &t, &list, a, e) : put_assignment(l, &t, x, a, e)) != 0)
        return -1;
    *receipt = str_fmt(a, "override %.*s: %zu new, %zu were in already",
                       STR_ARG(x->id.n > 0 ? x->id : t.id), added, n - added);
    return 0;
}

/* --- messages and dates ------------------------------------------------------ */

int canvas_write_message(const struct lms *l, const struct lms_message *m,
                         struct str *receipt, struct arena *a, struct err *e)
{
    struct js *body = js_object(a), *to = js_array(a), *answer;
    js_push_str(to, m->user_id);
    js_set(body, "recipients", to);
    js_set_str(body, "body", m->text);
    js_set_bool(body, "force_new", true);
    if (canvas_call_one(l, "POST", "url:POST|/api/v1/conversations",
                        canvas_call_url(l, a, "/api/v1/conversations"), js_dump(a, body),
                        &answer, a, e) != 0)
        return -1;
    *receipt = str_fmt(a, "conversation %.*s",
                       STR_ARG(canvas_call_id(a, js_get(js_at(answer, 0), "id"))));
    return 0;
}

/* Calendars know a course by its number alone. */
static int number_of(const struct lms *l, struct str course, struct str *out,
                     struct arena *a, struct err *e)
{
    struct str at = canvas_call_course(a, course);
    struct js *answer;
    if (str_eq(at, course)) {
        *out = course;
        return 0;
    }
    if (canvas_call_one(l, "GET", "url:GET|/api/v1/courses/:id",
                        canvas_call_url(l, a, API, STR_ARG(at)), STR_EMPTY, &answer, a,
                        e) != 0)
        return -1;
    *out = canvas_call_id(a, js_get(answer, "id"));
    return out->n > 0 ? 0 : err_set(e, ERR_INPUT, "Canvas: a course without a number");
}

int canvas_write_event(const struct lms *l, struct str course, const struct lms_event *v,
                       struct str *receipt, struct arena *a, struct err *e)
{
    struct js *body = js_object(a), *o = js_object(a), *answer;
    struct str number = STR_EMPTY;
    if (v->group_key.n == 0 && number_of(l, course, &number, a, e) != 0)
        return -1;
    struct str context = v->group_key.n > 0
                             ? str_fmt(a, "group_%.*s", STR_ARG(v->group_key))
                             : str_fmt(a, "course_%.*s", STR_ARG(number));
    js_set_str(o, "context_code", context);
    js_set_str(o, "title", v->name);
    js_set_str(o, "description", v->text);
    js_set_str(o, "start_at", iso_format(a, v->at_ms));
    js_set_str(o, "end_at", iso_format(a, v->at_ms + v->length_ms));
    js_set(body, "calendar_event", o);
    if (canvas_call_one(l, "POST", "url:POST|/api/v1/calendar_events",
                        canvas_call_url(l, a, "/api/v1/calendar_events"),
                        js_dump(a, body), &answer, a, e) != 0)
        return -1;
    *receipt = str_fmt(a, "event %.*s", STR_ARG(canvas_call_id(a, js_get(answer, "id"))));
    return 0;
}
