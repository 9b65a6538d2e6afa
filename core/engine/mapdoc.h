/* mapdoc.h: a skill map as a JSON document (config/maps/README.md shows the form).
 *
 * Strict: an unknown member, a wrong type, a number out of range, a code used twice, an
 * unknown reference or a cycle is an error with its path and reason; all of them are
 * reported, not only the first. What deserves a look but breaks nothing is a warning. */
#ifndef WAYMARK_ENGINE_MAPDOC_H
#define WAYMARK_ENGINE_MAPDOC_H

#include "engine/skill.h"

#define MAPDOC_MAX_BYTES (8u * 1024 * 1024)
#define MAPDOC_MAX_SKILLS 5000
#define MAPDOC_MAX_NEEDS 64 /* of one skill; hard with groups, soft by itself */
#define MAPDOC_MAX_LEVELS 12
#define MAPDOC_MAX_PATHS 100
#define MAPDOC_MAX_REPLACES 64 /* of one skill */
#define MAPDOC_MAX_RULES 2000
#define MAPDOC_MAX_TELLS 400 /* of one rule */
#define MAPDOC_MAX_PROBLEMS 100

struct mapdoc_problem {
    bool fatal;
    const char *id;  /* message id, such as "map.cycle" */
    struct str path; /* such as "skills[3].hard[0]" */
    struct str text; /* plain English, names what is wrong */
};

/* How well activities cover the skills. A skill is reachable when it has an activity
 * itself and so has everything that it needs. */
struct mapdoc_coverage {
    size_t skill_n;
    size_t with_any;      /* skills that at least one activity (or material) is tied to */
    size_t with_evidence; /* skills that at least one activity can prove */
    size_t with_three; /* skills that three or more questions or activities can prove */
};

struct mapdoc_report {
    struct mapdoc_problem *problems; /* in document order; at most MAPDOC_MAX_PROBLEMS */
    size_t problem_n;
    size_t fatal_n;
    size_t warning_n;
    struct mapdoc_coverage coverage; /* filled when there is no fatal problem */
};

/* Read and check a document. NULL with ERR_INPUT or ERR_LIMIT when it cannot be used; the
 * report then says why. The map and the report live in `a`. `report` may be NULL. */
struct skill_map *mapdoc_parse(struct arena *a, struct str json,
                               struct mapdoc_report *report, struct err *e);

/* The document again, in one fixed form: members sorted, defaults written out, compact.
 * Parsing it gives an equal map, and the same bytes when written once more. */
struct str mapdoc_write(struct arena *a, const struct skill_map *m);

/* hex(SHA-256) of mapdoc_write: two maps with one hash are the same map. */
struct str mapdoc_hash(struct arena *a, const struct skill_map *m);

#endif
