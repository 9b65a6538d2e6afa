/* Any bytes as comma separated values: the same rows however the bytes are cut, all of
 * them text, nothing beyond the limits. The first byte says how they are cut. */
#include "file/csv.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
    struct arena *a;
    int64_t rows, line;
    uint64_t hash;
};

static int add(void *ctx, const struct csv_row *row, struct err *e)
{
    struct sum *s = ctx;
    (void)e;
    INVARIANT(row->line >= s->line && (row->bad == NULL || row->n == 0));
    INVARIANT(row->n <= 20);
    s->line = row->line;
    s->rows++;
    s->hash = s->hash * 31 + (uint64_t)row->line * 2 + (row->bad != NULL);
    for (size_t i = 0; i < row->n; i++) {
        INVARIANT(str_utf8(row->fields[i]) && !str_has_nul(row->fields[i]));
        s->hash = s->hash * 31 + 7;
        for (size_t k = 0; k < row->fields[i].n; k++)
            s->hash = s->hash * 31 + (unsigned char)row->fields[i].p[k];
    }
    return 0;
}

static int read_all(struct arena *a, struct str text, size_t step, struct sum *s)
{
    struct csv_opt opt = {.field_n = 200, .fields = 20, .rows = 500};
    struct err e = {0};
    struct csv *c = csv_new(a, &opt, add, s);
    for (size_t i = 0; i < text.n; i += step)
        if (csv_push(c, str_sub(text, i, i + step), &e) != 0)
            return -1;
    return csv_end(c, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct arena *a = arena_new((size_t)64 << 20);
    struct str text = {(const char *)data + 1, size - 1};
    struct sum whole = {a, 0, 0, 0}, cut = {a, 0, 0, 0};
    int x = read_all(a, text, text.n + 1, &whole);
    int y = read_all(a, text, (size_t)data[0] + 1, &cut);
    INVARIANT(x == y && whole.rows == cut.rows && whole.hash == cut.hash);
    arena_free(a);
    return 0;
}
