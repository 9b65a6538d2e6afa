/* groups.h: Course Groups 1.0: the groups of a course, and their sets (LTI.md 8.1). Who
 * is in them comes with the roster (struct nrps_walk, `groups`). */
#ifndef WAYMARK_SERVICE_GROUPS_H
#define WAYMARK_SERVICE_GROUPS_H

#include "service/token.h"

#define GROUPS_MAX 10000
#define GROUPS_PAGES_MAX 200
#define GROUPS_PAGE_N ((size_t)4 << 20)

enum groups_kind { GROUPS_GROUPS, GROUPS_SETS };

struct groups_item {
    struct str id; /* text, or a whole number as text */
    struct str name;
    struct str tag;    /* or empty */
    struct str set_id; /* empty: in no set */
    char ids[2][24];   /* room for numbers */
};

struct groups_sink {
    int (*item)(void *ctx, const struct groups_item *g, struct err *e);
    void *ctx;
};

/* Read one. ERR_INPUT: no usable id. A name may be missing: then the id is shown. */
int groups_item(const struct js *v, struct groups_item *out, struct err *e);

/* A whole answer that is at hand. Any media type is good, a bare array too. */
int groups_read(struct str page, enum groups_kind kind, const struct groups_sink *sink,
                int64_t *skipped, struct arena *a, struct err *e);

/* Every page of groups, or of sets, from `url`. -1: what was handed out is not all. */
int groups_all(const struct svc *svc, const struct svc_platform *p, struct str url,
               enum groups_kind kind, const struct groups_sink *sink, struct arena *a,
               struct err *e);

#endif
