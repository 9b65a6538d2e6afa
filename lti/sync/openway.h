/* openway.h: what the jobs of open.h and opencheck.h share: a course, its openings, and
 * the way into its LMS. */
#ifndef WAYMARK_SYNC_OPENWAY_H
#define WAYMARK_SYNC_OPENWAY_H

#include "learn/openings.h"
#include "store/opening.h"
#include "sync/access.h"
#include "sync/share.h"

struct openway {
    struct job_ctx *job;
    struct sync_app *app;
    struct course course;
    struct arena *a;      /* of the whole job */
    struct arena *one;    /* of one opening */
    struct opening *rows; /* active ones that may be asked now */
    size_t n;
    struct gate *gates;
    size_t gates_n;
    bool asked; /* access was tried */
    int open;   /* what access_open said */
    struct access access;
    struct share share; /* of the calls that the platform gets at one time */
    struct err why; /* why there is no access */
    int64_t done;   /* persons, for progress */
    int64_t waiting;
    struct str failed; /* the first trouble in words; empty: all is well */
};

/* The course that the job's key names, its platform, its active openings. 1 go on, 0
 * there is nothing to do, -1. */
int openway_begin(struct openway *w, struct job_ctx *job, bool all, struct err *e);

/* The end: what "Where the data comes from" says; frees. `rc` is the job's own. */
int openway_end(struct openway *w, int rc, struct err *e);

/* 1 the LMS's API may be used, 0 not (w->why says why), -1: stop the job, or another time
 * because the platform is busy or rests. */
int openway_access(struct openway *w, struct err *e);

/* Is it the job that must stop (a lost claim, a worker that ends), and nothing of the
 * LMS? */
bool openway_is_ours(enum err_code code);

/* How the connector knows an opening. */
struct lms_opening openway_lms(const struct openway *w, const struct opening *o,
                               struct arena *a);

/* The name by which the LMS's API knows a person; empty: not told yet. */
struct str openway_user(const struct openway *w, const struct opening_member *m);

/* Trouble with one opening: written down in words, tried again later and later. */
int openway_ill(struct openway *w, const struct opening *o, const struct err *why,
                struct err *e);

/* The group or override is not there any more: paused, in words. */
int openway_gone(struct openway *w, const struct opening *o, struct err *e);

/* The address of a unit's gate column, or empty. */
struct str openway_column(const struct openway *w, const struct opening *o);

#endif
