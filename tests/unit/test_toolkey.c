/* Our own keys on disk: made once, private, rotated without a gap (JWKS-7, C-12). */
#include "jose/jwks.h"
#include "jose/jwt.h"
#include "jose/toolkey.h"
#include "support/suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAY INT64_C(86400000)

static char dir[64], made[80];
static struct arena *a;
static struct env env;
static int64_t now_ms;

static int64_t clock_ms(void *ctx)
{
    (void)ctx;
    return now_ms;
}

static void begin(void)
{
    a = arena_new(8 << 20);
    strcpy(dir, "/tmp/waymark-keys-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(made, sizeof made, "%s/keys", dir);
    env_system(&env);
    now_ms = env_now_ms(&env);
    env.now_ms = clock_ms;
}

static void end(void)
{
    char cmd[128];
    snprintf(cmd, sizeof cmd, "rm -r %s", dir);
    ck_assert_int_eq(system(cmd), 0);
    arena_free(a);
}

static const char *path(const char *name)
{
    return str_z(a, str_fmt(a, "%s/%s", made, name));
}

static struct toolkey *open_keys(void)
{
    struct err e = {.code = ERR_NONE};
    struct toolkey *t = toolkey_open(made, &env, true, &e);
    ck_assert_msg(t != NULL, "%s", e.text);
    return t;
}

static size_t published(const struct toolkey *t)
{
    struct err e;
    struct jwks_set set;
    ck_assert_int_eq(jwks_parse(a, toolkey_jwks(t), &set, &e), 0);
    ck_assert(!set.leaks_private && set.skipped == 0);
    return set.n;
}

static bool publishes(const struct toolkey *t, struct str kid)
{
    return str_find(toolkey_jwks(t), kid, 0) != SIZE_MAX;
}

START_TEST(created)
{
    struct err e;
    ck_assert_ptr_null(toolkey_open(made, &env, false, &e));
    struct toolkey *t = open_keys();
    struct stat st;
    ck_assert_int_eq(stat(made, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0700);
    ck_assert_int_eq(stat(path("current.pem"), &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
    ck_assert_uint_eq(toolkey_kid(t).n, 43);
    ck_assert_uint_eq(published(t), 2); /* the next one, too */
    /* JWKS-7: alg, use, no private member */
    const struct js *doc = js_parse(a, toolkey_jwks(t), 8192, 4, &e), *k;
    k = js_at(js_get(doc, "keys"), 1);
    ck_assert(str_eq(js_text(k, "kid"), toolkey_kid(t)));
    ck_assert(str_is(js_text(k, "alg"), "RS256") && str_is(js_text(k, "use"), "sig"));
    ck_assert_uint_eq(js_len(k), 6);
    struct toolkey *again = toolkey_open(made, &env, false, &e);
    ck_assert(str_eq(toolkey_kid(t), toolkey_kid(again)));
    ck_assert(str_eq(toolkey_jwks(t), toolkey_jwks(again)));
    toolkey_close(again);
    toolkey_close(t);
}
END_TEST

/* What we sign, our own published document verifies. */
/* SVC-2: by the current key, and it says which. */
START_TEST(signs)
{
    struct toolkey *t = open_keys();
    struct err e;
    struct js *claims = js_object(a);
    struct str jwt;
    struct jwt parts;
    struct jwks_set set;
    js_set_str(claims, "iss", STR("tool-1"));
    ck_assert_int_eq(toolkey_sign(t, a, claims, &jwt, &e), 0);
    ck_assert_int_eq(jwt_split(a, jwt, &parts, &e), JWT_OK);
    ck_assert(str_eq(parts.kid, toolkey_kid(t)));
    ck_assert_int_eq(jwks_parse(a, toolkey_jwks(t), &set, &e), 0);
    bool ok = false;
    for (size_t i = 0; i < set.n; i++) {
        struct rsa_key *k = rsa_public(set.key[i].n, set.key[i].e, &e);
        if (str_eq(set.key[i].kid, parts.kid))
            ok = rsa_verify(k, parts.signed_text, parts.signature);
        rsa_free(k);
    }
    ck_assert(ok);
    toolkey_close(t);
}
END_TEST

/* C-12: a key that others may read, or no key at all, stops us. */
START_TEST(refused)
{
    struct err e = {.code = ERR_NONE};
    toolkey_close(open_keys());
    ck_assert_int_eq(chmod(path("current.pem"), 0640), 0);
    ck_assert_ptr_null(toolkey_open(made, &env, true, &e));
    ck_assert_int_eq(e.code, ERR_DENIED);
    ck_assert_int_eq(chmod(path("current.pem"), 0604), 0);
    ck_assert_ptr_null(toolkey_open(made, &env, true, &e));
    ck_assert_int_eq(chmod(path("current.pem"), 0600), 0);
    ck_assert_int_eq(chmod(made, 0770), 0);
    ck_assert_ptr_null(toolkey_open(made, &env, true, &e));
    ck_assert_int_eq(e.code, ERR_DENIED);
    ck_assert_int_eq(chmod(made, 0700), 0);
    ck_assert_int_eq(rename(path("current.pem"), path("x.pem")), 0);
    ck_assert_int_eq(symlink(path("x.pem"), path("current.pem")), 0);
    ck_assert_ptr_null(toolkey_open(made, &env, true, &e));
    ck_assert_int_eq(unlink(path("current.pem")), 0);
    ck_assert_ptr_null(toolkey_open(made, &env, false, &e));
    ck_assert_int_eq(e.code, ERR_NOTFOUND);
    int fd = open(path("current.pem"), O_CREAT | O_WRONLY, 0600);
    ck_assert_int_eq(write(fd, "no key\n", 7), 7);
    close(fd);
    ck_assert_ptr_null(toolkey_open(made, &env, true, &e));
    ck_assert_int_eq(e.code, ERR_INPUT);
}
END_TEST

static struct str kid_now(void)
{
    struct toolkey *t = open_keys();
    struct str kid = str_dup(a, toolkey_kid(t));
    toolkey_close(t);
    return kid;
}

/* JWKS-7: what signs tomorrow is published today, what signed yesterday still is. */
START_TEST(rotation)
{
    struct err e;
    struct str first = kid_now();
    ck_assert_int_eq(toolkey_rotate(made, &env, false, &e), -1);
    ck_assert_int_eq(e.code, ERR_CONFLICT);
    now_ms += DAY;
    ck_assert_int_eq(toolkey_rotate(made, &env, false, &e), 0);
    struct toolkey *t = open_keys();
    struct str second = str_dup(a, toolkey_kid(t));
    ck_assert(!str_eq(first, second));
    ck_assert(publishes(t, first));
    ck_assert_uint_eq(published(t), 3);
    toolkey_close(t);
    now_ms += 7 * DAY - 1;
    ck_assert_int_eq(toolkey_rotate(made, &env, false, &e), -1);
    now_ms += 1;
    ck_assert_int_eq(toolkey_rotate(made, &env, false, &e), 0);
    t = open_keys();
    ck_assert(publishes(t, second) && !publishes(t, first));
    toolkey_close(t);
    ck_assert_int_eq(toolkey_rotate(made, &env, true, &e), 0); /* in an emergency */
}
END_TEST

/* A rotation that was cut short between its steps goes on with the next one. */
START_TEST(cut_short)
{
    struct err e;
    struct str first = kid_now();
    ck_assert_int_eq(link(path("current.pem"), path("previous.pem")), 0);
    struct toolkey *t = open_keys();
    ck_assert_uint_eq(published(t), 2); /* one key twice is published once */
    toolkey_close(t);
    ck_assert_int_eq(toolkey_rotate(made, &env, true, &e), 0);
    t = open_keys();
    ck_assert(publishes(t, first) && !str_eq(first, toolkey_kid(t)));
    ck_assert_uint_eq(published(t), 3);
    toolkey_close(t);
    ck_assert_int_eq(unlink(path("next.pem")), 0);
    t = open_keys();
    ck_assert_uint_eq(published(t), 3);
    toolkey_close(t);
}
END_TEST

/* Processes that begin at once agree on one key. */
START_TEST(race)
{
    for (int i = 0; i < 4; i++)
        if (fork() == 0) {
            struct toolkey *t = toolkey_open(made, &env, true, NULL);
            _exit(t == NULL ? 1 : str_eq(toolkey_kid(t), STR("")));
        }
    int status;
    while (wait(&status) > 0)
        ck_assert_int_eq(status, 0);
    struct toolkey *t = open_keys();
    ck_assert_uint_eq(published(t), 2);
    toolkey_close(t);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("toolkey");
    TCase *c = tcase_create("toolkey");
    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, created);
    tcase_add_test(c, signs);
    tcase_add_test(c, refused);
    tcase_add_test(c, rotation);
    tcase_add_test(c, cut_short);
    tcase_add_test(c, race);
    suite_add_tcase(s, c);
    return suite_main(s);
}
