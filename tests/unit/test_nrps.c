/* Rosters: as Moodle sends them, as others do, as nobody should (LTI.md section 6). */
#include "net/link.h"
#include "service/nrps.h"
#include "support/suite.h"
#include "support/svckit.h"

#include <stdio.h>
#include <stdlib.h>
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

struct seen {
    struct buf text;
    int64_t n;
};

static int note(void *ctx, const struct nrps_member *m, struct err *e)
{
    struct seen *s = ctx;
    (void)e;
    s->n++;
    buf_fmt(&s->text, "%.*s/%d/", STR_ARG(m->user_id), (int)m->status);
    for (size_t i = 0; i < m->roles_n; i++)
        buf_fmt(&s->text, "%s%.*s", i > 0 ? "+" : "", STR_ARG(m->roles[i]));
    buf_fmt(&s->text, "/%.*s|", STR_ARG(m->name));
    return 0;
}

/* What a page gives, as text, or the name of its error. */
static const char *read_page(struct str page, const char *context, int64_t *n,
                             int64_t *skipped)
{
    struct seen s = {.n = 0};
    struct nrps_sink sink = {note, &s};
    struct err e = {0};
    buf_init(&s.text, a, 256);
    int rc = nrps_read(page, str_c(context), &sink, skipped, a, &e);
    *n = s.n;
    return rc == 0 ? str_z(a, buf_view(&s.text)) : err_name(e.code);
}

START_TEST(recorded_pages)
{
    static const struct {
        const char *name;
        int64_t members;
        bool next;
    } table[] = {{"nrps/01-all", 31, false},
                 {"nrps/02-limit-10", 10, true},
                 {"nrps/03-limit-10-from-10", 10, true},
                 {"nrps/04-limit-10-from-30-last", 1, false},
                 {"nrps/11-rlid-2-limit-5", 5, true}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct http_res r = svckit_recorded(a, table[i].name);
        int64_t n, skipped;
        struct str next;
        read_page(r.body, "3", &n, &skipped);
        ck_assert_int_eq(n, table[i].members);
        ck_assert_int_eq(skipped, 0);
        ck_assert_int_eq(link_next(a, &r, "next", &next, NULL), 0);
        ck_assert_int_eq(next.n > 0, table[i].next);
    }
    int64_t n, skipped;
    struct http_res r = svckit_recorded(a, "nrps/04-limit-10-from-30-last");
    ck_assert_str_eq(read_page(r.body, "3", &n, &skipped),
                     "64/0/Learner/\xc5\x81ukasz \xc5\xbb"
                     "ak|");
    ck_assert_str_eq(read_page(r.body, "4", &n, &skipped), err_name(ERR_INPUT)); /* I95 */
}
END_TEST

START_TEST(recorded_errors)
{
    static const struct {
        const char *name;
        enum err_code want;
    } table[] = {{"nrps/12-rlid-unknown", ERR_NOTFOUND},
                 {"nrps/15-accept-json", ERR_INPUT},
                 {"nrps/17-err-no-token", ERR_DENIED},
                 {"nrps/18-err-bad-token", ERR_DENIED},
                 {"nrps/19-err-wrong-scope-token", ERR_DENIED},
                 {"nrps/22-err-no-such-course", ERR_NOTFOUND},
                 {"nrps/23-err-other-tool-id", ERR_DENIED},
                 {"nrps/24-err-post", ERR_INPUT}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct http_res r = svckit_recorded(a, table[i].name);
        struct err e = {0};
        ck_assert_int_eq(token_check(&r, "the roster", &e), -1);
        ck_assert_msg(e.code == table[i].want, "%s: %s", table[i].name, e.text);
        int64_t n, skipped; /* and its body is no roster either */
        ck_assert_str_eq(read_page(r.body, "3", &n, &skipped), err_name(ERR_INPUT));
    }
}
END_TEST

START_TEST(i95_and_v26)
{
    static const struct {
        const char *page;
        const char *want;
        int64_t skipped;
    } table[] = {
        {"{\"members\":[]}", "", 0},
        {"{\"context\":{\"id\":\"3\"},\"members\":[{\"user_id\":\"1\"}]}", "1/0//|", 0},
        {"{\"members\":[{\"user_id\":\"1\",\"status\":\"active\",\"roles\":null}]}",
         "1/0//|", 0},
        {"{\"members\":[{\"user_id\":\"1\",\"status\":\"Inactive\"},{\"user_id\":\"2\","
         "\"status\":\"Deleted\"},{\"user_id\":\"3\",\"status\":\"Huh\"}]}",
         "1/1//|2/2//|3/1//|", 0},
        {"{\"members\":[{\"roles\":[\"Learner\"]},{\"user_id\":7},{\"user_id\":\"\"},"
         "{\"user_id\":null},5,{\"user_id\":\"8\",\"roles\":[\"Learner\",4,\"Mentor\"]}]"
         "}",
         "8/0/Learner+Mentor/|", 5},
        {"{\"members\":[{\"user_id\":\"1\",\"roles\":\"Instructor\"}]}",
         "1/0/Instructor/|", 0},
        {"{\"members\":[{\"user_id\":\"1\",\"name\":\"  \"}],\"id\":\"x\"}", "1/0//|", 0},
        {"{}", "malformed input", 0},
        {"[]", "malformed input", 0},
        {"{\"members\":{}}", "malformed input", 0},
        {"{\"members\":null}", "malformed input", 0},
        {"<html>", "malformed input", 0},
        {"{\"members\":[{\"user_id\":\"1\"}", "malformed input", 0},
        {"{\"context\":{\"id\":\"9\"},\"members\":[]}", "malformed input", 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        int64_t n, skipped;
        const char *want = strcmp(table[i].want, "malformed input") == 0
                               ? err_name(ERR_INPUT)
                               : table[i].want;
        ck_assert_str_eq(read_page(str_c(table[i].page), "3", &n, &skipped), want);
        if (want == table[i].want)
            ck_assert_int_eq(skipped, table[i].skipped);
    }
    char *long_id = arena_alloc(a, 300);
    memset(long_id, 'x', 300);
    struct js *m = js_object(a);
    struct nrps_member out;
    js_set_str(m, "user_id", (struct str){long_id, 300});
    ck_assert_int_eq(nrps_member(m, &out, NULL), -1);
}
END_TEST

/* --- walking ----------------------------------------------------------------- */

/* /r?page=N of three pages; other paths misbehave. */
static void roster(int fd, const struct httpd_req *r, struct httpd_shared *s, void *ctx)
{
    struct svckit *k = ctx;
    char link[400] = "", body[400];
    const char *q = strstr(r->path, "page=");
    int page = q == NULL ? 1 : atoi(q + 5);
    atomic_fetch_add(&s->slot[0], 1);
    if (strncmp(r->path, "/r", 2) == 0 && page < 3)
        snprintf(link, sizeof link, "Link: <%s/r?page=%d>; rel=next\r\n", k->srv.base,
                 page + 1);
    if (strncmp(r->path, "/diff", 5) == 0)
        snprintf(link, sizeof link, "Link: <%s/diff?since=5>; rel=\"differences\"\r\n",
                 strcmp(r->path, "/diffaway") == 0 ? "https://elsewhere" : k->srv.base);
    if (strcmp(r->path, "/loop") == 0)
        snprintf(link, sizeof link, "Link: </loop>; rel=next\r\n");
    if (strncmp(r->path, "/circle", 7) == 0)
        snprintf(link, sizeof link, "Link: </circle?page=%d>; rel=next\r\n",
                 page % 5 + 1);
    if (strcmp(r->path, "/away") == 0)
        snprintf(link, sizeof link, "Link: <https://192.168.0.1/>; rel=next\r\n");
    if (strcmp(r->path, "/redirect") == 0) {
        httpd_answer(fd, 302, "text/html", "Location: /r\r\n", "", 0);
        return;
    }
    int n = snprintf(body, sizeof body,
                     "{\"context\":{\"id\":\"3\"},\"members\":[{\"user_id\":\"%d\","
                     "\"roles\":[\"Learner\"]}%s]}",
                     page, strcmp(r->path, "/half") == 0 ? ",{\"user_id\":" : "");
    httpd_answer(fd, 200, "application/json; charset=utf-8", link, body, (size_t)n);
}

static int walk_all(struct svckit *k, const char *path, struct seen *s,
                    struct nrps_walk *walk)
{
    struct nrps_sink sink = {note, s};
    *walk = (struct nrps_walk){.url = svckit_url(k, path), .context_id = STR("3")};
    *s = (struct seen){.n = 0};
    buf_init(&s->text, k->a, 256);
    while (walk->url.n > 0)
        if (nrps_page(&k->svc, &k->platform, walk, &sink, k->a, &k->e) != 0)
            return -1;
    return 0;
}

static void walking(struct testdb *t)
{
    struct svckit k;
    struct seen s;
    struct nrps_walk w;
    svckit_open(&k, t, roster);
    ck_assert_int_eq(walk_all(&k, "/r", &s, &w), 0);
    ck_assert_int_eq(w.pages, 3);
    ck_assert_int_eq(w.members, 3);
    ck_assert(str_is(buf_view(&s.text), "1/0/Learner/|2/0/Learner/|3/0/Learner/|"));
    ck_assert_uint_eq(w.differences.n, 0);
    ck_assert_int_eq(walk_all(&k, "/diff?a=1", &s, &w), 0);
    ck_assert(str_ends(w.differences, STR("/diff?since=5")));
    ck_assert_int_eq(walk_all(&k, "/diffaway", &s, &w), 0);
    ck_assert_uint_eq(w.differences.n, 0); /* on another site: not believed */
    /* the limit goes behind a query that is there */
    w = (struct nrps_walk){.url = svckit_url(&k, "/r?page=2"), .limit = 50};
    struct nrps_sink sink = {note, &s};
    ck_assert_int_eq(nrps_page(&k.svc, &k.platform, &w, &sink, k.a, &k.e), 0);
    ck_assert(str_ends(w.url, STR("/r?page=3")));
    static const char *const bad[] = {"/loop", "/circle", "/away", "/half", "/redirect"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        atomic_store(&k.srv.shared->slot[0], 0);
        ck_assert_msg(walk_all(&k, bad[i], &s, &w) == -1, "%s", bad[i]);
        ck_assert(k.e.code == ERR_INPUT || k.e.code == ERR_DENIED);
        ck_assert_int_le(atomic_load(&k.srv.shared->slot[0]), 20);
        if (strcmp(bad[i], "/half") == 0) /* half a page counts for nothing */
            ck_assert_int_eq(s.n, 0);
    }
    w = (struct nrps_walk){.url = svckit_url(&k, "/r"), .context_id = STR("4")};
    s.n = 0;
    ck_assert_int_eq(nrps_page(&k.svc, &k.platform, &w, &sink, k.a, &k.e), -1);
    ck_assert_int_eq(s.n, 0); /* another course's people are never handed out */
    svckit_close(&k);
}

START_TEST(i94_walks)
{
    testdb_each(walking);
}
END_TEST

/* NRPS-1: what the first page is asked for comes back in a link. */
static void echo(int fd, const struct httpd_req *r, struct httpd_shared *s, void *ctx)
{
    char link[600];
    (void)s;
    (void)ctx;
    snprintf(link, sizeof link, "Link: <%.500s&done=1>; rel=\"differences\"\r\n",
             r->path);
    httpd_answer(fd, 200, "application/json", link, "{\"members\":[]}", 14);
}

static void asking(struct testdb *t)
{
    struct svckit k;
    struct seen s = {.n = 0};
    struct nrps_sink sink = {note, &s};
    svckit_open(&k, t, echo);
    struct nrps_walk w = {
        .url = svckit_url(&k, "/m?placement_id=7"),
        .role = STR("http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"),
        .rlid = STR("link 1&2"),
        .groups = true,
        .limit = 30};
    ck_assert_int_eq(nrps_page(&k.svc, &k.platform, &w, &sink, k.a, &k.e), 0);
    ck_assert_msg(
        str_ends(w.differences,
                 STR("/m?placement_id=7&role=http%3A%2F%2Fpurl.imsglobal.org%2Fvocab%2F"
                     "lis%2Fv2%2Fmembership%23Learner&rlid=link%201%262&groups=true"
                     "&limit=30&done=1")),
        "%.*s", STR_ARG(w.differences));
    svckit_close(&k);
}

START_TEST(nrps1_asking)
{
    testdb_each(asking);
}
END_TEST

/* Groups are text or numbers; with a link, what each person's launch would bring. */
START_TEST(groups_and_messages)
{
    struct nrps_member m;
    struct js *v = js_parse(
        a,
        STR("{\"user_id\":\"1\",\"group_enrollments\":[{\"group_id\":7},{\"group_id\":"
            "\"x\"},{\"group_id\":null},{},4,{\"group_id\":1.5}],\"message\":[{\"https://"
            "purl.imsglobal.org/spec/lti/claim/message_type\":\"Other\"},{\"https://"
            "purl.imsglobal.org/spec/lti/claim/message_type\":\"LtiResourceLinkRequest\","
            "\"https://purl.imsglobal.org/spec/lti/claim/custom\":{\"c\":\"d\"}}]}"),
        4096, 8, NULL);
    ck_assert_int_eq(nrps_member(v, &m, NULL), 0);
    ck_assert_uint_eq(m.groups_n, 2);
    ck_assert(str_is(m.groups[0], "7"));
    ck_assert(str_is(m.groups[1], "x"));
    ck_assert(str_is(js_text(m.custom, "c"), "d"));
    v = js_parse(a, STR("{\"user_id\":\"1\",\"message\":{}}"), 4096, 8, NULL);
    ck_assert_int_eq(nrps_member(v, &m, NULL), 0);
    ck_assert_ptr_null(m.custom);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("nrps");
    TCase *t = tcase_create("nrps");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, recorded_pages);
    tcase_add_test(t, recorded_errors);
    tcase_add_test(t, i95_and_v26);
    tcase_add_test(t, i94_walks);
    tcase_add_test(t, nrps1_asking);
    tcase_add_test(t, groups_and_messages);
    suite_add_tcase(s, t);
    return suite_main(s);
}
