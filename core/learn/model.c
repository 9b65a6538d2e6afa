#include "learn/model.h"

#include "base/js.h"
#include "base/vec.h"
#include "engine/flipset.h"
#include "engine/mapdoc.h"
#include "learn/coverage.h"
#include "learn/fitmodel.h"
#include "learn/gates.h"
#include "learn/paths.h"
#include "learn/trialarm.h"
#include "store/activity.h"
#include "store/mapstore.h"
#include "store/stmt.h"

#define TRIAL_N 4096 /* bytes of what is noted of an experiment */
#define SLOTS 5 /* recommendations kept; the panel shows the first three */

#define WORK_SOURCE                                                                      \
    "moodle-ws" /* the only source so far that reads grades of a course  \
                                 */

static int load_head(struct learn *l, struct model *m, struct err *e)
{
    struct db_rows *r =
        db_ask(l->db, S_COURSE_HEAD, e, DB_I(l->tenant_id), DB_I(l->course_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1) {
        m->map_id = db_i64(r, 1);
        m->work_read_ms = db_i64(r, 2);
        m->score_target = str_dup(l->a, db_text(r, 3));
        m->ties_n = db_i64(r, 4);
        m->models_id = db_i64(r, 5);
        m->quiet = db_i64(r, 6) == 0;
    }
    db_end(r);
    if (found == 0)
        return err_set(e, ERR_NOTFOUND, "there is no such course");
    return found < 0 ? -1 : 0;
}

static int load_map(struct learn *l, struct model *m, struct err *e)
{
    struct map_row row;
    int found = mapstore_get(l->db, l->a, l->tenant_id, m->map_id, &row, e);
    if (found < 0)
        return -1;
    if (found == 0)
        return err_set(e, ERR_NOTFOUND, "the map version is gone");
    m->map = m->own_map = mapdoc_parse(l->a, row.document, NULL, e);
    return m->map != NULL ? 0 : -1;
}

/* `version` empty: the set in force. */
static int load_rules(struct learn *l, bool in_force, struct str version, struct model *m,
                      struct err *e)
{
    struct map_rules row;
    if (!in_force && version.n == 0)
        return 0; /* there was no set then: no flags */
    int found = in_force ? mapstore_rules_current(l->db, l->a, l->tenant_id, l->course_id,
                                                  &row, e)
                         : mapstore_rules_get(l->db, l->a, version, &row, e);
    if (found < 0)
        return -1;
    if (found == 0)
        return in_force ? 0 : err_set(e, ERR_NOTFOUND, "the rule set is gone");
    const struct risk_rules *rules = risk_parse(l->a, row.document, e);
    if (rules == NULL)
        return -1;
    m->rules = *rules;
    m->rules_version = row.version;
    return 0;
}

static int load_activities(struct learn *l, struct model *m, struct err *e)
{
    struct activity *rows;
    size_t n;
    if (activity_list(l->db, l->a, l->tenant_id, l->course_id, &rows, &n, e) < 0)
        return -1;
    struct course_activity *list = ARENA_ARRAY(l->a, struct course_activity, n);
    for (size_t i = 0; i < n; i++) {
        list[i] = (struct course_activity){
            .id = rows[i].activity_id,
            .title = rows[i].title,
            .kind = rows[i].kind,
            .opens_ms = rows[i].opens_ms,
            .due_ms = rows[i].due_ms,
            .closes_ms = rows[i].closes_ms,
            .restricted = rows[i].restricted,
            .visible = rows[i].visible,
            .position = (int32_t)rows[i].position,
            .attempts_max = (int32_t)rows[i].attempts_max,
        };
        if (rows[i].changed_ms > m->catalogue_ms)
            m->catalogue_ms = rows[i].changed_ms;
    }
    m->parts.activities = list;
    m->parts.activity_n = n;
    return 0;
}

static int load_items(struct learn *l, struct model *m, struct err *e)
{
    struct activity_item *rows;
    size_t n;
    if (activity_items(l->db, l->a, l->tenant_id, l->course_id, &rows, &n, e) < 0)
        return -1;
    m->items = map_new(l->a);
    for (size_t i = 0; i < n; i++)
        map_put(m->items, model_item(l->a, rows[i].activity_id, rows[i].item), m);
    return 0;
}

struct str model_item(struct arena *a, int64_t activity_id, struct str item)
{
    return str_fmt(a, "%lld\n%.*s", (long long)activity_id, STR_ARG(item));
}

/* Links of ours among the activities: what we posted to them must not come back as proof.
 */
static bool is_own(const int64_t *own, size_t n, int64_t activity_id)
{
    for (size_t i = 0; i < n; i++)
        if (own[i] == activity_id)
            return true;
    return false;
}

static int load_ties(struct learn *l, struct model *m, struct err *e)
{
    struct map_link *rows;
    int64_t *own;
    size_t n, own_n, kept = 0;
    if (mapstore_links(l->db, l->a, l->tenant_id, m->map_id, &rows, &n, e) < 0 ||
        coverage_own(l, &own, &own_n, e) < 0)
        return -1;
    struct tie *ties = ARENA_ARRAY(l->a, struct tie, n);
    for (size_t i = 0; i < n; i++) {
        int32_t ord = skill_find(m->map, rows[i].skill_code);
        if (ord < 0 || is_own(own, own_n, rows[i].activity_id))
            continue; /* without a skill: cannot be, links are made with the map */
        ties[kept++] = (struct tie){.activity_id = rows[i].activity_id,
                                    .item = rows[i].item,
                                    .skill = ord,
                                    .weight = rows[i].weight};
    }
    m->parts.ties = ties;
    m->parts.tie_n = kept;
    return 0;
}

struct engine_course *model_course_at(const struct model *m, struct arena *a,
                                      int64_t work_read_ms, struct err *e)
{
    struct engine_parts *parts = ARENA_NEW(a, struct engine_parts);
    *parts = m->parts;
    parts->work_read_ms = work_read_ms;
    return engine_course_new(a, parts, e);
}

/* What was fitted to the ledger: its numbers go in place of the map's own. A kind that
 * the set lacks stays NULL. */
static int load_fitted(struct learn *l, struct model *m, struct err *e)
{
    struct fitmodel f;
    if (fitmodel_load(l, m->models_id, m->map, &f, e) < 0)
        return -1;
    m->fitted = (struct engine_models){
        .bkt = f.bkt, .lkt = f.lkt, .lkt_skill = f.lkt_skill, .transit = f.transit};
    for (size_t i = 0; f.bkt != NULL && i < m->own_map->skill_n; i++)
        m->own_map->skills[i].bkt = f.bkt->skills[i].bkt;
    return 0;
}

static int load_rest(struct learn *l, bool in_force, struct str rules_version,
                     struct model *m, struct err *e)
{
    if (load_items(l, m, e) < 0)
        return -1;
    if (m->map_id == 0)
        return 0;
    if (load_map(l, m, e) < 0 || load_rules(l, in_force, rules_version, m, e) < 0 ||
        load_activities(l, m, e) < 0 || load_ties(l, m, e) < 0 ||
        gates_load(l, m, e) < 0 || (m->models_id != 0 && load_fitted(l, m, e) < 0))
        return -1;
    m->parts.map = m->map;
    m->parts.rules = &m->rules;
    m->parts.work_source = STR(WORK_SOURCE);
    m->parts.models = &m->fitted;
    m->course = model_course_at(m, l->a, m->work_read_ms, e);
    if (m->course == NULL)
        return -1;
    m->flips = flip_course_new(l->a, m->course, NULL);
    return 0;
}

int model_load(struct learn *l, struct model *out, struct err *e)
{
    *out = (struct model){0};
    return load_head(l, out, e) < 0 ? -1 : load_rest(l, true, STR_EMPTY, out, e);
}

int model_load_as(struct learn *l, const struct model_with *with, struct model *out,
                  struct err *e)
{
    *out = (struct model){0};
    if (load_head(l, out, e) < 0)
        return -1;
    out->map_id = with->map_id;
    out->models_id = with->models_id;
    return load_rest(l, false, with->rules_version, out, e);
}

/* The engine's kinds are the ledger's, one lower (the ledger has a "none"). */
static enum ev_kind ev_kind(enum evidence_kind k)
{
    switch (k) {
    case EVIDENCE_ANSWER:
        return EV_ANSWER;
    case EVIDENCE_ATTEMPT:
        return EV_ATTEMPT;
    case EVIDENCE_GRADE:
        return EV_GRADE;
    case EVIDENCE_COMPLETION:
        return EV_COMPLETION;
    case EVIDENCE_JUDGEMENT:
        return EV_JUDGEMENT;
    case EVIDENCE_SELF_REPORT:
        return EV_SELF_REPORT;
    case EVIDENCE_NONE:
    case EVIDENCE_ACCESS:
        break;
    }
    return EV_ACCESS;
}

struct ev *model_evidence(const struct ledger *ledger, struct arena *a, int64_t as_of_ms,
                          size_t *n)
{
    size_t all;
    const struct evidence **rows = ledger_standing(ledger, a, &all);
    struct ev *out = ARENA_ARRAY(a, struct ev, all);
    *n = 0;
    for (size_t i = 0; i < all; i++) {
        const struct evidence *r = rows[i];
        if (str_is(r->effort, LEDGER_WITHDRAWN))
            continue;
        int64_t wait_ms = str_is(r->source_kind, "launch") ? MODEL_LAUNCH_MS : 0;
        if (r->kind == EVIDENCE_ACCESS && r->received_ms > as_of_ms - wait_ms)
            continue;
        out[(*n)++] = (struct ev){
            .id = r->evidence_id,
            .observed_ms = r->observed_ms,
            .fact_key = r->fact_key,
            .kind = ev_kind(r->kind),
            .has_score = r->has_score,
            .score = r->score,
            .maximum = r->has_maximum ? r->maximum : 0, /* no share then */
            .weight = r->weight,
            .low_effort = str_is(r->effort, "low"),
            .source_kind = r->source_kind,
            .activity_id = r->activity_id,
            .item = r->item,
            .attempt = r->attempt,
        };
    }
    return out;
}

/* A person's states name thousands of ids: a format each would show in the bill. */
static void put_id(struct buf *b, int64_t id)
{
    char text[24];
    size_t at = sizeof text;
    uint64_t left = id < 0 ? 0 - (uint64_t)id : (uint64_t)id;
    do {
        text[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (id < 0)
        text[--at] = '-';
    buf_str(b, (struct str){text + at, sizeof text - at});
}

static struct str json_ids(struct arena *a, const int64_t *ids, size_t n)
{
    struct buf b;
    buf_init(&b, a, 2 + n * 21);
    buf_char(&b, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_char(&b, ',');
        put_id(&b, ids[i]);
    }
    buf_char(&b, ']');
    return buf_view(&b);
}

static struct str json_texts(struct arena *a, const struct str *texts, size_t n)
{
    if (n == 0)
        return STR("[]");
    struct js *arr = js_array(a);
    for (size_t i = 0; i < n; i++)
        js_push_str(arr, texts[i]);
    return js_dump(a, arr);
}

static struct str json_wants(struct arena *a, const struct skill_map *m,
                             const struct skill_want *wants, size_t n)
{
    return n == 0 ? STR("[]") : js_dump(a, skill_wants_json(a, m, wants, n));
}

static void fill_skills(const struct model *m, const struct engine_out *o,
                        struct arena *a, struct state *s)
{
    size_t n = m->map->skill_n;
    s->skills = ARENA_ARRAY(a, struct state_skill, n);
    s->readies = ARENA_ARRAY(a, struct state_ready, n);
    s->skills_n = s->readies_n = n;
    for (size_t i = 0; i < n; i++) {
        const struct engine_skill *k = &o->skills[i];
        s->skills[i] = (struct state_skill){
            .skill_code = m->map->skills[i].code,
            .p_mastery = k->p,
            .p_low = k->p_low,
            .p_high = k->p_high,
            .word = str_c(mastery_word_name(k->word)),
            .evidence_n = (int64_t)k->id_n,
            .evidence_ids = json_ids(a, k->ids, k->id_n),
            .last_ms = k->last_ms,
        };
        const struct progress_ready *p = &o->ready[i];
        s->readies[i] = (struct state_ready){
            .skill_code = m->map->skills[i].code,
            .ready = p->ready,
            .missing = json_wants(a, m->map, p->missing, p->missing_n),
        };
    }
}

static void fill_flags(const struct model *m, const struct engine_out *o, struct arena *a,
                       struct state *s)
{
    static const char *const decided[] = {[RISK_OPEN] = "",
                                          [RISK_NOT_NOW] = "not_now",
                                          [RISK_WRONG] = "wrong",
                                          [RISK_PLAN] = "plan"};
    s->flags = ARENA_ARRAY(a, struct state_flag, o->flag_n);
    s->flags_n = o->flag_n;
    for (size_t i = 0; i < o->flag_n; i++) {
        const struct risk_flag *f = &o->flags[i];
        s->flags[i] = (struct state_flag){
            .rule_code = m->rules.rules[f->rule].id,
            .level = str_c(risk_level_name(f->level)),
            .facts = f->facts,
            .evidence_ids = json_ids(a, f->ids, f->id_n),
            .sources = json_texts(a, f->sources, f->source_n),
            .since_ms = f->since_ms,
            .decided = str_c(decided[f->decided]),
        };
    }
}

/* What is noted of an experiment beside one pick. */
static struct str note_of(struct arena *a, struct str trial,
                          const struct recommend_pick *p)
{
    struct js *o = trial.n > 0 ? js_parse(a, trial, TRIAL_N, 3, NULL) : NULL;
    if (o == NULL)
        return STR_EMPTY;
    js_set_num(o, "first", p->propensity_first);
    return js_dump(a, o);
}

/* `trial`: what is noted of an experiment, or empty. */
static void fill_nexts(const struct model *m, const struct engine_out *o,
                       struct str trial, struct arena *a, struct state *s)
{
    s->nexts = ARENA_ARRAY(a, struct state_next, o->next_n);
    s->nexts_n = o->next_n;
    for (size_t i = 0; i < o->next_n; i++) {
        const struct recommend_pick *p = &o->next[i];
        s->nexts[i] = (struct state_next){
            .rank = (int64_t)i + 1,
            .skill_code = m->map->skills[p->skill].code,
            .activity_id = p->activity_id,
            .reason = str_c(recommend_reason_name(p->reason)),
            .facts = p->facts,
            .evidence_ids = json_ids(a, p->ids, p->id_n),
            .score = p->score,
            .propensity = p->propensity,
            .trial = note_of(a, trial, p),
        };
    }
}

/* What would change each of them: beside the states, in the same turn. */
static void fill_changes(const struct model *m, const struct engine_course *course,
                         const struct engine_in *in, const struct engine_out *o,
                         bool see, struct arena *a, struct state *s)
{
    struct flipset set;
    flipset_all(flip_person_new(a, m->flips, course, in, o), see, &set);
    for (size_t i = 0; i < s->skills_n; i++) {
        const struct flipset_skill *f = &set.skills[i];
        s->skills[i].change = flipset_json(a, m->map, &f->mastered, (int32_t)i);
        s->readies[i].change = flipset_json(a, m->map, &f->open, (int32_t)i);
    }
    for (size_t i = 0; i < s->nexts_n; i++)
        s->nexts[i].change = s->skills[o->next[i].skill].change;
    for (size_t i = 0; i < s->flags_n; i++)
        s->flags[i].change = flipset_json(a, m->map, &set.flags[i], -1);
}

static struct state_grant *fill_grants(const struct model *m, const struct engine_out *o,
                                       struct arena *a)
{
    struct state_grant *g = ARENA_ARRAY(a, struct state_grant, o->opened_n + o->rule_n);
    for (size_t i = 0; i < o->opened_n; i++)
        g[i] = (struct state_grant){
            .skill_code = m->map->skills[o->opened[i].skill].code,
            .rule_code = STR("needs-mastered"),
            .evidence_ids = json_ids(a, o->opened[i].ids, o->opened[i].id_n),
        };
    for (size_t i = 0; i < o->rule_n; i++)
        g[o->opened_n + i] = (struct state_grant){
            .skill_code = STR_EMPTY,
            .rule_code = str_fmt(a, MODEL_RULE "%.*s",
                                 STR_ARG(m->map->unlock->v[o->rules[i]].code)),
            .evidence_ids = STR("[]"),
        };
    return g;
}

/* Codes of the unlock rules that were met before. */
static void met_rules(const struct model_in *in, struct arena *a, struct engine_in *ei)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct str));
    for (size_t i = 0; i < in->grants_n; i++) {
        struct str code = in->grants[i].rule_code;
        if (str_starts(code, STR(MODEL_RULE)))
            *(struct str *)vec_push(&v) =
                str_sub(code, sizeof MODEL_RULE - 1, code.n);
    }
    ei->rules = v.p;
    ei->rule_n = v.n;
}

/* Grants and decisions name skills by the codes of their day: a skill that was replaced
 * since hands them on to those that took its place. */
static void heirs_of_grants(const struct model *m, const struct model_in *in,
                            struct arena *a, struct engine_in *ei)
{
    struct vec v;
    vec_init(&v, a, sizeof(int32_t));
    for (size_t i = 0; i < in->grants_n; i++) {
        int32_t heirs[SKILL_HEIRS_MAX];
        size_t n = skill_heirs(m->map, in->grants[i].skill_code, heirs, SKILL_HEIRS_MAX);
        for (size_t k = 0; k < n && k < SKILL_HEIRS_MAX; k++)
            *(int32_t *)vec_push(&v) = heirs[k];
    }
    ei->grants = v.p;
    ei->grant_n = v.n;
}

static bool about_skill(struct str kind)
{
    return str_is(kind, "open") || str_is(kind, "close") || str_is(kind, "goal") ||
           str_is(kind, "swap");
}

static void heirs_of_decisions(const struct model *m, const struct model_in *in,
                               struct arena *a, struct engine_in *ei)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct engine_decision));
    for (size_t i = 0; i < in->decisions_n; i++) {
        const struct decision *d = &in->decisions[i];
        struct engine_decision row = {.kind = d->kind,
                                      .subject = d->subject,
                                      .at_ms = d->at_ms,
                                      .until_ms = d->until_ms};
        int32_t heirs[SKILL_HEIRS_MAX];
        size_t n = about_skill(d->kind)
                       ? skill_heirs(m->map, d->subject, heirs, SKILL_HEIRS_MAX)
                       : 0;
        if (n == 0)
            *(struct engine_decision *)vec_push(&v) = row;
        for (size_t k = 0; k < n && k < SKILL_HEIRS_MAX; k++) {
            row.subject = m->map->skills[heirs[k]].code;
            *(struct engine_decision *)vec_push(&v) = row;
        }
    }
    ei->decisions = v.p;
    ei->decision_n = v.n;
}

struct engine_in model_engine_in(const struct model *m, const struct model_in *in,
                                 struct arena *a)
{
    struct engine_in ei = {
        .as_of_ms = in->as_of_ms,
        .seed = (uint64_t)in->person_id,
        .slots = m->quiet ? 0 : SLOTS,
    };
    ei.evidence = model_evidence(in->ledger, a, in->as_of_ms, &ei.evidence_n);
    heirs_of_grants(m, in, a, &ei);
    met_rules(in, a, &ei);
    heirs_of_decisions(m, in, a, &ei);
    return ei;
}

void model_work(const struct model *m, const struct engine_course *course,
                const struct model_in *in, struct arena *a, struct state *out,
                struct state_grant **opened, size_t *opened_n)
{
    struct engine_in ei = model_engine_in(m, in, a);
    struct engine_out o = {0};
    struct str trial;
    ei.trial = trialarm_read(a, in->decisions, in->decisions_n, in->as_of_ms, &trial);
    engine_person(course, &ei, a, &o);
    *out = (struct state){
        .map_id = m->map_id,
        .rules_version = m->rules_version,
        .models_id = m->models_id,
        .ties_n = m->ties_n,
        .as_of_ms = in->as_of_ms,
        .work_read_ms = m->work_read_ms,
        .share = engine_share(course, &o),
        .path = o.path >= 0 ? m->map->paths[o.path].code : STR_EMPTY,
        .gap = paths_gap(a, m->map, o.gap, o.gap_n),
        .posted = -1,
    };
    fill_skills(m, &o, a, out);
    fill_flags(m, &o, a, out);
    fill_nexts(m, &o, trial, a, out);
    fill_changes(m, course, &ei, &o, !in->again, a, out);
    *opened = fill_grants(m, &o, a);
    *opened_n = o.opened_n + o.rule_n;
}

int model_persons(struct learn *l, int stmt, int64_t after, int64_t ids[MODEL_PAGE],
                  size_t *n, struct err *e)
{
    struct db_rows *r = db_ask(l->db, stmt, e, DB_I(l->tenant_id), DB_I(l->course_id),
                               DB_I(after), DB_I(MODEL_PAGE));
    if (r == NULL)
        return -1;
    int more;
    *n = 0;
    while ((more = db_next(r, e)) == 1 && *n < MODEL_PAGE)
        ids[(*n)++] = db_i64(r, 0);
    db_end(r);
    return more < 0 ? -1 : 0;
}
