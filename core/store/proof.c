#include "store/proof.h"

#include "store/stmt.h"

int proof_get(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
              struct proof *out, struct err *e)
{
    struct db_rows *r = db_ask(db, S_PROOF_GET, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1)
        *out = (struct proof){.map_id = db_i64(r, 0),
                              .verdict = str_dup(a, db_text(r, 1)),
                              .facts = str_dup(a, db_text(r, 2)),
                              .proved_ms = db_i64(r, 3),
                              .current = db_i64(r, 4) != 0};
    db_end(r);
    return found;
}

int proof_put(struct db *db, int64_t tenant_id, int64_t course_id, const struct proof *p,
              struct err *e)
{
    int64_t n =
        db_do(db, S_PROOF_PUT, e, DB_I(tenant_id), DB_I(course_id), DB_I(p->map_id),
              DB_T(p->verdict), DB_T(p->facts), DB_I(p->proved_ms));
    return n < 0 ? -1 : 0;
}

int proof_even_so_add(struct db *db, struct env *env, int64_t tenant_id,
                      int64_t course_id, const struct proof_even_so *s, struct err *e)
{
    int64_t n =
        db_do(db, S_EVEN_SO_ADD, e, DB_I(tenant_id), DB_I(env_id(env)), DB_I(course_id),
              DB_I(s->map_id), DB_I(s->opening_id), DB_I(s->by_person_id), DB_T(s->why),
              DB_T(s->words), DB_I(s->at_ms));
    return n < 0 ? -1 : 0;
}

int proof_even_so_last(struct db *db, struct arena *a, int64_t tenant_id,
                       int64_t course_id, int64_t map_id, struct proof_even_so *out,
                       struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_EVEN_SO_LAST, e, DB_I(tenant_id), DB_I(course_id), DB_I(map_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1)
        *out = (struct proof_even_so){.map_id = map_id,
                                      .why = str_dup(a, db_text(r, 0)),
                                      .words = str_dup(a, db_text(r, 1)),
                                      .by_person_id = db_i64(r, 2),
                                      .at_ms = db_i64(r, 3)};
    db_end(r);
    return found;
}
