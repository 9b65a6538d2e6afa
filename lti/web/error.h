/* error.h: every refusal as a page that a person can read, with a reference that an
 * administrator can look up (`waymark launches REFERENCE`). */
#ifndef WAYMARK_WEB_ERROR_H
#define WAYMARK_WEB_ERROR_H

#include "msg/fault.h"
#include "web/page.h"

/* What is known about a login or launch that is refused. Empty where it is not. */
struct error_about {
    int64_t registration_id;
    struct str
        issuer; /* as received: shown on the page, because it is what support needs */
    struct str client_id;
    struct str kid;
    struct str
        return_url; /* of a token whose signature held; gets lti_errormsg, lti_errorlog */
    struct str
        resend_token; /* with resend_state: the page offers the same launch again */
    struct str resend_state;
};

/* Refuse a login or launch: page, row in the launch log, line in the log, count. Always
 * leaves an answer; returns 0. */
int error_fault(struct page_ctx *c, const struct fault *f,
                const struct error_about *about);

/* Refuse any other request with a text for people (a message id). Returns 0. */
int error_say(struct page_ctx *c, int status, const char *msgid);

/* Something failed on our side: a page for it, and the error in the log. Returns 0. */
int error_err(struct page_ctx *c, const struct err *e);

/* A new reference: "K7QM-2F9D", 40 random bits in letters that people do not mix up. */
struct str error_reference(struct page_ctx *c);

#endif
