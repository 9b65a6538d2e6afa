/* Any bytes as a table of skills or prerequisites: refused, or a document. A map that
 * comes of it is written as both tables, and read on top of itself it is the same map. */
#include "engine/mapdiff.h"
#include "engine/mapdoc.h"
#include "learn/maptable.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(struct arena *a, const struct skill_map *m)
{
    struct maptable_opt opt = {.leave_out_circles = false};
    struct str want = mapdoc_write(a, m);
    struct maptable_plan plan;
    struct mapcsv t;
    struct err e = {0};
    for (int edges = 0; edges < 2; edges++) {
        maptable_of(a, m, &t);
        INVARIANT(mapcsv_read(a, mapcsv_write(a, &t, edges == 1), &t, &e) == 0);
        maptable_plan(a, &t, m, &opt, &plan);
        INVARIANT(plan.problems_n == 0);
        INVARIANT(str_eq(want, plan.document));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)1024 << 20);
    struct str text = {(const char *)data, size};
    struct maptable_opt opt = {.code = STR("t"), .leave_out_circles = size % 2 == 1};
    struct maptable_plan plan;
    struct mapcsv t;
    struct err e = {0};
    if (mapcsv_read(a, text, &t, &e) == 0) {
        maptable_plan(a, &t, NULL, &opt, &plan);
        INVARIANT((plan.problems_n > 0) == (plan.document.n == 0));
        struct skill_map *m =
            plan.document.n > 0 ? mapdoc_parse(a, plan.document, NULL, NULL) : NULL;
        if (m != NULL)
            again(a, m);
    } else {
        INVARIANT(e.code == ERR_INPUT || e.code == ERR_LIMIT);
    }
    arena_free(a);
    return 0;
}
