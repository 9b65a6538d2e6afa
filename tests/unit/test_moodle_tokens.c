/* Tokens recorded from a real Moodle, verified at the second they were issued. */
#include "msg/launch.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

#define DIR "tests/fixtures/moodle/golden/"

static struct arena *a; /* for everything: one process, a few hundred kilobytes */
static struct js *list; /* index.json */
static struct jwks_set set;
static struct rsa_key *key;

static struct str slurp(const char *name)
{
    FILE *in = fopen(str_z(a, str_fmt(a, DIR "%s", name)), "rb");
    ck_assert_msg(in != NULL, "no %s (tests run in the root of the repository)", name);
    char *p = arena_alloc(a, 1 << 17);
    size_t n = fread(p, 1, 1 << 17, in);
    fclose(in);
    return str_trim((struct str){p, n});
}

static void load(void)
{
    struct err e = {.code = ERR_NONE};
    a = arena_new(64 << 20);
    list = js_parse(a, slurp("index.json"), 1 << 17, 8, &e);
    ck_assert_int_eq(jwks_parse(a, slurp("platform-jwks.json"), &set, &e), 0);
    ck_assert_uint_eq(set.n, 1);
    key = rsa_public(set.key[0].n, set.key[0].e, &e);
}

static void unload(void)
{
    rsa_free(key);
    arena_free(a);
}

static enum jwks_result find(void *ctx, struct str kid, struct jwks_found *out)
{
    (void)ctx;
    if (!str_eq(kid, set.key[0].kid))
        return JWKS_UNKNOWN;
    *out = (struct jwks_found){.key = {key}, .n = 1};
    return JWKS_FOUND;
}

/* What an administrator would have registered for this token. */
static struct launch_policy policy(const struct js *row)
{
    bool http = str_starts(js_text(row, "iss"), STR("http:"));
    return (struct launch_policy){
        .issuer = js_text(row, "iss"),
        .client_id = js_text(row, "aud"),
        .nonce = js_text(row, "nonce"),
        .base = http ? STR("http://tool.test:9001/") : STR("https://tool.test:9443/"),
        .allow_http = http,
    };
}

static int verify(const struct js *row, int64_t late_s, struct launch *l, struct fault *f)
{
    struct launch_policy p = policy(row);
    struct launch_keys keys = {find, NULL};
    int64_t iat = 0;
    ck_assert(js_i64(js_get(row, "iat"), &iat));
    struct str token =
        slurp(str_z(a, str_fmt(a, "%.*s.jwt", STR_ARG(js_text(row, "name")))));
    return launch_verify(a, &p, (iat + late_s) * 1000, token, &keys, l, f);
}

static void check_resource(const struct js *row, const struct launch *l)
{
    struct str name = js_text(row, "name");
    bool student = str_find(name, STR("student"), 0) != SIZE_MAX;
    ck_assert(str_eq(l->sub, js_text(row, "sub")));
    ck_assert(str_eq(l->context.id, js_text(row, "context")));
    ck_assert(l->link.id.n > 0 && l->deployment_id.n > 0);
    ck_assert(str_is(l->platform.family, "moodle"));
    ck_assert(str_is(l->locale, "en"));
    ck_assert(l->return_url.n > 0 && l->nrps_url.n > 0 && l->ags.lineitems.n > 0);
    ck_assert_uint_eq(l->ags.scopes.n, 4);
    ck_assert_uint_eq(l->warning_n, 0);
    ck_assert_int_eq((l->roles & ROLE_UNKNOWN) != 0, false);
    if (student)
        ck_assert(role_is_learner(l->roles) && !role_is_staff(l->roles, true));
    if (str_find(name, STR("teacher"), 0) != SIZE_MAX)
        ck_assert(role_is_staff(l->roles, false) && !role_is_learner(l->roles));
    if (student)
        ck_assert(l->name.full.n > 0);
}

/* Every message that a real Moodle sent (V22, I73, I76). */
START_TEST(all_verify)
{
    ck_assert_uint_eq(js_len(list), 17);
    size_t launches = 0;
    for (size_t i = 0; i < js_len(list); i++) {
        const struct js *row = js_at(list, i);
        struct launch l;
        struct fault f = {.id = FAULT_NONE};
        int rc = verify(row, 0, &l, &f);
        if (str_is(js_text(row, "message_type"), "LtiResourceLinkRequest")) {
            ck_assert_msg(rc == 0, "%.*s: %s %s", STR_ARG(js_text(row, "name")),
                          fault_row(f.id)->name, f.detail);
            check_resource(row, &l);
            launches++;
        } else if (str_is(js_text(row, "message_type"), "LtiSubmissionReviewRequest")) {
            ck_assert_msg(rc == 0 && l.for_user.n > 0 && l.ags.lineitem.n > 0, "%s",
                          f.detail);
        } else {
            ck_assert_msg(rc == 0 && l.message == LAUNCH_DEEP_LINKING, "%.*s: %s",
                          STR_ARG(js_text(row, "name")), f.detail);
            ck_assert(l.deep_link.takes_links && l.deep_link.takes_several &&
                      l.deep_link.takes_columns && !l.deep_link.has_data);
            ck_assert(str_find(l.deep_link.return_url,
                               STR("/mod/lti/contentitem_return.php?course=3&id="),
                               0) != SIZE_MAX);
        }
    }
    ck_assert_uint_eq(launches, 13);
}
END_TEST

/* V21: Moodle's tokens live 60 seconds, and we forgive 60 more. */
START_TEST(expire)
{
    const struct js *row = js_at(list, 0);
    struct launch l;
    struct fault f;
    ck_assert_int_eq(verify(row, 119, &l, &f), 0);
    ck_assert_int_eq(verify(row, 120, &l, &f), -1);
    ck_assert_int_eq(f.id, FAULT_EXP);
    ck_assert_int_eq(verify(row, -60, &l, &f), 0);
    ck_assert_int_eq(verify(row, -61, &l, &f), -1);
    ck_assert_int_eq(f.id, FAULT_IAT);
}
END_TEST

/* Custom names come twice, in two spellings; VAR-2: unknown variables stay literal. */
START_TEST(variables)
{
    for (size_t i = 0; i < js_len(list); i++) {
        const struct js *row = js_at(list, i);
        struct launch l;
        struct fault f;
        if (!str_is(js_text(row, "name"), "student-all-variables"))
            continue;
        ck_assert_int_eq(verify(row, 0, &l, &f), 0);
        ck_assert_uint_gt(l.custom_n, 40);
        size_t literal = 0;
        for (size_t k = 0; k < l.custom_n; k++)
            if (str_starts(l.custom[k].val, STR("$")) && ++literal > 0)
                ck_assert_uint_eq(launch_custom(&l, str_z(a, l.custom[k].key)).n, 0);
        ck_assert_uint_gt(literal, 0);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("moodle_tokens");
    TCase *c = tcase_create("moodle_tokens");
    tcase_add_checked_fixture(c, load, unload);
    tcase_add_test(c, all_verify);
    tcase_add_test(c, expire);
    tcase_add_test(c, variables);
    suite_add_tcase(s, c);
    return suite_main(s);
}
