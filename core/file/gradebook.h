/* gradebook.h: a grade book as Moodle and Canvas export it (CSV), or a plain one.
 *
 *   Moodle  First name, Last name, ID number, ..., "Quiz: Quiz 1 (Real)", "(Percentage)",
 *           "(Letter)", "(Feedback)", "Course total (Real)", "Last downloaded from this
 *           course" (a Unix time). Other languages are told by what the cells hold.
 *   Canvas  Student, ID, SIS User ID, SIS Login ID, Section, "Title (12345)"; the rows
 *           "Manual Posting" and "    Points Possible"; columns of totals "(read only)".
 *   plain   id, email, name, ... and one column an activity: "Title [maximum]".
 *
 * What a column is, is only a proposal: a person may choose otherwise. A cell that is
 * empty, "-" or "N/A" has no grade, which is never zero; "EX" excuses. Pure. */
#ifndef WAYMARK_FILE_GRADEBOOK_H
#define WAYMARK_FILE_GRADEBOOK_H

#include "base/err.h"
#include "base/str.h"

#define GRADEBOOK_BYTES ((int64_t)16 << 20)
#define GRADEBOOK_ROWS 20000
#define GRADEBOOK_COLUMNS 1000
#define GRADEBOOK_CELLS 1000000
#define GRADEBOOK_PROBLEMS 1000 /* lines that cannot be read; the rest is only counted */

enum gradebook_form {
    GRADEBOOK_GUESS,
    GRADEBOOK_MOODLE,
    GRADEBOOK_CANVAS,
    GRADEBOOK_PLAIN
};

/* What a column holds. */
enum gradebook_use {
    GRADEBOOK_NOTHING, /* `why` says why it is left out */
    GRADEBOOK_ID,      /* the LMS's own id of the person */
    GRADEBOOK_NUMBER,  /* the school's number */
    GRADEBOOK_EMAIL,
    GRADEBOOK_LOGIN,
    GRADEBOOK_NAME, /* the whole name */
    GRADEBOOK_FIRST,
    GRADEBOOK_LAST,
    GRADEBOOK_TIME,    /* when the file was made */
    GRADEBOOK_POINTS,  /* grades in points */
    GRADEBOOK_PERCENT, /* grades in percent */
};

struct gradebook_column {
    struct str header; /* as in the file */
    enum gradebook_use use;
    const char
        *why; /* of GRADEBOOK_NOTHING: total, letter, feedback, text, empty, other */
    struct str
        title;      /* of a grade: the activity's title, with the kind in front if told */
    struct str key; /* Canvas: the assignment's id, or empty */
    bool named;     /* of a grade: surely an activity, no total that somebody named */
    bool has_maximum;
    double maximum;
};

struct gradebook_row {
    int64_t line;
    const struct str *cells; /* as many as there are columns, trimmed */
};

struct gradebook_problem {
    int64_t line;
    const char *why; /* in words */
};

struct gradebook {
    enum gradebook_form form;
    const char *encoding; /* of the file: csv_encoding */
    char separator;
    bool comma;          /* numbers have a decimal comma */
    int64_t exported_ms; /* the time that the file tells, or 0 */
    struct gradebook_column *columns;
    size_t columns_n;
    struct gradebook_row *rows;
    size_t rows_n;
    struct gradebook_problem *problems; /* lines that cannot be read, in order */
    size_t problems_n, problems_all;
};

/* "moodle", "canvas", "plain"; GRADEBOOK_GUESS for anything else, and "" for that. */
enum gradebook_form gradebook_form_from(struct str name);
const char *gradebook_form_name(enum gradebook_form f);

/* "points", "email", ...; the use of that name, or GRADEBOOK_NOTHING. */
const char *gradebook_use_name(enum gradebook_use u);
enum gradebook_use gradebook_use_from(struct str name);

/* Read a file. Rows that cannot be read are listed; ERR_INPUT: there is no header, or
 * nobody in it; ERR_LIMIT. `bytes` need not outlive it. */
int gradebook_read(struct arena *a, struct str bytes, enum gradebook_form form,
                   struct gradebook *out, struct err *e);

/* What a cell says. */
enum gradebook_cell {
    GRADEBOOK_BLANK,
    GRADEBOOK_EXCUSED,
    GRADEBOOK_GRADE, /* *value is set; a percent sign is left out */
    GRADEBOOK_WRONG  /* no number */
};

enum gradebook_cell gradebook_value(const struct gradebook *g, struct str cell,
                                    double *value);

#endif
