/* session.h: one session a launch (SES-1, SES-2).
 *
 * The browser holds a random token; the table holds its SHA-256. The handle is the launch
 * id that URLs carry: no secret, worth nothing without the token. */
#ifndef WAYMARK_STORE_SESSION_H
#define WAYMARK_STORE_SESSION_H

#include "db/db.h"

struct session {
    struct str hash; /* crypt_digest(token) */
    int64_t tenant_id;
    int64_t registration_id;
    int64_t course_id;       /* 0: a launch from no course (LTI.md 2.4) */
    int64_t link_id;         /* 0: none */
    int64_t person_id;       /* 0: the platform did not say who */
    int64_t about_person_id; /* whom a review or a privacy launch is about; 0: nobody */
    int64_t roles;           /* bits of lti/msg/role.h at this launch */
    bool is_staff;
    bool is_learner;
    struct str message_type;
    struct str locale;
    struct str family;     /* product family of the platform, for the theme */
    struct str return_url; /* empty: none */
    struct str handle;
    struct str shows; /* empty: everything; "unit/SLUG", "gate/SLUG" */
    bool cookieless;
    int64_t created_ms;
    int64_t expires_ms;
    /* joined when read, so that one read serves a page */
    struct str frame_origins; /* JSON array of the registration */
    bool enabled;             /* registration and deployment are still active */
    bool has_map;             /* the course has a skill map in force */
    struct str course_title;
};

int session_add(struct db *db, const struct session *s, struct err *e);

/* 1 found and not expired, 0 none, -1 error. One read. */
int session_find(struct db *db, struct arena *a, struct str hash, int64_t now_ms,
                 struct session *out, struct err *e);

/* Delete sessions that expired before now. Rows deleted, or -1. */
int64_t session_purge(struct db *db, int64_t now_ms, struct err *e);

#endif
