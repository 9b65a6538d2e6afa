#include "proc/webworker.h"

#include "base/log.h"
#include "jose/jwks.h"
#include "net/http.h"
#include "service/keyfetch.h"
#include "web/fcgi.h"
#include "web/regcache.h"
#include "web/route.h"

#include <signal.h>
#include <time.h>

#define LIFE_CAP ((size_t)16 * 1024 * 1024)
#define REQUEST_CAP ((size_t)64 * 1024 * 1024) /* taken from the system as needed */

struct worker {
    const struct setup *setup;
    struct env env;
    struct arena *life;    /* until the process ends */
    struct arena *request; /* emptied after each request */
    struct http *http;     /* made when the first key has to be fetched */
    struct fcgi *door;
    struct app app;
};

/* JWKS-1. The client is made at first use: most workers never call out. */
static int fetch_keys(void *ctx, struct str url, int budget_ms, struct arena *a,
                      struct jwks_answer *out, struct err *e)
{
    struct worker *w = ctx;
    const struct conf *conf = &w->setup->conf;
    struct http_opt opt = {.private_networks = conf->private_networks,
                           .ca_file = conf->ca_file,
                           .allow_http = conf->allow_http};
    if (w->http == NULL && (w->http = http_new(&opt, e)) == NULL)
        return -1;
    metrics_add(w->app.metrics, METRIC_KEY_FETCHES, 1);
    return keyfetch_http(w->http, url, budget_ms, a, out, e);
}

static void stop(int signal_number)
{
    (void)signal_number;
    fcgi_stop();
}

/* SIGTERM ends the worker after the request under way; the master alone acts on the
 * others. They stay blocked while a request is served (fcgi.c waits with them open). */
static void catch_signals(void)
{
    struct sigaction act = {.sa_handler = stop};
    sigaction(SIGTERM, &act, NULL);
    act.sa_handler = SIG_IGN;
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
    sigaction(SIGPIPE, &act, NULL);
}

static int open_worker(struct worker *w, struct metrics *metrics, int listen_fd,
                       struct err *e)
{
    const struct setup *s = w->setup;
    env_system(&w->env);
    w->life = arena_new(LIFE_CAP);
    w->request = arena_new(REQUEST_CAP);
    w->app = (struct app){.conf = &s->conf,
                          .env = &w->env,
                          .life = w->life,
                          .regs = regcache_new(w->life),
                          .guard = &s->guard,
                          .key_waits = (int)(setup_web_workers(s) + 1) / 2,
                          .templates = s->templates,
                          .texts = s->texts,
                          .toolkey = s->toolkey,
                          .keys = &s->keys,
                          .metrics = metrics};
    w->app.db = setup_db(s, e);
    if (w->app.db == NULL)
        return -1;
    w->app.jwks = jwks_new(fetch_keys, w);
    w->door = fcgi_new(w->life, listen_fd, conf_prefix(&s->conf), e);
    return w->door == NULL ? -1 : 0;
}

static void close_worker(struct worker *w)
{
    fcgi_free(w->door);
    if (w->app.jwks != NULL)
        jwks_free(w->app.jwks);
    if (w->http != NULL)
        http_free(w->http);
    if (w->app.db != NULL)
        db_close(w->app.db);
    arena_free(w->request);
    arena_free(w->life);
}

static void count(struct metrics *m, int status, int64_t us)
{
    static const enum metric by_class[] = {METRIC_REQUESTS_2XX, METRIC_REQUESTS_3XX,
                                           METRIC_REQUESTS_4XX, METRIC_REQUESTS_5XX};
    int class = status / 100 - 2;
    metrics_add(m, by_class[class >= 0 && class < 4 ? class : 3], 1);
    metrics_add(m, METRIC_REQUEST_US, us);
}

static void serve_one(struct worker *w, const struct req *req)
{
    struct err e = {0};
    struct res res;
    struct buf head;
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    log_request(req->id);
    res_init(&res, w->request);
    struct page_ctx c = {.app = &w->app,
                         .a = w->request,
                         .req = req,
                         .res = &res,
                         .now_ms = env_now_ms(&w->env)};
    route_run(&c);
    buf_init(&head, w->request, 1024);
    res_head(&res, &head);
    struct str body = req->method == REQ_HEAD ? STR_EMPTY : res.body;
    if (fcgi_reply(w->door, buf_view(&head), body, &e) != 0)
        log_err(LOG_DEBUG, "web.gone", &e);
    clock_gettime(CLOCK_MONOTONIC, &to);
    count(w->app.metrics, res.status,
          (to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000);
    log_request(STR_EMPTY);
}

int webworker_run(const struct setup *s, struct metrics *metrics, int listen_fd)
{
    struct err e = {0};
    struct req req;
    struct worker w = {.setup = s};
    catch_signals();
    int rc = open_worker(&w, metrics, listen_fd, &e);
    while (rc == 0) {
        int more = fcgi_accept(w.door, w.request, &req, &e);
        if (more == 0)
            break; /* told to stop */
        if (more == 1)
            serve_one(&w, &req);
        else
            rc = -1;
        arena_reset(w.request);
    }
    if (rc != 0)
        log_err(LOG_ERROR, "web.worker", &e);
    close_worker(&w);
    return rc == 0 ? 0 : 1;
}
