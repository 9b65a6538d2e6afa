#include "store/course.h"

#include "store/stmt.h"

static void read_row(struct db_rows *r, struct arena *a, struct course *out)
{
    *out = (struct course){
        .tenant_id = db_i64(r, 0),
        .id = db_i64(r, 1),
        .registration_id = db_i64(r, 2),
        .deployment_id = str_dup(a, db_text(r, 3)),
        .context_id = str_dup(a, db_text(r, 4)),
        .title = str_dup(a, db_text(r, 5)),
        .label = str_dup(a, db_text(r, 6)),
        .map_id = db_i64(r, 7),
        .nrps_url = str_dup(a, db_text(r, 8)),
        .ags_lineitems_url = str_dup(a, db_text(r, 9)),
        .ags_scopes = str_dup(a, db_text(r, 10)),
        .platform_url = str_dup(a, db_text(r, 11)),
        .roster_ms = db_i64(r, 12),
        .grades_ms = db_i64(r, 13),
        .states_ms = db_i64(r, 14),
        .nrps_differences_url = str_dup(a, db_text(r, 15)),
        .nrps_full_ms = db_i64(r, 16),
        .groups_url = str_dup(a, db_text(r, 17)),
        .group_sets_url = str_dup(a, db_text(r, 18)),
        .begun_ms = db_i64(r, 19),
        .full_ms = db_i64(r, 20),
    };
}

int course_get(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
               struct course *out, struct err *e)
{
    struct db_rows *r =
        tenant_id == 0 ? db_ask(db, S_COURSE_BY_ID, e, DB_I(course_id))
                       : db_ask(db, S_COURSE_GET, e, DB_I(course_id), DB_I(tenant_id));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1)
        read_row(r, a, out);
    db_end(r);
    return rc;
}

int course_each(struct db *db, struct arena *a,
                int (*fn)(void *ctx, const struct course *c), void *ctx, struct err *e)
{
    struct db_rows *r = db_query(db, S_COURSE_ALL, NULL, 0, e);
    if (r == NULL)
        return -1;
    int rc;
    while ((rc = db_next(r, e)) == 1) {
        struct course c;
        read_row(r, a, &c);
        if (fn(ctx, &c) != 0)
            break;
    }
    db_end(r);
    return rc < 0 ? -1 : 0;
}
