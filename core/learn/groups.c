#include "learn/groups.h"

#include "base/vec.h"
#include "store/stmt.h"

#define NAME_N 500

struct put {
    struct learn *l;
    int64_t run_ms;
    const struct groups_row *rows;
    const struct groups_member *members;
    size_t n;
};

static int put_tx(struct db *db, void *ctx, struct err *e)
{
    const struct put *p = ctx;
    const struct learn *l = p->l;
    for (size_t i = 0; i < p->n; i++) {
        const struct groups_row *g = &p->rows[i];
        if (db_do(db, S_GROUP_PUT, e, DB_I(l->tenant_id), DB_I(l->course_id), DB_T(g->id),
                  DB_T(str_head(g->name, NAME_N)), DB_T(g->set_id),
                  DB_T(str_head(g->set_name, NAME_N)), DB_I(p->run_ms)) < 0)
            return -1;
    }
    return 0;
}

int groups_put(struct learn *l, int64_t run_ms, const struct groups_row *rows, size_t n,
               struct err *e)
{
    struct put p = {.l = l, .run_ms = run_ms, .rows = rows, .n = n};
    return db_tx(l->db, DB_WRITE, put_tx, &p, e);
}

static int members_tx(struct db *db, void *ctx, struct err *e)
{
    const struct put *p = ctx;
    const struct learn *l = p->l;
    for (size_t i = 0; i < p->n; i++)
        if (db_do(db, S_GROUP_MEMBER_PUT, e, DB_I(l->tenant_id), DB_I(l->course_id),
                  DB_T(p->members[i].group_id), DB_T(p->members[i].sub),
                  DB_I(p->run_ms)) < 0)
            return -1;
    return 0;
}

int groups_put_members(struct learn *l, int64_t run_ms, const struct groups_member *rows,
                       size_t n, struct err *e)
{
    struct put p = {.l = l, .run_ms = run_ms, .members = rows, .n = n};
    return n == 0 ? 0 : db_tx(l->db, DB_WRITE, members_tx, &p, e);
}

int groups_finish(struct learn *l, int64_t run_ms, struct err *e)
{
    return db_do(l->db, S_GROUP_UNSEEN, e, DB_I(l->tenant_id), DB_I(l->course_id),
                 DB_I(run_ms)) < 0
               ? -1
               : 0;
}

int groups_finish_members(struct learn *l, int64_t run_ms, struct err *e)
{
    return db_do(l->db, S_GROUP_MEMBER_UNSEEN, e, DB_I(l->tenant_id), DB_I(l->course_id),
                 DB_I(run_ms)) < 0
               ? -1
               : 0;
}

int groups_of(struct learn *l, int64_t person_id, struct str **names, size_t *n,
              struct err *e)
{
    struct vec v;
    vec_init(&v, l->a, sizeof(struct str));
    struct db_rows *r = db_ask(l->db, S_GROUPS_OF_PERSON, e, DB_I(l->tenant_id),
                               DB_I(l->course_id), DB_I(person_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        if (!db_null(r, 0)) /* a member of a group that the list does not have */
            *(struct str *)vec_push(&v) = str_dup(l->a, db_text(r, 0));
    db_end(r);
    *names = v.p;
    *n = v.n;
    return more;
}
