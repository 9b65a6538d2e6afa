/* person.h: one student, for the teacher: the panel's content, the flags, and what they
 * stand on. */
#ifndef WAYMARK_LEARN_PERSON_H
#define WAYMARK_LEARN_PERSON_H

#include "learn/dashboard.h"
#include "store/decision.h"
#include "store/ledger.h"

#define PERSON_TIMELINE 200 /* newest rows shown, of evidence and of decisions */

struct person_event {
    struct evidence row;
    struct str activity_title; /* empty: the course as a whole */
    struct str skill_title;    /* the skill that it tells most about, or empty */
    bool counts;               /* it is the newest version, by the route that counts */
};

struct person_page {
    struct str name;
    bool active;
    struct panel panel;
    struct dashboard_flag *flags;
    size_t flags_n;
    struct person_event *events; /* newest first */
    size_t events_n;
    size_t events_all;          /* how many there are in all */
    struct decision *decisions; /* newest first */
    size_t decisions_n;
    size_t decisions_all; /* how many there are in all */
};

/* 1 found, 0 when the person is not in the course, -1 error. Notes who looked. */
int person_read(struct learn *l, int64_t person_id, int64_t by_person_id,
                struct person_page *out, struct err *e);

#endif
