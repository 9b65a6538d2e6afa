#include "engine/flip.h"

#include "engine/flip_int.h"

#include <stdlib.h>
#include <string.h>

#define STEP_MS 1000   /* between two new rows of one day */
#define READ_MS 120000 /* when the state is read, after the day's first moment */

struct find {
    struct flip_person *p;
    struct flip_lane lane;
    enum flip_goal goal;
    int32_t level; /* for FLIP_HOLDS */
    enum mastery_word from;
    bool down;
    int32_t edits; /* at most */
    bool found;
    struct flip_trial best;
    int32_t share; /* of 1/grid */
    double delta;
};

struct flip_space flip_space_default(void)
{
    return (struct flip_space){.grid = 100, .rows = FLIP_ROWS, .edits = 2, .tail = 6};
}

struct flip_course *flip_course_new(struct arena *a, const struct engine_course *c,
                                    const struct flip_space *space)
{
    struct flip_course *fc = ARENA_NEW(a, struct flip_course);
    fc->space = space != NULL ? *space : flip_space_default();
    fc->places = flipplace_new(a, c);
    return fc;
}

struct flip_person *flip_person_new(struct arena *a, const struct flip_course *fc,
                                    const struct engine_course *c,
                                    const struct engine_in *in,
                                    const struct engine_out *out)
{
    struct flip_person *p = ARENA_NEW(a, struct flip_person);
    *p = (struct flip_person){.a = a, .fc = fc, .c = c, .in = in, .out = out};
    p->seen = flipplace_seen(a, &out->counted);
    p->base_ms = in->as_of_ms;
    for (size_t i = 0; i < in->evidence_n; i++) {
        const struct ev *r = &in->evidence[i];
        p->base_ms = r->observed_ms > p->base_ms ? r->observed_ms : p->base_ms;
        p->last_id = r->id > p->last_id ? r->id : p->last_id;
    }
    return p;
}

/* The counted row of an id that was observed then; counted rows are sorted by time. */
static const struct ev *row_at(const struct counted *c, int64_t at_ms, int64_t id)
{
    size_t low = 0;
    size_t high = c->row_n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (c->rows[mid].observed_ms < at_ms) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    while (low < c->row_n && c->rows[low].id != id) {
        low++;
    }
    return low < c->row_n ? &c->rows[low] : NULL;
}

void flip_lane(const struct flip_person *p, int32_t skill, int32_t tail,
               struct flip_lane *l)
{
    const struct engine_skill *s = &p->out->skills[skill];
    tail = tail < FLIP_TAIL ? tail : FLIP_TAIL;
    tail = (size_t)tail < s->id_n ? tail : (int32_t)s->id_n;
    *l = (struct flip_lane){.skill = skill, .rule = engine_rule(p->c, skill)};
    l->now = s->state;
    l->tail_n = tail;
    mastery_start(&l->rule, &l->before);
    if (tail > 0) {
        size_t head = s->id_n - (size_t)tail;
        l->tail = s->obs + head;
        l->ids = s->ids + head;
        for (size_t i = 0; i < head; i++) {
            mastery_add(&l->rule, &l->before, &s->obs[i]);
        }
    }
    for (int32_t i = 0; i < tail; i++) {
        const struct ev *r = row_at(&p->out->counted, l->tail[i].at_ms, l->ids[i]);
        l->maximum[i] = r != NULL ? r->maximum : 1.0;
    }
    l->place_n = p->fc->space.rows < FLIP_ROWS ? p->fc->space.rows : FLIP_ROWS;
    flipplace_list(p->fc->places, p->seen, skill, p->base_ms, l->places,
                   (size_t)l->place_n);
}

static int32_t day_of_row(const struct flip_trial *t, int32_t i)
{
    return t->first + (i < t->days - 1 ? i : t->days - 1);
}

/* Rows of one day follow each other; a later row is never earlier. */
int64_t flip_time(const struct flip_person *p, int32_t day, int32_t i)
{
    return p->base_ms + (int64_t)day * EVIDENCE_DAY_MS + (int64_t)(i + 1) * STEP_MS;
}

int64_t flip_read_ms(const struct flip_person *p, bool down)
{
    int32_t days = engine_parts_of(p->c)->map->limits.min_days;
    days = down ? 0 : days < 1 ? 1 : days;
    return p->base_ms + (int64_t)days * EVIDENCE_DAY_MS + READ_MS;
}

static int64_t end_of(const struct find *f, const struct flip_trial *t)
{
    return t->add_n > 0 ? flip_read_ms(f->p, f->down) : f->p->in->as_of_ms;
}

/* The share as the engine will read it from a score of so much of a maximum. */
static double share_of(double share, double maximum)
{
    double s = share * maximum / maximum;
    return s < 0.0 ? 0.0 : s > 1.0 ? 1.0 : s;
}

static struct mastery_view after(const struct find *f, const struct flip_trial *t,
                                 double share)
{
    const struct flip_lane *l = &f->lane;
    struct mastery m = t->edit_n > 0 ? l->before : l->now;
    int32_t e = 0;
    for (int32_t i = 0; t->edit_n > 0 && i < l->tail_n; i++) {
        struct mastery_obs o = l->tail[i];
        if (e < t->edit_n && t->edits[e] == i) {
            o.share = share_of(share, l->maximum[i]);
            e++;
        }
        mastery_add(&l->rule, &m, &o);
    }
    for (int32_t i = 0; i < t->add_n; i++) {
        struct mastery_obs o = {.at_ms = flip_time(f->p, day_of_row(t, i), i),
                                .share = share,
                                .weight = l->places[i].weight,
                                .kind = l->places[i].kind};
        mastery_add(&l->rule, &m, &o);
    }
    return mastery_read(&l->rule, &m, end_of(f, t));
}

static bool goal_met(const struct find *f, const struct mastery_view *v)
{
    switch (f->goal) {
    case FLIP_MASTERED:
        return v->word == MASTERY_MASTERED;
    case FLIP_HOLDS:
        return mastery_reaches(engine_parts_of(f->p->c)->map, f->level, v->word, v->p);
    case FLIP_NEXT:
        return f->from == MASTERY_NONE       ? v->word != MASTERY_NONE
               : f->from == MASTERY_LEARNING ? v->word > MASTERY_LEARNING
                                             : v->word == MASTERY_MASTERED;
    case FLIP_DOWN:
        return f->from == MASTERY_MASTERED ? v->word != MASTERY_MASTERED
               : f->from == MASTERY_REVIEW ? !mastery_holds(v->word)
                                           : v->word == MASTERY_LEARNING;
    default:
        return false;
    }
}

static bool met(const struct find *f, const struct flip_trial *t, int32_t share)
{
    struct mastery_view v = after(f, t, (double)share / (double)f->p->fc->space.grid);
    return goal_met(f, &v);
}

/* The shares from which all rows of the trial do change: [*low, *high]. */
static void bounds(const struct find *f, const struct flip_trial *t, int32_t *low,
                   int32_t *high)
{
    int32_t grid = f->p->fc->space.grid;
    *low = 0;
    *high = grid;
    for (int32_t i = 0; i < t->edit_n; i++) {
        double was = f->lane.tail[t->edits[i]].share;
        int32_t at = (int32_t)(was * grid);
        int32_t above = (double)at / grid > was ? at : at + 1;
        int32_t below = (double)at / grid < was ? at : at - 1;
        *low = !f->down && above > *low ? above : *low;
        *high = f->down && below < *high ? below : *high;
    }
}

static double delta_of(const struct find *f, const struct flip_trial *t, int32_t share)
{
    double s = (double)share / (double)f->p->fc->space.grid;
    double sum = (double)t->add_n * (f->down ? 1.0 - s : s);
    for (int32_t i = 0; i < t->edit_n; i++) {
        double was = f->lane.tail[t->edits[i]].share;
        sum += f->down ? was - s : s - was;
    }
    return sum;
}

/* Only what would be better than the best is looked at. */
static void narrow(const struct find *f, const struct flip_trial *t, int32_t *low,
                   int32_t *high)
{
    while (f->found && *low <= *high &&
           delta_of(f, t, f->down ? *low : *high) >= f->delta) {
        *low += f->down ? 1 : 0;
        *high -= f->down ? 0 : 1;
    }
}

/* The share nearest to what is there with which the trial does it; keeps the best. */
static void weigh(struct find *f, const struct flip_trial *t)
{
    int32_t low, high;
    bounds(f, t, &low, &high);
    narrow(f, t, &low, &high);
    if (low > high || !met(f, t, f->down ? low : high)) {
        return;
    }
    while (low < high) {
        int32_t mid = f->down ? low + (high - low + 1) / 2 : low + (high - low) / 2;
        bool does = met(f, t, mid);
        if (f->down) {
            low = does ? mid : low;
            high = does ? high : mid - 1;
        } else {
            high = does ? mid : high;
            low = does ? low : mid + 1;
        }
    }
    f->found = true;
    f->best = *t;
    f->share = low;
    f->delta = delta_of(f, t, low);
}

/* Every pattern of days for the new rows: the earliest last day first. */
static void weigh_days(struct find *f, struct flip_trial t)
{
    int32_t most = f->lane.rule.limits.min_days;
    most = f->down || most < 1 ? 1 : most;
    most = t.add_n < most ? t.add_n : most;
    if (t.add_n == 0) {
        weigh(f, &t);
        return;
    }
    for (int32_t end = 0; end <= most; end++) {
        for (t.first = 0; t.first <= (f->down ? 0 : 1); t.first++) {
            t.days = end - t.first + 1;
            if (t.days >= 1 && t.days <= most) {
                weigh(f, &t);
            }
        }
    }
}

/* All sets of `k` rows, those with the fewest other scores first. */
static void weigh_sets(struct find *f, int32_t k)
{
    struct flip_trial t = {.add_n = k};
    if (k <= f->lane.place_n) {
        weigh_days(f, t);
    }
    for (int32_t i = 0; f->edits >= 1 && i < f->lane.tail_n; i++) {
        t = (struct flip_trial){.edits = {i}, .edit_n = 1, .add_n = k - 1};
        weigh_days(f, t);
    }
    for (int32_t i = 0; f->edits >= 2 && k >= 2 && i < f->lane.tail_n; i++) {
        for (int32_t j = i + 1; j < f->lane.tail_n; j++) {
            t = (struct flip_trial){.edits = {i, j}, .edit_n = 2, .add_n = k - 2};
            weigh_days(f, t);
        }
    }
}

static void put_add(struct flip *f, int32_t skill, const struct flipplace *at,
                    int64_t at_ms)
{
    f->adds[f->add_n++] = (struct flip_add){.skill = skill,
                                            .activity_id = at->activity_id,
                                            .item = at->item,
                                            .kind = at->kind,
                                            .source_kind = at->source_kind,
                                            .scored = true,
                                            .share = f->share,
                                            .at_ms = at_ms};
}

static struct flip flip_of(const struct find *f)
{
    const struct flip_person *p = f->p;
    const struct flip_trial *t = &f->best;
    struct flip out = {.found = f->found, .least = f->found, .goal = f->goal};
    if (!f->found) {
        return out;
    }
    out.share = (double)f->share / (double)p->fc->space.grid;
    out.delta = f->delta;
    out.first = t->first;
    out.days = t->days;
    out.as_of_ms = end_of(f, t);
    out.to = str_c(mastery_word_name(after(f, t, out.share).word));
    out.adds = ARENA_ARRAY(p->a, struct flip_add, (size_t)t->add_n);
    out.edits = ARENA_ARRAY(p->a, struct flip_edit, (size_t)t->edit_n);
    for (int32_t i = 0; i < t->add_n; i++) {
        put_add(&out, f->lane.skill, &f->lane.places[i],
                flip_time(p, day_of_row(t, i), i));
    }
    for (int32_t i = 0; i < t->edit_n; i++) {
        out.edits[out.edit_n++] = (struct flip_edit){
            .id = f->lane.ids[t->edits[i]], .was = f->lane.tail[t->edits[i]].share};
    }
    return out;
}

/* Is there anything to flip? */
static bool may_flip(enum mastery_word word, enum flip_goal goal)
{
    switch (goal) {
    case FLIP_MASTERED:
    case FLIP_NEXT:
        return word != MASTERY_MASTERED;
    case FLIP_DOWN:
        return word > MASTERY_LEARNING;
    default:
        return true;
    }
}

/* Was the same question answered for the skill before? */
static bool recall(struct find *f)
{
    const struct flip_first *k = &f->p->first;
    bool same = k->known && k->goal == f->goal && k->level == f->level &&
                memcmp(&k->bkt, &f->lane.rule.bkt, sizeof(k->bkt)) == 0;
    for (int32_t i = 0; same && i < f->lane.place_n; i++) {
        same = k->weights[i] == f->lane.places[i].weight &&
               k->kinds[i] == f->lane.places[i].kind;
    }
    if (same) {
        f->found = k->found;
        f->best = k->best;
        f->share = k->share;
        f->delta = k->delta;
    }
    return same;
}

static void keep(const struct find *f)
{
    struct flip_first *k = &f->p->first;
    *k = (struct flip_first){.known = true,
                             .found = f->found,
                             .goal = f->goal,
                             .level = f->level,
                             .bkt = f->lane.rule.bkt,
                             .best = f->best,
                             .share = f->share,
                             .delta = f->delta};
    for (int32_t i = 0; i < f->lane.place_n; i++) {
        k->weights[i] = f->lane.places[i].weight;
        k->kinds[i] = f->lane.places[i].kind;
    }
}

static struct flip search(struct flip_person *p, struct find *f, int32_t skill,
                          bool forward)
{
    f->p = p;
    f->from = p->out->skills[skill].word;
    f->down = f->goal == FLIP_DOWN;
    f->edits = forward ? 0 : p->fc->space.edits;
    if (!may_flip(f->from, f->goal)) {
        return (struct flip){.goal = f->goal};
    }
    flip_lane(p, skill, forward ? 0 : p->fc->space.tail, &f->lane);
    bool first = p->out->skills[skill].id_n == 0;
    if (first && recall(f)) {
        return flip_of(f);
    }
    for (int32_t k = 1; k <= p->fc->space.rows && !f->found; k++) {
        weigh_sets(f, k);
    }
    if (first) {
        keep(f);
    }
    return flip_of(f);
}

static struct flip *kept(struct flip_person *p, struct flip **list)
{
    if (*list == NULL) {
        *list = ARENA_ARRAY(p->a, struct flip, engine_parts_of(p->c)->map->skill_n);
    }
    return *list;
}

struct flip flip_word(struct flip_person *p, int32_t skill, enum flip_goal goal,
                      bool forward)
{
    struct find f = {.goal = goal, .level = SKILL_MASTERED};
    if (!forward || goal != FLIP_MASTERED) {
        return search(p, &f, skill, forward);
    }
    struct flip *one = &kept(p, &p->mastered)[skill];
    if (!one->looked) {
        *one = search(p, &f, skill, true);
        one->looked = true;
    }
    return *one;
}

/* With nothing forgotten and never mastered before, the first row that makes a skill hold
 * is the one that makes it mastered. */
static bool as_mastered(const struct flip_person *p, int32_t skill)
{
    return engine_rule(p->c, skill).bkt.half_life_days <= 0.0 &&
           !p->out->skills[skill].state.was_mastered;
}

struct flip flip_level(struct flip_person *p, int32_t skill, int32_t level, bool forward)
{
    struct find f = {.goal = FLIP_HOLDS, .level = level};
    if (!forward || level != SKILL_MASTERED) {
        return search(p, &f, skill, forward);
    }
    struct flip *one = &kept(p, &p->held)[skill];
    if (!one->looked) {
        *one = as_mastered(p, skill) ? flip_word(p, skill, FLIP_MASTERED, true)
                                     : search(p, &f, skill, true);
        one->looked = true;
    }
    return *one;
}

int flip_cmp(const struct flip *x, const struct flip *y)
{
    if (x->found != y->found) {
        return x->found ? -1 : 1;
    }
    size_t a = x->add_n + x->edit_n;
    size_t b = y->add_n + y->edit_n;
    if (a != b) {
        return a < b ? -1 : 1;
    }
    return (x->delta > y->delta) - (x->delta < y->delta);
}

static struct ev new_row(struct arena *a, const struct flip_add *n, int64_t id)
{
    struct str key = str_fmt(a, "flip:%lld", (long long)id);
    return (struct ev){
        .id = id,
        .observed_ms = n->at_ms,
        .fact_key = key,
        .kind = n->kind,
        .has_score = n->scored,
        .score = n->scored ? n->share : 0.0,
        .maximum = n->scored ? 1.0 : 0.0,
        .weight = 1.0,
        .source_kind = n->source_kind,
        .activity_id = n->activity_id,
        .item = n->item,
        .attempt = n->kind <= EV_ATTEMPT ? key : STR_EMPTY,
    };
}

static void edit_rows(struct ev *v, size_t n, const struct flip *f)
{
    for (size_t k = 0; k < f->edit_n; k++) {
        for (size_t i = 0; i < n; i++) {
            if (v[i].id == f->edits[k].id) {
                v[i].score = f->share * v[i].maximum;
            }
        }
    }
}

struct engine_in flip_apply(struct arena *a, const struct flip_person *p,
                            const struct flip *const *f, size_t n)
{
    struct engine_in in = *p->in;
    size_t more = 0;
    for (size_t i = 0; i < n; i++) {
        more += f[i]->add_n;
    }
    struct ev *v = ARENA_ARRAY(a, struct ev, in.evidence_n + more);
    for (size_t i = 0; i < in.evidence_n; i++) {
        v[i] = p->in->evidence[i];
    }
    for (size_t i = 0; i < n; i++) {
        edit_rows(v, p->in->evidence_n, f[i]);
        for (size_t k = 0; k < f[i]->add_n; k++) {
            int64_t id = p->last_id + 1 + (int64_t)(in.evidence_n - p->in->evidence_n);
            v[in.evidence_n++] = new_row(a, &f[i]->adds[k], id);
        }
        in.as_of_ms = f[i]->as_of_ms;
    }
    in.evidence = v;
    in.plain = true;
    return in;
}
