/* Any bytes as a model of what learners did next: refused with a reason, or read into a
 * model that scores with finite numbers and writes and reads back as the same. */
#include "engine/transit.h"

#include <math.h>

#define ITEMS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* "3" is item 3. */
static int32_t find(const void *ctx, struct str code)
{
    int64_t i = -1;
    (void)ctx;
    return str_i64(code, &i) && i >= 0 && i < ITEMS ? (int32_t)i : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)512 << 20);
    struct str text = {(const char *)data, size};
    struct str codes[ITEMS];
    float score[ITEMS];
    int32_t history[] = {3, 1, 0, 2};
    struct err e = {0};
    for (int i = 0; i < ITEMS; i++) {
        codes[i] = str_fmt(a, "%d", i);
    }
    struct transit_model *m = transit_read(a, text, ITEMS, find, NULL, &e);
    INVARIANT((m == NULL) == (e.code != ERR_NONE));
    if (m != NULL) {
        transit_score(m, transit_work_new(a, m), history, 4, score);
        for (int i = 0; i < ITEMS; i++) {
            INVARIANT(isfinite(score[i]));
        }
        struct str one = transit_write(a, m, codes);
        struct transit_model *again = transit_read(a, one, ITEMS, find, NULL, &e);
        INVARIANT(one.n == 0 || one.n > TRANSIT_DOC_BYTES || again != NULL);
        INVARIANT(again == NULL || str_eq(one, transit_write(a, again, codes)));
    }
    arena_free(a);
    return 0;
}
