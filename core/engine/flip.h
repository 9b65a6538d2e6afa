/* flip.h: the least change of evidence that would flip a state.
 *
 * Pure, like all of the engine. The space of changes, exactly:
 *  - New rows. At most `rows` results on the skill, the i-th (from 0) at the i-th place
 *    of the skill (flipplace.h), on day first + min(i, days - 1) after the run (or after
 *    the newest row, if that is later). first is 0 or 1; days goes from 1 to the map's
 *    min_days. When the state is to rise it is read two minutes into day min_days (1 at
 *    least), whatever the days of the rows; when it is to fall, two minutes after the
 *    run.
 *  - Other scores of rows that are there: at most `edits` of the `tail` newest rows that
 *    tell about the skill. A row that does not count cannot be chosen.
 *  - One share s, a multiple of 1/grid, for every row of a change: new rows have it, rows
 *    that are there are raised to it (or lowered to it, when the state is to fall).
 * New rows and other scores may go together. The least change has the fewest rows, then
 * the smallest sum of changes of score (a new row: s when the state is to rise, 1 - s
 * when it is to fall; another score: what it moves by), then the fewest other scores, the
 * oldest rows, the earliest last day, the earliest first day.
 *
 * A lock opens with the least changes of the skills that it waits for, taken together
 * (fliplock.h says which, and what holds where rows on one tell about another). A flag:
 * flipflag.h.
 *
 * A recommendation is gone for sure when its skill is mastered (recommend.h), so its
 * change is that of the skill. A student cannot change what was: `forward` asks for new
 * rows only.
 *
 * Why the search is right: for a chosen set of rows, more right answers never lower
 * mastery (tests/unit/test_flip.c and test_mastery.c prove it), so a set does it at all
 * when it does it with every share at its end, and the share is found by halving. Every
 * answer is then replayed (flipset.h): applied to a copy of the evidence and given to
 * engine_person; what does not show the flip there is not handed out. */
#ifndef WAYMARK_ENGINE_FLIP_H
#define WAYMARK_ENGINE_FLIP_H

#include "engine/engine.h"

#define FLIP_EDITS 2
#define FLIP_ROWS 12

struct flip_space {
    int32_t grid;  /* shares are multiples of 1/grid */
    int32_t rows;  /* at most FLIP_ROWS */
    int32_t edits; /* at most FLIP_EDITS */
    int32_t tail;  /* of so many newest rows */
};

/* 1/100, 12 new rows, 2 other scores of the 6 newest rows. */
struct flip_space flip_space_default(void);

enum flip_goal {
    FLIP_MASTERED, /* the word becomes "mastered" */
    FLIP_NEXT,     /* the word becomes the next one up */
    FLIP_HOLDS,    /* mastered or in review: what a lock asks for */
    FLIP_DOWN,     /* the word falls */
    FLIP_OPEN,     /* a skill that was not ready is */
    FLIP_GONE      /* a recommendation or a flag is not made any more */
};

struct flip_add {
    int32_t skill; /* that it is meant for; -1: none (flags) */
    int64_t activity_id;
    struct str item;
    enum ev_kind kind;
    struct str source_kind;
    bool scored;  /* false: something was handed in or visited, no result */
    double share; /* 0 to 1 */
    int64_t at_ms;
};

struct flip_edit {
    int64_t id; /* evidence id */
    double was; /* its share */
};

struct flip {
    bool found, looked; /* looked: for callers that keep it */
    bool least; /* no smaller change of the space does; false only for some locks */
    enum flip_goal goal;
    double share; /* of the other scores, after the change */
    struct flip_add *adds;
    size_t add_n;
    struct flip_edit *edits; /* oldest first */
    size_t edit_n;
    int32_t first;    /* day of the first new row: 0 or 1 */
    int32_t days;     /* new rows lie on so many days */
    double delta;     /* sum of changes of score */
    int64_t as_of_ms; /* when the state is read */
    struct str to;    /* the word, "open" or "gone" */
    int32_t *parts;   /* a lock: it is the changes of these skills together */
    size_t part_n;
};

/* A course and its places: once per course; `c` may be made again with other times. */
struct flip_course;
struct flip_course *flip_course_new(struct arena *a, const struct engine_course *c,
                                    const struct flip_space *space);

/* One person, as engine_person was told and as it answered. Lives in `a`. */
struct flip_person;
struct flip_person *flip_person_new(struct arena *a, const struct flip_course *fc,
                                    const struct engine_course *c,
                                    const struct engine_in *in,
                                    const struct engine_out *out);

/* The least change for a skill's word; found is false when there is nothing to flip
 * (mastered already, nothing lower) or nothing in the space does it. */
struct flip flip_word(struct flip_person *p, int32_t skill, enum flip_goal goal,
                      bool forward);

/* The evidence with some changes in it, and the time of the last one's state: for
 * engine_person. */
struct engine_in flip_apply(struct arena *a, const struct flip_person *p,
                            const struct flip *const *f, size_t n);

#endif
