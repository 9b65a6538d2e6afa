#include "lms/moodle_lock.h"

#include "lms/moodle_call.h"
#include "lms/moodle_value.h"

#define DEPTH 20

/* One condition: {"type":"group","id":3} or {"type":"grade","id":9,"min":80}. A group
 * without a number is "any group"; a grade without "min" is an upper bound alone. */
static bool is_ours(const struct js *v, const struct lms_opening *o, struct arena *a)
{
    struct str type = js_text(v, "type"), id = moodle_value_id(a, js_get(v, "id"));
    double min;
    if (o->key.n == 0 || !str_eq(id, o->key))
        return false;
    if (o->kind == LMS_BY_SCORE)
        return str_is(type, "grade") && js_num(js_get(v, "min"), &min) && min > 0;
    return o->kind == LMS_BY_GROUP && str_is(type, "group");
}

/* Is ours needed, whatever else holds? {"op":"&","c":[...]}: all of them; "|": any of
 * them, so ours must stand in each; "!&", "!|": who has it is kept out. */
static bool is_needed(const struct js *v, const struct lms_opening *o, int depth,
                      struct arena *a)
{
    struct str op = js_text(v, "op");
    const struct js *c = js_get(v, "c");
    size_t n = js_len(c), found = 0;
    if (js_type(c) != JS_ARRAY)
        return is_ours(v, o, a);
    if (depth == 0 || (!str_is(op, "&") && !str_is(op, "|")))
        return false;
    for (size_t i = 0; i < n; i++)
        found += is_needed(js_at(c, i), o, depth - 1, a);
    return str_is(op, "&") ? found > 0 : n > 0 && found == n;
}

enum lms_lock moodle_lock_of(struct str rule, const struct lms_opening *o,
                             struct arena *a)
{
    if (rule.n == 0)
        return LMS_LOCK_OPEN;
    struct js *v = js_parse(a, rule, MOODLE_LOCK_N, 2 * DEPTH, NULL);
    if (js_type(v) != JS_OBJECT)
        return LMS_LOCK_UNSEEN;
    return is_needed(v, o, DEPTH, a) ? LMS_LOCK_LOCKED : LMS_LOCK_OPEN;
}

struct finding {
    const struct lms_opening *o;
    enum lms_lock lock;
    bool found;
};

/* "availability" is null without a rule, and absent for whom it is not told. */
static int on_section(void *ctx, struct js *section, struct arena *scratch, struct err *e)
{
    struct finding *f = ctx;
    struct js *modules = js_get(section, "modules");
    (void)e;
    for (size_t i = 0; i < js_len(modules); i++) {
        struct js *m = js_at(modules, i);
        if (!str_eq(moodle_value_id(scratch, js_get(m, "id")), f->o->target))
            continue;
        f->found = true;
        if (js_has(m, "availability"))
            f->lock = moodle_lock_of(js_text(m, "availability"), f->o, scratch);
    }
    return 0;
}

int moodle_lock_read(const struct lms *l, struct str course, const struct lms_opening *o,
                     enum lms_lock *out, struct arena *a, struct err *e)
{
    struct finding f = {.o = o, .lock = LMS_LOCK_UNSEEN};
    struct moodle_call c = {
        .function = "core_course_get_contents",
        .params = str_fmt(
            a, "%.*s%.*s%.*s%.*s%.*s", STR_ARG(moodle_value_param(a, "courseid", course)),
            STR_ARG(moodle_value_param(a, "options[0][name]", STR("cmid"))),
            STR_ARG(moodle_value_param(a, "options[0][value]", o->target)),
            STR_ARG(moodle_value_param(a, "options[1][name]", STR("excludecontents"))),
            STR_ARG(moodle_value_param(a, "options[1][value]", STR("1")))),
        .element = on_section,
        .ctx = &f};
    if (moodle_call_run(l, &c, NULL, a, e) != 0)
        return -1;
    if (!f.found)
        return err_set(e, ERR_NOTFOUND, "Moodle does not list this activity");
    *out = f.lock;
    return 0;
}
