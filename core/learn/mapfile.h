/* mapfile.h: a skill map for a course: check, publish, export. */
#ifndef WAYMARK_LEARN_MAPFILE_H
#define WAYMARK_LEARN_MAPFILE_H

#include "engine/mapdiff.h"
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
    struct str dead_end; /* a counter-example of learn/proving.h in words, or empty */
    struct str unsure;   /* what could be neither proved nor refuted, or empty */
    struct str *shorts;  /* "Fractions: 2 more": skills that can never be mastered as it
                            stands, and how many proofs more they would take */
    size_t shorts_n;
    bool unchanged;      /* this very map is in force already: no new version */
    size_t activities;   /* visible activities of the course */
    size_t linked;       /* of these: linked to a skill */
    struct str *orphans; /* titles of skills that no activity of the course can prove */
    size_t orphans_n;
    bool needs_reason; /* mapfile_put: nothing was changed, because of `orphans` */
    bool has_before;   /* there was a version in force, and `diff` says what changes */
    struct mapdiff diff;
};

/* Check a document without a database. 0 with out->ok telling; -1 only for what is no
 * fault of the document. A dead end is told and leaves it ok. */
int mapfile_check(struct arena *a, struct str document, struct mapfile_result *out,
                  struct err *e);

/* Who puts a map in force, and how. */
struct mapfile_ask {
    struct str document;
    int64_t by_person_id; /* 0: the command line */
    struct str uncovered; /* why, though no activity can prove some skills; or empty */
    /* Why, though it has a dead end (proving.h), which is refused otherwise; kept with
     * what was told (store/proof.h). Inside the caller's transaction a refusal is
     * ERR_INPUT: roll back. */
    struct str even_so;
    bool ask;             /* without those words such a map is not put in force */
    bool dry_run;         /* only work out what would change */
};

/* As mapfile_publish. With `ask` a map that the known activities of the course leave
 * uncovered needs a reason of 1 to MAPFILE_REASON bytes, which is kept with the version;
 * a course whose activities are not known yet needs none. ERR_INPUT: the reason is too
 * long. */
#define MAPFILE_REASON 500
int mapfile_put(struct learn *l, const struct mapfile_ask *ask,
                struct mapfile_result *out, struct err *e);

/* A difference as map_version.diff keeps it, canonical: {"counts": {"added": 2},
 * "rows": [{"kind": "needs", "about": "A", "title": "Skill A", "field": "...", "was":
 * "...", "now": "..."}]}, at most MAPFILE_DIFF rows, of each text the beginning. */
#define MAPFILE_DIFF 100
struct str mapfile_diff_json(struct arena *a, const struct mapdiff *d,
                             const struct skill_map *before, const struct skill_map *now);

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
