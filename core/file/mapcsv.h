/* mapcsv.h: a skill map as tables: one of skills, or one of prerequisites alone.
 *
 * Skills: a row each. Columns by name, in any order: code and title; unit, standard,
 * minutes, hard, any, soft, replaces, and title:LANG for other languages. In a cell of
 * several codes they are separated by blanks, commas or semicolons; "A@working" asks for
 * a level, and the members of a group of `any` are joined by "|": "A|B C|D@working".
 * Prerequisites: columns skill and requires, and where wanted kind (hard, soft, any),
 * group (a number or word, of `any`) and level.
 *
 * A row that cannot be used is told with its line and left out; the caller decides. */
#ifndef WAYMARK_FILE_MAPCSV_H
#define WAYMARK_FILE_MAPCSV_H

#include "base/err.h"
#include "base/str.h"

#define MAPCSV_MAX_BYTES ((int64_t)16 << 20)
#define MAPCSV_MAX_SKILLS 20000
#define MAPCSV_MAX_EDGES 400000
#define MAPCSV_MAX_FAULTS 200 /* told; the others are counted */
#define MAPCSV_MAX_LANGUAGES 16

struct mapcsv_need {
    struct str on;    /* a code */
    struct str level; /* or empty */
    int32_t any;      /* 0: by itself; else a number of the group, from 1 */
    bool hard;
    int64_t line;
};

struct mapcsv_skill {
    struct str code; /* as written; whether it may be one is the map's business */
    struct str title;
    struct str unit, standard; /* or empty */
    int64_t minutes;           /* 0: not said */
    struct str *replaces;
    size_t replaces_n;
    struct str titles[MAPCSV_MAX_LANGUAGES]; /* by column of mapcsv.languages */
    struct mapcsv_need *needs;
    size_t needs_n;
    int64_t line;
};

struct mapcsv_fault {
    int64_t line;
    struct str text;
};

struct mapcsv {
    bool edges_only; /* a table of prerequisites: codes are all that is known of skills */
    struct mapcsv_skill *skills; /* in the order of the file, of edges by appearance */
    size_t skills_n;
    size_t edges_n;
    size_t repeated_n; /* rows that say again what stands above them: nothing is lost */
    struct str languages[MAPCSV_MAX_LANGUAGES];
    size_t languages_n;
    struct mapcsv_fault *faults;
    size_t faults_n;   /* at most MAPCSV_MAX_FAULTS */
    size_t left_out_n; /* rows that could not be used */
};

/* -1: ERR_INPUT (no such columns, nothing in it) or ERR_LIMIT. */
int mapcsv_read(struct arena *a, struct str text, struct mapcsv *out, struct err *e);

/* The tables again: of skills, or of prerequisites alone. What a spreadsheet would take
 * for a formula gets an apostrophe in front, which mapcsv_read takes off. */
struct str mapcsv_write(struct arena *a, const struct mapcsv *m, bool edges_only);

#endif
