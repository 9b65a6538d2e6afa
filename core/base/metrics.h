/* metrics.h: counters that all processes of one `waymark serve` share.
 *
 * The table lies in shared memory made before fork(); a count is one atomic addition (3
 * ns). Every row is in metrics.def. */
#ifndef WAYMARK_BASE_METRICS_H
#define WAYMARK_BASE_METRICS_H

#include "base/err.h"
#include "base/str.h"

enum metric {
#define METRIC(id, name, labels, help) METRIC_##id,
#include "base/metrics.def"
#undef METRIC
    METRIC_N
};

struct metrics;

/* All zero, shared with children forked later. NULL with ERR_INTERNAL. */
struct metrics *metrics_new(struct err *e);
void metrics_free(struct metrics *m);

/* Add `n`; `m` may be NULL (tests, commands). */
void metrics_add(struct metrics *m, enum metric id, int64_t n);
int64_t metrics_get(const struct metrics *m, enum metric id);

/* Prometheus text exposition format 0.0.4. */
void metrics_text(const struct metrics *m, struct buf *out);

#endif
