#include "store/legacy.h"

#include "store/stmt.h"

#define KINDS 4

struct row {
    const char *kind;
    struct str legacy_id;
    int64_t new_id;
    bool wanted; /* and not there yet */
};

/* Crosses out the rows that are there. */
static int known(struct db *db, int64_t tenant_id, const struct legacy *l,
                 struct row row[KINDS], struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_LEGACY_KNOWN, e, DB_I(tenant_id), DB_T(l->consumer_key),
               DB_T(row[0].legacy_id), DB_T(row[1].legacy_id), DB_T(row[2].legacy_id),
               DB_T(row[3].legacy_id));
    if (r == NULL)
        return -1;
    int rc;
    while ((rc = db_next(r, e)) == 1)
        for (size_t i = 0; i < KINDS; i++)
            if (str_is(db_text(r, 0), row[i].kind))
                row[i].wanted = false;
    db_end(r);
    return rc;
}

int legacy_keep(struct db *db, int64_t tenant_id, const struct legacy *l, int64_t now_ms,
                struct err *e)
{
    struct row row[KINDS] = {
        {"consumer", l->guid, 0, l->consumer_key.n > 0},
        {"person", l->person, l->person_id, l->person_id != 0 && l->person.n > 0},
        {"context", l->context, l->course_id, l->course_id != 0 && l->context.n > 0},
        {"link", l->link, l->link_id, l->link_id != 0 && l->link.n > 0},
    };
    if (known(db, tenant_id, l, row, e) != 0)
        return -1;
    for (size_t i = 0; i < KINDS; i++)
        if (row[i].wanted &&
            db_do(db, S_LEGACY_ADD, e, DB_I(tenant_id), DB_T(str_c(row[i].kind)),
                  DB_T(row[i].legacy_id), DB_T(l->consumer_key), DB_I(row[i].new_id),
                  DB_I(now_ms)) < 0)
            return -1;
    return 0;
}
