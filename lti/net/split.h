/* split.h: the elements of one array of a big JSON document, handed out one at a time, so
 * that memory stays flat however long the document is.
 *
 * Feed it pieces as they come. It keeps one element's text and parses it strictly
 * (js_parse). What stands outside the array is kept too, up to a cap, with the array left
 * empty, so that "id", "context" or an error object can be read afterwards. */
#ifndef WAYMARK_NET_SPLIT_H
#define WAYMARK_NET_SPLIT_H

#include "base/js.h"

struct split;

struct split_opt {
    const char
        *member;      /* the array is this member of the top object; NULL: none of them */
    bool top;         /* the array may be the whole document */
    size_t element_n; /* most bytes of one element; 0 = 1 MiB */
    size_t rest_n;    /* most bytes outside the array; 0 = 64 KiB */
    int depth;        /* most levels in all; 0 = 32 */

    /* One element. It and everything in `scratch` die when this returns. Non-zero stops
     * the reading with -1 and the error set here. */
    int (*element)(void *ctx, struct js *v, struct arena *scratch, struct err *e);
    void *ctx;
};

/* A splitter that lives in `a`. `opt` is copied. */
struct split *split_new(struct arena *a, const struct split_opt *opt);

/* 0, or -1: ERR_LIMIT, ERR_INPUT (no JSON), or what `element` set. */
int split_feed(struct split *s, struct str piece, struct err *e);

/* The document must be complete. *found says whether the array was there; *rest is the
 * document without the elements of the array, parsed (it lives in the arena of
 * split_new). */
int split_end(struct split *s, bool *found, struct js **rest, struct err *e);

/* A whole document that is at hand: split_feed and split_end in one. */
int split_all(struct arena *a, const struct split_opt *opt, struct str text, bool *found,
              struct js **rest, struct err *e);

/* split_feed in the shape of http_req.sink. */
int split_sink(void *split, struct str piece, struct err *e);

#endif
