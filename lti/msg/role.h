/* role.h: LIS roles, read exactly (LTI.md 2.5; Core 1.3 appendix A.2).
 *
 * URIs match byte for byte; the legacy short names and URNs too. Everything else is
 * unknown: it sets ROLE_UNKNOWN and grants nothing (I83). Used for launches and for
 * rosters. */
#ifndef WAYMARK_MSG_ROLE_H
#define WAYMARK_MSG_ROLE_H

#include "base/js.h"

/* Bits that are stored (enrolment.roles, session.roles): never renumber. */
#define ROLE_LEARNER (INT64_C(1) << 0)           /* context */
#define ROLE_INSTRUCTOR (INT64_C(1) << 1)        /* context */
#define ROLE_CONTENT_DEVELOPER (INT64_C(1) << 2) /* context */
#define ROLE_MENTOR (INT64_C(1) << 3)            /* context */
#define ROLE_ADMIN (INT64_C(1) << 4)             /* context */
#define ROLE_MANAGER (INT64_C(1) << 5)           /* context */
#define ROLE_MEMBER (INT64_C(1) << 6)            /* context */
#define ROLE_OFFICER (INT64_C(1) << 7)           /* context */
#define ROLE_SUB_INSTRUCTOR                                                              \
    (INT64_C(1) << 8)                      /* some Instructor#..., such as an assistant */
#define ROLE_SUB_ADMIN (INT64_C(1) << 9)   /* some Administrator#... */
#define ROLE_INST_ADMIN (INT64_C(1) << 10) /* institution */
#define ROLE_INST_STAFF (INT64_C(1) << 11) /* institution: Faculty, Staff, Instructor */
#define ROLE_INST_STUDENT (INT64_C(1) << 12) /* institution: Student, Learner, ... */
#define ROLE_INST_OTHER (INT64_C(1) << 13)   /* institution: the rest */
#define ROLE_SYS_ADMIN (INT64_C(1) << 14)    /* system: Administrator, SysAdmin, ... */
#define ROLE_SYS_OTHER (INT64_C(1) << 15)    /* system: the rest */
#define ROLE_TEST_USER (INT64_C(1) << 16)    /* student preview */
#define ROLE_UNKNOWN (INT64_C(1) << 17)      /* at least one that we do not know */

/* The bits of one role text. */
int64_t role_bits(struct str role);

/* The union over an array of texts; members of another type are dropped (I67). `v` that
 * is no array gives 0. */
int64_t role_list(const struct js *v);

/* May see the course's teacher pages: Instructor or Administrator *of the context*
 * (ROLE-1); institution and system administrators only if the registration says so. A
 * sub-role alone is not enough (ROLE-3), nor is ContentDeveloper. */
bool role_is_staff(int64_t bits, bool admins_are_staff);

/* A learner of the course whose work may be graded (ROLE-2). */
bool role_is_learner(int64_t bits);

#endif
