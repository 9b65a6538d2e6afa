/* Any bytes as a zip archive: refused, or every entry is read or refused in limits. */
#include "file/unzip.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count(void *ctx, struct str piece, struct err *e)
{
    size_t *n = ctx;
    (void)e;
    *n += piece.n;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct unzip_limits lim = {
        .archive_n = 1 << 20, .entries = 64, .entry_n = 1 << 22, .total_n = 1 << 23};
    struct arena *a = arena_new((size_t)64 << 20);
    struct err e = {0};
    struct unzip *z = unzip_open(a, (struct str){(const char *)data, size}, &lim, &e);
    INVARIANT((z == NULL) == (e.code != ERR_NONE));
    for (size_t i = 0; z != NULL && i < unzip_count(z); i++) {
        size_t n = 0;
        struct err why = {0};
        int rc = unzip_read(z, i, count, &n, &why);
        INVARIANT((rc != 0) == (why.code != ERR_NONE));
        INVARIANT(rc != 0 || (int64_t)n <= lim.entry_n);
        INVARIANT(str_utf8(unzip_name(z, i)));
    }
    arena_free(a);
    return 0;
}
