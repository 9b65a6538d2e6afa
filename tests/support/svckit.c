#include "support/svckit.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX ((size_t)4 << 20)

static const unsigned char seal_key[CRYPT_KEY_N] = "a key of this test, 32 bytes ...";

static int sign(void *ctx, struct arena *a, struct js *claims, struct str *jwt,
                struct err *e)
{
    (void)ctx;
    (void)e;
    *jwt = crypt_b64url(a, js_dump(a, claims));
    return 0;
}

static httpd_fn inner; /* of the test that runs in this process */

static void answer(int fd, const struct httpd_req *r, struct httpd_shared *s, void *ctx)
{
    char body[160];
    if (strcmp(r->path, "/token") != 0) {
        inner(fd, r, s, ctx);
        return;
    }
    int n = snprintf(body, sizeof body,
                     "{\"access_token\":\"tok-%d\",\"token_type\":\"Bearer\","
                     "\"expires_in\":3600}",
                     atomic_fetch_add(&s->slot[15], 1) + 1);
    httpd_answer(fd, 200, "text/html; charset=utf-8", "", body, (size_t)n);
}

void svckit_open(struct svckit *k, struct testdb *t, httpd_fn fn)
{
    *k = (struct svckit){.t = t, .a = arena_new((size_t)64 << 20)};
    inner = fn;
    httpd_start(&k->srv, answer, k);
    struct http_opt opt = {.private_networks = STR("127.0.0.0/8"), .allow_http = true};
    k->svc = (struct svc){.db = t->db,
                          .env = &t->env,
                          .http = http_new(&opt, NULL),
                          .seal_key = seal_key,
                          .holder = STR("test"),
                          .sign = sign};
    ck_assert_ptr_nonnull(k->svc.http);
    k->platform = (struct svc_platform){.registration_id = 7,
                                        .client_id = STR("client-1"),
                                        .token_url = svckit_url(k, "/token")};
}

void svckit_close(struct svckit *k)
{
    http_free(k->svc.http);
    httpd_stop(&k->srv);
    arena_free(k->a);
}

struct str svckit_url(struct svckit *k, const char *path)
{
    return str_fmt(k->a, "%s%s", k->srv.base, path);
}

struct str svckit_file(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    ck_assert_msg(f != NULL, "%s is missing; run from the root of the repository", path);
    ck_assert_int_eq(fseek(f, 0, SEEK_END), 0);
    long size = ftell(f);
    ck_assert(size >= 0 && (size_t)size < FILE_MAX);
    rewind(f);
    char *text = arena_alloc(a, (size_t)size + 1);
    size_t n = fread(text, 1, (size_t)size, f);
    fclose(f);
    ck_assert_uint_eq(n, (size_t)size);
    return (struct str){text, n};
}

struct http_res svckit_recorded(struct arena *a, const char *name)
{
    struct str path = str_fmt(a, "tests/fixtures/moodle/recorded/%s.json", name);
    struct err e = {0};
    struct js *v = js_parse(a, svckit_file(a, path.p), FILE_MAX, 32, &e);
    ck_assert_msg(v != NULL, "%s: %s", name, e.text);
    const struct js *res = js_get(v, "response"), *list = js_get(res, "headers");
    struct http_res out = {.retry_after_s = -1, .body = js_text(res, "body")};
    int64_t status;
    ck_assert(js_i64(js_get(res, "status"), &status));
    out.status = (int)status;
    out.url = js_text(js_get(v, "request"), "url");
    out.headers = ARENA_ARRAY(a, struct http_header, js_len(list) + 1);
    for (size_t i = 0; i < js_len(list); i++) {
        struct http_header *h = &out.headers[out.headers_n++];
        js_str(js_at(js_at(list, i), 0), &h->name);
        js_str(js_at(js_at(list, i), 1), &h->value);
    }
    return out;
}
