#include "net/resolve.h"

#include "base/err.h"

#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NAME_MAX_N 254
#define KNOWN_MAX 16
#define KNOWN_MS 60000

struct known {
    char name[NAME_MAX_N];
    int64_t until_ms; /* 0: a free place */
    struct resolve_list list;
};

struct resolver {
    struct known known[KNOWN_MAX];
    struct resolve *late; /* left behind while glibc was still at them */
};

struct resolve {
    struct resolve *next;
    struct resolver *r;
    struct gaicb ask;
    struct addrinfo hints;
    char name[NAME_MAX_N];
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct resolver *resolve_new(void)
{
    struct resolver *r = calloc(1, sizeof *r);
    INVARIANT(r != NULL);
    return r;
}

static void discard(struct resolve *q)
{
    if (q->ask.ar_result != NULL)
        freeaddrinfo(q->ask.ar_result);
    free(q);
}

/* Drop the late ones that have ended. */
static void sweep(struct resolver *r)
{
    for (struct resolve **at = &r->late; *at != NULL;) {
        struct resolve *q = *at;
        if (gai_error(&q->ask) == EAI_INPROGRESS) {
            at = &q->next;
            continue;
        }
        *at = q->next;
        discard(q);
    }
}

void resolve_free(struct resolver *r)
{
    if (r == NULL)
        return;
    sweep(r); /* what is late even now is glibc's until the process ends */
    free(r);
}

static const struct known *recall(const struct resolver *r, const char *name)
{
    for (size_t i = 0; i < KNOWN_MAX; i++)
        if (r->known[i].until_ms > now_ms() && strcmp(r->known[i].name, name) == 0)
            return &r->known[i];
    return NULL;
}

/* In a free place, or in the oldest. */
static void remember(struct resolver *r, const char *name,
                     const struct resolve_list *list)
{
    struct known *k = &r->known[0];
    for (size_t i = 1; i < KNOWN_MAX; i++)
        if (r->known[i].until_ms < k->until_ms)
            k = &r->known[i];
    memcpy(k->name, name, NAME_MAX_N);
    k->until_ms = now_ms() + KNOWN_MS;
    k->list = *list;
}

static enum resolve_result take(const struct addrinfo *ai, struct resolve_list *out)
{
    out->n = 0;
    for (; ai != NULL; ai = ai->ai_next) {
        if (ai->ai_addrlen > sizeof out->at[0])
            continue;
        if (out->n == RESOLVE_MAX)
            return RESOLVE_MANY;
        memset(&out->at[out->n], 0, sizeof out->at[0]);
        memcpy(&out->at[out->n++], ai->ai_addr, ai->ai_addrlen);
    }
    return out->n == 0 ? RESOLVE_NONE : RESOLVE_OK;
}

/* Names that mean this machine and are asked nowhere (RFC 6761 section 6.3). Plain
 * "localhost" is what the machine's own file says. */
static const char *meant(const char *name)
{
    struct str s = str_c(name);
    return str_ends(s, STR(".localhost")) ? "127.0.0.1" : name;
}

/* Is it an address? Then that is the answer. */
static bool literal(const char *name, struct resolve_list *out)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    struct addrinfo *ai = NULL;
    if (getaddrinfo(meant(name), NULL, &hints, &ai) != 0)
        return false;
    bool ok = take(ai, out) == RESOLVE_OK;
    freeaddrinfo(ai);
    return ok;
}

struct resolve *resolve_begin(struct resolver *r, struct str host,
                              struct resolve_list *out)
{
    struct resolve *q = calloc(1, sizeof *q);
    INVARIANT(q != NULL && host.n < NAME_MAX_N);
    memcpy(q->name, host.p, host.n);
    q->r = r;
    sweep(r);
    const struct known *k = recall(r, q->name);
    if (k != NULL)
        *out = k->list;
    if (k != NULL || literal(q->name, out)) {
        discard(q);
        return NULL;
    }
    q->hints.ai_socktype = SOCK_STREAM;
    q->ask = (struct gaicb){.ar_name = q->name, .ar_request = &q->hints};
    /* The helper thread is no place for our signals: it inherits what is blocked. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    /* One that cannot be begun has no result: no such host. */
    (void)getaddrinfo_a(GAI_NOWAIT, (struct gaicb *[]){&q->ask}, 1, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return q;
}

enum resolve_result resolve_poll(struct resolve *q, int wait_ms, struct resolve_list *out)
{
    const struct gaicb *list[] = {&q->ask};
    struct timespec t = {wait_ms / 1000, wait_ms % 1000 * 1000000L};
    if (gai_error(&q->ask) == EAI_INPROGRESS && wait_ms > 0)
        gai_suspend(list, 1, &t);
    int rc = gai_error(&q->ask);
    if (rc == EAI_INPROGRESS)
        return RESOLVE_WAIT;
    if (rc != 0)
        return RESOLVE_NONE;
    enum resolve_result found = take(q->ask.ar_result, out);
    if (found == RESOLVE_OK)
        remember(q->r, q->name, out);
    return found;
}

void resolve_end(struct resolve *q)
{
    if (q == NULL)
        return;
    if (gai_cancel(&q->ask) == EAI_NOTCANCELED) {
        q->next = q->r->late;
        q->r->late = q;
        return;
    }
    discard(q);
}
