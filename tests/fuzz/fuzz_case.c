/* Any bytes as a CASE package: refused, or read and planned into a map that can be read;
 * the same once more changes nothing. What is written of the map is a package again. */
#include "engine/mapdoc.h"
#include "learn/casemap.h"
#include "learn/caseout.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)1024 << 20);
    struct str text = {(const char *)data, size};
    struct err e = {0};
    struct case_package *p = case_read(a, text, &e);
    INVARIANT((p == NULL) == (e.code != ERR_NONE));
    struct case_document *rows;
    size_t n;
    (void)case_documents(a, text, &rows, &n, NULL);
    struct casemap_opt opt = {.now_ms = (int64_t)1795000000 * 1000, .unit_level = 1};
    struct casemap_plan plan;
    if (p != NULL && casemap_plan(a, p, NULL, &opt, &plan, &e) == 0) {
        const struct skill_map *m = plan.map;
        INVARIANT(casemap_plan(a, p, m, &opt, &plan, &e) == 0);
        INVARIANT(plan.same);
        struct caseout out;
        struct str written = caseout_write(a, m, opt.now_ms, &out);
        INVARIANT(case_read(a, written, &e) != NULL || e.code == ERR_LIMIT);
    } else {
        INVARIANT(e.code == ERR_INPUT || e.code == ERR_LIMIT);
    }
    arena_free(a);
    return 0;
}
