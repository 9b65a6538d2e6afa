/* The outbound client: what it refuses, and where it stops (DR-S3, C-7, I88, I97, I98).
 */
#include "net/guard.h"
#include "net/http.h"
#include "support/httpd.h"
#include "support/suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct arena *a;
static struct http *h;
static struct httpd srv;
static struct err e;

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- what the server does, by path ------------------------------------------- */

static void drip(int fd)
{
    httpd_puts(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    for (int i = 0; i < 100; i++) {
        httpd_puts(fd, "x");
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    }
}

static void endless(int fd)
{
    static char block[65536];
    memset(block, 'x', sizeof block);
    httpd_puts(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 4000; i++) {
        httpd_puts(fd, "10000\r\n");
        httpd_write(fd, block, sizeof block);
        httpd_puts(fd, "\r\n");
    }
}

/* 100 MB of zeros as 100 kB: written by gzip(1) at the start of the test. */
static char bomb_path[64];

static void bomb(int fd)
{
    static char z[1 << 20];
    FILE *f = fopen(bomb_path, "rb");
    size_t n = f == NULL ? 0 : fread(z, 1, sizeof z, f);
    httpd_answer(fd, 200, "application/json", "Content-Encoding: gzip\r\n", z, n);
}

static void many_headers(int fd, int n, int len)
{
    char value[4096];
    memset(value, 'v', sizeof value);
    httpd_puts(fd, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "X-%d: ", i);
        httpd_puts(fd, name);
        httpd_write(fd, value, (size_t)len);
        httpd_puts(fd, "\r\n");
    }
    httpd_puts(fd, "Content-Length: 2\r\n\r\nok");
}

static void echo(int fd, const struct httpd_req *r)
{
    char auth[256], type[256], body[2048];
    int n = snprintf(body, sizeof body, "%s|%s|%s|%s|%.*s", r->method, r->path,
                     httpd_header(r, "authorization", auth, sizeof auth),
                     httpd_header(r, "content-type", type, sizeof type), (int)r->body_n,
                     r->body);
    httpd_answer(fd, 200, "text/plain; charset=utf-8", "X-A: 1\r\nX-A: 2\r\n", body,
                 (size_t)n);
}

static void on_request(int fd, const struct httpd_req *r, struct httpd_shared *s,
                       void *ctx)
{
    (void)ctx;
    char extra[256] = "";
    if (strcmp(r->path, "/drip") == 0)
        drip(fd);
    else if (strcmp(r->path, "/endless") == 0)
        endless(fd);
    else if (strcmp(r->path, "/bomb") == 0)
        bomb(fd);
    else if (strcmp(r->path, "/headers/many") == 0)
        many_headers(fd, 200, 10);
    else if (strcmp(r->path, "/headers/long") == 0)
        many_headers(fd, 40, 4000);
    else if (strcmp(r->path, "/silent") == 0)
        nanosleep(&(struct timespec){.tv_sec = 5}, NULL);
    else if (strcmp(r->path, "/cut") == 0)
        httpd_puts(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
    else if (strcmp(r->path, "/busy") == 0)
        httpd_answer(fd, 429, "text/plain", "Retry-After: 7\r\n", "no", 2);
    else if (strcmp(r->path, "/forever") == 0)
        httpd_answer(fd, 503, "text/plain", "Retry-After: 99999999\r\n", "no", 2);
    else if (strcmp(r->path, "/continue") == 0)
        httpd_puts(fd, "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\nHTTP/1.1 201 C\r\n"
                       "X-Late: 2\r\nContent-Length: 0\r\n\r\n");
    else if (strncmp(r->path, "/to", 3) == 0) {
        static const char *const where[] = {"/echo",
                                            "http://127.0.0.2:1/",
                                            "https://x.test/",
                                            "file:///etc/passwd",
                                            "/to0",
                                            "/to4",
                                            ""};
        int k = r->path[3] - '0';
        snprintf(extra, sizeof extra, "Location: %s\r\n", where[k]);
        httpd_answer(fd, 302, "text/plain", extra, "", 0);
    } else if (strcmp(r->path, "/late") == 0) {
        nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
        httpd_answer(fd, 302, "text/plain", "Location: /late\r\n", "", 0);
    } else if (strncmp(r->path, "/slow", 5) == 0) {
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        atomic_fetch_add(&s->slot[0], 1);
        httpd_leave(s);
        httpd_answer(fd, 200, "text/plain", "", r->path, strlen(r->path));
    } else
        echo(fd, r);
}

static void setup(void)
{
    a = arena_new(8 << 20);
    e = (struct err){0};
    httpd_start(&srv, on_request, NULL);
    h = http_new(
        &(struct http_opt){.private_networks = STR("127.0.0.0/8"), .allow_http = true},
        &e);
    ck_assert_ptr_nonnull(h);
}

static void teardown(void)
{
    http_free(h);
    httpd_stop(&srv);
    arena_free(a);
}

static struct str at(const char *path)
{
    return str_fmt(a, "%s%s", srv.base, path);
}

static int get(const char *path, struct http_res *res)
{
    return http_do(h, &(struct http_req){.url = at(path), .total_ms = 1000}, res, a, &e);
}

/* --- plain calls ------------------------------------------------------------- */

START_TEST(plain_get)
{
    struct http_res r;
    ck_assert_int_eq(get("/echo?a=b", &r), 0);
    ck_assert_int_eq(r.status, 200);
    ck_assert(str_is(r.body, "GET|/echo?a=b|||"));
    ck_assert(http_is_type(&r, "text/plain"));
    ck_assert(!http_is_type(&r, "text"));
    ck_assert(str_is(http_header(&r, "x-a"), "1"));
    ck_assert_int_eq(r.retry_after_s, -1);
    ck_assert_int_eq(r.body_n, (int64_t)r.body.n);
    ck_assert(str_eq(r.url, at("/echo?a=b")));
    size_t both = 0;
    for (size_t i = 0; i < r.headers_n; i++)
        both += str_is(r.headers[i].name, "X-A");
    ck_assert_uint_eq(both, 2);
}
END_TEST

START_TEST(methods)
{
    struct http_res r;
    struct http_header type = {STR("Content-Type"), STR("application/x+json")};
    struct http_req q = {.url = at("/e"),
                         .headers = &type,
                         .headers_n = 1,
                         .bearer = STR("tok"),
                         .body = STR("{}")};
    static const char *const m[] = {"POST", "PUT", "DELETE"};
    for (int i = 0; i < 3; i++) {
        q.method = m[i];
        ck_assert_int_eq(http_do(h, &q, &r, a, &e), 0);
        struct str want =
            str_fmt(a, "%s|/e|Bearer tok|application/x+json|%s", m[i], i < 2 ? "{}" : "");
        ck_assert_msg(str_eq(r.body, want), "%.*s", STR_ARG(r.body));
    }
    /* the token of one call does not leak into the next */
    ck_assert_int_eq(get("/e", &r), 0);
    ck_assert(str_is(r.body, "GET|/e|||"));
}
END_TEST

START_TEST(header_injection)
{
    struct http_res r;
    struct http_header bad = {STR("X"), STR("a\r\nY: b")};
    struct http_req q = {.url = at("/e"), .headers = &bad, .headers_n = 1};
    ck_assert_int_eq(http_do(h, &q, &r, a, &e), -1);
    ck_assert_int_eq(e.code, ERR_INPUT);
    q = (struct http_req){.url = at("/e"), .bearer = STR("a\r\nb")};
    ck_assert_int_eq(http_do(h, &q, &r, a, &e), -1);
    q.bearer = STR("a b");
    ck_assert_int_eq(http_do(h, &q, &r, a, &e), -1);
    ck_assert_int_eq(atomic_load(&srv.shared->connections), 0);
}
END_TEST

START_TEST(status_and_retry)
{
    struct http_res r;
    ck_assert_int_eq(get("/busy", &r), 0);
    ck_assert_int_eq(r.status, 429);
    ck_assert_int_eq(r.retry_after_s, 7);
    ck_assert_int_eq(get("/forever", &r), 0);
    ck_assert_int_eq(r.retry_after_s, 86400);
    ck_assert_int_eq(get("/continue", &r), 0);
    ck_assert_int_eq(r.status, 201);
    ck_assert_uint_eq(http_header(&r, "x-early").n, 0);
    ck_assert(str_is(http_header(&r, "X-LATE"), "2"));
}
END_TEST

/* --- limits ------------------------------------------------------------------ */

START_TEST(too_slow)
{
    struct http_res r;
    int64_t t = now_ms();
    ck_assert_int_eq(get("/drip", &r), -1);
    ck_assert_int_eq(e.code, ERR_UNAVAILABLE);
    ck_assert_int_eq(get("/silent", &r), -1);
    ck_assert_int_eq(e.code, ERR_UNAVAILABLE);
    ck_assert_int_lt(now_ms() - t, 3500);
    ck_assert_int_eq(get("/cut", &r), -1);
    ck_assert_int_eq(e.code, ERR_UNAVAILABLE);
}
END_TEST

START_TEST(i97_endless_chunks)
{
    struct http_res r;
    struct http_req q = {.url = at("/endless"), .max_n = 1 << 20};
    ck_assert_int_eq(http_do(h, &q, &r, a, &e), -1);
    ck_assert_int_eq(e.code, ERR_LIMIT);
    ck_assert_int_le(r.body_n, (1 << 20) + 65536);
}
END_TEST

START_TEST(i97_gzip_bomb)
{
    char cmd[160];
    struct http_res r;
    snprintf(cmd, sizeof cmd, "head -c 100000000 /dev/zero | gzip -9 > %s", bomb_path);
    ck_assert_int_eq(system(cmd), 0);
    struct http_req q = {.url = at("/bomb"), .max_n = 1 << 20};
    ck_assert_int_eq(http_do(h, &q, &r, a, &e), -1);
    ck_assert_int_eq(e.code, ERR_LIMIT);
    unlink(bomb_path);
}
END_TEST

START_TEST(header_caps)
{
    struct http_res r;
    ck_assert_int_eq(get("/headers/many", &r), -1);
    ck_assert_int_eq(e.code, ERR_LIMIT);
    ck_assert_int_eq(get("/headers/long", &r), -1);
    ck_assert_int_eq(e.code, ERR_LIMIT);
}
END_TEST

struct taken {
    size_t n;
    size_t stop_at;
};

static int take(void *ctx, struct str piece, struct err *err)
{
    struct taken *t = ctx;
    t->n += piece.n;
    return t->stop_at > 0 && t->n >= t->stop_at ? err_set(err, ERR_CONFLICT, "enough")
                                                : 0;
}

START_TEST(sink)
{
    struct http_res r;
    struct taken t = {0};
    struct http_req q = {.url = at("/echo"), .sink = take, .sink_ctx = &t};
    ck_assert_int_eq(http_do(h, &q, &r, a, &e), 0);
    ck_assert_uint_eq(t.n, strlen("GET|/echo|||"));
    ck_assert_uint_eq(r.body.n, 0);
    q.url = at("/busy"); /* an error's body does not go to the sink */
    ck_assert_int_eq(http_do(h, &q, &r, a, &e), 0);
    ck_assert(str_is(r.body, "no"));
    q.url = at("/endless");
    q.max_n = 1 << 30;
    t.stop_at = 100000;
    ck_assert_int_eq(http_do(h, &q, &r, a, &e), -1);
    ck_assert_int_eq(e.code, ERR_CONFLICT);
    ck_assert_str_eq(e.text, "enough");
}
END_TEST

/* --- redirects (I88, I98) ---------------------------------------------------- */

START_TEST(redirects)
{
    struct http_res r;
    struct http_req q = {.url = at("/to0")};
    ck_assert_int_eq(http_do(h, &q, &r, a, &e), 0); /* not followed unless asked */
    ck_assert_int_eq(r.status, 302);
    q.redirects = 2;
    ck_assert_int_eq(http_do(h, &q, &r, a, &e), 0);
    ck_assert_int_eq(r.status, 200);
    ck_assert(str_eq(r.url, at("/echo")));
    q.url = at("/to5"); /* three hops */
    ck_assert_int_eq(http_do(h, &q, &r, a, &e), 0);
    ck_assert_int_eq(r.status, 302);
    for (int i = 1; i <= 6; i++) {
        if (i == 4 || i == 5)
            continue;
        q.url = str_fmt(a, "%s/to%d", srv.base, i);
        ck_assert_int_eq(http_do(h, &q, &r, a, &e), -1);
        ck_assert_msg(e.code == ERR_DENIED || e.code == ERR_INPUT, "%d", i);
    }
    q = (struct http_req){.url = at("/to0"), .redirects = 2, .bearer = STR("t")};
    ck_assert_int_eq(http_do(h, &q, &r, a, &e), 0); /* never with a token */
    ck_assert_int_eq(r.status, 302);
    q = (struct http_req){.url = at("/to0"), .redirects = 2, .method = "POST"};
    ck_assert_int_eq(http_do(h, &q, &r, a, &e), 0);
    ck_assert_int_eq(r.status, 302);
}
END_TEST

/* Each hop had the whole time again: a launch that waits 2 s for a key waited 6. */
START_TEST(redirects_share_one_time_limit)
{
    struct http_res r;
    struct http_req q = {.url = at("/late"), .redirects = 8, .total_ms = 500};
    int64_t t = now_ms();
    ck_assert_int_eq(http_do(h, &q, &r, a, &e), -1);
    ck_assert_int_eq(e.code, ERR_UNAVAILABLE);
    ck_assert_int_lt(now_ms() - t, 1000);
}
END_TEST

/* --- the guard (DR-S3, SVC-7) ------------------------------------------------ */

static bool allows(const char *list, const char *addr, bool loopback_only)
{
    struct guard g;
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    ck_assert_int_eq(guard_parse(a, str_c(list), &g, NULL), 0);
    if (inet_pton(AF_INET, addr, &v4.sin_addr) == 1)
        return guard_allows(&g, (struct sockaddr *)&v4, loopback_only);
    ck_assert_int_eq(inet_pton(AF_INET6, addr, &v6.sin6_addr), 1);
    return guard_allows(&g, (struct sockaddr *)&v6, loopback_only);
}

START_TEST(guard_table)
{
    static const char *const no[] = {"127.0.0.1",
                                     "127.255.255.254",
                                     "10.0.0.1",
                                     "172.16.0.1",
                                     "172.31.255.255",
                                     "192.168.1.1",
                                     "169.254.169.254",
                                     "100.64.0.1",
                                     "100.127.255.255",
                                     "0.0.0.0",
                                     "0.1.2.3",
                                     "192.0.0.1",
                                     "192.0.2.1",
                                     "192.88.99.1",
                                     "198.18.0.1",
                                     "198.51.100.9",
                                     "203.0.113.9",
                                     "224.0.0.1",
                                     "239.1.1.1",
                                     "240.0.0.1",
                                     "255.255.255.255",
                                     "::",
                                     "::1",
                                     "::2",
                                     "::ffff:127.0.0.1",
                                     "::ffff:10.0.0.1",
                                     "::127.0.0.1",
                                     "::ffff:0:0",
                                     "fe80::1",
                                     "febf::1",
                                     "fec0::1",
                                     "fc00::1",
                                     "fd12:3456::1",
                                     "ff02::1",
                                     "64:ff9b::7f00:1",
                                     "64:ff9b::a9fe:a9fe",
                                     "64:ff9b:1::1",
                                     "2002:7f00:1::",
                                     "2002:a00:1::1",
                                     "2002:a9fe:a9fe::",
                                     "2001::1",
                                     "2001:0:4136:e378::1",
                                     "2001:10::1",
                                     "2001:20::1",
                                     "2001:db8::1",
                                     "3fff::1",
                                     "100::1",
                                     "2600::5efe:10.0.0.1",
                                     "2600::200:5efe:10.0.0.1",
                                     "5f00::1",
                                     "4000::1"};
    static const char *const yes[] = {"1.1.1.1",
                                      "8.8.8.8",
                                      "100.63.255.255",
                                      "100.128.0.1",
                                      "172.15.255.255",
                                      "172.32.0.1",
                                      "192.0.1.1",
                                      "169.253.1.1",
                                      "223.255.255.255",
                                      "2606:4700:4700::1111",
                                      "2a00:1450::1",
                                      "::ffff:8.8.8.8",
                                      "64:ff9b::808:808",
                                      "2002:808:808::1",
                                      "2001:4860:4860::8888"};
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        ck_assert_msg(!allows("", no[i], false), "lets through %s", no[i]);
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        ck_assert_msg(allows("", yes[i], false), "holds up %s", yes[i]);
        ck_assert_msg(!allows("", yes[i], true), "plain http to %s", yes[i]);
    }
}
END_TEST

START_TEST(guard_list)
{
    const char *l = "10.1.0.0/16, 192.168.0.7\tfd00:1::/32,::1";
    ck_assert(allows(l, "10.1.2.3", false));
    ck_assert(allows(l, "::ffff:10.1.2.3", false));
    ck_assert(!allows(l, "10.2.0.1", false));
    ck_assert(allows(l, "192.168.0.7", false));
    ck_assert(!allows(l, "192.168.0.8", false));
    ck_assert(allows(l, "fd00:1::9", false));
    ck_assert(!allows(l, "fd00:2::9", false));
    ck_assert(allows(l, "::1", true));
    ck_assert(!allows(l, "127.0.0.1", true));
    ck_assert(!allows(l, "10.1.2.3", true));
    ck_assert(allows("127.0.0.0/8", "127.0.0.1", true));
    ck_assert(allows("0.0.0.0/0", "10.0.0.1", false));
    ck_assert(!allows("0.0.0.0/0", "fd00::1", false));
    static const char *const bad[] = {"10.0.0.1/8", "10.0.0.0/33", "10.0.0/8",
                                      "x",          "::/129",      "fd00::1/8",
                                      "10.0.0.0/",  "10.0.0.0/-1", "/8"};
    struct guard g;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(guard_parse(a, str_c(bad[i]), &g, NULL) == -1, "accepted %s",
                      bad[i]);
    ck_assert_ptr_null(
        http_new(&(struct http_opt){.private_networks = STR("10.0.0.1/8")}, &e));
}
END_TEST

/* Nothing reaches a listener on a network that is not open, however its address is
 * written. */
START_TEST(ssrf_no_connection)
{
    struct http *strict = http_new(&(struct http_opt){.allow_http = true}, &e);
    static const char *const hosts[] = {
        "127.0.0.1", "localhost",     "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
        "0.0.0.0",   "0x7f000001",    "2130706433",         "127.1",
        "[::1]",     "[::127.0.0.1]", "u@127.0.0.1"};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        for (int tls = 0; tls < 2; tls++) {
            struct http_res r;
            struct str url =
                str_fmt(a, "%s://%s:%d/echo", tls ? "https" : "http", hosts[i], srv.port);
            struct http_req q = {.url = url, .total_ms = 2000};
            ck_assert_int_eq(http_do(strict, &q, &r, a, &e), -1);
            ck_assert_msg(e.code == ERR_DENIED || e.code == ERR_INPUT, "%.*s: %s",
                          STR_ARG(url), e.text);
        }
    }
    http_free(strict);
    /* the list opens a network for https only; plain http stays on loopback */
    struct http *https =
        http_new(&(struct http_opt){.private_networks = STR("127.0.0.0/8")}, &e);
    struct http_res r;
    ck_assert_int_eq(http_do(https, &(struct http_req){.url = at("/echo")}, &r, a, &e),
                     -1);
    ck_assert_int_eq(e.code, ERR_INPUT);
    http_free(https);
    ck_assert_int_eq(atomic_load(&srv.shared->connections), 0);
}
END_TEST

START_TEST(odd_schemes)
{
    static const char *const url[] = {"file:///etc/passwd", "gopher://127.0.0.1/",
                                      "ftp://h/",           "",
                                      "127.0.0.1",          "dict://127.0.0.1/"};
    for (size_t i = 0; i < sizeof url / sizeof url[0]; i++) {
        struct http_res r;
        ck_assert_int_eq(http_do(h, &(struct http_req){.url = str_c(url[i])}, &r, a, &e),
                         -1);
        ck_assert_int_eq(e.code, ERR_INPUT);
    }
}
END_TEST

/* A proxy in the environment would hide the real address from the guard. */
START_TEST(no_proxy_from_environment)
{
    struct http_res r;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("https_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    ck_assert_int_eq(get("/echo", &r), 0);
    ck_assert_int_eq(r.status, 200);
}
END_TEST

/* --- TLS (I88) --------------------------------------------------------------- */

static int tls_start(char *dir, int *port)
{
    char cmd[1024];
    struct sockaddr_in sa = {.sin_family = AF_INET};
    socklen_t n = sizeof sa;
    int fd = socket(AF_INET, SOCK_STREAM, 0); /* find a free port */
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, n), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sa, &n), 0);
    *port = ntohs(sa.sin_port);
    close(fd);
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(
        cmd, sizeof cmd,
        "cd %s && openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem "
        "-days 2 -subj /CN=lms -addext subjectAltName=IP:127.0.0.1 2>/dev/null",
        dir);
    if (system(cmd) != 0)
        return -1;
    int pid = fork();
    if (pid == 0) {
        char p[16];
        snprintf(p, sizeof p, "%d", *port);
        if (chdir(dir) == 0 && freopen("/dev/null", "w", stderr) != NULL &&
            freopen("/dev/null", "w", stdout) != NULL)
            execlp("openssl", "openssl", "s_server", "-accept", p, "-cert", "c.pem",
                   "-key", "k.pem", "-www", (char *)NULL);
        _exit(127);
    }
    return pid;
}

/* One https GET, tried again until the server listens. */
static int tls_get(const char *ca, const char *host, int port, struct http_res *r)
{
    struct http_opt opt = {.private_networks = STR("127.0.0.0/8"), .ca_file = str_c(ca)};
    struct http *z = http_new(&opt, &e);
    struct str url = str_fmt(a, "https://%s:%d/", host, port);
    int rc = -1;
    for (int i = 0; i < 50 && rc != 0; i++) {
        rc = http_do(z, &(struct http_req){.url = url}, r, a, &e);
        if (rc == 0 || strstr(e.text, "connect") == NULL)
            break;
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    http_free(z);
    return rc;
}

START_TEST(i88_certificates)
{
    char dir[] = "/tmp/waymark-tls-XXXXXX", ca[64], cmd[96];
    int port;
    struct http_res r;
    int pid = tls_start(dir, &port);
    ck_assert_int_gt(pid, 0);
    snprintf(ca, sizeof ca, "%s/c.pem", dir);
    ck_assert_int_eq(tls_get(ca, "127.0.0.1", port, &r), 0);
    ck_assert_int_eq(r.status, 200);
    ck_assert_int_eq(tls_get("", "127.0.0.1", port, &r), -1); /* not trusted */
    ck_assert_int_eq(e.code, ERR_UNAVAILABLE);
    ck_assert_ptr_nonnull(strstr(e.text, "certificate"));
    ck_assert_int_eq(tls_get(ca, "127.0.0.2", port, &r), -1); /* another name */
    ck_assert_ptr_nonnull(strstr(e.text, "certificate"));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    snprintf(cmd, sizeof cmd, "rm -r %s", dir);
    ck_assert_int_eq(system(cmd), 0);
}
END_TEST

/* --- many at once ------------------------------------------------------------ */

struct tally {
    struct http_batch *b;
    int ok;
    int failed;
    int again;
    int stop_after;
};

static int done(void *ctx, int rc, const struct http_res *res, struct arena *own,
                const struct err *err)
{
    struct tally *t = ctx;
    if (rc != 0) {
        ck_assert_int_ne(err->code, ERR_NONE);
        t->failed++;
        return 0;
    }
    ck_assert_int_eq(res->status, 200);
    ck_assert_uint_gt(str_dup(own, res->body).n, 0);
    t->ok++;
    if (t->again-- > 0)
        http_batch_add(t->b, 1, &(struct http_req){.url = at("/slow/again")}, done, t,
                       NULL);
    return t->stop_after > 0 && t->ok >= t->stop_after ? -1 : 0;
}

START_TEST(batch_limits)
{
    struct http_batch_opt opt = {.total = 10, .per_host = 8, .per_lane = 3};
    struct http_batch *b = http_batch_new(h, &opt, &e);
    struct tally t = {.b = b, .again = 5};
    for (int i = 0; i < 15; i++)
        http_batch_add(b, 1, &(struct http_req){.url = at("/slow")}, done, &t, &e);
    http_batch_add(b, 2, &(struct http_req){.url = STR("https://h/a b")}, done, &t, &e);
    ck_assert_int_eq(http_batch_run(b, &e), 0);
    ck_assert_int_eq(t.ok, 20);
    ck_assert_int_eq(t.failed, 1);
    ck_assert_int_le(atomic_load(&srv.shared->most),
                     3); /* one platform, three at a time */
    ck_assert_int_eq(atomic_load(&srv.shared->slot[0]), 20);
    atomic_store(&srv.shared->most, 0);
    for (int i = 0; i < 20; i++)
        http_batch_add(b, i, &(struct http_req){.url = at("/slow")}, done, &t, &e);
    t.again = 0;
    ck_assert_int_eq(http_batch_run(b, &e), 0);
    ck_assert_int_eq(t.ok, 40);
    ck_assert_int_gt(atomic_load(&srv.shared->most), 3);
    ck_assert_int_le(atomic_load(&srv.shared->most), 8); /* one host */
    http_batch_free(b);
}
END_TEST

static int no_more(void *ctx)
{
    (void)ctx;
    return 1;
}

START_TEST(batch_stops)
{
    struct http_batch *b = http_batch_new(h, &(struct http_batch_opt){.total = 4}, &e);
    struct tally t = {.b = b, .stop_after = 2};
    for (int i = 0; i < 30; i++)
        http_batch_add(b, i, &(struct http_req){.url = at("/slow")}, done, &t, &e);
    ck_assert_int_eq(http_batch_run(b, &e), -1);
    ck_assert_int_lt(t.ok, 10);
    http_on_wait(h, no_more, NULL);
    ck_assert_int_eq(http_batch_run(b, &e), -1);
    ck_assert_int_eq(e.code, ERR_BUSY);
    struct http_res r;
    ck_assert_int_eq(get("/silent", &r), -1); /* and so does a call that waits */
    ck_assert_int_eq(e.code, ERR_BUSY);
    http_batch_free(b); /* what is in flight and what waits is given back (ASan sees) */
}
END_TEST

static void add(Suite *s, const char *name, const TTest *const *tests, size_t n)
{
    TCase *t = tcase_create(name);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 30);
    for (size_t i = 0; i < n; i++)
        tcase_add_test(t, tests[i]);
    suite_add_tcase(s, t);
}

int main(void)
{
    snprintf(bomb_path, sizeof bomb_path, "/tmp/waymark-bomb-%d", (int)getpid());
    Suite *s = suite_create("http");
    const TTest *calls[] = {plain_get, methods, header_injection, status_and_retry};
    const TTest *limits[] = {too_slow, i97_endless_chunks, i97_gzip_bomb, header_caps,
                             sink};
    const TTest *guards[] = {redirects,
                             redirects_share_one_time_limit,
                             guard_table,
                             guard_list,
                             ssrf_no_connection,
                             odd_schemes,
                             no_proxy_from_environment,
                             i88_certificates};
    const TTest *batch[] = {batch_limits, batch_stops};
    add(s, "calls", calls, 4);
    add(s, "limits", limits, 5);
    add(s, "guards", guards, 8);
    add(s, "batch", batch, 2);
    return suite_main(s);
}
