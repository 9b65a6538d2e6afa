#include "lms/moodle_write.h"

#include "lms/moodle_call.h"
#include "lms/moodle_needs.h"
#include "lms/moodle_value.h"
#include "net/url.h"

#define FORMAT_PLAIN 2 /* Moodle's: text without markup */

static int only_groups(const struct lms_opening *o, struct err *e)
{
    return o->kind == LMS_BY_GROUP
               ? 0
               : err_set(e, ERR_INPUT, "Moodle opens by groups, not by overrides");
}

/* --- an opening -------------------------------------------------------------- */

struct finding {
    const struct lms_opening *o;
    struct arena *a;
    struct str key;  /* of the group with our mark, or empty */
    bool name_taken; /* by a group that is not ours */
};

static int on_group(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct finding *f = ctx;
    struct str name = str_trim(moodle_value_plain(scratch, js_text(v, "name")));
    (void)e;
    if (str_eq(js_text(v, "idnumber"), f->o->mark) && f->key.n == 0)
        f->key = str_dup(f->a, moodle_value_id(scratch, js_get(v, "id")));
    else if (str_eq(name, f->o->name))
        f->name_taken = true;
    return 0;
}

static int on_made(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct finding *f = ctx;
    (void)e;
    f->key = str_dup(f->a, moodle_value_id(scratch, js_get(v, "id")));
    return 0;
}

/* A name may stand in a course once. */
static struct str group_params(struct arena *a, struct str course,
                               const struct finding *f)
{
    struct str name =
        f->name_taken ? str_fmt(a, "%.*s (Waymark)", STR_ARG(f->o->name)) : f->o->name;
    return str_fmt(a, "%.*s%.*s%.*s%.*s",
                   STR_ARG(moodle_value_param(a, "groups[0][courseid]", course)),
                   STR_ARG(moodle_value_param(a, "groups[0][name]", name)),
                   STR_ARG(moodle_value_param(
                       a, "groups[0][description]",
                       STR("Made by Waymark: it puts in here whom it lets on. "
                           "Rename it as you like; keep its id number."))),
                   STR_ARG(moodle_value_param(a, "groups[0][idnumber]", f->o->mark)));
}

int moodle_write_opening(const struct lms *l, struct str course,
                         const struct lms_opening *o, struct str *key, struct arena *a,
                         struct err *e)
{
    struct finding f = {.o = o, .a = a};
    struct moodle_call find = {.function = "core_group_get_course_groups",
                               .params = moodle_value_param(a, "courseid", course),
                               .element = on_group,
                               .ctx = &f};
    if (only_groups(o, e) != 0)
        return -1;
    if (o->mark.n == 0)
        return err_set(e, ERR_INPUT, "an opening without a mark would be made twice");
    if (moodle_call_run(l, &find, NULL, a, e) != 0)
        return -1;
    struct moodle_call make = {.function = "core_group_create_groups",
                               .params = group_params(a, course, &f),
                               .element = on_made,
                               .ctx = &f};
    if (f.key.n == 0 && moodle_call_run(l, &make, NULL, a, e) != 0)
        return -1;
    if (f.key.n == 0)
        return err_set(e, ERR_INPUT, "Moodle, %s: the new group has no id",
                       make.function);
    *key = f.key;
    return 0;
}

/* --- who is in --------------------------------------------------------------- */

struct members {
    int (*row)(void *ctx, struct str user_id, struct err *e);
    void *ctx;
};

static int on_members(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct members *m = ctx;
    struct js *list = js_get(v, "userids");
    for (size_t i = 0; i < js_len(list); i++) {
        struct str id = moodle_value_id(scratch, js_at(list, i));
        if (id.n > 0 && m->row(m->ctx, id, e) != 0)
            return -1;
    }
    return 0;
}

int moodle_write_members(const struct lms *l, struct str course,
                         const struct lms_opening *o,
                         int (*row)(void *ctx, struct str user_id, struct err *e),
                         void *ctx, struct arena *a, struct err *e)
{
    struct members state = {row, ctx};
    struct moodle_call c = {.function = "core_group_get_group_members",
                            .params = moodle_value_param(a, "groupids[0]", o->key),
                            .big = true,
                            .element = on_members,
                            .ctx = &state};
    (void)course;
    return only_groups(o, e) != 0 ? -1 : moodle_call_run(l, &c, NULL, a, e);
}

int moodle_write_add(const struct lms *l, struct str course, const struct lms_opening *o,
                     const struct str *users, size_t n, struct str *receipt,
                     struct arena *a, struct err *e)
{
    struct buf b;
    struct moodle_call c = {.function = "core_group_add_group_members", .nothing = true};
    (void)course;
    if (only_groups(o, e) != 0)
        return -1;
    if (n > MOODLE_WRITE_MEMBERS)
        return err_set(e, ERR_LIMIT, "at most %d persons at once", MOODLE_WRITE_MEMBERS);
    struct str group = url_escape(a, o->key);
    buf_init(&b, a, 64 * (n + 1));
    for (size_t i = 0; i < n; i++)
        buf_fmt(&b, "&members[%zu][groupid]=%.*s&members[%zu][userid]=%.*s", i,
                STR_ARG(group), i, STR_ARG(url_escape(a, users[i])));
    c.params = buf_view(&b);
    if (n > 0 && moodle_call_run(l, &c, NULL, a, e) != 0)
        return e->code == ERR_INPUT && n == 1
                   ? err_set(e, ERR_INPUT,
                             "Moodle does not take this person into the group: only who "
                             "is enrolled there can be in one")
                   : -1;
    *receipt = str_fmt(a, "group %.*s", STR_ARG(o->key));
    return 0;
}

/* --- messages ---------------------------------------------------------------- */

struct taken {
    struct arena *a;
    struct str id; /* empty: not taken */
};

static int on_sent(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct taken *t = ctx;
    (void)e;
    t->id = str_dup(t->a, moodle_value_id(scratch, js_get(v, "msgid")));
    return 0;
}

/* A message that is refused comes back as number -1 with words (which may hold a name),
 * not as a fault. */
int moodle_write_message(const struct lms *l, const struct lms_message *m,
                         struct str *receipt, struct arena *a, struct err *e)
{
    struct taken sent = {.a = a};
    struct moodle_call c = {
        .function = "core_message_send_instant_messages",
        .params = str_fmt(
            a, "%.*s%.*s&messages[0][textformat]=%d",
            STR_ARG(moodle_value_param(a, "messages[0][touserid]", m->user_id)),
            STR_ARG(moodle_value_param(a, "messages[0][text]", m->text)), FORMAT_PLAIN),
        .element = on_sent,
        .ctx = &sent};
    if (moodle_call_run(l, &c, NULL, a, e) != 0)
        return -1;
    if (sent.id.n == 0)
        return err_set(e, ERR_DENIED,
                       "Moodle, %s: this person takes no messages from the token's "
                       "user, who needs %s",
                       c.function, moodle_needs_permission(c.function));
    *receipt = str_fmt(a, "message %.*s", STR_ARG(sent.id));
    return 0;
}

/* --- calendar ---------------------------------------------------------------- */

static int on_event(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct taken *t = ctx;
    (void)e;
    t->id = str_dup(t->a, moodle_value_id(scratch, js_get(v, "id")));
    return 0;
}

/* An event that may not be made is a warning there, not a fault. */
int moodle_write_event(const struct lms *l, struct str course, const struct lms_event *v,
                       struct str *receipt, struct arena *a, struct err *e)
{
    struct taken made = {.a = a};
    bool group = v->group_key.n > 0;
    struct moodle_call c = {
        .function = "core_calendar_create_calendar_events",
        .params = str_fmt(
            a,
            "%.*s%.*s&events[0][format]=%d%.*s%.*s&events[0][eventtype]=%s"
            "&events[0][timestart]=%lld&events[0][timeduration]=%lld",
            STR_ARG(moodle_value_param(a, "events[0][name]", v->name)),
            STR_ARG(moodle_value_param(a, "events[0][description]", v->text)),
            FORMAT_PLAIN, STR_ARG(moodle_value_param(a, "events[0][courseid]", course)),
            STR_ARG(group ? moodle_value_param(a, "events[0][groupid]", v->group_key)
                          : STR_EMPTY),
            group ? "group" : "course", (long long)(v->at_ms / 1000),
            (long long)(v->length_ms / 1000)),
        .member = "events",
        .element = on_event,
        .ctx = &made};
    if (moodle_call_run(l, &c, NULL, a, e) != 0)
        return -1;
    if (made.id.n == 0)
        return err_set(e, ERR_DENIED, "Moodle, %s: the token's user needs %s", c.function,
                       "moodle/calendar:manageentries");
    *receipt = str_fmt(a, "event %.*s", STR_ARG(made.id));
    return 0;
}
