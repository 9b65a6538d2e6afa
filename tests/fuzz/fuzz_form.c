/* The form decoder and what reads its pairs: login requests and launch answers (C-13).
 * The first byte splits the rest into query and body. */
#include "base/err.h"
#include "msg/answer.h"
#include "msg/login.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(struct arena *a, struct str query, struct str body,
                     const struct form_limit *limit)
{
    struct fault f = {.id = FAULT_NONE};
    struct form form;
    struct login_request login;
    struct answer answer;
    struct str target;
    if (form_decode(a, query, body, limit, &form, &f) != 0) {
        INVARIANT(f.id != FAULT_NONE);
        return;
    }
    INVARIANT(form.n <= FORM_PAIRS_MAX);
    for (size_t i = 0; i < form.n; i++)
        INVARIANT(str_utf8(form.pair[i].val) && !str_has_nul(form.pair[i].val) &&
                  form.pair[i].val.n <= limit->value_n);
    answer_parse(&form, &answer, &f);
    if (login_parse(&form, &login, &f) != 0)
        return;
    login_target(a, &login, STR("https://tool.example/"), STR("https://tool.example/x"),
                 false, &target, &f);
    struct login_answer to = {.auth_url = STR("https://lms.example/auth?x=1"),
                              .client_id = STR("c"),
                              .redirect_uri = STR("https://tool.example/lti/launch"),
                              .state = STR("s"),
                              .nonce = STR("n")};
    struct str url = login_redirect_url(a, &to, &login);
    for (size_t i = 0; i < url.n;
         i++) /* nothing of the request may break out of a header */
        INVARIANT(url.p[i] > ' ' && url.p[i] < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct arena *a = arena_new(64 * 1024 * 1024);
    struct str rest = {(const char *)data + 1, size - 1};
    size_t at = rest.n * data[0] / 255;
    struct str query = str_sub(rest, 0, at), body = str_sub(rest, at, rest.n);
    read_all(a, query, body, &form_limit_login);
    read_all(a, query, body, &form_limit_launch);
    arena_free(a);
    return 0;
}
