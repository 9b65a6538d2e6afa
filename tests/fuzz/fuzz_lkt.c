/* Any bytes as a fitted predictor: what is read foretells probabilities, and is written
 * and read again as the same. */
#include "engine/lkt.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)256 << 20);
    struct err e = {0};
    struct lkt_codes codes, again;
    struct str text = {(const char *)data, size};
    const struct lkt_model *m = lkt_read(a, text, &codes, &e);
    INVARIANT(m != NULL || e.code == ERR_INPUT || e.code == ERR_LIMIT);
    if (m != NULL) {
        struct lkt_person *p = lkt_person_new(a);
        struct str out = lkt_write(a, m, &codes);
        const struct lkt_model *back = lkt_read(a, out, &again, &e);
        INVARIANT(back != NULL && str_eq(out, lkt_write(a, back, &again)));
        for (int i = 0; i < 40; i++) {
            struct answer row = {0,        i * 7 % 5 - 1, i * 3 % 4 - 1,
                                 i * 1000, i % 3 == 0,    0};
            double chance = lkt_predict(m, p, &row);
            INVARIANT(chance > 0 && chance < 1);
            lkt_update(m, p, &row);
        }
    }
    arena_free(a);
    return 0;
}
