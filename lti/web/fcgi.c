#include "web/fcgi.h"

#include "web/route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DRAIN_MAX REQ_BODY_HUGE /* nginx takes no larger body */
#define STREAK_MAX 16
#define BACKLOG                                                                          \
    4096 /* the kernel cuts it to somaxconn; a short one answers 502 in a rush */

struct fcgi {
    FCGX_Request request;
    struct str prefix;
    int listen_fd;
    int epoll_fd;
    unsigned streak; /* connections taken since the last wait */
};

/* Set by fcgi_stop() in a signal handler, which has no other way to say it. */
static volatile sig_atomic_t stopping;

void fcgi_stop(void)
{
    stopping = 1;
}

struct fcgi *fcgi_new(struct arena *a, int listen_fd, struct str prefix, struct err *e)
{
    struct fcgi *f = ARENA_NEW(a, struct fcgi);
    f->listen_fd = listen_fd;
    f->prefix = prefix;
    /* Exclusive: a connection wakes one idle worker, not all of them. */
    struct epoll_event ev = {.events = EPOLLIN | EPOLLEXCLUSIVE};
    f->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (f->epoll_fd < 0 || epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, listen_fd, &ev) != 0) {
        err_set(e, ERR_INTERNAL, "epoll: %s", strerror(errno));
        return NULL;
    }
    if (FCGX_Init() != 0 ||
        FCGX_InitRequest(&f->request, listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
        err_set(e, ERR_INTERNAL, "FCGX_Init failed");
        return NULL;
    }
    return f;
}

void fcgi_free(struct fcgi *f)
{
    if (f == NULL)
        return;
    FCGX_Free(&f->request, 1);
    close(f->epoll_fd);
}

/* Signals are blocked but here, so that no read or write of a request is interrupted (the
 * library takes EINTR for an error) and no stop is missed between check and wait. */
static int wait_for_connection(struct fcgi *f, struct err *e)
{
    struct epoll_event ev;
    sigset_t none;
    sigemptyset(&none);
    while (!stopping) {
        int n = epoll_pwait(f->epoll_fd, &ev, 1, -1, &none);
        if (n > 0)
            return 1;
        if (n < 0 && errno != EINTR)
            return err_set(e, ERR_INTERNAL, "epoll: %s", strerror(errno));
    }
    return 0;
}

/* CONTENT_LENGTH must be a number within the cap, and exactly so many bytes must come:
 * the library would read on to the end of the stream whatever was announced. */
static int read_body(struct fcgi *f, struct arena *a, struct req *req)
{
    int64_t n;
    const char *z = FCGX_GetParam("CONTENT_LENGTH", f->request.envp);
    if (z == NULL || *z == 0)
        return 0;
    if (!str_i64(str_c(z), &n) || n < 0)
        return 400;
    if (n > (int64_t)route_body_max(req->path))
        return 413;
    char *p = arena_alloc(a, (size_t)n + 1);
    int got = n == 0 ? 0 : FCGX_GetStr(p, (int)n, f->request.in);
    if (got != n || FCGX_GetError(f->request.in) != 0)
        return 400;
    req->body = (struct str){p, (size_t)n};
    return 0;
}

static int read_params(struct fcgi *f, struct arena *a, struct req *req)
{
    size_t total = 0;
    for (char **at = f->request.envp; *at != NULL; at++) {
        struct str name, value, pair = str_c(*at);
        total += pair.n;
        if (total > REQ_HEAD_MAX)
            return 413;
        if (str_cut(pair, '=', &name, &value) &&
            req_param(a, req, f->prefix, name, value, NULL) != 0)
            return 413;
    }
    return 0;
}

/* Take the next connection. While many come in, most are taken without a wait; now and
 * then a wait lets signals in. */
static int take_connection(struct fcgi *f, struct err *e)
{
    for (;;) {
        if (f->streak == 0) {
            int rc = wait_for_connection(f, e);
            if (rc <= 0)
                return rc;
        }
        int rc = FCGX_Accept_r(&f->request);
        f->streak = rc == 0 ? (f->streak + 1) % STREAK_MAX : 0;
        if (rc == 0)
            return 1;
        if (rc != -EAGAIN) /* EAGAIN: none there, or another worker was faster */
            return err_set(e, ERR_INTERNAL, "accept: %s", strerror(-rc));
    }
}

int fcgi_accept(struct fcgi *f, struct arena *a, struct req *req, struct err *e)
{
    *req = (struct req){.method = REQ_OTHER};
    int rc = take_connection(f, e);
    if (rc <= 0)
        return rc;
    req->refused = read_params(f, a, req);
    if (req->refused == 0 && (req->method == REQ_POST || req->method == REQ_PUT))
        req->refused = read_body(f, a, req);
    return 1;
}

/* What is left of the request, mostly the mark of its end: a socket that is closed with
 * unread bytes takes the answer with it. */
static void drain(struct fcgi *f)
{
    char rest[4096];
    size_t n = 0;
    int got;
    while (n < DRAIN_MAX && (got = FCGX_GetStr(rest, sizeof rest, f->request.in)) > 0)
        n += (size_t)got;
}

/* FCGX_Finish_r, but for one thing: it shuts the socket down and waits until nginx has
 * closed too, to spare TCP peers a reset. The request was read to its end: no need. */
static bool finish(struct fcgi *f)
{
    FCGX_Request *r = &f->request;
    int fd = r->ipcFd;
    bool ok = FCGX_FClose(r->err) == 0;
    ok = FCGX_FClose(r->out) == 0 && ok;
    FCGX_Free(r, 0);
    r->ipcFd = -1;
    close(fd);
    return ok;
}

int fcgi_reply(struct fcgi *f, struct str head, struct str body, struct err *e)
{
    drain(f);
    int put = FCGX_PutStr(head.p, (int)head.n, f->request.out);
    put += FCGX_PutStr(body.p, (int)body.n, f->request.out);
    bool ok = put == (int)(head.n + body.n) && FCGX_GetError(f->request.out) == 0;
    ok = finish(f) && ok;
    return ok ? 0 : err_set(e, ERR_UNAVAILABLE, "the web server went away");
}

static int listen_on(int fd, const struct sockaddr *sa, socklen_t n, struct err *e)
{
    if (bind(fd, sa, n) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    err_set(e, ERR_UNAVAILABLE, "listen: %s", strerror(errno));
    close(fd);
    return -1;
}

static int listen_inet(struct arena *a, struct str address, struct err *e)
{
    struct str host, port;
    int64_t number;
    struct sockaddr_in sa = {.sin_family = AF_INET};
    str_cut(address, ':', &host, &port);
    if (!str_i64(port, &number) || number < 0 || number > 65535 ||
        inet_pton(AF_INET, str_z(a, host), &sa.sin_addr) != 1)
        return err_set(e, ERR_INPUT, "listen: neither a path nor ADDRESS:PORT");
    sa.sin_port = htons((uint16_t)number);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0)
        return err_set(e, ERR_UNAVAILABLE, "socket: %s", strerror(errno));
    return listen_on(fd, (const struct sockaddr *)(const void *)&sa, sizeof sa, e);
}

/* Whoever can open the socket can crash a worker (the library aborts on bad lengths), so
 * it is for us and nginx's group only: 0660 from the first moment on. */
static int listen_path(struct arena *a, struct str path, struct str group, struct err *e)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    struct stat st;
    if (path.n >= sizeof sa.sun_path || str_has_nul(path))
        return err_set(e, ERR_INPUT, "listen: the path is too long");
    memcpy(sa.sun_path, path.p, path.n);
    if (lstat(sa.sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(sa.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set(e, ERR_UNAVAILABLE, "socket: %s", strerror(errno));
    mode_t before = umask(0117);
    fd = listen_on(fd, (const struct sockaddr *)(const void *)&sa, sizeof sa, e);
    umask(before);
    struct group *g = group.n > 0 ? getgrnam(str_z(a, group)) : NULL;
    if (fd >= 0 && group.n > 0 &&
        (g == NULL || chown(sa.sun_path, (uid_t)-1, g->gr_gid) != 0)) {
        close(fd);
        return err_set(e, ERR_DENIED, "socket_group: no such group, or we are not in it");
    }
    return fd;
}

int fcgi_listen(struct arena *a, struct str address, struct str group, struct err *e)
{
    if (address.n > 0 && (address.p[0] == '/' || address.p[0] == '.'))
        return listen_path(a, address, group, e);
    return listen_inet(a, address, e);
}
