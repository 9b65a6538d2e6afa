/* login.h: OIDC third-party initiated login, the part without a database
 * (LTI.md 1.1, 1.2).
 *
 * The caller decodes the form, calls login_parse, finds the registration, calls
 * login_target, stores state and nonce, and redirects to login_redirect_url: the only
 * address it may ever redirect to from here (LOGIN-5). */
#ifndef WAYMARK_MSG_LOGIN_H
#define WAYMARK_MSG_LOGIN_H

#include "msg/form.h"

struct login_request {
    struct str iss;
    struct str login_hint;
    struct str target_link_uri; /* empty when not sent */
    struct str lti_message_hint;
    bool has_message_hint;    /* sent, be it empty: then it must be returned (V17) */
    struct str client_id;     /* empty when not sent */
    struct str deployment_id; /* lti_deployment_id, or Canvas's deployment_id; or empty */
    struct str
        storage_target; /* lti_storage_target if it is a plain name, else empty (I12) */
};

/* LOGIN-2, LOGIN-3, I1, I5, I7 (form of the text), I8, I12, I26. On a fault `out` holds
 * what could be read, so that the page can name iss and client_id. Slices point into the
 * form. */
int login_parse(const struct form *fm, struct login_request *out, struct fault *f);

/* What registration_find said: how many registrations match (0, 1, 2 = several) and, for
 * one, its state. 0, or I2/I3 (none), I4 (several), I13 (pending or disabled). */
int login_admit(const struct login_request *r, int matches, struct str state,
                struct fault *f);

/* The target to remember with the login: the request's if it lies under `base` (see
 * target_ours in target.h), `fallback` when none was sent; I6 (`strict`: none sent), I7.
 */
int login_target(struct arena *a, const struct login_request *r, struct str base,
                 struct str fallback, bool strict, struct str *out, struct fault *f);

struct login_answer {
    struct str auth_url; /* the registration's auth_login_url; its query is kept */
    struct str client_id;
    struct str redirect_uri;
    struct str state; /* [A-Za-z0-9_-] only */
    struct str nonce;
};

/* The address of the authentication request, every value percent-encoded. */
struct str login_redirect_url(struct arena *a, const struct login_answer *w,
                              const struct login_request *r);

#endif
