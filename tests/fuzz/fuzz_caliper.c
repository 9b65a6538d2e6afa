/* Bytes as the body of a request with a Caliper envelope. What is accepted can be looked
 * at. */
#include "msg/caliper.h"
#include "msg/caliper_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(struct arena *a, const struct caliper_event *e)
{
    struct record r;
    INVARIANT(shape_is_uuid(e->id));
    const struct js *v = js_parse(a, e->document, XAPI_DOCUMENT_MAX, XAPI_DEPTH, NULL);
    INVARIANT(v != NULL && caliper_is_event(v));
    caliper_record_read(a, v, &r);
    INVARIANT((r.what == RECORD_NOTHING) == (r.why != NULL));
    INVARIANT(!r.has_score || r.maximum > 0);
    INVARIANT(r.item.n <= RECORD_ITEM_MAX && r.attempt.n <= RECORD_ITEM_MAX);
    INVARIANT(r.name_n <= RECORD_NAMES_MAX && r.thing_n <= RECORD_THINGS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(64 << 20);
    struct str text = {(const char *)data, size};
    struct caliper_envelope box;
    struct xapi_fault f;
    if (size <= 65536 && caliper_read(a, text, &box, &f) == 0) {
        for (size_t i = 0; i < box.n; i++)
            look(a, &box.at[i]);
    } else if (size <= 65536) {
        INVARIANT(f.status == 400 || f.status == 413 || f.status == 422);
        INVARIANT(f.why.n > 0 && str_utf8(f.why));
    }
    arena_free(a);
    return 0;
}
