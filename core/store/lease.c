#include "store/lease.h"

#include "store/stmt.h"

int lease_take(struct db *db, struct str name, struct str holder, int64_t now_ms,
               int64_t until_ms, struct err *e)
{
    int64_t n = db_do(db, S_LEASE_TAKE, e, DB_T(name), DB_T(holder), DB_I(until_ms),
                      DB_I(now_ms));
    return n < 0 ? -1 : n > 0;
}

int lease_drop(struct db *db, struct str name, struct str holder, struct err *e)
{
    return db_do(db, S_LEASE_DROP, e, DB_T(name), DB_T(holder)) < 0 ? -1 : 0;
}
