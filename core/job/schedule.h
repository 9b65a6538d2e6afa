/* schedule.h: jobs that come round by the clock.
 *
 * An item asks for one job of the installation (tenant 0); a handler that must do
 * something for every course asks for the courses' jobs itself. Any number of processes
 * may tick: each turn is taken once. Turns missed while nobody ran are not made up for.
 */
#ifndef WAYMARK_JOB_SCHEDULE_H
#define WAYMARK_JOB_SCHEDULE_H

#include "job/queue.h"

struct schedule_item {
    const char *kind; /* of the job, and the item's name in the table */
    int64_t every_ms; /* > 0 */
    int64_t at_ms;    /* offset within the period, counted from midnight UTC */
    bool at_once;     /* the first turn of a new installation comes immediately */
};

/* Ask for the jobs whose turn has come. Returns how many, or -1. One cheap read when
 * there is nothing to do: call it every second or so. */
int schedule_tick(struct db *db, struct env *env, const struct schedule_item *items,
                  size_t n, struct err *e);

#endif
