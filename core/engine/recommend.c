#include "engine/recommend.h"

#include "base/js.h"

#include <stdlib.h>

/* The score of a candidate: nearness to a goal leads (two steps nearer always win); the
 * rest decides between skills that are about as near. */
#define W_STEP 0.25
#define FAR_STEPS 12        /* a skill that leads to no goal counts like this */
#define W_LAST_MISSING 0.10 /* the last thing that something closed waits for */
#define W_SOFT_MISSING 0.15 /* advised skills that are not there yet, as a share */
#define NEW_SHARE 5         /* one slot in so many is new territory or choice */
#define REVIEW_SHARE 3      /* of so many in a row one is a review, while others wait */

struct candidate {
    int32_t skill;
    enum recommend_reason reason;
    int32_t distance;
    double score;
    bool taken;
    bool choice;
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

static double score_of(const struct recommend_in *in, const struct candidate *c)
{
    static const double by_reason[] = {
        [RECOMMEND_START] = 0.10,  [RECOMMEND_NEW] = 0.10,    [RECOMMEND_CONTINUE] = 0.20,
        [RECOMMEND_ALMOST] = 0.30, [RECOMMEND_REVIEW] = 0.25,
    };
    double steps = c->distance < FAR_STEPS ? c->distance : FAR_STEPS;
    double last = last_missing(in, c->skill) ? W_LAST_MISSING : 0.0;
    return 1.0 - W_STEP * steps + by_reason[c->reason] + last -
           W_SOFT_MISSING * soft_missing(in, c->skill);
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
        struct candidate *c = &w->v[w->n++];
        *c = (struct candidate){.skill = (int32_t)i,
                                .reason = reason_of(word, known),
                                .distance = distance[i]};
        c->score = score_of(in, c);
    }
    if (w->n > 0) {
        qsort(w->v, w->n, sizeof(*w->v), by_score);
    }
    spread_reviews(w);
}

static bool is_new(const struct candidate *c)
{
    return c->reason == RECOMMEND_NEW || c->reason == RECOMMEND_START;
}

/* splitmix64 (Steele, Lea & Flood 2014): the seed, well stirred. */
static uint64_t stir(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* A candidate that is not among the first `slots`: new ones if there are any. */
static size_t draw(const struct work *w, size_t slots, uint64_t seed)
{
    size_t fresh = 0;
    for (size_t i = slots; i < w->n; i++) {
        fresh += is_new(&w->v[i]) && !w->v[i].taken ? 1 : 0;
    }
    size_t free_n = 0;
    for (size_t i = slots; i < w->n; i++) {
        free_n += !w->v[i].taken ? 1 : 0;
    }
    size_t pool = fresh > 0 ? fresh : free_n;
    size_t k = pool > 0 ? (size_t)(stir(seed) % pool) : 0;
    for (size_t i = slots; i < w->n; i++) {
        if (!w->v[i].taken && (fresh == 0 || is_new(&w->v[i])) && k-- == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* Keep one slot in five for new territory or choice: by what is new among the best, else
 * by giving the last slots away. With fewer candidates than slots all of them are shown.
 */
static void keep_choice(struct work *w, size_t slots)
{
    size_t want = (slots + NEW_SHARE - 1) / NEW_SHARE;
    size_t have = 0;
    for (size_t i = slots; i-- > 0 && have < want;) {
        if (is_new(&w->v[i])) {
            w->v[i].choice = true;
            have++;
        }
    }
    for (size_t at = slots; at-- > 0 && have < want;) {
        size_t other = draw(w, slots, w->in->seed + have);
        if (w->v[at].choice || other == SIZE_MAX) {
            continue;
        }
        w->v[other].taken = true;
        w->v[other].choice = true;
        struct candidate moved = w->v[at];
        w->v[at] = w->v[other];
        w->v[other] = moved;
        w->v[other].taken = true; /* not drawn again for another slot */
        have++;
    }
}

/* How good it is to open an activity for a skill now; below 0: not at all. */
static double worth(const struct work *w, size_t at, double weight,
                    const struct recommend_skill *s)
{
    const struct course_activity *act = &w->in->activities[at];
    bool weak = s->has_result && s->of > 0.0 && s->got < 0.6 * s->of;
    bool late = act->due_ms > 0 && act->due_ms < w->in->as_of_ms;
    double v = 0.0;
    bool over = act->closes_ms > 0 && act->closes_ms <= w->in->as_of_ms;
    if (!act->visible || act->opens_ms > w->in->as_of_ms || over) {
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

static int64_t choose_activity(struct work *w, int32_t skill)
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
        double v = at != SIZE_MAX ? worth(w, at, weight, &in->skills[skill]) : -1.0;
        if (v < 0.0 || v < best_worth) {
            continue;
        }
        if (v > best_worth ||
            in->activities[at].position < in->activities[best].position) {
            best = at;
            best_worth = v;
        }
    }
    if (best == SIZE_MAX) {
        return 0;
    }
    w->used[best]++;
    return in->activities[best].id;
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
    put_opens(w, c->skill, o);
    return js_dump(w->a, o);
}

size_t recommend_work(struct arena *a, const struct recommend_in *in,
                      struct recommend_pick **out)
{
    struct work w = {.a = a, .in = in};
    collect(&w);
    mark_done(&w);
    size_t slots = w.n < in->slots ? w.n : in->slots;
    keep_choice(&w, slots);
    *out = ARENA_ARRAY(a, struct recommend_pick, slots);
    for (size_t i = 0; i < slots; i++) {
        const struct candidate *c = &w.v[i];
        (*out)[i] = (struct recommend_pick){
            .skill = c->skill,
            .activity_id = choose_activity(&w, c->skill),
            .reason = c->reason,
            .choice = c->choice,
            .score = c->score,
            .facts = facts_of(&w, c),
            .ids = in->skills[c->skill].ids,
            .id_n = in->skills[c->skill].id_n,
        };
    }
    return slots;
}
