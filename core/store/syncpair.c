#include "store/syncpair.h"

#include "base/vec.h"
#include "store/stmt.h"

int syncpair_tell(struct db *db, int64_t tenant_id, int64_t course_id,
                  const struct syncpair *in, struct err *e)
{
    return db_do(db, S_PAIR_TELL, e, DB_I(tenant_id), DB_I(course_id), DB_T(in->quiz),
                 DB_T(in->sub), DB_T(in->told)) < 0
               ? -1
               : 0;
}

int syncpair_due(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 int64_t tries, struct str after_quiz, struct str after_sub,
                 int64_t limit, struct syncpair **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct syncpair));
    struct db_rows *r =
        db_ask(db, S_PAIR_DUE, e, DB_I(tenant_id), DB_I(course_id), DB_I(tries),
               DB_T(after_quiz), DB_T(after_sub), DB_I(limit));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct syncpair *)vec_push(&v) =
            (struct syncpair){.quiz = str_dup(a, db_text(r, 0)),
                              .sub = str_dup(a, db_text(r, 1)),
                              .told = str_dup(a, db_text(r, 2))};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int syncpair_done(struct db *db, int64_t tenant_id, int64_t course_id,
                  const struct syncpair *in, struct err *e)
{
    return db_do(db, S_PAIR_DONE, e, DB_I(tenant_id), DB_I(course_id), DB_T(in->quiz),
                 DB_T(in->sub), DB_T(in->told)) < 0
               ? -1
               : 0;
}

int syncpair_failed(struct db *db, int64_t tenant_id, int64_t course_id,
                    const struct syncpair *in, struct err *e)
{
    return db_do(db, S_PAIR_FAILED, e, DB_I(tenant_id), DB_I(course_id), DB_T(in->quiz),
                 DB_T(in->sub)) < 0
               ? -1
               : 0;
}

int64_t syncpair_count(struct db *db, int64_t tenant_id, int64_t course_id, struct err *e)
{
    struct db_rows *r = db_ask(db, S_PAIR_COUNT, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int more = db_next(r, e);
    int64_t n = more == 1 ? db_i64(r, 0) : more;
    db_end(r);
    return n;
}

int syncpair_next_item(struct db *db, struct arena *a, int64_t tenant_id,
                       int64_t course_id, struct str after_url, struct syncpair_item *out,
                       struct err *e)
{
    struct db_rows *r = db_ask(db, S_LINK_ITEM_NEXT, e, DB_I(tenant_id), DB_I(course_id),
                               DB_T(after_url));
    if (r == NULL)
        return -1;
    int more = db_next(r, e);
    if (more == 1)
        *out = (struct syncpair_item){.url = str_dup(a, db_text(r, 0)),
                                      .resource_link_id = str_dup(a, db_text(r, 1)),
                                      .title = str_dup(a, db_text(r, 2))};
    db_end(r);
    return more;
}

static int keys_of(struct db_rows *r, struct arena *a, struct map **into, struct err *e)
{
    int more = -1;
    if (r == NULL)
        return -1;
    *into = map_new(a);
    while ((more = db_next(r, e)) == 1)
        map_put(*into, db_text(r, 0), *into);
    db_end(r);
    return more;
}

int syncpair_read_links(struct db *db, struct arena *a, int64_t tenant_id,
                        int64_t course_id, struct map **into, struct err *e)
{
    return keys_of(db_ask(db, S_LINK_READ, e, DB_I(tenant_id), DB_I(course_id)), a, into,
                   e);
}

int syncpair_own_links(struct db *db, struct arena *a, int64_t tenant_id,
                       int64_t course_id, struct map **into, struct err *e)
{
    return keys_of(db_ask(db, S_LINK_OWN, e, DB_I(tenant_id), DB_I(course_id)), a, into,
                   e);
}
