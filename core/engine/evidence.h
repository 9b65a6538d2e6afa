/* evidence.h: rows of the ledger and activities of the course, as the engine sees them.
 */
#ifndef WAYMARK_ENGINE_EVIDENCE_H
#define WAYMARK_ENGINE_EVIDENCE_H

#include "base/str.h"

#define EVIDENCE_DAY_MS ((int64_t)86400000)
#define EVIDENCE_HOUR_MS ((int64_t)3600000)

enum ev_kind {
    EV_ANSWER,
    EV_ATTEMPT,
    EV_GRADE,
    EV_COMPLETION,
    EV_ACCESS,
    EV_JUDGEMENT,
    EV_SELF_REPORT
};

/* One row of the table `evidence` about one person in one course. */
struct ev {
    int64_t id;
    int64_t observed_ms;
    struct str fact_key;
    int64_t supersedes; /* id of the row that this one corrects, or 0 */
    enum ev_kind kind;
    bool has_score; /* false: nothing was scored yet, which is not 0 */
    double score;
    double maximum;
    double weight;          /* of the row, 1 for most */
    bool low_effort;        /* counts with weight 0 until a teacher decides */
    struct str source_kind; /* moodle-ws, ags, launch, teacher, student, ... */
    int64_t activity_id;    /* or 0 */
    struct str item;    /* question slot, or empty; the skill's code when a judgement or
                           self-report has no activity */
    struct str attempt; /* attempt key, or empty */
};

/* One row of the table `activity`. */
struct course_activity {
    int64_t id;
    struct str title;
    struct str idnumber; /* the teacher's own code in the LMS, or empty */
    struct str kind;     /* quiz, assign, page, url, lti, forum, other */
    int64_t opens_ms;    /* 0 = not said */
    int64_t due_ms;      /* 0 = none */
    int64_t closes_ms;   /* 0 = never */
    bool restricted;     /* open to some only, by rules of the LMS */
    bool visible;
    int32_t position; /* in the course */
    int32_t attempts_max; /* 0 = no limit, or none that is known */
    int32_t item_n;       /* questions that are known; 0 = none */
    bool last_only;       /* comes as one grade: the newest result alone counts */
};

/* One row of the table `activity_skill`: resolved by match.h or set by a teacher. */
struct tie {
    int64_t activity_id;
    struct str item; /* question slot, or empty for the whole */
    int32_t skill;   /* ord */
    double weight;   /* 0 = material that proves nothing */
};

/* "answer" is EV_ANSWER and so on; false when there is no such kind. */
bool evidence_kind(struct str name, enum ev_kind *out);

/* The share of the maximum, 0 to 1; false when the row has no usable score (none given,
 * not finite, or the maximum is not above 0). Below 0 gives 0, above the maximum 1. */
bool evidence_share(const struct ev *row, double *share);

/* Which source kinds are independent of one another: "lms" for all that come out of the
 * LMS's own gradebook and logs (web services, AGS, exports), "panel" for our launches,
 * "tool" for our own checks, "teacher", "student"; any other kind stands for itself. */
struct str evidence_family(struct str source_kind);

/* Order of the engine: observed_ms, then question slot, fact key, id. For qsort. */
int evidence_cmp(const void *a, const void *b);

#endif
