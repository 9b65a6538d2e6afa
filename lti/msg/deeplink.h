/* deeplink.h: Deep Linking 2.0 as the tool sees it: what a request allows, and the
 * message that answers it (LTI.md 3.1 to 3.3). Pure. */
#ifndef WAYMARK_MSG_DEEPLINK_H
#define WAYMARK_MSG_DEEPLINK_H

#include "msg/launch.h"

#define DEEPLINK_DATA_MAX ((size_t)16 * 1024)
#define DEEPLINK_JWT_MAX ((size_t)64 * 1024) /* DL-9 */
#define DEEPLINK_ITEMS_MAX 50                /* DL-9 */
#define DEEPLINK_LIFE_S 300                  /* of an answer */

/* The settings as JSON text, for the server's own keeping (DL-2), and back. */
struct str deeplink_pack(struct arena *a, const struct launch *l);
int deeplink_unpack(struct arena *a, struct str text, struct launch_deep_link *out,
                    struct err *e);

/* One link to make. Times are ISO 8601 with zone, or empty. */
struct deeplink_item {
    const char *view; /* "panel", "unit", "gate" */
    struct str unit;  /* slug; empty for the panel */
    struct str title;
    struct str text;        /* empty: none */
    const char *column_id;  /* resource id of the grade column; NULL: no column */
    const char *column_tag; /* DL-5 */
    struct str from, until; /* available */
    struct str due;
};

/* Everything that one answer needs. */
struct deeplink_answer {
    struct str client_id; /* ours: iss */
    struct str issuer;    /* the platform's: aud */
    struct str deployment_id;
    struct str nonce;  /* never used before */
    struct str url;    /* where links lead */
    struct str course; /* context id; empty: none */
    bool has_data;
    struct str data;
    struct deeplink_item *items;
    size_t items_n;
    struct str msg; /* what a person and a log are told; each may be empty */
    struct str errormsg, errorlog;
    int64_t now_ms;
};

/* The claims of LtiDeepLinkingResponse (DL 2.0 section 4.5). No sub, no azp; `data` as it
 * came, if it came; content_items is an array, be it empty (DL-3). */
struct js *deeplink_claims(struct arena *a, const struct deeplink_answer *in);

#endif
