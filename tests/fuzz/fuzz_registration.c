/* What a platform that nobody knows yet may send while it registers us: the
 * configuration, the answer, the refusal; and the request that is built from what was
 * read. */
#include "msg/dynreg_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TOOL "https://tool.test:9443"

static void read_config(struct arena *a, const struct dynreg_rules *r, struct str text)
{
    struct dynreg_config c;
    struct dynreg_fault f;
    if (dynreg_read(a, r, STR("https://lms.example.edu/config"), text, &c, &f) != 0) {
        INVARIANT(f.id != NULL);
        return;
    }
    INVARIANT(c.warnings_n <= DYNREG_WARNINGS_MAX && c.family.n <= 60);
    INVARIANT(c.version.n <= DYNREG_TEXT_N && c.account.n <= DYNREG_TEXT_N);
    struct str body = dynreg_request_text(a, &c, STR(TOOL));
    INVARIANT(js_type(js_parse(a, body, body.n, 16, NULL)) == JS_OBJECT);
    struct dynreg_answer
        back; /* a platform that accepts it all: our own words are fine */
    INVARIANT(body.n < 16384);
    INVARIANT(dynreg_answer(a, r, &c, STR(TOOL), body, &back, &f) != 0 &&
              str_is(str_c(f.id), "no_client_id"));
}

static void read_answer(struct arena *a, const struct dynreg_rules *r, struct str text)
{
    struct dynreg_config c = {.doc = NULL};
    struct dynreg_answer n;
    struct dynreg_fault f;
    if (dynreg_answer(a, r, &c, STR(TOOL), text, &n, &f) == 0)
        INVARIANT(n.client_id.n > 0 && n.client_id.n <= 255 && n.deployment_id.n <= 255 &&
                  n.scopes.n <= 4096 && n.access_token.n <= 4096 &&
                  !js_has(n.kept, "registration_access_token"));
    struct str words = dynreg_words(a, text);
    INVARIANT(words.n <= DYNREG_TEXT_N && str_utf8(words));
    INVARIANT(dynreg_advice(400 + (int)(text.n % 100), words) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(64 << 20);
    struct str text = {(const char *)data, size};
    struct dynreg_rules strict = {.aliases = STR("canvas.instructure.com=*.example.edu"),
                                  .ports = STR("443")};
    struct dynreg_rules loose = {.allow_http = true, .ports = STR("443 8443")};
    struct dynreg_fault f;
    dynreg_address(a, &strict, str_sub(text, 0, 8192), &f);
    read_config(a, &strict, text);
    read_config(a, &loose, text);
    read_answer(a, &strict, text);
    arena_free(a);
    return 0;
}
