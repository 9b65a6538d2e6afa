/* takekit.h: runs the job that makes evidence of learning records. */
#ifndef WAYMARK_TESTS_TAKEKIT_H
#define WAYMARK_TESTS_TAKEKIT_H

#include "base/keyring.h"
#include "support/testdb.h"

/* Ask for "statements.take" of the kit's tenant and run it until it has looked again. */
void takekit_run(struct testdb *t, const struct keyring *keys);

#endif
