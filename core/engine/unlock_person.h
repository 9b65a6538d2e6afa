/* unlock_person.h: the unlock rules of a map, asked about one person. For engine.c. */
#ifndef WAYMARK_ENGINE_UNLOCK_PERSON_H
#define WAYMARK_ENGINE_UNLOCK_PERSON_H

#include "engine/recommend.h"

struct unlock_person {
    const struct skill_map *map;
    const struct unlock_bound *rules; /* of `activities` */
    size_t rule_n;
    const struct recommend_skill *skills; /* by ord */
    const struct course_activity *activities;
    size_t activity_n;
    const struct count_result *results;
    size_t result_n;
    const struct str *met; /* codes of rules that were met before */
    size_t met_n;
    int64_t as_of_ms;
};

/* For progress_work; `p` must outlive it. NULL: the map has no rules. */
const struct progress_rules *unlock_person_rules(struct arena *a,
                                                 struct unlock_person *p);

/* By activity: some rule about it is not met. */
const bool *unlock_person_shut(struct arena *a, const struct unlock_person *p,
                               const struct progress *progress);

#endif
