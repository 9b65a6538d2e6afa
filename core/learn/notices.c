#include "learn/notices.h"

#include "learn/copy.h"
#include "store/notice.h"
#include "store/origin.h"

struct take {
    struct env *env;
    const struct notices_in *in;
    size_t n;
    enum notices_fate *fate;
};

static int note_copy(struct db *db, struct env *env, int64_t tenant_id,
                     const struct notices_in *in, struct err *e)
{
    struct origin course;
    int64_t now = env_now_ms(env);
    for (size_t i = 0; i < in->origins_n; i++)
        if (origin_add(db, tenant_id, in->context_id, in->origins[i], (int64_t)i,
                       "notice", now, e) != 0)
            return -1;
    int found = origin_course(db, tenant_id, in->context_id, &course, e);
    if (found < 0)
        return -1;
    return found == 1 && course.map_id == 0
               ? copy_enqueue(db, env, tenant_id, course.course_id, STR_EMPTY, e)
               : 0; /* not launched yet: the origin waits for its course */
}

static int take_one(struct db *db, struct env *env, const struct notices_in *in,
                    enum notices_fate *fate, struct err *e)
{
    int64_t tenant_id;
    struct notice_row row = {.registration_id = in->registration_id,
                             .notice_id = in->notice_id,
                             .nonce_hash = in->nonce_hash,
                             .kind = in->type,
                             .received_ms = env_now_ms(env)};
    int found = notice_tenant(db, in->registration_id, in->deployment_id, &tenant_id, e);
    *fate = NOTICES_NO_TENANT;
    if (found <= 0)
        return found;
    int added = notice_add(db, &row, e);
    *fate = added == 0 ? NOTICES_DUPLICATE : NOTICES_TAKEN;
    if (added <= 0 || in->context_id.n == 0)
        return added < 0 ? -1 : 0;
    return note_copy(db, env, tenant_id, in, e);
}

static int take_tx(struct db *db, void *ctx, struct err *e)
{
    struct take *t = ctx;
    for (size_t i = 0; i < t->n; i++)
        if (take_one(db, t->env, &t->in[i], &t->fate[i], e) != 0)
            return -1;
    return 0;
}

int notices_take(struct db *db, struct env *env, const struct notices_in *in, size_t n,
                 enum notices_fate *fate, struct err *e)
{
    struct take t = {env, in, n, fate};
    return n == 0 ? 0 : db_tx(db, DB_WRITE, take_tx, &t, e);
}
