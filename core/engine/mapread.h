/* mapread.h: members of a document, read strictly: a wrong type, a number out of range, a
 * text with control characters is a problem with its path, and the reader goes on. Used
 * by what reads map documents (mapdoc.h). */
#ifndef WAYMARK_ENGINE_MAPREAD_H
#define WAYMARK_ENGINE_MAPREAD_H

#include "base/js.h"
#include "engine/mapcheck.h"

struct mapread {
    struct arena *a;
    struct mapdoc_report *r;
};

/* Note a fatal problem at a path. */
#define MAPREAD_BAD(rd, id, path, ...)                                                   \
    mapcheck_note((rd)->a, (rd)->r, true, (id), (path), str_fmt((rd)->a, __VA_ARGS__))

/* "skills[3]" + "title" -> "skills[3].title"; the document itself has the empty path. */
struct str mapread_path(struct mapread *rd, struct str path, const char *key);

/* Is it an object with known members only (a list that ends with NULL)? */
bool mapread_object(struct mapread *rd, const struct js *v, struct str path,
                    const char *const *allowed);

/* Text of 1..max bytes; when absent: a problem if it is required, else empty. */
struct str mapread_text(struct mapread *rd, const struct js *o, struct str path,
                        const char *key, size_t max, bool required);

/* A code: letters, digits, dot, dash, underscore, at most 64 bytes. */
struct str mapread_code(struct mapread *rd, const struct js *o, struct str path,
                        const char *key, bool required);
bool mapread_is_code(struct str s);

/* A number between low and high; `otherwise` when absent or wrong. */
double mapread_num(struct mapread *rd, const struct js *o, struct str path,
                   const char *key, double low, double high, double otherwise);
int32_t mapread_int(struct mapread *rd, const struct js *o, struct str path,
                    const char *key, int32_t low, int32_t high, int32_t otherwise);

/* An array of at most `max`; NULL when absent or wrong. */
const struct js *mapread_list(struct mapread *rd, const struct js *o, struct str path,
                              const char *key, size_t max);

/* Is it text of 1..max bytes? */
bool mapread_plain(struct mapread *rd, const struct js *v, struct str path, size_t max);

/* An object of texts of 1..max bytes by language; NULL when absent or wrong. */
struct js *mapread_texts(struct mapread *rd, const struct js *o, struct str path,
                         const char *key, size_t max);

/* The ord of the skill whose code `v` is, or -1. The map has its by_code. */
int32_t mapread_ref(struct mapread *rd, const struct skill_map *m, const struct js *v,
                    struct str path);

#endif
