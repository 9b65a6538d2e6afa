/* oneroster.h: OneRoster 1.2 (and 1.1) as a zip of tables (1EdTech, CSV binding).
 *
 * Pure reading, row by row. Columns go by their names, in any order; those that are not
 * named here are never handed out, so names of people do not leave this file. A row that
 * cannot be used is listed with its table, line and reason, and the rest goes on. */
#ifndef WAYMARK_FILE_ONEROSTER_H
#define WAYMARK_FILE_ONEROSTER_H

#include "base/vec.h"
#include "file/unzip.h"

#define ONEROSTER_MAX_FAULTS 500   /* told; the others are counted */
#define ONEROSTER_MAX_ROWS 1000000 /* of one table */
#define ONEROSTER_COLUMNS 8        /* of one table, beside sourcedId and its kin */

enum oneroster_file {
    ONEROSTER_ORGS,
    ONEROSTER_SESSIONS,
    ONEROSTER_COURSES,
    ONEROSTER_CLASSES,
    ONEROSTER_USERS,
    ONEROSTER_ROLES,
    ONEROSTER_ENROLLMENTS,
    ONEROSTER_DEMOGRAPHICS,
    ONEROSTER_FILES
};

enum oneroster_mode {
    ONEROSTER_ABSENT,
    ONEROSTER_BULK, /* everything there is: what is not in it has ended */
    ONEROSTER_DELTA /* what changed */
};

/* Where a column stands in oneroster_row.v, by table. */
enum { ORG_NAME, ORG_TYPE, ORG_PARENT };
enum { SESSION_TITLE, SESSION_TYPE, SESSION_START, SESSION_END, SESSION_PARENT };
enum { COURSE_TITLE };
enum { CLASS_TITLE, CLASS_COURSE, CLASS_CODE, CLASS_SCHOOL, CLASS_TERMS };
enum { USER_ENABLED, USER_LOGIN, USER_IDENTIFIER, USER_EMAIL };
enum { ROLE_USER, ROLE_ROLE, ROLE_ORG };
enum { ENROL_CLASS, ENROL_SCHOOL, ENROL_USER, ENROL_ROLE };
/* Of demographics only what an audit asks for: no date and no place of birth. */
enum {
    DEMO_SEX,
    DEMO_INDIGENOUS,
    DEMO_ASIAN,
    DEMO_BLACK,
    DEMO_PACIFIC,
    DEMO_WHITE,
    DEMO_SEVERAL,
    DEMO_HISPANIC,
    DEMO_N
};

struct oneroster_row {
    enum oneroster_file file;
    int64_t line;
    struct str id;       /* sourcedId; of demographics: the user's */
    bool ended;          /* status tobedeleted */
    int64_t changed_ms;  /* dateLastModified, or 0 */
    const struct str *v; /* ONEROSTER_COLUMNS; they die when the callback returns */
};

struct oneroster_fault {
    enum oneroster_file file;
    int64_t line; /* 0: the table as a whole */
    struct str text;
};

struct oneroster {
    struct arena *a;
    struct unzip *zip;
    struct str version; /* "1.2" or "1.1" */
    enum oneroster_mode mode[ONEROSTER_FILES];
    int64_t rows[ONEROSTER_FILES];  /* read so far, good and bad */
    int64_t bad[ONEROSTER_FILES];   /* ... that could not be used */
    bool headless[ONEROSTER_FILES]; /* the table cannot be read: its columns are wrong */
    struct vec faults;              /* struct oneroster_fault */
};

/* Look at manifest.csv. NULL: ERR_INPUT (no manifest, another version, a table that the
 * manifest names is missing) or ERR_LIMIT. */
struct oneroster *oneroster_open(struct arena *a, struct unzip *zip, struct err *e);

/* "orgs.csv" and so on. */
const char *oneroster_name(enum oneroster_file file);

/* The columns of demographics as the standard calls them, by DEMO_SEX and so on. */
const char *oneroster_demographic(size_t column);

typedef int oneroster_fn(void *ctx, const struct oneroster_row *row, struct err *e);

/* Every good row of one table, in its order; an absent one has none. -1: a damaged
 * archive, a limit (it names the table), or what fn set. */
int oneroster_read(struct oneroster *o, enum oneroster_file file, oneroster_fn *fn,
                   void *ctx, struct err *e);

/* One table that is at hand, without an archive; `o` is filled for its faults and counts.
 */
int oneroster_table(struct arena *a, enum oneroster_file file, enum oneroster_mode mode,
                    struct str bytes, oneroster_fn *fn, void *ctx, struct oneroster *o,
                    struct err *e);

/* List a row that turned out to be of no use. */
void oneroster_fault(struct oneroster *o, const struct oneroster_row *row,
                     const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
