#include "learn/paths.h"

#include "base/js.h"
#include "base/vec.h"
#include "store/decision.h"
#include "store/state.h"
#include "store/stmt.h"

#define GAP_MAX ((size_t)256 * 1024)
#define TITLES_MAX ((size_t)64 * 1024)

static struct js *step_json(struct arena *a, const struct skill_map *m,
                            const struct gap_step *s)
{
    struct js *o = js_object(a);
    js_set_str(o, "skill", m->skills[s->skill].code);
    if (s->level != SKILL_MASTERED) {
        js_set_str(o, "level", m->levels[s->level].code);
        js_set_str(o, "to", m->levels[s->level].title);
    }
    if (s->goal)
        js_set_bool(o, "goal", true);
    if (s->behind)
        js_set_bool(o, "behind", true);
    if (s->any.n > 1) {
        struct js *any = js_array(a);
        for (size_t i = 0; i < s->any.n; i++)
            js_push_str(any, m->skills[s->any.of[i].skill].code);
        js_set(o, "any", any);
    }
    return o;
}

struct str paths_gap(struct arena *a, const struct skill_map *m,
                     const struct gap_step *steps, size_t n)
{
    struct js *o = js_object(a), *list = js_array(a);
    for (size_t i = 0; i < n && i < PATHS_STEPS; i++)
        js_push(list, step_json(a, m, &steps[i]));
    js_set_i64(o, "n", (int64_t)n);
    js_set(o, "steps", list);
    return js_dump(a, o);
}

static bool flag(const struct js *o, const char *key)
{
    bool b = false;
    return js_bool(js_get(o, key), &b) && b;
}

static void read_steps(struct arena *a, struct str gap, struct paths *out)
{
    const struct js *o = gap.n > 0 ? js_parse(a, gap, GAP_MAX, 6, NULL) : NULL;
    const struct js *list = js_get(o, "steps");
    int64_t all = 0;
    (void)js_i64(js_get(o, "n"), &all);
    out->known = o != NULL;
    out->steps_all = (size_t)all;
    out->steps = ARENA_ARRAY(a, struct paths_step, js_len(list));
    for (size_t i = 0; i < js_len(list); i++) {
        const struct js *v = js_at(list, i), *any = js_get(v, "any");
        struct paths_step *s = &out->steps[out->steps_n++];
        *s = (struct paths_step){.skill = js_text(v, "skill"),
                                 .to = js_text(v, "to"),
                                 .goal = flag(v, "goal"),
                                 .behind = flag(v, "behind"),
                                 .instead = ARENA_ARRAY(a, struct str, js_len(any))};
        for (size_t k = 0; k < js_len(any); k++)
            if (js_str(js_at(any, k), &s->instead[s->instead_n]) &&
                !str_eq(s->instead[s->instead_n], s->skill))
                s->instead_n++;
    }
}

static int read_rows(struct learn *l, struct paths *out, struct err *e)
{
    struct arena *a = l->a;
    struct vec v;
    vec_init(&v, a, sizeof(struct paths_row));
    struct db_rows *r = db_ask(l->db, S_PATHS, e, DB_I(l->tenant_id), DB_I(l->course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1) {
        struct str titles = str_dup(a, db_text(r, 2));
        *(struct paths_row *)vec_push(&v) = (struct paths_row){
            .code = str_dup(a, db_text(r, 0)),
            .title = str_dup(a, db_text(r, 1)),
            .titles = titles.n > 0 ? js_parse(a, titles, TITLES_MAX, 2, NULL) : NULL,
            .about = str_dup(a, db_text(r, 3)),
            .kind = str_dup(a, db_text(r, 4)),
        };
    }
    db_end(r);
    out->rows = v.p;
    out->n = v.n;
    return more;
}

/* The path of the newest word about it that the map still has. */
static void choose(struct paths *out, const struct decision *d, size_t n)
{
    struct paths_row *chosen = out->n > 0 ? &out->rows[0] : NULL;
    for (size_t i = 0; i < n; i++) {
        if (!str_is(d[i].kind, "path"))
            continue;
        chosen = out->n > 0 ? &out->rows[0] : NULL;
        for (size_t k = 0; k < out->n; k++)
            if (str_eq(out->rows[k].code, d[i].subject))
                chosen = &out->rows[k];
    }
    if (chosen != NULL)
        chosen->chosen = true;
}

int paths_read(struct learn *l, int64_t person_id, struct paths *out, struct err *e)
{
    struct state run;
    struct decision *said;
    size_t n;
    *out = (struct paths){0};
    int found = state_run(l->db, l->a, l->tenant_id, l->course_id, person_id, &run, e);
    if (found < 0 || read_rows(l, out, e) < 0 ||
        decision_list(l->db, l->a, l->tenant_id, l->course_id, person_id, 0, &said, &n,
                      e) < 0)
        return -1;
    choose(out, said, n);
    if (found == 1)
        read_steps(l->a, run.gap, out);
    for (size_t i = 0; i < out->n; i++)
        out->waiting = out->waiting || (out->rows[i].chosen && out->known &&
                                        !str_eq(out->rows[i].code, run.path));
    return 0;
}

int paths_has(struct learn *l, struct str code, struct err *e)
{
    struct paths p = {0};
    if (read_rows(l, &p, e) < 0)
        return -1;
    for (size_t i = 0; i < p.n; i++)
        if (str_eq(p.rows[i].code, code))
            return 1;
    return 0;
}
