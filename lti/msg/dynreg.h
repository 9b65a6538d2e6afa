/* dynreg.h: the documents of Dynamic Registration (LTI.md section 7): what a platform
 * says of itself, what we ask for, what it grants. Pure: no calls, no database.
 *
 * Whatever comes in was written by somebody we do not know yet: it is capped, checked,
 * and shown to people as text. Asked for is only what is offered (DR-2). */
#ifndef WAYMARK_MSG_DYNREG_H
#define WAYMARK_MSG_DYNREG_H

#include "base/js.h"
#include "net/guard.h"

#define DYNREG_MAX_N ((size_t)256 * 1024) /* a configuration or an answer (I106) */
#define DYNREG_TEXT_N 200                 /* a name that is shown */
#define DYNREG_WARNINGS_MAX 8

/* What this installation lets a platform be, and who was invited. */
struct dynreg_rules {
    bool allow_http;           /* trials on loopback */
    const struct guard *guard; /* networks that its addresses may lie in (DR-S3) */
    struct str aliases;        /* option issuer_aliases (DR-S2) */
    struct str ports;          /* option platform_ports */
    struct str host;           /* the only host that was invited, or empty (DR-S1) */
};

/* Why not: an id ("register.fail." + id is its text) and a detail for people, such as
 * which member is missing. */
struct dynreg_fault {
    const char *id;
    struct str detail;
};

/* What a person should look at first: "register.warn." + id, and the host it is about. */
struct dynreg_warning {
    const char *id;
    struct str host;
};

/* A platform's configuration (LTI.md 7.2). Texts are cut to DYNREG_TEXT_N. */
struct dynreg_config {
    struct str issuer;
    struct str issuer_host;
    struct str config_host;
    struct str auth_url, token_url, jwks_url, registration_url;
    struct str token_aud; /* authorization_server where it is an address, or empty */
    struct str family;    /* lower case letters, digits, - and _; or empty */
    struct str version;
    struct str account;
    struct dynreg_warning warnings[DYNREG_WARNINGS_MAX];
    size_t warnings_n;
    const struct js *doc;      /* the whole document */
    const struct js *platform; /* its lti-platform-configuration */
};

/* May this be the address of a configuration? I103. */
int dynreg_address(struct arena *a, const struct dynreg_rules *r, struct str url,
                   struct dynreg_fault *f);

/* Read the document that `url` answered with (I105, I106, DR-1, DR-S2). */
int dynreg_read(struct arena *a, const struct dynreg_rules *r, struct str url,
                struct str text, struct dynreg_config *out, struct dynreg_fault *f);

/* What the platform granted. `kept` is its answer without secrets. */
struct dynreg_answer {
    struct str client_id;
    struct str deployment_id; /* empty: not told */
    struct str scopes;        /* blank between; what was asked for when it does not say */
    struct str client_uri;    /* registration_client_uri, or empty */
    struct str access_token;  /* registration_access_token, or empty: a secret (DR-S7) */
    struct js *kept;
};

/* Read the answer to a registration request: I107. */
int dynreg_answer(struct arena *a, const struct dynreg_rules *r,
                  const struct dynreg_config *c, struct str public_url, struct str text,
                  struct dynreg_answer *out, struct dynreg_fault *f);

/* A refusal in the platform's own words, cut and without control characters; empty when
 * it is a page of HTML or nothing that people could read. */
struct str dynreg_words(struct arena *a, struct str body);

/* What to do about a refusal: "register.advice." + this. */
const char *dynreg_advice(int status, struct str words);

#endif
