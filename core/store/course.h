/* course.h: courses as jobs and administrators see them. */
#ifndef WAYMARK_STORE_COURSE_H
#define WAYMARK_STORE_COURSE_H

#include "db/db.h"

struct course {
    int64_t tenant_id;
    int64_t id;
    int64_t registration_id;
    struct str deployment_id;
    struct str context_id; /* the LMS's id of it */
    struct str title;
    struct str label;
    int64_t map_id;               /* 0: no skill map yet */
    struct str nrps_url;          /* empty: the platform offers no roster */
    struct str ags_lineitems_url; /* empty: no grading */
    struct str ags_scopes;        /* JSON array */
    struct str platform_url;
    int64_t roster_ms; /* last complete roster, or 0 */
    int64_t grades_ms; /* last complete reading of grades, or 0 */
    int64_t states_ms; /* last recompute of everyone, or 0 */
    int64_t begun_ms;  /* last reading that began, or 0 (learn/reading.h) */
    int64_t full_ms;   /* last whole reading that came to its end, or 0 */
    struct str nrps_differences_url; /* where changes of the roster are told, or empty */
    int64_t nrps_full_ms;            /* when the whole roster was read last, or 0 */
    struct str groups_url;           /* empty: the platform tells no groups */
    struct str group_sets_url;
};

/* 1 found, 0 not, -1 error. tenant_id 0: whichever tenant has it (ids are unique in
 * practice; for the command line). */
int course_get(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
               struct course *out, struct err *e);

/* Every course, by tenant; fn returns non-zero to stop. */
int course_each(struct db *db, struct arena *a,
                int (*fn)(void *ctx, const struct course *c), void *ctx, struct err *e);

#endif
