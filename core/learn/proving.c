#include "learn/proving.h"

#include "base/js.h"
#include "base/vec.h"
#include "engine/mapdoc.h"
#include "engine/unit.h"
#include "job/queue.h"
#include "job/runner.h"
#include "learn/coverage.h"
#include "store/activity.h"
#include "store/mapstore.h"
#include "store/opening.h"

#define FACTS_MAX (1u << 20)
#define WHY_MAX 500
#define LIST_MAX 200 /* of what is kept for the pages */

/* --- asking ------------------------------------------------------------------------ */

static void ask_shorts(struct arena *a, struct proving *p)
{
    const struct deadend_in *in = &p->in;
    struct supply *s =
        supply_new(a, p->map, in->activities, in->activity_n, in->ties, in->tie_n, false);
    struct proving_short *v = ARENA_ARRAY(a, struct proving_short, p->map->skill_n);
    p->shorts = v;
    for (size_t i = 0; i < p->map->skill_n; i++) {
        int32_t missing = supply_short(s, (int32_t)i);
        if (missing != 0)
            v[p->shorts_n++] = (struct proving_short){(int32_t)i, missing};
    }
}

/* Nobody can do anything with what is over or hidden: for the count of proofs too. */
static void hide_unusable(struct deadend_in *in, struct course_activity *acts)
{
    for (size_t i = 0; i < in->activity_n; i++)
        acts[i].visible = deadend_usable(&acts[i], in->as_of_ms);
}

static void ask(struct arena *a, struct proving *p)
{
    struct deadend_late *lates;
    p->in.assume = true;
    deadend_prove(a, &p->in, &p->verdict);
    p->words = deadend_words(a, &p->in, &p->verdict);
    struct deadend_in today = p->in;
    today.assume = false;
    p->lost_n = deadend_today(a, &today, &p->lost);
    p->lates_n = deadend_late(a, &today, &lates);
    p->lates = lates;
    ask_shorts(a, p);
}

/* --- a file ------------------------------------------------------------------------ */

/* What comes as one grade: everything but quizzes, of which the answers are read. */
static bool one_grade(struct str kind)
{
    return kind.n > 0 && !str_is(kind, "quiz");
}

void proving_document(struct arena *a, const struct skill_map *m, int64_t as_of_ms,
                      struct proving *out)
{
    struct vec ties;
    struct course_activity *acts = ARENA_ARRAY(a, struct course_activity, m->rule_n);
    vec_init(&ties, a, sizeof(struct tie));
    *out = (struct proving){.map = m};
    for (size_t i = 0; i < m->rule_n; i++) {
        const struct skill_rule *r = &m->rules[i];
        struct str name = r->title.n > 0 ? r->title : r->idnumber;
        acts[i] = (struct course_activity){.id = (int64_t)i + 1,
                                           .title = name,
                                           .kind = r->kind,
                                           .visible = true,
                                           .last_only = one_grade(r->kind)};
        for (size_t k = 0; k < r->tell_n; k++)
            *(struct tie *)vec_push(&ties) = (struct tie){.activity_id = acts[i].id,
                                                          .item = r->tells[k].slot,
                                                          .skill = r->tells[k].skill,
                                                          .weight = r->tells[k].weight};
    }
    out->in = (struct deadend_in){.map = m,
                                  .activities = acts,
                                  .activity_n = m->rule_n,
                                  .ties = ties.p,
                                  .tie_n = ties.n,
                                  .as_of_ms = as_of_ms};
    ask(a, out);
}

/* --- a course ----------------------------------------------------------------------- */

struct reading {
    struct learn *l;
    struct proving *p;
    struct activity *rows;
    size_t rows_n;
    struct map_link *links;
    size_t links_n;
    struct activity_item *items;
    size_t items_n;
    struct activity_alias *aliases;
    size_t aliases_n;
    struct opening *openings;
    size_t openings_n;
    int64_t *own; /* links of ours: they prove nothing */
    size_t own_n;
};

static int read_all(struct reading *r, struct err *e)
{
    const struct learn *l = r->l;
    return activity_list(l->db, l->a, l->tenant_id, l->course_id, &r->rows, &r->rows_n,
                         e) < 0 ||
                   mapstore_links(l->db, l->a, l->tenant_id, r->p->map_id, &r->links,
                                  &r->links_n, e) < 0 ||
                   activity_items(l->db, l->a, l->tenant_id, l->course_id, &r->items,
                                  &r->items_n, e) < 0 ||
                   activity_aliases(l->db, l->a, l->tenant_id, l->course_id, &r->aliases,
                                    &r->aliases_n, e) < 0 ||
                   opening_list(l->db, l->a, l->tenant_id, l->course_id, &r->openings,
                                &r->openings_n, e) < 0 ||
                   coverage_own(r->l, &r->own, &r->own_n, e) < 0
               ? -1
               : 0;
}

static struct str id_text(struct arena *a, int64_t id)
{
    return str_fmt(a, "%lld", (long long)id);
}

static struct course_activity *put_activities(struct reading *r)
{
    struct arena *a = r->l->a;
    struct course_activity *acts = ARENA_ARRAY(a, struct course_activity, r->rows_n);
    struct map *at = map_new(a);
    for (size_t i = 0; i < r->rows_n; i++) {
        const struct activity *x = &r->rows[i];
        acts[i] = (struct course_activity){.id = x->activity_id,
                                           .title = x->title,
                                           .kind = x->kind,
                                           .opens_ms = x->opens_ms,
                                           .closes_ms = x->closes_ms,
                                           .visible = x->visible,
                                           .attempts_max = (int32_t)x->attempts_max,
                                           .last_only = one_grade(x->kind)};
        map_put(at, id_text(a, x->activity_id), &acts[i]);
    }
    for (size_t i = 0; i < r->items_n; i++) {
        struct course_activity *x = map_get(at, id_text(a, r->items[i].activity_id));
        if (x != NULL)
            x->item_n++;
    }
    for (size_t i = 0; i < r->own_n; i++) {
        struct course_activity *x = map_get(at, id_text(a, r->own[i]));
        if (x != NULL)
            x->visible = false;
    }
    r->p->in.activities = acts;
    r->p->in.activity_n = r->rows_n;
    return acts;
}

static void put_ties(struct reading *r)
{
    struct tie *ties = ARENA_ARRAY(r->l->a, struct tie, r->links_n);
    for (size_t i = 0; i < r->links_n; i++) {
        int32_t ord = skill_find(r->p->map, r->links[i].skill_code);
        if (ord >= 0)
            ties[r->p->in.tie_n++] = (struct tie){.activity_id = r->links[i].activity_id,
                                                  .item = r->links[i].item,
                                                  .skill = ord,
                                                  .weight = r->links[i].weight};
    }
    r->p->in.ties = ties;
}

/* The activity that an opening opens, by its key in the LMS; 0: none that is known. */
static int64_t opened_by(const struct reading *r, const struct opening *o)
{
    for (size_t i = 0; i < r->aliases_n; i++) {
        const struct activity_alias *x = &r->aliases[i];
        bool key =
            str_is(x->source_kind, "moodle-cm") || str_is(x->source_kind, "canvas");
        if (key && o->target.n > 0 && str_eq(x->source_key, o->target))
            return x->activity_id;
    }
    return 0;
}

/* An opening that is on locks what it opens, unless the LMS shows it open to
 * everybody. */
static void put_locks(struct reading *r, int64_t also)
{
    struct arena *a = r->l->a;
    const struct skill_map *m = r->p->map;
    struct deadend_lock *locks = ARENA_ARRAY(a, struct deadend_lock, r->openings_n);
    for (size_t i = 0; i < r->openings_n; i++) {
        const struct opening *o = &r->openings[i];
        int64_t activity = opened_by(r, o);
        bool on = (str_is(o->state, "active") && !str_is(o->lock_state, "open")) ||
                  (also != 0 && o->opening_id == also);
        int32_t *skills = ARENA_ARRAY(a, int32_t, m->skill_n);
        size_t n = 0;
        for (size_t k = 0; on && activity != 0 && k < m->skill_n; k++)
            if (str_eq(unit_slug(a, m->skills[k].unit), o->unit))
                skills[n++] = (int32_t)k;
        if (n > 0)
            locks[r->p->in.lock_n++] =
                (struct deadend_lock){.activity_id = activity,
                                      .skills = skills,
                                      .skill_n = n,
                                      .percent = (int32_t)o->percent};
    }
    r->p->in.locks = locks;
}

int proving_course(struct learn *l, int64_t opening_id, struct proving *out,
                   struct err *e)
{
    struct map_row row;
    struct reading r = {.l = l, .p = out};
    *out = (struct proving){.map = NULL};
    int found = mapstore_current(l->db, l->a, l->tenant_id, l->course_id, &row, e);
    if (found <= 0)
        return found;
    out->map_id = row.map_id;
    if (read_all(&r, e) < 0 ||
        (out->map = mapdoc_parse(l->a, row.document, NULL, e)) == NULL)
        return -1;
    out->in = (struct deadend_in){.map = out->map, .as_of_ms = env_now_ms(l->env)};
    struct course_activity *acts = put_activities(&r);
    put_ties(&r);
    put_locks(&r, opening_id);
    hide_unusable(&out->in, acts);
    ask(l->a, out);
    return 0;
}

/* --- keeping --------------------------------------------------------------------- */

static const char *const causes[] = {[DEADEND_LOCKED] = "locked",
                                     [DEADEND_SPENT] = "spent",
                                     [DEADEND_NOTHING] = "nothing",
                                     [DEADEND_TOO_FEW] = "too_few",
                                     [DEADEND_RULE] = "rule"};

static struct js *steps_json(struct arena *a, const struct proving *p)
{
    struct js *list = js_array(a);
    for (size_t i = 0; i < p->verdict.step_n; i++) {
        const struct deadend_step *s = &p->verdict.steps[i];
        struct js *o = js_object(a);
        bool masters = s->kind == DEADEND_MASTERS;
        js_set_str(o, "kind", masters ? STR("masters") : STR("fails"));
        js_set_str(o, "title",
                   masters ? p->map->skills[s->what].title
                           : p->in.activities[s->what].title);
        js_set_i64(o, "tries", s->tries);
        js_push(list, o);
    }
    return list;
}

static struct js *links_json(struct arena *a, const struct proving *p)
{
    struct js *list = js_array(a);
    for (size_t i = 0; i < p->verdict.link_n; i++) {
        const struct deadend_link *k = &p->verdict.links[i];
        struct js *o = js_object(a);
        js_set_str(o, "kind", str_c(causes[k->cause]));
        js_set_str(o, "title", p->map->skills[k->skill].title);
        if (k->rule >= 0)
            js_set_str(o, "rule", p->map->unlock->v[k->rule].code);
        js_push(list, o);
    }
    return list;
}

static struct js *shorts_json(struct arena *a, const struct proving *p)
{
    struct js *list = js_array(a);
    for (size_t i = 0; i < p->shorts_n && i < LIST_MAX; i++) {
        struct js *o = js_object(a);
        js_set_str(o, "title", p->map->skills[p->shorts[i].skill].title);
        js_set_i64(o, "missing", p->shorts[i].missing);
        js_push(list, o);
    }
    return list;
}

static struct js *lates_json(struct arena *a, const struct proving *p)
{
    struct js *list = js_array(a);
    for (size_t i = 0; i < p->lates_n && i < LIST_MAX; i++) {
        struct js *o = js_object(a);
        js_set_str(o, "title", p->map->skills[p->lates[i].goal.skill].title);
        js_set_i64(o, "after_ms", p->lates[i].after_ms);
        js_push(list, o);
    }
    return list;
}

static bool is_lost(const struct proving *p, int32_t skill)
{
    for (size_t i = 0; i < p->lost_n; i++)
        if (p->lost[i].skill == skill)
            return true;
    return false;
}

static bool among(const struct js *list, struct str code)
{
    struct str s;
    for (size_t i = 0; i < js_len(list); i++)
        if (js_str(js_at(list, i), &s) && str_eq(s, code))
            return true;
    return false;
}

/* Targets that can be reached today, and those that once could and cannot any more. */
static void put_targets(struct arena *a, const struct proving *p, const struct js *before,
                        struct js *o)
{
    struct js *reached = js_array(a), *gone = js_array(a), *titles = js_array(a);
    const struct js *was = js_get(before, "reached"), *had = js_get(before, "gone");
    for (size_t i = 0; i < p->map->target_n; i++) {
        const struct skill *s = &p->map->skills[p->map->targets[i]];
        struct str code = s->code;
        if (!is_lost(p, p->map->targets[i]))
            js_push_str(reached, code);
        else if (among(was, code) || among(had, code)) {
            js_push_str(gone, code);
            js_push_str(titles, s->title);
        }
    }
    js_set(o, "gone_titles", titles);
    js_set(o, "reached", reached);
    js_set(o, "gone", gone);
}

int proving_keep(struct learn *l, const struct proving *p, struct err *e)
{
    static const char *const words[] = {[DEADEND_SOUND] = "sound",
                                        [DEADEND_FOUND] = "found",
                                        [DEADEND_UNSURE] = "unsure"};
    struct arena *a = l->a;
    struct proof before = {.facts = STR("{}")};
    struct js *o = js_object(a);
    if (p->map == NULL)
        return 0;
    if (proof_get(l->db, a, l->tenant_id, l->course_id, &before, e) < 0)
        return -1;
    js_set(o, "steps", steps_json(a, p));
    js_set(o, "links", links_json(a, p));
    js_set(o, "short", shorts_json(a, p));
    js_set_i64(o, "short_n", (int64_t)p->shorts_n);
    js_set(o, "late", lates_json(a, p));
    put_targets(a, p, js_parse(a, before.facts, FACTS_MAX, 8, NULL), o);
    struct proof row = {.map_id = p->map_id,
                        .verdict = str_c(words[p->verdict.verdict]),
                        .facts = js_dump(a, o),
                        .proved_ms = env_now_ms(l->env)};
    return proof_put(l->db, l->tenant_id, l->course_id, &row, e);
}

struct prove_tx {
    struct learn *l;
};

static int prove_tx(struct db *db, void *ctx, struct err *e)
{
    struct prove_tx *t = ctx;
    struct proving p;
    (void)db;
    return proving_course(t->l, 0, &p, e) < 0 ? -1 : proving_keep(t->l, &p, e);
}

int proving_job(struct job_ctx *job, struct err *e)
{
    struct learn l = {.db = job->db,
                      .env = job->env,
                      .a = job->arena,
                      .tenant_id = job->job->tenant_id};
    struct prove_tx t = {.l = &l};
    if (!str_i64(job->job->key, &l.course_id)) {
        job->give_up = true;
        return err_set(e, ERR_INPUT, "the job names no course");
    }
    return db_tx(l.db, DB_WRITE, prove_tx, &t, e);
}

int proving_enqueue(struct learn *l, struct err *e)
{
    struct job_in in = {.tenant_id = l->tenant_id,
                        .kind = STR("prove.course"),
                        .key = id_text(l->a, l->course_id),
                        .rank = JOB_NEED};
    return job_add(l->db, l->env, &in, NULL, e) < 0 ? -1 : 0;
}

/* --- showing --------------------------------------------------------------------- */

/* Sentences of a list of facts: PREFIX and the member "kind", or PREFIX alone. */
static struct say *sentences(struct arena *a, const struct js *list, const char *prefix,
                             struct say *out, size_t *n)
{
    for (size_t i = 0; i < js_len(list); i++) {
        const struct js *v = js_at(list, i);
        struct str kind = js_text(v, "kind");
        struct say *s = &out[(*n)++];
        int64_t num = 0;
        *s = (struct say){.id = str_fmt(a, "%s%.*s", prefix, STR_ARG(kind)),
                          .args = ARENA_ARRAY(a, struct say_arg, 5)};
        s->args[s->args_n++] = (struct say_arg){
            .name = "title", .type = SAY_TEXT, .text = js_text(v, "title")};
        s->args[s->args_n++] = (struct say_arg){
            .name = "rule", .type = SAY_TEXT, .text = js_text(v, "rule")};
        if (js_i64(js_get(v, "tries"), &num) || js_i64(js_get(v, "missing"), &num))
            s->args[s->args_n++] =
                (struct say_arg){.name = "n", .type = SAY_INT, .num = num};
        if (js_i64(js_get(v, "after_ms"), &num))
            s->args[s->args_n++] =
                (struct say_arg){.name = "when", .type = SAY_TIME, .num = num};
    }
    return out;
}

static struct say *steps_of(struct arena *a, const struct js *f, size_t *n)
{
    const struct js *steps = js_get(f, "steps"), *links = js_get(f, "links");
    struct say *v = ARENA_ARRAY(a, struct say, js_len(steps) + js_len(links));
    sentences(a, steps, "proof.", v, n);
    return sentences(a, links, "proof.", v, n);
}

int proving_opening(struct learn *l, int64_t opening_id, int64_t by_person_id,
                    struct str why, struct say **steps, size_t *n, struct err *e)
{
    struct proving without, with;
    *n = 0;
    if (proving_course(l, 0, &without, e) < 0 ||
        proving_course(l, opening_id, &with, e) < 0)
        return -1;
    if (with.verdict.verdict != DEADEND_FOUND ||
        with.verdict.lost_n <= without.verdict.lost_n)
        return 1;
    struct js *f = js_object(l->a);
    js_set(f, "steps", steps_json(l->a, &with));
    js_set(f, "links", links_json(l->a, &with));
    *steps = steps_of(l->a, f, n);
    if (str_trim(why).n == 0)
        return 0;
    struct proof_even_so row = {.map_id = with.map_id,
                                .opening_id = opening_id,
                                .by_person_id = by_person_id,
                                .why = str_head(str_trim(why), WHY_MAX),
                                .words = with.words,
                                .at_ms = env_now_ms(l->env)};
    return proof_even_so_add(l->db, l->env, l->tenant_id, l->course_id, &row, e) < 0 ? -1
                                                                                     : 1;
}

static struct say *one_list(struct arena *a, const struct js *facts, const char *member,
                            const char *prefix, size_t *n)
{
    const struct js *list = js_get(facts, member);
    return sentences(a, list, prefix, ARENA_ARRAY(a, struct say, js_len(list)), n);
}

static void put_seen(struct arena *a, const struct js *f, struct proving_seen *out)
{
    const struct js *gone = js_get(f, "gone_titles");
    out->steps = steps_of(a, f, &out->steps_n);
    out->shorts = one_list(a, f, "short", "proof.short", &out->shorts_n);
    out->lates = one_list(a, f, "late", "proof.late", &out->lates_n);
    out->gone = ARENA_ARRAY(a, struct str, js_len(gone));
    for (size_t i = 0; i < js_len(gone); i++)
        out->gone_n += js_str(js_at(gone, i), &out->gone[out->gone_n]);
}

int proving_seen(struct learn *l, struct proving_seen *out, struct err *e)
{
    struct proof row;
    *out = (struct proving_seen){.known = false};
    int found = proof_get(l->db, l->a, l->tenant_id, l->course_id, &row, e);
    if (found <= 0 || !row.current)
        return found < 0 ? -1 : 0; /* about another map: the job is on its way */
    out->known = true;
    out->verdict = row.verdict;
    out->proved_ms = row.proved_ms;
    put_seen(l->a, js_parse(l->a, row.facts, FACTS_MAX, 8, NULL), out);
    return proof_even_so_last(l->db, l->a, l->tenant_id, l->course_id, row.map_id,
                              &out->even_so, e) < 0
               ? -1
               : 0;
}
