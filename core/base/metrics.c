#include "base/metrics.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

struct metrics {
    _Atomic int64_t n[METRIC_N];
};

static const struct {
    const char *name;
    const char *labels;
    const char *help;
} rows[METRIC_N] = {
#define METRIC(id, name, labels, help) [METRIC_##id] = {name, labels, help},
#include "base/metrics.def"
#undef METRIC
};

struct metrics *metrics_new(struct err *e)
{
    void *p = mmap(NULL, sizeof(struct metrics), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        err_set(e, ERR_INTERNAL, "no shared memory for counters");
        return NULL;
    }
    return p; /* zero pages are valid zero counters */
}

void metrics_free(struct metrics *m)
{
    if (m != NULL)
        munmap(m, sizeof *m);
}

void metrics_add(struct metrics *m, enum metric id, int64_t n)
{
    if (m != NULL)
        atomic_fetch_add_explicit(&m->n[id], n, memory_order_relaxed);
}

int64_t metrics_get(const struct metrics *m, enum metric id)
{
    return atomic_load_explicit(&m->n[id], memory_order_relaxed);
}

void metrics_text(const struct metrics *m, struct buf *out)
{
    for (int i = 0; i < METRIC_N; i++) {
        if (i == 0 || strcmp(rows[i].name, rows[i - 1].name) != 0)
            buf_fmt(out, "# HELP %s %s\n# TYPE %s counter\n", rows[i].name, rows[i].help,
                    rows[i].name);
        buf_c(out, rows[i].name);
        if (*rows[i].labels != 0)
            buf_fmt(out, "{%s}", rows[i].labels);
        buf_fmt(out, " %lld\n", (long long)metrics_get(m, (enum metric)i));
    }
}
