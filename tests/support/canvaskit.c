#include "support/canvaskit.h"

#include <stdio.h>
#include <string.h>

struct canvaskit cnv;

static bool fits(const struct step *s, const struct httpd_req *r)
{
    bool path = s->path[0] == '*' ? strstr(r->path, s->path + 1) != NULL
                                  : strncmp(r->path, s->path, strlen(s->path)) == 0;
    return path && strcmp(s->method, r->method) == 0 &&
           (s->body == NULL || strstr(r->body, s->body) != NULL);
}

static void answer(int fd, const struct httpd_req *r, struct httpd_shared *shared,
                   void *ctx)
{
    const struct step *s = &cnv.script[atomic_fetch_add(&shared->slot[0], 1)];
    char bearer[100];
    (void)ctx;
    httpd_header(r, "Authorization", bearer, sizeof bearer);
    if (s->method == NULL || !fits(s, r) ||
        (strstr(r->path, "/api/") != NULL && strcmp(bearer, "Bearer 7~t") != 0)) {
        fprintf(stderr, "unexpected: %s %s %s\n", r->method, r->path, r->body);
        httpd_answer(fd, 418, "text/plain", "", "not expected", 12);
        return;
    }
    httpd_answer(fd, s->status, "application/json", s->head != NULL ? s->head : "",
                 s->answer, strlen(s->answer));
}

void canvaskit_start(const struct step *steps)
{
    cnv.script = steps;
    httpd_start(&cnv.srv, answer, NULL);
    cnv.canvas.base_url = str_fmt(cnv.a, "%s/", cnv.srv.base);
}

int canvaskit_asked(void)
{
    return atomic_load(&cnv.srv.shared->slot[0]);
}

void canvaskit_setup(void)
{
    struct http_opt opt = {.private_networks = STR("127.0.0.0/8"), .allow_http = true};
    cnv.a = arena_new((size_t)64 << 20);
    cnv.e = (struct err){0};
    cnv.http = http_new(&opt, &cnv.e);
    cnv.memo = (struct lms_memo){.a = cnv.a};
    cnv.canvas = (struct lms){.ops = lms_find(STR("canvas")),
                              .http = cnv.http,
                              .token = STR("7~t"),
                              .memo = &cnv.memo};
    buf_init(&cnv.seen, cnv.a, 4096);
}

void canvaskit_teardown(void)
{
    httpd_stop(&cnv.srv);
    http_free(cnv.http);
    arena_free(cnv.a);
}
