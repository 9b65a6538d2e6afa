#include "engine/scorer.h"

#include "engine/num.h"
#include "engine/placement.h"
#include "engine/transit.h"

#include <stdlib.h>

/* prerequisite: two steps nearer always win; the rest decides between skills that are
 * about as near. */
#define STEP 0.25
#define STEPS_FAR 12      /* a skill that leads to no goal counts like this */
#define LAST_MISSING 0.10 /* the last thing that something closed waits for */
#define SOFT_MISSING 0.15 /* advised skills that are not there yet, as a share */

/* content: shares of its 0 to 1. */
#define SHARE_GAIN 0.6
#define SHARE_FIT 0.25
#define SHARE_BEGUN 0.15
#define FIT_LOW 0.6 /* of the chance of a right answer: FEATURES 20 */
#define FIT_HIGH 0.85
#define MINUTES_USUAL 12
#define RIGHTS_MAX 20
#define DUE_BELOW 0.05 /* for each due review that this one refreshes too */

struct recommend_weights scorer_weights(void)
{
    struct recommend_weights w = {.w = {[RECOMMEND_CONTENT] = 0.3,
                                        [RECOMMEND_PREREQUISITE] = 1.0,
                                        [RECOMMEND_COLLABORATIVE] = 0.15,
                                        [RECOMMEND_BANDIT] = 4.0}};
    return w;
}

double scorer_right(const struct recommend_in *in, int32_t skill)
{
    const struct skill_bkt *b = &in->map->skills[skill].bkt;
    double p = in->skills[skill].view.p;
    if (in->p_right != NULL && in->p_right[skill] >= 0.0) {
        return num_clamp(in->p_right[skill], 0.0, 1.0);
    }
    return p * (1.0 - b->p_slip) + (1.0 - p) * b->p_guess;
}

/* How many right answers on as many days are missing until it is mastered. */
static int32_t rights_to_go(const struct recommend_in *in, int32_t skill)
{
    struct mastery_rule rule = {.bkt = in->map->skills[skill].bkt,
                                .limits = in->map->limits,
                                .tz_min = in->tz_min};
    struct mastery m = in->skills[skill].state;
    for (int32_t k = 1; k <= RIGHTS_MAX; k++) {
        int64_t at = in->as_of_ms + (int64_t)(k - 1) * EVIDENCE_DAY_MS;
        struct mastery_obs o = {
            .at_ms = at, .share = 1.0, .weight = 1.0, .kind = EV_ANSWER};
        mastery_add(&rule, &m, &o);
        if (mastery_read(&rule, &m, at).word == MASTERY_MASTERED) {
            return k;
        }
    }
    return RIGHTS_MAX;
}

/* 1 where the answer is neither a gift nor hopeless, less on both sides. */
static double fit_of(double right)
{
    if (right < FIT_LOW) {
        return right / FIT_LOW;
    }
    return right <= FIT_HIGH ? 1.0 : 1.0 - (right - FIT_HIGH) / (1.0 - FIT_HIGH) * 0.5;
}

/* A review refreshes what it rests on: how much of that is due as well. */
static double due_below(const struct recommend_in *in, int32_t skill)
{
    const struct skill *s = &in->map->skills[skill];
    double due = 0.0;
    for (size_t i = 0; i < s->need_n; i++) {
        due += in->skills[s->needs[i].skill].view.word == MASTERY_REVIEW ? 1.0 : 0.0;
    }
    return DUE_BELOW * num_clamp(due, 0.0, 3.0);
}

/* Shares of mastery by the minute: right answers to come, each as likely as it is, and
 * each taking a sitting's minutes. */
static double content_of(const struct recommend_in *in, const struct scorer_candidate *c)
{
    int32_t minutes = in->map->skills[c->skill].minutes;
    double right = scorer_right(in, c->skill);
    double effort = minutes > 0 ? 2.0 * MINUTES_USUAL / (MINUTES_USUAL + minutes) : 1.0;
    double gain = num_clamp(right / rights_to_go(in, c->skill) * effort, 0.0, 1.0);
    bool begun = c->reason == RECOMMEND_CONTINUE || c->reason == RECOMMEND_ALMOST;
    double due = c->reason == RECOMMEND_REVIEW ? due_below(in, c->skill) : 0.0;
    return SHARE_GAIN * gain + SHARE_FIT * fit_of(right) + (begun ? SHARE_BEGUN : 0.0) +
           due;
}

/* A newcomer's candidates by how much each would tell about all skills. */
static void content_start(struct arena *a, const struct recommend_in *in,
                          const struct scorer_candidate *v, size_t n, double *out)
{
    int32_t *skills = ARENA_ARRAY(a, int32_t, n);
    double most = 0.0;
    for (size_t i = 0; i < n; i++) {
        skills[i] = v[i].skill;
    }
    placement_worth(a, in->map, skills, n, out);
    for (size_t i = 0; i < n; i++) {
        most = out[i] > most ? out[i] : most;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = most > 0.0 ? out[i] / most : 0.0;
    }
}

static void score_content(struct arena *a, const struct recommend_in *in,
                          const struct scorer_candidate *v, size_t n, double *out)
{
    if (n > 0 && v[0].reason == RECOMMEND_START) {
        content_start(a, in, v, n, out);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = content_of(in, &v[i]);
    }
}

static bool last_missing(const struct recommend_in *in, int32_t skill)
{
    const struct skill *s = &in->map->skills[skill];
    for (size_t i = 0; i < s->open_n; i++) {
        const struct progress_ready *r = &in->progress->ready[s->opens[i]];
        if (!r->ready && !r->closed && r->missing_n == 1 && progress_waits(r, skill)) {
            return true;
        }
    }
    return false;
}

static double soft_missing(const struct recommend_in *in, int32_t skill)
{
    const struct skill *s = &in->map->skills[skill];
    double soft = 0.0;
    double gone = 0.0;
    for (size_t i = 0; i < s->need_n; i++) {
        if (!s->needs[i].hard) {
            soft += 1.0;
            gone += mastery_holds(in->skills[s->needs[i].skill].view.word) ? 0.0 : 1.0;
        }
    }
    return soft > 0.0 ? gone / soft : 0.0;
}

static void score_prerequisite(struct arena *a, const struct recommend_in *in,
                               const struct scorer_candidate *v, size_t n, double *out)
{
    (void)a;
    for (size_t i = 0; i < n; i++) {
        double steps = v[i].distance < STEPS_FAR ? v[i].distance : STEPS_FAR;
        out[i] = 1.0 - STEP * steps +
                 (last_missing(in, v[i].skill) ? LAST_MISSING : 0.0) -
                 SOFT_MISSING * soft_missing(in, v[i].skill);
    }
}

struct begun {
    int64_t first_ms;
    int32_t skill;
};

static int by_begin(const void *a, const void *b)
{
    const struct begun *x = a;
    const struct begun *y = b;
    if (x->first_ms != y->first_ms) {
        return x->first_ms < y->first_ms ? -1 : 1;
    }
    return (x->skill > y->skill) - (x->skill < y->skill);
}

/* The skills in the order in which the person began them. */
static size_t history_of(struct arena *a, const struct recommend_in *in, int32_t **out)
{
    struct begun *v = ARENA_ARRAY(a, struct begun, in->map->skill_n);
    size_t n = 0;
    for (size_t i = 0; i < in->map->skill_n; i++) {
        if (in->skills[i].id_n > 0) {
            v[n++] = (struct begun){in->skills[i].first_ms, (int32_t)i};
        }
    }
    if (n > 0) {
        qsort(v, n, sizeof(*v), by_begin);
    }
    *out = ARENA_ARRAY(a, int32_t, n);
    for (size_t i = 0; i < n; i++) {
        (*out)[i] = v[i].skill;
    }
    return n;
}

/* The odds against the likeliest candidate. */
static void score_collaborative(struct arena *a, const struct recommend_in *in,
                                const struct scorer_candidate *v, size_t n, double *out)
{
    const struct transit_model *m = in->transit;
    bool enough = m != NULL && m->person_n >= TRANSIT_PEOPLE_MIN &&
                  (size_t)m->item_n == in->map->skill_n;
    for (size_t i = 0; i < n; i++) {
        out[i] = 0.0;
    }
    if (!enough || n == 0) {
        return;
    }
    int32_t *history = NULL;
    float *score = ARENA_ARRAY(a, float, in->map->skill_n);
    size_t history_n = history_of(a, in, &history);
    transit_score(m, transit_work_new(a, m), history, history_n, score);
    double top = (double)score[v[0].skill];
    for (size_t i = 1; i < n; i++) {
        double x = (double)score[v[i].skill];
        top = x > top ? x : top;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = num_exp((double)score[v[i].skill] - top);
    }
}

void scorer_lead(struct arena *a, const struct recommend_in *in, enum recommend_lead lead,
                 const struct scorer_candidate *v, size_t n, double *out)
{
    static const enum recommend_scorer of[] = {
        [RECOMMEND_LEAD_CONTENT] = RECOMMEND_CONTENT,
        [RECOMMEND_LEAD_PREREQUISITE] = RECOMMEND_PREREQUISITE,
        [RECOMMEND_LEAD_COLLABORATIVE] = RECOMMEND_COLLABORATIVE,
    };
    if (lead != RECOMMEND_USUAL && lead != RECOMMEND_LEAD_VARIETY) {
        scorer_of(of[lead])->score(a, in, v, n, out);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        bool fresh = v[i].reason == RECOMMEND_NEW || v[i].reason == RECOMMEND_START;
        out[i] = lead == RECOMMEND_LEAD_VARIETY && fresh ? 1.0 : 0.0;
    }
}

static void score_bandit(struct arena *a, const struct recommend_in *in,
                         const struct scorer_candidate *v, size_t n, double *out)
{
    enum recommend_lead lead =
        in->trial != NULL ? in->trial->lead[in->trial->arm] : RECOMMEND_USUAL;
    scorer_lead(a, in, lead, v, n, out);
}

const struct scorer *scorer_of(enum recommend_scorer which)
{
    static const struct scorer all[RECOMMEND_SCORERS] = {
        [RECOMMEND_CONTENT] = {"content", score_content},
        [RECOMMEND_PREREQUISITE] = {"prerequisite", score_prerequisite},
        [RECOMMEND_COLLABORATIVE] = {"collaborative", score_collaborative},
        [RECOMMEND_BANDIT] = {"bandit", score_bandit},
    };
    return &all[which];
}
