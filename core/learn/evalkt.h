/* evalkt.h: how well the engine foretells answers, on a file of answers.
 *
 * The file: CSV with the header student,seq,ts,item,skill,correct. `seq` counts inside
 * a student from 0 without gaps, `ts` is seconds or 0, `correct` 0, 1 or a share
 * between; ids are any text of at most 64 bytes. A second file may list item,skill
 * pairs.
 *
 * Fitted on TRAIN alone; each answer of a TEST student is foretold from that student's
 * own earlier answers. TEST: students whose id has a CRC-32 that 5 divides, or all of a
 * second file. No I/O in here: bytes are pushed in, the clock is given. */
#ifndef WAYMARK_LEARN_EVALKT_H
#define WAYMARK_LEARN_EVALKT_H

#include "base/err.h"
#include "base/str.h"
#include "engine/answers.h"
#include "engine/measure.h"

#define EVALKT_ROWS_MAX 4000000
#define EVALKT_BYTES_MAX ((int64_t)1 << 30)

struct evalkt;

struct evalkt *evalkt_new(struct arena *a);

enum evalkt_file {
    EVALKT_ROWS, /* the answers */
    EVALKT_TEST, /* answers of other people: all TEST, and all of EVALKT_ROWS is TRAIN */
    EVALKT_PAIRS /* item,skill; after the answers */
};

/* Begin a file; `name` is for its errors. Each kind once, in the order above. */
void evalkt_begin(struct evalkt *k, enum evalkt_file file, const char *name);

/* Its bytes, cut anywhere. ERR_INPUT names file, line and reason. */
int evalkt_push(struct evalkt *k, struct str bytes, struct err *e);
int evalkt_end(struct evalkt *k, struct err *e);

size_t evalkt_rows(const struct evalkt *k);

/* Divide into TRAIN and TEST, with one numbering of items and skills. ERR_INPUT when
 * one of them would be empty. */
int evalkt_split(struct evalkt *k, struct answers *train, struct answers *test,
                 struct err *e);

struct evalkt_opts {
    int64_t seed;
    int64_t (*now_us)(void);                       /* CPU time */
    void (*progress)(void *ctx, const char *step); /* or NULL */
    void *ctx;
};

/* One way to foretell, measured on TEST. */
struct evalkt_side {
    const char *name;
    struct measure m;
    int64_t fit_us;  /* what fitting took */
    int64_t test_us; /* what foretelling and updating took on all of TEST */
};

#define EVALKT_SIDES 3

struct evalkt_result {
    size_t train_rows, test_rows;
    int32_t train_students, test_students, items, skills;
    /* "item_rate", a plain rate to compare with, and the two models. */
    struct evalkt_side sides[EVALKT_SIDES];
    size_t sides_n;
};

/* Split, fit, foretell, measure. */
int evalkt_run(struct evalkt *k, const struct evalkt_opts *opts,
               struct evalkt_result *out, struct err *e);

#endif
