/* openlook.h: what teachers see of openings: the list, and for one of them everybody:
 * who is in, who would be let in, who is near and what they miss (the dry run; nothing is
 * written but who looked). A fixed number of reads for one opening. */
#ifndef WAYMARK_LEARN_OPENLOOK_H
#define WAYMARK_LEARN_OPENLOOK_H

#include "learn/openings.h"
#include "learn/units.h"

#define OPENLOOK_NEAR 1 /* so many skills short is near */

/* How somebody stands, in the order in which pages tell it. */
enum openlook_stand {
    OPENLOOK_CLOSED_THERE, /* open here, but somebody shut it in the LMS */
    OPENLOOK_FAILED,       /* the LMS does not take them */
    OPENLOOK_WAITING,      /* on the way to the LMS */
    OPENLOOK_NOW,          /* would be let in by the next working out */
    OPENLOOK_NEAR_IT,
    OPENLOOK_FAR,
    OPENLOOK_OPEN,
    OPENLOOK_SEEN,   /* somebody opened it in the LMS */
    OPENLOOK_CLOSED, /* a person shut it here */
    OPENLOOK_STANDS
};
const char *openlook_word(enum openlook_stand stand);

struct openlook_row {
    struct opening o;
    struct str unit_title;           /* empty: the unit is not in the map any more */
    int64_t skills;                  /* in the unit */
    int64_t counts[OPENLOOK_STANDS]; /* the list: those with a row alone */
    struct str column; /* address of the unit's gate column in the LMS, or empty */
};

/* What could open: an activity of the catalogue, by its key in the LMS. */
struct openlook_target {
    struct str key;
    struct str title;
    struct str kind;
};

struct openlook_list {
    struct str course_title;
    bool has_map;
    struct openlook_row *rows;
    size_t n;
    struct units_row *units;
    size_t units_n;
    struct openlook_target *targets;
    size_t targets_n;
};

/* by_person_id 0: nobody looks (the command line). */
int openlook_list(struct learn *l, int64_t by_person_id, struct openlook_list *out,
                  struct err *e);

struct openlook_who {
    int64_t person_id;
    struct str name;
    enum openlook_stand stand;
    int64_t percent;
    int64_t needs;       /* skills that are still to be mastered; 0: it is reached */
    struct str *missing; /* titles of the unit's skills that are not mastered */
    size_t missing_n;
    bool active;                         /* in the course */
    const struct opening_member *member; /* NULL: no row */
    struct str by_name;                  /* who opened or shut it by hand, or empty */
    size_t evidence_n;
};

struct openlook {
    struct str course_title;
    struct openlook_row row;  /* counts are of everybody */
    struct openlook_who *who; /* by stand, then by name */
    size_t who_n;
};

/* 1, 0 there is none of that id in the course, -1. */
int openlook_read(struct learn *l, int64_t opening_id, int64_t by_person_id,
                  struct openlook *out, struct err *e);

/* For a person's page: how the active openings stand for them. Two reads. */
struct openlook_of {
    struct opening o;
    struct str unit_title;
    enum openlook_stand stand; /* OPENLOOK_FAR: no row */
};
int openlook_of(struct learn *l, int64_t person_id, struct openlook_of **rows, size_t *n,
                struct err *e);

#endif
