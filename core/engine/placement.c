#include "engine/placement.h"

#include <string.h>

#define STATES 1536      /* drawn for an assessment */
#define WORTH_STATES 128 /* drawn for placement_worth */
#define WORTH_WORDS (WORTH_STATES / 64)

struct placement {
    const struct skill_map *m;
    size_t n;
    int32_t max, asked;
    bool *has;      /* [state * n + skill] */
    double *weight; /* of the states; sums to 1 */
    double *p_has;  /* of the skills, by the weights */
    double *p_both; /* scratch: n */
};

struct holding {
    const bool *has;
};

/* skill_holds_fn: levels are not told apart here. */
static bool holds(void *ctx, int32_t skill, int32_t level)
{
    const struct holding *h = ctx;
    (void)level;
    return h->has[skill];
}

/* splitmix64 (Steele, Lea & Flood 2014). */
static double draw(uint64_t *seed)
{
    uint64_t x = *seed += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (double)((x ^ (x >> 31)) >> 11) / 9007199254740992.0;
}

/* A state: abilities lie evenly between .02 and .98, so that few skills, many and all in
 * between are about as likely in maps of every shape. */
static void draw_state(const struct skill_map *m, uint64_t *seed, double ability,
                       struct skill_want *room, bool *has)
{
    struct holding h = {has};
    for (size_t i = 0; i < m->skill_n; i++) {
        has[i] = false;
    }
    for (size_t i = 0; i < m->skill_n; i++) {
        int32_t s = m->order[i];
        double u = draw(seed);
        has[s] = u < ability && skill_missing(m, s, holds, &h, room) == 0;
    }
}

static struct skill_want *want_room(struct arena *a, const struct skill_map *m)
{
    size_t most = 1;
    for (size_t i = 0; i < m->skill_n; i++) {
        most = m->skills[i].need_n > most ? m->skills[i].need_n : most;
    }
    return ARENA_ARRAY(a, struct skill_want, most);
}

static void weigh(struct placement *p)
{
    memset(p->p_has, 0, p->n * sizeof(*p->p_has));
    for (size_t k = 0; k < STATES; k++) {
        const bool *has = p->has + k * p->n;
        for (size_t i = 0; i < p->n; i++) {
            p->p_has[i] += has[i] ? p->weight[k] : 0.0;
        }
    }
}

struct placement *placement_new(struct arena *a, const struct skill_map *m, int32_t max)
{
    INVARIANT(m->skill_n <= PLACEMENT_SKILLS);
    struct placement *p = ARENA_NEW(a, struct placement);
    uint64_t seed = 1;
    struct skill_want *room = want_room(a, m);
    *p = (struct placement){.m = m,
                            .n = m->skill_n,
                            .max = max,
                            .has = ARENA_ARRAY(a, bool, STATES * m->skill_n),
                            .weight = ARENA_ARRAY(a, double, STATES),
                            .p_has = ARENA_ARRAY(a, double, m->skill_n),
                            .p_both = ARENA_ARRAY(a, double, m->skill_n)};
    for (size_t k = 0; k < STATES; k++) {
        double ability = 0.02 + 0.96 * ((double)k + 0.5) / STATES;
        draw_state(m, &seed, ability, room, p->has + k * p->n);
        p->weight[k] = 1.0 / STATES;
    }
    weigh(p);
    return p;
}

static double unsure(double p)
{
    return p < 0.5 ? p : 1.0 - p;
}

static double expected_wrong(const struct placement *p)
{
    double sum = 0.0;
    for (size_t i = 0; i < p->n; i++) {
        sum += unsure(p->p_has[i]);
    }
    return sum;
}

/* How many skills would be misjudged on average after an answer on `skill`. */
static double wrong_after(const struct placement *p, size_t skill)
{
    const struct skill_bkt *b = &p->m->skills[skill].bkt;
    double has = p->p_has[skill];
    double right = has * (1.0 - b->p_slip) + (1.0 - has) * b->p_guess;
    double sum = 0.0;
    memset(p->p_both, 0, p->n * sizeof(*p->p_both));
    for (size_t k = 0; k < STATES; k++) {
        const bool *state = p->has + k * p->n;
        double w = state[skill] ? p->weight[k] : 0.0;
        for (size_t i = 0; w > 0.0 && i < p->n; i++) {
            p->p_both[i] += state[i] ? w : 0.0;
        }
    }
    for (size_t i = 0; i < p->n; i++) {
        double both = p->p_both[i];
        double other = p->p_has[i] - both; /* has i, but not `skill` */
        double if_right = both * (1.0 - b->p_slip) + other * b->p_guess;
        double if_wrong = p->p_has[i] - if_right;
        sum += (if_right < right - if_right ? if_right : right - if_right) +
               (if_wrong < 1.0 - right - if_wrong ? if_wrong : 1.0 - right - if_wrong);
    }
    return sum;
}

int32_t placement_next(struct placement *p)
{
    int32_t best = -1;
    double least = 0.0;
    double now = expected_wrong(p);
    if (p->asked >= p->max || now <= PLACEMENT_DONE * (double)p->n) {
        return -1;
    }
    for (size_t i = 0; i < p->n; i++) {
        /* Of equal ones the one that nobody can tell: it splits the states. */
        double after = wrong_after(p, i) - 0.01 * unsure(p->p_has[i]);
        if (best < 0 || after < least) {
            best = (int32_t)i;
            least = after;
        }
    }
    return best;
}

void placement_answer(struct placement *p, int32_t skill, bool right)
{
    const struct skill_bkt *b = &p->m->skills[skill].bkt;
    double with = right ? 1.0 - b->p_slip : b->p_slip;
    double without = right ? b->p_guess : 1.0 - b->p_guess;
    double sum = 0.0;
    for (size_t k = 0; k < STATES; k++) {
        p->weight[k] *= p->has[k * p->n + (size_t)skill] ? with : without;
        sum += p->weight[k];
    }
    for (size_t k = 0; k < STATES; k++) {
        p->weight[k] /= sum;
    }
    p->asked++;
    weigh(p);
}

void placement_read(const struct placement *p, double *p_has, int32_t *asked)
{
    memcpy(p_has, p->p_has, p->n * sizeof(*p_has));
    *asked = p->asked;
}

static int32_t bits(const uint64_t *x)
{
    int32_t n = 0;
    for (size_t i = 0; i < WORTH_WORDS; i++) {
        n += __builtin_popcountll(x[i]);
    }
    return n;
}

void placement_worth(struct arena *a, const struct skill_map *m, const int32_t *skills,
                     size_t n, double *worth)
{
    size_t skill_n = m->skill_n;
    uint64_t *in = ARENA_ARRAY(a, uint64_t, skill_n * WORTH_WORDS); /* states by skill */
    int32_t *count = ARENA_ARRAY(a, int32_t, skill_n);
    bool *has = ARENA_ARRAY(a, bool, skill_n);
    struct skill_want *room = want_room(a, m);
    uint64_t seed = 1;
    for (size_t k = 0; k < WORTH_STATES; k++) {
        double ability = 0.02 + 0.96 * ((double)k + 0.5) / WORTH_STATES;
        draw_state(m, &seed, ability, room, has);
        for (size_t i = 0; i < skill_n; i++) {
            in[i * WORTH_WORDS + k / 64] |= (uint64_t)(has[i] ? 1 : 0) << (k % 64);
        }
    }
    for (size_t i = 0; i < skill_n; i++) {
        count[i] = bits(in + i * WORTH_WORDS);
    }
    for (size_t c = 0; c < n; c++) {
        const uint64_t *x = in + (size_t)skills[c] * WORTH_WORDS;
        double sum = 0.0;
        for (size_t i = 0; i < skill_n; i++) {
            uint64_t both[WORTH_WORDS];
            for (size_t w = 0; w < WORTH_WORDS; w++) {
                both[w] = x[w] & in[i * WORTH_WORDS + w];
            }
            double apart = (double)bits(both) / WORTH_STATES -
                           (double)count[skills[c]] / WORTH_STATES *
                               ((double)count[i] / WORTH_STATES);
            sum += apart < 0.0 ? -apart : apart;
        }
        worth[c] = sum;
    }
}
