/* Why each curl option stands here: LTI.md C-7 and the measurements behind it. curl's own
 * MAXFILESIZE does not stop a chunked body, so the write callback counts; PREREQFUNCTION
 * runs after the connect, so the guard sits in OPENSOCKETFUNCTION, which sees each
 * address before a packet leaves. curl shows one address of a name after the other and
 * would connect to a good one beside a bad one, so names are looked up here, all of their
 * addresses are checked, and curl gets these and no others (CURLOPT_RESOLVE, DR-S3). */
#include "net/http.h"

#include "base/crypt.h"
#include "net/guard.h"
#include "net/resolve.h"
#include "net/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_N 262144
#define CONNECT_MS 3000
#define TOTAL_MS 10000
#define HEADERS_MAX 100
#define HEADERS_N 65536
#define RETRY_MAX_S 86400
#define BATCH_ARENA_N ((size_t)4 << 20)
#define BATCH_MAX 64

struct http {
    struct arena *a;
    struct guard guard;
    const char *ca_file;
    const char *user_agent;
    bool allow_http;
    pid_t pid;
    CURL *easy; /* of the blocking form; keeps its connections */
    struct resolver *names;
    int (*wait)(void *ctx);
    void *wait_ctx;
    struct http_slow slow;
};

/* A body outside the arena: it may hold an access token, so it is wiped. */
struct body {
    char *p;
    size_t n, cap;
};

/* One call under way. */
struct call {
    struct http *h;
    const struct http_req *req;
    struct arena *a;
    struct http_res *res;
    CURL *easy;
    struct curl_slist *list;
    struct curl_slist *pins; /* host:port:addresses */
    struct resolve *asking;
    int64_t end_ms; /* of looking the name up, then of all */
    struct url url;
    struct body *body;
    size_t max_n;
    size_t headers_n; /* bytes */
    bool refused;     /* by the guard */
    bool too_big;
    bool stopped; /* by the sink */
    struct err sink_err;
    char text[CURL_ERROR_SIZE];
};

void http_free(struct http *h)
{
    if (h == NULL)
        return;
    curl_easy_cleanup(h->easy);
    resolve_free(h->names);
    arena_free(h->a); /* h itself lives there */
    curl_global_cleanup();
}

struct http *http_new(const struct http_opt *opt, struct err *e)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
        err_set(e, ERR_INTERNAL, "curl does not start");
        return NULL;
    }
    struct arena *a = arena_new((size_t)1 << 20);
    struct http *h = ARENA_NEW(a, struct http);
    h->a = a;
    h->pid = getpid();
    h->allow_http = opt->allow_http;
    h->ca_file = opt->ca_file.n == 0 ? NULL : str_z(a, opt->ca_file);
    h->user_agent = str_z(a, opt->user_agent.n == 0 ? STR("Waymark") : opt->user_agent);
    h->easy = curl_easy_init();
    h->names = resolve_new();
    if (h->user_agent == NULL || h->easy == NULL) {
        err_set(e, ERR_INTERNAL, "curl does not start");
        http_free(h);
        return NULL;
    }
    if (guard_parse(a, opt->private_networks, &h->guard, e) != 0) {
        http_free(h);
        return NULL;
    }
    return h;
}

void http_on_wait(struct http *h, int (*fn)(void *ctx), void *ctx)
{
    h->wait = fn;
    h->wait_ctx = ctx;
}

/* --- callbacks --------------------------------------------------------------- */

static curl_socket_t open_socket(void *ctx, curlsocktype purpose,
                                 struct curl_sockaddr *sa)
{
    struct call *c = ctx;
    (void)purpose;
    bool plain = str_is(c->url.scheme, "http");
    if (!guard_allows(&c->h->guard, &sa->addr, plain)) {
        c->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(sa->family, sa->socktype | SOCK_CLOEXEC, sa->protocol);
}

static void body_put(struct body *b, const char *p, size_t n)
{
    if (b->cap - b->n < n) {
        size_t cap = b->cap == 0 ? 4096 : b->cap;
        while (cap - b->n < n)
            cap *= 2;
        char *more = malloc(cap);
        INVARIANT(more != NULL);
        if (b->n > 0)
            memcpy(more, b->p, b->n);
        crypt_wipe(b->p, b->n);
        free(b->p);
        b->p = more;
        b->cap = cap;
    }
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

static void body_free(void *p)
{
    struct body *b = p;
    crypt_wipe(b->p, b->n);
    free(b->p);
    *b = (struct body){0};
}

static size_t on_body(char *p, size_t size, size_t count, void *ctx)
{
    struct call *c = ctx;
    size_t n = size * count;
    c->res->body_n += (int64_t)n;
    if ((uint64_t)c->res->body_n > c->max_n) {
        c->too_big = true;
        return 0;
    }
    long status = 0;
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    if (c->req->sink == NULL || status < 200 || status > 299) {
        body_put(c->body, p, n);
        return n;
    }
    if (c->req->sink(c->req->sink_ctx, (struct str){p, n}, &c->sink_err) != 0) {
        c->stopped = true;
        return 0;
    }
    return n;
}

static size_t on_header(char *p, size_t size, size_t count, void *ctx)
{
    struct call *c = ctx;
    struct str line = {p, size * count}, name, value;
    if (str_starts(line, STR("HTTP/"))) { /* 100 Continue may come first */
        c->res->headers_n = 0;
        return line.n;
    }
    if (!str_cut(line, ':', &name, &value))
        return line.n;
    c->headers_n += line.n;
    if (c->res->headers_n == HEADERS_MAX || c->headers_n > HEADERS_N) {
        c->too_big = true;
        return 0;
    }
    struct http_header *h = &c->res->headers[c->res->headers_n++];
    h->name = str_dup(c->a, str_trim(name));
    h->value = str_dup(c->a, str_trim(value));
    return line.n;
}

/* curl calls this at least once a second, also when nothing comes. */
static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct http *h = ctx;
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return h->wait(h->wait_ctx) != 0;
}

static int denied(const struct call *c, struct err *e)
{
    return err_set(e, ERR_DENIED,
                   "%.*s is on a network that must not be reached (private_networks)",
                   c->url.host.n > 80 ? 80 : (int)c->url.host.n, c->url.host.p);
}

/* --- one call ---------------------------------------------------------------- */

static bool clean(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return false;
    return true;
}

static void add_line(struct call *c, const char *line)
{
    struct curl_slist *more = curl_slist_append(c->list, line);
    INVARIANT(more != NULL);
    c->list = more;
}

static int set_headers(struct call *c, struct err *e)
{
    bool typed = false;
    add_line(c, "Expect:"); /* no 100-continue pause */
    for (size_t i = 0; i < c->req->headers_n; i++) {
        const struct http_header *h = &c->req->headers[i];
        if (!clean(h->name) || !clean(h->value) || h->name.n == 0)
            return err_set(e, ERR_INPUT, "request header with a control character");
        typed = typed || str_ieq(h->name, STR("content-type"));
        add_line(c, str_fmt(c->a, "%.*s: %.*s", STR_ARG(h->name), STR_ARG(h->value)).p);
    }
    if (!typed)
        add_line(c, "Content-Type:"); /* curl would add its own to a body */
    if (c->req->bearer.n == 0)
        return 0;
    if (!clean(c->req->bearer) || str_find(c->req->bearer, STR(" "), 0) != SIZE_MAX)
        return err_set(e, ERR_INPUT,
                       "access token with a character that does not belong");
    struct buf line;
    buf_init(&line, c->a, c->req->bearer.n + 32);
    buf_c(&line, "Authorization: Bearer ");
    buf_str(&line, c->req->bearer);
    add_line(c, buf_view(&line).p);
    crypt_wipe(line.p, line.n); /* curl has its own copy; finish() wipes that */
    return 0;
}

static void set_method(struct call *c)
{
    const char *m = c->req->method == NULL ? "GET" : c->req->method;
    bool has_body = strcmp(m, "POST") == 0 || strcmp(m, "PUT") == 0;
    if (has_body) {
        curl_easy_setopt(c->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)c->req->body.n);
        curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, c->req->body.p);
    } else {
        curl_easy_setopt(c->easy, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, m);
}

static int64_t monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- the addresses of the host ------------------------------------------------ */

/* All of them may be reached, or none is: then pin curl to them. 0 or -1. */
static int pin(struct call *c, const struct resolve_list *found, struct err *e)
{
    char text[INET6_ADDRSTRLEN];
    bool plain = str_is(c->url.scheme, "http");
    struct buf b;
    buf_init(&b, c->a, 512);
    buf_fmt(&b, "%.*s:%d:", STR_ARG(c->url.host), c->url.port);
    for (size_t i = 0; i < found->n; i++) {
        const union resolve_addr *at = &found->at[i];
        bool v6 = at->sa.sa_family == AF_INET6;
        if (!guard_allows(&c->h->guard, &at->sa, plain))
            return denied(c, e);
        const void *raw = v6 ? (const void *)&at->in6.sin6_addr : &at->in.sin_addr;
        INVARIANT(inet_ntop(at->sa.sa_family, raw, text, sizeof text) != NULL);
        buf_fmt(&b, v6 ? "%s[%s]" : "%s%s", i == 0 ? "" : ",", text);
    }
    if (c->url.ip6) /* one address, which open_socket sees again */
        return 0;
    c->pins = curl_slist_append(NULL, buf_view(&b).p);
    INVARIANT(c->pins != NULL);
    curl_easy_setopt(c->easy, CURLOPT_RESOLVE, c->pins);
    return 0;
}

/* Begin to look the name up. 1: pinned at once. 0: under way. -1: refused. */
static int look_up(struct call *c, struct err *e)
{
    struct resolve_list found;
    c->asking = resolve_begin(c->h->names, c->url.host, &found);
    return c->asking != NULL ? 0 : pin(c, &found, e) == 0 ? 1 : -1;
}

/* Go on looking: as look_up. What is left of the time is then curl's. */
static int looked_up(struct call *c, int wait_ms, struct err *e)
{
    struct resolve_list found;
    int n = c->url.host.n > 80 ? 80 : (int)c->url.host.n;
    int64_t left = c->end_ms - monotonic_ms();
    if (left < wait_ms)
        wait_ms = left > 0 ? (int)left : 0;
    enum resolve_result r = resolve_poll(c->asking, wait_ms, &found);
    if (r == RESOLVE_WAIT && monotonic_ms() < c->end_ms)
        return 0;
    resolve_end(c->asking);
    c->asking = NULL;
    if (r == RESOLVE_WAIT)
        return err_set(e, ERR_UNAVAILABLE, "%.*s does not answer in time", n,
                       c->url.host.p);
    if (r == RESOLVE_NONE)
        return err_set(e, ERR_UNAVAILABLE, "%.*s: no such host", n, c->url.host.p);
    if (r == RESOLVE_MANY)
        return denied(c, e);
    left = c->end_ms - monotonic_ms();
    curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS, left > 0 ? (long)left : 1L);
    return pin(c, &found, e) == 0 ? 1 : -1;
}

/* Look it up and wait for it. 0 or -1. */
static int look_up_now(struct call *c, struct err *e)
{
    int done = look_up(c, e);
    while (done == 0) {
        if (c->h->wait != NULL && c->h->wait(c->h->wait_ctx) != 0)
            return err_set(e, ERR_BUSY, "stopped while waiting for a name server");
        done = looked_up(c, 500, e);
    }
    return done < 0 ? -1 : 0;
}

/* What `prepare` and the look-up made. */
static void drop(struct call *c)
{
    resolve_end(c->asking);
    c->asking = NULL;
    for (struct curl_slist *l = c->list; l != NULL; l = l->next)
        crypt_wipe(l->data, strlen(l->data)); /* one of them has the token */
    curl_slist_free_all(c->list);
    curl_slist_free_all(c->pins);
    c->list = c->pins = NULL;
}

/* The limits and refusals of DR-S3 and C-7. */
static void set_guards(struct call *c)
{
    CURL *z = c->easy;
    curl_easy_setopt(z, CURLOPT_PROTOCOLS_STR, c->h->allow_http ? "https,http" : "https");
    curl_easy_setopt(z, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(z, CURLOPT_UNRESTRICTED_AUTH, 0L);
    curl_easy_setopt(z, CURLOPT_PROXY, "");
    curl_easy_setopt(z, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(z, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(z, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(z, CURLOPT_SSL_VERIFYHOST, 2L);
    if (c->h->ca_file != NULL)
        curl_easy_setopt(z, CURLOPT_CAINFO, c->h->ca_file);
    curl_easy_setopt(z, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(z, CURLOPT_OPENSOCKETDATA, c);
    curl_easy_setopt(z, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)c->max_n);
    long connect = c->req->connect_ms > 0 ? c->req->connect_ms : CONNECT_MS;
    long total = c->req->total_ms > 0 ? c->req->total_ms : TOTAL_MS;
    curl_easy_setopt(z, CURLOPT_CONNECTTIMEOUT_MS, connect);
    curl_easy_setopt(z, CURLOPT_TIMEOUT_MS, total);
    c->end_ms = monotonic_ms() + total;
}

/* Fill c->easy for the address `text`. The handle was reset before. */
static int prepare(struct call *c, struct str text, struct err *e)
{
    unsigned allow = c->h->allow_http ? URL_HTTP : URL_HTTPS_ONLY;
    INVARIANT(c->h->pid == getpid());
    if (url_parse(c->a, text, allow, &c->url, e) != 0 || set_headers(c, e) != 0)
        return -1;
    c->max_n = c->req->max_n == 0 ? MAX_N : c->req->max_n;
    *c->res = (struct http_res){.url = url_text(c->a, &c->url), .retry_after_s = -1};
    c->res->headers = ARENA_ARRAY(c->a, struct http_header, HEADERS_MAX);
    c->body = ARENA_NEW(c->a, struct body);
    arena_defer(c->a, body_free, c->body);
    set_guards(c);
    set_method(c);
    CURL *z = c->easy;
    curl_easy_setopt(z, CURLOPT_URL, c->res->url.p);
    curl_easy_setopt(z, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(z, CURLOPT_HTTPHEADER, c->list);
    curl_easy_setopt(z, CURLOPT_USERAGENT, c->h->user_agent);
    curl_easy_setopt(z, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(z, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(z, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(z, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(z, CURLOPT_HEADERDATA, c);
    curl_easy_setopt(z, CURLOPT_ERRORBUFFER, c->text);
    return 0;
}

static int explain(struct call *c, CURLcode rc, struct err *e)
{
    struct str host = c->url.host;
    int n = host.n > 80 ? 80 : (int)host.n;
    if (c->stopped) {
        if (e != NULL)
            *e = c->sink_err;
        return -1;
    }
    if (c->too_big || rc == CURLE_FILESIZE_EXCEEDED)
        return err_set(e, ERR_LIMIT, "%.*s sends more than %zu bytes", n, host.p,
                       c->max_n);
    if (c->refused && rc == CURLE_COULDNT_CONNECT)
        return denied(c, e);
    if (rc == CURLE_ABORTED_BY_CALLBACK)
        return err_set(e, ERR_BUSY, "stopped while waiting for %.*s", n, host.p);
    if (rc == CURLE_OPERATION_TIMEDOUT)
        return err_set(e, ERR_UNAVAILABLE, "%.*s does not answer in time", n, host.p);
    if (rc == CURLE_COULDNT_RESOLVE_HOST)
        return err_set(e, ERR_UNAVAILABLE, "%.*s: no such host", n, host.p);
    if (rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CACERT_BADFILE)
        return err_set(e, ERR_UNAVAILABLE, "%.*s: its certificate is not trusted", n,
                       host.p);
    return err_set(e, ERR_UNAVAILABLE, "%.*s: %s", n, host.p, curl_easy_strerror(rc));
}

bool http_slowed(struct http *h, struct http_slow *out)
{
    *out = h->slow;
    h->slow.host[0] = '\0';
    return out->host[0] != '\0';
}

/* After the transfer: status, body, Retry-After; give the header list back. */
static int finish(struct call *c, CURLcode rc, struct err *e)
{
    long status = 0;
    curl_off_t retry = 0;
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &retry);
    drop(c);
    if (rc != CURLE_OK)
        return explain(c, rc, e);
    c->res->status = (int)status;
    c->res->body = (struct str){c->body->p == NULL ? "" : c->body->p, c->body->n};
    if (http_header(c->res, "retry-after").n > 0)
        c->res->retry_after_s = retry > RETRY_MAX_S ? RETRY_MAX_S : (int64_t)retry;
    if (status == 429 || (status == 503 && c->res->retry_after_s >= 0)) {
        struct str origin = url_origin(c->a, &c->url);
        c->h->slow.retry_after_s = c->res->retry_after_s;
        snprintf(c->h->slow.host, sizeof c->h->slow.host, "%.*s", STR_ARG(origin));
    }
    return 0;
}

static int once(struct http *h, const struct http_req *req, struct str text,
                struct http_res *res, struct arena *a, struct err *e)
{
    struct call c = {.h = h, .req = req, .a = a, .res = res, .easy = h->easy};
    curl_easy_reset(h->easy);
    if (prepare(&c, text, e) != 0 || look_up_now(&c, e) != 0) {
        drop(&c);
        curl_easy_reset(h->easy);
        return -1;
    }
    if (h->wait != NULL) {
        curl_easy_setopt(h->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
        curl_easy_setopt(h->easy, CURLOPT_XFERINFODATA, h);
        curl_easy_setopt(h->easy, CURLOPT_NOPROGRESS, 0L);
    }
    CURLcode rc = curl_easy_perform(h->easy);
    int out = finish(&c, rc, e);
    curl_easy_reset(h->easy); /* drop pointers into this frame */
    return out;
}

static bool redirects(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 ||
           status == 308;
}

/* Where a redirect leads: same host, no step down from https (I88). */
static int follow(struct arena *a, const struct http_res *res, struct str *text,
                  struct err *e)
{
    struct url from, to;
    struct str where = http_header(res, "location");
    if (url_parse(a, res->url, URL_HTTP, &from, e) != 0 ||
        url_resolve(a, &from, where, URL_HTTP | URL_FRAGMENT, &to, e) != 0)
        return -1;
    to.has_fragment = false;
    bool down = str_is(from.scheme, "https") && str_is(to.scheme, "http");
    if (where.n == 0 || down || !str_eq(from.host, to.host))
        return err_set(e, ERR_DENIED, "%.*s redirects to another place",
                       from.host.n > 80 ? 80 : (int)from.host.n, from.host.p);
    *text = url_text(a, &to);
    return 0;
}

int http_do(struct http *h, const struct http_req *req, struct http_res *res,
            struct arena *a, struct err *e)
{
    struct str text = req->url;
    bool plain_get =
        (req->method == NULL || strcmp(req->method, "GET") == 0) && req->bearer.n == 0;
    struct http_req one = *req; /* with the time that is left */
    one.total_ms = req->total_ms > 0 ? req->total_ms : TOTAL_MS;
    int64_t end_ms = monotonic_ms() + one.total_ms;
    for (int hop = 0;; hop++) {
        if (once(h, &one, text, res, a, e) != 0)
            return -1;
        if (!plain_get || hop >= req->redirects || !redirects(res->status))
            return 0;
        if (follow(a, res, &text, e) != 0)
            return -1;
        one.total_ms = (int)(end_ms - monotonic_ms());
        if (one.total_ms <= 0)
            return err_set(e, ERR_UNAVAILABLE, "it redirects and redirects");
    }
}

struct str http_header(const struct http_res *res, const char *name)
{
    for (size_t i = 0; i < res->headers_n; i++)
        if (str_ieq(res->headers[i].name, str_c(name)))
            return res->headers[i].value;
    return STR_EMPTY;
}

bool http_is_type(const struct http_res *res, const char *type)
{
    struct str head, tail;
    str_cut(http_header(res, "content-type"), ';', &head, &tail);
    return str_ieq(str_trim(head), str_c(type));
}

struct str http_host(struct arena *a, struct str text)
{
    struct url u;
    if (url_parse(a, text, URL_HTTP | URL_FRAGMENT, &u, NULL) != 0)
        return STR("?");
    return url_origin(a, &u);
}

/* --- many calls at once ------------------------------------------------------ */

struct item {
    struct item *next;
    int64_t lane;
    struct arena *a;
    struct http_req req; /* copied into `a` */
    struct http_res res;
    struct call call;
    bool running; /* its name is looked up */
    http_done_fn done;
    void *ctx;
};

struct http_batch {
    struct http *h;
    CURLM *multi;
    struct http_batch_opt opt;
    struct item *first; /* waiting, in order */
    struct item **last;
    struct item *active[BATCH_MAX];
    int active_n;
};

struct http_batch *http_batch_new(struct http *h, const struct http_batch_opt *opt,
                                  struct err *e)
{
    struct http_batch *b = calloc(1, sizeof *b);
    INVARIANT(b != NULL);
    b->h = h;
    b->opt = *opt;
    b->last = &b->first;
    if (b->opt.total <= 0)
        b->opt.total = 16;
    if (b->opt.total > BATCH_MAX)
        b->opt.total = BATCH_MAX;
    if (b->opt.per_host <= 0)
        b->opt.per_host = 4;
    if (b->opt.per_lane <= 0)
        b->opt.per_lane = 4;
    b->multi = curl_multi_init();
    if (b->multi == NULL) {
        free(b);
        err_set(e, ERR_INTERNAL, "curl does not start");
        return NULL;
    }
    curl_multi_setopt(b->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)b->opt.per_host);
    curl_multi_setopt(b->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)b->opt.total);
    return b;
}

static void item_free(struct item *it)
{
    arena_free(it->a); /* the item lives there */
}

/* Take an active item off the multi handle. */
static void detach(struct http_batch *b, struct item *it)
{
    for (int i = 0; i < b->active_n; i++)
        if (b->active[i] == it)
            b->active[i] = b->active[--b->active_n];
    if (it->running)
        curl_multi_remove_handle(b->multi, it->call.easy);
    curl_easy_cleanup(it->call.easy);
    it->call.easy = NULL;
}

void http_batch_free(struct http_batch *b)
{
    if (b == NULL)
        return;
    while (b->active_n > 0) {
        struct item *it = b->active[0];
        detach(b, it);
        drop(&it->call);
        item_free(it);
    }
    while (b->first != NULL) {
        struct item *it = b->first;
        b->first = it->next;
        item_free(it);
    }
    curl_multi_cleanup(b->multi);
    free(b);
}

int http_batch_add(struct http_batch *b, int64_t lane, const struct http_req *req,
                   http_done_fn done, void *ctx, struct err *e)
{
    if (req->redirects > 0)
        return err_set(e, ERR_INTERNAL, "a batch follows no redirects");
    struct arena *a = arena_new(BATCH_ARENA_N);
    struct item *it = ARENA_NEW(a, struct item);
    struct http_header *headers = ARENA_ARRAY(a, struct http_header, req->headers_n + 1);
    for (size_t i = 0; i < req->headers_n; i++) {
        headers[i].name = str_dup(a, req->headers[i].name);
        headers[i].value = str_dup(a, req->headers[i].value);
    }
    *it = (struct item){.lane = lane, .a = a, .req = *req, .done = done, .ctx = ctx};
    it->req.url = str_dup(a, req->url);
    it->req.bearer = str_dup(a, req->bearer);
    it->req.body = str_dup(a, req->body);
    it->req.headers = headers;
    *b->last = it;
    b->last = &it->next;
    return 0;
}

static int lane_n(const struct http_batch *b, int64_t lane)
{
    int n = 0;
    for (int i = 0; i < b->active_n; i++)
        n += b->active[i]->lane == lane;
    return n;
}

/* Hand the outcome over and drop the item. */
static int report(struct item *it, int rc, const struct err *err)
{
    int out = it->done(it->ctx, rc, &it->res, it->a, err);
    item_free(it);
    return out;
}

/* It ended before curl had it. */
static int fail(struct http_batch *b, struct item *it, const struct err *err)
{
    detach(b, it);
    drop(&it->call);
    return report(it, -1, err);
}

/* By what a look-up came to: fails, waits, or goes to curl. */
static int go_on(struct http_batch *b, struct item *it, int found, const struct err *err)
{
    if (found < 0)
        return fail(b, it, err);
    if (found == 0)
        return 0;
    it->running = true;
    INVARIANT(curl_multi_add_handle(b->multi, it->call.easy) == CURLM_OK);
    return 0;
}

static int start(struct http_batch *b, struct item *it)
{
    struct err err = {0};
    it->call = (struct call){.h = b->h, .req = &it->req, .a = it->a, .res = &it->res};
    it->call.easy = curl_easy_init();
    INVARIANT(it->call.easy != NULL);
    b->active[b->active_n++] = it;
    if (prepare(&it->call, it->req.url, &err) != 0)
        return fail(b, it, &err);
    curl_easy_setopt(it->call.easy, CURLOPT_PRIVATE, it);
    return go_on(b, it, look_up(&it->call, &err), &err);
}

/* Those whose names are being looked up. 1 when some still are, 0, or -1. */
static int look_on(struct http_batch *b)
{
    int waiting = 0;
    for (int i = b->active_n - 1; i >= 0; i--) {
        struct item *it = b->active[i];
        struct err err = {0};
        if (it->running)
            continue;
        int found = looked_up(&it->call, 0, &err);
        waiting = waiting || found == 0;
        if (go_on(b, it, found, &err) != 0)
            return -1;
    }
    return waiting;
}

/* Start what fits: in order, but a full lane does not hold up the others. */
static int start_waiting(struct http_batch *b)
{
    struct item **at = &b->first;
    while (*at != NULL && b->active_n < b->opt.total) {
        struct item *it = *at;
        if (lane_n(b, it->lane) >= b->opt.per_lane) {
            at = &it->next;
            continue;
        }
        *at = it->next;
        if (b->last == &it->next)
            b->last = at;
        if (start(b, it) != 0)
            return -1;
    }
    return 0;
}

static int take_finished(struct http_batch *b)
{
    int left;
    CURLMsg *m;
    while ((m = curl_multi_info_read(b->multi, &left)) != NULL) {
        if (m->msg != CURLMSG_DONE)
            continue;
        struct item *it = NULL;
        struct err err = {0};
        CURLcode code = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &it);
        int rc = finish(&it->call, code, &err);
        detach(b, it);
        if (report(it, rc, &err) != 0)
            return -1;
    }
    return 0;
}

int http_batch_run(struct http_batch *b, struct err *e)
{
    while (b->first != NULL || b->active_n > 0) {
        int running;
        if (b->h->wait != NULL && b->h->wait(b->h->wait_ctx) != 0)
            return err_set(e, ERR_BUSY, "stopped");
        if (start_waiting(b) != 0)
            return err_set(e, ERR_CONFLICT, "stopped by a callback");
        int looking = look_on(b);
        if (looking < 0)
            return err_set(e, ERR_CONFLICT, "stopped by a callback");
        if (curl_multi_perform(b->multi, &running) != CURLM_OK)
            return err_set(e, ERR_INTERNAL, "curl_multi_perform");
        if (take_finished(b) != 0)
            return err_set(e, ERR_CONFLICT, "stopped by a callback");
        int pause = looking ? 10 : 200;
        if ((running > 0 || looking) &&
            curl_multi_poll(b->multi, NULL, 0, pause, NULL) != CURLM_OK)
            return err_set(e, ERR_INTERNAL, "curl_multi_poll");
    }
    return 0;
}
