/* transit.h: what learners did next, counted, and which item that makes likely now.
 *
 * The collaborative scorer. Ten parts, each a logarithm, so that their weighted sum is a
 * log-linear model (a conditional logit, McFadden 1974) of the next item among those that
 * the person has not had:
 *   popular   how many had it
 *   after     how often it came soon after each of the last twelve items, of those who
 *             had not had it by then: a person who passed it by is no witness against it
 *   next      Markov chains of the last three items, mixed
 *   together  item-based neighbours of the last thirty (cosine; Deshpande & Karypis 2004)
 *   two..five what followed the same run of two to five items, against the Markov chain
 *   place     how usual it is at this point of a history of this length
 *   step      how usual it is to go so far forward or back in the order of the items
 * The weights come from learners who were held out when the counts were made
 * (transit_tune). Counting takes one pass; a question takes some microseconds. */
#ifndef WAYMARK_ENGINE_TRANSIT_H
#define WAYMARK_ENGINE_TRANSIT_H

#include "base/err.h"
#include "base/str.h"
#include "engine/context.h"

enum transit_part {
    TRANSIT_POPULAR,
    TRANSIT_AFTER,
    TRANSIT_NEXT,
    TRANSIT_TOGETHER,
    TRANSIT_TWO, /* then three, four, five */
    TRANSIT_PLACE = TRANSIT_TWO + CONTEXT_MAX - CONTEXT_MIN + 1,
    TRANSIT_STEP,
    TRANSIT_PARTS
};

#define TRANSIT_LAGS 3
#define TRANSIT_PLACES 16
#define TRANSIT_STEPS 28
#define TRANSIT_ACTIVE_MAX 4096 /* items with pairs; beyond, the most popular keep them */
#define TRANSIT_DOC_ITEMS 400        /* active ones of a document */
#define TRANSIT_DOC_BYTES (16 << 20) /* of a document */
#define TRANSIT_PEOPLE_MIN 200      /* in production: fewer tell nothing (FEATURES 30) */

/* Who had what, in order: person p has items[from[p]] up to items[from[p + 1]], each item
 * once, 0 <= item < item_n. `worth` (or NULL: 1 each) is how much a step to items[i]
 * counts, such as whether it went well. */
struct transit_rows {
    int32_t item_n;
    size_t person_n;
    const size_t *from; /* person_n + 1 */
    const int32_t *items;
    const float *worth;
    int32_t active_max; /* items with pairs; 0: TRANSIT_ACTIVE_MAX */
};

/* The pairs are dense matrices of the n active items, [from * n + to]. */
struct transit_model {
    int32_t item_n;
    int32_t n;       /* active items */
    int32_t *active; /* item -> index, or -1; item_n */
    int32_t *items;  /* index -> item, ascending; n */
    int64_t person_n, row_n;
    float *had;                  /* persons who had it; n */
    float *ahead;                /* persons who had `from` before `to` */
    float *near;                 /* the same, less the more items lay between */
    float *follow[TRANSIT_LAGS]; /* how often `to` came 1, 2, 3 items behind `from` */
    float *place;                /* [place * n + item] */
    float step[TRANSIT_STEPS], step_open[TRANSIT_STEPS]; /* taken; could have been */
    struct context_table runs;
    double weight[TRANSIT_PARTS];
    /* worked out from these by transit_fit and transit_read */
    float *log_had, *log_after, *cosine, *log_place, *follow_sum[TRANSIT_LAGS];
    float *log_step; /* [n + to - from] */
    float *usual;    /* share of all that was had */
    float *ones;
    float had_sum;
};

/* Count, with the default weights. */
void transit_fit(struct arena *a, const struct transit_rows *rows,
                 struct transit_model *out);

/* Room for the answers of one thread. */
struct transit_work {
    float *parts; /* TRANSIT_PARTS rows of n */
    float *sum;
    int32_t *recent;
};

struct transit_work *transit_work_new(struct arena *a, const struct transit_model *m);

/* Fill work->parts for a person who had `history` (oldest first, items; n = 0 is
 * a newcomer). Items that the person had get numbers too: leave them out. */
void transit_parts(const struct transit_model *m, struct transit_work *w,
                   const int32_t *history, size_t n);

/* The weighted sum for all item_n items; higher is likelier. Not a probability, but
 * differences are logarithms of odds. */
void transit_score(const struct transit_model *m, struct transit_work *w,
                   const int32_t *history, size_t n, float *score);

/* "popular", "after", ... */
const char *transit_part_name(enum transit_part part);

/* Text and back. codes[item_n] name the items (no line breaks). Runs seen by fewer than
 * two persons are left out, so that nobody's own way can be read from it. Writing gives
 * an empty slice when there are more than TRANSIT_DOC_ITEMS active items, or one that the
 * reader did not find. */
struct str transit_write(struct arena *a, const struct transit_model *m,
                         const struct str *codes);

/* `find` gives the item of a code, or -1: such items are left out. NULL with ERR_INPUT or
 * ERR_LIMIT. */
struct transit_model *transit_read(struct arena *a, struct str text, int32_t item_n,
                                   int32_t (*find)(const void *ctx, struct str code),
                                   const void *ctx, struct err *e);

#endif
