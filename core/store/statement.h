/* statement.h: learning records as they came (xAPI statements, Caliper events). They wait
 * here, sealed, until a job has made evidence of them; the first arrival of an id stands.
 */
#ifndef WAYMARK_STORE_STATEMENT_H
#define WAYMARK_STORE_STATEMENT_H

#include "base/keyring.h"
#include "db/db.h"

struct statement_in {
    struct str key;      /* the sender's id of it */
    struct str document; /* JSON; equal content is equal bytes */
    struct str voids;    /* key of the one that it voids, or empty */
    size_t index;        /* in the sender's list, for the caller */
};

struct statement_batch {
    int64_t tenant_id;
    struct str key_id; /* of the receiver's key */
    struct str kind;   /* xapi, caliper */
    int64_t now_ms;
    const struct statement_in *rows; /* no key twice */
    size_t n;

    /* Afterwards. */
    size_t added; /* the others were there already, with this content */
    bool conflict;
    size_t conflict_at; /* the first one that is there with another content */
};

/* Store all of a batch, or nothing: ERR_INPUT and b->conflict when a known id has another
 * content. One transaction; no query a statement. */
int statement_add(struct db *db, struct env *env, struct arena *a,
                  const struct keyring *keys, struct statement_batch *b, struct err *e);

struct statement {
    struct str key;
    int64_t seq;     /* grows with time: env_id_floor */
    struct str kind; /* xapi, void, caliper */
    struct str key_id;
    struct str document;
    struct str content_hash;
    struct str state; /* new, used, waiting, dropped, voided */
    int64_t received_ms;
    int64_t course_id; /* where it was used, or 0 */
    int64_t person_id;
    struct str voided_by; /* key of the statement that voids it, or empty */
};

/* 1 found, 0 not, -1. */
int statement_get(struct db *db, struct arena *a, const struct keyring *keys,
                  int64_t tenant_id, struct str key, struct statement *out,
                  struct err *e);

/* Statements of one sender with after < seq < before, oldest or newest first. */
struct statement_range {
    int64_t tenant_id;
    struct str key_id;
    int64_t after;
    int64_t before;
    bool ascending;
    int64_t limit;
};
int statement_list(struct db *db, struct arena *a, const struct keyring *keys,
                   const struct statement_range *q, struct statement **rows, size_t *n,
                   struct err *e);

/* The oldest with seq > after that nobody looked at yet. */
int statement_new(struct db *db, struct arena *a, const struct keyring *keys,
                  int64_t tenant_id, int64_t after, int64_t limit,
                  struct statement **rows, size_t *n, struct err *e);

/* What became of a new one. */
struct statement_fate {
    struct str key;
    const char *state;
    struct str reason;
    int64_t course_id; /* 0: none */
    int64_t person_id;
};

/* Write fates; those that are not new any more stay. Joins the caller's transaction, or
 * makes its own. */
int statement_settle(struct db *db, int64_t tenant_id, const struct statement_fate *rows,
                     size_t n, struct err *e);

/* A used one was withdrawn. */
int statement_voided(struct db *db, int64_t tenant_id, struct str key, struct err *e);

/* Call fn for each state and reason of a key's statements. */
int statement_counts(struct db *db, struct str key_id,
                     void (*fn)(void *ctx, struct str state, struct str reason,
                                int64_t n),
                     void *ctx, struct err *e);

/* How many of a course wait, or -1. */
int64_t statement_waiting(struct db *db, int64_t tenant_id, int64_t course_id,
                          struct str kind, struct err *e);

/* Call fn for each tenant that has new ones, or waiting ones. */
int statement_tenants(struct db *db, bool waiting,
                      int (*fn)(void *ctx, int64_t tenant_id), void *ctx, struct err *e);

/* Those that wait are looked at again: of a course (and of no known one), or, with 0,
 * all. How many, or -1. */
int64_t statement_wake(struct db *db, int64_t tenant_id, int64_t course_id,
                       struct err *e);

/* By what senders name the courses of a tenant. */
struct statement_course {
    int64_t course_id;
    struct str context_id;
    struct str nrps_url; /* Canvas has its own number of the course in it */
};
int statement_courses(struct db *db, struct arena *a, int64_t tenant_id,
                      struct statement_course **rows, size_t *n, struct err *e);

/* Those that came before `before_ms` and still wait are dropped; their reason stays. */
int64_t statement_expire(struct db *db, int64_t before_ms, struct err *e);

/* Forget those that came before `before_ms` and are settled. */
int64_t statement_purge(struct db *db, int64_t before_ms, struct err *e);

#endif
