#include "learn/judge.h"

#include "learn/intake.h"
#include "learn/model.h"

#define DAY_MS INT64_C(86400000)

int judge_add(struct learn *l, const struct judge_in *in, struct err *e)
{
    struct model m;
    int64_t now_ms = env_now_ms(l->env);
    if (model_load(l, &m, e) < 0)
        return -1;
    if (m.map == NULL || skill_find(m.map, in->code) < 0)
        return err_set(e, ERR_NOTFOUND, "the map has no such skill");
    struct evidence_in row = {
        .person_id = in->person_id,
        .item = in->code,
        .kind = EVIDENCE_JUDGEMENT,
        .has_score = true,
        .score = in->has ? 1 : 0,
        .has_maximum = true,
        .maximum = 1,
        .snapshot = true, /* of what this teacher thinks, that day */
        .observed_ms = now_ms,
        .source_kind = STR("teacher"),
        .source_key = str_fmt(l->a, "skill:%.*s:by:%lld:day:%lld", STR_ARG(in->code),
                              (long long)in->by_person_id, (long long)(now_ms / DAY_MS)),
        .actor = str_fmt(l->a, "person:%lld", (long long)in->by_person_id),
    };
    struct intake_result done = {0};
    if (intake_add(l, &row, 1, &done, e) < 0)
        return -1;
    return done.refused == 0
               ? 0
               : err_set(e, ERR_NOTFOUND, "nobody of that id is in the course");
}
