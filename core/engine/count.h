/* count.h: which rows of the ledger count.
 *
 * One grade by several routes counts once: for each activity the richest route that has
 * delivered a score counts (answers, then attempts, then the current grade, then a file);
 * between two sources of one route a fixed order decides. Superseded rows are dropped. Of
 * a current grade only the newest row counts, because it says what the grade is now; of
 * one attempt only the newest word of a source. */
#ifndef WAYMARK_ENGINE_COUNT_H
#define WAYMARK_ENGINE_COUNT_H

#include "engine/evidence.h"

enum count_route { COUNT_FILE, COUNT_GRADE, COUNT_ATTEMPTS, COUNT_ANSWERS };

/* Two routes tell different results of one activity: shown to the teacher, never
 * averaged. */
struct count_conflict {
    int64_t activity_id;
    enum count_route kept, other;
    struct str kept_source, other_source;
    double kept_share, other_share; /* 0 to 1 */
};

struct counted {
    struct ev *rows; /* sorted by (observed_ms, fact key) */
    size_t row_n;
    struct count_conflict *conflicts; /* by activity id */
    size_t conflict_n;
};

/* Keep what counts of a person's rows. The order of `rows` does not matter, rows that
 * were counted before may be counted again with the same outcome, and a row given twice
 * (same id) counts once. Access, completion, judgement and self-report rows all stay:
 * they are facts, though they are no grades. */
void count_rows(struct arena *a, const struct ev *rows, size_t n, struct counted *out);

/* One result: an attempt at an activity, or a grade. */
struct count_result {
    int64_t activity_id;
    struct str attempt;
    int64_t at_ms;  /* newest row of it */
    double share;   /* 0 to 1 */
    double got, of; /* questions for answers, points otherwise */
    struct str source_kind;
    const int64_t *ids;
    size_t id_n;
};

/* The results in counted rows, oldest first (ties: activity id, attempt). Answers of one
 * attempt are added up; answers without a score and low-effort rows are left out. */
size_t count_results(struct arena *a, const struct counted *c, struct count_result **out);

#endif
