/* Roster and result pages through the splitter: cut anywhere, the outcome is the same.
 * The first byte says where. */
#include "net/split.h"
#include "service/ags.h"
#include "service/nrps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    int64_t n;
    int64_t bytes;
};

static int on_member(void *ctx, const struct nrps_member *m, struct err *e)
{
    struct seen *s = ctx;
    (void)e;
    INVARIANT(m->user_id.n > 0 && m->user_id.n <= 255 && m->roles_n <= NRPS_ROLES_MAX);
    INVARIANT(m->groups_n <= NRPS_GROUPS_MAX && m->status <= NRPS_DELETED);
    for (size_t i = 0; i < m->groups_n; i++)
        INVARIANT(m->groups[i].n > 0 && m->groups[i].n <= 255);
    for (size_t i = 0; i < js_len(m->custom); i++)
        s->bytes++;
    s->n++;
    return 0;
}

static int on_result(void *ctx, const struct ags_result *r, struct err *e)
{
    struct seen *s = ctx;
    (void)e;
    INVARIANT(r->user_id.n > 0 && r->maximum > 0);
    s->n++;
    return 0;
}

static int on_element(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct seen *s = ctx;
    (void)e;
    s->n++;
    s->bytes += (int64_t)js_dump(scratch, v).n;
    return 0;
}

/* In two pieces, cut at `at`. */
static int cut(struct arena *a, struct str text, size_t at, struct seen *s)
{
    struct split_opt opt = {
        .member = "members", .top = true, .element = on_element, .ctx = s};
    struct split *split = split_new(a, &opt);
    bool found;
    struct js *rest;
    if (split_feed(split, str_sub(text, 0, at), NULL) != 0 ||
        split_feed(split, str_sub(text, at, text.n), NULL) != 0)
        return -1;
    return split_end(split, &found, &rest, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 1 << 16)
        return 0;
    struct arena *a = arena_new((size_t)256 << 20);
    struct str text = {(const char *)data + 1, size - 1};
    struct seen members = {0}, results = {0}, one = {0}, two = {0};
    int64_t skipped;
    struct nrps_sink nrps = {on_member, &members};
    struct ags_sink ags = {on_result, &results};
    nrps_read(text, STR("3"), &nrps, &skipped, a, NULL);
    ags_results_read(text, &ags, &skipped, a, NULL);
    int rc = cut(a, text, 0, &one);
    INVARIANT(cut(a, text, text.n * data[0] / 255, &two) == rc);
    INVARIANT(one.n == two.n && one.bytes == two.bytes);
    arena_free(a);
    return 0;
}
