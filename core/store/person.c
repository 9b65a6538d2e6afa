#include "store/person.h"

#include "base/log.h"

static struct str place(struct arena *a, int64_t tenant_id, int64_t person_id,
                        const char *field)
{
    return str_fmt(a, "person/%lld/%lld/%s", (long long)tenant_id, (long long)person_id,
                   field);
}

int person_seal(struct arena *a, struct env *env, const struct keyring *keys,
                int64_t tenant_id, int64_t person_id, const char *field, struct str plain,
                struct str *sealed, struct err *e)
{
    *sealed = STR_EMPTY;
    if (plain.n == 0)
        return 0;
    return crypt_seal(a, env, keys->seal, place(a, tenant_id, person_id, field), plain,
                      sealed, e);
}

struct str person_open(struct arena *a, const struct keyring *keys, int64_t tenant_id,
                       int64_t person_id, const char *field, struct str sealed)
{
    struct str plain = STR_EMPTY;
    struct err e = {0};
    if (sealed.n == 0)
        return plain;
    if (crypt_open(a, keys->seal, place(a, tenant_id, person_id, field), sealed, &plain,
                   &e) != 0)
        log_err(LOG_ERROR, "person.sealed", &e);
    return plain;
}

struct str person_label(struct arena *a, int64_t person_id)
{
    /* the low bits of an id count up; mix them so that neighbours look different */
    uint64_t h = (uint64_t)person_id * 0x9E3779B97F4A7C15u;
    return str_fmt(a, "Participant %04x", (unsigned)(h >> 48));
}
