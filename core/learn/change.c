#include "learn/change.h"

#include "base/js.h"

#include <math.h>

#define BYTES (64 * 1024) /* of a JSON column */
#define DEPTH 6
#define ARGS 4
#define PARTS 3 /* "2 answers on A, 1 on B and 3 on C": more is a list, not a sentence */

struct change change_read(struct arena *a, struct str json)
{
    struct err e = {0};
    const struct js *o = json.n > 0 ? js_parse(a, json, BYTES, DEPTH, &e) : NULL;
    const struct js *edits = js_get(o, "edit");
    struct change c = {.known = js_i64(js_get(o, "rows"), &(int64_t){0})};
    js_i64(js_get(o, "rows"), &c.rows);
    js_i64(js_get(o, "days"), &c.days);
    js_i64(js_get(o, "first"), &c.first);
    js_i64(js_get(o, "share"), &c.share);
    c.adds = js_get(o, "add");
    c.edits = ARENA_ARRAY(a, struct change_edit, js_len(edits));
    for (size_t i = 0; i < js_len(edits); i++) {
        struct change_edit *one = &c.edits[c.edit_n++];
        js_i64(js_get(js_at(edits, i), "id"), &one->evidence_id);
        js_num(js_get(js_at(edits, i), "was"), &one->was);
    }
    for (size_t i = 0; i < js_len(c.adds); i++) {
        const struct js *add = js_at(c.adds, i);
        c.nowhere =
            c.nowhere || (js_get(add, "activity") == NULL && !js_has(add, "kind"));
    }
    return c;
}

static struct say say_new(struct arena *a, const char *id)
{
    return (struct say){.id = str_c(id), .args = ARENA_ARRAY(a, struct say_arg, ARGS)};
}

static struct say_arg *add_arg(struct say *s, const char *name, int type)
{
    INVARIANT(s->args_n < ARGS);
    struct say_arg *arg = &s->args[s->args_n++];
    arg->name = name;
    arg->type = type;
    return arg;
}

static void add_int(struct say *s, const char *name, int64_t n)
{
    add_arg(s, name, SAY_INT)->num = n;
}

static void add_text(struct say *s, const char *name, struct str text)
{
    add_arg(s, name, SAY_TEXT)->text = text;
}

static void add_say(struct arena *a, struct say *s, const char *name, struct say part)
{
    struct say *kept = ARENA_NEW(a, struct say);
    *kept = part;
    add_arg(s, name, SAY_SAY)->say = kept;
}

/* How many results, of what, where: one entry of "add". */
static struct say part_of(struct arena *a, const struct js *add, enum change_what what,
                          const struct change_names *names)
{
    int64_t n = 0, share = 0, activity = 0;
    js_i64(js_get(add, "n"), &n);
    js_i64(js_get(add, "share"), &share);
    js_i64(js_get(add, "activity"), &activity);
    struct str skill = js_text(add, "skill");
    struct str on =
        names->skill != NULL && skill.n > 0 ? names->skill(names->ctx, skill) : STR_EMPTY;
    struct str in = names->activity != NULL && activity != 0
                        ? names->activity(names->ctx, activity)
                        : STR_EMPTY;
    /* A question is right or not: all of it is what it takes. A result has a share. */
    bool answer = (js_has(add, "item") || activity == 0) && what != CHANGE_DOWN &&
                  what != CHANGE_GONE;
    static const char *const ids[2][3] = {
        {"change.results", "change.results_on", "change.results_in"},
        {"change.answers", "change.answers_on", "change.answers_in"}};
    struct say s;
    if (what == CHANGE_DOWN)
        s = say_new(a, in.n > 0 ? "change.low_in" : "change.low");
    else
        s = say_new(a, ids[answer][on.n > 0 ? 1 : in.n > 0 ? 2 : 0]);
    add_int(&s, "n", n);
    if (!answer)
        add_int(&s, "share", share);
    if (on.n > 0 && what != CHANGE_DOWN)
        add_text(&s, "skill", on);
    else if (in.n > 0)
        add_text(&s, "activity", in);
    return s;
}

/* Several activities for one skill: the number is what counts. */
static struct say all_of(struct arena *a, const struct change *c)
{
    struct say s = say_new(a, "change.answers");
    add_int(&s, "n", c->rows - (int64_t)c->edit_n);
    return s;
}

static struct say parts_of(struct arena *a, const struct change *c, enum change_what what,
                           const struct change_names *names)
{
    size_t n = js_len(c->adds);
    if (n > PARTS || (n > 1 && what != CHANGE_OPEN))
        return all_of(a, c);
    struct say s = part_of(a, js_at(c->adds, 0), what, names);
    for (size_t i = 1; i < n; i++) {
        struct say both = say_new(a, "list.two");
        add_say(a, &both, "a", s);
        add_say(a, &both, "b", part_of(a, js_at(c->adds, i), what, names));
        s = both;
    }
    return s;
}

/* When: on so many days, or not today. */
static struct say with_days(struct arena *a, const struct change *c, struct say part)
{
    if (c->days <= 1 && c->first == 0)
        return part;
    struct say s = say_new(a, c->days > 1 ? "change.on_days" : "change.later");
    add_say(a, &s, "what", part);
    if (c->days > 1)
        add_int(&s, "days", c->days);
    return s;
}

static struct say with_edits(struct arena *a, const struct change *c)
{
    struct say s = say_new(a, "change.instead");
    add_int(&s, "n", (int64_t)c->edit_n);
    add_int(&s, "share", c->share);
    add_int(&s, "was", (int64_t)floor(c->edits[0].was + 0.5));
    return s;
}

/* A visit, or work handed in: nothing with a score. */
static struct say unscored(struct arena *a, const struct change *c, struct str kind)
{
    struct say s =
        say_new(a, str_is(kind, "visit") ? "change.gone_visit" : "change.gone_handed_in");
    add_int(&s, "n", c->rows);
    return s;
}

struct say change_say(struct arena *a, const struct change *c, enum change_what what,
                      const struct change_names *names)
{
    static const char *const then[] = {[CHANGE_MASTERED] = "change.then_mastered",
                                       [CHANGE_NEXT] = "change.then_next",
                                       [CHANGE_DOWN] = "change.then_down",
                                       [CHANGE_OPEN] = "change.then_open",
                                       [CHANGE_GONE] = "change.then_gone"};
    static const struct change_names nameless = {0};
    struct str kind = js_text(js_at(c->adds, 0), "kind");
    names = names != NULL ? names : &nameless;
    if (!c->known)
        return (struct say){0};
    if (kind.n > 0)
        return unscored(a, c, kind);
    struct say part = js_len(c->adds) == 0 ? with_edits(a, c)
                                           : with_days(a, c, parts_of(a, c, what, names));
    if (js_len(c->adds) > 0 && c->edit_n > 0) {
        struct say both = say_new(a, "list.two");
        add_say(a, &both, "a", part);
        add_say(a, &both, "b", with_edits(a, c));
        part = both;
    }
    struct say s = say_new(a, then[what]);
    add_say(a, &s, "what", part);
    add_int(&s, "n", c->rows);
    if (!c->nowhere || what == CHANGE_DOWN)
        return s;
    struct say seen = say_new(a, "change.nowhere");
    add_say(a, &seen, "then", s);
    return seen;
}
