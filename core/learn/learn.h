/* learn.h: where a call of this folder works: one course, with what it needs at hand. */
#ifndef WAYMARK_LEARN_LEARN_H
#define WAYMARK_LEARN_LEARN_H

#include "base/env.h"
#include "base/keyring.h"
#include "db/db.h"

struct learn {
    struct db *db;
    struct env *env;
    struct arena *a;            /* results live here */
    const struct keyring *keys; /* for sealed names; NULL where names are not touched */
    int64_t tenant_id;
    int64_t course_id;
    struct str language; /* of whoever reads, BCP 47; empty: the map's own */
};

/* A sentence to be said in the reader's language: a message id and what goes into it. */
struct say_arg {
    const char *name;
    /* a time is Unix milliseconds; SAY_SAY: a part that is a sentence of its own */
    enum { SAY_TEXT, SAY_INT, SAY_REAL, SAY_TIME, SAY_SAY } type;
    const struct say *say;
    struct str text;
    int64_t num;
    double real;
};

struct say {
    struct str id; /* such as "reason.review"; empty: nothing to say */
    struct say_arg *args;
    size_t args_n;
};

#endif
