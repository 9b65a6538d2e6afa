#include "support/zipmake.h"

#include "base/err.h"

#include <string.h>
#include <zip.h>

static void add(zip_t *zip, const struct zipmake_entry *entry)
{
    zip_source_t *s = zip_source_buffer(zip, entry->text.p, entry->text.n, 0);
    INVARIANT(s != NULL);
    zip_int64_t i = zip_file_add(zip, entry->name, s, ZIP_FL_ENC_UTF_8);
    INVARIANT(i >= 0);
    if (entry->encrypted)
        INVARIANT(
            zip_file_set_encryption(zip, (zip_uint64_t)i, ZIP_EM_AES_256, "secret") == 0);
}

struct str zipmake(struct arena *a, const struct zipmake_entry *entries, size_t n)
{
    zip_error_t ze;
    zip_stat_t st;
    zip_error_init(&ze);
    zip_source_t *out = zip_source_buffer_create(NULL, 0, 0, &ze);
    INVARIANT(out != NULL);
    zip_source_keep(out); /* it holds the result after zip_close */
    zip_t *zip = zip_open_from_source(out, ZIP_CREATE | ZIP_TRUNCATE, &ze);
    INVARIANT(zip != NULL);
    for (size_t i = 0; i < n; i++)
        add(zip, &entries[i]);
    INVARIANT(zip_close(zip) == 0);
    INVARIANT(zip_source_open(out) == 0 && zip_source_stat(out, &st) == 0);
    char *p = arena_alloc(a, st.size);
    INVARIANT(zip_source_read(out, p, st.size) == (zip_int64_t)st.size);
    zip_source_close(out);
    zip_source_free(out);
    return (struct str){p, st.size};
}
