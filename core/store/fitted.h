/* fitted.h: models that were fitted to the ledger, and the sets of them that courses go
 * by. Rows are only ever added, so that what was worked out with a set can be worked out
 * with it again. */
#ifndef WAYMARK_STORE_FITTED_H
#define WAYMARK_STORE_FITTED_H

#include "db/db.h"

enum fitted_kind {
    FITTED_BKT,     /* parameters of the skills: what the words come from */
    FITTED_LKT,     /* the predictor */
    FITTED_TRANSIT, /* what helped similar learners */
    FITTED_BLEND,   /* how the scorers are weighed */
    FITTED_KINDS
};

/* "bkt" and so on; and back (FITTED_KINDS when it is no kind). */
const char *fitted_kind_name(enum fitted_kind k);
enum fitted_kind fitted_kind_from(struct str name);

struct fitted_model {
    int64_t model_id; /* 0: none */
    struct str map_code;
    enum fitted_kind kind;
    struct str document;
    struct str figures; /* JSON object */
    bool passed;        /* better than what stood, and every invariant holds */
    int64_t rows;       /* answers that it was fitted to */
    int64_t persons;
    int64_t created_ms;
};

struct fitted_set {
    int64_t set_id; /* 0: none */
    struct str map_code;
    int64_t ids[FITTED_KINDS]; /* model_id, or 0: none of that kind */
    struct str by_whom;
    int64_t created_ms;
};

int fitted_add(struct db *db, int64_t tenant_id, const struct fitted_model *m,
               struct err *e);

/* 1 found, 0 none, -1. */
int fitted_get(struct db *db, struct arena *a, int64_t tenant_id, int64_t model_id,
               struct fitted_model *out, struct err *e);

/* The newest `max` models of a map, without their documents, newest first. One read. */
int fitted_list(struct db *db, struct arena *a, int64_t tenant_id, struct str map_code,
                size_t max, struct fitted_model **rows, size_t *n, struct err *e);

/* The models of a set, by kind; model_id 0 where it has none. One read. */
int fitted_of_set(struct db *db, struct arena *a, int64_t tenant_id, int64_t set_id,
                  struct fitted_model out[FITTED_KINDS], struct err *e);

int fitted_set_add(struct db *db, int64_t tenant_id, const struct fitted_set *s,
                   struct err *e);

/* The set with that id, or the newest of a map. 1 found, 0 none, -1. */
int fitted_set_get(struct db *db, struct arena *a, int64_t tenant_id, int64_t set_id,
                   struct fitted_set *out, struct err *e);
int fitted_set_last(struct db *db, struct arena *a, int64_t tenant_id,
                    struct str map_code, struct fitted_set *out, struct err *e);

/* Courses of the tenant that have this map in force and go by another set. One read. */
int fitted_courses(struct db *db, struct arena *a, int64_t tenant_id, struct str map_code,
                   int64_t set_id, int64_t **course_ids, size_t *n, struct err *e);

/* The course goes by that set from now on. */
int fitted_use(struct db *db, int64_t tenant_id, int64_t course_id, int64_t set_id,
               struct err *e);

#endif
