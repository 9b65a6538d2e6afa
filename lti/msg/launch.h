/* launch.h: an id_token, validated in the order of LTI.md 2.1, becomes a struct launch.
 *
 * Pure: no database, no clock, no network; keys come through a callback. A launch that
 * this accepts has passed TOK-1 to TOK-22 but for three things that need the database and
 * are the caller's: taking state and nonce once (TOK-17), knowing the deployment (TOK-20,
 * see enrol.h), and the browser's binding (BIND-3). */
#ifndef WAYMARK_MSG_LAUNCH_H
#define WAYMARK_MSG_LAUNCH_H

#include "jose/jwks.h"
#include "msg/fault.h"
#include "msg/role.h"
#include "net/guard.h"

#define LAUNCH_SKEW_S 60
#define LAUNCH_MAX_AGE_S 900
#define LAUNCH_MAX_LIFE_S 86400

/* What this launch is measured against: the registration of the state, and the login. */
struct launch_policy {
    struct str issuer;
    struct str client_id;
    struct str nonce; /* stored with the state */
    struct str base;  /* target_link_uri must lie under it: "https://tool.example/" */
    struct str login_target;    /* target_link_uri of the login; empty = do not compare */
    struct str deployment_hint; /* of the login; empty = none (I64) */
    const struct str *trusted_aud; /* audiences allowed beside ours (TOK-10) */
    size_t trusted_aud_n;
    const struct guard *guard; /* service addresses (I71); NULL = public ones only */
    int skew_s;                /* 0 = LAUNCH_SKEW_S; at most 300 (TOK-15) */
    int max_age_s;             /* 0 = LAUNCH_MAX_AGE_S (TOK-13) */
    int max_life_s;            /* 0 = LAUNCH_MAX_LIFE_S (TOK-16) */
    bool allow_anonymous;      /* MSG-2 */
    bool admins_are_staff;     /* ROLE-1 */
    bool strict_target;        /* claim must equal login_target (TOK-22) */
    bool strict_context;       /* a context without id refuses (I69) */
    bool allow_http;           /* loopback trials: http counts as https in claims */
};

/* Find the platform's keys by kid (TOK-7): jwks_find with its arguments bound, or a
 * test's. */
struct launch_keys {
    enum jwks_result (*find)(void *ctx, struct str kid, struct jwks_found *out);
    void *ctx;
};

enum launch_message {
    LAUNCH_RESOURCE = 1,
    LAUNCH_DEEP_LINKING,
    LAUNCH_SUBMISSION_REVIEW,
    LAUNCH_CONTEXT,
    LAUNCH_PRIVACY
};

struct launch_pair {
    struct str key;
    struct str val;
};

struct launch_list {
    struct str *at;
    size_t n;
};

/* What a Deep Linking request allows (DL 2.0 section 4.4.1), read leniently (V22). */
struct launch_deep_link {
    struct str return_url;  /* to be used as it came */
    struct str data;        /* to be given back as it came */
    bool has_data;          /* "" is something, too */
    struct str title, text; /* defaults for a link, or empty */
    bool takes_links;       /* ltiResourceLink is among the types: nothing else is ours */
    bool takes_several;     /* only when it says so: absent means one */
    bool takes_columns;     /* unless it says no */
    bool roles_untold;      /* only in what deeplink_unpack gives back (DL-1) */
};

#define LAUNCH_WARN_MAX 12

/* Everything that later code may know of a launch. Text is UTF-8, lives in the arena, and
 * is as the platform sent it: escape on output (I80). Absent text is empty. */
struct launch {
    enum launch_message message;
    struct str message_type;
    struct str kid;
    bool signature_tried; /* then the state is spent, whatever came of it (LTI.md 9.2) */
    struct str iss;
    struct str client_id; /* the registration's */
    struct str sub;       /* empty: anonymous (MSG-2) */
    struct str deployment_id;
    struct str target_link_uri;
    bool target_differs; /* from the login's (TOK-22): log it */
    int64_t iat_ms;
    int64_t exp_ms;

    int64_t roles;              /* bits of role.h */
    bool roles_told;            /* the claim was there, be it empty (MSG-3, DL-1) */
    struct launch_list mentees; /* role_scope_mentor, for Mentors only (ROLE-6) */

    struct {
        struct str id, title, label;
    } context; /* id empty: none */
    struct {
        struct str id, title;
    } link; /* id empty: the message has none */
    struct {
        struct str full, given, family;
    } name;
    struct str person_sourcedid; /* lis */

    struct str locale;          /* BCP 47 ("pt-BR"), or empty (V11) */
    struct str document_target; /* "frame", "iframe", "window", or empty (I82) */
    struct str return_url;      /* safe to link to, or empty (I81) */

    struct {
        struct launch_list scopes;
        struct str lineitems; /* either may be empty (V14) */
        struct str lineitem;
    } ags;               /* all empty: no AGS, or a claim that we do not trust (I71) */
    struct str nrps_url; /* I72 */
    struct {
        struct str url; /* empty: no notification service, or none that we may use */
        struct launch_list offered; /* notice types */
    } pns;
    struct {
        struct str url, sets_url; /* groups of the context; its group sets, or empty */
        struct launch_list scopes;
    } groups; /* url empty: none */

    struct launch_pair *custom; /* VAR-2: unresolved "$..." and "" stay as they came */
    size_t custom_n;

    struct {
        struct str guid, name, family, url;
    } platform; /* hints for quirks, never an identity */

    struct launch_deep_link deep_link; /* LAUNCH_DEEP_LINKING only */
    struct str for_user; /* LAUNCH_SUBMISSION_REVIEW, LAUNCH_PRIVACY: about whom */

    struct {
        struct str consumer_key; /* empty: no migration claim, or one that is unsigned */
        struct str sign;
        struct str text; /* what `sign` must be the signature of */
        struct str user_id, context_id, link_id, guid; /* as LTI 1.1 had them; empty:
                                                          not told */
    } lti1p1; /* not verified yet: lti11_signed */

    const char
        *warning[LAUNCH_WARN_MAX]; /* claims that were ignored, for administrators */
    size_t warning_n;
};

/* Validate `token` at `now_ms` and fill `out`. 0, or -1 with the first fault in the order
 * of LTI.md 2.1. `out` is useful on a fault too: kid once the header was read,
 * signature_tried, and return_url once the registered claims held, so that the page can
 * offer a way back. A valid message that this tool does not serve yet gives
 * FAULT_MESSAGE_LATER. */
int launch_verify(struct arena *a, const struct launch_policy *p, int64_t now_ms,
                  struct str token, const struct launch_keys *keys, struct launch *out,
                  struct fault *f);

/* The value of a custom parameter; empty when absent or still "$Name" (VAR-2). Names
 * compare without ASCII case, because Moodle sends both spellings. */
struct str launch_custom(const struct launch *l, const char *key);

/* "pt_br" -> "pt-BR"; empty when it is no language tag (I82). */
struct str launch_locale(struct arena *a, struct str raw);

#endif
