/* engine/unit.h: short names of units. */
#include "engine/unit.h"
#include "support/suite.h"

static bool slug_is(struct arena *a, const char *title, const char *slug)
{
    struct str s = unit_slug(a, str_c(title));
    return unit_is_slug(s) && str_is(s, slug);
}

START_TEST(letters_digits_and_hyphens)
{
    struct arena *a = arena_new(1 << 20);
    ck_assert(slug_is(a, "Ratios & rates", "ratios-rates"));
    ck_assert(slug_is(a, "  Unit 3: Lines!  ", "unit-3-lines"));
    ck_assert(slug_is(a, "X", "x"));
    arena_free(a);
}
END_TEST

START_TEST(other_titles_get_a_name_too)
{
    struct arena *a = arena_new(1 << 20);
    const char *const odd[] = {"", "---", "Br\xc3\xbc"
                                          "che",
                               "\xe5\x88\x86\xe6\x95\xb0",
                               "a very long title of a unit that somebody wrote down in "
                               "full because it said more"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct str s = unit_slug(a, str_c(odd[i]));
        ck_assert(unit_is_slug(s) && str_starts(s, STR("u-")) && s.n == 18);
        for (size_t j = 0; j < i; j++)
            ck_assert(!str_eq(s, unit_slug(a, str_c(odd[j]))));
    }
    ck_assert(!unit_is_slug(STR("")) && !unit_is_slug(STR("A")) &&
              !unit_is_slug(STR("-a")) && !unit_is_slug(STR("a-")) &&
              !unit_is_slug(STR("a/b")));
    arena_free(a);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("unit");
    TCase *t = tcase_create("unit");
    tcase_add_test(t, letters_digits_and_hyphens);
    tcase_add_test(t, other_titles_get_a_name_too);
    suite_add_tcase(s, t);
    return suite_main(s);
}
