#include "store/import.h"

#include "base/log.h"
#include "base/vec.h"
#include "store/stmt.h"

static struct str place(struct arena *a, int64_t tenant_id, int64_t id)
{
    return str_fmt(a, "import_run/%lld/%lld/document", (long long)tenant_id,
                   (long long)id);
}

int import_run_add(struct db *db, struct env *env, struct arena *a,
                   const struct keyring *keys, int64_t tenant_id, struct import_run *run,
                   struct err *e)
{
    struct str sealed;
    run->id = env_id(env);
    run->created_ms = run->changed_ms = env_now_ms(env);
    run->state = STR("preview");
    run->file_hash = crypt_digest(a, run->document);
    if (crypt_seal(a, env, keys->seal, place(a, tenant_id, run->id), run->document,
                   &sealed, e) != 0)
        return -1;
    int64_t n =
        db_do(db, S_IMPORT_ADD, e, DB_I(tenant_id), DB_I(run->id), DB_I(run->course_id),
              DB_I(run->by_person_id), DB_T(run->form), DB_T(run->file_name),
              DB_T(run->file_hash), DB_T(sealed),
              DB_T(run->choices.n > 0 ? run->choices : STR("{}")), DB_I(run->strict),
              DB_T(run->counts.n > 0 ? run->counts : STR("{}")), DB_I(run->observed_ms),
              DB_I(run->created_ms));
    return n < 0 ? -1 : 0;
}

static struct import_run row_read(struct db_rows *r, struct arena *a)
{
    return (struct import_run){
        .id = db_i64(r, 0),
        .course_id = db_i64(r, 1),
        .by_person_id = db_i64(r, 2),
        .form = str_dup(a, db_text(r, 3)),
        .file_name = str_dup(a, db_text(r, 4)),
        .file_hash = str_dup(a, db_text(r, 5)),
        .document = STR_EMPTY,
        .choices = str_dup(a, db_text(r, 6)),
        .strict = db_i64(r, 7) != 0,
        .state = str_dup(a, db_text(r, 8)),
        .counts = str_dup(a, db_text(r, 9)),
        .observed_ms = db_i64(r, 10),
        .created_ms = db_i64(r, 11),
        .changed_ms = db_i64(r, 12),
    };
}

int import_run_get(struct db *db, struct arena *a, const struct keyring *keys,
                   int64_t tenant_id, int64_t id, struct import_run *out, struct err *e)
{
    struct err own = {0};
    struct db_rows *r = db_ask(db, S_IMPORT_GET, e, DB_I(tenant_id), DB_I(id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1) {
        *out = row_read(r, a);
        if (!db_null(r, 13) && keys != NULL &&
            crypt_open(a, keys->seal, place(a, tenant_id, id), db_text(r, 13),
                       &out->document, &own) != 0)
            log_err(LOG_ERROR, "import.sealed", &own);
    }
    db_end(r);
    return found;
}

int import_run_where(struct db *db, int64_t id, int64_t *tenant_id, int64_t *course_id,
                     struct err *e)
{
    struct db_rows *r = db_ask(db, S_IMPORT_BY_ID, e, DB_I(id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    *tenant_id = found == 1 ? db_i64(r, 0) : 0;
    *course_id = found == 1 ? db_i64(r, 1) : 0;
    db_end(r);
    return found;
}

int import_run_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                    int64_t limit, struct import_run **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct import_run));
    struct db_rows *r =
        db_ask(db, S_IMPORT_LIST, e, DB_I(tenant_id), DB_I(course_id), DB_I(limit));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct import_run *)vec_push(&v) = row_read(r, a);
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int import_run_choose(struct db *db, int64_t tenant_id, const struct import_run *run,
                      struct err *e)
{
    int64_t n = db_do(db, S_IMPORT_CHOOSE, e, DB_I(tenant_id), DB_I(run->id),
                      DB_T(run->choices), DB_T(run->form), DB_I(run->strict));
    return n < 0 ? -1 : 0;
}

int import_run_move(struct db *db, int64_t tenant_id, int64_t id, const char *from,
                    const char *to, int64_t now_ms, struct err *e)
{
    int64_t n = db_do(db, S_IMPORT_MOVE, e, DB_I(tenant_id), DB_I(id), DB_T(str_c(from)),
                      DB_T(str_c(to)), DB_I(now_ms));
    return n < 0 ? -1 : n > 0;
}

int import_run_finish(struct db *db, int64_t tenant_id, const struct import_run *run,
                      int64_t now_ms, struct err *e)
{
    int64_t n =
        db_do(db, S_IMPORT_FINISH, e, DB_I(tenant_id), DB_I(run->id), DB_T(run->state),
              DB_T(run->counts), DB_I(run->observed_ms), DB_I(now_ms), DB_T(run->form));
    return n < 0 ? -1 : 0;
}

int import_run_drop(struct db *db, int64_t tenant_id, int64_t id, struct err *e)
{
    return db_do(db, S_IMPORT_DROP, e, DB_I(tenant_id), DB_I(id)) < 0 ? -1 : 0;
}

int import_run_same(struct db *db, int64_t tenant_id, int64_t course_id, struct str hash,
                    int64_t *observed_ms, struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_IMPORT_SAME, e, DB_I(tenant_id), DB_I(course_id), DB_T(hash));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    *observed_ms = found == 1 ? db_i64(r, 0) : 0;
    db_end(r);
    return found < 0 ? -1 : 0;
}

int import_run_wrote(struct db *db, int64_t tenant_id, int64_t course_id,
                     struct str actor, int64_t *rows, int64_t *corrected, struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_IMPORT_WROTE, e, DB_I(tenant_id), DB_I(course_id), DB_T(actor));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    *rows = found == 1 ? db_i64(r, 0) : 0;
    *corrected = found == 1 ? db_i64(r, 1) : 0;
    db_end(r);
    return found < 0 ? -1 : 0;
}

int import_run_undone(struct db *db, struct arena *a, int64_t tenant_id,
                      int64_t course_id, int64_t **ids, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(int64_t));
    struct db_rows *r = db_ask(db, S_IMPORT_UNDONE, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(int64_t *)vec_push(&v) = db_i64(r, 0);
    db_end(r);
    *ids = v.p;
    *n = v.n;
    return more;
}

int64_t import_run_purge(struct db *db, int64_t before_ms, struct err *e)
{
    int64_t purged = db_do(db, S_IMPORT_PURGE, e, DB_I(before_ms));
    if (purged < 0)
        return -1;
    int64_t ended = db_do(db, S_IMPORT_ABANDON, e, DB_I(before_ms),
                          DB_T(STR("{\"error\":\"it was not finished within a day\"}")));
    return ended < 0 ? -1 : purged + ended;
}
