/* Arena, slices, JSON, hashes and sealing, maps, ids. */
#include "base/arena.h"
#include "base/crypt.h"
#include "base/env.h"
#include "base/js.h"
#include "base/keyring.h"
#include "base/map.h"
#include "base/str.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena *a;

static void setup(void)
{
    a = arena_new(8 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

static void append_char(void *p)
{
    char **at = p;
    *(*at)++ = 'x';
}

START_TEST(arena_gives_zeroed_aligned_memory_and_runs_defers)
{
    char log[4] = "", *at = log;
    for (size_t i = 0; i < 5000; i++) {
        unsigned char *p = arena_alloc(a, i % 97);
        ck_assert_uint_eq((uintptr_t)p % 16, 0);
        for (size_t k = 0; k < i % 97; k++)
            ck_assert_int_eq(p[k], 0);
        memset(p, 0xff, i % 97);
    }
    arena_defer(a, append_char, &at);
    arena_defer(a, append_char, &at);
    arena_reset(a);
    ck_assert_str_eq(log, "xx");
    ck_assert_uint_eq(arena_used(a), 0);
}
END_TEST

START_TEST(arena_over_its_cap_aborts)
{
    struct arena *small = arena_new(1000);
    arena_alloc(small, 2000);
    arena_free(small);
}
END_TEST

START_TEST(str_cuts_compares_and_finds)
{
    struct str head, tail;
    ck_assert(str_cut(STR("a=b=c"), '=', &head, &tail));
    ck_assert(str_is(head, "a") && str_is(tail, "b=c"));
    ck_assert(!str_cut(STR("abc"), '=', &head, &tail));
    ck_assert(str_is(head, "abc") && tail.n == 0);
    ck_assert(str_eq(str_trim(STR(" \t x \n")), STR("x")));
    ck_assert(str_cmp(STR("a"), STR("ab")) < 0);
    ck_assert(str_cmp(STR("b"), STR("ab")) > 0);
    ck_assert(str_ieq(STR("Bearer"), STR("bEARER")));
    ck_assert(!str_eq(STR("Bearer"), STR("bearer")));
    ck_assert_uint_eq(str_find(STR("hello"), STR("lo"), 0), 3);
    ck_assert_uint_eq(str_find(STR("hello"), STR("lo"), 4), SIZE_MAX);
    ck_assert(str_ends(STR("a.json"), STR(".json")));
    ck_assert(str_z(a, (struct str){"a\0b", 3}) == NULL);
}
END_TEST

START_TEST(str_reads_numbers_strictly)
{
    int64_t i;
    double f;
    ck_assert(str_i64(STR("-42"), &i) && i == -42);
    ck_assert(str_i64(STR("9223372036854775807"), &i) && i == INT64_MAX);
    ck_assert(!str_i64(STR("9223372036854775808"), &i));
    ck_assert(!str_i64(STR(""), &i) && !str_i64(STR("-"), &i) && !str_i64(STR(" 1"), &i));
    ck_assert(!str_i64(STR("1e3"), &i) && !str_i64(STR("0x10"), &i));
    ck_assert(str_f64(STR("1.7e9"), &f) && f == 1.7e9);
    ck_assert(!str_f64(STR("nan"), &f) && !str_f64(STR("inf"), &f));
    ck_assert(!str_f64(STR("1e400"), &f) && !str_f64(STR("1,5"), &f));
}
END_TEST

START_TEST(str_knows_utf8)
{
    ck_assert(str_utf8(STR("na\xc3\xafve \xe2\x82\xac \xf0\x9f\x8c\xb1")));
    ck_assert(!str_utf8(STR("\xc0\xaf")));         /* overlong */
    ck_assert(!str_utf8(STR("\xed\xa0\x80")));     /* a surrogate */
    ck_assert(!str_utf8(STR("\xf4\x90\x80\x80"))); /* beyond U+10FFFF */
    ck_assert(!str_utf8(STR("\xe2\x82")));         /* cut off */
    ck_assert(!str_utf8(STR("\x80")));
}
END_TEST

START_TEST(buf_grows_and_formats)
{
    struct buf b;
    buf_init(&b, a, 1);
    for (int i = 0; i < 1000; i++)
        buf_fmt(&b, "%d,", i);
    struct str s = buf_view(&b);
    ck_assert_uint_eq(s.n, 10 * 2 + 90 * 3 + 900 * 4);
    ck_assert_int_eq(s.p[s.n], 0);
    ck_assert(str_ends(s, STR("998,999,")));
}
END_TEST

START_TEST(js_refuses_what_hides_meaning)
{
    static const char *const bad[] = {
        "{\"a\":1,\"a\":2}", "{\"a\":1} x",   "[1,]", "{\"a\":\"\\u0000\"}",
        "\"\\ud800\"",       "{\"a\":1e400}", "",     "{\"\\u0061\":1,\"a\":2}",
        "\"\xff\"",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err e = {0};
        ck_assert_msg(js_parse(a, str_c(bad[i]), 1000, 8, &e) == NULL, "%s", bad[i]);
        ck_assert_int_eq(e.code, ERR_INPUT);
    }
}
END_TEST

START_TEST(js_keeps_to_its_limits)
{
    struct err e = {0};
    ck_assert_ptr_nonnull(js_parse(a, STR("[[[1]]]"), 100, 3, &e));
    ck_assert_ptr_null(js_parse(a, STR("[[[[1]]]]"), 100, 3, &e));
    ck_assert_int_eq(e.code, ERR_LIMIT);
    ck_assert_ptr_nonnull(js_parse(a, STR("[\"[[[[[[\"]"), 100, 3, &e));
    ck_assert_ptr_null(js_parse(a, STR("[1,2,3]"), 6, 3, &e));
}
END_TEST

START_TEST(js_reads_null_as_absent_and_types_strictly)
{
    struct js *o = js_parse(
        a, STR("{\"n\":null,\"s\":\"x\",\"i\":3,\"f\":1.5,\"b\":true}"), 100, 4, NULL);
    int64_t i = -1;
    double f;
    bool b;
    struct str s;
    ck_assert(js_get(o, "n") == NULL && js_has(o, "n") && !js_has(o, "m"));
    ck_assert(!js_i64(js_get(o, "s"), &i) && i == -1);
    ck_assert(js_i64(js_get(o, "i"), &i) && i == 3);
    ck_assert(js_num(js_get(o, "i"), &f) && f == 3);
    ck_assert(js_num(js_get(o, "f"), &f) && f == 1.5);
    ck_assert(!js_i64(js_get(o, "f"), &i));
    ck_assert(js_bool(js_get(o, "b"), &b) && b && !js_bool(js_get(o, "i"), &b));
    ck_assert(js_str(js_get(o, "s"), &s) && str_is(s, "x") && js_text(o, "none").n == 0);
}
END_TEST

START_TEST(js_writes_equal_trees_as_equal_bytes)
{
    struct js *x = js_object(a), *y = js_object(a), *list = js_array(a);
    js_push_i64(list, 1);
    js_push_str(list, STR("b"));
    js_set_num(x, "real", 0.1);
    js_set(x, "list", list);
    js_set_bool(x, "yes", true);
    js_set_bool(y, "yes", true);
    js_set(y, "list", list);
    js_set_num(y, "real", 0.1);
    ck_assert(str_eq(js_dump(a, x), js_dump(a, y)));
    js_set_num(y, "real", 0.0 / 0.0);
    js_set_str(y, "list", STR("\xff"));
    ck_assert(str_is(js_dump(a, y), "{\"list\":null,\"real\":null,\"yes\":true}"));
}
END_TEST

START_TEST(crypt_known_answers)
{
    unsigned char h[CRYPT_HASH_N];
    ck_assert(str_is(crypt_digest(a, STR("abc")), /* FIPS 180-4, example of SHA-256 */
                     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    crypt_hmac(STR("Jefe"), STR("what do ya want for nothing?"), h); /* RFC 4231 case 2 */
    ck_assert(str_is(crypt_hex(a, (struct str){(char *)h, 32}),
                     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    ck_assert(str_is(crypt_b64url(a, STR("\xfb\xff")), "-_8"));
    ck_assert(str_is(crypt_b64(a, STR("f")), "Zg=="));
    ck_assert(crypt_equal(STR("same"), STR("same")) &&
              !crypt_equal(STR("same"), STR("sane")));
}
END_TEST

START_TEST(crypt_unb64url_is_strict)
{
    static const char *const bad[] = {"A",   "Zg==", "Zh",    "Z g",
                                      "Z+8", "Zg\n", "AAAAA", "Z\x80"};
    struct str raw;
    ck_assert_int_eq(crypt_unb64url(a, STR("Zg"), &raw, NULL), 0);
    ck_assert(str_is(raw, "f"));
    ck_assert_int_eq(crypt_unb64url(a, STR(""), &raw, NULL), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(crypt_unb64url(a, str_c(bad[i]), &raw, NULL) == -1, "%s", bad[i]);
}
END_TEST

START_TEST(crypt_opens_only_what_was_sealed_for_this_place)
{
    struct env env;
    struct err e = {0};
    struct str box, again, out;
    const unsigned char key[CRYPT_KEY_N] = {1}, other[CRYPT_KEY_N] = {2};
    env_system(&env);
    ck_assert_int_eq(crypt_seal(a, &env, key, STR("row 1"), STR("Ada"), &box, &e), 0);
    ck_assert_int_eq(crypt_seal(a, &env, key, STR("row 1"), STR("Ada"), &again, &e), 0);
    ck_assert(!str_eq(box, again));
    ck_assert_int_eq(crypt_open(a, key, STR("row 1"), box, &out, &e), 0);
    ck_assert(str_is(out, "Ada"));
    ck_assert_int_eq(crypt_open(a, key, STR("row 2"), box, &out, &e), -1);
    ck_assert_int_eq(crypt_open(a, other, STR("row 1"), box, &out, &e), -1);
    char *bent = str_z(a, box);
    bent[box.n / 2] = bent[box.n / 2] == 'A' ? 'B' : 'A';
    ck_assert_int_eq(crypt_open(a, key, STR("row 1"), str_c(bent), &out, &e), -1);
    ck_assert_int_eq(crypt_open(a, key, STR("row 1"), STR("AQ"), &out, &e), -1);
}
END_TEST

START_TEST(map_finds_what_was_put)
{
    struct map *m = map_new(a);
    for (intptr_t i = 1; i <= 3000; i++)
        ck_assert_ptr_null(map_put(m, str_fmt(a, "key %d", (int)i), (void *)i));
    ck_assert_uint_eq(map_len(m), 3000);
    for (intptr_t i = 1; i <= 3000; i++)
        ck_assert_int_eq((intptr_t)map_get(m, str_fmt(a, "key %d", (int)i)), i);
    ck_assert_ptr_null(map_get(m, STR("key 3001")));
    ck_assert_int_eq((intptr_t)map_put(m, STR("key 7"), (void *)9), 7);
    ck_assert(str_is(map_key(m, 6), "key 7") && (intptr_t)map_val(m, 6) == 9);
}
END_TEST

static int64_t frozen(void *ctx)
{
    (void)ctx;
    return 1790000000000;
}

START_TEST(env_ids_grow_even_within_one_millisecond)
{
    struct env env;
    env_system(&env);
    env.now_ms = frozen;
    int64_t last = 0;
    for (int i = 0; i < 100000; i++) {
        int64_t id = env_id(&env);
        ck_assert_int_gt(id, last);
        last = id;
    }
}
END_TEST

START_TEST(keyring_is_made_once_and_kept_private)
{
    struct env env;
    struct err e = {0};
    struct keyring one, two;
    struct stat st;
    char dir[] = "/tmp/waymark-keys-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(dir));
    char *path = str_z(a, str_fmt(a, "%s/data.key", dir));
    env_system(&env);
    ck_assert_int_eq(keyring_load(dir, &env, &one, &e), 0);
    ck_assert_int_eq(keyring_load(dir, &env, &two, &e), 0);
    ck_assert_mem_eq(&one, &two, sizeof one);
    ck_assert(memcmp(one.seal, one.csrf, CRYPT_KEY_N) != 0);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
    chmod(path, 0644);
    ck_assert_int_eq(keyring_load(dir, &env, &two, &e), -1);
    ck_assert_int_eq(e.code, ERR_DENIED);
    unlink(path);
    rmdir(dir);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("base");
    TCase *t = tcase_create("base");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, arena_gives_zeroed_aligned_memory_and_runs_defers);
    tcase_add_test_raise_signal(t, arena_over_its_cap_aborts, 6);
    tcase_add_test(t, str_cuts_compares_and_finds);
    tcase_add_test(t, str_reads_numbers_strictly);
    tcase_add_test(t, str_knows_utf8);
    tcase_add_test(t, buf_grows_and_formats);
    tcase_add_test(t, js_refuses_what_hides_meaning);
    tcase_add_test(t, js_keeps_to_its_limits);
    tcase_add_test(t, js_reads_null_as_absent_and_types_strictly);
    tcase_add_test(t, js_writes_equal_trees_as_equal_bytes);
    tcase_add_test(t, crypt_known_answers);
    tcase_add_test(t, crypt_unb64url_is_strict);
    tcase_add_test(t, crypt_opens_only_what_was_sealed_for_this_place);
    tcase_add_test(t, map_finds_what_was_put);
    tcase_add_test(t, env_ids_grow_even_within_one_millisecond);
    tcase_add_test(t, keyring_is_made_once_and_kept_private);
    suite_add_tcase(s, t);
    return suite_main(s);
}
