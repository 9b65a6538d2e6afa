/* What would change a state: what is found does change it, and nothing smaller does. */
#include "engine/bkt.h"
#include "engine/flip_int.h"
#include "engine/flipflag.h"
#include "engine/fliplock.h"
#include "engine/flipset.h"
#include "support/algebra.h"
#include "support/mapmake.h"
#include "support/suite.h"

#include "base/js.h"

#include <stdio.h>
#include <stdlib.h>

#define CASES 10000
#define START_MS INT64_C(1790000000000)
#define DAY EVIDENCE_DAY_MS

static struct arena *a;
static struct arena *rule_arena;
static struct risk_rules *rules;

static void setup(void)
{
    struct err e = {0};
    rule_arena = arena_new(16u << 20);
    a = arena_new(1u << 30);
    rules = risk_parse(rule_arena,
                       algebra_file(rule_arena, "config/rules/early-warning.json"), &e);
    ck_assert_ptr_nonnull(rules);
}

static void teardown(void)
{
    arena_free(a);
    arena_free(rule_arena);
}

/* A course and a person in it, made of a seed. */
struct world {
    struct engine_course *course;
    struct engine_in in;
    struct engine_out out;
    struct flip_person *person;
};

static struct skill_bkt random_bkt(uint64_t *seed)
{
    return (struct skill_bkt){
        .p_init = 0.05 + 0.5 * mapmake_unit(seed),
        .p_learn = 0.3 * mapmake_unit(seed),
        .p_guess = 0.05 + 0.3 * mapmake_unit(seed),
        .p_slip = 0.02 + 0.2 * mapmake_unit(seed),
        .half_life_days =
            mapmake_below(seed, 4) == 0 ? 20.0 + mapmake_below(seed, 60) : 0,
    };
}

static struct skill_map *random_map(uint64_t *seed, int32_t n)
{
    struct skill_map *m = mapmake_plain(a, (size_t)n);
    m->limits.min_rows = 1 + mapmake_below(seed, 4);
    m->limits.min_days = 1 + mapmake_below(seed, 3);
    m->limits.review_days =
        mapmake_below(seed, 3) == 0 ? 0 : 10 + mapmake_below(seed, 20);
    m->levels = ARENA_ARRAY(a, struct skill_level, 1);
    m->levels[0] = (struct skill_level){.code = STR("working"),
                                        .title = STR("Working"),
                                        .p = 0.4 + 0.5 * mapmake_unit(seed)};
    m->level_n = 1;
    for (int32_t i = 0; i < n; i++) {
        m->skills[i].bkt = random_bkt(seed);
        for (int32_t k = 0; k < i; k++) {
            int32_t dice = mapmake_below(seed, 5);
            if (dice == 0) {
                mapmake_need(a, m, i, k, true);
            } else if (dice == 1) {
                mapmake_any(a, m, i, k, 1);
            }
            struct skill *s = &m->skills[i];
            if (dice <= 1 && mapmake_below(seed, 4) == 0) {
                s->needs[s->need_n - 1].level = 0;
            }
        }
    }
    mapmake_link(a, m);
    return m;
}

static void random_activities(uint64_t *seed, struct engine_parts *p, int32_t n)
{
    static const char *const kinds[] = {"quiz", "quiz", "assign", "page"};
    struct course_activity *v = ARENA_ARRAY(a, struct course_activity, (size_t)n);
    struct tie *ties = ARENA_ARRAY(a, struct tie, (size_t)n * 4);
    for (int32_t i = 0; i < n; i++) {
        v[i] = (struct course_activity){.id = 100 + i,
                                        .title = str_fmt(a, "Check %d", i),
                                        .kind = str_c(kinds[mapmake_below(seed, 4)]),
                                        .visible = mapmake_below(seed, 10) > 0,
                                        .restricted = mapmake_below(seed, 8) == 0,
                                        .position = n - i};
        if (mapmake_below(seed, 3) == 0) {
            v[i].due_ms = START_MS + mapmake_below(seed, 40) * DAY;
        }
        bool whole = mapmake_below(seed, 3) == 0;
        bool both = mapmake_below(seed, 3) == 0; /* one question about two skills */
        int32_t first = mapmake_below(seed, (int32_t)p->map->skill_n);
        int32_t tied = mapmake_below(seed, 3);
        for (int32_t k = 0; k < tied; k++) {
            ties[p->tie_n++] = (struct tie){
                .activity_id = v[i].id,
                .item = whole ? STR_EMPTY : str_fmt(a, "%d", both ? 1 : k + 1),
                .skill = (first + k) % (int32_t)p->map->skill_n,
                .weight = mapmake_below(seed, 2) == 0 ? 1.0 : mapmake_unit(seed)};
            if ((whole || both) && p->map->skill_n == 1) {
                break;
            }
        }
    }
    p->activities = v;
    p->activity_n = (size_t)n;
    p->ties = ties;
}

static struct ev random_row(uint64_t *seed, const struct engine_parts *p, int64_t id)
{
    static const enum ev_kind kinds[] = {EV_ANSWER,  EV_ANSWER,   EV_ANSWER,
                                         EV_ATTEMPT, EV_GRADE,    EV_COMPLETION,
                                         EV_ACCESS,  EV_JUDGEMENT};
    enum ev_kind kind = kinds[mapmake_below(seed, 8)];
    struct ev r = {.id = id,
                   .observed_ms = START_MS + mapmake_below(seed, 40) * DAY +
                                  mapmake_below(seed, 86400) * INT64_C(1000),
                   .fact_key = str_fmt(a, "row %lld", (long long)id),
                   .kind = kind,
                   .has_score = mapmake_below(seed, 10) > 0,
                   .maximum = mapmake_below(seed, 2) == 0 ? 1.0 : 7.0,
                   .weight = 1.0,
                   .low_effort = mapmake_below(seed, 20) == 0,
                   .source_kind = STR("moodle-ws")};
    r.score = mapmake_below(seed, 2) == 0 ? r.maximum * mapmake_below(seed, 2)
                                          : r.maximum * mapmake_unit(seed);
    if (kind == EV_JUDGEMENT) {
        r.item = p->map->skills[mapmake_below(seed, (int32_t)p->map->skill_n)].code;
        r.source_kind = STR("teacher");
        return r;
    }
    r.activity_id = 100 + mapmake_below(seed, (int32_t)p->activity_n);
    if (kind == EV_ANSWER) {
        r.item = str_fmt(a, "%d", 1 + mapmake_below(seed, 3));
    }
    if (kind == EV_ANSWER || kind == EV_ATTEMPT) {
        r.attempt = str_fmt(a, "try %d", mapmake_below(seed, 3));
    }
    return r;
}

/* `most`: skills, activities and rows at most. */
/* Half of the skills forget a little between two answers. */
static void forgetting(struct skill_map *m, uint64_t seed)
{
    for (size_t i = 0; i < m->skill_n; i++) {
        struct skill_bkt *b = &m->skills[i].bkt;
        b->p_forget = mapmake_below(&seed, 2) * 0.2 * mapmake_unit(&seed);
        while (b->p_forget > 0 && !bkt_sound(b, &m->limits)) {
            b->p_forget = b->p_forget < 1e-4 ? 0 : b->p_forget / 2;
        }
    }
}

static void make(uint64_t seed, int32_t most, const struct flip_space *space,
                 struct world *w)
{
    struct err e = {0};
    uint64_t s = seed * 7919 + 1;
    struct engine_parts *p = ARENA_NEW(a, struct engine_parts);
    struct skill_map *m = random_map(&s, 1 + mapmake_below(&s, most));
    if (seed % 2 == 0) {
        forgetting(m, s);
    }
    p->map = m;
    p->rules = rules;
    p->work_read_ms = START_MS + 41 * DAY;
    p->work_source = STR("moodle-ws");
    random_activities(&s, p, 1 + mapmake_below(&s, most));
    *w = (struct world){0};
    w->course = engine_course_new(a, p, &e);
    ck_assert_ptr_nonnull(w->course);
    size_t n = (size_t)mapmake_below(&s, 3 * most);
    struct ev *rows = ARENA_ARRAY(a, struct ev, n);
    for (size_t i = 0; i < n; i++) {
        rows[i] = random_row(&s, p, (int64_t)i + 1);
        if (i > 0 && mapmake_below(&s, 12) == 0) {
            rows[i].supersedes = (int64_t)i;
        }
    }
    w->in = (struct engine_in){.evidence = rows,
                               .evidence_n = n,
                               .as_of_ms = START_MS + 40 * DAY +
                                           mapmake_below(&s, 86400) * INT64_C(1000),
                               .seed = seed,
                               .slots = 5};
    engine_person(w->course, &w->in, a, &w->out);
    struct flip_course *fc = flip_course_new(a, w->course, space);
    w->person = flip_person_new(a, fc, w->course, &w->in, &w->out);
}

static size_t see(const struct world *w, const struct flip *f, bool flag, int32_t index,
                  uint64_t seed)
{
    if (!f->found) {
        return 0;
    }
    if (!flipset_shows(a, w->person, f, flag, index)) {
        ck_abort_msg(
            "seed %llu, %s %d: %s does not flip it", (unsigned long long)seed,
            flag ? "flag" : "skill", index,
            str_z(a, flipset_json(a, engine_parts_of(w->course)->map, f, index)));
    }
    return 1;
}

START_TEST(what_is_found_flips_the_state)
{
    size_t seen = 0, opened = 0, flags = 0, edited = 0;
    uint64_t seed = 1;
    for (; seen < CASES; seed++) {
        struct world w;
        struct flipset set;
        arena_reset(a);
        make(seed, 6, NULL, &w);
        flipset_all(w.person, true, &set);
        if (set.refused > 0) {
            ck_abort_msg("seed %llu: refused", (unsigned long long)seed);
        }
        for (size_t i = 0; i < engine_parts_of(w.course)->map->skill_n; i++) {
            const struct flipset_skill *k = &set.skills[i];
            struct flipset_more more;
            flipset_skill(w.person, (int32_t)i, &more);
            ck_assert_uint_eq(more.refused, 0);
            seen += see(&w, &k->mastered, false, (int32_t)i, seed) +
                    see(&w, &more.next, false, (int32_t)i, seed) +
                    see(&w, &more.down, false, (int32_t)i, seed);
            opened += see(&w, &k->open, false, (int32_t)i, seed);
            edited += see(&w, &more.less, false, (int32_t)i, seed) +
                      see(&w, &more.open, false, (int32_t)i, seed);
        }
        for (size_t i = 0; i < w.out.flag_n; i++) {
            struct flip other = flipset_flag(w.person, i);
            flags += see(&w, &set.flags[i], true, (int32_t)i, seed);
            edited += see(&w, &other, true, (int32_t)i, seed);
        }
    }
    printf("%zu words, %zu locks, %zu flags, %zu by another score; %llu persons\n", seen,
           opened, flags, edited, (unsigned long long)seed);
    ck_assert_uint_gt(opened, CASES / 20);
    ck_assert_uint_gt(flags, CASES / 20);
    ck_assert_uint_gt(edited, CASES / 20);
}
END_TEST

/* The least of all changes of the space, by trying every one with the engine itself. */
struct brute {
    const struct world *w;
    const struct flip_space *space;
    enum flip_goal goal;
    int32_t skill;
    struct flipplace places[FLIP_ROWS];
    const struct engine_skill *state;
    int32_t rows; /* 0: nothing found */
    double delta;
    uint64_t seed;
};

static void try_one(struct brute *b, struct flip *f)
{
    double delta = 0.0;
    bool down = b->goal == FLIP_DOWN;
    for (size_t i = 0; i < f->edit_n; i++) {
        double move = down ? f->edits[i].was - f->share : f->share - f->edits[i].was;
        if (move <= 0.0) {
            return; /* the row would not change, or the wrong way */
        }
        delta += move;
    }
    delta += (double)f->add_n * (down ? 1.0 - f->share : f->share);
    int32_t rows = (int32_t)(f->add_n + f->edit_n);
    bool better = b->rows == 0 || rows < b->rows || (rows == b->rows && delta < b->delta);
    f->goal = b->goal;
    f->found = true;
    if (better && flipset_shows(a, b->w->person, f, false, b->skill)) {
        b->rows = rows;
        b->delta = delta;
    }
}

static void try_shares(struct brute *b, struct flip *f)
{
    for (int32_t s = 0; s <= b->space->grid; s++) {
        f->share = (double)s / b->space->grid;
        for (size_t i = 0; i < f->add_n; i++) {
            f->adds[i].share = f->share;
        }
        try_one(b, f);
    }
}

static void put_edits(const struct brute *b, struct flip *f, size_t bits)
{
    size_t n = b->state->id_n;
    size_t tail = n < (size_t)b->space->tail ? n : (size_t)b->space->tail;
    f->edit_n = 0;
    for (size_t i = 0; i < tail; i++) {
        if ((bits >> i & 1u) != 0) {
            size_t at = n - tail + i;
            f->edits[f->edit_n++] = (struct flip_edit){.id = b->state->ids[at],
                                                       .was = b->state->obs[at].share};
        }
    }
}

static void put_adds(const struct brute *b, struct flip *f, int32_t n, int32_t first,
                     int32_t days)
{
    f->add_n = 0;
    f->as_of_ms = b->w->in.as_of_ms;
    for (int32_t i = 0; i < n; i++) {
        const struct flipplace *at = &b->places[i];
        int32_t day = first + (i < days - 1 ? i : days - 1);
        f->adds[f->add_n++] = (struct flip_add){.skill = b->skill,
                                                .activity_id = at->activity_id,
                                                .item = at->item,
                                                .kind = at->kind,
                                                .source_kind = at->source_kind,
                                                .scored = true,
                                                .at_ms = flip_time(b->w->person, day, i)};
        f->as_of_ms = flip_read_ms(b->w->person, b->goal == FLIP_DOWN);
    }
}

static void brute_force(struct brute *b)
{
    struct flip_edit edits[8];
    struct flip_add adds[FLIP_ROWS];
    struct flip f = {.edits = edits, .adds = adds};
    int32_t min_days = engine_parts_of(b->w->course)->map->limits.min_days;
    b->state = &b->w->out.skills[b->skill];
    flipplace_list(b->w->person->fc->places, b->w->person->seen, b->skill,
                   b->w->person->base_ms, b->places, FLIP_ROWS);
    for (size_t bits = 0; bits < (size_t)1 << b->space->tail; bits++) {
        put_edits(b, &f, bits);
        if (f.edit_n > (size_t)b->space->edits || bits >> b->state->id_n != 0) {
            continue;
        }
        for (int32_t n = 0; n <= b->space->rows - (int32_t)f.edit_n; n++) {
            int32_t most = b->goal == FLIP_DOWN || n == 0 ? 1
                           : n < min_days                 ? n
                                                          : min_days;
            for (int32_t days = 1; days <= most; days++) {
                for (int32_t first = 0; first <= (b->goal == FLIP_DOWN ? 0 : 1);
                     first++) {
                    put_adds(b, &f, n, first, days);
                    if (f.edit_n + f.add_n > 0) {
                        try_shares(b, &f);
                    }
                }
            }
        }
    }
}

static void same_as_brute(const struct brute *b, const struct flip *f)
{
    int32_t rows = f->found ? (int32_t)(f->add_n + f->edit_n) : 0;
    double off = rows > 0 ? f->delta - b->delta : 0.0;
    if (rows != b->rows || off > 1e-9 || off < -1e-9) {
        ck_abort_msg("seed %llu skill %d goal %d: found %d rows, %.4f; there is %d, %.4f",
                     (unsigned long long)b->seed, b->skill, b->goal, rows,
                     f->found ? f->delta : 0.0, b->rows, b->delta);
    }
}

START_TEST(nothing_smaller_does_by_brute_force)
{
    struct flip_space space = {.grid = 4, .rows = 3, .edits = 2, .tail = 3};
    size_t n = 0, found = 0, edited = 0;
    for (uint64_t seed = 1; n < 600; seed++) {
        struct world w;
        arena_reset(a);
        make(seed, 3, &space, &w);
        for (size_t i = 0; i < engine_parts_of(w.course)->map->skill_n; i++) {
            static const enum flip_goal goals[] = {FLIP_MASTERED, FLIP_NEXT, FLIP_DOWN};
            for (size_t g = 0; g < 3; g++) {
                struct brute b = {.w = &w,
                                  .space = &space,
                                  .goal = goals[g],
                                  .skill = (int32_t)i,
                                  .seed = seed};
                enum mastery_word word = w.out.skills[i].word;
                if (g < 2 ? word == MASTERY_MASTERED : word <= MASTERY_LEARNING) {
                    continue;
                }
                struct flip f = flip_word(w.person, (int32_t)i, goals[g], false);
                brute_force(&b);
                same_as_brute(&b, &f);
                n++;
                found += f.found;
                edited += f.found && f.edit_n > 0;
            }
        }
    }
    printf("%zu states, %zu can be flipped, %zu with other scores\n", n, found, edited);
    ck_assert_uint_gt(found, n / 2);
    ck_assert_uint_gt(edited, n / 20);
}
END_TEST

/* --- locks that wait for two skills at most, and flags, by trying everything --- */

struct lock {
    struct brute b;
    const struct skill_need *needs[2];
    size_t n;
    bool cross;
    struct flipplace places[2][FLIP_ROWS];
};

/* What one of the skills gets. */
struct option {
    int32_t k, first, days, share;
};

static void lay(struct lock *l, struct flip *f, size_t s, const struct option *o)
{
    for (int32_t i = 0; i < o->k; i++) {
        const struct flipplace *at = &l->places[s][i];
        int32_t day = o->first + (i < o->days - 1 ? i : o->days - 1);
        f->adds[f->add_n] =
            (struct flip_add){.skill = l->needs[s]->skill,
                              .activity_id = at->activity_id,
                              .item = at->item,
                              .kind = at->kind,
                              .source_kind = at->source_kind,
                              .scored = true,
                              .share = (double)o->share / l->b.space->grid,
                              .at_ms = flip_time(l->b.w->person, day, (int32_t)f->add_n)};
        f->add_n++;
    }
}

static void try_options(struct lock *l, const struct option *x, const struct option *y)
{
    struct flip_add adds[2 * FLIP_ROWS];
    struct flip f = {.found = true,
                     .goal = FLIP_OPEN,
                     .adds = adds,
                     .as_of_ms = flip_read_ms(l->b.w->person, false)};
    int32_t rows = x->k + (y != NULL ? y->k : 0);
    double delta = (x->k * (double)x->share + (y != NULL ? y->k * (double)y->share : 0)) /
                   l->b.space->grid;
    if (rows == 0 || (l->b.rows > 0 &&
                      (rows > l->b.rows || (rows == l->b.rows && delta >= l->b.delta)))) {
        return;
    }
    lay(l, &f, 0, x);
    if (y != NULL) {
        lay(l, &f, 1, y);
    }
    if (flipset_shows(a, l->b.w->person, &f, false, l->b.skill)) {
        l->b.rows = rows;
        l->b.delta = delta;
    }
}

static size_t options(const struct lock *l, struct option *v)
{
    size_t n = 0;
    int32_t min_days = engine_parts_of(l->b.w->course)->map->limits.min_days;
    for (int32_t k = 0; k <= l->b.space->rows; k++) {
        int32_t most = k < 1 ? 1 : k < min_days ? k : min_days;
        for (int32_t days = 1; days <= most; days++) {
            for (int32_t first = 0; first <= (k > 0 ? 1 : 0); first++) {
                for (int32_t s = 0; s <= (k > 0 ? l->b.space->grid : 0); s++) {
                    v[n++] = (struct option){k, first, days, s};
                }
            }
        }
    }
    return n;
}

static bool tells(const struct lock *l, size_t s, int32_t skill)
{
    for (size_t i = 0; i < FLIP_ROWS; i++) {
        const struct flipplace *at = &l->places[s][i];
        size_t n = 0;
        const struct tie *t = engine_told(l->b.w->course, at->activity_id, at->item, &n);
        for (size_t k = 0; at->activity_id != 0 && k < n; k++) {
            if (t[k].skill == skill) {
                return true;
            }
        }
    }
    return false;
}

/* Where rows on one skill tell about the other: one share and one pattern of days. */
static bool agree(const struct option *x, const struct option *y)
{
    const struct option *m = x->k >= y->k ? x : y;
    const struct option *o = x->k >= y->k ? y : x;
    int32_t days = m->days < o->k ? m->days : o->k;
    return o->k == 0 || (x->share == y->share && x->first == y->first && o->days == days);
}

static void brute_lock(struct lock *l)
{
    struct option v[256];
    for (size_t s = 0; s < l->n; s++) {
        flipplace_list(l->b.w->person->fc->places, l->b.w->person->seen,
                       l->needs[s]->skill, l->b.w->person->base_ms, l->places[s],
                       FLIP_ROWS);
    }
    size_t n = options(l, v);
    ck_assert_uint_le(n, 256);
    l->cross =
        l->n == 2 && (tells(l, 0, l->needs[1]->skill) || tells(l, 1, l->needs[0]->skill));
    for (size_t i = 0; i < n; i++) {
        if (l->n == 1) {
            try_options(l, &v[i], NULL);
        }
        for (size_t k = 0; l->n == 2 && k < n; k++) {
            if (!l->cross || agree(&v[i], &v[k])) {
                try_options(l, &v[i], &v[k]);
            }
        }
    }
}

/* A place that takes one result cannot take one for each of two skills. */
static bool shared_once(const struct lock *l)
{
    for (size_t i = 0; l->cross && i < FLIP_ROWS; i++) {
        for (size_t k = 0; k < FLIP_ROWS; k++) {
            if (l->places[0][i].once && l->places[1][k].once) {
                return true;
            }
        }
    }
    return false;
}

START_TEST(locks_open_with_nothing_smaller)
{
    struct flip_space space = {.grid = 4, .rows = 3, .edits = 0, .tail = 3};
    size_t n = 0, found = 0, two = 0, crossed = 0;
    for (uint64_t seed = 1; n < 300; seed++) {
        struct world w;
        arena_reset(a);
        make(seed, 4, &space, &w);
        for (size_t i = 0; i < engine_parts_of(w.course)->map->skill_n; i++) {
            const struct progress_ready *r = &w.out.ready[i];
            bool plain = !r->ready && r->missing_n >= 1 && r->missing_n <= 2;
            for (size_t k = 0; plain && k < r->missing_n; k++) {
                plain = r->missing[k].n == 1;
            }
            if (!plain) {
                continue;
            }
            struct lock l = {.b = {.w = &w,
                                   .space = &space,
                                   .goal = FLIP_OPEN,
                                   .skill = (int32_t)i,
                                   .seed = seed},
                             .n = r->missing_n};
            for (size_t k = 0; k < l.n; k++) {
                l.needs[k] = &r->missing[k].of[0];
            }
            brute_lock(&l);
            if (shared_once(&l)) {
                continue;
            }
            struct flip f = fliplock_ready(w.person, (int32_t)i, true);
            if (l.n == 2 && f.found && f.add_n > 2 * (size_t)space.rows) {
                continue;
            }
            same_as_brute(&l.b, &f);
            n++;
            found += f.found;
            two += f.found && l.n == 2;
            crossed += f.found && l.cross;
        }
    }
    printf("%zu locks, %zu can be opened, %zu wait for two skills, %zu of these share "
           "rows\n",
           n, found, two, crossed);
    ck_assert_uint_gt(found, n / 4);
    ck_assert_uint_gt(two, n / 30);
    ck_assert_uint_gt(crossed, 0);
}
END_TEST

static bool withdrawn(const struct world *w, const struct flip *f, size_t flag)
{
    return flipset_shows(a, w->person, f, true, (int32_t)flag);
}

START_TEST(flags_go_with_nothing_smaller)
{
    struct flip_space space = {.grid = 20, .rows = 3, .edits = 2, .tail = 4};
    size_t n = 0;
    for (uint64_t seed = 1; n < 150; seed++) {
        struct world w;
        arena_reset(a);
        make(seed, 5, &space, &w);
        for (size_t i = 0; i < w.out.flag_n; i++) {
            enum risk_kind kind = rules->rules[w.out.flags[i].rule].kind;
            struct flip f = flipflag_gone(w.person, i, false);
            ck_assert_msg(f.found, "seed %llu: a flag that nothing withdraws",
                          (unsigned long long)seed);
            if (kind != RISK_LOW_CHECKS && kind != RISK_OFF_USUAL) {
                /* one row less does not do; a visit is one row */
                f.add_n -= kind == RISK_MISSING ? 1 : 0;
                ck_assert(kind != RISK_MISSING || !withdrawn(&w, &f, i));
                n++;
                continue;
            }
            ck_assert_uint_eq(f.add_n + f.edit_n, 1);
            for (int32_t s = 0; s <= space.grid; s++) {
                struct flip_edit edit;
                struct flip other = {.found = true,
                                     .goal = FLIP_GONE,
                                     .share = (double)s / space.grid,
                                     .as_of_ms = w.in.as_of_ms,
                                     .edits = &edit,
                                     .edit_n = 1};
                const struct risk_flag *g = &w.out.flags[i];
                for (size_t k = g->id_n > 4 ? g->id_n - 4 : 0; k < g->id_n; k++) {
                    double was = 0;
                    for (size_t r = 0; r < w.out.counted.row_n; r++) {
                        if (w.out.counted.rows[r].id == g->ids[k]) {
                            (void)evidence_share(&w.out.counted.rows[r], &was);
                        }
                    }
                    edit = (struct flip_edit){.id = g->ids[k], .was = was};
                    double delta = other.share - was;
                    bool smaller = delta > 0 && delta < f.delta - 1e-9;
                    ck_assert_msg(!smaller || !withdrawn(&w, &other, i),
                                  "seed %llu flag %zu", (unsigned long long)seed, i);
                }
            }
            n++;
        }
    }
}
END_TEST

static Suite *flip_suite(void)
{
    Suite *s = suite_create("flip");
    TCase *t = tcase_create("flip");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, what_is_found_flips_the_state);
    tcase_add_test(t, nothing_smaller_does_by_brute_force);
    tcase_add_test(t, locks_open_with_nothing_smaller);
    tcase_add_test(t, flags_go_with_nothing_smaller);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return suite_main(flip_suite());
}
