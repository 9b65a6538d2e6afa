/* Any bytes as fitted knowledge tracing: refused with a reason, or read into a model that
 * is sound, and writes and reads back as the same one. */
#include "engine/bkt.h"
#include "engine/mapdoc.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char map_text[] =
    "{\"format\":\"waymark-map/1\",\"code\":\"t\",\"title\":\"T\",\"skills\":["
    "{\"code\":\"A\",\"title\":\"A\",\"unit\":\"U\"},"
    "{\"code\":\"B\",\"title\":\"B\",\"unit\":\"U\",\"replaces\":[\"OLD\"]}]}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)256 << 20);
    struct str text = {(const char *)data, size};
    struct bkt_model model;
    struct bkt_model again;
    struct err e = {0};
    struct skill_map *map = mapdoc_parse(a, str_c(map_text), NULL, NULL);
    if (bkt_read(a, text, map, &model, &e) == 0) {
        for (size_t i = 0; i < model.skill_n; i++) {
            INVARIANT(bkt_sound(&model.skills[i].bkt, &map->limits));
        }
        struct str written = bkt_write(a, &model, map);
        INVARIANT(bkt_read(a, written, map, &again, &e) == 0);
        INVARIANT(str_eq(written, bkt_write(a, &again, map)));
    } else {
        INVARIANT(e.code == ERR_INPUT || e.code == ERR_LIMIT);
    }
    arena_free(a);
    return 0;
}
