/* migrate.h: the schema, forward only.
 *
 * A folder holds NNNN_name.sql, numbered from 0001 without gaps. A file is applied once,
 * in one transaction, under a lock that two processes starting together respect; its
 * SHA-256 is kept in the table schema_migration. A file that was applied is never edited.
 * Statements end with ";" at the end of a line, and no comment line does. */
#ifndef WAYMARK_DB_MIGRATE_H
#define WAYMARK_DB_MIGRATE_H

#include "db/db.h"

#define MIGRATE_FILE_MAX 1048576 /* bytes of one file */

struct migrate_step {
    int number;
    struct str name;  /* the file's name */
    bool was_applied; /* it stood in the schema before */
};

struct migrate_opt {
    struct str dir;
    bool dry_run;   /* tell what would be done; change nothing */
    int64_t now_ms; /* kept as the time of applying */
    void (*report)(void *ctx,
                   const struct migrate_step *s); /* for each file; may be NULL */
    void *ctx;
};

/* Bring the schema to what `dir` holds. 0, or -1: ERR_NOTFOUND (no such folder, or it is
 * empty), ERR_INPUT (a gap in the numbers, a bad name, a statement that fails: the text
 * names the file), ERR_CONFLICT (the schema is newer than this folder, or an applied file
 * was altered), ERR_BUSY (another process has been migrating for minutes). Files before
 * the failing one stay applied. */
int migrate_run(struct db *db, const struct migrate_opt *opt, struct err *e);

/* Does the schema match `dir` exactly? 0, or -1 with ERR_CONFLICT and a text that says
 * what to do: run `waymark migrate`, or install the newer program. */
int migrate_check(struct db *db, struct str dir, struct err *e);

#endif
