#include "learn/floor.h"

#include "learn/recompute.h"
#include "store/stmt.h"

int floor_read(struct learn *l, struct floor *out, struct err *e)
{
    struct db_rows *r =
        db_ask(l->db, S_COURSE_FLOOR, e, DB_I(l->tenant_id), DB_I(l->course_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1)
        *out = (struct floor){.percent = db_i64(r, 0), .reached = db_i64(r, 1) != 0};
    db_end(r);
    if (found == 0)
        return err_set(e, ERR_NOTFOUND, "there is no such course");
    return found < 0 ? -1 : 0;
}

bool floor_met(const struct coverage *k, int64_t percent)
{
    return (int64_t)k->provable * 100 >= percent * (int64_t)k->skills;
}

int floor_settle(struct learn *l, struct err *e)
{
    struct floor f;
    struct coverage k;
    bool met = true;
    if (floor_read(l, &f, e) < 0)
        return -1;
    if (f.percent > 0) {
        if (coverage_read(l, &k, e) < 0)
            return -1;
        met = floor_met(&k, f.percent);
    }
    if (met == f.reached)
        return 0;
    if (db_do(l->db, S_COURSE_COVERED, e, DB_I(l->tenant_id), DB_I(l->course_id),
              DB_I(met)) < 0)
        return -1;
    return recompute_enqueue(l, e);
}

struct setting {
    struct learn *l;
    int64_t percent;
};

static int set_tx(struct db *db, void *ctx, struct err *e)
{
    const struct setting *s = ctx;
    int64_t n = db_do(db, S_COURSE_FLOOR_SET, e, DB_I(s->l->tenant_id),
                      DB_I(s->l->course_id), DB_I(s->percent));
    if (n == 0)
        return err_set(e, ERR_NOTFOUND, "there is no such course");
    return n < 0 ? -1 : floor_settle(s->l, e);
}

int floor_set(struct learn *l, int64_t percent, struct err *e)
{
    struct setting s = {.l = l, .percent = percent};
    if (percent < 0 || percent > 100)
        return err_set(e, ERR_INPUT, "a floor is a percentage, 0 to 100");
    return db_tx(l->db, DB_WRITE, set_tx, &s, e);
}
