/* flip_int.h: what the files of flip share. */
#ifndef WAYMARK_ENGINE_FLIP_INT_H
#define WAYMARK_ENGINE_FLIP_INT_H

#include "engine/flip.h"
#include "engine/flipplace.h"

#define FLIP_TAIL 16 /* the longest tail */

struct flip_course {
    struct flip_space space;
    struct flipplace_index *places;
};

/* A set of rows, without its share yet. */
struct flip_trial {
    int32_t edits[FLIP_EDITS]; /* in the tail, ascending */
    int32_t edit_n;
    int32_t add_n;
    int32_t first, days;
};

/* Skills that nothing is known of differ by their numbers and places alone. */
struct flip_first {
    bool known, found;
    enum flip_goal goal;
    int32_t level;
    struct skill_bkt bkt;
    double weights[FLIP_ROWS];
    enum ev_kind kinds[FLIP_ROWS];
    struct flip_trial best;
    int32_t share;
    double delta;
};

struct flip_person {
    struct arena *a;
    const struct flip_course *fc;
    const struct engine_course *c;
    const struct engine_in *in;
    const struct engine_out *out;
    struct flipplace_routes *seen;
    int64_t base_ms;              /* new rows come after it */
    int64_t last_id;              /* no row has a greater one */
    struct flip *mastered, *held; /* by ord, once they were asked for (forward) */
    struct flip_first first;      /* what was found last for a skill without evidence */
};

/* One skill, ready to be replayed from before its newest rows, or from its end. */
struct flip_lane {
    int32_t skill;
    struct mastery_rule rule;
    struct mastery before, now;
    const struct mastery_obs *tail;
    const int64_t *ids;
    double maximum[FLIP_TAIL];
    int32_t tail_n;
    struct flipplace places[FLIP_ROWS];
    int32_t place_n;
};

/* `tail` 0: for new rows alone. */
void flip_lane(const struct flip_person *p, int32_t skill, int32_t tail,
               struct flip_lane *l);

/* The i-th of all new rows falls on this day: later than those before it. */
int64_t flip_time(const struct flip_person *p, int32_t day, int32_t i);

/* When the state is read after new rows. */
int64_t flip_read_ms(const struct flip_person *p, bool down);

/* flip_word for a level of the map (SKILL_MASTERED: FLIP_HOLDS). */
struct flip flip_level(struct flip_person *p, int32_t skill, int32_t level, bool forward);

/* -1, 0, 1: fewer rows, then the smaller change of score; what is not found comes last.
 * */
int flip_cmp(const struct flip *x, const struct flip *y);

#endif
