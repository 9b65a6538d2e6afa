#include "engine/unlock.h"

#include "base/iso.h"
#include "engine/mapread.h"
#include "engine/match.h"

#include <stdlib.h>

#define RULES_MAX 500
#define NEEDS_MAX 64

/* --- reading --------------------------------------------------------------------- */

static bool unit_known(const struct skill_map *m, struct str title)
{
    for (size_t i = 0; i < m->skill_n; i++) {
        if (str_eq(m->skills[i].unit, title)) {
            return true;
        }
    }
    return false;
}

static struct str read_unit(struct mapread *rd, const struct skill_map *m,
                            const struct js *o, struct str path, bool required)
{
    struct str unit = mapread_text(rd, o, path, "unit", 80, required);
    if (unit.n > 0 && !unit_known(m, unit)) {
        MAPREAD_BAD(rd, "map.unknown", mapread_path(rd, path, "unit"),
                    "there is no unit called \"%.*s\"", STR_ARG(unit));
    }
    return unit;
}

static int64_t read_day(struct mapread *rd, const struct js *o, struct str path,
                        const char *key)
{
    struct str s = mapread_text(rd, o, path, key, 40, false);
    int64_t ms = 0;
    if (s.n > 0 && !iso_parse_loose(s, &ms)) {
        MAPREAD_BAD(rd, "map.text", mapread_path(rd, path, key),
                    "must be a date such as 2026-12-20");
    }
    return ms;
}

/* "A", or {"skill": "A", "level": "working"}. */
static void read_need(struct mapread *rd, const struct skill_map *m, const struct js *v,
                      struct str path, int32_t any, struct unlock_rule *r)
{
    static const char *const members[] = {"skill", "level", NULL};
    struct skill_need n = {.hard = true, .any = any, .level = SKILL_MASTERED};
    const struct js *code = v;
    if (js_type(v) == JS_OBJECT && mapread_object(rd, v, path, members)) {
        struct str level = mapread_code(rd, v, path, "level", false);
        code = js_get(v, "skill");
        n.level = level.n > 0 ? skill_level_find(m, level) : SKILL_MASTERED;
        if (level.n > 0 && n.level < 0) {
            MAPREAD_BAD(rd, "map.unknown", mapread_path(rd, path, "level"),
                        "there is no level with the code \"%.*s\"", STR_ARG(level));
        }
    }
    n.skill = mapread_ref(rd, m, code, path);
    if (n.skill >= 0 && r->need_n < NEEDS_MAX) {
        r->needs[r->need_n++] = n;
    } else if (n.skill >= 0) {
        MAPREAD_BAD(rd, "map.limit", path, "a rule names more than %d skills", NEEDS_MAX);
    }
}

static void read_needs(struct mapread *rd, const struct skill_map *m, const struct js *v,
                       struct str path, struct unlock_rule *r)
{
    const struct js *needs = mapread_list(rd, v, path, "needs", NEEDS_MAX);
    const struct js *any = mapread_list(rd, v, path, "any", NEEDS_MAX);
    r->needs = ARENA_ARRAY(rd->a, struct skill_need, NEEDS_MAX);
    for (size_t i = 0; i < js_len(needs); i++) {
        struct str p = str_fmt(rd->a, "%.*s.needs[%zu]", STR_ARG(path), i);
        read_need(rd, m, js_at(needs, i), p, 0, r);
    }
    for (size_t i = 0; i < js_len(any); i++) {
        const struct js *group = js_at(any, i);
        struct str p = str_fmt(rd->a, "%.*s.any[%zu]", STR_ARG(path), i);
        if (js_type(group) != JS_ARRAY || js_len(group) < 2) {
            MAPREAD_BAD(rd, "map.type", p, "must be a list of two or more skills");
            continue;
        }
        for (size_t k = 0; k < js_len(group); k++) {
            read_need(rd, m, js_at(group, k), p, (int32_t)i + 1, r);
        }
    }
}

static struct unlock_share read_share(struct mapread *rd, const struct skill_map *m,
                                      const struct js *v, struct str path)
{
    static const char *const members[] = {"unit", "percent", NULL};
    const struct js *o = js_get(v, "share");
    struct unlock_share s = {.percent = 0};
    struct str p = mapread_path(rd, path, "share");
    if (o != NULL && mapread_object(rd, o, p, members)) {
        s.unit = read_unit(rd, m, o, p, true);
        s.percent = mapread_int(rd, o, p, "percent", 1, 100, 100);
    }
    return s;
}

static struct unlock_rows read_rows(struct mapread *rd, const struct skill_map *m,
                                    const struct js *v, struct str path)
{
    static const char *const members[] = {"skill", "rows", "days", NULL};
    const struct js *o = js_get(v, "evidence");
    struct unlock_rows r = {.skill = -1};
    struct str p = mapread_path(rd, path, "evidence");
    if (o != NULL && mapread_object(rd, o, p, members)) {
        r.skill = mapread_ref(rd, m, js_get(o, "skill"), mapread_path(rd, p, "skill"));
        r.rows = mapread_int(rd, o, p, "rows", 1, 50, 1);
        r.days = mapread_int(rd, o, p, "days", 1, 30, 1);
        if (r.days > r.rows) {
            MAPREAD_BAD(rd, "map.range", p, "days cannot be more than rows");
        }
    }
    return r;
}

/* Exactly one of "skill", "unit", "activity" says what opens. */
static void read_subject(struct mapread *rd, const struct skill_map *m,
                         const struct js *v, struct str path, struct unlock_rule *r)
{
    int n = js_has(v, "skill") + js_has(v, "unit") + js_has(v, "activity");
    if (n != 1) {
        MAPREAD_BAD(rd, "map.missing", path,
                    "must say what opens: a skill, a unit or an activity, one of them");
        return;
    }
    if (js_has(v, "skill")) {
        r->of = UNLOCK_SKILL;
        r->skill =
            mapread_ref(rd, m, js_get(v, "skill"), mapread_path(rd, path, "skill"));
    } else if (js_has(v, "unit")) {
        r->of = UNLOCK_UNIT;
        r->name = read_unit(rd, m, v, path, true);
    } else {
        r->of = UNLOCK_ACTIVITY;
        r->name = mapread_text(rd, v, path, "activity", 200, true);
    }
}

static void read_rule(struct mapread *rd, const struct skill_map *m, const struct js *v,
                      struct str path, struct unlock_rule *r)
{
    static const char *const members[] = {"rule",    "skill", "unit",  "activity",
                                          "needs",   "any",   "share", "evidence",
                                          "used_up", "from",  "until", NULL};
    *r = (struct unlock_rule){.skill = -1, .rows = {.skill = -1}};
    if (!mapread_object(rd, v, path, members)) {
        return;
    }
    r->code = mapread_code(rd, v, path, "rule", true);
    read_subject(rd, m, v, path, r);
    read_needs(rd, m, v, path, r);
    r->share = read_share(rd, m, v, path);
    r->rows = read_rows(rd, m, v, path);
    r->used_up = mapread_text(rd, v, path, "used_up", 200, false);
    r->from_ms = read_day(rd, v, path, "from");
    r->until_ms = read_day(rd, v, path, "until");
    if (r->until_ms > 0 && r->until_ms <= r->from_ms) {
        MAPREAD_BAD(rd, "map.range", path, "\"until\" must come after \"from\"");
    }
    if (r->need_n == 0 && r->share.percent == 0 && r->rows.skill < 0 &&
        r->used_up.n == 0 && r->from_ms == 0 && r->until_ms == 0) {
        MAPREAD_BAD(rd, "map.missing", path, "has no condition");
    }
}

void unlock_read(struct mapread *rd, const struct js *doc, struct skill_map *m)
{
    const struct js *list = mapread_list(rd, doc, STR_EMPTY, "unlock", RULES_MAX);
    size_t n = js_len(list);
    if (n == 0) {
        return;
    }
    struct unlock_rules *rules = ARENA_NEW(rd->a, struct unlock_rules);
    struct map *seen = map_new(rd->a);
    rules->v = ARENA_ARRAY(rd->a, struct unlock_rule, n);
    rules->n = n;
    for (size_t i = 0; i < n; i++) {
        struct str p = str_fmt(rd->a, "unlock[%zu]", i);
        read_rule(rd, m, js_at(list, i), p, &rules->v[i]);
        if (rules->v[i].code.n > 0 &&
            map_put(seen, rules->v[i].code, &rules->v[i]) != NULL) {
            MAPREAD_BAD(rd, "map.duplicate", mapread_path(rd, p, "rule"),
                        "the code %.*s is taken by another rule",
                        STR_ARG(rules->v[i].code));
        }
    }
    m->unlock = rules;
}

/* --- writing --------------------------------------------------------------------- */

static void write_day(struct arena *a, struct js *o, const char *key, int64_t ms)
{
    if (ms > 0) {
        js_set_str(o, key, iso_format(a, ms));
    }
}

static void write_needs(struct arena *a, const struct skill_map *m,
                        const struct unlock_rule *r, struct js *o)
{
    struct skill part = {.needs = r->needs, .need_n = r->need_n};
    struct js *needs = js_array(a);
    struct js *any = js_array(a);
    struct skill_want w;
    for (size_t at = 0; skill_want_next(&part, &at, &w);) {
        struct js *one = skill_wants_json(a, m, &w, 1);
        js_push(w.of->any > 0 ? any : needs, js_at(one, 0));
    }
    if (js_len(needs) > 0) {
        js_set(o, "needs", needs);
    }
    if (js_len(any) > 0) {
        js_set(o, "any", any);
    }
}

static struct js *write_rule(struct arena *a, const struct skill_map *m,
                             const struct unlock_rule *r)
{
    struct js *o = js_object(a);
    js_set_str(o, "rule", r->code);
    if (r->of == UNLOCK_SKILL) {
        js_set_str(o, "skill", m->skills[r->skill].code);
    } else {
        js_set_str(o, r->of == UNLOCK_UNIT ? "unit" : "activity", r->name);
    }
    write_needs(a, m, r, o);
    if (r->share.percent > 0) {
        struct js *s = js_object(a);
        js_set_str(s, "unit", r->share.unit);
        js_set_i64(s, "percent", r->share.percent);
        js_set(o, "share", s);
    }
    if (r->rows.skill >= 0) {
        struct js *s = js_object(a);
        js_set_str(s, "skill", m->skills[r->rows.skill].code);
        js_set_i64(s, "rows", r->rows.rows);
        js_set_i64(s, "days", r->rows.days);
        js_set(o, "evidence", s);
    }
    if (r->used_up.n > 0) {
        js_set_str(o, "used_up", r->used_up);
    }
    write_day(a, o, "from", r->from_ms);
    write_day(a, o, "until", r->until_ms);
    return o;
}

void unlock_write(struct arena *a, const struct skill_map *m, struct js *o)
{
    if (m->unlock == NULL) {
        return;
    }
    struct js *list = js_array(a);
    for (size_t i = 0; i < m->unlock->n; i++) {
        js_push(list, write_rule(a, m, &m->unlock->v[i]));
    }
    js_set(o, "unlock", list);
}

/* --- another map ------------------------------------------------------------------ */

static bool is_needed(const struct unlock_rule *r, int32_t skill)
{
    for (size_t i = 0; i < r->need_n; i++) {
        if (r->needs[i].skill == skill) {
            return true;
        }
    }
    return false;
}

static void carry_needs(struct arena *a, const struct unlock_rule *old,
                        struct unlock_rule *r, unlock_now_fn now, void *ctx)
{
    int32_t to[SKILL_HEIRS_MAX];
    struct skill part;
    r->needs = ARENA_ARRAY(a, struct skill_need, NEEDS_MAX);
    r->need_n = 0;
    for (size_t i = 0; i < old->need_n; i++) {
        size_t n = now(ctx, old->needs[i].skill, to);
        for (size_t k = 0; k < n && r->need_n < NEEDS_MAX; k++) {
            if (!is_needed(r, to[k])) {
                r->needs[r->need_n] = old->needs[i];
                r->needs[r->need_n++].skill = to[k];
            }
        }
    }
    part = (struct skill){.needs = r->needs, .need_n = r->need_n};
    skill_sort_needs(&part);
}

/* Does it still ask for anything? */
static bool says_something(const struct unlock_rule *r)
{
    return r->need_n > 0 || r->share.percent > 0 || r->rows.skill >= 0 ||
           r->used_up.n > 0 || r->from_ms != 0 || r->until_ms != 0;
}

const struct unlock_rules *unlock_carry(struct arena *a, const struct unlock_rules *old,
                                        unlock_now_fn now, void *ctx)
{
    struct unlock_rules *out = ARENA_NEW(a, struct unlock_rules);
    if (old == NULL) {
        return NULL;
    }
    out->v = ARENA_ARRAY(a, struct unlock_rule, old->n * SKILL_HEIRS_MAX);
    for (size_t i = 0; i < old->n; i++) {
        int32_t about[SKILL_HEIRS_MAX] = {-1};
        int32_t rows[SKILL_HEIRS_MAX];
        struct unlock_rule r = old->v[i];
        size_t n = r.of == UNLOCK_SKILL ? now(ctx, r.skill, about) : 1;
        carry_needs(a, &old->v[i], &r, now, ctx);
        if (r.rows.skill >= 0) {
            r.rows.skill = now(ctx, r.rows.skill, rows) > 0 ? rows[0] : -1;
        }
        for (size_t k = 0; k < n && says_something(&r); k++) {
            r.skill = about[k];
            r.code = k == 0 ? old->v[i].code
                            : str_fmt(a, "%.*s-%zu",
                                      STR_ARG(str_head(old->v[i].code, 60)), k + 1);
            out->v[out->n++] = r;
        }
    }
    return out->n > 0 ? out : NULL;
}

/* --- a course --------------------------------------------------------------------- */

static const int32_t *matching(struct arena *a, struct str pattern,
                               const struct course_activity *v, size_t n, size_t *found)
{
    int32_t *out = ARENA_ARRAY(a, int32_t, n);
    *found = 0;
    for (size_t i = 0; i < n && pattern.n > 0; i++) {
        if (match_title(pattern, v[i].title)) {
            out[(*found)++] = (int32_t)i;
        }
    }
    return out;
}

struct unlock_bound *unlock_bind(struct arena *a, const struct skill_map *m,
                                 const struct course_activity *activities, size_t n)
{
    size_t rule_n = m->unlock != NULL ? m->unlock->n : 0;
    struct unlock_bound *b = ARENA_ARRAY(a, struct unlock_bound, rule_n);
    for (size_t i = 0; i < rule_n; i++) {
        const struct unlock_rule *r = &m->unlock->v[i];
        struct str opens = r->of == UNLOCK_ACTIVITY ? r->name : STR_EMPTY;
        b[i].rule = r;
        b[i].opens = matching(a, opens, activities, n, &b[i].opens_n);
        b[i].used = matching(a, r->used_up, activities, n, &b[i].used_n);
    }
    return b;
}

/* --- a person --------------------------------------------------------------------- */

size_t unlock_missing(const struct unlock_known *k, const struct unlock_rule *r,
                      struct skill_want *out)
{
    struct skill part = {.needs = r->needs, .need_n = r->need_n};
    struct skill_want w;
    size_t n = 0;
    for (size_t at = 0; skill_want_next(&part, &at, &w);) {
        bool met = false;
        for (size_t i = 0; i < w.n && !met; i++) {
            met = k->holds(k->ctx, w.of[i].skill, w.of[i].level);
        }
        if (!met) {
            out[n++] = w;
        }
    }
    return n;
}

static bool share_met(const struct unlock_known *k, const struct unlock_share *s)
{
    const struct skill_map *m = k->map;
    int64_t held = 0;
    int64_t total = 0;
    for (size_t i = 0; i < m->skill_n; i++) {
        if (str_eq(m->skills[i].unit, s->unit)) {
            held += k->holds(k->ctx, (int32_t)i, SKILL_MASTERED) ? 1 : 0;
            total++;
        }
    }
    return total > 0 && held * 100 / total >= s->percent;
}

static bool used_met(const struct unlock_known *k, const struct unlock_bound *b)
{
    for (size_t i = 0; i < b->used_n; i++) {
        if (!k->used(k->ctx, b->used[i])) {
            return false;
        }
    }
    return b->used_n > 0;
}

bool unlock_met(const struct unlock_known *k, const struct unlock_bound *b)
{
    const struct unlock_rule *r = b->rule;
    struct skill_want missing[NEEDS_MAX];
    if (r->from_ms > k->last_ms || (r->until_ms > 0 && r->until_ms <= k->first_ms)) {
        return false;
    }
    if (unlock_missing(k, r, missing) > 0) {
        return false;
    }
    return (r->share.percent == 0 || share_met(k, &r->share)) &&
           (r->rows.skill < 0 || k->rows(k->ctx, &r->rows)) &&
           (r->used_up.n == 0 || used_met(k, b));
}

bool unlock_about(const struct skill_map *m, const struct unlock_rule *r, int32_t skill)
{
    return (r->of == UNLOCK_SKILL && r->skill == skill) ||
           (r->of == UNLOCK_UNIT && str_eq(m->skills[skill].unit, r->name));
}
