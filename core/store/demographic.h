/* demographic.h: what a district says of its students' groups, for the audit of
 * fairness and for nothing else.
 *
 * Apart from everything: this is the only file that touches its table, and a row has no
 * name and no number, but the keyed mark of one (learn/who.h). The guard demographic.py
 * lists who may include this, and refuses what knows names. */
#ifndef WAYMARK_STORE_DEMOGRAPHIC_H
#define WAYMARK_STORE_DEMOGRAPHIC_H

#include "db/db.h"

struct demographic {
    struct str user_mark;
    struct str
        answers; /* JSON object of strings, sorted: {"asian":"true","sex":"female"} */
    int64_t changed_ms;
};

/* Add, or replace what is not newer. Rows written, or -1. */
int64_t demographic_put(struct db *db, int64_t tenant_id, const struct demographic *r,
                        struct err *e);

/* Rows deleted (0 or 1), or -1. */
int64_t demographic_forget(struct db *db, int64_t tenant_id, struct str user_mark,
                           struct err *e);

/* All of a tenant, in no order. One read. */
int demographic_all(struct db *db, struct arena *a, int64_t tenant_id,
                    struct demographic **rows, size_t *n, struct err *e);

/* How many gave the same answers. */
struct demographic_count {
    struct str answers;
    int64_t n;
};

int demographic_counts(struct db *db, struct arena *a, int64_t tenant_id,
                       struct demographic_count **rows, size_t *n, struct err *e);

#endif
