/* map.h: a hash map from text to a pointer, in an arena. Keys are copied. */
#ifndef WAYMARK_BASE_MAP_H
#define WAYMARK_BASE_MAP_H

#include "base/str.h"

struct map;

struct map *map_new(struct arena *a);

/* The value of `key`, or NULL. */
void *map_get(const struct map *m, struct str key);

/* Set `key` to `val` (not NULL). Returns the value that stood there before, or NULL. */
void *map_put(struct map *m, struct str key, void *val);

size_t map_len(const struct map *m);

/* The i-th key and value in the order of first insertion; i < map_len. */
struct str map_key(const struct map *m, size_t i);
void *map_val(const struct map *m, size_t i);

#endif
