/* answer.h: the envelope of a launch, the form that the platform posts to redirect_uri
 * (LTI.md 1.4; I17 to I22, I26 to I28). What is inside the token is launch.h's. */
#ifndef WAYMARK_MSG_ANSWER_H
#define WAYMARK_MSG_ANSWER_H

#include "msg/form.h"

struct answer {
    struct str state;
    struct str id_token;
    struct str error;             /* not empty: the platform refused; see answer_error */
    struct str error_description; /* the platform's words: unsigned, show escaped or not
                                     at all */
    struct str storage_target;    /* as in login.h */
};

/* 0 when there is a state and either a token or an error; I18: with both, the token is
 * dropped. Faults: FAULT_ANSWER_EMPTY (I17), FAULT_STATE_MISSING (I21), FAULT_LTI11
 * (I26), FAULT_FORM_TWICE, FAULT_ANSWER_IN_QUERY (I27), FAULT_TOKEN_SIZE (I28). */
int answer_parse(const struct form *fm, struct answer *out, struct fault *f);

/* The fault that stands for the platform's error code (I19). Ask only after the state was
 * found and taken; for an unknown state use FAULT_STATE_UNKNOWN (I20). Returns -1. */
int answer_error(const struct answer *w, struct fault *f);

#endif
