/* Bytes as a token: jwt_split says yes or no, and a yes has all its parts. */
#include "jose/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(32 << 20);
    struct jwt j;
    struct err e;
    struct str token = {(const char *)data, size};
    if (jwt_split(a, token, &j, &e) == JWT_OK) {
        INVARIANT(j.kid.n > 0 && j.kid.n <= JWT_KID_MAX_N);
        INVARIANT(j.signature.n > 0 && js_type(j.payload) == JS_OBJECT);
        INVARIANT(j.signed_text.n < token.n && token.p[j.signed_text.n] == '.');
    }
    arena_free(a);
    return 0;
}
