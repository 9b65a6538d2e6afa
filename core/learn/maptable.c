#include "learn/maptable.h"

#include "base/js.h"
#include "base/vec.h"
#include "engine/acyclic.h"
#include "engine/mapdoc.h"
#include "engine/unlock.h"

#define UNIT "Skills" /* of a skill of which nobody says it */

struct work {
    struct arena *a;
    const struct mapcsv *t;
    const struct skill_map *before;
    const struct maptable_opt *opt;
    struct skill *skills;
    size_t n;
    struct map *by_code; /* code, and what a skill replaces -> struct skill * */
    struct acyclic *graph;
    struct vec problems, left_out;
};

__attribute__((format(printf, 3, 4))) static void tell(struct work *w, struct vec *v,
                                                       const char *fmt, ...)
{
    struct buf b;
    va_list ap;
    buf_init(&b, w->a, 80);
    va_start(ap, fmt);
    buf_vfmt(&b, fmt, ap);
    va_end(ap);
    *(struct str *)vec_push(v) = buf_view(&b);
}

static int32_t ord_of(const struct work *w, struct str code)
{
    const struct skill *s = map_get(w->by_code, code);
    return s != NULL ? (int32_t)(s - w->skills) : -1;
}

/* --- skills ---------------------------------------------------------------------- */

static void take_titles(struct work *w, const struct mapcsv_skill *row, struct skill *s)
{
    struct js *o = js_object(w->a);
    for (size_t i = 0; i < w->t->languages_n; i++)
        if (row->titles[i].n > 0)
            js_set_str(o, str_z(w->a, w->t->languages[i]), row->titles[i]);
    if (w->t->languages_n > 0)
        s->titles = js_len(o) > 0 ? o : NULL;
}

static void take_row(struct work *w, const struct mapcsv_skill *row)
{
    int32_t at = w->before != NULL ? skill_find(w->before, row->code) : -1;
    struct skill *s = &w->skills[w->n++];
    *s = at >= 0 ? w->before->skills[at]
                 : (struct skill){.unit = STR(UNIT), .minutes = 10};
    s->code = row->code;
    s->title = at >= 0 && w->t->edges_only ? s->title : row->title;
    s->unit = row->unit.n > 0 ? row->unit : s->unit;
    s->standard = row->standard.n > 0 ? row->standard : s->standard;
    s->minutes =
        row->minutes > 0 && row->minutes < INT32_MAX ? (int32_t)row->minutes : s->minutes;
    s->replaces = row->replaces_n > 0 ? row->replaces : s->replaces;
    s->replaces_n = row->replaces_n > 0 ? row->replaces_n : s->replaces_n;
    take_titles(w, row, s);
    s->needs = ARENA_ARRAY(w->a, struct skill_need, row->needs_n);
    s->need_n = 0;
    (void)map_put(w->by_code, row->code, s);
}

/* Prerequisites alone: the skills that are there stay, in their order. */
static void take_before(struct work *w)
{
    for (size_t i = 0; w->t->edges_only && w->before != NULL && i < w->before->skill_n;
         i++) {
        struct skill *s = &w->skills[w->n++];
        *s = w->before->skills[i];
        s->need_n = 0;
        (void)map_put(w->by_code, s->code, s);
    }
    for (size_t i = 0; i < w->t->skills_n; i++) {
        const struct mapcsv_skill *row = &w->t->skills[i];
        struct skill *s = map_get(w->by_code, row->code);
        if (s != NULL)
            s->needs = ARENA_ARRAY(w->a, struct skill_need, row->needs_n);
        else
            take_row(w, row);
    }
    for (size_t i = 0; i < w->n; i++)
        for (size_t k = 0; k < w->skills[i].replaces_n; k++)
            if (map_get(w->by_code, w->skills[i].replaces[k]) == NULL)
                (void)map_put(w->by_code, w->skills[i].replaces[k], &w->skills[i]);
}

/* --- prerequisites --------------------------------------------------------------- */

static void tell_circle(struct work *w, const struct mapcsv_need *n, struct str code)
{
    const int32_t *nodes;
    size_t len = acyclic_circle(w->graph, &nodes);
    struct buf b;
    buf_init(&b, w->a, 128);
    for (size_t i = 0; i < len && i < 20; i++)
        buf_fmt(&b, "%.*s > ", STR_ARG(w->skills[nodes[i]].code));
    struct str way = buf_view(&b);
    tell(w, &w->left_out, "line %lld: %.*s requires %.*s would close a circle: %.*s%.*s",
         (long long)n->line, STR_ARG(code), STR_ARG(n->on), STR_ARG(way), STR_ARG(code));
}

/* May it be taken? Otherwise that is told. */
static bool fits(struct work *w, const struct mapcsv_need *n, const struct skill *s,
                 int32_t on)
{
    if (!w->opt->leave_out_circles)
        return true;
    switch (acyclic_add(w->graph, on, (int32_t)(s - w->skills))) {
    case ACYCLIC_ADDED:
        return true;
    case ACYCLIC_CIRCLE:
        tell_circle(w, n, s->code);
        return false;
    case ACYCLIC_TIRED:
        break;
    }
    tell(w, &w->left_out, "line %lld: too many prerequisites cross each other",
         (long long)n->line);
    return false;
}

static void take_needs(struct work *w, const struct mapcsv_skill *row)
{
    struct skill *s = &w->skills[ord_of(w, row->code)];
    for (size_t i = 0; i < row->needs_n; i++) {
        const struct mapcsv_need *n = &row->needs[i];
        struct skill_need need = {.skill = ord_of(w, n->on),
                                  .hard = n->hard,
                                  .any = n->any,
                                  .level = SKILL_MASTERED};
        if (need.skill < 0) {
            tell(w, &w->problems, "line %lld: there is no skill %.*s", (long long)n->line,
                 STR_ARG(str_head(n->on, 64)));
            continue;
        }
        if (n->level.n > 0)
            need.level = w->before != NULL ? skill_level_find(w->before, n->level) : -1;
        if (n->level.n > 0 && need.level < 0)
            tell(w, &w->problems,
                 "line %lld: there is no level %.*s; levels are said in a JSON map",
                 (long long)n->line, STR_ARG(str_head(n->level, 64)));
        else if (fits(w, n, s, need.skill))
            s->needs[s->need_n++] = need;
    }
    skill_sort_needs(s);
}

/* --- the rest of the map --------------------------------------------------------- */

static void fill_targets(struct work *w, struct skill_map *m)
{
    const struct skill_map *b = w->before;
    bool *seen = ARENA_ARRAY(w->a, bool, w->n);
    m->targets = ARENA_ARRAY(w->a, int32_t, w->n);
    m->target_n = 0;
    if (b == NULL || m->path_n > 0 || !skill_targets_chosen(w->a, b))
        return; /* the reader works them out */
    for (size_t i = 0; i < b->target_n; i++) {
        int32_t at = ord_of(w, b->skills[b->targets[i]].code);
        if (at >= 0 && !seen[at])
            m->targets[m->target_n++] = at;
        if (at >= 0)
            seen[at] = true;
    }
}

static void fill_paths(struct work *w, struct skill_map *m)
{
    m->paths = ARENA_ARRAY(w->a, struct skill_path, m->path_n);
    for (size_t i = 0; i < m->path_n; i++) {
        const struct skill_path *old = &w->before->paths[i];
        bool *seen = ARENA_ARRAY(w->a, bool, w->n);
        struct skill_path *p = &m->paths[i];
        *p = *old;
        p->goals = ARENA_ARRAY(w->a, struct skill_goal, old->goal_n);
        p->goal_n = 0;
        for (size_t k = 0; k < old->goal_n; k++) {
            struct str code = w->before->skills[old->goals[k].skill].code;
            struct skill_goal g = {ord_of(w, code), old->goals[k].level};
            if (g.skill < 0)
                tell(w, &w->problems,
                     "the path %.*s leads to %.*s, which the table does not have",
                     STR_ARG(p->code), STR_ARG(code));
            else if (!seen[g.skill])
                p->goals[p->goal_n++] = g;
            if (g.skill >= 0)
                seen[g.skill] = true;
        }
    }
}

/* Activities go on telling about what is there. */
static void fill_rules(struct work *w, struct skill_map *m)
{
    size_t n = m->rule_n;
    m->rule_n = 0;
    m->rules = ARENA_ARRAY(w->a, struct skill_rule, n);
    for (size_t i = 0; i < n; i++) {
        struct skill_rule r = w->before->rules[i];
        const struct skill_tell *old = r.tells;
        size_t old_n = r.tell_n;
        r.tells = ARENA_ARRAY(w->a, struct skill_tell, old_n);
        r.tell_n = 0;
        for (size_t k = 0; k < old_n; k++) {
            struct skill_tell t = old[k];
            bool twice = false;
            t.skill = ord_of(w, w->before->skills[old[k].skill].code);
            for (size_t j = 0; j < r.tell_n; j++)
                twice = twice ||
                        (r.tells[j].skill == t.skill && str_eq(r.tells[j].slot, t.slot));
            if (t.skill >= 0 && !twice)
                r.tells[r.tell_n++] = t;
        }
        if (r.tell_n > 0)
            m->rules[m->rule_n++] = r;
    }
}

static size_t ords_now(void *ctx, int32_t ord, int32_t *out)
{
    struct work *w = ctx;
    struct str code = w->before->skills[ord].code;
    out[0] = ord_of(w, code);
    if (out[0] < 0)
        tell(w, &w->problems,
             "a rule of \"unlock\" speaks of %.*s, which the table does not have",
             STR_ARG(code));
    return out[0] >= 0;
}

static struct str document(struct work *w)
{
    struct skill_map m = {.code = STR("table"),
                          .title = STR("Table of skills"),
                          .limits = skill_limits_default(),
                          .bkt = skill_bkt_default()};
    if (w->before != NULL)
        m = *w->before;
    m.code = w->opt->code.n > 0 ? w->opt->code : m.code;
    m.title = w->opt->title.n > 0 ? w->opt->title : m.title;
    m.skills = w->skills;
    m.skill_n = w->n;
    fill_paths(w, &m);
    fill_targets(w, &m);
    fill_rules(w, &m);
    m.unlock = unlock_carry(w->a, m.unlock, ords_now, w);
    if (w->problems.n > 0)
        return STR_EMPTY;
    /* The reader works out the targets: written again, the document has its one form. */
    struct str doc = mapdoc_write(w->a, &m);
    struct skill_map *whole = mapdoc_parse(w->a, doc, NULL, NULL);
    return whole != NULL ? mapdoc_write(w->a, whole) : doc;
}

void maptable_plan(struct arena *a, const struct mapcsv *t,
                   const struct skill_map *before, const struct maptable_opt *opt,
                   struct maptable_plan *out)
{
    struct work w = {.a = a, .t = t, .before = before, .opt = opt, .by_code = map_new(a)};
    size_t room = t->skills_n + (before != NULL ? before->skill_n : 0);
    vec_init(&w.problems, a, sizeof(struct str));
    vec_init(&w.left_out, a, sizeof(struct str));
    w.skills = ARENA_ARRAY(a, struct skill, room);
    for (size_t i = 0; i < t->faults_n; i++)
        tell(&w, &w.problems, "line %lld: %.*s", (long long)t->faults[i].line,
             STR_ARG(t->faults[i].text));
    take_before(&w);
    w.graph = acyclic_new(a, w.n);
    for (size_t i = 0; i < t->skills_n; i++)
        take_needs(&w, &t->skills[i]);
    out->document = document(&w);
    out->problems = w.problems.p;
    out->problems_n = w.problems.n;
    out->left_out = w.left_out.p;
    out->left_out_n = w.left_out.n;
}

/* --- out ------------------------------------------------------------------------- */

struct languages {
    struct arena *a;
    struct mapcsv *t;
    struct mapcsv_skill *row; /* NULL: only note which there are */
};

static int each_title(void *ctx, struct str key, struct js *val)
{
    struct languages *x = ctx;
    struct mapcsv *t = x->t;
    struct str s;
    size_t at = 0;
    while (at < t->languages_n && !str_eq(t->languages[at], key))
        at++;
    if (at == t->languages_n && at < MAPCSV_MAX_LANGUAGES && x->row == NULL)
        t->languages[t->languages_n++] = str_dup(x->a, key);
    if (x->row != NULL && at < t->languages_n && js_str(val, &s))
        x->row->titles[at] = s;
    return 0;
}

static void fill_row(struct arena *a, const struct skill_map *m, const struct skill *s,
                     struct mapcsv *t, struct mapcsv_skill *row)
{
    struct languages x = {.a = a, .t = t, .row = row};
    *row = (struct mapcsv_skill){.code = s->code,
                                 .title = s->title,
                                 .unit = s->unit,
                                 .standard = s->standard,
                                 .minutes = s->minutes,
                                 .replaces = s->replaces,
                                 .replaces_n = s->replaces_n};
    (void)js_each(s->titles, each_title, &x);
    row->needs = ARENA_ARRAY(a, struct mapcsv_need, s->need_n);
    row->needs_n = s->need_n;
    for (size_t i = 0; i < s->need_n; i++) {
        const struct skill_need *n = &s->needs[i];
        row->needs[i] = (struct mapcsv_need){
            .on = m->skills[n->skill].code,
            .level = n->level == SKILL_MASTERED ? STR_EMPTY : m->levels[n->level].code,
            .any = n->any,
            .hard = n->hard};
    }
    t->edges_n += s->need_n;
}

void maptable_of(struct arena *a, const struct skill_map *m, struct mapcsv *out)
{
    *out = (struct mapcsv){.skills_n = m->skill_n,
                           .skills = ARENA_ARRAY(a, struct mapcsv_skill, m->skill_n)};
    struct languages x = {.a = a, .t = out};
    for (size_t i = 0; i < m->skill_n; i++)
        (void)js_each(m->skills[i].titles, each_title, &x);
    for (size_t i = 0; i < m->skill_n; i++)
        fill_row(a, m, &m->skills[i], out, &out->skills[i]);
}
