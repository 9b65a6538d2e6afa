#include "support/httpd.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define REQUEST_MAX (1 << 20)

static void need(int ok, const char *what)
{
    if (!ok) {
        perror(what);
        abort();
    }
}

void httpd_write(int fd, const void *p, size_t n)
{
    const char *at = p;
    while (n > 0) {
        ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* the client has gone: that is what many tests want */
        at += sent;
        n -= (size_t)sent;
    }
}

void httpd_puts(int fd, const char *text)
{
    httpd_write(fd, text, strlen(text));
}

void httpd_answer(int fd, int status, const char *type, const char *extra,
                  const char *body, size_t n)
{
    char head[16384];
    int len = snprintf(head, sizeof head,
                       "HTTP/1.1 %d Said\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s"
                       "Connection: close\r\n\r\n",
                       status, type, n, extra);
    httpd_write(fd, head, (size_t)len);
    httpd_write(fd, body, n);
}

const char *httpd_header(const struct httpd_req *r, const char *name, char *out, size_t n)
{
    size_t len = strlen(name);
    out[0] = '\0';
    for (const char *p = r->head; p != NULL && *p != '\0';) {
        const char *end = strstr(p, "\r\n");
        if (end == NULL)
            break;
        if (strncasecmp(p, name, len) == 0 && p[len] == ':') {
            const char *v = p + len + 1;
            while (*v == ' ')
                v++;
            snprintf(out, n, "%.*s", (int)(end - v), v);
            break;
        }
        p = end + 2;
    }
    return out;
}

/* Read head and body; 0 when the client closed first. */
static int read_request(int fd, char *text, struct httpd_req *r)
{
    size_t n = 0;
    char *end = NULL;
    while (end == NULL && n < REQUEST_MAX - 1) {
        ssize_t got = read(fd, text + n, REQUEST_MAX - 1 - n);
        if (got <= 0)
            return 0;
        n += (size_t)got;
        text[n] = '\0';
        end = strstr(text, "\r\n\r\n");
    }
    if (end == NULL || sscanf(text, "%15s %4095s", r->method, r->path) != 2)
        return 0;
    r->body = end + 4;
    r->head = strstr(text, "\r\n") + 2;
    char len[32];
    end[2] = '\0';
    size_t want = (size_t)atol(httpd_header(r, "content-length", len, sizeof len));
    r->body_n = n - (size_t)(r->body - text);
    while (r->body_n < want && n < REQUEST_MAX - 1) {
        ssize_t got = read(fd, text + n, REQUEST_MAX - 1 - n);
        if (got <= 0)
            return 0;
        n += (size_t)got;
        r->body_n += (size_t)got;
    }
    return 1;
}

/* In the process of one connection: was it taken off shared->now already? */
static int left;

void httpd_leave(struct httpd_shared *shared)
{
    if (!left)
        atomic_fetch_sub(&shared->now, 1);
    left = 1;
}

static void serve_one(int fd, httpd_fn fn, struct httpd_shared *shared, void *ctx)
{
    static char text[REQUEST_MAX];
    struct httpd_req r = {0};
    int now = atomic_fetch_add(&shared->now, 1) + 1;
    int most = atomic_load(&shared->most);
    while (now > most && !atomic_compare_exchange_weak(&shared->most, &most, now)) {
    }
    if (read_request(fd, text, &r))
        fn(fd, &r, shared, ctx);
    httpd_leave(shared);
    shutdown(fd, SHUT_WR);
    close(fd);
}

static void serve(int listener, httpd_fn fn, struct httpd_shared *shared, void *ctx)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        atomic_fetch_add(&shared->connections, 1);
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            close(listener);
            serve_one(fd, fn, shared, ctx);
            _exit(0);
        }
        close(fd);
    }
}

void httpd_start(struct httpd *h, httpd_fn fn, void *ctx)
{
    struct sockaddr_in sa = {.sin_family = AF_INET};
    socklen_t n = sizeof sa;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    need(bind(listener, (struct sockaddr *)&sa, n) == 0, "bind");
    need(listen(listener, 64) == 0, "listen");
    need(getsockname(listener, (struct sockaddr *)&sa, &n) == 0, "getsockname");
    h->port = ntohs(sa.sin_port);
    snprintf(h->base, sizeof h->base, "http://127.0.0.1:%d", h->port);
    h->shared = mmap(NULL, sizeof *h->shared, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    need(h->shared != MAP_FAILED, "mmap");
    memset(h->shared, 0, sizeof *h->shared);
    h->pid = fork();
    need(h->pid >= 0, "fork");
    if (h->pid == 0) {
        serve(listener, fn, h->shared, ctx);
        _exit(0);
    }
    close(listener);
}

void httpd_stop(struct httpd *h)
{
    kill(h->pid, SIGKILL);
    waitpid(h->pid, NULL, 0);
    munmap(h->shared, sizeof *h->shared);
}
