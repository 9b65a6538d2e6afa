/* progress.h: what is open to a person, what is missing, and what opens next. */
#ifndef WAYMARK_ENGINE_PROGRESS_H
#define WAYMARK_ENGINE_PROGRESS_H

#include "engine/mastery.h"
#include "engine/skill.h"
#include "engine/unlock.h"

/* A row of unlock_grant, or a person's decision to open or to close a skill. What was
 * opened stays open; only a person closes it. */
struct progress_grant {
    int32_t skill;
    bool closed; /* a person closed it: it outranks every grant of the engine */
};

struct progress_ready {
    bool ready;
    bool granted; /* open because it was opened before or by a person */
    bool closed;  /* a person closed it */
    const struct skill_want *missing; /* hard requirements that are not met, a group as
                                         one; also listed when a grant keeps it open */
    size_t missing_n;
    int32_t rule; /* of the map, first one that is not met and is about more than these
                     skills: a share of a unit, a date, evidence, attempts; or -1 */
};

/* A skill that the rule opens now for the first time; skills without hard prerequisites
 * are open to everybody and need no grant. */
struct progress_opened {
    int32_t skill;
};

struct progress {
    bool *met;      /* by rule of the map: met now, or granted before */
    int32_t *fresh; /* rules about activities that are met for the first time */
    size_t fresh_n;
    struct progress_ready *ready; /* skill_n entries, by ord */
    struct progress_opened *opened;
    size_t opened_n;
};

/* The unlock rules of the map, and how to find out about the person. */
struct progress_rules {
    const struct unlock_bound *v;
    size_t n;
    const bool *granted; /* by rule: met before */
    struct unlock_known known;
};

/* What is known of a person, by ord. */
struct progress_known {
    const struct progress_rules *rules; /* NULL: none */
    const struct skill_map *map;
    const enum mastery_word *words;
    const double *p; /* NULL: no level but by the word "mastered" */
};

/* skill_holds_fn of a struct progress_known. */
bool progress_holds(void *known, int32_t skill, int32_t level);

/* Linear in skills, prerequisites and grants. */
void progress_work(struct arena *a, const struct progress_known *known,
                   const struct progress_grant *grants, size_t grant_n,
                   struct progress *out);

/* Is `skill` among what is missing, alone or in a group? */
bool progress_waits(const struct progress_ready *r, int32_t skill);

/* Of the skills that are still closed, those for which mastering `skill` is the last or a
 * missing step; nearest first: fewest other missing, then ord. Returns how many. */
size_t progress_next(struct arena *a, const struct skill_map *m, const struct progress *p,
                     int32_t skill, int32_t **out);

#endif
