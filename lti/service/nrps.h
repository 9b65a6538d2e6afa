/* nrps.h: Names and Role Provisioning 2.0: who is in a course (LTI.md section 6).
 *
 * One page a call, members handed out one by one, so that memory stays flat and a job can
 * go on after a crash from the page it was at. Only a walk that reached its end is a
 * roster: everything else is an error (NRPS-3). */
#ifndef WAYMARK_SERVICE_NRPS_H
#define WAYMARK_SERVICE_NRPS_H

#include "service/token.h"

#define NRPS_PAGES_MAX 200 /* caps of NRPS-3 */
#define NRPS_MEMBERS_MAX 50000
#define NRPS_PAGE_N ((size_t)16 << 20) /* bytes of one page */
#define NRPS_ROLES_MAX 64
#define NRPS_GROUPS_MAX 64
#define NRPS_ID_N 24 /* of a group id that came as a number */

enum nrps_status { NRPS_ACTIVE, NRPS_INACTIVE, NRPS_DELETED };

/* Slices die when the callback returns. Absent texts are empty. */
struct nrps_member {
    struct str user_id; /* same id space as `sub` */
    enum nrps_status status;
    struct str roles[NRPS_ROLES_MAX]; /* as sent: full URIs or short names */
    size_t roles_n;
    struct str name;
    struct str given_name;
    struct str family_name;
    struct str email;
    struct str sourcedid; /* lis_person_sourcedid */
    struct str login;     /* ext_user_username: Moodle's own addition */

    struct str groups[NRPS_GROUPS_MAX]; /* ids, when the walk asked for groups */
    size_t groups_n;
    char ids[NRPS_GROUPS_MAX][NRPS_ID_N];

    struct str lms_id; /* the LMS's own id, where it tells one (Canvas, with `rlid`) */
    char lms_id_room[NRPS_ID_N];

    const struct js *custom; /* what this person's launch of that link would bring */
};

/* Where a walk stands. Keep `url`, `mark`, `pages` and `members` in a
 * checkpoint. */
struct nrps_walk {
    struct str url;        /* the page to read next; empty when the roster is complete */
    struct str context_id; /* the course that the roster must be of (I95); empty: any */
    struct str mark;       /* an earlier page's address, to notice a circle (NRPS-3) */
    int pages;             /* read so far */
    int64_t members;
    int64_t skipped; /* members without a usable user_id (I95) */
    int limit;       /* members a page to ask for on the first page; 0: say nothing */

    /* What else the first page asks for (NRPS-1); empty: nothing. */
    struct str role; /* full URI or short name: only people with it */
    struct str rlid; /* resource link: only who can open it, with what a launch brings */
    bool groups;     /* tell everybody's groups */

    struct str differences; /* told: where to ask for changes since (NRPS-2), or empty */
};

struct nrps_sink {
    int (*member)(void *ctx, const struct nrps_member *m, struct err *e);
    void *ctx;
};

/* Read one page and move `walk` on (its texts live in `a`). Members are handed out only
 * when the whole page is good; the sink may take its time. -1: walk is unchanged. */
int nrps_page(const struct svc *svc, const struct svc_platform *p, struct nrps_walk *walk,
              const struct nrps_sink *sink, struct arena *a, struct err *e);

/* Read one member. ERR_INPUT: no usable user_id. */
int nrps_member(const struct js *v, struct nrps_member *m, struct err *e);

/* Read a whole page that is at hand: members to the sink, and check its head (I95). */
int nrps_read(struct str page, struct str context_id, const struct nrps_sink *sink,
              int64_t *skipped, struct arena *a, struct err *e);

#endif
