/* Bytes as the payload of a token whose signature holds (claims_* and the checks around
 * them), in two policies; a launch that is accepted survives packing. */
#include "msg/claims.h"
#include "msg/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_claims(struct arena *a, const struct launch_policy *p,
                        const struct js *payload)
{
    struct launch l, back;
    struct fault f;
    struct claims c = {.a = a, .p = p, .payload = payload, .out = &l};
    pack_clear(&l);
    claims_presentation(&c);
    claims_optional(&c);
    claims_sub(&c, true, &f);
    claims_roles(&c, true, &f);
    claims_context(&c, &f);
    claims_link(&c, &f);
    claims_deep_link(&c, &f);
    claims_review(&c, &f);
    claims_course(&c, &f);
    claims_privacy(&c, &f);
    struct str text = pack_launch(a, &l);
    INVARIANT(pack_read(a, text, &back, NULL) == 0);
    INVARIANT(str_eq(pack_launch(a, &back), text));
    INVARIANT(l.warning_n <= LAUNCH_WARN_MAX && l.sub.n <= 255);
    launch_custom(&l, "due");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(64 << 20);
    struct launch_policy strict = {.base = STR("https://tool.example.net/lti/")};
    struct launch_policy loose = {.base = STR("http://localhost/"),
                                  .allow_http = true,
                                  .allow_anonymous = true,
                                  .strict_context = true};
    const struct js *payload =
        js_parse(a, (struct str){(const char *)data, size}, 65536, 32, NULL);
    if (js_type(payload) == JS_OBJECT) {
        read_claims(a, &strict, payload);
        read_claims(a, &loose, payload);
    }
    arena_free(a);
    return 0;
}
