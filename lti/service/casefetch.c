#include "service/casefetch.h"

#include "base/vec.h"
#include "net/url.h"

#define TOTAL_MS 120000 /* a package of 64 MiB from a slow publisher */

static int refuse(const struct casefetch *f, struct arena *a, struct str url, int status,
                  struct err *e)
{
    struct str host = http_host(a, url);
    if (status == 404 || status == 410)
        return err_set(e, ERR_NOTFOUND, "%.*s has nothing at this address",
                       STR_ARG(host));
    if (status == 401 || status == 403)
        return err_set(e, ERR_DENIED, "%.*s %s", STR_ARG(host),
                       f->bearer.n > 0 ? "does not accept this token"
                                       : "wants a token (--token-file)");
    return err_set(e, ERR_UNAVAILABLE, "%.*s answered with status %d", STR_ARG(host),
                   status);
}

static int get(const struct casefetch *f, struct arena *a, struct str url,
               struct str *text, struct err *e)
{
    const struct http_header accept = {STR("Accept"), STR("application/json")};
    struct http_res res;
    struct http_req req = {
        .url = url,
        .headers = &accept,
        .headers_n = 1,
        .bearer = f->bearer,
        .max_n = CASE_MAX_BYTES,
        .total_ms = TOTAL_MS,
        .redirects = f->bearer.n > 0 ? 0 : 3,
    };
    if (http_do(f->http, &req, &res, a, e) != 0)
        return -1;
    if (res.status != 200)
        return refuse(f, a, url, res.status, e);
    *text = res.body;
    return 0;
}

/* Without query and fragment. */
static struct str path_of(struct str url)
{
    struct str head = url, tail;
    (void)str_cut(url, '?', &head, &tail);
    (void)str_cut(head, '#', &head, &tail);
    return head;
}

/* What stands behind /CFDocuments/, or empty. */
static struct str document_id(struct str path, size_t *at)
{
    static const struct str mark = {"/CFDocuments/", 13};
    *at = str_find(path, mark, 0);
    return *at == SIZE_MAX ? STR_EMPTY : str_sub(path, *at + mark.n, path.n);
}

bool casefetch_is_package(struct str url)
{
    size_t at;
    struct str path = path_of(url);
    return str_find(path, STR("/CFPackages/"), 0) != SIZE_MAX ||
           document_id(path, &at).n > 0 || str_ends(path, STR(".json"));
}

int casefetch_package(const struct casefetch *f, struct arena *a, struct str url,
                      struct str *text, struct err *e)
{
    size_t at;
    struct str path = path_of(url), id = document_id(path, &at);
    if (id.n > 0) /* the document alone has no items: its package has */
        url = str_fmt(a, "%.*s/CFPackages/%.*s", STR_ARG(str_sub(path, 0, at)),
                      STR_ARG(id));
    return get(f, a, url, text, e);
}

static int all_pages(const struct casefetch *f, struct arena *a, struct str list,
                     struct vec *all, struct err *e)
{
    for (int page = 0; page < CASEFETCH_PAGES_MAX; page++) {
        struct case_document *rows;
        struct str text;
        size_t n;
        struct str url = str_fmt(a, "%.*s?limit=%d&offset=%d", STR_ARG(list),
                                 CASEFETCH_PAGE, page * CASEFETCH_PAGE);
        if (get(f, a, url, &text, e) != 0 || case_documents(a, text, &rows, &n, e) != 0)
            return -1;
        for (size_t i = 0; i < n; i++) {
            const struct case_document *have = all->p;
            if (all->n > 0 && str_eq(have[0].id, rows[i].id))
                return 0; /* it knows no offset, and begins anew */
            *(struct case_document *)vec_push(all) = rows[i];
        }
        if (n < CASEFETCH_PAGE)
            return 0;
    }
    return err_set(e, ERR_LIMIT, "the publisher has more than %d documents",
                   CASEFETCH_PAGE * CASEFETCH_PAGES_MAX);
}

int casefetch_documents(const struct casefetch *f, struct arena *a, struct str base,
                        struct case_document **rows, size_t *n, struct err *e)
{
    static const char *const versions[] = {"v1p1", "v1p0"};
    struct str root = path_of(base);
    size_t at = str_find(root, STR("/ims/case"), 0);
    int rc = -1;
    if (at != SIZE_MAX)
        root = str_sub(root, 0, at);
    while (str_ends(root, STR("/")))
        root.n--;
    for (size_t i = 0; i < 2; i++) {
        struct vec all;
        struct err why = {0};
        vec_init(&all, a, sizeof **rows);
        rc = all_pages(
            f, a, str_fmt(a, "%.*s/ims/case/%s/CFDocuments", STR_ARG(root), versions[i]),
            &all, &why);
        *rows = all.p;
        *n = all.n;
        if (rc == 0)
            return 0;
        if (e != NULL)
            *e = why;
        if (why.code != ERR_NOTFOUND)
            return -1;
    }
    return rc;
}
