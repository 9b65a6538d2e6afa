/* enrol.h: the rows that a launch reads and leaves behind (learn/enrol.h joins them). */
#ifndef WAYMARK_STORE_ENROL_H
#define WAYMARK_STORE_ENROL_H

#include "db/db.h"

struct enrol_course {
    int64_t id; /* 0: not known yet */
    struct str title, label, nrps_url, ags_lineitems_url, ags_scopes, platform_url,
        groups_url, group_sets_url;
    bool has_map;
};

struct enrol_link {
    int64_t id;
    struct str title, custom, ags_lineitem_url;
};

struct enrol_person {
    int64_t id;
    struct str name_sealed, locale;
};

struct enrol_role {
    bool known;
    int64_t roles;
    bool is_learner, is_staff, is_test, active;
    int64_t seen_ms;
    bool by_launch; /* a launch told it, not a roster */
};

/* The notification service that the deployment told last (LTI.md 8.2). */
struct enrol_pns {
    struct str url;     /* empty: none yet */
    struct str offered; /* JSON array of notice types */
    int64_t checked_ms;
};

/* What is known about everything that a launch names. */
struct enrol_known {
    int64_t tenant_id; /* 0: the deployment is unknown */
    struct str tenant_state;
    struct enrol_course course;
    struct enrol_link link;
    struct enrol_person person;
    struct enrol_role role;
    struct enrol_pns pns;
};

/* One read. out->tenant_id stays 0 when the deployment is unknown. */
int enrol_look(struct db *db, struct arena *a, int64_t registration_id,
               struct str deployment_id, struct str context_id, struct str link_id,
               struct str sub, struct enrol_known *out, struct err *e);

/* Each adds or changes one row; adding answers ERR_BUSY when another process was faster,
 * so that db_tx reads again. */
int enrol_course_add(struct db *db, int64_t tenant_id, struct str context_id,
                     const struct enrol_course *c, int64_t now_ms, struct err *e);
int enrol_course_set(struct db *db, int64_t tenant_id, const struct enrol_course *c,
                     struct err *e);
int enrol_link_add(struct db *db, int64_t tenant_id, int64_t course_id,
                   struct str resource_link_id, const struct enrol_link *l,
                   int64_t now_ms, struct err *e);
int enrol_link_set(struct db *db, int64_t tenant_id, const struct enrol_link *l,
                   struct err *e);
int enrol_person_add(struct db *db, int64_t tenant_id, struct str sub,
                     const struct enrol_person *p, int64_t now_ms, struct err *e);
int enrol_person_set(struct db *db, int64_t tenant_id, const struct enrol_person *p,
                     struct err *e);
int enrol_role_set(struct db *db, int64_t tenant_id, int64_t course_id, int64_t person_id,
                   const struct enrol_role *r, int64_t now_ms, struct err *e);

/* Whom a message is about. */
struct enrol_about {
    int64_t person_id; /* 0: not known in this deployment */
    struct str unit;   /* slug of the unit that the column stands for, or empty */
};

/* One read. */
int enrol_about(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                struct str sub, struct str lineitem_url, struct enrol_about *out,
                struct err *e);

/* The access row of the ledger: `launch_key` is what makes this launch one fact. */
int enrol_access(struct db *db, int64_t tenant_id, int64_t evidence_id, int64_t course_id,
                 int64_t person_id, struct str source_key, struct str launch_key,
                 int64_t now_ms, struct err *e);

#endif
