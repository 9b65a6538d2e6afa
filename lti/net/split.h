/* split.h: the elements of one array of a big JSON document, handed out one at a time, so
 * that memory stays flat however long the document is.
 *
 * Feed it pieces as they come. It keeps one element's text; js_parse then does the strict
 * reading. What stands outside the array is kept too, up to a cap, with the array left
 * empty, so that "id", "context" or an error object can be read afterwards. */
#ifndef WAYMARK_NET_SPLIT_H
#define WAYMARK_NET_SPLIT_H

#include "base/err.h"
#include "base/str.h"

struct split;

struct split_opt {
    const char *member; /* the array is this member of the top object; NULL: the top itself */
    size_t element_n;   /* most bytes of one element; 0 = 1 MiB */
    size_t rest_n;      /* most bytes outside the array; 0 = 64 KiB */
    int depth;          /* most levels in all; 0 = 32 */

    /* One element's text; it dies when this returns. Non-zero stops with -1. */
    int (*element)(void *ctx, struct str text, struct err *e);
    void *ctx;
};

struct split *split_new(struct arena *a, const struct split_opt *opt);

/* 0, or -1: ERR_LIMIT, ERR_INPUT (cannot be JSON), or what `element` set. */
int split_feed(struct split *s, struct str piece, struct err *e);

/* The document must be complete. *found says whether the array was there; *rest is the
 * document without the elements of the array (it lives in the arena). */
int split_end(struct split *s, bool *found, struct str *rest, struct err *e);

#endif
