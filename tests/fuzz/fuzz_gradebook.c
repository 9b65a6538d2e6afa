/* Any bytes as a grade book of each form: refused, or read within its limits. */
#include "file/gradebook.h"

#include <math.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(struct arena *a, struct str bytes, enum gradebook_form form)
{
    struct gradebook g;
    struct err e = {0};
    if (gradebook_read(a, bytes, form, &g, &e) != 0) {
        INVARIANT(e.code == ERR_INPUT || e.code == ERR_LIMIT);
        return;
    }
    INVARIANT(g.form != GRADEBOOK_GUESS && g.columns_n <= GRADEBOOK_COLUMNS);
    INVARIANT(g.problems_n <= GRADEBOOK_PROBLEMS && g.problems_n <= g.problems_all);
    for (size_t k = 0; k < g.columns_n; k++) {
        const struct gradebook_column *c = &g.columns[k];
        INVARIANT((c->use == GRADEBOOK_NOTHING) == (c->why != NULL));
        INVARIANT(!c->has_maximum || c->maximum > 0);
        INVARIANT(c->use < GRADEBOOK_POINTS || c->title.n > 0);
        for (size_t i = 0; i < g.rows_n; i++) {
            double v;
            if (gradebook_value(&g, g.rows[i].cells[k], &v) == GRADEBOOK_GRADE)
                INVARIANT(isfinite(v));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)256 << 20);
    struct str bytes = {(const char *)data, size};
    for (int form = GRADEBOOK_GUESS; form <= GRADEBOOK_PLAIN; form++)
        look(a, bytes, (enum gradebook_form)form);
    arena_free(a);
    return 0;
}
