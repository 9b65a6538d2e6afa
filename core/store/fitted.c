#include "store/fitted.h"

#include "base/vec.h"
#include "store/stmt.h"

static const char *const kind_names[FITTED_KINDS] = {"bkt", "lkt", "transit", "blend"};

const char *fitted_kind_name(enum fitted_kind k)
{
    return kind_names[k];
}

enum fitted_kind fitted_kind_from(struct str name)
{
    int k = 0;
    while (k < FITTED_KINDS && !str_is(name, kind_names[k]))
        k++;
    return (enum fitted_kind)k;
}

int fitted_add(struct db *db, int64_t tenant_id, const struct fitted_model *m,
               struct err *e)
{
    int64_t n =
        db_do(db, S_FITTED_ADD, e, DB_I(tenant_id), DB_I(m->model_id), DB_T(m->map_code),
              DB_T(str_c(kind_names[m->kind])), DB_T(m->document), DB_T(m->figures),
              DB_I(m->passed), DB_I(m->rows), DB_I(m->persons), DB_I(m->created_ms));
    return n < 0 ? -1 : 0;
}

static struct fitted_model model_of(struct db_rows *r, struct arena *a)
{
    return (struct fitted_model){
        .model_id = db_i64(r, 0),
        .map_code = str_dup(a, db_text(r, 1)),
        .kind = fitted_kind_from(db_text(r, 2)),
        .figures = str_dup(a, db_text(r, 3)),
        .passed = db_i64(r, 4) != 0,
        .rows = db_i64(r, 5),
        .persons = db_i64(r, 6),
        .created_ms = db_i64(r, 7),
    };
}

int fitted_get(struct db *db, struct arena *a, int64_t tenant_id, int64_t model_id,
               struct fitted_model *out, struct err *e)
{
    struct db_rows *r = db_ask(db, S_FITTED_GET, e, DB_I(tenant_id), DB_I(model_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1) {
        *out = model_of(r, a);
        out->document = str_dup(a, db_text(r, 8));
    }
    db_end(r);
    return found;
}

int fitted_list(struct db *db, struct arena *a, int64_t tenant_id, struct str map_code,
                size_t max, struct fitted_model **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct fitted_model));
    struct db_rows *r =
        db_ask(db, S_FITTED_LIST, e, DB_I(tenant_id), DB_T(map_code), DB_I((int64_t)max));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct fitted_model *)vec_push(&v) = model_of(r, a);
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int fitted_of_set(struct db *db, struct arena *a, int64_t tenant_id, int64_t set_id,
                  struct fitted_model out[FITTED_KINDS], struct err *e)
{
    for (int k = 0; k < FITTED_KINDS; k++)
        out[k] = (struct fitted_model){.kind = (enum fitted_kind)k};
    struct db_rows *r = db_ask(db, S_FITTED_OF_SET, e, DB_I(tenant_id), DB_I(set_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1) {
        struct fitted_model m = model_of(r, a);
        if (m.kind == FITTED_KINDS)
            continue; /* a kind of a later version of the program */
        m.document = str_dup(a, db_text(r, 8));
        out[m.kind] = m;
    }
    db_end(r);
    return more;
}

int fitted_set_add(struct db *db, int64_t tenant_id, const struct fitted_set *s,
                   struct err *e)
{
    int64_t n = db_do(db, S_FITTED_SET_ADD, e, DB_I(tenant_id), DB_I(s->set_id),
                      DB_T(s->map_code), DB_I(s->ids[FITTED_BKT]),
                      DB_I(s->ids[FITTED_LKT]), DB_I(s->ids[FITTED_TRANSIT]),
                      DB_I(s->ids[FITTED_BLEND]), DB_T(s->by_whom), DB_I(s->created_ms));
    return n < 0 ? -1 : 0;
}

static int read_set(struct db_rows *r, struct arena *a, struct fitted_set *out,
                    struct err *e)
{
    *out = (struct fitted_set){0};
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1) {
        out->set_id = db_i64(r, 0);
        out->map_code = str_dup(a, db_text(r, 1));
        for (int k = 0; k < FITTED_KINDS; k++)
            out->ids[k] = db_i64(r, 2 + k);
        out->by_whom = str_dup(a, db_text(r, 2 + FITTED_KINDS));
        out->created_ms = db_i64(r, 3 + FITTED_KINDS);
    }
    db_end(r);
    return found;
}

int fitted_set_get(struct db *db, struct arena *a, int64_t tenant_id, int64_t set_id,
                   struct fitted_set *out, struct err *e)
{
    return read_set(db_ask(db, S_FITTED_SET_GET, e, DB_I(tenant_id), DB_I(set_id)), a,
                    out, e);
}

int fitted_set_last(struct db *db, struct arena *a, int64_t tenant_id,
                    struct str map_code, struct fitted_set *out, struct err *e)
{
    return read_set(db_ask(db, S_FITTED_SET_LAST, e, DB_I(tenant_id), DB_T(map_code)), a,
                    out, e);
}

int fitted_courses(struct db *db, struct arena *a, int64_t tenant_id, struct str map_code,
                   int64_t set_id, int64_t **course_ids, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(int64_t));
    struct db_rows *r =
        db_ask(db, S_FITTED_COURSES, e, DB_I(tenant_id), DB_T(map_code), DB_I(set_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(int64_t *)vec_push(&v) = db_i64(r, 0);
    db_end(r);
    *course_ids = v.p;
    *n = v.n;
    return more;
}

int fitted_use(struct db *db, int64_t tenant_id, int64_t course_id, int64_t set_id,
               struct err *e)
{
    int64_t n =
        db_do(db, S_FITTED_USE, e, DB_I(tenant_id), DB_I(course_id), DB_I(set_id));
    return n < 0 ? -1 : 0;
}
