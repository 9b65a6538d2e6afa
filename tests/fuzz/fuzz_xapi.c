/* Bytes as the body of a request with xAPI statements. What is accepted can be kept, read
 * again with the same outcome, and looked at. */
#include "msg/xapi.h"
#include "msg/xapi_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(struct arena *a, const struct xapi_statement *s, int level)
{
    struct xapi_list again;
    struct xapi_fault f;
    struct record r;
    INVARIANT(s->id.n == 0 || shape_is_uuid(s->id));
    INVARIANT(s->voids.n == 0 || shape_is_uuid(s->voids));
    INVARIANT(xapi_read(a, s->document, level, &again, &f) == 0 && again.single);
    INVARIANT(str_eq(again.at[0].document, s->document));
    const struct js *v = js_parse(a, s->document, XAPI_DOCUMENT_MAX, XAPI_DEPTH, NULL);
    INVARIANT(v != NULL);
    xapi_record_read(a, v, &r);
    INVARIANT((r.what == RECORD_NOTHING) == (r.why != NULL));
    INVARIANT(!r.has_score || r.maximum > 0);
    INVARIANT(r.item.n <= RECORD_ITEM_MAX && r.attempt.n <= RECORD_ITEM_MAX);
    INVARIANT(r.name_n <= RECORD_NAMES_MAX && r.thing_n <= RECORD_THINGS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(64 << 20);
    struct str text = {(const char *)data, size};
    for (int level = 1; level <= 2 && size <= 65536; level++) {
        struct xapi_list list;
        struct xapi_fault f;
        if (xapi_read(a, text, level, &list, &f) != 0) {
            INVARIANT(f.status == 400 || f.status == 413);
            INVARIANT(f.why.n > 0 && str_utf8(f.why));
            continue;
        }
        for (size_t i = 0; i < list.n; i++)
            look(a, &list.at[i], level);
    }
    arena_free(a);
    return 0;
}
