#include "engine/unlock_person.h"

static bool ask_rows(void *ctx, const struct unlock_rows *r)
{
    const struct unlock_person *p = ctx;
    const struct mastery *m = &p->skills[r->skill].state;
    return m->proof_n >= r->rows && m->day_n >= r->days;
}

static bool ask_used(void *ctx, int32_t activity)
{
    const struct unlock_person *p = ctx;
    const struct course_activity *act = &p->activities[activity];
    int32_t n = 0;
    for (size_t i = 0; i < p->result_n; i++) {
        n += p->results[i].activity_id == act->id ? 1 : 0;
    }
    return act->attempts_max > 0 && n >= act->attempts_max;
}

static bool ask_holds(void *ctx, int32_t skill, int32_t level)
{
    const struct unlock_person *p = ctx;
    const struct mastery_view *v = &p->skills[skill].view;
    return mastery_reaches(p->map, level, v->word, v->p);
}

const struct progress_rules *unlock_person_rules(struct arena *a,
                                                 struct unlock_person *p)
{
    if (p->rule_n == 0) {
        return NULL;
    }
    struct progress_rules *r = ARENA_NEW(a, struct progress_rules);
    bool *granted = ARENA_ARRAY(a, bool, p->rule_n);
    for (size_t i = 0; i < p->rule_n; i++) {
        for (size_t k = 0; k < p->met_n && !granted[i]; k++) {
            granted[i] = str_eq(p->met[k], p->rules[i].rule->code);
        }
    }
    *r = (struct progress_rules){.v = p->rules, .n = p->rule_n, .granted = granted};
    r->known = (struct unlock_known){.map = p->map,
                                     .ctx = p,
                                     .holds = ask_holds,
                                     .rows = ask_rows,
                                     .used = ask_used,
                                     .first_ms = p->as_of_ms,
                                     .last_ms = p->as_of_ms};
    return r;
}

const bool *unlock_person_shut(struct arena *a, const struct unlock_person *p,
                               const struct progress *progress)
{
    bool *shut = ARENA_ARRAY(a, bool, p->activity_n);
    for (size_t i = 0; i < p->rule_n; i++) {
        for (size_t k = 0; k < p->rules[i].opens_n && !progress->met[i]; k++) {
            shut[p->rules[i].opens[k]] = true;
        }
    }
    return shut;
}
