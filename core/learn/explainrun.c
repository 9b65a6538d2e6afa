#include "learn/explainrun.h"

int explainrun_of(struct learn *l, struct db *db, int64_t person_id,
                  struct explainrun *out, struct err *e)
{
    struct arena *a = l->a;
    struct model_in in = {.person_id = person_id};
    struct state_grant *grants;
    struct decision *decisions;
    struct ledger *book;
    *out = (struct explainrun){0};
    int found = state_run(db, a, l->tenant_id, l->course_id, person_id, &out->stored, e);
    if (found <= 0 || out->stored.map_id == 0)
        return found < 0 ? -1 : 0;
    struct model_with with = {.map_id = out->stored.map_id,
                              .models_id = out->stored.models_id,
                              .rules_version = out->stored.rules_version};
    in.as_of_ms = out->stored.as_of_ms;
    if (model_load_as(l, &with, &out->m, e) < 0 ||
        ledger_read(db, a, l->tenant_id, l->course_id, person_id, in.as_of_ms, &book, e) <
            0 ||
        state_grants(db, a, l->tenant_id, l->course_id, person_id, in.as_of_ms, &grants,
                     &in.grants_n, e) < 0 ||
        decision_list(db, a, l->tenant_id, l->course_id, person_id, 0, &decisions,
                      &in.decisions_n, e) < 0)
        return -1;
    while (in.decisions_n > 0 && decisions[in.decisions_n - 1].at_ms > in.as_of_ms)
        in.decisions_n--;
    in.ledger = book;
    in.grants = grants;
    in.decisions = decisions;
    out->stale = out->m.catalogue_ms > in.as_of_ms;
    out->course = model_course_at(&out->m, a, out->stored.work_read_ms, e);
    if (out->course == NULL)
        return -1;
    out->in = model_engine_in(&out->m, &in, a);
    engine_person(out->course, &out->in, a, &out->out);
    out->flips = flip_person_new(a, out->m.flips, out->course, &out->in, &out->out);
    return 1;
}
