/* openings.h: what opens in the LMS when a unit is mastered: who is let in, by the rule
 * or by a person (FEATURES.md 5.6). How it gets there: lti/sync/open.c; what pages and
 * the dry run show of it: openlook.h.
 *
 * Going up only: once somebody is let in, neither a later low score, nor another map, nor
 * a higher percentage takes it away. A person may. */
#ifndef WAYMARK_LEARN_OPENINGS_H
#define WAYMARK_LEARN_OPENINGS_H

#include "learn/gates.h"
#include "store/opening.h"

#define OPENINGS_MAX 50 /* of a course */
#define OPENINGS_TITLE_N 200 /* bytes of a title that are kept */
#define OPENINGS_RULE "unit_percent"
#define OPENINGS_BY_HAND "by_hand"

/* In the transaction of a person's states, behind gates_put: who has reached the
 * percentage gets a waiting row, with what the rule saw. How many are new, or -1. */
int openings_put(struct db *db, const struct gates_turn *t, struct err *e);

/* Ask for job "open.course" of this course. A transaction of its own is enough: whoever
 * waits is found by the clock too. */
int openings_ask(struct learn *l, struct err *e);

/* A new draft: `unit` (slug), percent, way, target, title. ERR_INPUT in words. */
struct openings_in {
    struct str unit;
    int64_t percent;
    struct str way;    /* score, group, override */
    struct str target; /* key in the LMS; may be empty unless way is override */
    struct str title;  /* of the target */
    int64_t by_person_id;
};
int openings_add(struct learn *l, const struct openings_in *in, int64_t *opening_id,
                 struct err *e);

/* A copied course: what opens by score or group, as drafts; what they open has other keys
 * there, and an override is nothing without one. Inside a transaction. */
int openings_copy(struct learn *l, int64_t from_course_id, struct err *e);

/* What a teacher does with one. ERR_NOTFOUND: there is none of that id in this course. */
enum openings_do { OPENINGS_ACTIVATE, OPENINGS_PAUSE, OPENINGS_DROP, OPENINGS_PERCENT };
int openings_change(struct learn *l, int64_t opening_id, enum openings_do what,
                    int64_t percent, int64_t by_person_id, struct err *e);

/* A person has the last word: open, or shut, for somebody. Noted as a decision. Shutting
 * needs a reason (ERR_INPUT), and does not reach into the LMS. ERR_NOTFOUND: no such
 * opening, or nobody of that id is a student of the course. */
struct openings_hand {
    int64_t opening_id;
    int64_t person_id;
    int64_t by_person_id;
    bool open;
    struct str note; /* why */
};
int openings_hand(struct learn *l, const struct openings_hand *in, struct err *e);

#endif
