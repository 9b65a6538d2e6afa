/* Zip archives of strangers: found, read, and refused where they are broken or a bomb. */
#include "file/unzip.h"
#include "support/suite.h"
#include "support/zipmake.h"

#include <string.h>

static struct arena *a;

static void setup(void)
{
    a = arena_new((size_t)256 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

static struct unzip *two(struct str *bytes)
{
    const struct zipmake_entry entries[] = {
        {"export/manifest.csv", STR("propertyName,value\n"), false},
        {"Users.CSV", STR("sourcedId\nu1\n"), false},
    };
    *bytes = zipmake(a, entries, 2);
    return unzip_open(a, *bytes, NULL, NULL);
}

START_TEST(finds_entries_by_their_file_name)
{
    struct str bytes;
    struct unzip *z = two(&bytes);
    ck_assert_ptr_nonnull(z);
    ck_assert_uint_eq(unzip_count(z), 2);
    ck_assert_int_eq(unzip_find(z, STR("manifest.csv")), 0);
    ck_assert_int_eq(unzip_find(z, STR("users.csv")), 1);
    ck_assert_int_eq(unzip_find(z, STR("orgs.csv")), -1);
    ck_assert(str_is(unzip_name(z, 0), "export/manifest.csv"));
}
END_TEST

START_TEST(reads_what_was_packed)
{
    struct str bytes, text;
    struct unzip *z = two(&bytes);
    ck_assert_int_eq(unzip_text(z, a, 1, &text, NULL), 0);
    ck_assert(str_is(text, "sourcedId\nu1\n"));
}
END_TEST

START_TEST(refuses_what_is_no_archive)
{
    static const char *const texts[] = {"", "PK", "sourcedId,status\n1,active\n",
                                        "PK\5\6only a beginning of the end"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct err e = {0};
        ck_assert_ptr_null(unzip_open(a, str_c(texts[i]), NULL, &e));
        ck_assert_int_eq(e.code, ERR_INPUT);
    }
}
END_TEST

/* Each byte of a small archive turned over: never a crash, and a text that comes out
 * without an error is the text that was packed. */
START_TEST(damage_is_noticed)
{
    struct str bytes, text;
    (void)two(&bytes);
    for (size_t i = 0; i < bytes.n; i++) {
        struct arena *own = arena_new((size_t)16 << 20);
        char *copy = arena_alloc(own, bytes.n);
        memcpy(copy, bytes.p, bytes.n);
        copy[i] = (char)(copy[i] ^ 0x5a);
        struct unzip *z = unzip_open(own, (struct str){copy, bytes.n}, NULL, NULL);
        int64_t at = z == NULL ? -1 : unzip_find(z, STR("users.csv"));
        if (at >= 0 && unzip_text(z, own, (size_t)at, &text, NULL) == 0)
            ck_assert(str_is(text, "sourcedId\nu1\n"));
        arena_free(own);
    }
}
END_TEST

static enum err_code read_first(struct str bytes, const struct unzip_limits *lim)
{
    struct err e = {0};
    struct str text;
    struct unzip *z = unzip_open(a, bytes, lim, &e);
    if (z != NULL && unzip_text(z, a, 0, &text, &e) == 0)
        return ERR_NONE;
    return e.code;
}

START_TEST(a_bomb_does_not_go_off)
{
    size_t n = (size_t)40 << 20;
    char *zeros = arena_alloc(a, n);
    const struct zipmake_entry bomb = {"users.csv", {zeros, n}, false};
    struct str bytes = zipmake(a, &bomb, 1);
    ck_assert_uint_lt(bytes.n, n / 500);
    ck_assert_int_eq(read_first(bytes, NULL), ERR_LIMIT);
    struct unzip_limits lim = {.ratio = 100000, .entry_n = 1 << 20};
    ck_assert_int_eq(read_first(bytes, &lim), ERR_LIMIT);
    lim = (struct unzip_limits){.ratio = 100000, .total_n = 1 << 20};
    ck_assert_int_eq(read_first(bytes, &lim), ERR_LIMIT);
    lim = (struct unzip_limits){.archive_n = 100};
    ck_assert_int_eq(read_first(bytes, &lim), ERR_LIMIT);
    lim = (struct unzip_limits){.ratio = 100000};
    ck_assert_int_eq(read_first(bytes, &lim), ERR_NONE);
}
END_TEST

START_TEST(too_many_entries)
{
    struct str bytes;
    struct err e = {0};
    const struct unzip_limits lim = {.entries = 1};
    (void)two(&bytes);
    ck_assert_ptr_null(unzip_open(a, bytes, &lim, &e));
    ck_assert_int_eq(e.code, ERR_LIMIT);
}
END_TEST

START_TEST(an_encrypted_entry_is_said_to_be_one)
{
    const struct zipmake_entry entry = {"users.csv", STR("sourcedId\nu1\n"), true};
    ck_assert_int_eq(read_first(zipmake(a, &entry, 1), NULL), ERR_INPUT);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("unzip");
    TCase *c = tcase_create("archives");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, finds_entries_by_their_file_name);
    tcase_add_test(c, reads_what_was_packed);
    tcase_add_test(c, refuses_what_is_no_archive);
    tcase_add_test(c, damage_is_noticed);
    tcase_add_test(c, a_bomb_does_not_go_off);
    tcase_add_test(c, too_many_entries);
    tcase_add_test(c, an_encrypted_entry_is_said_to_be_one);
    suite_add_tcase(s, c);
    return suite_main(s);
}
