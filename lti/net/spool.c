#include "net/spool.h"

#include <stdio.h>

#define PIECE_N 65536

struct spool {
    FILE *f;
    char piece[PIECE_N];
};

static void spool_close(void *p)
{
    struct spool *s = p;
    fclose(s->f);
}

struct spool *spool_new(struct arena *a, struct err *e)
{
    struct spool *s = ARENA_NEW(a, struct spool);
    s->f = tmpfile(); /* has no name, and mode 0600 */
    if (s->f == NULL) {
        err_set(e, ERR_UNAVAILABLE, "no temporary file can be made");
        return NULL;
    }
    arena_defer(a, spool_close, s);
    return s;
}

int spool_sink(void *spool, struct str piece, struct err *e)
{
    struct spool *s = spool;
    if (piece.n > 0 && fwrite(piece.p, 1, piece.n, s->f) != piece.n)
        return err_set(e, ERR_UNAVAILABLE, "the temporary folder is full");
    return 0;
}

int spool_read(struct spool *s, int (*fn)(void *ctx, struct str piece, struct err *e),
               void *ctx, struct err *e)
{
    size_t n;
    if (fflush(s->f) != 0 || fseek(s->f, 0, SEEK_SET) != 0)
        return err_set(e, ERR_UNAVAILABLE, "the temporary folder is full");
    while ((n = fread(s->piece, 1, PIECE_N, s->f)) > 0)
        if (fn(ctx, (struct str){s->piece, n}, e) != 0)
            return -1;
    return ferror(s->f) ? err_set(e, ERR_UNAVAILABLE, "a temporary file cannot be read")
                        : 0;
}
