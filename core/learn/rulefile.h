/* rulefile.h: early-warning rules from a file into the database, where states are worked
 * out with them and replays find them again. */
#ifndef WAYMARK_LEARN_RULEFILE_H
#define WAYMARK_LEARN_RULEFILE_H

#include "base/env.h"
#include "db/db.h"

/* Check a rule set and make it the installation's newest, in one transaction, which asks
 * for everybody to be worked out with it; nothing is written when it is that already.
 * ERR_INPUT or ERR_LIMIT with the place in the document. *version (may be NULL) gets its
 * hash. */
int rulefile_install(struct db *db, struct env *env, struct arena *a, struct str document,
                     struct str *version, struct err *e);

/* The same for CONFIG_DIR/rules/early-warning.json: call it after migrations and when the
 * program starts. ERR_NOTFOUND when there is no such file. */
int rulefile_load(struct db *db, struct env *env, struct arena *a, struct str config_dir,
                  struct err *e);

#endif
