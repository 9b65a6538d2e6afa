/* replay.h: prove that the stored states follow from the ledger. */
#ifndef WAYMARK_LEARN_REPLAY_H
#define WAYMARK_LEARN_REPLAY_H

#include "learn/learn.h"

struct replay_counts {
    size_t persons;   /* with states */
    size_t rows;      /* compared */
    size_t different; /* rows that differ, are missing, or are too many */
    size_t stale; /* persons left out: the catalogue changed since, and their states wait
                   * to be worked out again */
};

/* Work out the states of everybody in the course from the ledger, in memory, as of the
 * time that each stored state carries, and compare them byte for byte with the stored
 * rows. `say` is called once a difference with a line for people (no names). Changes
 * nothing. */
int replay_course(struct learn *l, void (*say)(void *ctx, struct str line), void *ctx,
                  struct replay_counts *c, struct err *e);

#endif
