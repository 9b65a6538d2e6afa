#include "store/invitation.h"

#include "store/stmt.h"

#include <arpa/inet.h>
#include <string.h>

#define HOUR_MS INT64_C(3600000)
#define GROUPS 5
#define GROUP_N 5

struct str invitation_code_hash(struct arena *a, struct str code)
{
    return crypt_digest(a, code);
}

struct str invitation_approval_hash(struct arena *a, struct str typed)
{
    struct buf b;
    buf_init(&b, a, 64);
    for (size_t i = 0; i < typed.n && b.n < 64; i++) {
        char c = typed.p[i];
        if (c == ' ' || c == '-' || c == '\t' || c == '\r' || c == '\n')
            continue;
        buf_char(&b, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
    }
    return crypt_digest(a, buf_view(&b));
}

struct str invitation_approval_code(struct arena *a, struct env *env)
{
    static const char letters[] =
        "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"; /* without 0 1 I O */
    unsigned char raw[GROUPS * GROUP_N];
    struct buf b;
    buf_init(&b, a, sizeof raw + GROUPS);
    env_random(env, raw, sizeof raw);
    for (size_t i = 0; i < sizeof raw; i++) {
        if (i > 0 && i % GROUP_N == 0)
            buf_char(&b, '-');
        buf_char(&b, letters[raw[i] % 32]);
    }
    return buf_view(&b);
}

int invitation_add(struct db *db, const struct invitation *in, struct str approval_hash,
                   struct err *e)
{
    int64_t n = db_do(db, S_INVITATION_ADD, e, DB_T(in->code_hash), DB_T(approval_hash),
                      DB_T(in->name), DB_T(in->issuer_host), DB_I(in->auto_approve),
                      DB_I(in->expires_ms), DB_I(in->created_ms));
    return n < 0 ? -1 : 0;
}

static void read_row(struct db_rows *r, struct arena *a, struct invitation *out)
{
    *out = (struct invitation){
        .code_hash = str_dup(a, db_text(r, 0)),
        .name = str_dup(a, db_text(r, 1)),
        .issuer_host = str_dup(a, db_text(r, 2)),
        .auto_approve = db_i64(r, 3) != 0,
        .registration_id = db_i64(r, 4),
        .expires_ms = db_i64(r, 5),
        .created_ms = db_i64(r, 6),
    };
}

static int read_one(struct db_rows *r, struct arena *a, struct invitation *out,
                    struct err *e)
{
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1)
        read_row(r, a, out);
    db_end(r);
    return rc;
}

int invitation_get(struct db *db, struct arena *a, struct str code_hash,
                   struct invitation *out, struct err *e)
{
    return read_one(db_ask(db, S_INVITATION_GET, e, DB_T(code_hash)), a, out, e);
}

int invitation_by_approval(struct db *db, struct arena *a, struct str approval_hash,
                           struct invitation *out, struct err *e)
{
    return read_one(db_ask(db, S_INVITATION_BY_APPROVAL, e, DB_T(approval_hash)), a, out,
                    e);
}

int invitation_each(struct db *db, struct arena *a,
                    int (*fn)(void *ctx, const struct invitation *i), void *ctx,
                    struct err *e)
{
    struct db_rows *r = db_query(db, S_INVITATION_ALL, NULL, 0, e);
    if (r == NULL)
        return -1;
    int rc;
    while ((rc = db_next(r, e)) == 1) {
        struct invitation i;
        read_row(r, a, &i);
        if (fn(ctx, &i) != 0)
            break;
    }
    db_end(r);
    return rc < 0 ? -1 : 0;
}

int invitation_reserve(struct db *db, struct str code_hash, struct str attempt_hash,
                       int64_t now_ms, int64_t until_ms, struct err *e)
{
    return (int)db_do(db, S_INVITATION_RESERVE, e, DB_T(attempt_hash), DB_I(until_ms),
                      DB_T(code_hash), DB_I(now_ms));
}

int invitation_release(struct db *db, struct str code_hash, struct str attempt_hash,
                       struct err *e)
{
    return db_do(db, S_INVITATION_RELEASE, e, DB_T(code_hash), DB_T(attempt_hash)) < 0
               ? -1
               : 0;
}

int invitation_consume(struct db *db, struct str code_hash, struct str attempt_hash,
                       int64_t registration_id, int64_t approve_until_ms, struct err *e)
{
    return (int)db_do(db, S_INVITATION_CONSUME, e, DB_I(registration_id),
                      DB_I(approve_until_ms), DB_T(code_hash), DB_T(attempt_hash));
}

int64_t invitation_purge(struct db *db, int64_t before_ms, struct err *e)
{
    return db_do(db, S_INVITATION_PURGE, e, DB_I(before_ms));
}

/* --- tries ---------------------------------------------------------------- */

/* One source: an IPv4 address, or the half of an IPv6 address that names its network. */
static struct str source_of(struct arena *a, struct str address)
{
    unsigned char raw[16];
    char *z = str_z(a, str_sub(address, 0, 64));
    if (z != NULL && inet_pton(AF_INET6, z, raw) == 1 &&
        memcmp(raw, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) != 0)
        return crypt_hex(a, (struct str){(const char *)raw, 8});
    return str_sub(address, 0, 64);
}

struct
try {
    struct str mark;
    int64_t now_ms;
    int64_t n;
};

static int try_tx(struct db *db, void *ctx, struct err *e)
{
    struct try *t = ctx;
    struct db_rows *r = db_ask(db, S_ATTEMPT_COUNT, e, DB_T(t->mark), DB_I(t->now_ms),
                               DB_I(t->now_ms - HOUR_MS));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1)
        t->n = db_i64(r, 0);
    db_end(r);
    return rc == 1 ? 0 : -1;
}

int64_t invitation_tries(struct db *db, struct arena *a, const struct keyring *keys,
                         const char *what, struct str address, int64_t now_ms,
                         struct err *e)
{
    unsigned char mac[CRYPT_HASH_N];
    struct str text = str_fmt(a, "%s\n%.*s", what, STR_ARG(source_of(a, address)));
    crypt_hmac((struct str){(const char *)keys->mark, sizeof keys->mark}, text, mac);
    struct try t = {.mark = crypt_hex(a, (struct str){(const char *)mac, sizeof mac}),
                    .now_ms = now_ms};
    return db_tx(db, DB_CLAIM, try_tx, &t, e) != 0 ? -1 : t.n;
}

int64_t invitation_tries_purge(struct db *db, int64_t before_ms, struct err *e)
{
    return db_do(db, S_ATTEMPT_COUNT_PURGE, e, DB_I(before_ms));
}
