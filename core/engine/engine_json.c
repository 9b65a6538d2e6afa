/* The whole answer of the engine as JSON (engine.h). */
#include "base/js.h"
#include "engine/engine.h"

static struct js *ids_json(struct arena *a, const int64_t *ids, size_t n)
{
    struct js *v = js_array(a);
    for (size_t i = 0; i < n; i++) {
        js_push_i64(v, ids[i]);
    }
    return v;
}

static struct js *skill_json(struct arena *a, const struct skill_map *m,
                             const struct engine_out *out, size_t i)
{
    const struct engine_skill *s = &out->skills[i];
    const struct progress_ready *r = &out->ready[i];
    struct js *o = js_object(a);
    js_set_str(o, "code", m->skills[i].code);
    js_set_num(o, "p", s->p);
    js_set_num(o, "p_low", s->p_low);
    js_set_num(o, "p_high", s->p_high);
    js_set_str(o, "word", str_c(mastery_word_name(s->word)));
    js_set_i64(o, "proof_n", s->proof_n);
    js_set_i64(o, "day_n", s->day_n);
    js_set_i64(o, "last_ms", s->last_ms);
    js_set(o, "evidence", ids_json(a, s->ids, s->id_n));
    js_set_bool(o, "ready", r->ready);
    js_set(o, "missing", skill_wants_json(a, m, r->missing, r->missing_n));
    return o;
}

static struct js *pick_json(struct arena *a, const struct skill_map *m,
                            const struct recommend_pick *p)
{
    struct js *o = js_object(a);
    js_set_str(o, "skill", m->skills[p->skill].code);
    js_set_i64(o, "activity", p->activity_id);
    js_set_str(o, "reason", str_c(recommend_reason_name(p->reason)));
    js_set_bool(o, "choice", p->choice);
    js_set_num(o, "score", p->score);
    js_set(o, "facts", js_parse(a, p->facts, p->facts.n, 8, NULL));
    js_set(o, "evidence", ids_json(a, p->ids, p->id_n));
    return o;
}

static struct js *flag_json(struct arena *a, const struct risk_rules *rules,
                            const struct risk_flag *f)
{
    struct js *o = js_object(a);
    struct js *sources = js_array(a);
    for (size_t i = 0; i < f->source_n; i++) {
        js_push_str(sources, f->sources[i]);
    }
    js_set_str(o, "rule", rules->rules[f->rule].id);
    js_set_str(o, "level", str_c(risk_level_name(f->level)));
    js_set_i64(o, "decided", f->decided);
    js_set(o, "facts", js_parse(a, f->facts, f->facts.n, 8, NULL));
    js_set(o, "evidence", ids_json(a, f->ids, f->id_n));
    js_set(o, "sources", sources);
    js_set_i64(o, "since_ms", f->since_ms);
    return o;
}

static struct js *conflict_json(struct arena *a, const struct count_conflict *c)
{
    struct js *o = js_object(a);
    js_set_i64(o, "activity", c->activity_id);
    js_set_str(o, "kept", c->kept_source);
    js_set_str(o, "other", c->other_source);
    js_set_num(o, "kept_share", c->kept_share);
    js_set_num(o, "other_share", c->other_share);
    return o;
}

/* Only of a map with paths: without any it follows from the words. */
static void put_gap(struct arena *a, const struct skill_map *m,
                    const struct engine_out *out, struct js *o)
{
    struct js *steps = js_array(a);
    for (size_t i = 0; i < out->gap_n; i++) {
        js_push_str(steps, m->skills[out->gap[i].skill].code);
    }
    if (out->path >= 0) {
        js_set_str(o, "path", m->paths[out->path].code);
        js_set(o, "gap", steps);
    }
}

/* Only of a map with unlock rules about activities. */
static void put_rules(struct arena *a, const struct skill_map *m,
                      const struct engine_out *out, struct js *o)
{
    struct js *met = js_array(a);
    for (size_t i = 0; i < out->rule_n; i++) {
        js_push_str(met, m->unlock->v[out->rules[i]].code);
    }
    if (out->rule_n > 0) {
        js_set(o, "rules", met);
    }
}

struct str engine_json(struct arena *a, const struct engine_course *c,
                       const struct engine_out *out)
{
    const struct engine_parts *parts = engine_parts_of(c);
    const struct skill_map *m = parts->map;
    struct js *o = js_object(a);
    struct js *skills = js_array(a);
    struct js *next = js_array(a);
    struct js *flags = js_array(a);
    struct js *opened = js_array(a);
    struct js *conflicts = js_array(a);
    for (size_t i = 0; i < m->skill_n; i++) {
        js_push(skills, skill_json(a, m, out, i));
    }
    for (size_t i = 0; i < out->next_n; i++) {
        js_push(next, pick_json(a, m, &out->next[i]));
    }
    for (size_t i = 0; i < out->flag_n; i++) {
        js_push(flags, flag_json(a, parts->rules, &out->flags[i]));
    }
    for (size_t i = 0; i < out->opened_n; i++) {
        struct js *g = js_object(a);
        js_set_str(g, "skill", m->skills[out->opened[i].skill].code);
        js_set(g, "evidence", ids_json(a, out->opened[i].ids, out->opened[i].id_n));
        js_push(opened, g);
    }
    for (size_t i = 0; i < out->conflict_n; i++) {
        js_push(conflicts, conflict_json(a, &out->conflicts[i]));
    }
    js_set(o, "skills", skills);
    js_set(o, "next", next);
    js_set(o, "flags", flags);
    js_set(o, "opened", opened);
    js_set(o, "conflicts", conflicts);
    put_gap(a, m, out, o);
    put_rules(a, m, out, o);
    return js_dump(a, o);
}
