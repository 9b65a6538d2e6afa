#include "engine/mastery.h"

#include "engine/bkt.h"
#include "engine/num.h"

#include <math.h>

/* Nobody is ever quite certain: keeps one row able to change any state. */
#define P_EDGE 1e-6
#define NEEDED_MAX 20

static const char *const word_names[] = {"none", "learning", "almost", "mastered",
                                         "review"};

const char *mastery_word_name(enum mastery_word word)
{
    return word_names[word];
}

bool mastery_word_from(struct str name, enum mastery_word *out)
{
    for (size_t i = 0; i < sizeof(word_names) / sizeof(word_names[0]); i++) {
        if (str_is(name, word_names[i])) {
            *out = (enum mastery_word)i;
            return true;
        }
    }
    return false;
}

bool mastery_holds(enum mastery_word word)
{
    return word == MASTERY_MASTERED || word == MASTERY_REVIEW;
}

bool mastery_reaches(const struct skill_map *m, int32_t level, enum mastery_word word,
                     double p)
{
    bool holds = mastery_holds(word);
    if (level == SKILL_MASTERED || word == MASTERY_NONE) {
        return holds;
    }
    double least = m->levels[level].p;
    if (least < m->limits.p_mastered) {
        return holds || p >= least;
    }
    return holds && (least == m->limits.p_mastered || p >= least);
}

double mastery_kind_weight(enum ev_kind kind)
{
    switch (kind) {
    case EV_ANSWER:
    case EV_ATTEMPT:
    case EV_GRADE:
    case EV_JUDGEMENT:
        return 1.0;
    case EV_SELF_REPORT:
    case EV_COMPLETION:
    case EV_ACCESS:
        break;
    }
    return 0.0;
}

void mastery_start(const struct mastery_rule *r, struct mastery *m)
{
    *m = (struct mastery){.p = bkt_start(&r->bkt)};
}

/* What is left of p after a while without practice; it never falls below the start. */
static double forget(const struct mastery_rule *r, const struct mastery *m, int64_t at_ms)
{
    if (r->bkt.half_life_days <= 0.0 || m->last_ms == 0 || at_ms <= m->last_ms) {
        return m->p;
    }
    double floor_p = bkt_start(&r->bkt);
    if (m->p <= floor_p) {
        return m->p;
    }
    double days = (double)(at_ms - m->last_ms) / (double)EVIDENCE_DAY_MS;
    double keep = num_exp(-0.69314718055994530942 * days / r->bkt.half_life_days);
    return floor_p + (m->p - floor_p) * keep;
}

/* How much likelier this share is when the skill is there: 1 for certain right answers
 * gives (1 - slip) / guess, 0 gives slip / (1 - guess), between them a geometric mean;
 * weight is a power. */
static double likelihood_ratio(const struct skill_bkt *b, double share, double weight)
{
    double right = (1.0 - b->p_slip) / b->p_guess;
    double wrong = b->p_slip / (1.0 - b->p_guess);
    if (weight == 1.0 && share == 1.0) {
        return right;
    }
    if (weight == 1.0 && share == 0.0) {
        return wrong;
    }
    return num_exp(weight * (share * num_log(right) + (1.0 - share) * num_log(wrong)));
}

static int64_t day_of(const struct mastery_rule *r, int64_t ms)
{
    int64_t local = ms + (int64_t)r->tz_min * 60000;
    int64_t day = local / EVIDENCE_DAY_MS;
    return local % EVIDENCE_DAY_MS < 0 ? day - 1 : day;
}

static void add_proof(const struct mastery_rule *r, struct mastery *m, int64_t at_ms)
{
    int64_t day = day_of(r, at_ms);
    if (m->day_n == 0 || day != m->proof_day) {
        m->day_n++;
        m->proof_day = day;
    }
    m->proof_n++;
    m->proof_ms = at_ms;
}

static bool enough(const struct mastery_rule *r, const struct mastery *m)
{
    return m->proof_n >= r->limits.min_rows && m->day_n >= r->limits.min_days;
}

void mastery_add(const struct mastery_rule *r, struct mastery *m,
                 const struct mastery_obs *o)
{
    double w = num_clamp(o->weight, 0.0, 4.0);
    if (w == 0.0) {
        return;
    }
    double p = forget(r, m, o->at_ms);
    double ratio = likelihood_ratio(&r->bkt, num_clamp(o->share, 0.0, 1.0), w);
    p = p * ratio / (p * ratio + (1.0 - p));
    /* Only work on a task teaches; a judgement merely tells. */
    p = bkt_step(&r->bkt, p, o->kind == EV_JUDGEMENT ? 0.0 : w < 1.0 ? w : 1.0);
    m->p = num_clamp(p, P_EDGE, 1.0 - P_EDGE);
    m->weight_sum += w;
    m->last_ms = o->at_ms;
    if (w >= MASTERY_PROOF_WEIGHT) {
        add_proof(r, m, o->at_ms);
    }
    if (m->p >= r->limits.p_mastered && enough(r, m)) {
        m->was_mastered = true;
    }
}

static enum mastery_word word_of(const struct mastery_rule *r, const struct mastery *m,
                                 double p, int64_t as_of_ms)
{
    bool high = p >= r->limits.p_mastered;
    if (m->weight_sum == 0.0) {
        return MASTERY_NONE;
    }
    if (m->was_mastered && high) {
        int64_t after = (int64_t)r->limits.review_days * EVIDENCE_DAY_MS;
        bool due = after > 0 && as_of_ms - m->proof_ms > after;
        return due ? MASTERY_REVIEW : MASTERY_MASTERED;
    }
    if (p >= r->limits.p_almost) {
        return m->was_mastered ? MASTERY_REVIEW : MASTERY_ALMOST;
    }
    return MASTERY_LEARNING;
}

struct mastery_view mastery_read(const struct mastery_rule *r, const struct mastery *m,
                                 int64_t as_of_ms)
{
    struct mastery_view v = {.p = forget(r, m, as_of_ms)};
    v.word = word_of(r, m, v.p, as_of_ms);
    v.p_low = v.p_high = v.p;
    return v;
}

/* Is it "mastered" after k right answers, spread over `days` days from as_of_ms on? */
static bool reached(const struct mastery_rule *r, struct mastery m, int64_t as_of_ms,
                    int32_t k, int32_t days)
{
    int64_t at = as_of_ms;
    for (int32_t i = 0; i < k; i++) {
        at = as_of_ms + (int64_t)(i < days ? i : days - 1) * EVIDENCE_DAY_MS;
        struct mastery_obs o = {
            .at_ms = at, .share = 1.0, .weight = 1.0, .kind = EV_ANSWER};
        mastery_add(r, &m, &o);
    }
    return mastery_read(r, &m, at).word == MASTERY_MASTERED;
}

int32_t mastery_needed(const struct mastery_rule *r, const struct mastery *m,
                       int64_t as_of_ms, int32_t *days)
{
    *days = 0;
    for (int32_t k = 0; k <= NEEDED_MAX; k++) {
        for (int32_t d = k == 0 ? 0 : 1; d <= k; d++) {
            if (reached(r, *m, as_of_ms, k, d)) {
                *days = d;
                return k;
            }
        }
    }
    return -1;
}
