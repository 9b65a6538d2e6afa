/* Any bytes as a map document: refused with a reason, or read into a map that writes and
 * reads back as the same map. Rule sets go through the same bytes. */
#include "engine/mapdoc.h"
#include "engine/risk.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)512 << 20);
    struct str text = {(const char *)data, size};
    struct mapdoc_report report;
    struct err e = {0};
    struct skill_map *m = mapdoc_parse(a, text, &report, &e);
    INVARIANT((m == NULL) == (report.fatal_n > 0));
    INVARIANT((m == NULL) == (e.code != ERR_NONE));
    if (m != NULL) {
        struct str canonical = mapdoc_write(a, m);
        struct skill_map *again = mapdoc_parse(a, canonical, &report, &e);
        /* Writing out the defaults may take a document at the limit past it. */
        INVARIANT(again != NULL || canonical.n > MAPDOC_MAX_BYTES);
        INVARIANT(again == NULL || str_eq(canonical, mapdoc_write(a, again)));
    }
    (void)risk_parse(a, text, NULL);
    arena_free(a);
    return 0;
}
