/* csv.h: comma separated values (RFC 4180), read strictly, piece by piece.
 *
 * Encodings: UTF-8 and UTF-16 with a byte order mark, UTF-8 without, and Windows-1252
 * when the first letter beyond ASCII is no UTF-8. Rows come out as UTF-8. Separators are
 * ',', ';' and the tab, guessed from the first line (or told by Excel's "sep=;"); lines
 * end with CRLF, LF or CR. Blank lines are skipped.
 *
 * What is malformed is told with its line and a reason, and reading goes on behind that
 * line: so a quote that nobody closed costs one line and not the rest of the file. Memory
 * is bounded whatever comes: one record at a time. */
#ifndef WAYMARK_FILE_CSV_H
#define WAYMARK_FILE_CSV_H

#include "base/err.h"
#include "base/str.h"

struct csv_opt {
    char separator; /* 0: guess */
    int64_t bytes;  /* of the file; 0 = 256 MiB */
    int64_t rows;   /* good and bad ones; 0 = 1,000,000 */
    size_t fields;  /* of one row; 0 = 1,000 */
    size_t field_n; /* bytes of one field; 0 = 32 KiB */
};

struct csv_row {
    int64_t line;             /* of its beginning, from 1 */
    const struct str *fields; /* UTF-8 without NUL; die when the callback returns */
    size_t n;
    const char *bad; /* NULL, or why the row cannot be read, in words; n is 0 then */
};

/* Non-zero stops the reading with its error. */
typedef int csv_row_fn(void *ctx, const struct csv_row *row, struct err *e);

struct csv;

/* A reader that hands rows to `fn`. NULL as opt: the limits above. */
struct csv *csv_new(struct arena *a, const struct csv_opt *opt, csv_row_fn *fn,
                    void *ctx);

/* The next bytes of the file, cut anywhere. ERR_LIMIT: too many bytes or rows. */
int csv_push(struct csv *c, struct str bytes, struct err *e);

/* There are no more. */
int csv_end(struct csv *c, struct err *e);

/* A file that is at hand as a whole. */
int csv_read(struct arena *a, struct str bytes, const struct csv_opt *opt, csv_row_fn *fn,
             void *ctx, struct err *e);

/* What was found out, once a row has come: ',' and so on; "UTF-8", "UTF-16" or
 * "Windows-1252". */
char csv_separator(const struct csv *c);
const char *csv_encoding(const struct csv *c);

#endif
