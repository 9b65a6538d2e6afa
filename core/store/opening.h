/* opening.h: what opens in the LMS when a unit is mastered, and for whom (FEATURES.md
 * 5.6). The row of a member is its own outbox: it says "waiting" from the transaction in
 * which the person earned it until the LMS has said yes. Nothing here takes it away
 * again; a person may (closed), here or in the LMS (closed_there). */
#ifndef WAYMARK_STORE_OPENING_H
#define WAYMARK_STORE_OPENING_H

#include "base/env.h"
#include "db/db.h"

struct opening {
    int64_t opening_id;
    int64_t course_id;
    struct str unit; /* slug (engine/unit.h) */
    int64_t percent; /* of the unit's skills, 1 to 100 */
    struct str way;  /* score, group, override */
    struct str target;
    struct str title;      /* of the target, for people */
    struct str lms_key;    /* of the group or override; empty: not made yet */
    struct str lms_name;   /* its name there */
    struct str state;      /* draft, active, paused */
    struct str lock_state; /* empty: nobody looked; locked, open, unseen (not told) */
    int64_t lock_ms;
    int64_t checked_ms;   /* last compared with the LMS; 0: never */
    int64_t tries;        /* failed in a row */
    int64_t next_ms;      /* not before; 0: now */
    struct str error;     /* of the last try, in words, or empty */
    int64_t by_person_id; /* who changed it last */
    int64_t created_ms;
    int64_t changed_ms;
};

/* A new draft; opening_id is set here. `unit`, `percent`, `way`, `target`, `title`,
 * `lms_name`, by_person_id are read. */
int opening_add(struct db *db, struct env *env, int64_t tenant_id, struct opening *o,
                struct err *e);
int opening_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 struct opening **rows, size_t *n, struct err *e);

/* 1, 0 there is none in this course, -1. */
int opening_get(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                int64_t opening_id, struct opening *out, struct err *e);

/* What a person (o->by_person_id) changes. 1, 0 nothing changed, -1. */
int opening_state(struct db *db, int64_t tenant_id, const struct opening *o,
                  const char *state, int64_t now_ms, struct err *e);
int opening_percent(struct db *db, int64_t tenant_id, const struct opening *o,
                    int64_t percent, int64_t now_ms, struct err *e);

/* A draft that never let anybody in. 1, 0 it is none, -1. */
int opening_drop(struct db *db, int64_t tenant_id, const struct opening *o,
                 struct err *e);

/* What the job finds out: made under this key; is it locked; all went well (checked_ms 0:
 * it was not compared); it failed and may be tried at next_ms; it is gone in the LMS:
 * paused, and who was in waits for another one. */
int opening_made(struct db *db, int64_t tenant_id, int64_t opening_id, struct str key,
                 int64_t now_ms, struct err *e);
int opening_lock(struct db *db, int64_t tenant_id, int64_t opening_id, const char *state,
                 int64_t now_ms, struct err *e);
int opening_well(struct db *db, int64_t tenant_id, int64_t opening_id, int64_t checked_ms,
                 struct err *e);
int opening_ill(struct db *db, int64_t tenant_id, int64_t opening_id, struct str why,
                int64_t next_ms, struct err *e);
int opening_gone(struct db *db, int64_t tenant_id, int64_t opening_id, struct str why,
                 int64_t now_ms, struct err *e);

struct opening_member {
    int64_t person_id;
    struct str state;        /* waiting, open, failed, closed_there, closed, seen */
    struct str rule_code;    /* unit_percent, by_hand, seen_there */
    struct str facts;        /* JSON object */
    struct str evidence_ids; /* JSON array */
    int64_t by_person_id;    /* 0: the rule */
    int64_t granted_ms;
    int64_t opened_ms;      /* 0: not yet */
    struct str receipt;     /* what the LMS answered, or why it did not */
    int64_t receipt_ms;     /* 0: it was not asked yet */
    struct str name_sealed; /* opening_members only, as the rest */
    struct str sub;
    struct str lms_id; /* empty: the LMS has no other than `sub`, or did not tell */
    bool active;       /* in the course */
    struct str by_sealed;
};

/* States of one person's rows in a course: opening_id and `state` alone. One read. */
struct opening_held {
    int64_t opening_id;
    struct str state;
};
int opening_held(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 int64_t person_id, struct opening_held **rows, size_t *n, struct err *e);

/* Let somebody in: person_id, rule_code, facts, evidence_ids, by_person_id and granted_ms
 * are read. Once: 1 granted, 0 there was a row already, -1. */
int opening_grant(struct db *db, int64_t tenant_id, int64_t course_id, int64_t opening_id,
                  const struct opening_member *m, struct err *e);

/* The same by a person, over anything but "waiting" and "open". */
int opening_hand(struct db *db, int64_t tenant_id, int64_t course_id, int64_t opening_id,
                 const struct opening_member *m, struct err *e);

/* A person shuts it for somebody. */
int opening_close(struct db *db, int64_t tenant_id, int64_t course_id, int64_t opening_id,
                  const struct opening_member *m, struct err *e);

/* Somebody else let this person in over there; or took it away again. */
int opening_seen(struct db *db, int64_t tenant_id, int64_t course_id, int64_t opening_id,
                 int64_t person_id, int64_t now_ms, struct err *e);
int opening_unseen(struct db *db, int64_t tenant_id, int64_t opening_id,
                   int64_t person_id, struct err *e);

/* From one state to another, with what the LMS said. 1, 0 it is not in that state any
 * more, -1. */
int opening_turn(struct db *db, int64_t tenant_id, int64_t opening_id, int64_t person_id,
                 const char *from, const char *to, struct str receipt, int64_t now_ms,
                 struct err *e);

/* Waiting members behind `after` who are active students now: person_id, sub, lms_id. */
int opening_waiting(struct db *db, struct arena *a, int64_t tenant_id, int64_t opening_id,
                    int64_t after, int64_t limit, struct opening_member **rows, size_t *n,
                    struct err *e);

/* Way score: those whose score in column `target` reaches `percent` are open. How many,
 * or -1. */
int64_t opening_scored(struct db *db, int64_t tenant_id, int64_t opening_id,
                       struct str target, int64_t percent, struct str receipt,
                       int64_t now_ms, struct err *e);

/* All of one opening by the time they were let in. One read. */
int opening_members(struct db *db, struct arena *a, int64_t tenant_id, int64_t opening_id,
                    struct opening_member **rows, size_t *n, struct err *e);

/* How many there are in each state. One read. */
struct opening_count {
    int64_t opening_id;
    struct str state;
    int64_t n;
};
int opening_counts(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                   struct opening_count **rows, size_t *n, struct err *e);

/* Courses with active openings that may be asked now, each as often as it has some; with
 * `waiting`, only those where somebody waits. */
struct opening_course {
    int64_t tenant_id;
    int64_t course_id;
};
int opening_courses(struct db *db, struct arena *a, bool waiting, int64_t now_ms,
                    struct opening_course **rows, size_t *n, struct err *e);

#endif
