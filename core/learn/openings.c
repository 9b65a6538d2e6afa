#include "learn/openings.h"

#include "base/js.h"
#include "job/queue.h"
#include "learn/proving.h"
#include "learn/recompute.h"
#include "learn/units.h"
#include "learn/words.h"
#include "store/decision.h"
#include "store/stmt.h"

#include <stdlib.h>

#define IDS_MAX 200 /* evidence ids kept in one row: the newest */
#define KEY_N 200
#define NOTE_N 2000

/* --- by the rule -------------------------------------------------------------------- */

static int by_id(const void *x, const void *y)
{
    int64_t p = *(const int64_t *)x, q = *(const int64_t *)y;
    return (p > q) - (p < q);
}

/* Evidence of the unit's skills that hold, each once, as a JSON array. */
static struct str evidence_of(const struct gates_turn *t, const struct model_gate *g)
{
    int64_t *ids = ARENA_ARRAY(t->a, int64_t, g->skills_n * IDS_MAX);
    size_t n = 0;
    for (size_t i = 0; i < g->skills_n; i++) {
        const struct state_skill *s = &t->now->skills[g->skills[i]];
        struct js *list = js_parse(t->a, s->evidence_ids, 1 << 20, 2, NULL);
        size_t all = js_len(list), from = all > IDS_MAX ? all - IDS_MAX : 0;
        if (!str_is(s->word, "mastered") && !str_is(s->word, "review"))
            continue;
        for (size_t k = from; k < all; k++)
            n += js_i64(js_at(list, k), &ids[n]);
    }
    qsort(ids, n, sizeof ids[0], by_id);
    struct js *out = js_array(t->a);
    for (size_t i = n > IDS_MAX ? n - IDS_MAX : 0; i < n; i++)
        if (i == 0 || ids[i] != ids[i - 1])
            js_push_i64(out, ids[i]);
    return js_dump(t->a, out);
}

/* Of the unit as it is now, and of skills that were mastered at some time. The gate's own
 * percentage is none of it: a teacher may have raised that by hand. */
static int64_t percent_of(const struct gates_turn *t, const struct model_opening *o)
{
    return gates_percent(words_count(t->a, t->reached[o->gate].mastered),
                         t->m->gates[o->gate].skills_n);
}

static struct str facts_of(const struct gates_turn *t, const struct model_opening *o)
{
    struct js *f = js_object(t->a);
    js_set_i64(f, "map", t->m->map_id);
    js_set_i64(f, "needed", o->percent);
    js_set_i64(f, "percent", percent_of(t, o));
    js_set_str(f, "unit", t->m->gates[o->gate].unit);
    return js_dump(t->a, f);
}

static bool holds_already(const struct opening_held *rows, size_t n, int64_t opening_id)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].opening_id == opening_id)
            return !str_is(rows[i].state, "seen");
    return false;
}

static bool reaches(const struct gates_turn *t, const struct model_opening *o)
{
    return percent_of(t, o) >= o->percent;
}

static bool reaches_any(const struct gates_turn *t)
{
    for (size_t i = 0; i < t->m->openings_n; i++)
        if (reaches(t, &t->m->openings[i]))
            return true;
    return false;
}

int openings_put(struct db *db, const struct gates_turn *t, struct err *e)
{
    const struct learn *l = t->l;
    struct opening_held *held;
    size_t n;
    int added = 0;
    if (!reaches_any(t))
        return 0;
    if (opening_held(db, t->a, l->tenant_id, l->course_id, t->person_id, &held, &n, e) <
        0)
        return -1;
    for (size_t i = 0; i < t->m->openings_n; i++) {
        const struct model_opening *o = &t->m->openings[i];
        if (!reaches(t, o) || holds_already(held, n, o->opening_id))
            continue;
        struct opening_member m = {.person_id = t->person_id,
                                   .rule_code = STR(OPENINGS_RULE),
                                   .facts = facts_of(t, o),
                                   .evidence_ids = evidence_of(t, &t->m->gates[o->gate]),
                                   .granted_ms = t->now->as_of_ms};
        int rc = opening_grant(db, l->tenant_id, l->course_id, o->opening_id, &m, e);
        if (rc < 0)
            return -1;
        added += rc;
    }
    return added;
}

int openings_ask(struct learn *l, struct err *e)
{
    struct job_in in = {.tenant_id = l->tenant_id,
                        .kind = STR("open.course"),
                        .key = str_fmt(l->a, "%lld", (long long)l->course_id),
                        .urgent = true};
    return job_add(l->db, l->env, &in, NULL, e) < 0 ? -1 : 0;
}

/* --- by a teacher: openings --------------------------------------------------------- */

static bool sane(struct str s, size_t max_n)
{
    return s.n <= max_n && str_utf8(s) && !str_has_nul(s);
}

static const struct units_row *unit_of(const struct units_row *rows, size_t n,
                                       struct str slug)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(rows[i].slug, slug))
            return &rows[i];
    return NULL;
}

struct adding {
    struct learn *l;
    const struct openings_in *in;
    struct str unit_title;
    int64_t opening_id;
};

/* A group's name is unique in a Moodle course: a second one gets a number. */
static struct str name_of(const struct adding *w, const struct opening *rows, size_t n)
{
    struct arena *a = w->l->a;
    struct str base = str_fmt(a, "Waymark: %.*s, %lld %%",
                              STR_ARG(str_head(w->unit_title, OPENINGS_TITLE_N)),
                              (long long)w->in->percent),
               name = base;
    for (int k = 2;; k++) {
        bool taken = false;
        for (size_t i = 0; i < n; i++)
            taken = taken || str_eq(rows[i].lms_name, name);
        if (!taken)
            return name;
        name = str_fmt(a, "%.*s (%d)", STR_ARG(base), k);
    }
}

static int add_tx(struct db *db, void *ctx, struct err *e)
{
    struct adding *w = ctx;
    struct learn *l = w->l;
    struct opening *rows;
    size_t n;
    if (opening_list(db, l->a, l->tenant_id, l->course_id, &rows, &n, e) < 0)
        return -1;
    if (n >= OPENINGS_MAX)
        return err_set(e, ERR_LIMIT, "a course has at most %d of them", OPENINGS_MAX);
    struct opening o = {.course_id = l->course_id,
                        .unit = w->in->unit,
                        .percent = w->in->percent,
                        .way = w->in->way,
                        .target = w->in->target,
                        .title = w->in->title,
                        .lms_name = name_of(w, rows, n),
                        .by_person_id = w->in->by_person_id};
    if (opening_add(db, l->env, l->tenant_id, &o, e) < 0)
        return -1;
    w->opening_id = o.opening_id;
    return 0;
}

int openings_add(struct learn *l, const struct openings_in *in, int64_t *opening_id,
                 struct err *e)
{
    struct units_row *units;
    size_t n;
    if (units_read(l, &units, &n, e) < 0)
        return -1;
    const struct units_row *unit = unit_of(units, n, in->unit);
    bool override = str_is(in->way, "override");
    if (unit == NULL)
        return err_set(e, ERR_INPUT, "the course's map has no such unit");
    if (in->percent < 1 || in->percent > 100)
        return err_set(e, ERR_INPUT, "the percentage is from 1 to 100");
    if (!str_is(in->way, "score") && !str_is(in->way, "group") && !override)
        return err_set(e, ERR_INPUT, "there is no such way to open");
    if (!sane(in->target, KEY_N) || !sane(in->title, OPENINGS_TITLE_N) ||
        (override && in->target.n == 0))
        return err_set(e, ERR_INPUT, "it does not say what should open");
    struct adding w = {l, in, unit->title, 0};
    if (db_tx(l->db, DB_WRITE, add_tx, &w, e) < 0)
        return -1;
    *opening_id = w.opening_id;
    return 0;
}

int openings_copy(struct learn *l, int64_t from_course_id, struct err *e)
{
    struct opening *rows, *own;
    size_t n, own_n;
    if (opening_list(l->db, l->a, l->tenant_id, from_course_id, &rows, &n, e) < 0 ||
        opening_list(l->db, l->a, l->tenant_id, l->course_id, &own, &own_n, e) < 0)
        return -1;
    for (size_t i = 0; i < n && own_n == 0; i++) {
        struct opening o = rows[i];
        o.course_id = l->course_id;
        o.target = STR_EMPTY;
        if (!str_is(o.way, "override") &&
            opening_add(l->db, l->env, l->tenant_id, &o, e) < 0)
            return -1;
    }
    return 0;
}

struct changing {
    struct learn *l;
    int64_t opening_id;
    enum openings_do what;
    int64_t percent;
    int64_t by_person_id;
};

/* Who has reached it already is found by working everybody out again. */
static int look_again(struct learn *l, struct err *e)
{
    return proving_enqueue(l, e) < 0 || recompute_enqueue(l, e) < 0 ||
                   openings_ask(l, e) < 0
               ? -1
               : 0;
}

static int change_tx(struct db *db, void *ctx, struct err *e)
{
    struct changing *w = ctx;
    struct learn *l = w->l;
    struct opening o;
    int64_t now_ms = env_now_ms(l->env);
    int found = opening_get(db, l->a, l->tenant_id, l->course_id, w->opening_id, &o, e);
    if (found <= 0)
        return found < 0 ? -1 : err_set(e, ERR_NOTFOUND, "there is no such opening");
    o.by_person_id = w->by_person_id;
    switch (w->what) {
    case OPENINGS_ACTIVATE:
        return opening_state(db, l->tenant_id, &o, "active", now_ms, e) < 0
                   ? -1
                   : look_again(l, e);
    case OPENINGS_PAUSE:
        return opening_state(db, l->tenant_id, &o, "paused", now_ms, e) < 0 ? -1 : 0;
    case OPENINGS_DROP:
        found = opening_drop(db, l->tenant_id, &o, e);
        return found == 0 ? err_set(e, ERR_INPUT, "somebody was let in: pause it instead")
                          : (found < 0 ? -1 : 0);
    case OPENINGS_PERCENT:
        break;
    }
    if (w->percent < 1 || w->percent > 100)
        return err_set(e, ERR_INPUT, "the percentage is from 1 to 100");
    return opening_percent(db, l->tenant_id, &o, w->percent, now_ms, e) < 0
               ? -1
               : look_again(l, e);
}

int openings_change(struct learn *l, int64_t opening_id, enum openings_do what,
                    int64_t percent, int64_t by_person_id, struct err *e)
{
    struct changing w = {l, opening_id, what, percent, by_person_id};
    return db_tx(l->db, DB_WRITE, change_tx, &w, e);
}

/* --- by a teacher: one person ------------------------------------------------------- */

struct handing {
    struct learn *l;
    const struct openings_hand *in;
};

/* Only an active student can be let in; shutting is for whoever has a row or may get one.
 */
static int is_student(struct db *db, const struct learn *l, int64_t person_id,
                      struct err *e)
{
    struct db_rows *r = db_ask(db, S_OPENING_STUDENT, e, DB_I(l->tenant_id),
                               DB_I(l->course_id), DB_I(person_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    db_end(r);
    return found;
}

/* The score itself is what opens: it rises to what is asked for, and is posted by the
 * next working out. */
static int raise_score(struct db *db, const struct handing *w, const struct opening *o,
                       struct err *e)
{
    struct learn *l = w->l;
    struct gate_score *rows,
        s = {.unit = o->unit, .target = STR_EMPTY, .mastered = STR("[]")};
    size_t n;
    if (gate_scores(db, l->a, l->tenant_id, l->course_id, w->in->person_id, &rows, &n,
                    e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (str_eq(rows[i].unit, o->unit))
            s = rows[i];
    if (s.percent >= o->percent)
        return 0; /* it was posted, or is about to be */
    s.percent = o->percent;
    s.target = STR_EMPTY;
    if (gate_score_set(db, l->tenant_id, l->course_id, w->in->person_id, &s, e) < 0)
        return -1;
    return recompute_enqueue_person(l, w->in->person_id, e);
}

static int decide(struct db *db, const struct handing *w, const struct opening *o,
                  int64_t now_ms, struct err *e)
{
    struct learn *l = w->l;
    struct js *facts = js_object(l->a);
    js_set_str(facts, "unit", o->unit);
    js_set_str(facts, "title", o->title.n > 0 ? o->title : o->lms_name);
    if (w->in->note.n > 0)
        js_set_str(facts, "note", w->in->note);
    struct decision d = {.person_id = w->in->person_id,
                         .by_person_id = w->in->by_person_id,
                         .kind = w->in->open ? STR("unlock_open") : STR("unlock_close"),
                         .subject = str_fmt(l->a, "%lld", (long long)o->opening_id),
                         .facts = js_dump(l->a, facts),
                         .at_ms = now_ms};
    return decision_add(db, l->env, l->tenant_id, l->course_id, &d, e);
}

static int hand_tx(struct db *db, void *ctx, struct err *e)
{
    struct handing *w = ctx;
    struct learn *l = w->l;
    const struct openings_hand *in = w->in;
    struct opening o;
    int64_t now_ms = env_now_ms(l->env);
    int found = opening_get(db, l->a, l->tenant_id, l->course_id, in->opening_id, &o, e);
    if (found == 1)
        found = is_student(db, l, in->person_id, e);
    if (found <= 0)
        return found < 0 ? -1
                         : err_set(e, ERR_NOTFOUND,
                                   "no such opening, or no student of "
                                   "the course");
    struct opening_member m = {.person_id = in->person_id,
                               .rule_code = STR(OPENINGS_BY_HAND),
                               .facts = STR("{}"),
                               .evidence_ids = STR("[]"),
                               .by_person_id = in->by_person_id,
                               .granted_ms = now_ms};
    int rc = in->open
                 ? opening_hand(db, l->tenant_id, l->course_id, o.opening_id, &m, e)
                 : opening_close(db, l->tenant_id, l->course_id, o.opening_id, &m, e);
    if (rc <= 0)
        return rc; /* it is so already: nothing was decided */
    if (decide(db, w, &o, now_ms, e) < 0 ||
        (in->open && str_is(o.way, "score") && raise_score(db, w, &o, e) < 0))
        return -1;
    return in->open ? openings_ask(l, e) : 0;
}

int openings_hand(struct learn *l, const struct openings_hand *in, struct err *e)
{
    struct handing w = {l, in};
    struct str note = str_trim(in->note);
    if (!sane(note, NOTE_N))
        return err_set(e, ERR_INPUT, "the reason is too long");
    if (!in->open && note.n == 0)
        return err_set(e, ERR_INPUT, "to close it for somebody, say why");
    return db_tx(l->db, DB_WRITE, hand_tx, &w, e);
}
