/* mapfile.h: a skill map for a course: check, publish, export. */
#ifndef WAYMARK_LEARN_MAPFILE_H
#define WAYMARK_LEARN_MAPFILE_H

#include "learn/learn.h"

#define MAPFILE_MAX ((size_t)1024 * 1024) /* bytes of a map that comes by a page */

struct mapfile_result {
    bool ok;              /* false: `problems` say why, and nothing was changed */
    struct str *problems; /* sentences for the person who wrote the file */
    size_t problems_n;
    struct str *warnings; /* what deserves a look but breaks nothing */
    size_t warnings_n;
    struct str title;
    struct str about; /* what the map says of itself, or empty */
    struct str map_code;
    size_t skills;
    size_t edges;
    /* after a publish */
    int64_t map_id;
    int64_t version;
    bool unchanged;      /* this very map is in force already: no new version */
    size_t activities;   /* visible activities of the course */
    size_t linked;       /* of these: linked to a skill */
    struct str *orphans; /* titles of skills that no activity of the course can prove */
    size_t orphans_n;
};

/* Check a document without a database. 0 with out->ok telling; -1 only for what is no
 * fault of the document. */
int mapfile_check(struct arena *a, struct str document, struct mapfile_result *out,
                  struct err *e);

/* Check, and publish as the next version in force for the course; make the ties (ties.h);
 * put "recompute.course" in the queue: one transaction, or the
 * caller's. by_person_id 0: the command line. ERR_NOTFOUND: no such course. */
int mapfile_publish(struct learn *l, struct str document, int64_t by_person_id,
                    struct mapfile_result *out, struct err *e);

/* Title and version of the map in force: 1 found, 0 none, -1 error. */
int mapfile_current(struct learn *l, struct str *title, int64_t *version, struct err *e);

/* The document in force: 1 with *document, 0 when the course has no map, -1 error. */
int mapfile_export(struct learn *l, struct str *document, struct err *e);

#endif
