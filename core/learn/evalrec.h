/* evalrec.h: how well the scorers foretell what people did next, on a file of what they
 * did.
 *
 * The files: CSV. `rows` has the header student,seq,item (more columns are left alone):
 * who had which item, `seq` counting inside a student; a student's second row of one item
 * is left out. `queries` student,seq: foretell the item at `seq` from those before it.
 * `prerequisites` skill,requires and `pairs` item,skill (without pairs the item is its
 * own skill): an item is not recommended before the student has had an item of every
 * skill that the item's skills require. Ids are text of at most 64 bytes; item order is
 * that of numbers where all ids are numbers.
 *
 * Fitted on TRAIN alone: students whose id has a CRC-32 that 5 does not divide. The blend
 * of the scorers is fitted inside TRAIN by held-out students (engine/blend.h), or left at
 * its defaults. No I/O in here; the clock is given. */
#ifndef WAYMARK_LEARN_EVALREC_H
#define WAYMARK_LEARN_EVALREC_H

#include "base/err.h"
#include "base/str.h"
#include "engine/blend.h"

#define EVALREC_BYTES_MAX ((size_t)1 << 30)
#define EVALREC_TOP 10

enum evalrec_part { /* features behind those of transit.h */
                    EVALREC_CONTENT =
                        TRANSIT_PARTS,    /* shares skills with the last five items */
                    EVALREC_PREREQUISITE, /* how lately what it requires was had */
                    EVALREC_PARTS
};

struct evalrec_in {
    struct str rows, queries;
    struct str prerequisites, pairs; /* empty: none */
    bool defaults;                   /* do not fit the blend */
    int64_t (*now_us)(void);         /* a clock that only goes forward */
    int64_t (*cpu_us)(void);         /* one that only counts the processor's time */
};

struct evalrec_result {
    size_t train_students, train_rows, queries, items;
    double hr5, hr10, ndcg10, mrr;
    double coverage;             /* share of all items that are in some top ten */
    double broken_prerequisites; /* share of the recommended that break one */
    double us_per_query; /* processor time to score all items and pick the ten best */
    double fit_seconds, blend_seconds;
    double weight[EVALREC_PARTS];
    struct blend_fitted blend;
};

/* ERR_INPUT names file, line and reason; a circle of prerequisites is named. */
int evalrec_run(struct arena *a, const struct evalrec_in *in, struct evalrec_result *out,
                struct err *e);

/* "popular", ..., "content", "prerequisite". */
const char *evalrec_part_name(int part);

#endif
