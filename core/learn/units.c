#include "learn/units.h"

#include "base/vec.h"
#include "store/stmt.h"

static bool taken(const struct vec *v, struct str slug)
{
    const struct units_row *rows = v->p;
    for (size_t i = 0; i < v->n; i++)
        if (str_eq(rows[i].slug, slug))
            return true;
    return false;
}

int units_read(struct learn *l, struct units_row **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, l->a, sizeof(struct units_row));
    struct db_rows *r =
        db_ask(l->db, S_UNIT_LIST, e, DB_I(l->tenant_id), DB_I(l->course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1) {
        struct str title = str_dup(l->a, db_text(r, 0)), slug = unit_slug(l->a, title);
        if (title.n > 0 && !taken(&v, slug))
            *(struct units_row *)vec_push(&v) =
                (struct units_row){title, slug, db_i64(r, 1)};
    }
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}
