/* pull.h: reading one course, step by step: what the steps share.
 *
 * The order is that of enum pull_step. A step is finished before the next begins; where
 * the run stands is in the job's checkpoint, and everything that is written may be
 * written twice with the same outcome. So after a crash the run goes on from the last
 * page. */
#ifndef WAYMARK_SYNC_PULL_H
#define WAYMARK_SYNC_PULL_H

#include "base/map.h"
#include "base/vec.h"
#include "learn/activities.h"
#include "learn/intake.h"
#include "learn/roster.h"
#include "store/course.h"
#include "store/registration.h"
#include "sync/access.h"
#include "sync/share.h"

#define PULL_BATCH 200 /* rows that go to the ledger or the roster at once */

enum pull_step {
    PULL_CATALOGUE,
    PULL_ROSTER,
    PULL_IDS,
    PULL_VISITS,
    PULL_GRADES,
    PULL_SUBMISSIONS,
    PULL_ATTEMPTS,
    PULL_HANDED,
    PULL_COMPLETION,
    PULL_RESULTS,
    PULL_COLUMN,
    PULL_GATES,
    PULL_OVERRIDES,
    PULL_GROUPS,
    PULL_OUTCOMES,
    PULL_END
};

/* The checkpoint. `url` to `rows` belong to the step that is under way. */
struct pull_mark {
    int64_t run_ms; /* start of the run; also what marks the roster */
    int64_t step;
    struct str item; /* results: the line item that is being read */
    struct str url;  /* the page to read next */
    struct str loop; /* an earlier page (struct nrps_walk) */
    int64_t pages;
    int64_t rows;
    int64_t skipped;
    int64_t added;     /* roster: persons who were new */
    int64_t changes;   /* roster: 1: only what changed is read (NRPS-2) */
    struct str since;  /* roster: where changes from now on will be told */
    struct str failed; /* the first step that failed for good, in words */

    /* Of the whole run. */
    int64_t whole;     /* 1: everything is read, not only what changed */
    int64_t people;    /* 1: the roster is due, and with it last visits */
    int64_t news;      /* what the LMS says has changed: enum pull_news */
    int64_t roster_ms; /* the readings before this run */
    int64_t grades_ms;
};

enum pull_news { PULL_TOLD = 1, PULL_SETTINGS = 2, PULL_WORK = 4 };

struct pull {
    struct job_ctx *job;
    struct sync_app *app;
    struct course course;
    struct registration reg;
    struct svc_platform platform;
    struct access access;
    struct lms lms;      /* of access, at hand */
    unsigned can;        /* of the LMS; 0: no access */
    struct arena *a;     /* of the whole job */
    struct arena *page;  /* of one page, or one step without pages */
    struct arena *batch; /* of one batch */
    struct pull_mark mark;
    struct share share; /* of the platform's calls */

    /* Last visits, from the LMS's list of people as the roster step read it: id ->
     * int64_t. NULL: not read in this process. */
    struct map *seen;

    /* What pull_beat said last; said again while a call waits for the LMS. */
    char said[128];
    int64_t done;
    int64_t total;
};

/* Job "sync.course". */
int pull_course_job(struct job_ctx *c, struct err *e);

/* Job "sync.tick": asks for courses whose turn by the clock has come. */
int pull_tick_job(struct job_ctx *c, struct err *e);

/* A course to work on in `a`. */
struct learn pull_learn(struct pull *p, struct arena *a);

/* Progress and a sign of life: "roster: 1,200 people". total 0: unknown. -1: stop now. */
int pull_beat(struct pull *p, int64_t done, int64_t total, const char *what,
              const char *unit, struct err *e);

/* A source that is nice to have was refused or sent nonsense: that stands beside it in
 * words, and the run goes on (0). What may be better later is an error (-1). */
int pull_spare(struct pull *p, const char *source, const struct err *own, struct err *e);

/* Write p->mark as the checkpoint. */
int pull_save(struct pull *p, struct err *e);

/* A place where the run could go on from p->mark: when others wait and this course has
 * had its turn, -1 with ERR_BUSY. The next turn begins with this step and this mark. */
int pull_turn(struct pull *p, struct err *e);

/* Calls that may be under way at one time. */
int pull_calls(const struct pull *p);

/* --- evidence in batches ----------------------------------------------------- */

struct pull_batch {
    struct pull *p;
    struct vec rows; /* struct evidence_in, in p->batch */
    int64_t taken;   /* rows handed to the ledger */
};

void pull_batch_begin(struct pull_batch *b, struct pull *p);

/* A new row with person, activity, kind, actor and the time of this run; its texts must
 * live in p->batch. */
struct evidence_in *pull_batch_add(struct pull_batch *b, enum evidence_kind kind,
                                   int64_t person_id, int64_t activity_id);

/* Is it time for pull_batch_flush? */
bool pull_batch_full(const struct pull_batch *b);

/* Hand everything to the ledger and empty p->batch. */
int pull_batch_flush(struct pull_batch *b, struct err *e);

#endif
