/* origin.h: which course was copied from which, as platforms tell it (LTI.md 8.2, 2.6).
 *
 * Everything lies inside one tenant: what a platform says of a context is looked up among
 * the courses of the same deployment and nowhere else. */
#ifndef WAYMARK_STORE_ORIGIN_H
#define WAYMARK_STORE_ORIGIN_H

#include "db/db.h"

/* Note that `context_id` comes from `origin`; ord 0 is the nearest. One that is known
 * already stays as it is. `source`: notice, history, link. */
int origin_add(struct db *db, int64_t tenant_id, struct str context_id, struct str origin,
               int64_t ord, const char *source, int64_t now_ms, struct err *e);

/* 1 when some origin of the context is known, 0, -1. */
int origin_any(struct db *db, int64_t tenant_id, struct str context_id, struct err *e);

/* Forget what was told before `before_ms` of contexts that are no course of ours yet. How
 * many rows, or -1. */
int64_t origin_purge(struct db *db, int64_t before_ms, struct err *e);

struct origin {
    struct str context_id;
    int64_t course_id; /* 0: we do not know this course */
    int64_t map_id;    /* 0: it has no map */
};

/* The origins of a context, nearest first. */
int origin_list(struct db *db, struct arena *a, int64_t tenant_id, struct str context_id,
                struct origin **rows, size_t *n, struct err *e);

/* A course by its context or by its id. 1 found, 0 none, -1. */
int origin_course(struct db *db, int64_t tenant_id, struct str context_id,
                  struct origin *out, struct err *e);
int origin_of(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
              struct origin *out, struct err *e);

/* The context of the course that has a resource link. 1 found, 0 none, -1. */
int origin_link(struct db *db, struct arena *a, int64_t tenant_id,
                struct str resource_link_id, struct str *context_id, struct err *e);

/* Say where a course comes from and give it that course's settings. 1, 0 when it has a
 * map already, -1. */
int origin_set(struct db *db, int64_t tenant_id, int64_t course_id,
               int64_t from_course_id, struct err *e);

/* Its gates, without their columns. */
int origin_gates(struct db *db, int64_t tenant_id, int64_t course_id,
                 int64_t from_course_id, int64_t now_ms, struct err *e);

#endif
