/* The option table: files, includes, the environment, checks, and what is written from
 * it. */
#include "base/conf.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct arena *a;
static char dir[64];

static void setup(void)
{
    a = arena_new(32 * 1024 * 1024);
    strcpy(dir, "/tmp/waymark-conf-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown(void)
{
    char *command = str_z(a, str_fmt(a, "rm -r %s", dir));
    ck_assert_int_eq(system(command), 0);
    arena_free(a);
}

static const char *file(const char *name, const char *text)
{
    char *path = str_z(a, str_fmt(a, "%s/%s", dir, name));
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
    return path;
}

static char text_of_error[256];

static bool fails(const char *text, enum err_code code)
{
    struct conf c;
    struct err e = {0};
    int rc = conf_load(a, file("bad.conf", text), NULL, &c, &e);
    snprintf(text_of_error, sizeof text_of_error, "%s", e.text);
    return rc == -1 && e.code == code;
}

START_TEST(defaults_alone)
{
    struct conf c;
    ck_assert_int_eq(conf_load(a, NULL, NULL, &c, NULL), 0);
    ck_assert_int_eq(c.login_s, 600);
    ck_assert(!c.allow_http);
    ck_assert(str_is(c.database, "sqlite:/var/lib/waymark/waymark.db"));
    ck_assert(str_is(c.from[CONF_ID_login_s], "default"));
}
END_TEST

START_TEST(file_then_environment)
{
    char key[] = "WAYMARK_WEB_WORKERS=7", other[] = "WAYMARK_TEST_PG=x",
         lower[] = "WAYMARK_web_workers=9", odd[] = "HOME";
    char *env[] = {key, other, lower, odd, NULL};
    struct conf c;
    const char *path =
        file("a.conf", "# comment\n\n  public_url = https://a.example  # tail\n"
                       "web_workers=3\nallow_http = yes\r\n"
                       "database = postgresql://u:p#w@h/n\n");
    ck_assert_int_eq(conf_load(a, path, env, &c, NULL), 0);
    ck_assert(str_is(c.public_url, "https://a.example"));
    ck_assert_int_eq(c.web_workers, 7);
    ck_assert(c.allow_http);
    ck_assert(str_is(c.database, "postgresql://u:p#w@h/n"));
    ck_assert(str_is(c.from[CONF_ID_web_workers], "WAYMARK_WEB_WORKERS"));
    ck_assert(str_ends(c.from[CONF_ID_public_url], STR("a.conf:3")));
}
END_TEST

START_TEST(includes)
{
    struct conf c;
    file("b.conf", "login_s = 300\nticket_s = 30\n");
    const char *path = file("a.conf", "include b.conf\nlogin_s = 400\n");
    ck_assert_int_eq(conf_load(a, path, NULL, &c, NULL), 0);
    ck_assert_int_eq(c.login_s, 400);
    ck_assert_int_eq(c.ticket_s, 30);
    ck_assert(str_ends(c.from[CONF_ID_ticket_s], STR("b.conf:2")));
    ck_assert(fails("include bad.conf\n", ERR_LIMIT)); /* itself, for ever */
    ck_assert(fails("include none.conf\n", ERR_NOTFOUND));
}
END_TEST

START_TEST(mistakes_are_refused_with_their_place)
{
    ck_assert(fails("login_s = 600\nlogin_z = 1\n", ERR_INPUT));
    ck_assert_ptr_nonnull(
        strstr(text_of_error, "bad.conf:2: no option is called login_z"));
    ck_assert(fails("login_s\n", ERR_INPUT));
    ck_assert(fails("login_s = ten\n", ERR_INPUT));
    ck_assert(fails("login_s = 1\n", ERR_INPUT)); /* below the least */
    ck_assert(fails("skew_s = 301\n", ERR_INPUT));
    ck_assert(fails("allow_http = perhaps\n", ERR_INPUT));
    ck_assert(fails("public_url = \xff\xfe and more\n", ERR_INPUT));
    ck_assert(fails("listen =\n", ERR_INPUT));
}
END_TEST

START_TEST(a_file_too_large)
{
    char *big = malloc(300 * 1024);
    memset(big, '\n', 300 * 1024 - 1);
    big[300 * 1024 - 1] = 0;
    ck_assert(fails(big, ERR_LIMIT));
    free(big);
}
END_TEST

static int problems(const char *text)
{
    struct conf c;
    struct buf out;
    char *all = str_z(a, str_fmt(a,
                                 "data_dir=%s\ntemplates_dir=%s\ntexts_dir=%s\n"
                                 "config_dir=%s\n%s",
                                 dir, dir, dir, dir, text));
    buf_init(&out, a, 64);
    ck_assert_int_eq(conf_load(a, file("c.conf", all), NULL, &c, NULL), 0);
    return conf_check(a, &c, &out);
}

START_TEST(what_cannot_work)
{
    ck_assert_int_eq(problems(""), 0);
    ck_assert_int_eq(problems("public_url = http://127.0.0.1:8480\n"), 1);
    ck_assert_int_eq(problems("public_url = http://127.0.0.1:8480\nallow_http = yes\n"),
                     0);
    ck_assert_int_eq(problems("public_url = http://school.example\nallow_http = yes\n"),
                     1);
    ck_assert_int_eq(problems("public_url = https://a.example/\n"), 1);
    ck_assert_int_eq(problems("public_url = https://a.example/?x\n"), 1);
    ck_assert_int_eq(problems("database = mysql://x\n"), 1);
    ck_assert_int_eq(problems("private_networks = 10.0.0.0/33\n"), 1);
    ck_assert_int_eq(problems("ca_file = /nonexistent/ca.pem\n"), 1);
    ck_assert_int_eq(problems("log_level = loud\n"), 1);
    ck_assert_int_eq(problems("data_dir = /nonexistent\n"), 1);
}
END_TEST

START_TEST(dump_hides_passwords)
{
    struct conf c;
    struct buf out;
    const char *path = file("a.conf", "database = postgresql://u:secret@h/n\n");
    ck_assert_int_eq(conf_load(a, path, NULL, &c, NULL), 0);
    buf_init(&out, a, 64);
    conf_dump(a, &c, &out);
    struct str text = buf_view(&out);
    ck_assert(str_find(text, STR("secret"), 0) == SIZE_MAX);
    ck_assert(str_find(text, STR("database = postgresql://u:***@h/n  # "), 0) !=
              SIZE_MAX);
    ck_assert(str_find(text, STR("login_s = 600  # seconds, default\n"), 0) != SIZE_MAX);
}
END_TEST

/* libpq takes passwords in the query too, and there they were printed. */
START_TEST(dump_hides_passwords_in_a_query)
{
    struct conf c;
    struct buf out;
    const char *path =
        file("a.conf",
             "database = postgresql://h/n?user=u&password=hidden&sslpassword=buried\n");
    ck_assert_int_eq(conf_load(a, path, NULL, &c, NULL), 0);
    buf_init(&out, a, 64);
    conf_dump(a, &c, &out);
    struct str text = buf_view(&out);
    ck_assert(str_find(text, STR("hidden"), 0) == SIZE_MAX);
    ck_assert(str_find(text, STR("buried"), 0) == SIZE_MAX);
    ck_assert(str_find(text, STR("//h/n?user=u&password=***&sslpassword=***  # "), 0) !=
              SIZE_MAX);
}
END_TEST

/* Whoever takes the example as it is gets the defaults. */
START_TEST(example_reads_back)
{
    struct conf c, plain;
    struct buf out, bare;
    buf_init(&out, a, 64);
    conf_example(&out);
    buf_init(&bare, a, 64);
    struct str rest = buf_view(&out), line;
    bool more = true;
    while (more) {
        more = str_cut(rest, '\n', &line, &rest);
        bool option = line.n > 1 && line.p[0] == '#' && line.p[1] != ' ';
        buf_str(&bare, option ? str_sub(line, 1, line.n) : line);
        buf_char(&bare, '\n');
    }
    ck_assert_int_eq(conf_load(a, file("d.conf", buf_view(&bare).p), NULL, &c, NULL), 0);
    ck_assert_int_eq(conf_load(a, NULL, NULL, &plain, NULL), 0);
    for (int i = 0; i < CONF_N; i++) /* each option is in it */
        ck_assert(!str_is(c.from[i], "default"));
    ck_assert_int_eq(c.session_s, plain.session_s);
    ck_assert(str_eq(c.metrics_allow, plain.metrics_allow));
}
END_TEST

/* The file in the repository is what `waymark config --example` writes. */
START_TEST(example_is_up_to_date)
{
    static char file_text[64 * 1024];
    struct buf out;
    FILE *f = fopen("config/waymark.conf.example", "r");
    ck_assert_ptr_nonnull(f); /* tests run in the root of the repository */
    size_t n = fread(file_text, 1, sizeof file_text, f);
    fclose(f);
    buf_init(&out, a, 64);
    conf_example(&out);
    ck_assert(str_eq(buf_view(&out), (struct str){file_text, n}));
}
END_TEST

START_TEST(fill_a_template)
{
    struct conf c;
    struct buf out;
    const char *path = file("a.conf", "public_url = https://a.example:8443/way\n");
    ck_assert_int_eq(conf_load(a, path, NULL, &c, NULL), 0);
    buf_init(&out, a, 64);
    ck_assert_int_eq(
        conf_fill(a, &c,
                  STR("@host@|@prefix@|@login_s@|x@@y|@server_name@|@port@|@fastcgi@"),
                  &out, NULL),
        0);
    ck_assert(
        str_is(buf_view(&out),
               "a.example:8443|/way|600|x@y|a.example|8443|unix:/run/waymark/web.sock"));
    ck_assert_int_eq(conf_fill(a, &c, STR("@nothing@"), &out, NULL), -1);
    ck_assert_int_eq(conf_fill(a, &c, STR("half @"), &out, NULL), -1);
}
END_TEST

START_TEST(networks)
{
    struct str n = STR("127.0.0.0/8, ::1/128 10.20.0.0/15 192.0.2.7");
    ck_assert(conf_in_networks(n, STR("127.3.2.1")));
    ck_assert(conf_in_networks(n, STR("::1")));
    ck_assert(conf_in_networks(n, STR("10.21.255.255")));
    ck_assert(conf_in_networks(n, STR("::ffff:127.0.0.1")));
    ck_assert(conf_in_networks(n, STR("192.0.2.7")));
    ck_assert(!conf_in_networks(n, STR("192.0.2.8")));
    ck_assert(!conf_in_networks(n, STR("10.22.0.0")));
    ck_assert(!conf_in_networks(n, STR("::2")));
    ck_assert(!conf_in_networks(n, STR("")));
    ck_assert(!conf_in_networks(n, STR("unix:")));
    ck_assert(!conf_in_networks(STR(""), STR("127.0.0.1")));
    ck_assert(conf_in_networks(STR("0.0.0.0/0"), STR("8.8.8.8")));
    ck_assert(!conf_in_networks(STR("0.0.0.0/0"), STR("2001:db8::1")));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("conf");
    TCase *t = tcase_create("conf");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, defaults_alone);
    tcase_add_test(t, file_then_environment);
    tcase_add_test(t, includes);
    tcase_add_test(t, mistakes_are_refused_with_their_place);
    tcase_add_test(t, a_file_too_large);
    tcase_add_test(t, what_cannot_work);
    tcase_add_test(t, dump_hides_passwords);
    tcase_add_test(t, dump_hides_passwords_in_a_query);
    tcase_add_test(t, example_reads_back);
    tcase_add_test(t, example_is_up_to_date);
    tcase_add_test(t, fill_a_template);
    tcase_add_test(t, networks);
    suite_add_tcase(s, t);
    return suite_main(s);
}
