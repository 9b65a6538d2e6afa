/* import.h: grade files that people hand in: kept, taken in, taken back.
 *
 * A file is looked at first (importplan.h), with what a person says of its columns. Taken
 * in, each grade becomes evidence of source kind "file", a snapshot as of the time of the
 * export; what stands already is not written again, so the same file twice changes
 * nothing. Taken back, its rows get a later version: what was known before them, or no
 * score. The ledger only grows. Both go on where they stopped, and done twice is done
 * once.
 *
 * Job kinds for the table of lti/sync: "import.take" and "import.undo" (tenant of the
 * course, key: COURSE/IMPORT). */
#ifndef WAYMARK_LEARN_IMPORT_H
#define WAYMARK_LEARN_IMPORT_H

#include "learn/importplan.h"
#include "store/import.h"

#define IMPORT_LISTED 100 /* problems that are kept with a file that was taken in */

/* How it gets on; -1 stops. */
struct import_progress {
    int (*fn)(void *ctx, size_t done, size_t total, struct err *e);
    void *ctx;
};

/* What came of a file. */
struct import_counts {
    int64_t people, columns;
    int64_t added, changed; /* rows of the ledger; `changed` are among `added` */
    int64_t same, older, blank, excused, refused;
    int64_t withdrawn, superseded; /* of taking back */
    struct importplan_problem *problems;
    size_t problems_n;
    struct str error; /* why nothing came of it, in words */
};

/* Keep a file sealed, for a day: run has by_person_id, form, file_name, document, choices
 * and strict; its id is set. */
int import_keep(struct learn *l, struct import_run *run, struct err *e);

/* A kept file of this course: 1; 0: there is none; -1. */
int import_find(struct learn *l, int64_t id, struct import_run *out, struct err *e);

/* What it would change; without `evidence` in numbers alone. ERR_INPUT, ERR_LIMIT: it is
 * no grade book. */
int import_look(struct learn *l, const struct import_run *run, bool evidence,
                struct importplan *out, struct err *e);

/* Ask for the job that takes it in, or back; 1, or 0 when it is in no state for that. */
int import_ask(struct learn *l, const struct import_run *run, bool undo, struct err *e);

/* Take in a file in state "preview" or "taking", here and now. With run->strict nothing
 * happens when anything of it is refused: state "refused". ERR_CONFLICT: in another
 * state. *out is what came of it. */
int import_take(struct learn *l, int64_t id, const struct import_progress *p,
                struct import_counts *out, struct err *e);

/* Take back one in state "done" or "undoing". Grades that a later file changed stay, and
 * are counted as superseded. */
int import_undo(struct learn *l, int64_t id, const struct import_progress *p,
                struct import_counts *out, struct err *e);

/* The counts that a run keeps. */
void import_counts_read(struct arena *a, struct str json, struct import_counts *out);

struct job_ctx; /* core/job/runner.h */
int import_take_job(struct job_ctx *job, struct err *e);
int import_undo_job(struct job_ctx *job, struct err *e);

#endif
