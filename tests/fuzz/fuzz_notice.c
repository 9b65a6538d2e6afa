/* Bytes twice: as the envelope of notices, and as the payload of one whose signature
 * holds. What is accepted has all that the transaction needs. */
#include "msg/claims.h"
#include "msg/noticebox.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void envelope(struct arena *a, struct str body)
{
    struct notice_list list;
    struct fault f;
    if (notice_envelope(a, body, &list, &f) != 0)
        return;
    INVARIANT(list.n > 0 && list.n <= NOTICE_LIST_MAX);
    for (size_t i = 0; i < list.n; i++) {
        struct notice n;
        struct str jwt, packed = noticebox_pack(a, list.jwt[i], 7);
        int64_t at;
        if (notice_open(a, list.jwt[i], &n, &f) == 0)
            INVARIANT(n.iss.n > 0 && n.aud_n > 0 && n.aud_n <= NOTICE_AUD_MAX);
        if (list.jwt[i].n > 0 && list.jwt[i].n <= JWT_MAX_N / 2)
            INVARIANT(noticebox_unpack(a, packed, &jwt, &at, NULL) == 0 && at == 7 &&
                      str_eq(jwt, list.jwt[i]));
    }
}

static void claims(struct js *payload)
{
    struct notice n = {.token = {.jwt = {.payload = payload}}};
    struct fault f;
    noticebox_worth(&n);
    if (notice_claims(&n, &f) != 0)
        return;
    INVARIANT(n.id.n > 0 && n.id.n <= 255 && n.nonce.n > 0 && n.type.n > 0);
    INVARIANT((n.kind == NOTICE_COPY) == (n.origins_n > 0));
    INVARIANT(n.origins_n <= NOTICE_ORIGINS_MAX);
    for (size_t i = 0; i < n.origins_n; i++)
        INVARIANT(n.origins[i].n > 0 && !str_eq(n.origins[i], n.context_id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(64 << 20);
    struct str text = {(const char *)data, size};
    envelope(a, text);
    struct js *payload = js_parse(a, text, 65536, 32, NULL);
    if (js_type(payload) == JS_OBJECT)
        claims(payload);
    arena_free(a);
    return 0;
}
