/* Every recorded answer of a real Moodle to tokens, rosters and grades, served again to
 * the code that asks for such things: what is good is taken, what is refused ends as
 * LTI.md asks (sections 4 to 6). */
#include "net/link.h"
#include "service/ags.h"
#include "service/nrps.h"
#include "support/publishkit.h"
#include "support/suite.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORDED "https://moodle.test:8443"
#define FOLDER "tests/fixtures/moodle/recorded/"

/* What asks: L line items, G one, C makes one, U changes one, D deletes one, R results,
 * S the queue of scores, N a roster, T a token.
 * What comes of it: how many there are, and whether there is another page; the state of
 * the score and how often it was posted; or the name of the error. */
static const struct row {
    const char *name;
    char kind;
    const char *want;
} table[] = {{"ags/01-lineitems", 'L', "3"},
             {"ags/02-lineitems-readonly-token", 'L', "3"},
             {"ags/03-filter-tag", 'L', "2"},
             {"ags/04-filter-resource_id", 'L', "1"},
             {"ags/05-filter-resource_link_id", 'L', "1"},
             {"ags/06-limit-1", 'L', "1 next"},
             {"ags/07-limit-1-from-1", 'L', "1 next"},
             {"ags/08-limit-1-last", 'L', "1"},
             {"ags/09-filter-none", 'L', "0"},
             {"ags/10-without-type_id", 'L', "3"},
             {"ags/11-accept-any", 'L', "bad input"},
             {"ags/12-accept-json", 'L', "bad input"},
             {"ags/13-no-accept", 'L', "3"},
             {"ags/14-err-no-token", 'L', "denied"},
             {"ags/15-err-bad-token", 'L', "denied"},
             {"ags/16-err-wrong-scope", 'L', "denied"},
             {"ags/17-err-other-course", 'L', "0"},
             {"ags/18-err-no-such-course", 'L', "not found"},
             {"ags/18b-other-type_id", 'L', "denied"},
             {"ags/20-create-standalone", 'C', "ok"},
             {"ags/21-create-bound-to-link", 'C', "ok"},
             {"ags/22-err-create-no-label", 'C', "bad input"},
             {"ags/23-err-create-no-max", 'C', "bad input"},
             {"ags/24-err-create-bad-json", 'C', "bad input"},
             {"ags/25-err-create-ctype-json", 'C', "bad input"},
             {"ags/26-err-create-readonly-token", 'C', "denied"},
             {"ags/27-err-create-foreign-link", 'C', "denied"},
             {"ags/28-create-ctype-charset", 'C', "ok"},
             {"ags/29-create-zero-max", 'C', "bad input"}, /* I92 */
             {"ags/30-lineitems-after-create", 'L', "6"},  /* one with maximum 0: I92 */
             {"ags/31-lineitem-get", 'G', "ok"},
             {"ags/31b-lineitem-get-any", 'G', "ok"},
             {"ags/32-update", 'U', "ok"},
             {"ags/33-lineitem-get-after-update", 'G', "ok"},
             {"ags/34-err-update-no-label", 'U', "bad input"},
             {"ags/35-update-ctype-json", 'U', "bad input"},
             {"ags/35b-get-after-ctype-json", 'G', "ok"},
             {"ags/40-score-ok", 'S', "sent 1"},
             {"ags/41-score-same-timestamp-again", 'S', "failed 2"},
             {"ags/42-err-older-timestamp", 'S', "failed 2"},
             {"ags/43-score-newer", 'S', "sent 1"},
             {"ags/43b-score-same-second", 'S', "failed 2"},
             {"ags/44-score-zero", 'S', "sent 1"},
             {"ags/45-score-over-maximum", 'S', "sent 1"},
             {"ags/46-score-rescaled-max", 'S', "sent 1"},
             {"ags/47-progress-only-no-score", 'S', "sent 1"},
             {"ags/48-pending-with-score", 'S', "sent 1"},
             {"ags/48b-pendingmanual", 'S', "sent 1"},
             {"ags/49-err-no-userid", 'S', "failed 1"},
             {"ags/50-err-unknown-user", 'S', "failed 1"},
             {"ags/51-err-teacher-user", 'S', "failed 1"},
             {"ags/52-err-suspended-student", 'S', "sent 1"},
             {"ags/53-err-bad-json", 'S', "failed 1"},
             {"ags/54-err-bad-timestamp", 'S', "failed 1"},
             {"ags/55-err-no-timestamp", 'S', "failed 1"},
             {"ags/56-err-given-without-max", 'S', "failed 1"},
             {"ags/57-err-ctype-json", 'S', "failed 1"},
             {"ags/58-err-ctype-charset", 'S', "sent 1"},
             {"ags/59-err-no-scope", 'S', "pending 2"},
             {"ags/60-err-no-token", 'S', "pending 2"},
             {"ags/61-unknown-enum", 'S', "failed 2"},
             {"ags/62-no-progress-fields", 'S', "failed 1"},
             {"ags/63-timestamp-offset", 'S', "sent 1"},
             {"ags/64-timestamp-in-future", 'S', "sent 1"},
             {"ags/64b-after-future", 'S', "failed 2"},
             {"ags/65-string-userid-int", 'S', "sent 1"},
             {"ags/66-no-type_id", 'S', "sent 1"},
             {"ags/67-score-string-number", 'S', "sent 1"},
             {"ags/68-html-comment", 'S', "sent 1"},
             {"ags/70-score-on-coupled-link-item", 'S', "sent 1"},
             {"ags/71-score-on-bound-standalone", 'S', "sent 1"},
             {"ags/72-clear-score-on-coupled", 'S', "sent 1"},
             {"ags/80-results-all", 'R', "15"},
             {"ags/81-results-user_id", 'R', "1"},
             {"ags/82-results-limit-3", 'R', "not found"},
             {"ags/83-results-limit-3-no-type", 'R', "3 next"},
             {"ags/84-results-accept-any", 'R', "15"},
             {"ags/85-results-user-without-grade", 'R', "0"},
             {"ags/86-results-coupled", 'R', "0"},
             {"ags/87-err-results-wrong-scope", 'R', "denied"},
             {"ags/88-results-userId-camel", 'R', "15"},
             {"ags/89-result-zero-score-user", 'R', "1"},
             {"ags/95-delete-err-readonly", 'D', "denied"},
             {"ags/96-delete-coupled-item", 'D', "ok"},
             {"ags/97-delete-standalone", 'D', "ok"},
             {"ags/98-delete-again", 'D', "ok"},   /* gone is done */
             {"ags/99-lineitems-final", 'L', "4"}, /* the same */
             {"ags/a0-completion-score-user36", 'S', "sent 1"},
             {"ags/a0-completion-score-user39", 'S', "sent 1"},
             {"nrps/01-all", 'N', "31"},
             {"nrps/02-limit-10", 'N', "10 next"},
             {"nrps/03-limit-10-from-10", 'N', "10 next"},
             {"nrps/04-limit-10-from-30-last", 'N', "1"},
             {"nrps/05-role-learner", 'N', "30"},
             {"nrps/06-role-instructor-short", 'N', "1"},
             {"nrps/07-role-instructor-uri", 'N', "1"},
             {"nrps/08-role-learner-limit-10", 'N', "10 next"},
             {"nrps/09-role-unknown", 'N', "31"},
             {"nrps/10-rlid-2", 'N', "31"},
             {"nrps/11-rlid-2-limit-5", 'N', "5 next"},
             {"nrps/12-rlid-unknown", 'N', "not found"},
             {"nrps/13-accept-jsonld-v1", 'N', "bad input"},
             {"nrps/14-accept-any", 'N', "31"},
             {"nrps/15-accept-json", 'N', "bad input"},
             {"nrps/16-no-accept", 'N', "31"},
             {"nrps/17-err-no-token", 'N', "denied"},
             {"nrps/18-err-bad-token", 'N', "denied"},
             {"nrps/19-err-wrong-scope-token", 'N', "denied"},
             {"nrps/20-since-differences", 'N', "31"},
             {"nrps/21-err-course-not-using-tool", 'N', "bad input"}, /* I95 */
             {"nrps/22-err-no-such-course", 'N', "not found"},
             {"nrps/23-err-other-tool-id", 'N', "denied"},
             {"nrps/24-err-post", 'N', "bad input"},
             {"nrps/25-link-memberships", 'N', "bad input"},
             {"token/01-ok-all-scopes", 'T', "ok"},
             {"token/02-ok-one-scope", 'T', "denied"}, /* another scope than ours: I91 */
             {"token/03-ok-partly-unknown-scope", 'T', "denied"}, /* the same */
             {"token/04-err-only-unknown-scope", 'T', "denied"},
             {"token/05-err-no-scope", 'T', "denied"},
             {"token/06-err-bad-grant", 'T', "denied"},
             {"token/07-err-unknown-client", 'T', "denied"},
             {"token/08-err-wrong-key-same-kid", 'T', "denied"},
             {"token/09-err-unknown-kid", 'T', "denied"},
             {"token/10-err-expired-assertion", 'T', "denied"},
             {"token/11-err-iat-in-future", 'T', "denied"},
             {"token/12-wrong-aud-is-accepted", 'T', "ok"},
             {"token/13-no-jti-no-aud", 'T', "ok"},
             {"token/14-replay-1", 'T', "ok"},
             {"token/15-replay-2-same-assertion", 'T', "ok"},
             {"token/16-err-garbage-assertion", 'T', "denied"},
             {"token/17-err-content-type-json", 'T', "denied"},
             {"token/18-ctype-with-charset", 'T', "ok"},
             {"token/19-iss-differs-from-sub", 'T', "ok"},
             {"token/20-exp-far-future", 'T', "ok"},
             {"token/21-aud-array", 'T', "ok"},
             {"token/22-err-get-method", 'T', "denied"}};

#define ROWS (sizeof table / sizeof table[0])
#define AT(s) ((s)->slot[60]) /* the row that is served */
#define SERVED(s) ((s)->slot[61])
#define POSTED(s) ((s)->slot[62])

/* The text with our own address in place of the recorded one. */
static struct str moved(struct arena *a, struct str text, const char *from,
                        const char *to)
{
    struct buf b;
    buf_init(&b, a, text.n + 256);
    for (size_t i = 0, at; i < text.n; i = at) {
        at = str_find(text, str_c(from), i);
        buf_str(&b, str_sub(text, i, at == SIZE_MAX ? text.n : at));
        if (at == SIZE_MAX)
            break;
        buf_c(&b, to);
        at += strlen(from);
    }
    return buf_view(&b);
}

static void serve_recorded(int fd, const char *name, const char *base)
{
    struct arena *a = arena_new((size_t)16 << 20);
    struct http_res r = svckit_recorded(a, name);
    struct buf links;
    char type[200];
    buf_init(&links, a, 256);
    for (size_t i = 0; i < r.headers_n; i++)
        if (str_ieq(r.headers[i].name, STR("link")))
            buf_fmt(&links, "Link: %.*s\r\n", STR_ARG(r.headers[i].value));
    struct str head = moved(a, buf_view(&links), RECORDED, base);
    struct str body = moved(a, r.body, "https:\\/\\/moodle.test:8443", base);
    body = moved(a, body, RECORDED, base);
    struct str kind = http_header(&r, "Content-Type");
    snprintf(type, sizeof type, "%.*s", STR_ARG(kind));
    httpd_answer(fd, r.status, type, str_z(a, head), body.p, body.n);
    arena_free(a);
}

/* The recorded answer to what the row is about; before and after it what makes the way to
 * it free: an empty list, an item that can be changed. */
static void moodle(int fd, const struct httpd_req *r, struct httpd_shared *s, void *ctx)
{
    const struct svckit *k = ctx;
    const struct row *row = &table[atomic_load(&AT(s))];
    bool get = strcmp(r->method, "GET") == 0, post = strcmp(r->method, "POST") == 0;
    /* a page behind the recorded one, the list before a column is made, results */
    bool other = (get && atomic_fetch_add(&SERVED(s), 1) > 0 &&
                  strstr(row->want, "next") != NULL) ||
                 (get && (row->kind == 'C' || row->kind == 'S'));
    if (post)
        atomic_fetch_add(&POSTED(s), 1);
    if (row->kind == 'U' && get)
        serve_recorded(fd, "ags/31-lineitem-get", k->srv.base);
    else if (other)
        httpd_answer(fd, 200, "application/json", "",
                     row->kind == 'N' ? "{\"members\":[]}" : "[]",
                     row->kind == 'N' ? 14 : 2);
    else
        serve_recorded(fd, row->name, k->srv.base);
}

struct tally {
    int64_t n;
};

static int on_member(void *ctx, const struct nrps_member *m, struct err *e)
{
    struct tally *t = ctx;
    (void)e;
    ck_assert_uint_gt(m->user_id.n, 0);
    t->n++;
    return 0;
}

static int on_result(void *ctx, const struct ags_result *r, struct err *e)
{
    struct tally *t = ctx;
    (void)e;
    ck_assert_uint_gt(r->user_id.n, 0);
    t->n++;
    return 0;
}

/* "N" or "N next", and the second page was asked for. */
static const char *listed(struct svckit *k, int64_t n)
{
    bool next = atomic_load(&SERVED(k->srv.shared)) > 1;
    return str_z(k->a, str_fmt(k->a, "%lld%s", (long long)n, next ? " next" : ""));
}

static int walk_roster(struct svckit *k, struct str url, struct tally *t)
{
    struct nrps_walk w = {.url = url, .context_id = STR("3")};
    struct nrps_sink sink = {on_member, t};
    while (w.url.n > 0)
        if (nrps_page(&k->svc, &k->platform, &w, &sink, k->a, &k->e) != 0)
            return -1;
    return 0;
}

static int walk_results(struct svckit *k, struct str url, struct tally *t)
{
    struct ags_walk w = {.url = url};
    struct ags_sink sink = {on_result, t};
    while (w.url.n > 0)
        if (ags_results_page(&k->svc, &k->platform, &w, &sink, k->a, &k->e) != 0)
            return -1;
    return 0;
}

/* All pages are read when nothing fits; the recorded page's usable items are counted. */
static int walk_items(struct svckit *k, struct str url, const char *name, struct tally *t)
{
    struct ags_item item, want = {.resource_id = STR("nobody's"), .tag = STR("x")};
    if (ags_find(&k->svc, &k->platform, SCOPE_LINEITEM, url, &want, &item, k->a, &k->e) <
        0)
        return -1;
    struct http_res r = svckit_recorded(k->a, name);
    struct js *list = js_parse(k->a, r.body, 1 << 20, 16, NULL);
    for (size_t i = 0; i < js_len(list); i++)
        t->n += ags_item(js_at(list, i), STR(RECORDED "/x"), &item, k->a, NULL) == 0;
    return 0;
}

static int ask_token(struct svckit *k, struct str url)
{
    struct svc_platform p = k->platform;
    struct token token;
    p.token_url = url;
    return token_get(&k->svc, &p, STR(SCOPE_LINEITEM), STR_EMPTY, &token, k->a, &k->e);
}

static int make_item(struct svckit *k, struct str url)
{
    struct ags_item item, want = {.label = STR("x"),
                                  .maximum = 100,
                                  .resource_id = STR("nobody's"),
                                  .tag = STR("x")};
    bool made;
    return ags_ensure(&k->svc, &k->platform, url, &want, &item, &made, k->a, &k->e);
}

static int change_item(struct svckit *k, struct str url)
{
    struct ags_item item;
    struct ags_change change = {.label = STR("New")};
    return ags_item_update(&k->svc, &k->platform, url, &change, &item, k->a, &k->e);
}

/* What came of a row, in the words of the table. */
static const char *outcome(struct svckit *k, const struct row *row)
{
    struct str url = svckit_url(k, "/moodle?type_id=1");
    struct tally t = {0};
    struct ags_item item;
    int rc = 0;
    k->e = (struct err){0};
    switch (row->kind) {
    case 'L':
        rc = walk_items(k, url, row->name, &t);
        return rc != 0 ? err_name(k->e.code) : listed(k, t.n);
    case 'N':
        rc = walk_roster(k, url, &t);
        return rc != 0 ? err_name(k->e.code) : listed(k, t.n);
    case 'R':
        rc = walk_results(k, url, &t);
        return rc != 0 ? err_name(k->e.code) : listed(k, t.n);
    case 'G':
        rc = ags_item_get(&k->svc, &k->platform, SCOPE_LINEITEM, url, &item, k->a, &k->e);
        break;
    case 'C':
        rc = make_item(k, url);
        break;
    case 'U':
        rc = change_item(k, url);
        break;
    case 'D':
        rc = ags_item_delete(&k->svc, &k->platform, url, k->a, &k->e);
        break;
    case 'T':
        rc = ask_token(k, url);
        break;
    default:
        ck_abort_msg("%c", row->kind);
    }
    return rc == 0 ? "ok" : err_name(k->e.code);
}

static void services(struct testdb *t)
{
    struct svckit k;
    svckit_open(&k, t, moodle);
    for (size_t i = 0; i < ROWS; i++) {
        if (table[i].kind == 'S')
            continue;
        testdb_sql(t, "DELETE FROM access_token;\n");
        atomic_store(&AT(k.srv.shared), (int)i);
        atomic_store(&SERVED(k.srv.shared), 0);
        const char *came = outcome(&k, &table[i]);
        ck_assert_msg(strcmp(came, table[i].want) == 0, "%s: %s, not %s (%s)",
                      table[i].name, came, table[i].want, k.e.text);
    }
    svckit_close(&k);
}

START_TEST(i93_what_moodle_answers)
{
    testdb_each(services);
}
END_TEST

/* One score through the queue for each recorded answer to a post. */
static void scores(struct testdb *t)
{
    struct svckit k;
    publishkit_open(&k, t, moodle);
    int id = 100;
    for (size_t i = 0; i < ROWS; i++) {
        if (table[i].kind != 'S')
            continue;
        char want[16], sql[200];
        int posts;
        ck_assert_int_eq(sscanf(table[i].want, "%15s %d", want, &posts), 2);
        testdb_sql(t, "DELETE FROM score_clock;\nDELETE FROM service_pause;\n"
                      "UPDATE outbox SET state = 'replaced' WHERE state = 'pending';\n");
        atomic_store(&AT(k.srv.shared), (int)i);
        atomic_store(&SERVED(k.srv.shared), 0);
        atomic_store(&POSTED(k.srv.shared), 0);
        int tokens = atomic_load(&k.srv.shared->slot[15]);
        publishkit_score(&k, ++id, 1, 40);
        publishkit_run(&k);
        snprintf(sql, sizeof sql,
                 "SELECT count(*) FROM outbox WHERE outbox_id = %d AND state = '%s'", id,
                 want);
        ck_assert_msg(testdb_number(t, sql) == 1, "%s is not %s", table[i].name, want);
        ck_assert_msg(atomic_load(&POSTED(k.srv.shared)) == posts, "%s: posted %d times",
                      table[i].name, atomic_load(&POSTED(k.srv.shared)));
        if (strcmp(want, "pending") == 0) /* 401: a new token, once (SVC-5) */
            ck_assert_int_gt(atomic_load(&k.srv.shared->slot[15]), tokens);
    }
    svckit_close(&k);
}

START_TEST(i93_scores_through_the_queue)
{
    testdb_each(scores);
}
END_TEST

/* None is forgotten. */
START_TEST(every_recording_has_a_row)
{
    static const char *const folders[] = {"ags", "nrps", "token"};
    for (size_t f = 0; f < 3; f++) {
        char path[100], name[400];
        snprintf(path, sizeof path, FOLDER "%s", folders[f]);
        DIR *d = opendir(path);
        ck_assert_ptr_nonnull(d);
        for (struct dirent *e; (e = readdir(d)) != NULL;) {
            char *dot = strstr(e->d_name, ".json");
            bool found = dot == NULL;
            for (size_t i = 0; i < ROWS && !found; i++) {
                snprintf(name, sizeof name, "%s/%.*s", folders[f], (int)(dot - e->d_name),
                         e->d_name);
                found = strcmp(table[i].name, name) == 0;
            }
            ck_assert_msg(found, "%s", e->d_name);
        }
        closedir(d);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("recorded");
    TCase *t = tcase_create("recorded");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, every_recording_has_a_row);
    tcase_add_test(t, i93_what_moodle_answers);
    tcase_add_test(t, i93_scores_through_the_queue);
    suite_add_tcase(s, t);
    return suite_main(s);
}
