/* CASE packages: read, with what is wrong in them listed. All frameworks here are
 * invented. */
#include "file/case.h"
#include "support/suite.h"

#include <string.h>

static struct arena *a;

static void setup(void)
{
    a = arena_new((size_t)512 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

#define HEAD                                                                             \
    "{\"CFDocument\":{\"identifier\":\"d\",\"title\":\"Invented\",\"creator\":"          \
    "\"Nobody\","                                                                        \
    "\"uri\":\"https://case.example/ims/case/v1p1/CFDocuments/d\"},"
#define ITEM(id, rest)                                                                   \
    "{\"identifier\":\"" id "\",\"fullStatement\":\"Does " id "\"" rest "}"
#define LINK(kind, from, to)                                                             \
    "{\"associationType\":\"" kind "\",\"originNodeURI\":{\"identifier\":\"" from        \
    "\"},\"destinationNodeURI\":{\"identifier\":\"" to "\"}}"

static struct case_package *read(const char *text)
{
    struct err e = {0};
    struct case_package *p = case_read(a, str_c(text), &e);
    ck_assert_msg(p != NULL, "%s", e.text);
    return p;
}

START_TEST(everything_that_is_kept_is_read)
{
    struct case_package *p = read(
        HEAD
        "\"CFDefinitions\":{\"CFItemTypes\":[{\"identifier\":\"t\",\"title\":"
        "\"Standard\"}]}"
        ",\"CFItems\":["
        "{\"identifier\":\"i\",\"uri\":\"https://case.example/i\",\"humanCodingScheme\":"
        "\"M.1\",\"fullStatement\":\"Adds\\n  two numbers \",\"abbreviatedStatement\":"
        "\"Add\",\"CFItemTypeURI\":{\"identifier\":\"t\"},\"educationLevel\":[\"03\","
        "\"04\"],"
        "\"language\":\"en\",\"statusEndDate\":\"2026-07-31\",\"lastChangeDateTime\":"
        "\"2026-01-02T03:04:05+00:00\",\"listEnumeration\":\"1\"}," ITEM(
            "j", "") "],"
                     "\"CFAssociations\":[" LINK("isChildOf", "i", "d") "," LINK(
                         "precedes", "i", "j") "," LINK("isPeerOf", "i", "j") "]}");
    const struct case_item *it = &p->items[0];
    ck_assert(str_is(p->version, "1.1"));
    ck_assert(str_is(p->title, "Invented"));
    ck_assert_uint_eq(p->items_n, 2);
    ck_assert(str_is(it->uri, "https://case.example/i"));
    ck_assert(str_is(it->coding, "M.1"));
    ck_assert(str_is(it->statement, "Adds two numbers"));
    ck_assert(str_is(it->brief, "Add"));
    ck_assert(str_is(it->type, "Standard"));
    ck_assert_uint_eq(it->levels_n, 2);
    ck_assert(str_is(it->levels[1], "04"));
    ck_assert(str_is(it->language, "en"));
    ck_assert(str_is(it->ends, "2026-07-31"));
    ck_assert(str_is(it->changed, "2026-01-02T03:04:05+00:00"));
    ck_assert_uint_eq(p->links_n, 2);
    ck_assert_int_eq(p->links[0].to, -1); /* the document */
    ck_assert_int_eq(p->links[1].to, 1);
    ck_assert_uint_eq(p->other_n, 1);
    ck_assert_uint_eq(p->faults_n, 0);
}
END_TEST

static bool told(const struct case_package *p, const char *path, const char *part)
{
    for (size_t i = 0; i < p->faults_n; i++)
        if (str_is(p->faults[i].path, path) &&
            str_find(p->faults[i].text, str_c(part), 0) != SIZE_MAX)
            return true;
    return false;
}

/* An item and an association with faults of their own. */
static void put_items(struct buf *b)
{
    buf_c(b, HEAD "\"CFItems\":[" ITEM("i", "") ",7,{\"identifier\":\"x\"},");
    buf_c(b, "{\"fullStatement\":\"x\"},");
    buf_c(b, "{\"identifier\":\"a b\",\"fullStatement\":\"x\"},");
    buf_c(b, ITEM("i", "") ",");
    buf_c(b, ITEM("k", ",\"statusEndDate\":\"soon\",\"lastChangeDateTime\":1") ",");
    buf_c(b, ITEM("l", ",\"lastChangeDateTime\":\"yesterday\""));
    buf_c(b, "],\"CFAssociations\":[" LINK("isChildOf", "i", "i") ",");
    buf_c(b, LINK("follows", "i", "k") ",{\"associationType\":\"precedes\"},null,");
    buf_c(b, LINK("precedes", "i", "zz") "]}");
}

START_TEST(what_is_wrong_is_listed_and_the_rest_goes_on)
{
    struct buf b;
    buf_init(&b, a, 4096);
    put_items(&b);
    struct case_package *p = read(str_z(a, buf_view(&b)));
    ck_assert_uint_eq(p->items_n, 3);
    ck_assert(told(p, "CFItems[1]", "no object"));
    ck_assert(told(p, "CFItems[2]", "fullStatement"));
    ck_assert(told(p, "CFItems[3]", "identifier"));
    ck_assert(told(p, "CFItems[4]", "identifier"));
    ck_assert(told(p, "CFItems[5]", "CFItems[0]"));
    ck_assert(told(p, "CFItems[6]", "statusEndDate"));
    ck_assert(told(p, "CFItems[7]", "lastChangeDateTime"));
    ck_assert(told(p, "CFAssociations[0]", "itself"));
    ck_assert(told(p, "CFAssociations[1]", "associationType"));
    ck_assert(told(p, "CFAssociations[2]", "joins"));
    ck_assert(told(p, "CFAssociations[3]", "associationType"));
    ck_assert_uint_eq(p->left_out_n, 9);
    ck_assert_uint_eq(p->noted_n, 2);
    ck_assert_uint_eq(p->links_n, 1);
    ck_assert_int_eq(p->links[0].to, -1);
}
END_TEST

START_TEST(the_older_version_and_a_wrapped_package)
{
    struct case_package *p = read(
        "{\"CFPackage\":{\"CFDocument\":{\"identifier\":\"d\",\"title\":\"T\",\"uri\":"
        "\"https://case.example/ims/case/v1p0/CFDocuments/d\"},\"CFItems\":[" ITEM(
            "i", "") "],\"CFAssociations\":[{\"associationType\":\"isChildOf\","
                     "\"originNodeURI\":{\"uri\":\"https://case.example/CFItems/i\"},"
                     "\"destinationNodeURI\":{\"uri\":\"https://case.example/d\"}}]}}");
    ck_assert(str_is(p->version, "1.0"));
    ck_assert_int_eq(p->links[0].from, 0);
    ck_assert(str_is(p->links[0].to_id, "d"));
}
END_TEST

START_TEST(what_is_no_package_is_refused)
{
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "{\"CFItems\":[]}",
        HEAD "\"CFItems\":7}",
        "{\"CFDocument\":{\"title\":\"x\"},\"CFItems\":[]}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err e = {0};
        ck_assert_ptr_null(case_read(a, str_c(bad[i]), &e));
        ck_assert_int_eq(e.code, ERR_INPUT);
    }
}
END_TEST

START_TEST(too_many_items_are_refused)
{
    struct buf b;
    struct err e = {0};
    buf_init(&b, a, 1 << 20);
    buf_c(&b, HEAD "\"CFItems\":[1");
    for (int i = 0; i < CASE_MAX_ITEMS; i++)
        buf_c(&b, ",1");
    buf_c(&b, "]}");
    ck_assert_ptr_null(case_read(a, buf_view(&b), &e));
    ck_assert_int_eq(e.code, ERR_LIMIT);
}
END_TEST

START_TEST(faults_beyond_the_list_are_counted)
{
    struct buf b;
    buf_init(&b, a, 1 << 16);
    buf_c(&b, HEAD "\"CFItems\":[1");
    for (int i = 0; i < CASE_MAX_FAULTS; i++)
        buf_c(&b, ",1");
    buf_c(&b, "]}");
    struct case_package *p = case_read(a, buf_view(&b), NULL);
    ck_assert_uint_eq(p->faults_n, CASE_MAX_FAULTS);
    ck_assert_uint_eq(p->left_out_n, CASE_MAX_FAULTS + 1);
}
END_TEST

START_TEST(a_list_of_documents)
{
    struct case_document *rows;
    size_t n;
    const char *text =
        "{\"CFDocuments\":[{\"identifier\":\"d\",\"title\":\"T\",\"creator\":\"C\","
        "\"adoptionStatus\":\"Adopted\",\"lastChangeDateTime\":\"2026-01-01T00:00:00Z\","
        "\"CFPackageURI\":{\"uri\":\"https://case.example/p\"}},{\"title\":\"no id\"}]}";
    ck_assert_int_eq(case_documents(a, str_c(text), &rows, &n, NULL), 0);
    ck_assert_uint_eq(n, 1);
    ck_assert(str_is(rows[0].package_uri, "https://case.example/p"));
    ck_assert(str_is(rows[0].status, "Adopted"));
    ck_assert_int_eq(case_documents(a, STR("{}"), &rows, &n, NULL), -1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("case");
    TCase *c = tcase_create("case");
    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, everything_that_is_kept_is_read);
    tcase_add_test(c, what_is_wrong_is_listed_and_the_rest_goes_on);
    tcase_add_test(c, the_older_version_and_a_wrapped_package);
    tcase_add_test(c, what_is_no_package_is_refused);
    tcase_add_test(c, too_many_items_are_refused);
    tcase_add_test(c, faults_beyond_the_list_are_counted);
    tcase_add_test(c, a_list_of_documents);
    suite_add_tcase(s, c);
    return suite_main(s);
}
