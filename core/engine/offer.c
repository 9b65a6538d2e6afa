#include "engine/offer.h"

#include <stdlib.h>

struct run {
    int64_t at_ms;
    struct engine_out out;
};

struct work {
    struct arena *a;
    const struct engine_course *c;
    const struct offer_in *in;
    const struct ev **by_id; /* evidence, sorted by id */
    struct offer *v;         /* all offers, over or not */
    size_t n;
    struct run *runs; /* of the engine, one a time that was asked for */
    size_t run_n;
};

const char *offer_fate_name(enum offer_fate fate)
{
    static const char *const names[] = {"taken", "swapped", "ignored"};
    return names[fate];
}

/* ---- views to offers ------------------------------------------------------------- */

static bool closed_before(const struct work *w, const struct offer_shown *s)
{
    for (size_t i = 0; i < w->in->last_n; i++) {
        const struct offer_last *l = &w->in->last[i];
        if (str_eq(l->skill, s->skill) && s->at_ms <= l->first_ms + OFFER_WEEK_MS) {
            return true;
        }
    }
    return false;
}

/* The offer that this view belongs to, from the newest back. */
static struct offer *open_offer(struct work *w, const struct offer_shown *s)
{
    for (size_t i = w->n; i-- > 0;) {
        struct offer *o = &w->v[i];
        if (str_eq(o->first.skill, s->skill)) {
            return s->at_ms <= o->first.at_ms + OFFER_WEEK_MS ? o : NULL;
        }
    }
    return NULL;
}

static void gather(struct work *w)
{
    w->v = ARENA_ARRAY(w->a, struct offer, w->in->shown_n);
    for (size_t i = 0; i < w->in->shown_n; i++) {
        const struct offer_shown *s = &w->in->shown[i];
        struct offer *o = open_offer(w, s);
        if (o != NULL) {
            o->views += s->at_ms > o->last_ms ? 1 : 0;
            o->last_ms = s->at_ms;
        } else if (!closed_before(w, s)) {
            w->v[w->n++] = (struct offer){.first = *s, .last_ms = s->at_ms, .views = 1};
        }
    }
}

/* ---- what happened --------------------------------------------------------------- */

static int order_id(const void *x, const void *y)
{
    int64_t p = (*(const struct ev *const *)x)->id;
    int64_t q = (*(const struct ev *const *)y)->id;
    return (p > q) - (p < q);
}

static void index_rows(struct work *w)
{
    w->by_id = ARENA_ARRAY(w->a, const struct ev *, w->in->evidence_n);
    for (size_t i = 0; i < w->in->evidence_n; i++) {
        w->by_id[i] = &w->in->evidence[i];
    }
    if (w->in->evidence_n > 0) {
        qsort(w->by_id, w->in->evidence_n, sizeof(*w->by_id), order_id);
    }
}

static const struct ev *row_of(const struct work *w, int64_t id)
{
    size_t low = 0;
    size_t high = w->in->evidence_n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (w->by_id[mid]->id < id) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < w->in->evidence_n && w->by_id[low]->id == id ? w->by_id[low] : NULL;
}

/* The engine over what had happened by then. */
static const struct engine_out *run_at(struct work *w, int64_t at_ms)
{
    for (size_t i = 0; i < w->run_n; i++) {
        if (w->runs[i].at_ms == at_ms) {
            return &w->runs[i].out;
        }
    }
    struct run *r = &w->runs[w->run_n++];
    struct ev *rows = ARENA_ARRAY(w->a, struct ev, w->in->evidence_n);
    struct engine_in in = {.evidence = rows, .as_of_ms = at_ms};
    for (size_t i = 0; i < w->in->evidence_n; i++) {
        if (w->in->evidence[i].observed_ms <= at_ms) {
            rows[in.evidence_n++] = w->in->evidence[i];
        }
    }
    r->at_ms = at_ms;
    engine_person(w->c, &in, w->a, &r->out);
    return &r->out;
}

static bool within(const struct offer *o, int64_t at_ms)
{
    return at_ms > o->first.at_ms && at_ms <= o->first.at_ms + OFFER_WEEK_MS;
}

/* A result of the person's own doing: a teacher's judgement is none. */
static bool is_result(const struct ev *r, double *share)
{
    return r->kind <= EV_GRADE && evidence_share(r, share);
}

/* By what row, when: the first one. */
static void note(struct offer *o, enum offer_fate fate, const struct ev *r)
{
    bool better = fate < o->fate;
    if (better || (fate == o->fate && o->by_ms > r->observed_ms)) {
        o->fate = fate;
        o->by_id = r->id;
        o->by_ms = r->observed_ms;
    }
}

/* Results on one skill, within the week. */
static void look_at_skill(const struct work *w, const struct engine_skill *s, bool own,
                          struct offer *o)
{
    for (size_t i = 0; i < s->id_n; i++) {
        const struct ev *r = row_of(w, s->ids[i]);
        double share;
        if (r == NULL || !within(o, r->observed_ms) || !is_result(r, &share)) {
            continue;
        }
        note(o, own ? OFFER_TAKEN : OFFER_SWAPPED, r);
        if (own && (o->next_id == 0 || r->observed_ms < o->next_ms)) {
            o->next_id = r->id;
            o->next_ms = r->observed_ms;
            o->next_share = share;
        }
    }
}

/* Was the activity offered to this person within the week of the offer? */
static bool was_offered(const struct work *w, const struct offer *o, int64_t activity_id)
{
    for (size_t i = 0; i < w->in->shown_n; i++) {
        const struct offer_shown *s = &w->in->shown[i];
        if (s->activity_id == activity_id && s->at_ms >= o->first.at_ms &&
            s->at_ms <= o->first.at_ms + OFFER_WEEK_MS) {
            return true;
        }
    }
    return false;
}

/* Activities that were opened or completed. */
static void look_at_visits(const struct work *w, struct offer *o)
{
    for (size_t i = 0; i < w->in->evidence_n; i++) {
        const struct ev *r = &w->in->evidence[i];
        bool did = r->kind == EV_ACCESS || r->kind == EV_COMPLETION;
        if (!did || r->activity_id == 0 || !within(o, r->observed_ms)) {
            continue;
        }
        if (r->activity_id == o->first.activity_id) {
            note(o, OFFER_TAKEN, r);
        } else if (was_offered(w, o, r->activity_id)) {
            note(o, OFFER_SWAPPED, r);
        }
    }
}

static void look_at_words(const struct work *w, struct offer *o)
{
    for (size_t i = 0; i < w->in->decision_n; i++) {
        const struct engine_decision *d = &w->in->decisions[i];
        if (o->fate != OFFER_TAKEN && str_is(d->kind, "swap") &&
            str_eq(d->subject, o->first.skill) && within(o, d->at_ms)) {
            o->fate = OFFER_SWAPPED;
            o->by_id = 0;
            o->by_ms = d->at_ms;
        }
    }
}

static void judge(struct work *w, size_t skill_n, struct offer *o)
{
    const struct engine_out *after = run_at(w, o->first.at_ms + OFFER_WEEK_MS);
    o->fate = OFFER_IGNORED;
    for (size_t i = 0; i < skill_n; i++) {
        look_at_skill(w, &after->skills[i], (int32_t)i == o->first.ord, o);
    }
    look_at_visits(w, o);
    look_at_words(w, o);
    o->has_p = o->first.ord >= 0;
    if (o->has_p) {
        o->p_before = run_at(w, o->first.at_ms)->skills[o->first.ord].p;
        o->p_after = after->skills[o->first.ord].p;
    }
}

size_t offer_work(struct arena *a, const struct engine_course *c,
                  const struct offer_in *in, struct offer **out)
{
    struct work w = {.a = a, .c = c, .in = in};
    size_t n = 0;
    gather(&w);
    index_rows(&w);
    w.runs = ARENA_ARRAY(a, struct run, 2 * w.n);
    *out = ARENA_ARRAY(a, struct offer, w.n);
    for (size_t i = 0; i < w.n; i++) {
        struct offer *o = &w.v[i];
        if (o->first.at_ms + OFFER_WEEK_MS + OFFER_GRACE_MS > in->now_ms) {
            continue;
        }
        judge(&w, engine_parts_of(c)->map->skill_n, o);
        (*out)[n++] = *o;
    }
    return n;
}
