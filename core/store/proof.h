/* proof.h: whether every target of a course can always be reached, as last proved, and
 * who went ahead although it could not. */
#ifndef WAYMARK_STORE_PROOF_H
#define WAYMARK_STORE_PROOF_H

#include "base/env.h"
#include "db/db.h"

struct proof {
    int64_t map_id;
    struct str verdict; /* sound, found, unsure */
    struct str facts;   /* JSON, see learn/proving.h */
    int64_t proved_ms;
    bool current; /* of the map that is in force; not written */
};

/* 1 found, 0 nothing was proved yet, -1. */
int proof_get(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
              struct proof *out, struct err *e);
int proof_put(struct db *db, int64_t tenant_id, int64_t course_id, const struct proof *p,
              struct err *e);

/* Somebody went ahead. */
struct proof_even_so {
    int64_t map_id;
    int64_t opening_id;   /* 0: the map itself */
    int64_t by_person_id; /* 0: the command line */
    struct str why;
    struct str words; /* what they had been told */
    int64_t at_ms;
};
int proof_even_so_add(struct db *db, struct env *env, int64_t tenant_id,
                      int64_t course_id, const struct proof_even_so *s, struct err *e);

/* The last about this map: 1, 0 nobody did, -1. opening_id is left out. */
int proof_even_so_last(struct db *db, struct arena *a, int64_t tenant_id,
                       int64_t course_id, int64_t map_id, struct proof_even_so *out,
                       struct err *e);

#endif
