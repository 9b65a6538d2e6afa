/* reading.h: when a course is read: by need (a page shows stale data, a notice came), by
 * the clock (what changed every hour or so, everything once a night), or because somebody
 * presses a button. The reading itself is lti/sync's job "sync.course". */
#ifndef WAYMARK_LEARN_READING_H
#define WAYMARK_LEARN_READING_H

#include "base/conf.h"
#include "job/queue.h"
#include "learn/learn.h"
#include "store/course.h"
#include "store/source.h"

enum reading_why {
    READING_PRESSED, /* somebody waits: everything is read, before all others */
    READING_ANEW,    /* everything is read, soon */
    READING_NEED,    /* what changed, soon */
    READING_DUE      /* what changed; everything when its time has come */
};

/* Ask for a reading, not before run_ms (0: now). *job_id may be NULL. Joins the caller's
 * transaction or makes its own. 1 asked, 0 it was asked for already, -1. */
int reading_ask(struct db *db, struct env *env, int64_t tenant_id, int64_t course_id,
                enum reading_why why, int64_t run_ms, int64_t *job_id, struct err *e);

/* A page shows data of `begun_ms`, the start of the last reading: is that so old that it
 * asks for another? `wanted_ms` is when a page asked last. No database. */
bool reading_stale(const struct conf *conf, int64_t begun_ms, int64_t wanted_ms,
                   int64_t now_ms);

/* Then ask: however many pages do at once, one job, and none again for some minutes. */
int reading_want(struct learn *l, struct err *e);

/* Is a reading at now_ms a whole one? */
bool reading_whole(const struct conf *conf, const struct course *c, int64_t now_ms);

/* When the clock asks next for this course; 0: it does not. */
int64_t reading_next(const struct conf *conf, const struct course *c, int64_t now_ms);

/* Is now within the quiet hours? A text that makes no sense says no. */
bool reading_quiet(struct str hours, int64_t now_ms);

/* A reading begins; a whole one that began at run_ms has come to its end. */
int reading_begun(struct learn *l, int64_t run_ms, struct err *e);
int reading_done(struct learn *l, int64_t run_ms, struct err *e);

/* Has work fallen due between two readings? Then that nothing came is news about
 * everybody. 1, 0 or -1. */
int reading_fell_due(struct learn *l, int64_t since_ms, int64_t now_ms, struct err *e);

/* How fresh a course is, for people. */
struct reading_state {
    struct course course;
    struct source *sources;
    size_t sources_n;
    int64_t pending;    /* over all sources */
    struct job_row job; /* the latest reading; job_id 0: none is remembered */
    bool open;          /* it waits or runs */
    int64_t next_ms;    /* the next by the clock; 0 while one is open */
};

/* Three reads. 1, 0 when there is no such course, -1. */
int reading_state(struct learn *l, const struct conf *conf, struct reading_state *out,
                  struct err *e);

/* Ask for every course whose turn by the clock has come. Returns how many, or -1. */
int reading_tick(struct db *db, struct env *env, const struct conf *conf, struct arena *a,
                 struct err *e);

#endif
