/* import.h: grade files that people hand in: what was looked at, taken in, taken back.
 * The file itself is kept sealed, until it was taken in or its day is over. */
#ifndef WAYMARK_STORE_IMPORT_H
#define WAYMARK_STORE_IMPORT_H

#include "base/env.h"
#include "base/keyring.h"
#include "db/db.h"

struct import_run {
    int64_t id;
    int64_t course_id;
    int64_t by_person_id; /* 0: the command line */
    struct str form;      /* moodle, canvas, plain; empty: to be guessed */
    struct str file_name;
    struct str file_hash;
    struct str document; /* the file; empty when it is kept no longer */
    struct str choices;  /* JSON (learn/importplan.h) */
    bool strict;         /* all of it or nothing */
    struct str state;    /* preview, taking, done, refused, undoing, undone */
    struct str counts;   /* JSON (learn/import.h) */
    int64_t observed_ms;
    int64_t created_ms;
    int64_t changed_ms;
};

/* Keep a file to be looked at: sets id, file_hash and the times; state is "preview". */
int import_run_add(struct db *db, struct env *env, struct arena *a,
                   const struct keyring *keys, int64_t tenant_id, struct import_run *run,
                   struct err *e);

/* 1 found, 0 there is none, -1. */
int import_run_get(struct db *db, struct arena *a, const struct keyring *keys,
                   int64_t tenant_id, int64_t id, struct import_run *out, struct err *e);

/* Where an import of that id is, for administrators: 1, 0 or -1. */
int import_run_where(struct db *db, int64_t id, int64_t *tenant_id, int64_t *course_id,
                     struct err *e);

/* The latest first, without the files. */
int import_run_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                    int64_t limit, struct import_run **rows, size_t *n, struct err *e);

/* What somebody said of a file that waits. */
int import_run_choose(struct db *db, int64_t tenant_id, const struct import_run *run,
                      struct err *e);

/* From one state to another: 1, or 0 when it was in none such. */
int import_run_move(struct db *db, int64_t tenant_id, int64_t id, const char *from,
                    const char *to, int64_t now_ms, struct err *e);

/* The end of taking in or back: state, counts, form and observed_ms; the file goes. */
int import_run_finish(struct db *db, int64_t tenant_id, const struct import_run *run,
                      int64_t now_ms, struct err *e);

/* Forget a file that was only looked at. */
int import_run_drop(struct db *db, int64_t tenant_id, int64_t id, struct err *e);

/* When the grades of that very file were so, if it was taken in before; else 0. */
int import_run_same(struct db *db, int64_t tenant_id, int64_t course_id, struct str hash,
                    int64_t *observed_ms, struct err *e);

/* Rows of the ledger with that actor ("import:ID"), and how many of them corrected. */
int import_run_wrote(struct db *db, int64_t tenant_id, int64_t course_id,
                     struct str actor, int64_t *rows, int64_t *corrected, struct err *e);

/* Imports of the course that were taken back. */
int import_run_undone(struct db *db, struct arena *a, int64_t tenant_id,
                      int64_t course_id, int64_t **ids, size_t *n, struct err *e);

/* Forget files that nobody took in, and those whose taking in was begun before
 * `before_ms` and never ended: such a run is done where it wrote something, else refused.
 * Number of rows, or -1. */
int64_t import_run_purge(struct db *db, int64_t before_ms, struct err *e);

#endif
