/* mapstore.h: published skill maps. Rows of a version are written once and never changed;
 * a new version is a new set of rows. Only links from activities change later: when the
 * catalogue grows, and as teachers say. */
#ifndef WAYMARK_STORE_MAPSTORE_H
#define WAYMARK_STORE_MAPSTORE_H

#include "db/db.h"

struct map_row {
    int64_t map_id;
    struct str map_code;
    struct str title;
    int64_t version; /* 1, 2 ... within a course */
    struct str hash; /* hex SHA-256 of the document */
    struct str document;
    int64_t created_ms;
    int64_t created_by;   /* person, or 0 for the command line */
    struct str uncovered; /* why it is in force though skills lack activities, or empty;
                             only mapstore_versions reads it */
    struct str diff;      /* JSON object: what it changed, or empty; the same */
};

struct map_skill {
    struct str skill_code;
    int64_t ord;
    struct str title;
    struct str unit;
    struct str standard;
    struct str replaced_by; /* empty: none */
    struct str needs;       /* JSON array: as skill_wants_json (engine) writes it */
    bool target;            /* one of the course's aims */
    int64_t minutes;        /* of one sitting */
    struct str titles;      /* JSON object: in other languages; or empty */
};

struct map_path {
    struct str path_code;
    int64_t ord; /* 0: everybody's who did not choose */
    struct str title;
    struct str titles; /* JSON object, or empty */
    struct str about;  /* or empty */
    struct str kind;   /* course, role, career */
    struct str goals;  /* JSON array: codes, or {skill, level} */
};

struct map_link {
    int64_t activity_id;
    struct str item; /* question slot, or empty for the whole activity */
    struct str skill_code;
    double weight;
    bool chosen; /* by a person; else by the map's match rules */
};

/* The version in force: 1 found, 0 none, -1 error. */
int mapstore_current(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                     struct map_row *out, struct err *e);

/* A version by its id: 1 found, 0 none, -1 error. */
int mapstore_get(struct db *db, struct arena *a, int64_t tenant_id, int64_t map_id,
                 struct map_row *out, struct err *e);

/* The newest versions of a course, newest first, at most `max`, without their documents.
 * One read. */
int mapstore_versions(struct db *db, struct arena *a, int64_t tenant_id,
                      int64_t course_id, int64_t max, struct map_row **rows, size_t *n,
                      struct err *e);

/* The highest version number of a course, 0 when there is none, -1 on error. */
int64_t mapstore_last(struct db *db, int64_t tenant_id, int64_t course_id, struct err *e);

int mapstore_insert(struct db *db, int64_t tenant_id, int64_t course_id,
                    const struct map_row *row, struct err *e);
int mapstore_insert_skill(struct db *db, int64_t tenant_id, int64_t map_id,
                          const struct map_skill *row, struct err *e);

int mapstore_insert_path(struct db *db, int64_t tenant_id, int64_t map_id,
                         const struct map_path *row, struct err *e);

/* Links of a version, ordered by activity, item, skill. One read. */
int mapstore_links(struct db *db, struct arena *a, int64_t tenant_id, int64_t map_id,
                   struct map_link **rows, size_t *n, struct err *e);

/* Only ties_apply (learn/ties.h) writes links. */
int mapstore_put_link(struct db *db, int64_t tenant_id, int64_t map_id,
                      const struct map_link *row, struct err *e);
int mapstore_drop_link(struct db *db, int64_t tenant_id, int64_t map_id,
                       const struct map_link *row, struct err *e);

/* Put a version in force for its course. ERR_NOTFOUND: no such course. */
int mapstore_put_in_force(struct db *db, int64_t tenant_id, int64_t course_id,
                          int64_t map_id, struct err *e);

/* A set of early-warning rules, by the hash of its document. */
struct map_rules {
    struct str version;
    struct str document;
};

/* The set in force for a course: its own, or else the newest of the installation. 1
 * found, 0 none, -1 error. */
int mapstore_rules_current(struct db *db, struct arena *a, int64_t tenant_id,
                           int64_t course_id, struct map_rules *out, struct err *e);

/* 1 found, 0 none, -1 error. */
int mapstore_rules_get(struct db *db, struct arena *a, struct str version,
                       struct map_rules *out, struct err *e);

/* The newest set of the installation. 1 found, 0 none, -1 error. */
int mapstore_rules_newest(struct db *db, struct arena *a, struct map_rules *out,
                          struct err *e);

/* Make a set the installation's newest; a set that is there already is moved to now. */
int mapstore_rules_put(struct db *db, const struct map_rules *r, int64_t now_ms,
                       struct err *e);

#endif
