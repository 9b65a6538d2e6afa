#include "learn/gates.h"

#include "base/js.h"
#include "engine/unit.h"
#include "learn/words.h"
#include "store/opening.h"
#include "store/stmt.h"

#define MAXIMUM 100

/* The skills of the first unit with this short name. */
static void skills_of(struct arena *a, const struct skill_map *map, struct str slug,
                      struct model_gate *out)
{
    struct str unit = STR_EMPTY;
    out->skills = ARENA_ARRAY(a, int32_t, map->skill_n);
    out->skills_n = 0;
    for (size_t i = 0; i < map->skill_n && unit.n == 0; i++)
        if (str_eq(unit_slug(a, map->skills[i].unit), slug))
            unit = map->skills[i].unit;
    for (size_t i = 0; i < map->skill_n && unit.n > 0; i++)
        if (str_eq(map->skills[i].unit, unit))
            out->skills[out->skills_n++] = (int32_t)i;
}

/* The gate of a unit, new where there is none; `at` becomes its index. False: the map has
 * no such unit, so there is nothing to reach. */
static bool gate_at(struct learn *l, struct model *m, struct str unit, struct str target,
                    size_t *at)
{
    for (*at = 0; *at < m->gates_n; ++*at)
        if (str_eq(m->gates[*at].unit, unit))
            return true;
    struct model_gate *g = &m->gates[m->gates_n];
    *g = (struct model_gate){.unit = unit, .target = target};
    skills_of(l->a, m->map, unit, g);
    m->gates_n += g->skills_n > 0;
    return g->skills_n > 0;
}

int gates_load(struct learn *l, struct model *m, struct err *e)
{
    struct gate *rows;
    struct opening *openings;
    size_t n, k, at;
    if (gate_list(l->db, l->a, l->tenant_id, l->course_id, &rows, &n, e) < 0 ||
        opening_list(l->db, l->a, l->tenant_id, l->course_id, &openings, &k, e) < 0)
        return -1;
    m->gates = ARENA_ARRAY(l->a, struct model_gate, n + k);
    m->openings = ARENA_ARRAY(l->a, struct model_opening, k);
    for (size_t i = 0; i < n; i++)
        gate_at(l, m, rows[i].unit, rows[i].url, &at);
    for (size_t i = 0; i < k; i++)
        if (str_is(openings[i].state, "active") &&
            gate_at(l, m, openings[i].unit, STR_EMPTY, &at))
            m->openings[m->openings_n++] =
                (struct model_opening){openings[i].opening_id, openings[i].percent, at};
    return 0;
}

int64_t gates_percent(size_t held, size_t total)
{
    return total > 0 ? (int64_t)(held * MAXIMUM / total) : 0;
}

static bool among(const struct str *codes, size_t n, struct str code)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(codes[i], code))
            return true;
    return false;
}

static bool holds(const struct state_skill *s)
{
    return str_is(s->word, "mastered") || str_is(s->word, "review");
}

size_t gates_held(struct arena *a, const struct panel_skill *skills, size_t n,
                  struct str mastered)
{
    size_t noted_n = 0, held = 0;
    struct str *noted = words_list(a, mastered, &noted_n);
    for (size_t i = 0; i < n; i++)
        held += skills[i].word == MASTERY_MASTERED || skills[i].word == MASTERY_REVIEW ||
                among(noted, noted_n, skills[i].code);
    return held;
}

/* Was the skill noted, under its own code or one that it replaces? */
static bool was_noted(const struct str *noted, size_t n, const struct skill *s)
{
    bool yes = among(noted, n, s->code);
    for (size_t i = 0; i < s->replaces_n && !yes; i++)
        yes = among(noted, n, s->replaces[i]);
    return yes;
}

/* What was reached at some time: what was noted, and what holds now. */
static struct gate_score reached(const struct gates_turn *t, const struct model_gate *g,
                                 const struct gate_score *before)
{
    size_t noted_n = 0, held = 0;
    struct str *noted =
        before == NULL ? NULL : words_list(t->a, before->mastered, &noted_n);
    struct js *list = js_array(t->a);
    for (size_t i = 0; i < g->skills_n; i++) {
        const struct skill *s = &t->m->map->skills[g->skills[i]];
        bool now = holds(&t->now->skills[g->skills[i]]);
        if (!now && !was_noted(noted, noted_n, s))
            continue;
        js_push_str(list, s->code);
        held++;
    }
    struct gate_score s = {.unit = g->unit,
                           .percent = gates_percent(held, g->skills_n),
                           .target = before == NULL ? STR_EMPTY : before->target,
                           .mastered = js_dump(t->a, list)};
    if (before != NULL && before->percent > s.percent)
        s.percent = before->percent; /* the unit has grown, or a skill has another code */
    return s;
}

static int post(struct db *db, const struct gates_turn *t, const struct gate_score *s,
                struct err *e)
{
    const struct learn *l = t->l;
    int64_t at_ms = t->now->as_of_ms;
    struct js *o = js_object(t->a);
    js_set_i64(o, "at_ms", at_ms);
    js_set_i64(o, "scoreGiven", s->percent);
    js_set_i64(o, "scoreMaximum", MAXIMUM);
    struct str key =
        str_fmt(t->a, "gate:%lld:%.*s:%lld:%lld", (long long)l->course_id,
                STR_ARG(s->unit), (long long)t->person_id, (long long)t->version);
    if (db_do(db, S_SCORE_REPLACE, e, DB_I(l->tenant_id), DB_I(l->course_id),
              DB_I(t->person_id), DB_I(at_ms), DB_T(s->target)) < 0)
        return -1;
    return db_do(db, S_SCORE_ADD, e, DB_I(l->tenant_id), DB_I(env_id(l->env)),
                 DB_I(l->course_id), DB_I(t->person_id), DB_T(s->target), DB_T(key),
                 DB_T(js_dump(t->a, o)), DB_I(at_ms)) < 0
               ? -1
               : 0;
}

static int put_one(struct db *db, struct gates_turn *t, const struct model_gate *g,
                   const struct gate_score *before, struct gate_score *out, struct err *e)
{
    struct gate_score s = *out = reached(t, g, before);
    bool more = before == NULL || s.percent > before->percent;
    bool fresh =
        g->target.n > 0 && s.percent > 0 && (more || !str_eq(g->target, s.target));
    if (!fresh && before != NULL && str_eq(s.mastered, before->mastered) && !more)
        return 0;
    if (fresh)
        s.target = g->target;
    if (fresh && post(db, t, &s, e) != 0)
        return -1;
    t->posted += fresh;
    return gate_score_set(db, t->l->tenant_id, t->l->course_id, t->person_id, &s, e);
}

int gates_put(struct db *db, struct gates_turn *t, struct err *e)
{
    struct gate_score *known;
    size_t n;
    t->posted = 0;
    if (t->m->gates_n == 0)
        return 0;
    t->reached = ARENA_ARRAY(t->a, struct gate_score, t->m->gates_n);
    if (gate_scores(db, t->a, t->l->tenant_id, t->l->course_id, t->person_id, &known, &n,
                    e) < 0)
        return -1;
    for (size_t i = 0; i < t->m->gates_n; i++) {
        const struct gate_score *before = NULL;
        for (size_t j = 0; j < n; j++)
            if (str_eq(known[j].unit, t->m->gates[i].unit))
                before = &known[j];
        if (!t->told && before == NULL)
            continue; /* nothing is known, and no teacher opened it */
        if (put_one(db, t, &t->m->gates[i], before, &t->reached[i], e) != 0)
            return -1;
    }
    return 0;
}
