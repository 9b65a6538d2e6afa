/* casefetch.h: competency frameworks where they are published (CASE 1.0 and 1.1, the REST
 * binding): one package, or the list of what a publisher has. */
#ifndef WAYMARK_SERVICE_CASEFETCH_H
#define WAYMARK_SERVICE_CASEFETCH_H

#include "file/case.h"
#include "net/http.h"

#define CASEFETCH_PAGE 100
#define CASEFETCH_PAGES_MAX 100

struct casefetch {
    struct http *http;
    struct str bearer; /* access token, or empty */
};

/* Does the address name one package (.../CFPackages/ID, .../CFDocuments/ID, or a file
 * .json)? Else it is a publisher's, whose documents can be listed. */
bool casefetch_is_package(struct str url);

/* The text of a package. ERR_NOTFOUND, ERR_DENIED (401, 403), ERR_UNAVAILABLE, or what
 * http_do says. */
int casefetch_package(const struct casefetch *f, struct arena *a, struct str url,
                      struct str *text, struct err *e);

/* All documents of a publisher, page by page; version 1.1, or 1.0 where there is none.
 * `base` is the address before /ims/case (what stands behind it is cut off). */
int casefetch_documents(const struct casefetch *f, struct arena *a, struct str base,
                        struct case_document **rows, size_t *n, struct err *e);

#endif
