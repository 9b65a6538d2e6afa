#include "engine/recommend.h"

#include "base/js.h"
#include "engine/scorer.h"

#include <stdlib.h>

#define NEW_SHARE 5    /* one slot in so many is new territory or choice */
#define REVIEW_SHARE 3 /* of so many in a row one is a review, while others wait */
#define SAME_UNIT 0.04 /* a list does not stay in one unit for little */
#define FAILED 2       /* results in a row: then something else comes first */

struct candidate {
    int32_t skill;
    enum recommend_reason reason;
    int32_t distance;
    double score;
    double parts[RECOMMEND_SCORERS];
    bool taken;
    bool choice;
    int32_t scaffold_for; /* a skill that waits behind it, or -1 */
    bool later;           /* the person would rather do something else for now */
};

struct work {
    struct arena *a;
    const struct recommend_in *in;
    struct candidate *v;
    size_t n;
    bool *scored;    /* by activity index: has a score */
    bool *completed; /* by activity index: has a completion row */
    int32_t *used;   /* by activity index: how many picks open it already */
};

const char *recommend_reason_name(enum recommend_reason reason)
{
    static const char *const names[] = {"start", "new", "continue", "almost", "review"};
    return names[reason];
}

static size_t find_activity(const struct recommend_in *in, int64_t id)
{
    size_t low = 0;
    size_t high = in->activity_n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (in->activities[mid].id < id) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < in->activity_n && in->activities[low].id == id ? low : SIZE_MAX;
}

static void mark_done(struct work *w)
{
    const struct recommend_in *in = w->in;
    w->scored = ARENA_ARRAY(w->a, bool, in->activity_n);
    w->completed = ARENA_ARRAY(w->a, bool, in->activity_n);
    w->used = ARENA_ARRAY(w->a, int32_t, in->activity_n);
    for (size_t i = 0; i < in->counted->row_n; i++) {
        const struct ev *r = &in->counted->rows[i];
        double share;
        size_t at = find_activity(in, r->activity_id);
        if (at == SIZE_MAX) {
            continue;
        }
        w->completed[at] = w->completed[at] || r->kind == EV_COMPLETION;
        w->scored[at] =
            w->scored[at] || (r->kind <= EV_GRADE && evidence_share(r, &share));
    }
}

static bool anything_known(const struct recommend_in *in)
{
    for (size_t i = 0; i < in->map->skill_n; i++) {
        if (in->skills[i].view.word != MASTERY_NONE) {
            return true;
        }
    }
    return false;
}

static enum recommend_reason reason_of(enum mastery_word word, bool known)
{
    switch (word) {
    case MASTERY_LEARNING:
        return RECOMMEND_CONTINUE;
    case MASTERY_ALMOST:
        return RECOMMEND_ALMOST;
    case MASTERY_REVIEW:
        return RECOMMEND_REVIEW;
    default:
        return known ? RECOMMEND_NEW : RECOMMEND_START;
    }
}

static int by_score(const void *a, const void *b)
{
    const struct candidate *x = a;
    const struct candidate *y = b;
    if (x->score != y->score) {
        return x->score > y->score ? -1 : 1;
    }
    return (x->skill > y->skill) - (x->skill < y->skill);
}

/* Reviews keep what is there, but three of them leave no way forward: best first, and of
 * three in a row one review at most, as long as there is something else to do. */
static void spread_reviews(struct work *w)
{
    struct candidate *v = ARENA_ARRAY(w->a, struct candidate, w->n);
    size_t review = 0, other = 0, seen = 0;
    for (size_t i = 0; i < w->n; i++) {
        seen = i % REVIEW_SHARE == 0 ? 0 : seen;
        while (review < w->n && w->v[review].reason != RECOMMEND_REVIEW) {
            review++;
        }
        while (other < w->n && w->v[other].reason == RECOMMEND_REVIEW) {
            other++;
        }
        bool take = other == w->n || (review < other && seen == 0);
        seen += take ? 1 : 0;
        v[i] = w->v[take ? review++ : other++];
    }
    w->v = v;
}

/* Weight x score of the four, and their sum. */
static void score_all(struct work *w)
{
    const struct recommend_in *in = w->in;
    struct recommend_weights weights =
        in->weights != NULL ? *in->weights : scorer_weights();
    struct scorer_candidate *v = ARENA_ARRAY(w->a, struct scorer_candidate, w->n);
    double *out = ARENA_ARRAY(w->a, double, w->n);
    for (size_t i = 0; i < w->n; i++) {
        v[i] = (struct scorer_candidate){w->v[i].skill, w->v[i].reason, w->v[i].distance};
    }
    for (int k = 0; k < RECOMMEND_SCORERS; k++) {
        scorer_of((enum recommend_scorer)k)->score(w->a, in, v, w->n, out);
        for (size_t i = 0; i < w->n; i++) {
            w->v[i].parts[k] = weights.w[k] * out[i];
            w->v[i].score += w->v[i].parts[k];
        }
    }
}

/* Open, nothing missing (a grant alone is not enough: what is missing comes first), and
 * not mastered. Everything unmastered rests on some such skill, so there is always one.
 */
static void collect(struct work *w)
{
    const struct recommend_in *in = w->in;
    size_t skill_n = in->map->skill_n;
    bool known = anything_known(in);
    int32_t *distance = ARENA_ARRAY(w->a, int32_t, skill_n);
    skill_distance(in->map, in->targets, in->target_n, distance);
    w->v = ARENA_ARRAY(w->a, struct candidate, skill_n);
    for (size_t i = 0; i < skill_n; i++) {
        enum mastery_word word = in->skills[i].view.word;
        const struct progress_ready *r = &in->progress->ready[i];
        if (word == MASTERY_MASTERED || !r->ready || r->missing_n > 0) {
            continue;
        }
        w->v[w->n++] = (struct candidate){.skill = (int32_t)i,
                                          .reason = reason_of(word, known),
                                          .distance = distance[i],
                                          .scaffold_for = -1,
                                          .later = in->later != NULL && in->later[i]};
    }
}

/* Best first; of what is about as good, what lies in other units than those before. */
static void put_in_order(struct work *w)
{
    if (w->n == 0) {
        return;
    }
    qsort(w->v, w->n, sizeof(*w->v), by_score);
    for (size_t at = 1; at < w->n && at < w->in->slots; at++) {
        size_t best = at;
        double best_score = 0.0;
        for (size_t i = at; i < w->n; i++) {
            if (i > at && w->v[i].score < best_score) {
                break; /* sorted: none behind is better */
            }
            struct str unit = w->in->map->skills[w->v[i].skill].unit;
            double score = w->v[i].score;
            for (size_t k = 0; k < at; k++) {
                bool same = str_eq(w->in->map->skills[w->v[k].skill].unit, unit);
                score -= same ? SAME_UNIT : 0.0;
            }
            if (i == at || score > best_score) {
                best = i;
                best_score = score;
            }
        }
        struct candidate moved = w->v[best];
        for (size_t i = best; i > at; i--) {
            w->v[i] = w->v[i - 1];
        }
        w->v[at] = moved;
    }
}

/* The weakest of what a skill rests on, among the candidates from `from` on: what is not
 * mastered, or is but must be shown again. */
static size_t weakest_below(const struct work *w, int32_t skill)
{
    const struct skill *s = &w->in->map->skills[skill];
    size_t best = SIZE_MAX;
    double least = 2.0;
    for (size_t i = 0; i < w->n; i++) {
        bool below = false;
        for (size_t k = 0; k < s->need_n; k++) {
            below = below || s->needs[k].skill == w->v[i].skill;
        }
        double p = w->in->skills[w->v[i].skill].view.p;
        if (below && p < least) {
            best = i;
            least = p;
        }
    }
    return best;
}

/* Two results in a row on a skill did not go well: what it rests on comes before it is
 * tried again. Where all of that is mastered, its material does (choose_activity). */
static void put_scaffolds(struct work *w)
{
    for (size_t i = 0; i < w->n && i < w->in->slots; i++) {
        int32_t skill = w->v[i].skill;
        size_t at =
            w->in->skills[skill].failed >= FAILED ? weakest_below(w, skill) : SIZE_MAX;
        if (at == SIZE_MAX) {
            continue;
        }
        if (w->v[at].scaffold_for < 0) {
            w->v[at].scaffold_for = skill;
        }
        if (at > i) {
            struct candidate moved = w->v[at];
            for (size_t k = at; k > i; k--) {
                w->v[k] = w->v[k - 1];
            }
            w->v[i++] = moved; /* the skill itself is one further on now */
        }
    }
}

static bool is_new(const struct candidate *c)
{
    bool fresh = c->reason == RECOMMEND_NEW || c->reason == RECOMMEND_START;
    return fresh && !c->later;
}

/* splitmix64 (Steele, Lea & Flood 2014): the seed, well stirred. */
static uint64_t stir(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* What may take a slot of choice: new ones first, then those that did not fail just now,
 * then any. */
static int choice_rank(const struct work *w, const struct candidate *c)
{
    if (c->taken) {
        return 0;
    }
    return is_new(c) ? 3 : w->in->skills[c->skill].failed < FAILED ? 2 : 1;
}

/* A candidate at or behind `at`, by the seed, or SIZE_MAX. */
static size_t draw(const struct work *w, size_t at, uint64_t seed)
{
    int best = 1;
    size_t pool = 0;
    for (size_t i = at; i < w->n; i++) {
        int r = choice_rank(w, &w->v[i]);
        pool = r > best ? 0 : pool;
        best = r > best ? r : best;
        pool += r == best ? 1 : 0;
    }
    size_t k = pool > 0 ? (size_t)(stir(seed) % pool) : 0;
    for (size_t i = at; i < w->n; i++) {
        if (choice_rank(w, &w->v[i]) == best && k-- == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* Keep one slot in five for new territory or choice: by what is new among the best, else
 * by drawing for the last slots. With no more candidates than slots all of them are
 * shown. */
static void keep_choice(struct work *w, size_t slots)
{
    size_t want = (slots + NEW_SHARE - 1) / NEW_SHARE;
    size_t have = 0;
    for (size_t i = slots; i-- > 0 && have < want;) {
        if (is_new(&w->v[i])) {
            w->v[i].choice = w->v[i].taken = true;
            have++;
        }
    }
    for (size_t at = slots; w->n > slots && at-- > 0 && have < want;) {
        size_t other = w->v[at].choice ? SIZE_MAX : draw(w, at, w->in->seed + have);
        if (other == SIZE_MAX) {
            continue;
        }
        struct candidate moved = w->v[at];
        w->v[at] = w->v[other];
        w->v[other] = moved;
        w->v[at].choice = w->v[at].taken = true;
        have++;
    }
}

/* How good it is to open an activity for a skill now; below 0: not at all. */
static double worth(const struct work *w, size_t at, double weight,
                    const struct recommend_skill *s)
{
    const struct course_activity *act = &w->in->activities[at];
    bool weak = s->has_result && s->of > 0.0 && s->got < RECOMMEND_PASS * s->of;
    bool late = act->due_ms > 0 && act->due_ms < w->in->as_of_ms;
    double v = 0.0;
    bool over = act->closes_ms > 0 && act->closes_ms <= w->in->as_of_ms;
    bool shut = w->in->shut != NULL && w->in->shut[at];
    if (shut || !act->visible || act->opens_ms > w->in->as_of_ms || over) {
        return -1.0;
    }
    if (weight == 0.0) { /* material: before the first try, and after a weak one */
        v = 2.0 + (s->view.word == MASTERY_NONE || weak ? 1.5 : 0.0) -
            (w->completed[at] ? 1.0 : 0.0);
    } else if (str_is(act->kind, "assign")) { /* handed in once */
        v = w->scored[at] ? -1.0 : 3.0 - (late ? 0.5 : 0.0);
    } else { /* may be tried again until it closes */
        bool proof = s->view.word == MASTERY_ALMOST || s->view.word == MASTERY_REVIEW;
        v = 2.5 + (w->scored[at] ? 0.0 : 1.0) + (proof ? 1.0 : 0.0) - (weak ? 0.5 : 0.0) -
            (late ? 2.4 : 0.0);
    }
    /* A question or two in passing is worth less than a check of just this skill. */
    double passing = weight > 0.0 ? 1.5 * (1.0 - weight) : 0.0;
    /* Whether it is open to this person is not known: whatever surely is goes first. */
    double maybe = act->restricted ? 8.0 : 0.0;
    double sum = v + 10.0 - passing - 1.5 * w->used[at] - maybe;
    return v < 0.0 ? v : sum > 0.0 || maybe == 0.0 ? sum : 0.01;
}

/* The first tie of a skill; ties are sorted by skill. */
static size_t first_tie(const struct recommend_in *in, int32_t skill)
{
    size_t low = 0;
    size_t high = in->tie_n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (in->ties[mid].skill < skill) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

/* The best activity of a skill, or SIZE_MAX; of one kind alone when `kind` says one. */
static size_t best_activity(const struct work *w, int32_t skill, struct str kind)
{
    const struct recommend_in *in = w->in;
    size_t best = SIZE_MAX;
    double best_worth = -1.0;
    for (size_t i = first_tie(in, skill); i < in->tie_n && in->ties[i].skill == skill;) {
        int64_t id = in->ties[i].activity_id;
        double weight = 0.0;
        for (;
             i < in->tie_n && in->ties[i].skill == skill && in->ties[i].activity_id == id;
             i++) {
            weight = in->ties[i].weight > weight ? in->ties[i].weight : weight;
        }
        size_t at = find_activity(in, id);
        if (at == SIZE_MAX || (kind.n > 0 && !str_eq(in->activities[at].kind, kind))) {
            continue;
        }
        double v = worth(w, at, weight, &in->skills[skill]);
        if (v < 0.0 || v < best_worth) {
            continue;
        }
        if (v > best_worth ||
            in->activities[at].position < in->activities[best].position) {
            best = at;
            best_worth = v;
        }
    }
    return best;
}

/* The format that the person would rather have, where there is one; else what there is:
 * a wish never takes the last option away. */
static int64_t choose_activity(struct work *w, int32_t skill)
{
    size_t best = SIZE_MAX;
    if (w->in->format.n > 0) {
        best = best_activity(w, skill, w->in->format);
    }
    if (best == SIZE_MAX) {
        best = best_activity(w, skill, STR_EMPTY);
    }
    if (best == SIZE_MAX) {
        return 0;
    }
    w->used[best]++;
    return w->in->activities[best].id;
}

/* The skill that this one is needed for: one that is still closed, else one that is open
 * and not mastered. */
static void put_opens(const struct work *w, int32_t skill, struct js *o)
{
    const struct recommend_in *in = w->in;
    const struct skill *s = &in->map->skills[skill];
    int32_t *next = NULL;
    if (progress_next(w->a, in->map, in->progress, skill, &next) > 0) {
        js_set_str(o, "opens", in->map->skills[next[0]].code);
        js_set_i64(o, "opens_missing", (int64_t)in->progress->ready[next[0]].missing_n);
        return;
    }
    for (size_t i = 0; i < s->open_n; i++) {
        if (!mastery_holds(in->skills[s->opens[i]].view.word)) {
            js_set_str(o, "helps", in->map->skills[s->opens[i]].code);
            return;
        }
    }
}

static struct str facts_of(const struct work *w, const struct candidate *c)
{
    const struct recommend_in *in = w->in;
    const struct recommend_skill *s = &in->skills[c->skill];
    const struct skill *sk = &in->map->skills[c->skill];
    struct mastery_rule rule = {
        .bkt = sk->bkt, .limits = in->map->limits, .tz_min = in->tz_min};
    struct js *o = js_object(w->a);
    int32_t days = 0;
    int32_t right = mastery_needed(&rule, &s->state, in->as_of_ms, &days);
    if (s->has_result) {
        js_set_num(o, "got", s->got);
        js_set_num(o, "of", s->of);
        js_set_i64(o, "at_ms", s->result_ms);
        js_set_i64(o, "activity", s->result_activity);
    }
    js_set_i64(o, "rows", s->state.proof_n);
    js_set_i64(o, "days", s->state.day_n);
    if (right >= 0) {
        js_set_i64(o, "right_needed", right);
        js_set_i64(o, "days_needed", days);
    }
    if (c->distance != INT32_MAX) {
        js_set_i64(o, "target_steps", c->distance);
    }
    if (c->scaffold_for >= 0) {
        js_set_str(o, "scaffold_for", in->map->skills[c->scaffold_for].code);
    }
    if (s->failed >= FAILED) {
        js_set_i64(o, "failed", s->failed);
    }
    put_opens(w, c->skill, o);
    return js_dump(w->a, o);
}

/* The first `slots` of the candidates, in order. */
/* What the person would rather do later goes behind everything else, in its order. */
static void put_later(struct work *w)
{
    struct candidate *v = ARENA_ARRAY(w->a, struct candidate, w->n);
    size_t n = 0;
    for (int later = 0; later < 2; later++) {
        for (size_t i = 0; i < w->n; i++) {
            if (w->v[i].later == (later == 1)) {
                v[n++] = w->v[i];
            }
        }
    }
    w->v = v;
}

static size_t rank(struct work *w)
{
    collect(w);
    score_all(w);
    put_in_order(w);
    spread_reviews(w);
    size_t slots = w->n < w->in->slots ? w->n : w->in->slots;
    put_scaffolds(w);
    put_later(w);
    keep_choice(w, slots);
    return slots;
}

/* How likely the person was to be shown each skill: by the shares of the arms in whose
 * list it is. All lists are made, so this is exact. */
static void log_propensities(struct work *w, struct recommend_pick *picks, size_t n)
{
    const struct recommend_trial *t = w->in->trial;
    for (int32_t arm = 0; t != NULL && arm < t->arm_n; arm++) {
        struct recommend_trial other = *t;
        struct recommend_in in = *w->in;
        struct work x = {.a = w->a, .in = &in};
        other.arm = arm;
        in.trial = &other;
        size_t shown = rank(&x);
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < shown; k++) {
                double share = x.v[k].skill == picks[i].skill ? t->share[arm] : 0.0;
                picks[i].propensity += share;
                picks[i].propensity_first += k < RECOMMEND_FIRST ? share : 0.0;
            }
        }
    }
}

size_t recommend_work(struct arena *a, const struct recommend_in *in,
                      struct recommend_pick **out)
{
    struct work w = {.a = a, .in = in};
    size_t slots = rank(&w);
    mark_done(&w);
    *out = ARENA_ARRAY(a, struct recommend_pick, slots);
    for (size_t i = 0; i < slots; i++) {
        const struct candidate *c = &w.v[i];
        struct recommend_pick *p = &(*out)[i];
        *p = (struct recommend_pick){
            .skill = c->skill,
            .activity_id = choose_activity(&w, c->skill),
            .reason = c->reason,
            .choice = c->choice,
            .score = c->score,
            .facts = facts_of(&w, c),
            .ids = in->skills[c->skill].ids,
            .id_n = in->skills[c->skill].id_n,
            .propensity = in->trial == NULL ? 1.0 : 0.0,
            .propensity_first = in->trial == NULL && i < RECOMMEND_FIRST ? 1.0 : 0.0,
        };
        for (int k = 0; k < RECOMMEND_SCORERS; k++) {
            p->parts[k] = c->parts[k];
        }
    }
    log_propensities(&w, *out, slots);
    return slots;
}

void recommend_audit(struct arena *a, const struct skill_map *m,
                     const enum mastery_word *words, const struct recommend_pick *picks,
                     size_t n, struct recommend_shares *out)
{
    bool *below = ARENA_ARRAY(a, bool, m->skill_n);
    *out = (struct recommend_shares){.slots = n};
    for (size_t i = m->skill_n; i-- > 0;) { /* users before what they need */
        int32_t s = m->order[i];
        for (size_t k = 0; k < m->skills[s].need_n; k++) {
            int32_t need = m->skills[s].needs[k].skill;
            below[need] = below[need] || below[s] || mastery_holds(words[s]);
        }
    }
    for (size_t i = 0; i < n; i++) {
        bool fresh =
            picks[i].reason == RECOMMEND_NEW || picks[i].reason == RECOMMEND_START;
        out->fresh += fresh || picks[i].choice ? 1 : 0;
        out->below += below[picks[i].skill] ? 1 : 0;
    }
}
