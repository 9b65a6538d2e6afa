/* enrol.h: what a valid launch leaves behind, in one write transaction of at most 12
 * statements (BEGIN and COMMIT counted).
 *
 * Login taken once, then deployment, course, link, person and enrolment as the signed
 * claims say, one access row in the ledger, one session. The session is also what the
 * launch log tells of a launch that went well. What is known already is only read. The
 * engine does not run. A message without a link may come without a person (Deep Linking)
 * and without a course: what is not there is not written, and its id is 0. */
#ifndef WAYMARK_LEARN_ENROL_H
#define WAYMARK_LEARN_ENROL_H

#include "base/keyring.h"
#include "learn/copy.h"
#include "store/legacy.h"
#include "store/login.h"
#include "store/picking.h"
#include "store/registration.h"
#include "store/session.h"

/* The claims, already validated; slices live as long as the caller's arena. */
struct enrol_in {
    const struct registration *reg;
    struct str state_hash; /* the login to take; empty when a ticket stood for it */
    struct str deployment_id;
    struct str sub; /* empty: an anonymous launch (MSG-2); without a link nobody */
    struct str name;
    struct str locale;
    struct str context_id; /* empty: the link stands for it (V4); without both none */
    struct str context_title;
    struct str context_label;
    struct str link_id; /* empty: none */
    struct str link_title;
    struct str custom; /* JSON object */
    struct str nrps_url;
    struct str groups_url;     /* LTI.md 8.1 */
    struct str group_sets_url;
    struct str pns_url;     /* where notices are asked for (LTI.md 8.2) */
    struct str pns_offered; /* JSON array of notice types */
    struct copy_told copied; /* what custom parameters tell of the course's origin */
    struct str ags_lineitems_url;
    struct str ags_lineitem_url;
    struct str ags_scopes; /* JSON array; "[]" without AGS */
    struct str platform_url;
    struct str family;
    struct str message_type;
    struct str return_url;
    struct str shows; /* of struct session */
    struct str about; /* sub of whom the message is about (for_user); empty: nobody */
    const struct picking *picking; /* Deep Linking: kept with the session; else NULL */
    int64_t roles;
    bool tells_roles; /* else the enrolment stays as it is */
    bool is_staff;
    bool is_learner;
    bool is_test;
    bool cookieless;
    int64_t now_ms;
    int64_t session_ms;      /* life of the session */
    struct str session_hash; /* crypt_digest of the token that the browser gets */
    struct str handle;
    struct legacy
        legacy; /* of a verified migration claim (MIG-1); its new ids are ours */
};

enum enrol_result {
    ENROL_OK,
    ENROL_TAKEN,   /* the login was taken before: a replay (I22, I55) */
    ENROL_UNKNOWN, /* deployment unknown and the policy is reject (I62) */
    ENROL_PENDING, /* it waits for an administrator (TOK-20) */
    ENROL_DISABLED /* it was switched off (I63) */
};

struct enrol_out {
    enum enrol_result result;
    int64_t tenant_id;
    int64_t course_id;
    int64_t person_id;
    int64_t link_id;
    int64_t about_person_id; /* 0: nobody, or somebody whom we do not know */
    struct str shows;        /* as asked, or the unit whose column is reviewed */
    bool has_map;            /* the course has a skill map in force */
};

/* -1 only when the database fails; everything else is a result. */
int enrol_launch(struct db *db, struct env *env, struct arena *a,
                 const struct keyring *keys, const struct enrol_in *in,
                 struct enrol_out *out, struct err *e);

#endif
