/* multipart/form-data: what a browser sends is read, everything else is refused. */
#include "msg/multipart.h"
#include "support/suite.h"

#include <string.h>

static struct arena *a;
static const struct form_limit limit = {4096, 100, 3};

static void setup(void)
{
    a = arena_new((size_t)16 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

static enum fault_id reads(struct str body, struct multipart *m)
{
    struct fault f = {.id = FAULT_NONE};
    int rc = multipart_read(a, body, STR("B"), &limit, m, &f);
    ck_assert_int_eq(rc == 0, f.id == FAULT_NONE);
    return f.id;
}

START_TEST(a_form_with_a_file)
{
    struct multipart m;
    struct str body =
        STR("--B\r\nContent-Disposition: form-data; name=\"l\"\r\n\r\nhandle\r\n"
            "--B\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n"
            "--B\r\ncontent-disposition: form-data; name=\"file\"; "
            "filename=\"C:\\x\\gr\xc3\xa4"
            "des; a=%22b.csv\"\r\nContent-Type: text/csv\r\n\r\n"
            "a,b\r\n\0\xff--B\r\n\r\n--C\r\n--B--\r\n");
    ck_assert_int_eq(reads(body, &m), FAULT_NONE);
    ck_assert_uint_eq(m.form.n, 2);
    ck_assert(str_is(form_get(&m.form, "l"), "handle"));
    ck_assert(form_has(&m.form, "empty") && form_get(&m.form, "empty").n == 0);
    ck_assert(!m.form.pair[0].from_query);
    const struct multipart_file *f = multipart_file(&m, "file");
    ck_assert_ptr_nonnull(f);
    ck_assert(str_is(f->name, "gr\xc3\xa4"
                              "des; a=%22b.csv"));
    ck_assert(str_eq(f->bytes, STR("a,b\r\n\0\xff--B\r\n\r\n--C")));
    ck_assert_ptr_null(multipart_file(&m, "l"));
}
END_TEST

START_TEST(no_file_was_chosen)
{
    struct multipart m;
    ck_assert_int_eq(reads(STR("--B\r\nContent-Disposition: form-data; name=\"file\"; "
                               "filename=\"\"\r\n\r\n\r\n--B--"),
                           &m),
                     FAULT_NONE);
    ck_assert_uint_eq(multipart_file(&m, "file")->bytes.n, 0);
    ck_assert_uint_eq(multipart_file(&m, "file")->name.n, 0);
    ck_assert_int_eq(reads(STR("--B--\r\n"), &m), FAULT_NONE);
}
END_TEST

START_TEST(what_is_refused)
{
#define HEAD "--B\r\nContent-Disposition: form-data; name=\"x\"\r\n"
    static const struct {
        const char *body;
        enum fault_id fault;
    } bad[] = {
        {"", FAULT_FORM_BAD},
        {"preamble\r\n--B--", FAULT_FORM_BAD},
        {"--B", FAULT_FORM_BAD},
        {"--Bx\r\n", FAULT_FORM_BAD},
        {HEAD "\r\nno end", FAULT_FORM_BAD},
        {HEAD "\r\nx\r\n--B--trailing", FAULT_FORM_BAD},
        {HEAD "\r\nx\r\n--B--\r\nepilogue", FAULT_FORM_BAD},
        {"--B\r\n\r\nx\r\n--B--", FAULT_FORM_BAD},
        {"--B\r\nContent-Type: text/plain\r\n\r\nx\r\n--B--", FAULT_FORM_BAD},
        {"--B\r\nContent-Disposition: attachment; name=\"x\"\r\n\r\nx\r\n--B--",
         FAULT_FORM_BAD},
        {"--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--", FAULT_FORM_BAD},
        {"--B\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nx\r\n--B--",
         FAULT_FORM_BAD},
        {"--B\r\nContent-Disposition: form-data; name=\"x\r\n\r\nx\r\n--B--",
         FAULT_FORM_BAD},
        {HEAD "Content-Disposition: form-data; name=\"y\"\r\n\r\nx\r\n--B--",
         FAULT_FORM_BAD},
        {HEAD "Content-Transfer-Encoding: base64\r\n\r\nx\r\n--B--", FAULT_FORM_BAD},
        {HEAD "no header\r\n\r\nx\r\n--B--", FAULT_FORM_BAD},
        {HEAD "a:b\r\na:b\r\na:b\r\na:b\r\na:b\r\na:b\r\na:b\r\na:b\r\n\r\nx\r\n--B--",
         FAULT_FORM_BAD},
        {HEAD "\r\n\xff\r\n--B--", FAULT_FORM_BAD},
        {HEAD "\r\n1\r\n" HEAD "\r\n2\r\n" HEAD "\r\n3\r\n" HEAD "\r\n4\r\n--B--",
         FAULT_FORM_TOO_MANY},
    };
    struct multipart m;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(reads(str_c(bad[i].body), &m) == bad[i].fault, "%s", bad[i].body);
    ck_assert_int_eq(reads(STR(HEAD "\r\na\0b\r\n--B--"), &m), FAULT_FORM_BAD);
    struct buf b;
    buf_init(&b, a, 4096);
    buf_c(&b, HEAD "\r\n");
    for (int i = 0; i < 101; i++)
        buf_char(&b, 'x');
    buf_c(&b, "\r\n--B--");
    ck_assert_int_eq(reads(buf_view(&b), &m), FAULT_FORM_TOO_BIG);
}
END_TEST

START_TEST(boundaries)
{
    struct str b;
    ck_assert(multipart_is(STR("multipart/form-data; boundary=----WebKitForm7"), &b));
    ck_assert(str_is(b, "----WebKitForm7"));
    ck_assert(
        multipart_is(STR("Multipart/Form-Data; charset=utf-8; BOUNDARY=\"a b\""), &b));
    ck_assert(str_is(b, "a b"));
    ck_assert(multipart_is(STR("multipart/form-data"), &b) && b.n == 0);
    ck_assert(multipart_is(STR("multipart/form-data; boundary=a;b"), &b));
    ck_assert(str_is(b, "a"));
    ck_assert(multipart_is(STR("multipart/form-data; boundary=\"a\"x"), &b) && b.n == 0);
    ck_assert(multipart_is(STR("multipart/form-data; boundary=\"a \""), &b) && b.n == 0);
    ck_assert(multipart_is(STR("multipart/form-data; boundary=a<b"), &b) && b.n == 0);
    ck_assert(!multipart_is(STR("multipart/mixed; boundary=a"), &b));
    ck_assert(!multipart_is(STR_EMPTY, &b));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("multipart");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_form_with_a_file);
    tcase_add_test(t, no_file_was_chosen);
    tcase_add_test(t, what_is_refused);
    tcase_add_test(t, boundaries);
    suite_add_tcase(s, t);
    return suite_main(s);
}
