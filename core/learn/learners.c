#include "learn/learners.h"

#include "base/vec.h"
#include "learn/head.h"
#include "store/stmt.h"

#include <stdlib.h>

static int by_name(const void *x, const void *y)
{
    const struct learner *p = x, *q = y;
    int order = str_cmp(p->name, q->name);
    return order != 0 ? order
                      : (p->person_id > q->person_id) - (p->person_id < q->person_id);
}

int learners_list(struct learn *l, size_t max, struct learner **rows, size_t *n,
                  struct err *e)
{
    struct vec v;
    vec_init(&v, l->a, sizeof(struct learner));
    struct db_rows *r =
        db_ask(l->db, S_PAGE_STUDENTS, e, DB_I(l->tenant_id), DB_I(l->course_id));
    if (r == NULL)
        return -1;
    int rc;
    while ((rc = db_next(r, e)) == 1) {
        struct learner *one = vec_push(&v);
        one->person_id = db_i64(r, 0);
        one->name = head_name(l, one->person_id, str_dup(l->a, db_text(r, 1)));
    }
    db_end(r);
    if (v.n > 1)
        qsort(v.p, v.n, sizeof(struct learner), by_name);
    *rows = v.p;
    *n = v.n < max ? v.n : max;
    return rc;
}
