/* notice.h: notices of a platform (Platform Notification Service, LTI.md 8.2): the
 * envelope that it posts, and one notice's token.
 *
 * Pure, like launch.h. A notice that notice_check accepts has passed what a launch passes
 * but for state, message and target, which it does not have (PNS-1). The caller's are:
 * taking it once (core/learn/notices.h), and knowing the deployment (TOK-20). */
#ifndef WAYMARK_MSG_NOTICE_H
#define WAYMARK_MSG_NOTICE_H

#include "msg/idtoken.h"

#define NOTICE_BODY_MAX ((size_t)1024 * 1024)
#define NOTICE_LIST_MAX 100
#define NOTICE_AUD_MAX 4
#define NOTICE_ORIGINS_MAX 16

/* What the envelope holds: one token each, empty where an entry has none. */
struct notice_list {
    struct str *jwt;
    size_t n;
};

/* {"notices":[{"jwt":"..."}]}, at most 1 MiB and 100 entries (I111: a bad envelope). */
int notice_envelope(struct arena *a, struct str body, struct notice_list *out,
                    struct fault *f);

enum notice_kind {
    NOTICE_OTHER, /* one that we do nothing with (V34) */
    NOTICE_HELLO,
    NOTICE_COPY
};

struct notice {
    struct idtoken token;

    /* After notice_open, and not to be believed: for finding the registration (TOK-6). */
    struct str iss;
    struct str aud[NOTICE_AUD_MAX];
    size_t aud_n;

    /* After notice_check. */
    struct str id;
    struct str nonce;
    struct str type;
    enum notice_kind kind;
    struct str context_id;                  /* NOTICE_COPY: the new course */
    struct str origins[NOTICE_ORIGINS_MAX]; /* what it was copied from, nearest first */
    size_t origins_n;
};

/* TOK-1 to TOK-5, and who it says it is from and for. */
int notice_open(struct arena *a, struct str token, struct notice *out, struct fault *f);

/* TOK-6 to TOK-18 and the notice claim, against the registration that `p` describes (its
 * nonce, base and login members are not looked at). A launch's id_token is refused. */
int notice_check(const struct launch_policy *p, int64_t now_ms,
                 const struct launch_keys *keys, struct notice *n, struct fault *f);

/* The part of it about the payload: version, deployment, notice. For tests. */
int notice_claims(struct notice *n, struct fault *f);

#endif
