/* district.h: schools, terms, classes and who goes to them, as a district hands them over
 * (OneRoster). People stand here as keyed marks of the district's number (who.h). */
#ifndef WAYMARK_STORE_DISTRICT_H
#define WAYMARK_STORE_DISTRICT_H

#include "db/db.h"

struct district_org {
    struct str key, name, kind, parent_key;
    bool ended;
    int64_t changed_ms;
};

struct district_session {
    struct str key, title;
    struct str kind;            /* gradingPeriod, semester, schoolYear, term */
    int64_t begins_ms, ends_ms; /* midnight UTC; the last is the first day after it */
    struct str parent_key;
    bool ended;
    int64_t changed_ms;
};

struct district_class {
    struct str key, title, code, org_key;
    struct str session_keys; /* JSON array */
    bool ended;
    int64_t changed_ms;
};

struct district_member {
    struct str class_key, user_mark, role;
    int64_t person_id; /* 0: nobody here has that number; stays what it was */
    bool ended;
    int64_t changed_ms;
};

/* Add, or replace what is not newer. Rows written (0 or 1), or -1. */
int64_t district_put_org(struct db *db, int64_t tenant_id, const struct district_org *r,
                         struct err *e);
int64_t district_put_session(struct db *db, int64_t tenant_id,
                             const struct district_session *r, struct err *e);
int64_t district_put_class(struct db *db, int64_t tenant_id,
                           const struct district_class *r, struct err *e);
int64_t district_put_member(struct db *db, int64_t tenant_id,
                            const struct district_member *r, struct err *e);

/* End what is not newer; of the row only its keys and changed_ms are read. */
int64_t district_end_org(struct db *db, int64_t tenant_id, const struct district_org *r,
                         struct err *e);
int64_t district_end_session(struct db *db, int64_t tenant_id,
                             const struct district_session *r, struct err *e);
int64_t district_end_class(struct db *db, int64_t tenant_id,
                           const struct district_class *r, struct err *e);
int64_t district_end_member(struct db *db, int64_t tenant_id,
                            const struct district_member *r, struct err *e);

/* All of a tenant, ended ones too. One read each. */
int district_orgs(struct db *db, struct arena *a, int64_t tenant_id,
                  struct district_org **rows, size_t *n, struct err *e);
int district_sessions(struct db *db, struct arena *a, int64_t tenant_id,
                      struct district_session **rows, size_t *n, struct err *e);
int district_classes(struct db *db, struct arena *a, int64_t tenant_id,
                     struct district_class **rows, size_t *n, struct err *e);
int district_members(struct db *db, struct arena *a, int64_t tenant_id,
                     struct district_member **rows, size_t *n, struct err *e);

/* The narrowest session in force at a moment, of one kind or (empty) any: what calendars
 * go by. 1 found, 0 none, -1 error. */
int district_term_at(struct db *db, struct arena *a, int64_t tenant_id, int64_t at_ms,
                     struct str kind, struct district_session *out, struct err *e);

/* Members of a class by role, those that are active. */
struct district_size {
    struct str class_key, role;
    int64_t members;
    int64_t known; /* of these: persons here */
};

int district_sizes(struct db *db, struct arena *a, int64_t tenant_id,
                   struct district_size **rows, size_t *n, struct err *e);

/* Different people in all active memberships, and how many of them are known here. */
int district_persons(struct db *db, int64_t tenant_id, int64_t *marks, int64_t *known,
                     struct err *e);

/* Hands out every mark by which a person of the tenant is known. */
int district_marks(struct db *db, int64_t tenant_id,
                   void (*fn)(void *ctx, struct str kind, struct str mark,
                              int64_t person_id),
                   void *ctx, struct err *e);

#endif
