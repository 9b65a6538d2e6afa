/* reach.h: what can come of a state, for the prover (deadend.h): the least fixpoint of
 * what opens and what can be mastered, when some activities are spent. */
#ifndef WAYMARK_ENGINE_REACH_H
#define WAYMARK_ENGINE_REACH_H

#include "engine/deadend.h"

struct reach {
    struct arena *a;
    const struct deadend_in *in;
    const struct skill_map *map;
    struct supply *supply;
    struct unlock_bound *rules;
    size_t rule_n;
    int32_t *rules_of; /* rules about each skill: CSR */
    size_t *rules_from;
    int32_t *acts_rules; /* rules about each activity: CSR */
    size_t *acts_from;
    int32_t *locks_of; /* locks of each activity: CSR */
    size_t *locks_from;
    bool *usable;
    size_t act_n;
    size_t level_n; /* columns of `can`: SKILL_MASTERED, then the levels */
    size_t looks;
};

/* A state, as far as it matters, and what follows from it. */
struct reach_world {
    struct reach *v;
    bool *ready;      /* by skill */
    bool *open;       /* by activity */
    bool *spent;      /* by activity */
    bool *used;       /* scratch */
    const bool *only; /* skills that are mastered: NULL, any that can be */
    bool *can;        /* skill x level */
    size_t *seen;     /* sources that were open at the last look, plus one */
    size_t *open_n;   /* sources of each skill that are open */
    bool moved;
};

void reach_new(struct arena *a, const struct deadend_in *in, struct reach *v);

/* The state where nothing is known; reach_clear makes it that again. */
void reach_world_new(struct reach *v, struct reach_world *w);
void reach_clear(struct reach_world *w);

/* What is open stays open; what can be had is asked anew, with what is spent now. */
void reach_again(struct reach_world *w);

/* Everything that can come of the state. */
void reach_grow(struct reach_world *w);

/* Can the skill be brought to the level, as far as things have opened? */
bool reach_can(struct reach_world *w, int32_t skill, int32_t level);

/* Anywhere at all, as far as that was asked? And if it were among those that are
 * mastered? */
bool reach_some(const struct reach_world *w, int32_t skill);
bool reach_could(const struct reach_world *w, int32_t skill);

/* Is a rule of the map met, is a lock of the LMS open, can the evidence come together? */
bool reach_rule(struct reach_world *w, int32_t rule);
bool reach_lock(struct reach_world *w, const struct deadend_lock *l);
bool reach_rows(struct reach_world *w, const struct unlock_rows *r);

#endif
