/* intake.h: the way in for evidence.
 *
 * One transaction a person: take the person's enrolment row, append what is new, run the
 * engine over what stands, replace the states, add grants, write the outbox. So nobody
 * sees half of it, two intakes of one person follow each other, and a crash repeats
 * nothing.
 *
 * The outbox row: kind "score", target = the mastery line item, payload
 * {"at_ms":T,"scoreGiven":N,"scoreMaximum":100}; N is the share of the map's skills that
 * hold, in percent. Only for active learners (no test users) with evidence, when N
 * changed and the line item is known; a pending older one becomes "replaced". */
#ifndef WAYMARK_LEARN_INTAKE_H
#define WAYMARK_LEARN_INTAKE_H

#include "learn/learn.h"
#include "store/ledger.h"

struct intake_result {
    size_t added;     /* rows written */
    size_t corrected; /* of these: newer versions of something known */
    size_t same;      /* known already, or nothing to know */
    size_t refused;
    size_t refused_at;   /* index of the first refused row */
    const char *refusal; /* why, in words; NULL when none was */
    size_t persons;      /* persons in the call */
    size_t recomputed;   /* persons whose states were worked out again */
};

/* Take in rows of any order and of any persons of the course; a few hundred a call is a
 * good size. Refused rows (ledger_refusal, or a person who is not enrolled) are counted
 * and logged, the others go in. Persons for whom nothing is new are only read. Rows of
 * kind access never run the engine. Calling again with the same rows changes nothing. 0,
 * or -1 when the database failed: persons before that are done, call again. */
int intake_add(struct learn *l, const struct evidence_in *rows, size_t n,
               struct intake_result *out, struct err *e);

struct model; /* learn/model.h */

/* Work out one person's states again, in a transaction of its own. `m` is the course as
 * loaded; ERR_CONFLICT when another map is in force by now: load again. 1 done, 0 when
 * the person is not in the course or there is no map, -1. */
int intake_again(struct learn *l, const struct model *m, int64_t person_id,
                 struct err *e);

#endif
