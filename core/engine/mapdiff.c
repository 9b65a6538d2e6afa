#include "engine/mapdiff.h"

#include "base/vec.h"
#include "engine/mapdoc.h"
#include "engine/mappath.h"
#include "engine/unlock.h"

#include <stdlib.h>

struct work {
    struct arena *a;
    const struct skill_map *was;
    const struct skill_map *now;
    struct vec rows[MAPDIFF_KINDS];
};

/* A sorted set of texts about one skill. */
struct texts {
    struct str *v;
    size_t n;
};

static void put(struct work *w, enum mapdiff_kind kind, struct str about,
                const char *field, struct str was, struct str now)
{
    *(struct mapdiff_row *)vec_push(&w->rows[kind]) = (struct mapdiff_row){
        .kind = kind, .about = about, .field = field, .was = was, .now = now};
}

static void put_if(struct work *w, enum mapdiff_kind kind, struct str about,
                   const char *field, struct str was, struct str now)
{
    if (!str_eq(was, now)) {
        put(w, kind, about, field, was, now);
    }
}

static struct str number(struct arena *a, double x)
{
    return str_fmt(a, "%.10g", x);
}

static void put_number(struct work *w, enum mapdiff_kind kind, struct str about,
                       const char *field, double was, double now)
{
    if (was != now) {
        put(w, kind, about, field, number(w->a, was), number(w->a, now));
    }
}

/* --- sets of texts --------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void sort(struct texts *t)
{
    if (t->n > 1) {
        qsort(t->v, t->n, sizeof(t->v[0]), by_text);
    }
}

/* What only one of them has. */
static void put_sets(struct work *w, enum mapdiff_kind kind, struct str about,
                     const struct texts *was, const struct texts *now)
{
    size_t i = 0;
    size_t k = 0;
    while (i < was->n || k < now->n) {
        int c = i == was->n ? 1 : k == now->n ? -1 : str_cmp(was->v[i], now->v[k]);
        if (c < 0) {
            put(w, kind, about, NULL, was->v[i], STR_EMPTY);
        } else if (c > 0) {
            put(w, kind, about, NULL, STR_EMPTY, now->v[k]);
        }
        i += c <= 0 ? 1 : 0;
        k += c >= 0 ? 1 : 0;
    }
}

/* The code of a skill of the map before, by that of the only one that replaced it. */
static struct str code_now(const struct work *w, const struct skill_map *m, int32_t ord)
{
    struct str code = m->skills[ord].code;
    int32_t heir;
    if (m == w->was && skill_heirs(w->now, code, &heir, 1) == 1) {
        return w->now->skills[heir].code;
    }
    return code;
}

/* "A", "A at working", "A / B": members sorted, so that order says nothing. */
static struct str want_text(const struct work *w, const struct skill_map *m,
                            const struct skill_want *want)
{
    struct texts t = {.v = ARENA_ARRAY(w->a, struct str, want->n)};
    struct buf b;
    buf_init(&b, w->a, 64);
    for (size_t i = 0; i < want->n; i++) {
        struct str code = code_now(w, m, want->of[i].skill);
        struct str at = want->of[i].level == SKILL_MASTERED
                            ? STR_EMPTY
                            : m->levels[want->of[i].level].code;
        t.v[t.n++] =
            at.n == 0 ? code : str_fmt(w->a, "%.*s at %.*s", STR_ARG(code), STR_ARG(at));
    }
    sort(&t);
    for (size_t i = 0; i < t.n; i++) {
        buf_fmt(&b, "%s%.*s", i > 0 ? " / " : "", STR_ARG(t.v[i]));
    }
    return buf_view(&b);
}

static struct texts needs_of(const struct work *w, const struct skill_map *m,
                             const struct skill *s, bool hard)
{
    struct texts t = {.v = ARENA_ARRAY(w->a, struct str, s->need_n)};
    struct skill_want want;
    size_t at = 0;
    while (skill_want_next(s, &at, &want)) {
        if (hard) {
            t.v[t.n++] = want_text(w, m, &want);
        }
    }
    for (; !hard && at < s->need_n; at++) {
        t.v[t.n++] = code_now(w, m, s->needs[at].skill);
    }
    sort(&t);
    return t;
}

/* --- skills ---------------------------------------------------------------------- */

static struct str json_text(struct arena *a, const struct js *v)
{
    return v != NULL ? js_dump(a, v) : STR_EMPTY;
}

static void put_bkt(struct work *w, enum mapdiff_kind kind, struct str about,
                    const struct skill_bkt *x, const struct skill_bkt *y)
{
    put_number(w, kind, about, "bkt.init", x->p_init, y->p_init);
    put_number(w, kind, about, "bkt.learn", x->p_learn, y->p_learn);
    put_number(w, kind, about, "bkt.guess", x->p_guess, y->p_guess);
    put_number(w, kind, about, "bkt.slip", x->p_slip, y->p_slip);
    put_number(w, kind, about, "bkt.forget", x->p_forget, y->p_forget);
    put_number(w, kind, about, "bkt.half_life_days", x->half_life_days,
               y->half_life_days);
}

static void compare_members(struct work *w, const struct skill *x, const struct skill *y)
{
    put_if(w, MAPDIFF_CHANGED, y->code, "title", x->title, y->title);
    put_if(w, MAPDIFF_CHANGED, y->code, "unit", x->unit, y->unit);
    put_if(w, MAPDIFF_CHANGED, y->code, "standard", x->standard, y->standard);
    put_if(w, MAPDIFF_CHANGED, y->code, "replaced_by", x->replaced_by, y->replaced_by);
    put_if(w, MAPDIFF_CHANGED, y->code, "titles", json_text(w->a, x->titles),
           json_text(w->a, y->titles));
    put_number(w, MAPDIFF_CHANGED, y->code, "minutes", x->minutes, y->minutes);
    if (x->own_bkt || y->own_bkt) {
        put_bkt(w, MAPDIFF_CHANGED, y->code, &x->bkt, &y->bkt);
    }
    if (!str_eq(json_text(w->a, x->source), json_text(w->a, y->source))) {
        put(w, MAPDIFF_CHANGED, y->code, "source", STR_EMPTY, STR_EMPTY);
    }
}

static struct str titled(struct arena *a, const struct skill *s)
{
    return str_fmt(a, "%.*s (%.*s)", STR_ARG(s->title), STR_ARG(s->unit));
}

/* The skill of the map before that `y` is now: its own code, or the only one that it
 * replaces. */
static int32_t before_of(const struct work *w, const struct skill *y)
{
    int32_t own = skill_find(w->was, y->code);
    int32_t found = -1;
    if (own >= 0) {
        return own;
    }
    for (size_t i = 0; i < y->replaces_n; i++) {
        int32_t ord = skill_find(w->was, y->replaces[i]);
        if (ord >= 0 && found >= 0) {
            return -1;
        }
        found = ord >= 0 ? ord : found;
    }
    return found;
}

static void compare_skill(struct work *w, size_t ord)
{
    const struct skill *y = &w->now->skills[ord];
    int32_t at = before_of(w, y);
    struct texts none = {0};
    struct texts hard = needs_of(w, w->now, y, true);
    struct texts soft = needs_of(w, w->now, y, false);
    if (skill_find(w->was, y->code) < 0) {
        put(w, MAPDIFF_ADDED, y->code, NULL, STR_EMPTY, titled(w->a, y));
    } else {
        compare_members(w, &w->was->skills[at], y);
    }
    if (at >= 0) {
        struct texts was_hard = needs_of(w, w->was, &w->was->skills[at], true);
        struct texts was_soft = needs_of(w, w->was, &w->was->skills[at], false);
        put_sets(w, MAPDIFF_NEEDS, y->code, &was_hard, &hard);
        put_sets(w, MAPDIFF_HELPS, y->code, &was_soft, &soft);
    } else {
        put_sets(w, MAPDIFF_NEEDS, y->code, &none, &hard);
        put_sets(w, MAPDIFF_HELPS, y->code, &none, &soft);
    }
}

static void compare_gone(struct work *w)
{
    for (size_t i = 0; i < w->was->skill_n; i++) {
        const struct skill *x = &w->was->skills[i];
        int32_t heirs[SKILL_HEIRS_MAX];
        struct buf b;
        if (skill_find(w->now, x->code) >= 0) {
            continue;
        }
        size_t n = skill_heirs(w->now, x->code, heirs, SKILL_HEIRS_MAX);
        buf_init(&b, w->a, 64);
        for (size_t k = 0; k < n && k < SKILL_HEIRS_MAX; k++) {
            buf_fmt(&b, "%s%.*s", k > 0 ? ", " : "",
                    STR_ARG(w->now->skills[heirs[k]].code));
        }
        put(w, n > 0 ? MAPDIFF_REPLACED : MAPDIFF_REMOVED, x->code, NULL, titled(w->a, x),
            buf_view(&b));
    }
}

/* --- ties, paths, numbers -------------------------------------------------------- */

/* "Quiz 1:* question 2, weight 0.5": what ties say, by skill of the newer map (or its
 * code of before). */
struct tie_text {
    struct str code;
    struct str text;
};

static int by_tie(const void *a, const void *b)
{
    const struct tie_text *x = a;
    const struct tie_text *y = b;
    int c = str_cmp(x->code, y->code);
    return c != 0 ? c : str_cmp(x->text, y->text);
}

static struct str tie_line(struct arena *a, const struct skill_rule *r,
                           const struct skill_tell *t)
{
    struct buf b;
    buf_init(&b, a, 64);
    buf_str(&b, r->title.n > 0 ? r->title : r->idnumber);
    if (r->title.n > 0 && r->idnumber.n > 0) {
        buf_fmt(&b, " [%.*s]", STR_ARG(r->idnumber));
    }
    if (r->kind.n > 0) {
        buf_fmt(&b, " (%.*s)", STR_ARG(r->kind));
    }
    if (t->slot.n > 0) {
        buf_fmt(&b, " question %.*s", STR_ARG(t->slot));
    }
    buf_fmt(&b, ", weight %.10g", t->weight);
    return buf_view(&b);
}

static struct tie_text *ties_of(const struct work *w, const struct skill_map *m,
                                size_t *n)
{
    struct vec v;
    vec_init(&v, w->a, sizeof(struct tie_text));
    for (size_t i = 0; i < m->rule_n; i++) {
        for (size_t k = 0; k < m->rules[i].tell_n; k++) {
            const struct skill_tell *t = &m->rules[i].tells[k];
            *(struct tie_text *)vec_push(&v) = (struct tie_text){
                code_now(w, m, t->skill), tie_line(w->a, &m->rules[i], t)};
        }
    }
    *n = v.n;
    if (v.n > 1) {
        qsort(v.p, v.n, v.size, by_tie);
    }
    return v.p;
}

static void compare_ties(struct work *w)
{
    size_t was_n;
    size_t now_n;
    const struct tie_text *was = ties_of(w, w->was, &was_n);
    const struct tie_text *now = ties_of(w, w->now, &now_n);
    size_t i = 0;
    size_t k = 0;
    while (i < was_n || k < now_n) {
        int c = i == was_n ? 1 : k == now_n ? -1 : by_tie(&was[i], &now[k]);
        if (c < 0) {
            put(w, MAPDIFF_TIES, was[i].code, NULL, was[i].text, STR_EMPTY);
        } else if (c > 0) {
            put(w, MAPDIFF_TIES, now[k].code, NULL, STR_EMPTY, now[k].text);
        }
        i += c <= 0 ? 1 : 0;
        k += c >= 0 ? 1 : 0;
    }
}

static struct str path_text(const struct work *w, const struct skill_map *m,
                            const struct skill_path *p)
{
    struct buf b;
    buf_init(&b, w->a, 64);
    buf_fmt(&b, "%.*s (%s): ", STR_ARG(p->title), mappath_kind(p->kind));
    for (size_t i = 0; i < p->goal_n; i++) {
        const struct skill_need n = {
            .skill = p->goals[i].skill, .hard = true, .level = p->goals[i].level};
        const struct skill_want want = {.of = &n, .n = 1};
        struct str text = want_text(w, m, &want);
        buf_fmt(&b, "%s%.*s", i > 0 ? ", " : "", STR_ARG(text));
    }
    return buf_view(&b);
}

static void compare_paths(struct work *w)
{
    for (size_t i = 0; i < w->was->path_n; i++) {
        const struct skill_path *p = &w->was->paths[i];
        if (skill_path_find(w->now, p->code) < 0) {
            put(w, MAPDIFF_PATH, p->code, NULL, path_text(w, w->was, p), STR_EMPTY);
        }
    }
    for (size_t i = 0; i < w->now->path_n; i++) {
        const struct skill_path *p = &w->now->paths[i];
        int32_t at = skill_path_find(w->was, p->code);
        put_if(w, MAPDIFF_PATH, p->code, NULL,
               at < 0 ? STR_EMPTY : path_text(w, w->was, &w->was->paths[at]),
               path_text(w, w->now, p));
    }
}

static struct str targets_text(const struct work *w, const struct skill_map *m)
{
    struct buf b;
    buf_init(&b, w->a, 64);
    for (size_t i = 0; i < m->target_n; i++) {
        struct str code = code_now(w, m, m->targets[i]);
        buf_fmt(&b, "%s%.*s", i > 0 ? ", " : "", STR_ARG(code));
    }
    return buf_view(&b);
}

static struct str levels_text(const struct work *w, const struct skill_map *m)
{
    struct buf b;
    buf_init(&b, w->a, 64);
    for (size_t i = 0; i < m->level_n; i++) {
        buf_fmt(&b, "%s%.*s %.10g", i > 0 ? ", " : "", STR_ARG(m->levels[i].code),
                m->levels[i].p);
    }
    return buf_view(&b);
}

static void compare_numbers(struct work *w)
{
    const struct skill_limits *x = &w->was->limits;
    const struct skill_limits *y = &w->now->limits;
    enum mapdiff_kind kind = MAPDIFF_THRESHOLDS;
    put_number(w, kind, STR_EMPTY, "mastered", x->p_mastered, y->p_mastered);
    put_number(w, kind, STR_EMPTY, "almost", x->p_almost, y->p_almost);
    put_number(w, kind, STR_EMPTY, "min_rows", x->min_rows, y->min_rows);
    put_number(w, kind, STR_EMPTY, "min_days", x->min_days, y->min_days);
    put_number(w, kind, STR_EMPTY, "review_days", x->review_days, y->review_days);
    put_bkt(w, kind, STR_EMPTY, &w->was->bkt, &w->now->bkt);
    put_if(w, kind, STR_EMPTY, "levels", levels_text(w, w->was), levels_text(w, w->now));
}

static struct str unlock_text(const struct work *w, const struct skill_map *m)
{
    struct js *o = js_object(w->a);
    unlock_write(w->a, m, o);
    return json_text(w->a, js_get(o, "unlock"));
}

static void compare_map(struct work *w)
{
    const struct skill_map *x = w->was;
    const struct skill_map *y = w->now;
    put_if(w, MAPDIFF_MAP, STR_EMPTY, "code", x->code, y->code);
    put_if(w, MAPDIFF_MAP, STR_EMPTY, "title", x->title, y->title);
    put_if(w, MAPDIFF_MAP, STR_EMPTY, "language", x->language, y->language);
    put_if(w, MAPDIFF_MAP, STR_EMPTY, "about", x->about, y->about);
    put_if(w, MAPDIFF_MAP, STR_EMPTY, "standards", x->standards, y->standards);
    put_if(w, MAPDIFF_MAP, STR_EMPTY, "unlock", unlock_text(w, x), unlock_text(w, y));
    if (x->path_n == 0 && y->path_n == 0) {
        put_if(w, MAPDIFF_MAP, STR_EMPTY, "targets", targets_text(w, x),
               targets_text(w, y));
    }
}

void mapdiff_work(struct arena *a, const struct skill_map *before,
                  const struct skill_map *now, struct mapdiff *out)
{
    struct work w = {.a = a, .was = before, .now = now};
    *out = (struct mapdiff){0};
    for (int k = 0; k < MAPDIFF_KINDS; k++) {
        vec_init(&w.rows[k], a, sizeof(struct mapdiff_row));
    }
    for (size_t i = 0; i < now->skill_n; i++) {
        compare_skill(&w, i);
    }
    compare_gone(&w);
    compare_ties(&w);
    compare_paths(&w);
    compare_numbers(&w);
    compare_map(&w);
    for (int k = 0; k < MAPDIFF_KINDS; k++) {
        out->n += out->counts[k] = w.rows[k].n;
    }
    if (out->n == 0 && !str_eq(mapdoc_hash(a, before), mapdoc_hash(a, now))) {
        put(&w, MAPDIFF_MAP, STR_EMPTY, "other", STR_EMPTY, STR_EMPTY);
        out->n = out->counts[MAPDIFF_MAP] = 1;
    }
    out->rows = ARENA_ARRAY(a, struct mapdiff_row, out->n);
    size_t n = 0;
    for (int k = 0; k < MAPDIFF_KINDS; k++) {
        for (size_t i = 0; i < w.rows[k].n; i++) {
            out->rows[n++] = ((struct mapdiff_row *)w.rows[k].p)[i];
        }
    }
}

const char *mapdiff_kind_name(enum mapdiff_kind kind)
{
    static const char *const names[] = {"added",      "removed", "replaced", "changed",
                                        "needs",      "helps",   "ties",     "path",
                                        "thresholds", "map"};
    return names[kind];
}

static struct str from_to(struct arena *a, const struct mapdiff_row *r)
{
    if (r->was.n == 0 && r->now.n == 0) {
        return str_fmt(a, "%s: changed", r->field);
    }
    if (r->was.n == 0) {
        return str_fmt(a, "%s: %.*s", r->field, STR_ARG(r->now));
    }
    return str_fmt(a, "%s: %.*s -> %.*s", r->field, STR_ARG(r->was), STR_ARG(r->now));
}

struct str mapdiff_text(struct arena *a, const struct mapdiff_row *r)
{
    struct str one = r->was.n > 0 ? r->was : r->now;
    const char *gone = r->was.n > 0 ? "no longer " : "";
    switch (r->kind) {
    case MAPDIFF_NEEDS:
        return str_fmt(a, "%sneeds %.*s", gone, STR_ARG(one));
    case MAPDIFF_HELPS:
        return str_fmt(a, "%sis helped by %.*s", gone, STR_ARG(one));
    case MAPDIFF_TIES:
        return str_fmt(a, "%stold by %.*s", gone, STR_ARG(one));
    case MAPDIFF_REPLACED:
        return str_fmt(a, "%.*s -> %.*s", STR_ARG(r->was), STR_ARG(r->now));
    case MAPDIFF_PATH:
        return r->was.n > 0 && r->now.n > 0
                   ? str_fmt(a, "%.*s -> %.*s", STR_ARG(r->was), STR_ARG(r->now))
                   : str_fmt(a, "%s %.*s", r->was.n > 0 ? "gone:" : "new:", STR_ARG(one));
    case MAPDIFF_CHANGED:
    case MAPDIFF_THRESHOLDS:
    case MAPDIFF_MAP:
        return from_to(a, r);
    default:
        return one;
    }
}
