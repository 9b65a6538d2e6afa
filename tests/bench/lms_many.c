/* lms_many: a learning site of numbers, for benches. It answers as Moodle's web services,
 * NRPS and AGS do for so many courses with so many people, all worked out from their
 * numbers: nothing is stored. People, marks and answers are invented.
 *
 *   lms_many PORT COURSES PEOPLE     PORT 0: any; the first line printed is the port
 *   GET /control                     how often each kind of question was asked, as JSON
 *   GET /control?change=1            one in a hundred hands in another attempt
 *
 * One process, epoll, HTTP/1.1 with connections kept. */
#include "many.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FDS 4096
#define IN_MAX (1 << 20)

static struct many_in in_of[FDS];

static void need(int ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static void drop(int fd)
{
    free(in_of[fd].p);
    in_of[fd] = (struct many_in){0};
    close(fd);
}

/* All of it, waiting if need be: the other side is a worker that reads. */
static void send_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            struct timespec t = {0, 200000};
            nanosleep(&t, NULL);
            continue;
        }
        if (sent <= 0)
            return;
        p += sent;
        n -= (size_t)sent;
    }
}

static size_t length_of(const char *head)
{
    for (const char *p = head; (p = strstr(p, "\r\n")) != NULL;) {
        p += 2;
        if (strncasecmp(p, "content-length:", 15) == 0)
            return (size_t)atol(p + 15);
    }
    return 0;
}

/* Answer what is complete; what is not waits for more. */
static void serve(struct many *m, int fd)
{
    struct many_in *in = &in_of[fd];
    for (;;) {
        char *end = in->n == 0 ? NULL : strstr(in->p, "\r\n\r\n");
        if (end == NULL)
            return;
        *end = '\0';
        size_t head = (size_t)(end - in->p) + 4, body = length_of(in->p);
        if (in->n < head + body) {
            *end = '\r';
            return;
        }
        struct many_req r = {.body = in->p + head, .body_n = body};
        char kept = in->p[head + body];
        in->p[head + body] = '\0';
        if (sscanf(in->p, "%7s %2047s", r.method, r.path) == 2)
            many_answer(m, &r);
        in->p[head + body] = kept;
        send_all(fd, m->head, m->head_n);
        send_all(fd, m->out.p, m->out.n);
        memmove(in->p, in->p + head + body, in->n - head - body + 1);
        in->n -= head + body;
    }
}

static void take(struct many *m, int fd)
{
    struct many_in *in = &in_of[fd];
    if (in->p == NULL)
        in->p = malloc(IN_MAX + 1);
    need(in->p != NULL, "memory");
    ssize_t got = recv(fd, in->p + in->n, IN_MAX - in->n, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        drop(fd);
        return;
    }
    in->n += (size_t)got;
    in->p[in->n] = '\0';
    serve(m, fd);
}

static void greet(int listener, int ep)
{
    int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (fd >= FDS) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};
    need(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) == 0, "epoll");
}

int main(int argc, char **argv)
{
    static struct many m;
    if (argc != 4) {
        fprintf(stderr, "lms_many PORT COURSES PEOPLE\n");
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    many_init(&m, atoi(argv[2]), atoi(argv[3]));
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)atoi(argv[1]))};
    socklen_t at_n = sizeof at;
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    need(bind(listener, (struct sockaddr *)&at, at_n) == 0, "bind");
    need(listen(listener, 512) == 0, "listen");
    need(getsockname(listener, (struct sockaddr *)&at, &at_n) == 0, "port");
    m.port = ntohs(at.sin_port);
    printf("%d\n", m.port);
    fflush(stdout);
    int ep = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = listener}, seen[64];
    need(epoll_ctl(ep, EPOLL_CTL_ADD, listener, &ev) == 0, "epoll");
    for (;;) {
        int n = epoll_wait(ep, seen, 64, -1);
        for (int i = 0; i < n; i++) {
            if (seen[i].data.fd == listener)
                greet(listener, ep);
            else
                take(&m, seen[i].data.fd);
        }
    }
}
