#include "lms/moodle_align.h"

#include "base/vec.h"
#include "lms/moodle_call.h"
#include "lms/moodle_needs.h"
#include "lms/moodle_read.h"
#include "lms/moodle_value.h"

#define AT_ONCE 4
#define ACTIVITIES_MAX 500 /* asked about one by one */

struct align {
    int (*row)(void *ctx, const struct lms_alignment *r, struct err *e);
    void *ctx;
    struct arena *a;
    struct vec keys; /* struct str */
    struct err why;
};

/* The id number is what people give to a competency on purpose; else its name. */
static int tell(struct align *al, const struct js *competency, struct str key,
                struct arena *scratch, struct err *e)
{
    struct lms_alignment r = {
        .activity_key = key,
        .kind = LMS_OUTCOME,
        .value = str_trim(moodle_value_plain(scratch, js_text(competency, "idnumber"))),
        .title = str_trim(moodle_value_plain(scratch, js_text(competency, "shortname"))),
    };
    if (r.value.n == 0)
        r.value = r.title;
    return r.value.n == 0 || key.n == 0 ? 0 : al->row(al->ctx, &r, e);
}

static int on_competency(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct js *modules = js_get(v, "coursemodules");
    for (size_t i = 0; i < js_len(modules); i++) {
        struct str key = moodle_value_id(scratch, js_get(js_at(modules, i), "id"));
        if (tell(ctx, js_get(v, "competency"), key, scratch, e) != 0)
            return -1;
    }
    return 0;
}

/* --- one by one -------------------------------------------------------------- */

struct one {
    struct align *al;
    struct str key;
    struct moodle_call call;
};

static int on_activity(void *ctx, const struct lms_activity *r, struct err *e)
{
    struct align *al = ctx;
    (void)e;
    if (al->keys.n < ACTIVITIES_MAX && r->url.n > 0)
        *(struct str *)vec_push(&al->keys) = str_dup(al->a, r->key);
    return 0;
}

static int on_link(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct one *o = ctx;
    return tell(o->al, js_get(v, "competency"), o->key, scratch, e);
}

/* An activity that is gone by now is passed over. */
static int on_one(void *ctx, int rc, const struct err *why)
{
    struct one *o = ctx;
    if (rc == 0 || why->code == ERR_NOTFOUND)
        return 0;
    o->al->why = *why;
    return -1;
}

static int ask_one(const struct lms *l, struct http_batch *b, struct align *al,
                   struct str key, struct arena *a, struct err *e)
{
    struct one *o = ARENA_NEW(a, struct one);
    *o = (struct one){.al = al, .key = key};
    o->call = (struct moodle_call){.function =
                                       "core_competency_list_course_module_competencies",
                                   .params = moodle_value_param(a, "cmid", key),
                                   .element = on_link,
                                   .ctx = o};
    return moodle_call_add(l, b, 0, &o->call, on_one, o, a, e);
}

static int one_by_one(const struct lms *l, struct str course, struct align *al,
                      struct arena *a, struct err *e)
{
    struct http_batch_opt opt = {.per_lane = lms_calls(l, AT_ONCE)};
    vec_init(&al->keys, a, sizeof(struct str));
    if (moodle_read_catalogue(l, course, on_activity, al, a, e) != 0)
        return -1;
    struct http_batch *b = http_batch_new(l->http, &opt, e);
    int rc = b == NULL ? -1 : 0;
    for (size_t i = 0; i < al->keys.n && rc == 0; i++)
        rc = ask_one(l, b, al, ((struct str *)al->keys.p)[i], a, e);
    if (rc == 0)
        rc = http_batch_run(b, e);
    if (b != NULL)
        http_batch_free(b);
    if (rc != 0 && al->why.code != ERR_NONE && e != NULL)
        *e = al->why;
    return rc;
}

int moodle_align_read(const struct lms *l, struct str course,
                      int (*row)(void *ctx, const struct lms_alignment *r, struct err *e),
                      void *ctx, struct arena *a, struct err *e)
{
    struct align al = {.row = row, .ctx = ctx, .a = a};
    struct moodle_call c = {
        .function = "tool_lp_data_for_course_competencies_page",
        .params = str_fmt(a, "%.*s&moduleid=0",
                          STR_ARG(moodle_value_param(a, "courseid", course))),
        .member = "competencies",
        .big = true,
        .element = on_competency,
        .ctx = &al};
    if (l->met != 0 && !moodle_needs_met(l, c.function))
        return one_by_one(l, course, &al, a, e);
    return moodle_call_run(l, &c, NULL, a, e);
}
