/* model.h: a course as the engine wants it, and the engine's answer as rows. What intake,
 * recompute and replay share; nothing here writes. */
#ifndef WAYMARK_LEARN_MODEL_H
#define WAYMARK_LEARN_MODEL_H

#include "engine/engine.h"
#include "learn/learn.h"
#include "store/decision.h"
#include "store/ledger.h"
#include "store/state.h"

struct flip_course; /* engine/flip.h */

/* A gate of the course (learn/gates.h), or a unit that something else waits for. */
struct model_gate {
    struct str unit;   /* slug */
    struct str target; /* line item, or empty: none, or not known yet */
    int32_t *skills;   /* ords of the unit's skills */
    size_t skills_n;
};

/* What opens in the LMS when a gate's unit is mastered (learn/openings.h). */
struct model_opening {
    int64_t opening_id;
    int64_t percent;
    size_t gate; /* index in model.gates */
};

struct model {
    int64_t map_id;           /* 0: the course has no map, and the engine does not run */
    int64_t models_id;        /* the set of fitted models, or 0: none */
    struct str rules_version; /* empty: no rule set is installed */
    int64_t work_read_ms;
    int64_t catalogue_ms;    /* when an activity last changed */
    bool quiet;              /* below the coverage floor: nothing is recommended */
    int64_t ties_n;          /* raised by each change of the course's ties */
    struct map *items;       /* "ACTIVITY\nQUESTION": questions that are known */
    struct str score_target; /* line item of the mastery column, or empty */
    struct model_gate *gates;
    size_t gates_n;
    struct model_opening *openings;
    size_t openings_n;
    const struct skill_map *map;
    struct skill_map *own_map; /* the same, until it is ready */
    struct engine_course *course;
    struct flip_course *flips; /* for what would change a state */
    struct engine_parts parts; /* what `course` was made of */
    struct risk_rules rules;
    struct engine_models fitted; /* the members of models_id */
};

/* Load the course's map and rules in force, its activities, questions, links, gates and
 * openings: nine reads, whatever the size, and one more where models were fitted. Lives
 * in l->a. ERR_NOTFOUND: no such course. */
int model_load(struct learn *l, struct model *out, struct err *e);

#define MODEL_RULE "unlock:" /* before the code of a rule in unlock_grant.rule_code */
#define MODEL_PAGE 100 /* persons between two checkpoints */

/* Up to MODEL_PAGE persons of the course behind `after`, in the order of their ids, by a
 * statement that takes tenant, course, after and limit. */
int model_persons(struct learn *l, int stmt, int64_t after, int64_t ids[MODEL_PAGE],
                  size_t *n, struct err *e);

/* What the states of a run were worked out with. */
struct model_with {
    int64_t map_id;
    int64_t models_id;
    struct str rules_version;
};

/* The same with an older map version, rule set or set of models (for replay).
 * ERR_NOTFOUND when they are gone. */
int model_load_as(struct learn *l, const struct model_with *with, struct model *out,
                  struct err *e);

/* The course again with another time of the last reading, in `a`. */
struct engine_course *model_course_at(const struct model *m, struct arena *a,
                                      int64_t work_read_ms, struct err *e);

/* The versions that stand, as the engine wants them for a run at as_of_ms. A launch
 * writes its access row without taking the person's place, so it may become visible a
 * moment after its received_ms: launches of the last MODEL_LAUNCH_MS are left to the
 * next run, and a replay sees what the run saw. */
#define MODEL_LAUNCH_MS 60000
struct ev *model_evidence(const struct ledger *ledger, struct arena *a, int64_t as_of_ms,
                          size_t *n);

/* What the engine is told about one person. */
struct model_in {
    int64_t person_id;
    const struct ledger *ledger;
    const struct state_grant *grants;
    size_t grants_n;
    const struct decision *decisions; /* made at or before as_of_ms */
    size_t decisions_n;
    int64_t as_of_ms;
    bool again; /* a replay: changes are found, and not seen to work once more */
};

struct engine_in model_engine_in(const struct model *m, const struct model_in *in,
                                 struct arena *a);

/* The key of model.items. */
struct str model_item(struct arena *a, int64_t activity_id, struct str item);

/* Run the engine and turn its answer into rows in `a`; out->posted is left at -1.
 * `opened` are the grants to write. */
void model_work(const struct model *m, const struct engine_course *course,
                const struct model_in *in, struct arena *a, struct state *out,
                struct state_grant **opened, size_t *opened_n);

#endif
