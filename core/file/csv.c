#include "file/csv.h"

#include <string.h>

#define PIECE_N 8192 /* input bytes that are decoded at once; each gives 3 at most */
#define FIELD_N ((size_t)32 << 10)
#define FIELDS 1000
#define ROWS 1000000
#define BYTES ((int64_t)256 << 20)
#define RECORD_FIELDS 8 /* a record may be as long as so many of the longest fields */

enum encoding {
    START,   /* nothing read yet: a byte order mark may come */
    UNKNOWN, /* ASCII so far */
    UTF8,
    UTF16LE,
    UTF16BE,
    CP1252
};

struct csv {
    struct csv_opt opt;
    csv_row_fn *fn;
    void *ctx;
    enum encoding enc;
    int64_t bytes;
    unsigned char held[4]; /* input that needs what comes next */
    size_t held_n;
    unsigned high; /* first half of a UTF-16 pair, or 0 */

    char *text; /* decoded, not handed out yet */
    size_t text_n;
    size_t cap;
    struct str *fields;
    int64_t line; /* of text[0] */
    bool skip;    /* the line that goes on was told as bad already */
    int64_t rows;
};

struct csv *csv_new(struct arena *a, const struct csv_opt *opt, csv_row_fn *fn, void *ctx)
{
    struct csv *c = ARENA_NEW(a, struct csv);
    if (opt != NULL)
        c->opt = *opt;
    c->opt.bytes = c->opt.bytes > 0 ? c->opt.bytes : BYTES;
    c->opt.rows = c->opt.rows > 0 ? c->opt.rows : ROWS;
    c->opt.fields = c->opt.fields > 0 ? c->opt.fields : FIELDS;
    c->opt.field_n = c->opt.field_n > 0 ? c->opt.field_n : FIELD_N;
    c->fn = fn;
    c->ctx = ctx;
    c->line = 1;
    c->cap = c->opt.field_n * RECORD_FIELDS + (size_t)PIECE_N * 3 + 64;
    c->text = arena_alloc(a, c->cap);
    c->fields = ARENA_ARRAY(a, struct str, c->opt.fields);
    return c;
}

char csv_separator(const struct csv *c)
{
    return c->opt.separator;
}

const char *csv_encoding(const struct csv *c)
{
    if (c->enc == UTF16LE || c->enc == UTF16BE)
        return "UTF-16";
    return c->enc == CP1252 ? "Windows-1252" : "UTF-8";
}

/* --- bytes to UTF-8 ------------------------------------------------------------ */

static void put_code(struct csv *c, unsigned u)
{
    char *p = c->text + c->text_n;
    size_t n;
    if (u < 0x80) {
        p[0] = (char)u;
        n = 1;
    } else if (u < 0x800) {
        p[0] = (char)(0xc0 | u >> 6);
        n = 2;
    } else if (u < 0x10000) {
        p[0] = (char)(0xe0 | u >> 12);
        n = 3;
    } else {
        p[0] = (char)(0xf0 | u >> 18);
        n = 4;
    }
    for (size_t i = 1; i < n; i++)
        p[i] = (char)(0x80 | (u >> 6 * (n - 1 - i) & 0x3f));
    INVARIANT(c->text_n + n <= c->cap);
    c->text_n += n;
}

/* Windows-1252 between 0x80 and 0x9f; 0 where it has nothing. */
static const unsigned short cp1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
    0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

static void put_1252(struct csv *c, unsigned char b)
{
    unsigned u = b >= 0x80 && b < 0xa0 ? cp1252[b - 0x80] : b;
    put_code(c, u == 0 && b != 0 ? 0xfffd : u);
}

static void put_16(struct csv *c, unsigned u)
{
    if (c->high != 0 && (u & 0xfc00) == 0xdc00) {
        put_code(c, 0x10000 + ((c->high & 0x3ff) << 10) + (u & 0x3ff));
        c->high = 0;
        return;
    }
    if (c->high != 0)
        put_code(c, 0xfffd);
    c->high = (u & 0xfc00) == 0xd800 ? u : 0;
    if (c->high == 0)
        put_code(c, (u & 0xfc00) == 0xdc00 ? 0xfffd : u);
}

/* Bytes of the mark at the beginning; *more: not enough bytes to tell. */
static size_t mark_of(struct csv *c, const unsigned char *p, size_t n, bool last,
                      bool *more)
{
    static const struct {
        unsigned char bytes[3];
        size_t n;
        enum encoding enc;
    } marks[] = {{{0xef, 0xbb, 0xbf}, 3, UTF8},
                 {{0xff, 0xfe, 0}, 2, UTF16LE},
                 {{0xfe, 0xff, 0}, 2, UTF16BE}};
    c->enc = UNKNOWN;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        size_t k = n < marks[i].n ? n : marks[i].n;
        if (memcmp(p, marks[i].bytes, k) != 0)
            continue;
        if (k == marks[i].n) {
            c->enc = marks[i].enc;
            return k;
        }
        *more = !last;
        c->enc = last ? UNKNOWN : START;
        return 0;
    }
    return 0;
}

/* The first letter beyond ASCII tells the encoding. False: it is cut off here. */
static bool settle(struct csv *c, const unsigned char *p, size_t n, bool last)
{
    size_t want = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (n < want && !last)
        return false;
    c->enc = str_utf8((struct str){(const char *)p, n < want ? n : want}) ? UTF8 : CP1252;
    return true;
}

/* Decode [p, p + n); how much was taken. The rest waits for more. */
static size_t decode(struct csv *c, const unsigned char *p, size_t n, bool last)
{
    size_t i = 0;
    bool more = false;
    if (c->enc == START && n > 0)
        i = mark_of(c, p, n, last, &more);
    while (i < n && !more) {
        if (c->enc == UTF16LE || c->enc == UTF16BE) {
            if (n - i < 2 && !last)
                break;
            if (n - i < 2)
                put_code(c, 0xfffd);
            else
                put_16(c, c->enc == UTF16LE ? p[i] | (unsigned)p[i + 1] << 8
                                            : (unsigned)p[i] << 8 | p[i + 1]);
            i += 2;
        } else if (c->enc == UNKNOWN && p[i] >= 0x80 && !settle(c, p + i, n - i, last)) {
            break;
        } else if (c->enc == CP1252) {
            put_1252(c, p[i++]);
        } else {
            c->text[c->text_n++] = (char)p[i++];
        }
    }
    return i < n ? i : n;
}

/* --- text to rows -------------------------------------------------------------- */

/* Where a line ends that goes on at `i`: the index behind its end, or 0 when that is not
 * there yet. */
static size_t line_end(const struct csv *c, size_t i, bool last)
{
    for (; i < c->text_n; i++) {
        if (c->text[i] == '\n')
            return i + 1;
        if (c->text[i] != '\r')
            continue;
        if (i + 1 < c->text_n)
            return c->text[i + 1] == '\n' ? i + 2 : i + 1;
        return last ? i + 1 : 0;
    }
    return last ? i : 0;
}

static bool is_eol(char x)
{
    return x == '\n' || x == '\r';
}

/* A field from `i` on: the index of what stands behind it (a separator, a line's end, the
 * end); SIZE_MAX: it goes on; or *bad. */
static size_t field_end(const struct csv *c, size_t i, bool last, const char **bad)
{
    bool quoted = i < c->text_n && c->text[i] == '"';
    if (quoted) {
        for (i++;; i++) {
            if (i >= c->text_n) {
                *bad = last ? "a quote is not closed" : NULL;
                return SIZE_MAX;
            }
            if (c->text[i] != '"')
                continue;
            if (i + 1 >= c->text_n && !last)
                return SIZE_MAX;
            if (i + 1 < c->text_n && c->text[i + 1] == '"')
                i++;
            else
                break;
        }
        i++;
        if (i < c->text_n && c->text[i] != c->opt.separator && !is_eol(c->text[i]))
            *bad = "text stands behind a closing quote";
        return i;
    }
    for (; i < c->text_n && c->text[i] != c->opt.separator && !is_eol(c->text[i]); i++)
        if (c->text[i] == '"')
            *bad = "a quote stands inside a field";
    return i < c->text_n || last ? i : SIZE_MAX;
}

/* The field [from, to) without its quotes; inner ones are undoubled in place. */
static struct str unquote(struct csv *c, size_t from, size_t to)
{
    char *p = c->text + from;
    size_t n = 0;
    if (to == from || p[0] != '"')
        return (struct str){p, to - from};
    for (size_t i = 1; i + 1 < to - from; i++) {
        p[n++] = p[i];
        i += p[i] == '"';
    }
    return (struct str){p, n};
}

/* What was found of the record at the beginning of the text. */
struct found {
    size_t end;      /* behind the record, its line end included; 0: it goes on */
    const char *bad; /* why it cannot be read */
    size_t n;        /* fields */
};

/* Look without changing anything: the text may have to be read again. */
static struct found scan(const struct csv *c, bool last)
{
    struct found f = {0};
    for (size_t i = 0;; i++) {
        size_t end = field_end(c, i, last, &f.bad);
        if (f.bad != NULL || end == SIZE_MAX)
            return f;
        f.n++;
        if (end - i > c->opt.field_n)
            f.bad = "a field is too long";
        else if (f.n > c->opt.fields)
            f.bad = "it has too many fields";
        if (f.bad != NULL)
            return f;
        i = end;
        if (i < c->text_n && c->text[i] == c->opt.separator)
            continue;
        f.end = line_end(c, i, last);
        if (f.end == 0 && i == c->text_n && last)
            f.end = i;
        return f;
    }
}

static void split(struct csv *c, size_t n)
{
    const char *none = NULL;
    for (size_t i = 0, k = 0; k < n; k++, i++) {
        size_t end = field_end(c, i, true, &none);
        c->fields[k] = unquote(c, i, end);
        i = end;
    }
}

static int hand_out(struct csv *c, const struct csv_row *row, struct err *e)
{
    if (++c->rows > c->opt.rows)
        return err_set(e, ERR_LIMIT, "more than %lld rows", (long long)c->opt.rows);
    return c->fn(c->ctx, row, e);
}

/* Take [0, n) away and count its lines. */
static void drop(struct csv *c, size_t n, int64_t lines)
{
    memmove(c->text, c->text + n, c->text_n - n);
    c->text_n -= n;
    c->line += lines;
}

static int64_t count_lines(const struct csv *c, size_t n)
{
    int64_t lines = 0;
    for (size_t i = 0; i < n; i++)
        lines += c->text[i] == '\n' ||
                 (c->text[i] == '\r' && (i + 1 >= n || c->text[i + 1] != '\n'));
    return lines;
}

/* The separator that the first line has most of outside quotes. 1: known now; 0: the line
 * goes on. */
static int guess(struct csv *c, bool last)
{
    static const char all[] = {',', ';', '\t'};
    size_t n[3] = {0}, i = 0, best = 0;
    bool quoted = false;
    size_t most = c->text_n < c->opt.field_n ? c->text_n : c->opt.field_n;
    for (; i < most && (quoted || !is_eol(c->text[i])); i++) {
        quoted ^= c->text[i] == '"';
        for (size_t k = 0; k < 3; k++)
            n[k] += !quoted && c->text[i] == all[k];
    }
    if (i == c->text_n && !last && i < c->opt.field_n)
        return 0;
    struct str first = {c->text, i};
    if (i == 5 && str_ieq(str_sub(first, 0, 4), STR("sep=")) &&
        strchr(",;\t:|", first.p[4]) != NULL && first.p[4] != '\0') {
        size_t end = line_end(c, i, last);
        if (end == 0)
            return 0;
        c->opt.separator = c->text[4];
        drop(c, end, 1);
        return 1;
    }
    for (size_t k = 1; k < 3; k++)
        best = n[k] > n[best] ? k : best;
    c->opt.separator = all[best];
    return 1;
}

/* Hand out one bad line. Of one that does not end the rest is dropped as it comes. */
static int bad_line(struct csv *c, const char *why, struct err *e)
{
    size_t end = line_end(c, 0, false);
    struct csv_row row = {.line = c->line, .bad = why};
    if (hand_out(c, &row, e) != 0)
        return -1;
    c->skip = end == 0;
    drop(c, c->skip ? c->text_n : end, c->skip ? 0 : 1);
    return 0;
}

static int good_row(struct csv *c, const struct found *f, struct err *e)
{
    struct csv_row row = {.line = c->line, .fields = c->fields, .n = f->n};
    struct str all = {c->text, f->end};
    int64_t lines = count_lines(c, f->end);
    if (str_has_nul(all) || !str_utf8(all)) {
        row = (struct csv_row){.line = c->line,
                               .bad = "it holds bytes that are no text in UTF-8"};
        if (hand_out(c, &row, e) != 0)
            return -1;
    } else {
        split(c, f->n);
        bool blank = f->n == 1 && c->fields[0].n == 0;
        if (!blank && hand_out(c, &row, e) != 0)
            return -1;
    }
    drop(c, f->end, lines);
    return 0;
}

static int rows_out(struct csv *c, bool last, struct err *e)
{
    size_t most = c->cap - (size_t)PIECE_N * 3 - 64;
    if (c->opt.separator == 0 && guess(c, last) == 0)
        return 0;
    while (c->text_n > 0) {
        if (c->skip) {
            size_t end = line_end(c, 0, last);
            if (end == 0 && c->text_n < most)
                return 0;
            c->skip = end == 0;
            drop(c, c->skip ? c->text_n : end, c->skip ? 0 : 1);
            continue;
        }
        struct found f = scan(c, last);
        if (f.bad == NULL && f.end > most)
            f.bad = "it does not end";
        bool endless = f.bad == NULL && f.end == 0 && c->text_n >= most;
        if (f.bad == NULL && f.end == 0 && !endless)
            return 0;
        /* A bad line whose end is not there yet. */
        if (f.bad != NULL && line_end(c, 0, last) == 0 && c->text_n < most)
            return 0;
        int rc = f.bad != NULL || endless
                     ? bad_line(c, endless ? "it does not end" : f.bad, e)
                     : good_row(c, &f, e);
        if (rc != 0)
            return -1;
    }
    return 0;
}

static int feed(struct csv *c, const unsigned char *p, size_t n, bool last, struct err *e)
{
    unsigned char piece[PIECE_N + sizeof c->held];
    for (size_t at = 0; at < n || last;) {
        size_t k = n - at < PIECE_N ? n - at : PIECE_N;
        memcpy(piece, c->held, c->held_n);
        memcpy(piece + c->held_n, p + at, k);
        size_t all = c->held_n + k;
        bool end = last && at + k == n;
        size_t used = decode(c, piece, all, end);
        INVARIANT(all - used <= sizeof c->held);
        memcpy(c->held, piece + used, all - used);
        c->held_n = all - used;
        at += k;
        if (end && c->high != 0)
            put_code(c, 0xfffd);
        if (rows_out(c, end, e) != 0)
            return -1;
        if (end)
            break;
    }
    return 0;
}

int csv_push(struct csv *c, struct str bytes, struct err *e)
{
    c->bytes += (int64_t)bytes.n;
    if (c->bytes > c->opt.bytes)
        return err_set(e, ERR_LIMIT, "more than %lld bytes", (long long)c->opt.bytes);
    return feed(c, (const unsigned char *)bytes.p, bytes.n, false, e);
}

int csv_end(struct csv *c, struct err *e)
{
    return feed(c, (const unsigned char *)"", 0, true, e);
}

int csv_read(struct arena *a, struct str bytes, const struct csv_opt *opt, csv_row_fn *fn,
             void *ctx, struct err *e)
{
    struct csv *c = csv_new(a, opt, fn, ctx);
    return csv_push(c, bytes, e) == 0 && csv_end(c, e) == 0 ? 0 : -1;
}
