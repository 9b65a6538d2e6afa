/* ledger.h: the ledger. Rows are only ever added; no statement changes or deletes one.
 *
 * A fact has an identity (who, what, whence) and a value. The fact key joins both,
 * so that the same fact from two deliveries is one row. Timed facts (an attempt, an
 * answer, an access) carry their own time; a snapshot (a source that tells only the
 * present, such as a grade book) is compared with the newest row of its identity, and
 * only a change is written, so 5, 7, 5 keeps three rows. A reading younger than what
 * stands corrects it even when the source tells the same time or an older one (an
 * override taken back). What counts of an identity is its newest version: greatest
 * (observed_ms, received_ms), then what supersedes. All functions run inside the
 * caller's transaction. */
#ifndef WAYMARK_STORE_LEDGER_H
#define WAYMARK_STORE_LEDGER_H

#include "base/env.h"
#include "db/db.h"

/* Richness falls from left to right within the scored kinds. */
enum evidence_kind {
    EVIDENCE_NONE, /* no kind: a row without one is refused */
    EVIDENCE_ANSWER,
    EVIDENCE_ATTEMPT,
    EVIDENCE_GRADE,
    EVIDENCE_COMPLETION,
    EVIDENCE_ACCESS,
    EVIDENCE_JUDGEMENT,
    EVIDENCE_SELF_REPORT
};

/* "answer", "grade" ...; and back (EVIDENCE_NONE when it is no kind). */
const char *ledger_kind_name(enum evidence_kind k);
enum evidence_kind ledger_kind_from(struct str name);

/* What a source says. Zero-filled fields are absent. */
struct evidence_in {
    int64_t person_id;   /* who; never 0 */
    int64_t activity_id; /* where; 0: the course as a whole */
    struct str item;     /* question slot, or empty */
    struct str attempt;  /* the source's key of the attempt, or empty */
    enum evidence_kind kind;
    bool has_score; /* absent is absent, never 0 */
    double score;
    bool has_maximum;
    double maximum;
    bool snapshot;       /* the source tells only the present */
    int64_t observed_ms; /* timed: when it happened; snapshot: start of the reading */
    int64_t read_ms;     /* start of the reading that told it; 0: it was pushed to us */
    struct str source_kind; /* whence: moodle-ws, ags, launch, teacher, student, file */
    struct str
        source_key;    /* the source's own key: cm:12, attempt:99:3, a line item URL */
    struct str actor;  /* who said so: platform, person:ID, tool */
    double weight;     /* 0 counts as 1 */
    struct str effort; /* empty, "low" or LEDGER_WITHDRAWN */
};

struct evidence {
    int64_t evidence_id;
    int64_t person_id;
    int64_t activity_id; /* 0: none */
    struct str item;
    struct str attempt;
    enum evidence_kind kind;
    bool has_score;
    double score;
    bool has_maximum;
    double maximum;
    int64_t observed_ms;
    int64_t received_ms;
    struct str source_kind;
    struct str source_key;
    struct str actor;
    struct str fact_key; /* identity "." version */
    int64_t supersedes;  /* 0: none */
    double weight;
    struct str effort;
};

/* Why a row is refused: a short reason in words, or NULL when it has who, what, when and
 * whence and its numbers are finite (a maximum is above 0). Nothing is looked up. */
const char *ledger_refusal(const struct evidence_in *in);

/* What an arrival means beside the rows that are there. */
enum evidence_fate {
    EVIDENCE_NEW,      /* an identity that was unknown: append */
    EVIDENCE_CORRECTS, /* a newer version of a known identity: append */
    EVIDENCE_WITNESS, /* an older version that arrived late: append, but it does not count
                       */
    EVIDENCE_SAME,    /* known already: nothing to write */
    EVIDENCE_EMPTY    /* a snapshot without value where none was: nothing to write */
};

/* As `effort`, without a score: the fact is taken back by whoever told it. The row
 * stands, and the engine is not told of it. */
#define LEDGER_WITHDRAWN "void"

struct ledger; /* the rows of one person in one course, by identity */

/* Every row of one person received up to `until_ms` (INT64_MAX for all), ordered by
 * (observed_ms, fact_key). One read. */
int ledger_read(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                int64_t person_id, int64_t until_ms, struct ledger **book, struct err *e);

/* The rows in order, superseded ones too (what was appended since comes last). */
const struct evidence *const *ledger_rows(const struct ledger *b, size_t *n);

/* The rows that stand: of each identity its newest version; ordered by (observed_ms,
 * fact_key). An array in `a`. */
const struct evidence **ledger_standing(const struct ledger *b, struct arena *a,
                                        size_t *n);

/* The greatest received_ms of the book, access rows apart; 0 when there is none. */
int64_t ledger_newest_ms(const struct ledger *b);

/* What `in` (which was not refused) means beside the book. */
enum evidence_fate ledger_judge(const struct ledger *b, const struct evidence_in *in);

/* The same with what is worked out in `scratch`; *stands: the version of it that stands,
 * or NULL. */
enum evidence_fate ledger_weigh(const struct ledger *b, struct arena *scratch,
                                const struct evidence_in *in,
                                const struct evidence **stands);

/* Judge, and when there is something to write insert the row and add it to the book. One
 * statement at most. 0, or -1; *fate tells what happened. ERR_CONFLICT cannot come from
 * the fact key (it counts as same). */
int ledger_append(struct db *db, struct env *env, struct ledger *b,
                  const struct evidence_in *in, int64_t now_ms, enum evidence_fate *fate,
                  struct err *e);

/* What files told of everybody in a course: a book for each person, with the rows of
 * source kind "file" alone. One read. */
struct ledger_shelf;
int ledger_read_files(struct db *db, struct arena *a, int64_t tenant_id,
                      int64_t course_id, struct ledger_shelf **out, struct err *e);

/* Everything of the persons from `first` to `last`, received up to `until_ms`. One
 * read. */
int ledger_read_persons(struct db *db, struct arena *a, int64_t tenant_id,
                        int64_t course_id, int64_t first, int64_t last, int64_t until_ms,
                        struct ledger_shelf **out, struct err *e);

/* The book of a person (empty for somebody of whom nothing was read). */
struct ledger *ledger_of(struct ledger_shelf *s, int64_t person_id);

/* All books. */
size_t ledger_persons(const struct ledger_shelf *s);
const struct ledger *ledger_at(const struct ledger_shelf *s, size_t i);

#endif
