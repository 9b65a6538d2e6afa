/* A form with files: the first line is the content type, the rest the body. Nothing that
 * comes out lies outside the body or the limits. */
#include "base/err.h"
#include "msg/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct form_limit limit = {1 << 20, 200, 8};
    struct arena *a = arena_new((size_t)64 << 20);
    struct str type, body, boundary;
    struct multipart m;
    struct fault f = {.id = FAULT_NONE};
    str_cut((struct str){(const char *)data, size}, '\n', &type, &body);
    if (multipart_is(type, &boundary) &&
        multipart_read(a, body, boundary, &limit, &m, &f) == 0) {
        INVARIANT(m.form.n <= 8 && m.files_n <= MULTIPART_FILES_MAX);
        for (size_t i = 0; i < m.form.n; i++)
            INVARIANT(m.form.pair[i].val.n <= 200 && str_utf8(m.form.pair[i].val) &&
                      str_utf8(m.form.pair[i].key) && m.form.pair[i].key.n > 0);
        for (size_t i = 0; i < m.files_n; i++)
            INVARIANT(str_utf8(m.file[i].name) && !str_has_nul(m.file[i].name) &&
                      m.file[i].bytes.n <= body.n);
    }
    arena_free(a);
    return 0;
}
