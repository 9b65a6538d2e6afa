/* call.h: what the certification console asked a platform, and what came back. Kept for a
 * day; answers are sealed, because they may have names. */
#ifndef WAYMARK_STORE_CALL_H
#define WAYMARK_STORE_CALL_H

#include "base/keyring.h"
#include "db/db.h"

struct call {
    int64_t id;
    int64_t tenant_id;
    int64_t course_id;
    int64_t by_person_id;
    struct str kind;    /* members, items, create, score, results, delete */
    struct str state;   /* waiting, done, failed */
    struct str request; /* JSON: what was chosen on the page; ids only */
    struct str answer;  /* JSON in the clear: { exchanges[], item, label }; or empty */
    int64_t at_ms;
};

/* Adds one that waits: in->id is set here. Joins the caller's transaction. */
int call_add(struct db *db, struct env *env, struct call *in, struct err *e);

/* 1 found in that course, 0 not, -1. An answer that does not open reads as empty. */
int call_get(struct db *db, struct arena *a, const struct keyring *keys,
             int64_t tenant_id, int64_t course_id, int64_t id, struct call *out,
             struct err *e);

/* The newest of a course, at most `limit`; only calls that create have their answer. */
int call_list(struct db *db, struct arena *a, const struct keyring *keys,
              int64_t tenant_id, int64_t course_id, int64_t limit, struct call **rows,
              size_t *n, struct err *e);

/* Seals c->answer and writes it with c->state. */
int call_finish(struct db *db, struct arena *a, struct env *env,
                const struct keyring *keys, const struct call *c, struct err *e);

/* Rows forgotten, or -1. */
int64_t call_purge(struct db *db, int64_t before_ms, struct err *e);

/* The platform's id of a student of the course; 0 when it is none. */
int call_learner(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 int64_t person_id, struct str *sub, struct err *e);

/* The address of a link's own line item; 0 when it has none. */
int call_link_item(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                   int64_t link_id, struct str *url, struct err *e);

#endif
