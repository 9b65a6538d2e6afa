/* judge.h: what a teacher has seen for themselves, as evidence: "can do it" or "not yet".
 *
 * A judgement is a row of the ledger like any other (kind judgement, source teacher): the
 * engine weighs it as one result, and it does not teach. So one teacher's word moves a
 * skill; "mastered" takes as many of them, on as many days, as of any other proof. */
#ifndef WAYMARK_LEARN_JUDGE_H
#define WAYMARK_LEARN_JUDGE_H

#include "learn/learn.h"

struct judge_in {
    int64_t person_id;    /* about whom */
    int64_t by_person_id; /* the member of staff; the caller has checked that */
    struct str code;      /* of the skill */
    bool has;             /* can do it; else not yet */
};

/* Record it and work the person out again, in one transaction. The same teacher about the
 * same skill on the same day (UTC): the last word corrects the ones before. ERR_NOTFOUND:
 * the map in force has no such skill, or nobody of that id is in the course. */
int judge_add(struct learn *l, const struct judge_in *in, struct err *e);

#endif
