/* stmt.h: every SQL statement of Waymark, by number.
 *
 * The texts are in stmt.def and the stmt_FAMILY.def files that it includes; README.md
 * says how to add one. S_PING is the name of SQL(PING, ...). */
#ifndef WAYMARK_STORE_STMT_H
#define WAYMARK_STORE_STMT_H

#include "db/db.h"

enum stmt {
#define SQL(id, text) S_##id,
#define SQL2(id, sqlite, postgres) S_##id,
#include "store/stmt.def"
#undef SQL
#undef SQL2
    S_COUNT
};

/* The table for struct db_opt; *n becomes S_COUNT. */
const struct db_sql *stmt_table(size_t *n);

#endif
