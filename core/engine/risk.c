#include "engine/risk.h"

#include "base/js.h"
#include "engine/riskdoc.h"

#include <stdlib.h>

#define JUDGEMENT_DAYS 28
#define SHOWN_ITEMS 5
#define USUAL_N 5

struct work {
    struct arena *a;
    const struct risk_in *in;
    const struct risk_rule *rule;
    struct risk_flag flag;
    int64_t newest_ms; /* newest fact behind the flag: does "wrong" still stand? */
};

struct risk_rules *risk_parse(struct arena *a, struct str json, struct err *e)
{
    return riskdoc_read(a, json, e);
}

const char *risk_level_name(enum risk_level level)
{
    return level == RISK_TALK ? "talk" : "watch";
}

static const struct course_activity *find_activity(const struct risk_in *in, int64_t id)
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
    bool found = low < in->activity_n && in->activities[low].id == id;
    return found ? &in->activities[low] : NULL;
}

static bool kind_counts(const struct risk_rule *r, const struct course_activity *act)
{
    for (size_t i = 0; i < r->kind_n; i++) {
        if (act != NULL && str_eq(r->kinds[i], act->kind)) {
            return true;
        }
    }
    return r->kind_n == 0;
}

static int64_t days_ms(int32_t days)
{
    return (int64_t)days * EVIDENCE_DAY_MS;
}

static int64_t hours_ms(double hours)
{
    return (int64_t)(hours * (double)EVIDENCE_HOUR_MS);
}

/* Add a family once. */
static void add_source(struct arena *a, struct str **v, size_t *n, struct str family)
{
    for (size_t i = 0; i < *n; i++) {
        if (str_eq((*v)[i], family)) {
            return;
        }
    }
    struct str *grown = ARENA_ARRAY(a, struct str, *n + 1);
    for (size_t i = 0; i < *n; i++) {
        grown[i] = (*v)[i];
    }
    grown[(*n)++] = family;
    *v = grown;
}

static void own_source(struct work *w, struct str source_kind)
{
    add_source(w->a, &w->flag.sources, &w->flag.source_n, evidence_family(source_kind));
}

/* Visits are told by access rows only; work handed in shows presence too, but its absence
 * shows nothing, so without any access row the rule stays silent. */
static bool not_opened(struct work *w)
{
    const struct ev *last = NULL;
    bool lms = false;
    bool told = false;
    for (size_t i = 0; i < w->in->counted->row_n; i++) {
        const struct ev *r = &w->in->counted->rows[i];
        bool access = r->kind == EV_ACCESS;
        if (!access && r->kind != EV_ANSWER && r->kind != EV_ATTEMPT) {
            continue;
        }
        told = told || access;
        lms = lms || (access && str_is(evidence_family(r->source_kind), "lms"));
        if (last == NULL || r->observed_ms >= last->observed_ms) {
            last = r;
        }
    }
    if (!told || w->in->as_of_ms - last->observed_ms < hours_ms(w->rule->hours)) {
        return false;
    }
    int64_t *ids = ARENA_NEW(w->a, int64_t);
    struct js *o = js_object(w->a);
    int64_t gone_ms = w->in->as_of_ms - last->observed_ms;
    js_set_i64(o, "hours", gone_ms / EVIDENCE_HOUR_MS);
    js_set_i64(o, "last_ms", last->observed_ms);
    js_set_str(o, "where", lms ? STR("lms") : STR("panel"));
    ids[0] = last->id;
    w->flag.ids = ids;
    w->flag.id_n = 1;
    w->flag.facts = js_dump(w->a, o);
    w->flag.since_ms = last->observed_ms + hours_ms(w->rule->hours);
    w->newest_ms = last->observed_ms;
    own_source(w, last->source_kind);
    return true;
}

/* The results that a rule looks at, oldest first. */
static size_t results_for(const struct work *w, const struct count_result ***out)
{
    const struct risk_in *in = w->in;
    *out = ARENA_ARRAY(w->a, const struct count_result *, in->result_n);
    size_t n = 0;
    for (size_t i = 0; i < in->result_n; i++) {
        const struct count_result *r = &in->results[i];
        if (kind_counts(w->rule, find_activity(in, r->activity_id)) &&
            r->at_ms <= in->as_of_ms) {
            (*out)[n++] = r;
        }
    }
    if (n > 0 && w->rule->within_days > 0 &&
        in->as_of_ms - (*out)[n - 1]->at_ms > days_ms(w->rule->within_days)) {
        return 0;
    }
    return n;
}

static struct js *result_json(struct arena *a, const struct count_result *r)
{
    struct js *o = js_object(a);
    js_set_i64(o, "activity", r->activity_id);
    js_set_num(o, "share", r->share);
    js_set_num(o, "got", r->got);
    js_set_num(o, "of", r->of);
    js_set_i64(o, "at_ms", r->at_ms);
    return o;
}

/* The evidence and the sources of some results. */
static void stand_on(struct work *w, const struct count_result *const *v, size_t n)
{
    size_t id_n = 0;
    for (size_t i = 0; i < n; i++) {
        id_n += v[i]->id_n;
    }
    int64_t *ids = ARENA_ARRAY(w->a, int64_t, id_n);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < v[i]->id_n; j++) {
            ids[w->flag.id_n++] = v[i]->ids[j];
        }
        own_source(w, v[i]->source_kind);
    }
    w->flag.ids = ids;
    w->newest_ms = v[n - 1]->at_ms;
}

static bool low_checks(struct work *w)
{
    const struct count_result **v = NULL;
    size_t n = results_for(w, &v);
    size_t need = (size_t)w->rule->count;
    size_t run = 0;
    while (run < n && v[n - 1 - run]->share < w->rule->below) {
        run++;
    }
    if (run < need) {
        return false;
    }
    struct js *o = js_object(w->a);
    struct js *list = js_array(w->a);
    for (size_t i = n - need; i < n; i++) {
        js_push(list, result_json(w->a, v[i]));
    }
    js_set(o, "results", list);
    js_set_num(o, "below", w->rule->below);
    js_set_i64(o, "run", (int64_t)run);
    w->flag.facts = js_dump(w->a, o);
    w->flag.since_ms = v[n - run + need - 1]->at_ms;
    stand_on(w, v + (n - need), need);
    return true;
}

static int by_double(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The person's own usual: the median of the results before the newest, at most five. */
static bool off_usual(struct work *w)
{
    const struct count_result **v = NULL;
    size_t n = results_for(w, &v);
    if (n < (size_t)w->rule->history + 1) {
        return false;
    }
    double past[USUAL_N] = {0};
    size_t k = n - 1 < USUAL_N ? n - 1 : USUAL_N;
    for (size_t i = 0; i < k; i++) {
        past[i] = v[n - 1 - k + i]->share;
    }
    qsort(past, k, sizeof(past[0]), by_double);
    double usual = k % 2 == 1 ? past[k / 2] : (past[k / 2 - 1] + past[k / 2]) / 2.0;
    /* The same tolerance as for marks rounded to two places: 20 points are 20 points. */
    if (v[n - 1]->share > usual - w->rule->drop + 1e-9) {
        return false;
    }
    struct js *o = js_object(w->a);
    js_set(o, "result", result_json(w->a, v[n - 1]));
    js_set_num(o, "usual", usual);
    js_set_i64(o, "history", (int64_t)k);
    w->flag.facts = js_dump(w->a, o);
    w->flag.since_ms = v[n - 1]->at_ms;
    stand_on(w, v + (n - 1 - k), k + 1);
    return true;
}

static bool received(const struct risk_in *in, int64_t activity_id)
{
    for (size_t i = 0; i < in->counted->row_n; i++) {
        const struct ev *r = &in->counted->rows[i];
        if (r->activity_id == activity_id && r->kind != EV_ACCESS &&
            r->kind != EV_SELF_REPORT) {
            return true;
        }
    }
    return false;
}

/* Past due and grace, known to have been open, due while enrolled, read since, nothing
 * there. Whatever of this is not known keeps the rule silent. */
static bool is_missing(const struct work *w, const struct course_activity *act)
{
    const struct risk_in *in = w->in;
    int64_t limit = act->due_ms + hours_ms(w->rule->grace_hours);
    if (act->due_ms <= 0 || !act->visible || !kind_counts(w->rule, act) ||
        limit > in->as_of_ms || limit > in->work_read_ms || act->opens_ms > act->due_ms ||
        act->due_ms < in->enrolled_ms) {
        return false;
    }
    if (w->rule->within_days > 0 &&
        in->as_of_ms - limit > days_ms(w->rule->within_days)) {
        return false;
    }
    return !received(in, act->id);
}

static bool missing(struct work *w)
{
    struct js *list = js_array(w->a);
    int64_t n = 0;
    for (size_t i = 0; i < w->in->activity_n; i++) {
        const struct course_activity *act = &w->in->activities[i];
        if (!is_missing(w, act)) {
            continue;
        }
        int64_t since = act->due_ms + hours_ms(w->rule->grace_hours);
        if (n == 0 || since < w->flag.since_ms) {
            w->flag.since_ms = since;
        }
        w->newest_ms = since > w->newest_ms ? since : w->newest_ms;
        if (n++ < SHOWN_ITEMS) {
            struct js *o = js_object(w->a);
            js_set_i64(o, "activity", act->id);
            js_set_i64(o, "due_ms", act->due_ms);
            js_push(list, o);
        }
    }
    if (n < w->rule->count) {
        return false;
    }
    struct js *o = js_object(w->a);
    js_set_i64(o, "count", n);
    js_set(o, "items", list);
    js_set_i64(o, "read_ms", w->in->work_read_ms);
    w->flag.facts = js_dump(w->a, o);
    own_source(w, w->in->work_source);
    return true;
}

static enum risk_decided decided(const struct work *w)
{
    const struct risk_decision *d = NULL;
    for (size_t i = 0; i < w->in->decision_n; i++) {
        const struct risk_decision *c = &w->in->decisions[i];
        if (str_eq(c->rule, w->rule->id) && c->at_ms <= w->in->as_of_ms &&
            (d == NULL || c->at_ms > d->at_ms ||
             (c->at_ms == d->at_ms && c->what > d->what))) {
            d = c;
        }
    }
    if (d == NULL || (d->what == RISK_WRONG && w->newest_ms > d->at_ms) ||
        (d->what == RISK_NOT_NOW && d->until_ms != 0 && d->until_ms <= w->in->as_of_ms)) {
        return RISK_OPEN;
    }
    return d->what;
}

static bool raises(struct work *w)
{
    static bool (*const by_kind[])(struct work *) = {
        [RISK_NOT_OPENED] = not_opened,
        [RISK_LOW_CHECKS] = low_checks,
        [RISK_OFF_USUAL] = off_usual,
        [RISK_MISSING] = missing,
    };
    return by_kind[w->rule->kind](w);
}

/* Never above "watch" from one kind of source: "talk" needs two that do not depend on
 * each other. A flag that a person put aside supports no other. */
static void corroborate(struct arena *a, const struct risk_in *in,
                        struct risk_flag *flags, size_t n)
{
    struct str *all = NULL;
    size_t all_n = 0;
    for (size_t i = 0; i < n; i++) {
        bool aside = flags[i].decided == RISK_WRONG || flags[i].decided == RISK_NOT_NOW;
        for (size_t j = 0; !aside && j < flags[i].source_n; j++) {
            add_source(a, &all, &all_n, flags[i].sources[j]);
        }
    }
    for (size_t i = 0; i < in->counted->row_n; i++) {
        const struct ev *r = &in->counted->rows[i];
        double share = 1.0;
        if (r->kind == EV_JUDGEMENT && evidence_share(r, &share) && share < 0.5 &&
            in->as_of_ms - r->observed_ms <= days_ms(JUDGEMENT_DAYS)) {
            add_source(a, &all, &all_n, evidence_family(r->source_kind));
        }
    }
    for (size_t i = 0; i < n; i++) {
        bool aside = flags[i].decided == RISK_WRONG || flags[i].decided == RISK_NOT_NOW;
        if (!aside && all_n >= 2 && in->rules->rules[flags[i].rule].cap == RISK_TALK) {
            flags[i].level = RISK_TALK;
            flags[i].sources = all;
            flags[i].source_n = all_n;
        }
    }
}

size_t risk_work(struct arena *a, const struct risk_in *in, struct risk_flag **out)
{
    size_t n = 0;
    *out = ARENA_ARRAY(a, struct risk_flag, in->rules->rule_n);
    for (size_t i = 0; i < in->rules->rule_n && !in->paused; i++) {
        struct work w = {.a = a, .in = in, .rule = &in->rules->rules[i]};
        w.flag.rule = (int32_t)i;
        w.flag.facts = STR("{}");
        if (raises(&w)) {
            w.flag.decided = decided(&w);
            (*out)[n++] = w.flag;
        }
    }
    corroborate(a, in, *out, n);
    return n;
}
