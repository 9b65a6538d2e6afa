#include "db/migrate.h"

#include "base/crypt.h"
#include "db/db_int.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fcntl.h>
#include <sys/stat.h>

#define FILES_MAX 9999
#define ARENA_CAP ((size_t)64 * 1024 * 1024)
#define BUSY_TRIES 24 /* of two waits of busy_ms each: minutes */

struct file {
    struct str name;
    struct str text;
    struct str sha256;
};

struct applied {
    struct str name;
    struct str sha256;
};

/* One run: the folder, and what the schema says. */
struct run {
    struct arena *a;
    struct file *files; /* files[0] is number 1 */
    size_t files_n;
    struct applied *done;
    size_t done_n;
    const struct migrate_opt *opt;
    size_t at; /* the file to apply */
    bool applied_now;
};

/* The folder ------------------------------------------------------------------ */

/* NNNN_name.sql with a number from 1, or 0. */
static int number_of(struct str name)
{
    int64_t n;
    if (name.n < 10 || name.p[4] != '_' || !str_ends(name, STR(".sql")))
        return 0;
    return str_i64(str_sub(name, 0, 4), &n) && n > 0 ? (int)n : 0;
}

static int read_all(struct arena *a, int fd, struct str *out, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > MIGRATE_FILE_MAX)
        return err_set(e, ERR_INPUT, "no file of at most 1 MiB");
    char *p = arena_alloc(a, (size_t)st.st_size + 1);
    size_t n = 0;
    while (n < (size_t)st.st_size) {
        ssize_t got = read(fd, p + n, (size_t)st.st_size - n);
        if (got <= 0)
            return err_set(e, ERR_UNAVAILABLE, "cannot be read");
        n += (size_t)got;
    }
    *out = (struct str){p, n};
    return 0;
}

static int read_file(struct run *r, int dir, const char *name, struct file *out,
                     struct err *e)
{
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(e, ERR_UNAVAILABLE, "migration %s: %s", name, strerror(errno));
    struct err why = {0};
    int rc = read_all(r->a, fd, &out->text, &why);
    close(fd);
    if (rc != 0)
        return err_set(e, why.code, "migration %s: %s", name, why.text);
    out->name = str_dup(r->a, str_c(name));
    out->sha256 = crypt_digest(r->a, out->text);
    return 0;
}

static int take_entry(struct run *r, int dir, const char *name, struct err *e)
{
    int n = number_of(str_c(name));
    if (!str_ends(str_c(name), STR(".sql")))
        return 0; /* a README, an editor's backup */
    if (n == 0)
        return err_set(e, ERR_INPUT, "migration %.80s: the name is not NNNN_name.sql",
                       name);
    struct file *f = &r->files[n - 1];
    if (f->name.n > 0)
        return err_set(e, ERR_INPUT, "migration %.80s: number %04d is there twice", name,
                       n);
    r->files_n = (size_t)n > r->files_n ? (size_t)n : r->files_n;
    return read_file(r, dir, name, f, e);
}

static int read_folder(struct run *r, struct str path, struct err *e)
{
    char *z = str_z(r->a, path);
    DIR *d = z != NULL ? opendir(z) : NULL;
    if (d == NULL)
        return err_set(e, ERR_NOTFOUND, "migrations: no folder %.*s", STR_ARG(path));
    r->files = ARENA_ARRAY(r->a, struct file, FILES_MAX);
    int rc = 0;
    for (struct dirent *x; rc == 0 && (x = readdir(d)) != NULL;)
        rc = take_entry(r, dirfd(d), x->d_name, e);
    closedir(d);
    if (rc != 0)
        return -1;
    if (r->files_n == 0)
        return err_set(e, ERR_NOTFOUND, "migrations: %.*s is empty", STR_ARG(path));
    for (size_t i = 0; i < r->files_n; i++)
        if (r->files[i].name.n == 0)
            return err_set(e, ERR_INPUT, "migrations: number %04zu is missing", i + 1);
    return 0;
}

/* The schema ------------------------------------------------------------------------- */

static int compare(const struct run *r, struct err *e)
{
    if (r->done_n > r->files_n)
        return err_set(e, ERR_CONFLICT,
                       "the schema is newer than this program: it has migration %.*s; "
                       "install the newer program",
                       STR_ARG(r->done[r->files_n].name));
    for (size_t i = 0; i < r->done_n; i++)
        if (!str_eq(r->done[i].sha256, r->files[i].sha256))
            return err_set(e, ERR_CONFLICT,
                           "migration %.*s was altered after it had been applied (as "
                           "%.*s): put the original file back",
                           STR_ARG(r->files[i].name), STR_ARG(r->done[i].name));
    return 0;
}

static int read_applied(struct db *db, struct run *r, struct err *e)
{
    struct db_rows *q = db_ask(db, OWN_MIGRATION_LIST, e);
    if (q == NULL)
        return -1;
    r->done = ARENA_ARRAY(r->a, struct applied, FILES_MAX);
    r->done_n = 0;
    int rc;
    while ((rc = db_next(q, e)) == 1) {
        int64_t n = db_i64(q, 0);
        if (n != (int64_t)r->done_n + 1 || n > FILES_MAX) {
            rc = err_set(e, ERR_CONFLICT, "schema_migration has no row %zu",
                         r->done_n + 1);
            break;
        }
        struct applied *a = &r->done[r->done_n++];
        a->name = str_dup(r->a, db_text(q, 1));
        a->sha256 = str_dup(r->a, db_text(q, 2));
    }
    db_end(q);
    return rc == 0 ? compare(r, e) : -1;
}

/* Two processes that create it in the same moment: PostgreSQL lets one fail. */
static int make_table(struct db *db, struct err *e)
{
    if (db_do(db, OWN_MIGRATION_TABLE, NULL) == 0)
        return 0;
    return db_do(db, OWN_MIGRATION_TABLE, e) < 0 ? -1 : 0;
}

/* Does the schema hold anything? A database that was never migrated has no such table. */
static int see_applied(struct db *db, struct run *r, bool *fresh, struct err *e)
{
    *fresh = false;
    if (read_applied(db, r, e) == 0)
        return 0;
    if (!db->fault.no_table)
        return -1;
    *fresh = true;
    r->done_n = 0;
    err_clear(e);
    return 0;
}

/* Applying --------------------------------------------------------------------------- */

/* The lock comes before the first look: PostgreSQL freezes what a transaction sees there.
 * SQLite has it since BEGIN IMMEDIATE. */
static int lock(struct db *db, struct err *e)
{
    if (db_kind(db) == DB_SQLITE)
        return 0;
    return db_script(db, STR("LOCK TABLE schema_migration IN EXCLUSIVE MODE;"), e);
}

static int apply(struct db *db, void *ctx, struct err *e)
{
    struct run *r = ctx;
    const struct file *f = &r->files[r->at];
    r->applied_now = false;
    if (lock(db, e) != 0 || read_applied(db, r, e) != 0)
        return -1;
    if (r->done_n > r->at)
        return 0; /* another process was faster */
    struct err why = {0};
    if (db_script(db, f->text, &why) != 0)
        return err_set(e, why.code == ERR_INTERNAL ? ERR_INPUT : why.code,
                       "migration %.*s: %.140s", STR_ARG(f->name), why.text);
    int64_t n = db_do(db, OWN_MIGRATION_ADD, e, DB_I((int64_t)r->at + 1), DB_T(f->name),
                      DB_T(f->sha256), DB_I(r->opt->now_ms));
    r->applied_now = true;
    return n == 1 ? 0 : -1;
}

static int apply_one(struct db *db, struct run *r, struct err *e)
{
    int rc = -1;
    for (int i = 0; i < BUSY_TRIES; i++) {
        rc = db_tx(db, DB_WRITE, apply, r, e);
        if (rc == 0 || !db->fault.busy)
            break;
    }
    return rc;
}

static void report(const struct run *r, size_t i, bool was_applied)
{
    struct migrate_step s = {(int)i + 1, r->files[i].name, was_applied};
    if (r->opt->report != NULL)
        r->opt->report(r->opt->ctx, &s);
}

static int apply_all(struct db *db, struct run *r, struct err *e)
{
    bool fresh;
    if (see_applied(db, r, &fresh, e) != 0)
        return -1;
    if (!r->opt->dry_run && make_table(db, e) != 0)
        return -1;
    for (size_t i = 0; i < r->files_n; i++) {
        bool before = i < r->done_n;
        r->at = i;
        if (!before && !r->opt->dry_run) {
            if (apply_one(db, r, e) != 0)
                return -1;
            before = !r->applied_now;
        }
        report(r, i, before);
    }
    return 0;
}

int migrate_run(struct db *db, const struct migrate_opt *opt, struct err *e)
{
    struct run r = {.a = arena_new(ARENA_CAP), .opt = opt};
    int rc = read_folder(&r, opt->dir, e);
    if (rc == 0)
        rc = apply_all(db, &r, e);
    arena_free(r.a);
    return rc;
}

static int check(struct db *db, struct run *r, struct err *e)
{
    bool fresh;
    if (see_applied(db, r, &fresh, e) != 0)
        return -1;
    if (fresh || r->done_n == 0)
        return err_set(e, ERR_CONFLICT, "the database is empty: run `waymark migrate`");
    if (r->done_n < r->files_n)
        return err_set(e, ERR_CONFLICT,
                       "the schema is %zu migrations behind: run `waymark migrate`",
                       r->files_n - r->done_n);
    return 0;
}

int migrate_check(struct db *db, struct str dir, struct err *e)
{
    struct run r = {.a = arena_new(ARENA_CAP)};
    int rc = read_folder(&r, dir, e);
    if (rc == 0)
        rc = check(db, &r, e);
    arena_free(r.a);
    return rc;
}
