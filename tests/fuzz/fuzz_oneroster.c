/* The first byte chooses table and mode, the rest is the table: every row comes out whole
 * or is listed with its line, and no row is lost. */
#include "file/oneroster.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take(void *ctx, const struct oneroster_row *row, struct err *e)
{
    int64_t *n = ctx;
    (void)e;
    INVARIANT(row->id.n > 0 && row->line > 1);
    for (size_t i = 0; i < ONEROSTER_COLUMNS; i++)
        INVARIANT(str_utf8(row->v[i]));
    ++*n;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct arena *a = arena_new((size_t)64 << 20);
    struct oneroster o;
    struct err e = {0};
    int64_t good = 0;
    enum oneroster_file file = (enum oneroster_file)(data[0] % ONEROSTER_FILES);
    enum oneroster_mode mode = data[0] & 0x40 ? ONEROSTER_DELTA : ONEROSTER_BULK;
    struct str text = {(const char *)data + 1, size - 1};
    int rc = oneroster_table(a, file, mode, text, take, &good, &o, &e);
    INVARIANT((rc != 0) == (e.code != ERR_NONE));
    INVARIANT(rc != 0 || o.headless[file] || good + o.bad[file] == o.rows[file]);
    for (size_t i = 0; i < o.faults.n; i++)
        INVARIANT(((struct oneroster_fault *)o.faults.p)[i].text.n > 0);
    arena_free(a);
    return 0;
}
