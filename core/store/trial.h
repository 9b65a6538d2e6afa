/* trial.h: experiments as rows: what was registered and decided, who was dealt what, and
 * what was seen at each look (learn/experiments.h joins them). */
#ifndef WAYMARK_STORE_TRIAL_H
#define WAYMARK_STORE_TRIAL_H

#include "base/env.h"
#include "db/db.h"

struct trial {
    int64_t tenant_id;
    int64_t id;
    struct str code;
    struct str document; /* engine/expdoc.h */
    struct str state;    /* registered, approved, running, ended */
    int64_t seed;
    struct str registered_by;
    int64_t registered_ms;
    struct str approved_by; /* empty: not yet */
    int64_t approved_ms;
    struct str started_by;
    int64_t started_ms;
    int64_t units; /* that were dealt at the start */
    struct str ended_by;
    int64_t ended_ms;
    struct str ended_why;
};

/* Adds a registration: code, document, seed, registered_by, registered_ms; id is set.
 * 1 added, 0 the code is taken, -1. */
int trial_add(struct db *db, struct env *env, struct trial *t, struct err *e);

/* 1 found, 0 not, -1. By id, of whichever tenant; and what runs in a course. */
int trial_get(struct db *db, struct arena *a, int64_t id, struct trial *out,
              struct err *e);
int trial_here(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
               struct trial *out, struct err *e);
int trial_all(struct db *db, struct arena *a, struct trial **rows, size_t *n,
              struct err *e);

/* The next state; 1 done, 0 it is in another one, -1. */
int trial_approve(struct db *db, const struct trial *t, struct str by, int64_t now_ms,
                  struct err *e);
int trial_start(struct db *db, const struct trial *t, struct str by, int64_t units,
                int64_t now_ms, struct err *e);
int trial_end(struct db *db, const struct trial *t, struct str by, struct str why,
              int64_t now_ms, struct err *e);

/* Its courses, by id. trial_run: they take part from now on, or no more; ERR_CONFLICT:
 * one of them takes part in another one. */
int trial_course_add(struct db *db, const struct trial *t, int64_t course_id,
                     struct err *e);
int trial_courses(struct db *db, struct arena *a, const struct trial *t, int64_t **ids,
                  size_t *n, struct err *e);
int trial_run(struct db *db, const struct trial *t, bool running, struct err *e);

/* An active learner who could be dealt in. */
struct trial_candidate {
    int64_t person_id;
    double share;    /* of the skills that hold */
    struct str said; /* experiment_out, experiment_in, or empty: nothing yet */
};
int trial_candidates(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                     struct trial_candidate **rows, size_t *n, struct err *e);

/* Somebody who was dealt in. */
struct trial_unit {
    int64_t course_id;
    int64_t person_id;
    int64_t stratum, period, place;
    int64_t arm;
    double share;    /* with which probability */
    double baseline; /* share of the skills that held */
    int64_t at_ms;
    struct str said; /* read alone: experiment_out means no more */
};
int trial_unit_add(struct db *db, const struct trial *t, const struct trial_unit *u,
                   struct err *e);
/* Of one course, by person and period. */
int trial_units(struct db *db, struct arena *a, const struct trial *t, int64_t course_id,
                struct trial_unit **rows, size_t *n, struct err *e);

struct trial_look {
    int64_t number;
    double information, bound;
    struct str word;
    struct str report; /* JSON */
    struct str by;
    int64_t at_ms;
};
/* ERR_CONFLICT: somebody looked at the same moment. */
int trial_look_add(struct db *db, const struct trial *t, const struct trial_look *k,
                   struct err *e);
int trial_looks(struct db *db, struct arena *a, const struct trial *t,
                struct trial_look **rows, size_t *n, struct err *e);

/* A closed offer that was made within an experiment. */
struct trial_offer {
    int64_t person_id;
    struct str arm; /* EXPERIMENT/ARM */
    double arm_share;
    bool taken;
    double gain; /* of mastery within the week */
};
/* Of one course, first seen from since_ms on, by person. */
int trial_offers(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 int64_t since_ms, struct trial_offer **rows, size_t *n, struct err *e);

#endif
