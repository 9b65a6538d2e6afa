#include "support/answersim.h"

#include "engine/num.h"

static double uniform(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = *state;
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (double)((x ^ x >> 31) >> 11) / 9007199254740992.0;
}

/* Near enough to a normal one: the sum of twelve. */
static double normal(uint64_t *state)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += uniform(state);
    return sum;
}

struct answersim answersim_make(struct arena *a, const struct answersim_opts *o)
{
    struct answersim s = {0};
    uint64_t state = o->seed * 1000003, fixed = 77;
    size_t n = (size_t)o->students * (size_t)o->rows, at = 0;
    struct answer *rows = ARENA_ARRAY(a, struct answer, n);
    int32_t *from = ARENA_ARRAY(a, int32_t, (size_t)o->students + 1);
    double *grown = ARENA_ARRAY(a, double, (size_t)o->skills);
    s.ability = ARENA_ARRAY(a, double, (size_t)o->students);
    s.difficulty = ARENA_ARRAY(a, double, (size_t)o->items);
    s.chance = ARENA_ARRAY(a, double, n);
    for (int32_t i = 0; i < o->items; i++)
        s.difficulty[i] = normal(&fixed);
    for (int32_t p = 0; p < o->students; p++) {
        int64_t now = 1600000000;
        s.ability[p] = normal(&state);
        for (int32_t k = 0; k < o->skills; k++)
            grown[k] = 0;
        for (int32_t i = 0; i < o->rows; i++, at++) {
            int32_t item = (int32_t)(uniform(&state) * o->items),
                    skill = item % o->skills;
            double z = s.ability[p] + grown[skill] - s.difficulty[item];
            s.chance[at] = 1 / (1 + num_exp(-z));
            now += 30 + (int64_t)(uniform(&state) * 90);
            now += uniform(&state) < 0.03 ? 86400 : 0;
            rows[at] =
                (struct answer){p, item, skill, now, uniform(&state) < s.chance[at], 0};
            grown[skill] += o->learning;
        }
        from[p + 1] = (int32_t)at;
    }
    s.answers = (struct answers){.rows = rows,
                                 .n = n,
                                 .student_n = o->students,
                                 .item_n = o->items,
                                 .skill_n = o->skills,
                                 .from = from};
    return s;
}
