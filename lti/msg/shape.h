/* shape.h: does a JSON value have the shape that a specification asks for? Tables of
 * members and small checks; the first fault is kept with its place, such as
 * "result.score.scaled: is not between -1 and 1". Pure. For xapi.c and caliper.c. */
#ifndef WAYMARK_MSG_SHAPE_H
#define WAYMARK_MSG_SHAPE_H

#include "base/js.h"

#define SHAPE_PLACE_N 160
#define SHAPE_WHY_N 160

struct shape {
    int level;                 /* of the specification, for SHAPE_FROM_2 */
    char place[SHAPE_PLACE_N]; /* where the walk is */
    size_t place_n;
    bool failed;
    char at[SHAPE_PLACE_N]; /* where the fault is; empty: the whole */
    char why[SHAPE_WHY_N];  /* words that go on from there: "is no IRI" */
};

/* 0, or -1 after shape_fail. */
typedef int shape_fn(struct shape *s, const struct js *v);

enum shape_flag {
    SHAPE_MUST = 1,   /* may not be absent */
    SHAPE_FROM_2 = 2, /* unknown below level 2 */
};

struct shape_member {
    const char *name;
    shape_fn *fn;
    unsigned flags;
};

/* Keep the first fault, here. Returns -1. */
int shape_fail(struct shape *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Check `v` as the member `name`, or the element `i`, of where the walk is. */
int shape_in(struct shape *s, const char *name, shape_fn *fn, const struct js *v);
int shape_at(struct shape *s, size_t i, shape_fn *fn, const struct js *v);

/* An object with these members and no others, none of them null. At most 32 rows. */
int shape_object(struct shape *s, const struct js *v, const struct shape_member *table,
                 size_t n);

/* The same, but members that the table lacks are left alone, and null is absent. */
int shape_open_object(struct shape *s, const struct js *v,
                      const struct shape_member *table, size_t n);

#define SHAPE_OBJECT(s, v, table)                                                        \
    shape_object((s), (v), (table), sizeof(table) / sizeof(table)[0])
#define SHAPE_OPEN(s, v, table)                                                          \
    shape_open_object((s), (v), (table), sizeof(table) / sizeof(table)[0])

/* An array, each element by `fn`. */
int shape_array(struct shape *s, const struct js *v, shape_fn *fn);

/* One of the words of a NULL-ended list. */
int shape_word(struct shape *s, const struct js *v, const char *const *words);

/* An object whose keys are IRIs and whose values are checked by `fn` (NULL: anything). */
int shape_by_iri(struct shape *s, const struct js *v, shape_fn *fn);

/* An object of language tags and texts. */
shape_fn shape_languages;

shape_fn shape_any;    /* but null, when it is a member */
shape_fn shape_text;   /* a string, also an empty one */
shape_fn shape_filled; /* a string that is not empty */
shape_fn shape_bool;
shape_fn shape_number;
shape_fn shape_count;    /* a whole number, not below 0 */
shape_fn shape_iri;      /* with a scheme, without blanks */
shape_fn shape_uuid;     /* RFC 4122, any version */
shape_fn shape_time;     /* ISO 8601 with a zone; "-00:00" says that nobody knows it */
shape_fn shape_duration; /* ISO 8601 */
shape_fn shape_language; /* a tag of RFC 5646 */

bool shape_is_iri(struct str t);
bool shape_is_uuid(struct str t);

/* The first member name below `v` that speaks of measuring bodies (eyes, faces, pulse,
 * voice), in `out`; false: none. Names are looked at word by word. */
bool shape_biometric(const struct js *v, struct str *out);

#endif
