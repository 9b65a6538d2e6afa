#include "engine/mapcheck.h"

#define MAX_NAMES 12 /* of skills in one warning */

void mapcheck_note(struct arena *a, struct mapdoc_report *r, bool fatal, const char *id,
                   struct str path, struct str text)
{
    if (r->problems == NULL) {
        r->problems = ARENA_ARRAY(a, struct mapdoc_problem, MAPDOC_MAX_PROBLEMS);
    }
    r->fatal_n += fatal ? 1 : 0;
    r->warning_n += fatal ? 0 : 1;
    if (r->problem_n < MAPDOC_MAX_PROBLEMS) {
        r->problems[r->problem_n++] =
            (struct mapdoc_problem){.fatal = fatal, .id = id, .path = path, .text = text};
    }
}

/* A walk along prerequisites without recursion: maps may be deep. */
struct walk {
    const struct skill_map *m;
    unsigned char *state; /* 0 new, 1 on the path, 2 done */
    int32_t *path;
    size_t *next; /* the prerequisite to look at next, for each skill on the path */
    size_t depth;
};

static void name_cycle(struct arena *a, const struct walk *w, int32_t to,
                       struct mapdoc_report *r)
{
    struct buf b;
    size_t i = w->depth - 1;
    buf_init(&b, a, 256);
    while (w->path[i] != to) {
        i--;
    }
    buf_c(&b, "these skills need each other in a circle: ");
    for (size_t k = i; k < w->depth; k++) {
        buf_str(&b, w->m->skills[w->path[k]].code);
        buf_c(&b, " needs ");
    }
    buf_str(&b, w->m->skills[to].code);
    mapcheck_note(a, r, true, "map.cycle", str_fmt(a, "skills[%d]", (int)to),
                  buf_view(&b));
}

static void walk_from(struct arena *a, struct walk *w, int32_t start,
                      struct mapdoc_report *r)
{
    w->path[0] = start;
    w->next[0] = 0;
    w->depth = 1;
    w->state[start] = 1;
    while (w->depth > 0) {
        int32_t at = w->path[w->depth - 1];
        const struct skill *s = &w->m->skills[at];
        if (w->next[w->depth - 1] == s->need_n) {
            w->state[at] = 2;
            w->depth--;
            continue;
        }
        int32_t to = s->needs[w->next[w->depth - 1]++].skill;
        if (w->state[to] == 1) {
            name_cycle(a, w, to, r);
        } else if (w->state[to] == 0) {
            w->state[to] = 1;
            w->path[w->depth] = to;
            w->next[w->depth++] = 0;
        }
    }
}

void mapcheck_cycles(struct arena *a, const struct skill_map *m, struct mapdoc_report *r)
{
    struct walk w = {.m = m,
                     .state = ARENA_ARRAY(a, unsigned char, m->skill_n),
                     .path = ARENA_ARRAY(a, int32_t, m->skill_n),
                     .next = ARENA_ARRAY(a, size_t, m->skill_n)};
    for (size_t i = 0; i < m->skill_n; i++) {
        if (w.state[i] == 0) {
            walk_from(a, &w, (int32_t)i, r);
        }
    }
}

/* How many questions or activities can prove each skill, and how many are tied at all. */
static void count_tells(const struct skill_map *m, int32_t *proof, int32_t *any)
{
    for (size_t i = 0; i < m->rule_n; i++) {
        for (size_t j = 0; j < m->rules[i].tell_n; j++) {
            const struct skill_tell *t = &m->rules[i].tells[j];
            any[t->skill]++;
            proof[t->skill] += t->weight > 0.0 ? 1 : 0;
        }
    }
}

struct look {
    const struct skill_map *m;
    int32_t *distance; /* to the nearest target */
    int32_t *proof;    /* ties that can prove it */
    int32_t *any;      /* ties of any weight */
    bool *used;        /* something needs it, hard or soft */
    bool *reached;     /* can be proved in the order of the rules */
};

static bool can_open(const struct look *l, const struct skill_want *w)
{
    for (size_t i = 0; i < w->n; i++) {
        if (l->reached[w->of[i].skill]) {
            return true;
        }
    }
    return false;
}

/* A skill that stays shut because this one cannot be proved and is the only way or in a
 * group of such; or -1. */
static int32_t shut_by(const struct look *l, size_t i)
{
    for (size_t k = 0; k < l->m->skills[i].open_n; k++) {
        int32_t to = l->m->skills[i].opens[k];
        struct skill_want w;
        for (size_t at = 0; skill_want_next(&l->m->skills[to], &at, &w);) {
            bool here = false;
            for (size_t j = 0; j < w.n; j++) {
                here = here || (size_t)w.of[j].skill == i;
            }
            if (here && !can_open(l, &w)) {
                return to;
            }
        }
    }
    return -1;
}

/* Prerequisites first, so one pass is the fixpoint. Names what never opens. */
static void find_reached(struct arena *a, struct look *l, struct mapdoc_report *r)
{
    struct buf names;
    size_t n = 0;
    int32_t first = 0;
    buf_init(&names, a, 128);
    for (size_t k = 0; k < l->m->skill_n; k++) {
        int32_t i = l->m->order[k];
        bool open = true;
        struct skill_want w;
        for (size_t at = 0; skill_want_next(&l->m->skills[i], &at, &w);) {
            open = open && can_open(l, &w);
        }
        l->reached[i] = open && l->proof[i] > 0;
        if (!open && n++ < MAX_NAMES) {
            buf_fmt(&names, "%s%.*s", n > 1 ? ", " : "", STR_ARG(l->m->skills[i].code));
            first = n == 1 ? i : first;
        }
    }
    if (l->m->rule_n > 0 && n > 0) {
        struct str list = buf_view(&names);
        mapcheck_note(a, r, false, "map.unreachable",
                      str_fmt(a, "skills[%d]", (int)first),
                      str_fmt(a, "no activity opens the way to %zu skills: %.*s%s", n,
                              STR_ARG(list), n > MAX_NAMES ? " ..." : ""));
    }
}

static void check_skill(struct arena *a, const struct look *l, size_t i,
                        struct mapdoc_report *r)
{
    const struct skill_map *m = l->m;
    const struct skill *s = &m->skills[i];
    struct str path = str_fmt(a, "skills[%zu]", i);
    if (s->need_n == 0 && !l->used[i] && m->skill_n > 1) {
        mapcheck_note(
            a, r, false, "map.alone", path,
            str_fmt(a, "%.*s needs nothing and nothing needs it", STR_ARG(s->code)));
    } else if (l->distance[i] == INT32_MAX) {
        mapcheck_note(a, r, false, "map.aside", path,
                      str_fmt(a, "%.*s leads to no target", STR_ARG(s->code)));
    }
    int32_t shut = m->rule_n > 0 && l->proof[i] == 0 ? shut_by(l, i) : -1;
    if (shut >= 0) {
        mapcheck_note(a, r, false, "map.dead-end", path,
                      str_fmt(a,
                              "%.*s locks %.*s, but no activity can prove it: only a "
                              "teacher can open what comes after it",
                              STR_ARG(s->code), STR_ARG(m->skills[shut].code)));
    }
}

void mapcheck_graph(struct arena *a, const struct skill_map *m, struct mapdoc_report *r)
{
    struct look l = {.m = m,
                     .distance = ARENA_ARRAY(a, int32_t, m->skill_n),
                     .proof = ARENA_ARRAY(a, int32_t, m->skill_n),
                     .any = ARENA_ARRAY(a, int32_t, m->skill_n),
                     .used = ARENA_ARRAY(a, bool, m->skill_n),
                     .reached = ARENA_ARRAY(a, bool, m->skill_n)};
    skill_distance(m, m->targets, m->target_n, l.distance);
    count_tells(m, l.proof, l.any);
    find_reached(a, &l, r);
    for (size_t i = 0; i < m->skill_n; i++) {
        for (size_t j = 0; j < m->skills[i].need_n; j++) {
            l.used[m->skills[i].needs[j].skill] = true;
        }
    }
    r->coverage = (struct mapdoc_coverage){.skill_n = m->skill_n};
    for (size_t i = 0; i < m->skill_n; i++) {
        check_skill(a, &l, i, r);
        r->coverage.with_any += l.any[i] > 0 ? 1 : 0;
        r->coverage.with_evidence += l.proof[i] > 0 ? 1 : 0;
        r->coverage.with_three += l.proof[i] >= 3 ? 1 : 0;
    }
}
