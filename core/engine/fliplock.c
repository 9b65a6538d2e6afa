#include "engine/fliplock.h"

#include "engine/flip_int.h"

#define LANES 8 /* requirements that are searched together */
#define ROWS ((size_t)LANES * FLIP_ROWS)
#define MORE_ROWS 3 /* beyond what is missing, so that what is met stays met */

/* The skills that must hold, and what is tried. */
struct joint {
    struct flip_person *p;
    struct flip_lane *lanes; /* one a requirement */
    int32_t *levels;
    int32_t n;
    bool cross;               /* rows on one tell about another */
    bool keep;                /* what is met today must be met then too */
    struct flip alone[LANES]; /* what does for it by itself */
    int32_t k[LANES];         /* tried now */
    int32_t first, days;
    struct joint_row *rows; /* the rows tried now, by time */
    int32_t row_n;
    struct flip best;
};

struct joint_row {
    const struct flipplace *at;
    int32_t lane;
    int64_t at_ms;
};

/* How much a row tells about a skill. */
static double weight_of(const struct flip_person *p, const struct flipplace *at,
                        int32_t meant, int32_t skill)
{
    size_t n = 0;
    if (meant == skill) {
        return at->weight;
    }
    const struct tie *t =
        at->activity_id != 0 ? engine_told(p->c, at->activity_id, at->item, &n) : NULL;
    for (size_t i = 0; i < n; i++) {
        if (t[i].skill == skill) {
            return t[i].weight;
        }
    }
    return 0.0;
}

static bool same_place(const struct flipplace *x, const struct flipplace *y)
{
    return x->activity_id == y->activity_id && x->activity_id != 0 &&
           str_eq(x->item, y->item);
}

/* A place that takes one result only cannot take a second. */
static bool taken(const struct joint *j, const struct flipplace *at)
{
    for (int32_t i = 0; at->once && i < j->row_n; i++) {
        if (same_place(j->rows[i].at, at)) {
            return true;
        }
    }
    return false;
}

/* The rows of j->k on j->first and j->days; false when there is no such set. */
static bool lay_out(struct joint *j)
{
    int32_t last = j->first + j->days - 1;
    j->row_n = 0;
    for (int32_t day = j->first; day <= last; day++) {
        for (int32_t s = 0; s < j->n; s++) {
            for (int32_t i = day - j->first; i < j->k[s]; i++) {
                if (i > day - j->first && day < last) {
                    break; /* one a day, and the rest on the last */
                }
                const struct flipplace *at = &j->lanes[s].places[i];
                if (taken(j, at)) {
                    return false;
                }
                j->rows[j->row_n] = (struct joint_row){
                    .at = at, .lane = s, .at_ms = flip_time(j->p, day, j->row_n)};
                j->row_n++;
            }
        }
    }
    return true;
}

static bool opens(const struct joint *j, double share)
{
    const struct skill_map *m = engine_parts_of(j->p->c)->map;
    int64_t end_ms = flip_read_ms(j->p, false);
    for (int32_t s = 0; s < j->n; s++) {
        const struct flip_lane *l = &j->lanes[s];
        struct mastery state = l->now;
        for (int32_t i = 0; i < j->row_n; i++) {
            const struct joint_row *r = &j->rows[i];
            int32_t meant = j->lanes[r->lane].skill;
            double w = weight_of(j->p, r->at, meant, l->skill);
            struct mastery_obs o = {
                .at_ms = r->at_ms, .share = share, .weight = w, .kind = r->at->kind};
            mastery_add(&l->rule, &state, &o);
        }
        struct mastery_view v = mastery_read(&l->rule, &state, end_ms);
        if (!mastery_reaches(m, j->levels[s], v.word, v.p)) {
            return false;
        }
    }
    return true;
}

static struct flip flip_of(const struct joint *j, double share)
{
    struct flip f = {.found = true,
                     .goal = FLIP_OPEN,
                     .share = share,
                     .delta = share * j->row_n,
                     .first = j->first,
                     .days = j->days,
                     .as_of_ms = flip_read_ms(j->p, false),
                     .to = STR("open"),
                     .adds = ARENA_ARRAY(j->p->a, struct flip_add, (size_t)j->row_n)};
    for (int32_t i = 0; i < j->row_n; i++) {
        const struct joint_row *r = &j->rows[i];
        f.adds[f.add_n++] = (struct flip_add){.skill = j->lanes[r->lane].skill,
                                              .activity_id = r->at->activity_id,
                                              .item = r->at->item,
                                              .kind = r->at->kind,
                                              .source_kind = r->at->source_kind,
                                              .scored = true,
                                              .share = share,
                                              .at_ms = r->at_ms};
    }
    return f;
}

/* The least share with which j->k opens it. */
static void weigh(struct joint *j)
{
    int32_t grid = j->p->fc->space.grid;
    int32_t low = 0;
    int32_t high = grid;
    if (!lay_out(j) || j->row_n == 0) {
        return;
    }
    while (j->best.found && high >= 0 &&
           (double)high / grid * j->row_n >= j->best.delta) {
        high--;
    }
    if (high < 0 || !opens(j, (double)high / grid)) {
        return;
    }
    while (low < high) {
        int32_t mid = low + (high - low) / 2;
        if (opens(j, (double)mid / grid)) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    j->best = flip_of(j, (double)low / grid);
}

static void weigh_days(struct joint *j)
{
    int32_t most = engine_parts_of(j->p->c)->map->limits.min_days;
    int32_t rows = 0;
    for (int32_t s = 0; s < j->n; s++) {
        rows = j->k[s] > rows ? j->k[s] : rows;
    }
    most = most < 1 ? 1 : most;
    most = rows < most ? rows : most;
    for (int32_t end = 0; end <= most; end++) {
        for (j->first = 0; j->first <= 1; j->first++) {
            j->days = end - j->first + 1;
            if (j->days >= 1 && j->days <= most) {
                weigh(j);
            }
        }
    }
}

/* Every way to give `left` more rows to the skills from `s` on. */
static void weigh_all(struct joint *j, int32_t s, int32_t left)
{
    int32_t begin = j->k[s];
    if (s + 1 == j->n) {
        j->k[s] += left;
        if (j->k[s] <= j->lanes[s].place_n) {
            weigh_days(j);
        }
        j->k[s] = begin;
        return;
    }
    for (int32_t more = 0; more <= left && begin + more <= j->lanes[s].place_n; more++) {
        j->k[s] = begin + more;
        weigh_all(j, s + 1, left - more);
    }
    j->k[s] = begin;
}

static void find_cross(struct joint *j)
{
    j->cross = false;
    for (int32_t s = 0; s < j->n; s++) {
        for (int32_t i = 0; i < j->lanes[s].place_n; i++) {
            const struct flipplace *at = &j->lanes[s].places[i];
            if (i > 0 && same_place(at, at - 1)) {
                continue;
            }
            for (int32_t o = 0; o < j->n; o++) {
                bool tells =
                    weight_of(j->p, at, j->lanes[s].skill, j->lanes[o].skill) > 0;
                j->cross = j->cross || (o != s && tells);
            }
        }
    }
}

/* One skill of each requirement is chosen; those that are chosen twice stand once, with
 * both levels: the greater number of rows does for both. */
static bool choose(struct joint *j, const struct progress_ready *r, size_t choice)
{
    j->n = 0;
    for (size_t i = 0; i < r->missing_n; i++) {
        const struct skill_need *need = &r->missing[i].of[choice % r->missing[i].n];
        choice /= r->missing[i].n;
        struct flip *f = &j->alone[j->n];
        *f = flip_level(j->p, need->skill, need->level, true);
        if (!f->found) {
            return false;
        }
        flip_lane(j->p, need->skill, 0, &j->lanes[j->n]);
        j->levels[j->n++] = need->level;
    }
    return true;
}

/* What is met today has to be met when the state is read: new rows may tell about it too,
 * and time passes. */
static void keep(struct joint *j, int32_t skill)
{
    const struct skill_map *m = engine_parts_of(j->p->c)->map;
    struct skill_want want;
    size_t at = 0;
    while (j->n < LANES && skill_want_next(&m->skills[skill], &at, &want)) {
        for (size_t i = 0; i < want.n; i++) {
            const struct skill_need *need = &want.of[i];
            const struct engine_skill *now = &j->p->out->skills[need->skill];
            if (mastery_reaches(m, need->level, now->word, now->p)) {
                j->alone[j->n] = (struct flip){.found = true};
                flip_lane(j->p, need->skill, 0, &j->lanes[j->n]);
                j->levels[j->n++] = need->level;
                break;
            }
        }
    }
}

/* What each needs by itself, taken together. */
static struct flip together(const struct joint *j)
{
    size_t rows = 0;
    for (int32_t s = 0; s < j->n; s++) {
        rows += j->alone[s].add_n;
    }
    struct flip f = {.found = true,
                     .least = true,
                     .goal = FLIP_OPEN,
                     .as_of_ms = flip_read_ms(j->p, false),
                     .to = STR("open"),
                     .adds = ARENA_ARRAY(j->p->a, struct flip_add, rows),
                     .parts = ARENA_ARRAY(j->p->a, int32_t, (size_t)j->n)};
    for (int32_t s = 0; s < j->n; s++) {
        const struct flip *one = &j->alone[s];
        for (size_t i = 0; i < one->add_n; i++) {
            f.adds[f.add_n++] = one->adds[i];
        }
        f.delta += one->delta;
        f.days = one->days > f.days ? one->days : f.days;
        f.first = one->first > f.first ? one->first : f.first;
        f.parts[f.part_n++] = j->lanes[s].skill;
    }
    return f;
}

static struct flip joined(struct joint *j)
{
    int32_t sum = 0;
    int32_t most = 0;
    bool all = j->n <= FLIPLOCK_SKILLS;
    for (int32_t s = 0; s < j->n; s++) {
        int32_t rows = (int32_t)j->alone[s].add_n;
        j->k[s] = all ? 0 : rows;
        sum += rows;
        most = rows > most ? rows : most;
    }
    j->best = (struct flip){0};
    /* Nothing smaller than the greatest alone can do; one of the sums up to twice all of
     * them does, unless days that suit one do not suit another. */
    int32_t end = j->keep ? sum + MORE_ROWS : 2 * sum;
    for (int32_t rows = all ? most : sum; rows <= end && !j->best.found; rows++) {
        weigh_all(j, 0, all ? rows : rows - sum);
    }
    j->best.least = j->best.found && all;
    return j->best;
}

static struct flip search(struct flip_person *p, int32_t skill, bool keeping)
{
    const struct progress_ready *r = &p->out->ready[skill];
    struct joint j = {.p = p, .keep = keeping};
    struct flip best = {0};
    size_t choices = 1;
    for (size_t i = 0; i < r->missing_n && choices <= FLIPLOCK_CHOICES; i++) {
        choices *= r->missing[i].n;
    }
    bool some = choices > FLIPLOCK_CHOICES;
    j.lanes = ARENA_ARRAY(p->a, struct flip_lane, LANES);
    j.levels = ARENA_ARRAY(p->a, int32_t, LANES);
    for (size_t c = 0; c < (some ? 1 : choices); c++) {
        if (!choose(&j, r, c)) {
            continue;
        }
        if (keeping) {
            keep(&j, skill);
        }
        find_cross(&j);
        j.cross = j.cross || keeping;
        if (j.cross && j.rows == NULL) {
            j.rows = ARENA_ARRAY(p->a, struct joint_row, ROWS);
        }
        struct flip f = j.cross ? joined(&j) : together(&j);
        best = flip_cmp(&f, &best) < 0 ? f : best;
    }
    best.least = best.least && !some;
    return best;
}

/* Any one of the skills of the only missing requirement, other scores included. */
static struct flip one(struct flip_person *p, const struct skill_want *w)
{
    struct flip best = {0};
    for (size_t i = 0; i < w->n; i++) {
        struct flip f = flip_level(p, w->of[i].skill, w->of[i].level, false);
        best = flip_cmp(&f, &best) < 0 ? f : best;
    }
    return best;
}

static bool searched(const struct progress_ready *r)
{
    return !r->ready && !r->closed && r->missing_n > 0 && r->missing_n <= LANES;
}

struct flip fliplock_ready(struct flip_person *p, int32_t skill, bool forward)
{
    const struct progress_ready *r = &p->out->ready[skill];
    if (!searched(r)) {
        return (struct flip){.goal = FLIP_OPEN};
    }
    struct flip f =
        !forward && r->missing_n == 1 ? one(p, &r->missing[0]) : search(p, skill, false);
    f.goal = FLIP_OPEN;
    f.to = STR("open");
    return f;
}

struct flip fliplock_keeping(struct flip_person *p, int32_t skill)
{
    struct flip f = {0};
    if (searched(&p->out->ready[skill])) {
        f = search(p, skill, true);
        f.to = STR("open");
    }
    f.goal = FLIP_OPEN;
    return f;
}
