#include "store/mapstore.h"

#include "base/vec.h"
#include "store/stmt.h"

#include <stdlib.h>

static int read_map(struct db_rows *r, struct arena *a, struct map_row *out,
                    struct err *e)
{
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1)
        *out = (struct map_row){
            .map_id = db_i64(r, 0),
            .map_code = str_dup(a, db_text(r, 1)),
            .title = str_dup(a, db_text(r, 2)),
            .version = db_i64(r, 3),
            .hash = str_dup(a, db_text(r, 4)),
            .document = str_dup(a, db_text(r, 5)),
            .created_ms = db_i64(r, 6),
            .created_by = db_i64(r, 7),
        };
    db_end(r);
    return found;
}

int mapstore_current(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                     struct map_row *out, struct err *e)
{
    return read_map(db_ask(db, S_MAP_CURRENT, e, DB_I(tenant_id), DB_I(course_id)), a,
                    out, e);
}

int mapstore_get(struct db *db, struct arena *a, int64_t tenant_id, int64_t map_id,
                 struct map_row *out, struct err *e)
{
    return read_map(db_ask(db, S_MAP_GET, e, DB_I(tenant_id), DB_I(map_id)), a, out, e);
}

int mapstore_versions(struct db *db, struct arena *a, int64_t tenant_id,
                      int64_t course_id, int64_t max, struct map_row **rows, size_t *n,
                      struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct map_row));
    struct db_rows *r =
        db_ask(db, S_MAP_VERSIONS, e, DB_I(tenant_id), DB_I(course_id), DB_I(max));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct map_row *)vec_push(&v) = (struct map_row){
            .map_id = db_i64(r, 0),
            .map_code = str_dup(a, db_text(r, 1)),
            .title = str_dup(a, db_text(r, 2)),
            .version = db_i64(r, 3),
            .hash = str_dup(a, db_text(r, 4)),
            .created_ms = db_i64(r, 5),
            .created_by = db_i64(r, 6),
            .uncovered = str_dup(a, db_text(r, 7)),
            .diff = str_dup(a, db_text(r, 8)),
        };
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int64_t mapstore_last(struct db *db, int64_t tenant_id, int64_t course_id, struct err *e)
{
    struct db_rows *r = db_ask(db, S_MAP_LAST, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int64_t last = db_next(r, e) == 1 ? db_i64(r, 0) : -1;
    db_end(r);
    return last;
}

int mapstore_insert(struct db *db, int64_t tenant_id, int64_t course_id,
                    const struct map_row *row, struct err *e)
{
    int64_t n =
        db_do(db, S_MAP_ADD, e, DB_I(tenant_id), DB_I(row->map_id), DB_I(course_id),
              DB_T(row->map_code), DB_T(row->title), DB_I(row->version), DB_T(row->hash),
              DB_T(row->document), DB_I(row->created_ms), DB_I(row->created_by),
              DB_T(row->uncovered), DB_T(row->diff));
    return n < 0 ? -1 : 0;
}

int mapstore_insert_skill(struct db *db, int64_t tenant_id, int64_t map_id,
                          const struct map_skill *row, struct err *e)
{
    int64_t n =
        db_do(db, S_MAP_SKILL_ADD, e, DB_I(tenant_id), DB_I(map_id),
              DB_T(row->skill_code), DB_I(row->ord), DB_T(row->title), DB_T(row->unit),
              DB_T(row->standard), row->replaced_by.n > 0 ? DB_T(row->replaced_by) : DB_N,
              DB_T(row->needs), DB_I(row->target), DB_I(row->minutes), DB_T(row->titles));
    return n < 0 ? -1 : 0;
}

int mapstore_insert_path(struct db *db, int64_t tenant_id, int64_t map_id,
                         const struct map_path *row, struct err *e)
{
    int64_t n =
        db_do(db, S_MAP_PATH_ADD, e, DB_I(tenant_id), DB_I(map_id), DB_T(row->path_code),
              DB_I(row->ord), DB_T(row->title), DB_T(row->titles), DB_T(row->about),
              DB_T(row->kind), DB_T(row->goals));
    return n < 0 ? -1 : 0;
}

static int order_link(const void *x, const void *y)
{
    const struct map_link *p = x, *q = y;
    if (p->activity_id != q->activity_id)
        return p->activity_id < q->activity_id ? -1 : 1;
    int c = str_cmp(p->item, q->item);
    return c != 0 ? c : str_cmp(p->skill_code, q->skill_code);
}

int mapstore_links(struct db *db, struct arena *a, int64_t tenant_id, int64_t map_id,
                   struct map_link **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct map_link));
    struct db_rows *r = db_ask(db, S_MAP_LINKS, e, DB_I(tenant_id), DB_I(map_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct map_link *)vec_push(&v) = (struct map_link){
            .activity_id = db_i64(r, 0),
            .item = str_dup(a, db_text(r, 1)),
            .skill_code = str_dup(a, db_text(r, 2)),
            .weight = db_f64(r, 3),
            .chosen = db_i64(r, 4) != 0,
        };
    db_end(r);
    if (v.n > 1)
        qsort(v.p, v.n, v.size, order_link);
    *rows = v.p;
    *n = v.n;
    return more;
}

int mapstore_put_link(struct db *db, int64_t tenant_id, int64_t map_id,
                      const struct map_link *row, struct err *e)
{
    int64_t n = db_do(db, S_MAP_LINK_PUT, e, DB_I(tenant_id), DB_I(map_id),
                      DB_I(row->activity_id), DB_T(row->item), DB_T(row->skill_code),
                      DB_F(row->weight), DB_I(row->chosen));
    return n < 0 ? -1 : 0;
}

int mapstore_drop_link(struct db *db, int64_t tenant_id, int64_t map_id,
                       const struct map_link *row, struct err *e)
{
    int64_t n = db_do(db, S_MAP_LINK_DROP, e, DB_I(tenant_id), DB_I(map_id),
                      DB_I(row->activity_id), DB_T(row->item), DB_T(row->skill_code));
    return n < 0 ? -1 : 0;
}

int mapstore_put_in_force(struct db *db, int64_t tenant_id, int64_t course_id,
                          int64_t map_id, struct err *e)
{
    int64_t n =
        db_do(db, S_MAP_IN_FORCE, e, DB_I(tenant_id), DB_I(course_id), DB_I(map_id));
    if (n == 0)
        return err_set(e, ERR_NOTFOUND, "there is no such course");
    return n < 0 ? -1 : 0;
}

static int read_rules(struct db_rows *r, struct arena *a, struct map_rules *out,
                      struct err *e)
{
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1)
        *out = (struct map_rules){.version = str_dup(a, db_text(r, 0)),
                                  .document = str_dup(a, db_text(r, 1))};
    db_end(r);
    return found;
}

int mapstore_rules_current(struct db *db, struct arena *a, int64_t tenant_id,
                           int64_t course_id, struct map_rules *out, struct err *e)
{
    return read_rules(db_ask(db, S_RULES_CURRENT, e, DB_I(tenant_id), DB_I(course_id)), a,
                      out, e);
}

int mapstore_rules_newest(struct db *db, struct arena *a, struct map_rules *out,
                          struct err *e)
{
    return read_rules(db_query(db, S_RULES_NEWEST, NULL, 0, e), a, out, e);
}

int mapstore_rules_get(struct db *db, struct arena *a, struct str version,
                       struct map_rules *out, struct err *e)
{
    return read_rules(db_ask(db, S_RULES_GET, e, DB_T(version)), a, out, e);
}

int mapstore_rules_put(struct db *db, const struct map_rules *r, int64_t now_ms,
                       struct err *e)
{
    int64_t n =
        db_do(db, S_RULES_PUT, e, DB_T(r->version), DB_T(r->document), DB_I(now_ms));
    return n < 0 ? -1 : 0;
}
