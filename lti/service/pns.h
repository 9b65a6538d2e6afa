/* pns.h: the Platform Notification Service (LTI.md 8.2): asking a platform to send its
 * notices to us. */
#ifndef WAYMARK_SERVICE_PNS_H
#define WAYMARK_SERVICE_PNS_H

#include "service/token.h"

#define SCOPE_HANDLERS "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
#define PNS_HANDLERS_MAX 64

/* One notice type and where its notices go; an empty address: nowhere. */
struct pns_handler {
    struct str type;
    struct str url;
};

struct pns_list {
    struct pns_handler at[PNS_HANDLERS_MAX];
    size_t n;
};

/* What the platform has for our deployment. `url` comes from a signed claim. */
int pns_get(const struct svc *svc, const struct svc_platform *p, struct str url,
            struct pns_list *out, struct arena *a, struct err *e);

/* Set one type's handler. */
int pns_put(const struct svc *svc, const struct svc_platform *p, struct str url,
            const struct pns_handler *h, struct arena *a, struct err *e);

/* Read the answer to pns_get; client_id and deployment_id may be of any type (Canvas
 * sends a number) and are not looked at: the token says who we are. */
int pns_read(struct arena *a, struct str body, struct pns_list *out, struct err *e);

/* The address of a type in the list, or empty. */
struct str pns_find(const struct pns_list *list, struct str type);

#endif
