/* js.h: JSON, read strictly and written compactly. js.c is the only file with jansson.
 *
 * Reading refuses duplicate keys, embedded NUL, bad UTF-8, trailing text and too much
 * depth (C-3). A member whose value is null reads as absent, because platforms send null
 * for what they leave out. Every tree belongs to the arena it was made in. */
#ifndef WAYMARK_BASE_JS_H
#define WAYMARK_BASE_JS_H

#include "base/err.h"
#include "base/str.h"

struct js; /* a JSON value inside a tree */

enum js_type { JS_NULL, JS_BOOL, JS_INT, JS_REAL, JS_STRING, JS_ARRAY, JS_OBJECT };

/* Parse `text` (at most max_n bytes, nested at most max_depth deep). NULL with ERR_INPUT
 * (malformed; the text names line and reason, never the content) or ERR_LIMIT. */
struct js *js_parse(struct arena *a, struct str text, size_t max_n, int max_depth,
                    struct err *e);

enum js_type js_type(const struct js *v); /* NULL counts as JS_NULL */

/* A member of an object; NULL if `v` is NULL or no object, or the member is absent or
 * null. */
struct js *js_get(const struct js *v, const char *key);

/* Was the member written at all, be it as null? */
bool js_has(const struct js *v, const char *key);

size_t js_len(const struct js *v);              /* of an array or object; else 0 */
struct js *js_at(const struct js *v, size_t i); /* of an array; NULL when out of range */

/* Value of one type; false (and *out untouched) when it is another, or NULL. Strings are
 * slices into the tree. js_num takes integers and reals. */
bool js_str(const struct js *v, struct str *out);
bool js_i64(const struct js *v, int64_t *out);
bool js_num(const struct js *v, double *out);
bool js_bool(const struct js *v, bool *out);

/* js_get + js_str: the text of a member, or an empty slice. */
struct str js_text(const struct js *v, const char *key);

/* Call fn for each member, in key order of the text; stops when fn returns non-zero, and
 * returns that. */
int js_each(const struct js *v, int (*fn)(void *ctx, struct str key, struct js *val),
            void *ctx);

/* Writing. Strings must be UTF-8 (else the value becomes null); NaN and infinity too. */
struct js *js_object(struct arena *a);
struct js *js_array(struct arena *a);
void js_set_str(struct js *o, const char *key, struct str v);
void js_set_i64(struct js *o, const char *key, int64_t v);
void js_set_num(struct js *o, const char *key, double v);
void js_set_bool(struct js *o, const char *key, bool v);
void js_set(struct js *o, const char *key,
            struct js *v); /* v may stay in use elsewhere */
void js_push_str(struct js *arr, struct str v);
void js_push_i64(struct js *arr, int64_t v);
void js_push_num(struct js *arr, double v);
void js_push(struct js *arr, struct js *v);

/* Compact text, keys in order, so that equal trees give equal bytes. */
struct str js_dump(struct arena *a, const struct js *v);

#endif
