#include "store/stmt.h"

static const struct db_sql table[S_COUNT] = {
#define SQL(id, text) [S_##id] = {#id, text, text},
#define SQL2(id, sqlite, postgres) [S_##id] = {#id, sqlite, postgres},
#include "store/stmt.def"
#undef SQL
#undef SQL2
};

const struct db_sql *stmt_table(size_t *n)
{
    *n = S_COUNT;
    return table;
}
