#include "engine/helped.h"

#include "engine/blend.h"

#include <string.h>

#define WORTH_LEAST 0.1f /* of a step to a skill on which nothing was right */

/* One learner's skills so far. */
struct seen {
    int32_t *at;   /* by skill: place in the learner's steps, or -1 */
    double *share; /* by step: sum of the shares */
    int32_t *n;    /* by step: answers */
};

struct steps {
    struct transit_rows rows;
    size_t *from;
    int32_t *items;
    float *worth;
    size_t n;
};

static void add_answer(struct seen *s, struct steps *t, size_t begin, int32_t skill,
                       double share)
{
    if (s->at[skill] < 0) {
        s->at[skill] = (int32_t)(t->n - begin);
        s->share[t->n - begin] = 0.0;
        s->n[t->n - begin] = 0;
        t->items[t->n++] = skill;
    }
    s->share[s->at[skill]] += share;
    s->n[s->at[skill]]++;
}

static void add_row(const struct answers *a, const struct answer *r, struct seen *s,
                    struct steps *t, size_t begin)
{
    double share = answer_share(r);
    bool own = a->q_from == NULL || r->item < 0;
    if (own && r->skill >= 0 && r->skill < t->rows.item_n) {
        add_answer(s, t, begin, r->skill, share);
    }
    for (int32_t k = own ? 0 : a->q_from[r->item]; !own && k < a->q_from[r->item + 1];
         k++) {
        if (a->q_skill[k] < t->rows.item_n) {
            add_answer(s, t, begin, a->q_skill[k], share);
        }
    }
}

/* The steps of everybody who has two or more. */
static void take_steps(struct arena *a, const struct answers *in, int32_t skill_n,
                       struct steps *t)
{
    size_t per_row = 1;
    for (int32_t i = 0; in->q_from != NULL && i < in->item_n; i++) {
        size_t n = (size_t)(in->q_from[i + 1] - in->q_from[i]);
        per_row = n > per_row ? n : per_row;
    }
    struct seen s = {.at = ARENA_ARRAY(a, int32_t, (size_t)skill_n),
                     .share = ARENA_ARRAY(a, double, (size_t)skill_n),
                     .n = ARENA_ARRAY(a, int32_t, (size_t)skill_n)};
    *t = (struct steps){.rows = {.item_n = skill_n},
                        .from = ARENA_ARRAY(a, size_t, (size_t)in->student_n + 1),
                        .items = ARENA_ARRAY(a, int32_t, in->n * per_row),
                        .worth = ARENA_ARRAY(a, float, in->n *per_row)};
    for (int32_t p = 0; p < in->student_n; p++) {
        size_t begin = t->n;
        for (int32_t i = 0; i < skill_n; i++) {
            s.at[i] = -1;
        }
        for (int32_t i = in->from[p]; i < in->from[p + 1]; i++) {
            add_row(in, &in->rows[i], &s, t, begin);
        }
        if (t->n < begin + 2) {
            t->n = begin; /* one step leads nowhere */
            continue;
        }
        for (size_t i = begin; i < t->n; i++) {
            float mean = (float)(s.share[i - begin] / s.n[i - begin]);
            t->worth[i] = WORTH_LEAST + (1.0f - WORTH_LEAST) * mean;
        }
        t->from[++t->rows.person_n] = t->n;
    }
    t->rows.from = t->from;
    t->rows.items = t->items;
    t->rows.worth = t->worth;
    t->rows.active_max = TRANSIT_DOC_ITEMS; /* so that it can be kept */
}

void helped_fit(struct arena *a, const struct answers *answers, int32_t skill_n,
                struct transit_model *out, struct helped *report)
{
    struct steps t;
    struct blend_fitted fitted;
    take_steps(a, answers, skill_n, &t);
    transit_fit(a, &t.rows, out);
    blend_transit(&t.rows, NULL, 1, &fitted);
    memcpy(out->weight, fitted.weight, sizeof(out->weight));
    *report = (struct helped){.persons = (int64_t)t.rows.person_n,
                              .rows = (int64_t)t.n,
                              .choices = (int64_t)fitted.choices,
                              .log_loss = fitted.log_loss,
                              .log_loss_popular = fitted.log_loss_first};
    report->passed = report->persons >= TRANSIT_PEOPLE_MIN &&
                     report->log_loss < report->log_loss_popular;
}
