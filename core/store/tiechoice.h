/* tiechoice.h: what teachers say about which activity tells about which skill, and the
 * log of it. core/learn/ties.h makes ties of it. */
#ifndef WAYMARK_STORE_TIECHOICE_H
#define WAYMARK_STORE_TIECHOICE_H

#include "base/env.h"
#include "db/db.h"

/* What is spoken of. */
struct tiechoice_key {
    int64_t activity_id;   /* 0: every activity with a tag */
    struct str item;       /* question slot; empty: the whole; of a tag: "KIND:VALUE" */
    struct str skill_code; /* of the map that was in force */
};

/* What is said. */
struct tiechoice_word {
    bool said;  /* false: nothing, the map's rules decide */
    bool tells; /* false: it tells nothing about that skill */
    double weight;
};

struct tiechoice {
    struct tiechoice_key key;
    struct tiechoice_word word; /* said is true */
    int64_t by_person_id;       /* 0: the command line */
    int64_t at_ms;
};

struct tiechoice_change {
    int64_t change_id;
    struct tiechoice_key key;
    struct tiechoice_word was;
    struct tiechoice_word is;
    int64_t by_person_id;
    int64_t at_ms;
};

/* Everything that stands, by activity, item, skill. One read. */
int tiechoice_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                   struct tiechoice **rows, size_t *n, struct err *e);

/* Make `c->is` what stands, and write it into the log; c->change_id is set here. Inside
 * the caller's transaction. */
int tiechoice_say(struct db *db, struct env *env, int64_t tenant_id, int64_t course_id,
                  struct tiechoice_change *c, struct err *e);

/* 1 with *out, 0 when there is no such change in the course, -1. */
int tiechoice_change(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                     int64_t change_id, struct tiechoice_change *out, struct err *e);

/* The newest `max` changes, newest first. One read. */
int tiechoice_changes(struct db *db, struct arena *a, int64_t tenant_id,
                      int64_t course_id, size_t max, struct tiechoice_change **rows,
                      size_t *n, struct err *e);

#endif
