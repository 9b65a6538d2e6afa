#include "view/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int file_read(struct arena *a, const char *path, size_t max, struct str *out,
              struct err *e)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return err_set(e, ERR_NOTFOUND, "cannot read %s: %s", path, strerror(errno));
    struct buf b;
    char chunk[8192];
    size_t n;
    buf_init(&b, a, sizeof chunk);
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0 && b.n <= max)
        buf_put(&b, chunk, n);
    bool failed = ferror(f) != 0;
    fclose(f);
    if (failed)
        return err_set(e, ERR_NOTFOUND, "cannot read %s", path);
    if (b.n > max)
        return err_set(e, ERR_LIMIT, "%s is larger than %zu bytes", path, max);
    *out = buf_view(&b);
    return 0;
}

static int by_bytes(const void *x, const void *y)
{
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

int file_list(struct arena *a, const char *dir, const char *suffix, size_t max,
              struct str **names, size_t *n, struct err *e)
{
    DIR *d = opendir(dir);
    if (d == NULL)
        return err_set(e, ERR_NOTFOUND, "cannot read folder %s: %s", dir,
                       strerror(errno));
    *names = ARENA_ARRAY(a, struct str, max);
    *n = 0;
    bool full = false;
    for (struct dirent *ent = readdir(d); ent != NULL && !full; ent = readdir(d)) {
        struct str name = str_c(ent->d_name);
        if (ent->d_name[0] == '.' || !str_ends(name, str_c(suffix)))
            continue;
        full = *n == max;
        if (!full)
            (*names)[(*n)++] = str_dup(a, name);
    }
    closedir(d);
    if (full)
        return err_set(e, ERR_LIMIT, "more than %zu files in %s", max, dir);
    qsort(*names, *n, sizeof **names, by_bytes);
    return 0;
}
