/* place.h: where a learning record belongs: course, person, activity. Courses that were
 * looked into stay at hand for a while. */
#ifndef WAYMARK_SYNC_PLACE_H
#define WAYMARK_SYNC_PLACE_H

#include "base/vec.h"
#include "learn/names.h"
#include "msg/record.h"
#include "store/ledger.h"
#include "store/receiver.h"

/* One course. */
struct place {
    struct learn l;
    struct who_index *who;
    struct names_index *names;
    struct map *kept; /* names that were kept */
    struct vec rows;  /* of the caller: struct evidence_in, in the caller's arena */
    int64_t used[2];  /* of the caller: records used, xAPI and Caliper */
    bool touched[2];
};

struct place_set;

/* For one tenant; reads its courses. NULL on error. `l` has no course. */
struct place_set *place_open(const struct learn *l, struct err *e);
void place_close(struct place_set *s);

/* Forget the courses that were looked into when they have become many. Call it when no
 * place is in use. */
void place_rest(struct place_set *s);

/* Have they become so many that the next one may not fit? Then rest before going on. */
bool place_full(const struct place_set *s);

/* The places in use since the last place_rest. */
size_t place_count(const struct place_set *s);
struct place *place_at(struct place_set *s, size_t i);

/* The course of a record: the key's own, or what the record names. 1 found, 0 not known
 * here, -1. */
int place_find(struct place_set *s, const struct receiver *key, const struct record *r,
               struct place **out, struct err *e);

/* person_id, or 0 and *why. */
int64_t place_person(const struct place *p, const struct receiver *key,
                     const struct record *r, const char **why);

/* activity_id, or 0 and *why. *thing is the name that told. What was found by its title
 * is kept as an alias. -1: the database. */
int64_t place_activity(struct place *p, struct str source, const struct record *r,
                       const struct record_thing **thing, const char **why,
                       struct err *e);

#endif
