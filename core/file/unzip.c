#include "file/unzip.h"

#include "base/map.h"

#include <zip.h>

#define MIB ((int64_t)1 << 20)
#define PIECE_N ((size_t)64 * 1024)
#define NAME_MAX_N 512
#define END_N 22 /* the end record, the least that an archive has */

struct unzip {
    zip_t *zip;
    struct unzip_limits lim;
    struct str *names;
    size_t n;
    int64_t read_n; /* unpacked so far, of all entries */
};

static struct unzip_limits fill_in(const struct unzip_limits *given)
{
    struct unzip_limits l = given != NULL ? *given : (struct unzip_limits){0};
    l.archive_n = l.archive_n != 0 ? l.archive_n : (size_t)(256 * MIB);
    l.entries = l.entries != 0 ? l.entries : 1000;
    l.entry_n = l.entry_n != 0 ? l.entry_n : 1024 * MIB;
    l.total_n = l.total_n != 0 ? l.total_n : 2048 * MIB;
    l.ratio = l.ratio != 0 ? l.ratio : 400;
    return l;
}

static void discard(void *p)
{
    zip_discard(p); /* never zip_close: that would write */
}

/* The archive over the bytes, or NULL. */
static zip_t *over(struct str bytes, struct err *e)
{
    zip_error_t ze;
    zip_t *zip = NULL;
    zip_error_init(&ze);
    zip_source_t *src = zip_source_buffer_create(bytes.p, bytes.n, 0, &ze);
    if (src != NULL) {
        zip = zip_open_from_source(src, ZIP_RDONLY, &ze);
        if (zip == NULL)
            zip_source_free(src);
    }
    if (zip == NULL)
        (void)err_set(e, ERR_INPUT, "this is no zip archive (%s)",
                      zip_error_strerror(&ze));
    zip_error_fini(&ze);
    return zip;
}

static struct str shown(struct arena *a, struct str raw)
{
    char *p = arena_alloc(a, raw.n + 1);
    for (size_t i = 0; i < raw.n; i++) {
        unsigned char c = (unsigned char)raw.p[i];
        p[i] = c < 0x20 || c == 0x7f ? '?' : raw.p[i];
    }
    return (struct str){p, raw.n};
}

static int read_names(struct arena *a, struct unzip *z, struct err *e)
{
    struct map *seen = map_new(a);
    z->names = ARENA_ARRAY(a, struct str, z->n);
    for (size_t i = 0; i < z->n; i++) {
        const char *name = zip_get_name(z->zip, i, ZIP_FL_ENC_GUESS);
        struct str raw = str_c(name);
        if (name == NULL || raw.n == 0 || raw.n > NAME_MAX_N || !str_utf8(raw))
            return err_set(e, ERR_INPUT, "entry %zu of the archive has no usable name",
                           i + 1);
        z->names[i] = shown(a, raw);
        if (map_put(seen, raw, &z->names[i]) != NULL)
            return err_set(e, ERR_INPUT, "the archive has two entries \"%.*s\"",
                           STR_ARG(str_head(z->names[i], 80)));
    }
    return 0;
}

struct unzip *unzip_open(struct arena *a, struct str bytes,
                         const struct unzip_limits *limits, struct err *e)
{
    struct unzip *z = ARENA_NEW(a, struct unzip);
    z->lim = fill_in(limits);
    if (bytes.n > z->lim.archive_n) {
        (void)err_set(e, ERR_LIMIT, "the archive is larger than %zu bytes",
                      z->lim.archive_n);
        return NULL;
    }
    if (bytes.n < END_N) { /* to libzip, no bytes are an archive without entries */
        (void)err_set(e, ERR_INPUT, "this is no zip archive (it is too short)");
        return NULL;
    }
    z->zip = over(bytes, e);
    if (z->zip == NULL)
        return NULL;
    arena_defer(a, discard, z->zip);
    zip_int64_t n = zip_get_num_entries(z->zip, 0);
    if (n < 0 || (uint64_t)n > z->lim.entries) {
        (void)err_set(e, ERR_LIMIT, "the archive has more than %zu entries",
                      z->lim.entries);
        return NULL;
    }
    z->n = (size_t)n;
    return read_names(a, z, e) == 0 ? z : NULL;
}

size_t unzip_count(const struct unzip *z)
{
    return z->n;
}

struct str unzip_name(const struct unzip *z, size_t i)
{
    INVARIANT(i < z->n);
    return z->names[i];
}

int64_t unzip_find(const struct unzip *z, struct str name)
{
    int64_t deep = -1;
    for (size_t i = 0; i < z->n; i++) {
        struct str folder, file;
        if (str_ieq(z->names[i], name))
            return (int64_t)i;
        if (str_cut(z->names[i], '/', &folder, &file) && str_ieq(file, name) && deep < 0)
            deep = (int64_t)i;
    }
    return deep;
}

/* Bytes that the entry takes in the archive, or -1 when it does not say. */
static int64_t packed_n(const struct unzip *z, size_t i)
{
    zip_stat_t st;
    zip_stat_init(&st);
    if (zip_stat_index(z->zip, i, 0, &st) != 0 || (st.valid & ZIP_STAT_COMP_SIZE) == 0)
        return -1;
    return (int64_t)st.comp_size;
}

static int refuse(const struct unzip *z, size_t i, enum err_code code, const char *why,
                  struct err *e)
{
    return err_set(e, code, "\"%.*s\" in the archive %s",
                   STR_ARG(str_head(z->names[i], 80)), why);
}

static int check_size(const struct unzip *z, size_t i, int64_t got, int64_t packed,
                      struct err *e)
{
    if (got > z->lim.entry_n || z->read_n > z->lim.total_n)
        return refuse(z, i, ERR_LIMIT, "is too large when unpacked", e);
    if (got > MIB && got / z->lim.ratio > packed)
        return refuse(z, i, ERR_LIMIT, "unpacks to far more than such a file holds", e);
    return 0;
}

static int pump(struct unzip *z, size_t i, zip_file_t *f, int64_t packed,
                int (*sink)(void *ctx, struct str piece, struct err *e), void *ctx,
                struct err *e)
{
    char piece[PIECE_N];
    int64_t got = 0;
    zip_int64_t n;
    while ((n = zip_fread(f, piece, sizeof piece)) > 0) {
        got += n;
        z->read_n += n;
        if (check_size(z, i, got, packed, e) != 0 ||
            sink(ctx, (struct str){piece, (size_t)n}, e) != 0)
            return -1;
    }
    return n == 0 ? 0 : refuse(z, i, ERR_INPUT, "is damaged", e);
}

int unzip_read(struct unzip *z, size_t i,
               int (*sink)(void *ctx, struct str piece, struct err *e), void *ctx,
               struct err *e)
{
    INVARIANT(i < z->n);
    int64_t packed = packed_n(z, i);
    zip_file_t *f = packed < 0 ? NULL : zip_fopen_index(z->zip, i, 0);
    if (f == NULL)
        return refuse(z, i, ERR_INPUT, "cannot be read: it is encrypted or damaged", e);
    int rc = pump(z, i, f, packed, sink, ctx, e);
    if (zip_fclose(f) != 0 && rc == 0)
        rc = refuse(z, i, ERR_INPUT, "is damaged", e);
    return rc;
}

static int append(void *ctx, struct str piece, struct err *e)
{
    (void)e;
    buf_str(ctx, piece);
    return 0;
}

int unzip_text(struct unzip *z, struct arena *a, size_t i, struct str *out, struct err *e)
{
    struct buf b;
    buf_init(&b, a, PIECE_N);
    if (unzip_read(z, i, append, &b, e) != 0)
        return -1;
    *out = buf_view(&b);
    return 0;
}
