/* Bytes as a key set: every key that comes out can be built again from its text. */
#include "jose/jwks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(64 << 20);
    struct jwks_set set;
    struct err e;
    if (jwks_parse(a, (struct str){(const char *)data, size}, &set, &e) == 0)
        for (size_t i = 0; i < set.n; i++) {
            struct rsa_key *k = rsa_public(set.key[i].n, set.key[i].e, &e);
            INVARIANT(k != NULL && set.key[i].kid.n > 0);
            INVARIANT(!rsa_verify(k, STR("text"), STR("signature")));
            rsa_free(k);
        }
    arena_free(a);
    return 0;
}
