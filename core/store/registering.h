/* registering.h: a Dynamic Registration under way, from the first request of the LMS's
 * frame to its outcome (LTI.md 7.1, I109).
 *
 * States: reading (a job fetches the configuration), ask (a person looks at it), sending
 * (a job will post), sent (it is posting: never a second time), done, failed. Each step
 * is taken once: whoever takes it names the state that it leaves. */
#ifndef WAYMARK_STORE_REGISTERING_H
#define WAYMARK_STORE_REGISTERING_H

#include "base/keyring.h"
#include "db/db.h"

struct registering {
    struct str attempt_hash; /* of the attempt's name, which its pages carry */
    struct str code_hash;
    struct str state;
    struct str config_url;
    struct str token;   /* the platform's registration token, or empty: a secret */
    struct str config;  /* the configuration's text, once it was read */
    struct str outcome; /* JSON object, once it has ended */
    int64_t registration_id;
    int64_t expires_ms;
};

/* Begin. 1 added, 0 it was there already, -1. Address and token are sealed. */
int registering_add(struct db *db, struct arena *a, struct env *env,
                    const struct keyring *keys, const struct registering *in,
                    struct err *e);

/* 1 found, 0 not, -1. */
int registering_get(struct db *db, struct arena *a, const struct keyring *keys,
                    struct str attempt_hash, struct registering *out, struct err *e);

/* From one state to another: 1, or 0 when it is not in `from`. */
int registering_move(struct db *db, struct str attempt_hash, const char *from,
                     const char *to, struct err *e);

/* From reading to ask, with the configuration: 1, 0, -1. */
int registering_read(struct db *db, struct str attempt_hash, struct str config,
                     struct err *e);

/* The end, from state `from`: done (the token is forgotten) or failed. 1, 0, -1. */
int registering_end(struct db *db, struct str attempt_hash, const char *from,
                    const char *to, struct str outcome, int64_t registration_id,
                    struct err *e);

/* How many attempts an invitation has seen, or -1. */
int64_t registering_count(struct db *db, struct str code_hash, struct err *e);

int64_t registering_purge(struct db *db, int64_t now_ms, struct err *e);

#endif
