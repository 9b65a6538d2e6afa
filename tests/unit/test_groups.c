/* Groups and their sets (LTI.md 8.1). */
#include "service/groups.h"
#include "support/suite.h"
#include "support/svckit.h"

#include <stdio.h>
#include <string.h>

static struct arena *a;

static void setup(void)
{
    a = arena_new((size_t)64 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

static int note(void *ctx, const struct groups_item *g, struct err *e)
{
    (void)e;
    buf_fmt(ctx, "%.*s/%.*s/%.*s/%.*s|", STR_ARG(g->id), STR_ARG(g->name),
            STR_ARG(g->set_id), STR_ARG(g->tag));
    return 0;
}

static const char *read_all(const char *page, enum groups_kind kind, int64_t *skipped)
{
    struct buf b;
    struct groups_sink sink = {note, &b};
    struct err e = {0};
    buf_init(&b, a, 256);
    if (groups_read(str_c(page), kind, &sink, skipped, a, &e) != 0)
        return err_name(e.code);
    return str_z(a, buf_view(&b));
}

START_TEST(shapes)
{
    int64_t skipped;
    ck_assert_str_eq(
        read_all("{\"id\":\"x\",\"groups\":[{\"id\":\"g1\",\"name\":\"Lab A\",\"tag\":"
                 "\"t\",\"set_id\":\"s\"},{\"id\":12,\"name\":\" B \",\"set_id\":34},"
                 "{\"id\":9007199254740993},{\"name\":\"no id\"},{\"id\":1.5},5,null,"
                 "{\"id\":\"\"},{\"id\":\"g2\",\"set_id\":null}]}",
                 GROUPS_GROUPS, &skipped),
        "g1/Lab A/s/t|12/B/34/|9007199254740993/9007199254740993//|g2/g2//|");
    ck_assert_int_eq(skipped, 5);
    ck_assert_str_eq(
        read_all("{\"sets\":[{\"id\":1,\"name\":\"Labs\"}]}", GROUPS_SETS, &skipped),
        "1/Labs//|");
    ck_assert_str_eq(read_all("[{\"id\":\"bare\"}]", GROUPS_GROUPS, &skipped),
                     "bare/bare//|");
    ck_assert_str_eq(read_all("{\"groups\":{}}", GROUPS_GROUPS, &skipped),
                     err_name(ERR_INPUT));
    ck_assert_str_eq(read_all("{\"groups\":[", GROUPS_GROUPS, &skipped),
                     err_name(ERR_INPUT));
}
END_TEST

/* Two pages, then circles; the right scope and media type. */
static void serve(int fd, const struct httpd_req *r, struct httpd_shared *s, void *ctx)
{
    struct svckit *k = ctx;
    char extra[200] = "", accept[200];
    bool loop = strncmp(r->path, "/loop", 5) == 0;
    bool second = strstr(r->path, "page=2") != NULL;
    httpd_header(r, "Accept", accept, sizeof accept);
    if (strstr(accept, "contextgroupcontainer+json") != NULL)
        atomic_fetch_add(&s->slot[0], 1);
    if (!second || loop)
        snprintf(extra, sizeof extra, "Link: <%s%s>; rel=next\r\n", k->srv.base,
                 loop ? "/loop" : "/groups?page=2");
    const char *body = second ? "{\"groups\":[{\"id\":2,\"name\":\"B\"}]}"
                              : "{\"groups\":[{\"id\":1,\"name\":\"A\"}]}";
    httpd_answer(fd, 200, "application/json", extra, body, strlen(body));
}

static void pages(struct testdb *t)
{
    struct svckit k;
    struct buf b;
    struct groups_sink sink = {note, &b};
    svckit_open(&k, t, serve);
    buf_init(&b, k.a, 256);
    ck_assert_int_eq(groups_all(&k.svc, &k.platform, svckit_url(&k, "/groups"),
                                GROUPS_GROUPS, &sink, k.a, &k.e),
                     0);
    ck_assert(str_is(buf_view(&b), "1/A//|2/B//|"));
    ck_assert_int_eq(atomic_load(&k.srv.shared->slot[0]), 2);
    ck_assert_int_eq(groups_all(&k.svc, &k.platform, svckit_url(&k, "/loop"),
                                GROUPS_GROUPS, &sink, k.a, &k.e),
                     -1);
    ck_assert_int_eq(k.e.code, ERR_INPUT);
    svckit_close(&k);
}

START_TEST(all_pages)
{
    testdb_each(pages);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("groups");
    TCase *t = tcase_create("groups");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, shapes);
    tcase_add_test(t, all_pages);
    suite_add_tcase(s, t);
    return suite_main(s);
}
