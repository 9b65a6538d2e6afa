/* noticebox.h: notices as they come in, up to the transaction that takes them: for the
 * web worker that receives them and for the job that looks again when it did not have the
 * platform's keys. The one file of this folder that reads the database: registrations. */
#ifndef WAYMARK_MSG_NOTICEBOX_H
#define WAYMARK_MSG_NOTICEBOX_H

#include "learn/notices.h"
#include "msg/notice.h"
#include "store/registration.h"

#define NOTICEBOX_JOB "notice.check" /* key: digest of the token */
#define NOTICEBOX_JOBS_MAX 100       /* that wait at one time, from all platforms */

/* The keys of a registration. */
struct noticebox_keys {
    enum jwks_result (*find)(void *ctx, const struct registration *reg, struct str kid,
                             struct jwks_found *out);
    void *ctx;
};

struct noticebox {
    struct db *db;
    struct arena *a;
    int skew_s;
    int max_age_s;
    struct noticebox_keys keys;
    struct registration reg; /* of the last entry: mostly that of the next, too */
};

/* How far an entry got. */
enum noticebox_end {
    NOTICEBOX_GOOD,
    NOTICEBOX_REFUSED,  /* signed by its platform, and refused all the same */
    NOTICEBOX_UNSIGNED, /* no token, unknown sender, or a signature that does not fit */
    NOTICEBOX_AWAY      /* its platform's keys are not at hand */
};

/* One token, received at `received_ms`. *end tells; out->token, out->type and out->kind
 * are set as far as it came. 0, or -1 when the database fails. `f` has the reason unless
 * it is good. */
int noticebox_open(struct noticebox *b, struct str jwt, int64_t received_ms,
                   struct notice *out, enum noticebox_end *end, struct fault *f,
                   struct err *e);

/* For notices_take. */
struct notices_in noticebox_in(struct arena *a, const struct registration *reg,
                               const struct notice *n);

/* Does it matter whether this notice, which nobody has verified yet, is looked at again?
 */
bool noticebox_worth(const struct notice *n);

/* The payload of the job, and back. */
struct str noticebox_pack(struct arena *a, struct str jwt, int64_t received_ms);
int noticebox_unpack(struct arena *a, struct str payload, struct str *jwt,
                     int64_t *received_ms, struct err *e);

#endif
