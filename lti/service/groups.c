#include "service/groups.h"

#include "service/page.h"

#include <stdio.h>

#define ACCEPT "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json"
#define ELEMENT_N ((size_t)64 << 10)
#define ID_MAX 255

static bool read_id(const struct js *v, char room[24], struct str *out)
{
    int64_t number;
    if (js_i64(v, &number)) {
        int n = snprintf(room, 24, "%lld", (long long)number);
        *out = (struct str){room, (size_t)n};
        return true;
    }
    return js_str(v, out) && out->n > 0 && out->n <= ID_MAX && !str_has_nul(*out);
}

int groups_item(const struct js *v, struct groups_item *out, struct err *e)
{
    *out = (struct groups_item){.name = str_trim(js_text(v, "name")),
                                .tag = js_text(v, "tag")};
    if (!read_id(js_get(v, "id"), out->ids[0], &out->id))
        return err_set(e, ERR_INPUT, "a group without a usable id");
    if (!read_id(js_get(v, "set_id"), out->ids[1], &out->set_id))
        out->set_id = STR_EMPTY;
    if (out->name.n == 0)
        out->name = out->id;
    return 0;
}

struct reader {
    const struct groups_sink *sink;
    int64_t taken;
    int64_t skipped;
};

static int on_element(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct reader *r = ctx;
    struct groups_item g;
    (void)scratch;
    if (groups_item(v, &g, NULL) != 0) {
        r->skipped++;
        return 0;
    }
    if (++r->taken > GROUPS_MAX)
        return err_set(e, ERR_LIMIT, "more than %d groups", GROUPS_MAX);
    return r->sink->item(r->sink->ctx, &g, e);
}

static struct split_opt split_of(struct reader *r, enum groups_kind kind)
{
    return (struct split_opt){.member = kind == GROUPS_SETS ? "sets" : "groups",
                              .top = true,
                              .element_n = ELEMENT_N,
                              .element = on_element,
                              .ctx = r};
}

int groups_read(struct str page, enum groups_kind kind, const struct groups_sink *sink,
                int64_t *skipped, struct arena *a, struct err *e)
{
    struct reader r = {.sink = sink};
    struct split_opt opt = split_of(&r, kind);
    bool found;
    struct js *rest;
    int rc = split_all(a, &opt, page, &found, &rest, e);
    *skipped = r.skipped;
    if (rc == 0 && !found)
        return err_set(e, ERR_INPUT, "the groups are no list");
    return rc;
}

int groups_all(const struct svc *svc, const struct svc_platform *p, struct str url,
               enum groups_kind kind, const struct groups_sink *sink, struct arena *a,
               struct err *e)
{
    struct reader r = {.sink = sink};
    struct split_opt opt = split_of(&r, kind);
    struct page_req req = {.url = url,
                           .scopes = STR(SCOPE_GROUPS_RO),
                           .accept = ACCEPT,
                           .what = "the groups",
                           .max_n = GROUPS_PAGE_N,
                           .split = &opt};
    struct str mark = STR_EMPTY;
    for (int pages = 1; req.url.n > 0; pages++) {
        struct page_res res;
        if (pages > GROUPS_PAGES_MAX)
            return err_set(e, ERR_LIMIT, "more than %d pages of groups",
                           GROUPS_PAGES_MAX);
        if (page_get(svc, p, &req, &res, a, e) != 0 ||
            page_circle(pages, req.url, res.next, &mark, e) != 0)
            return -1;
        req.url = res.next;
    }
    return 0;
}
