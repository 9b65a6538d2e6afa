/* fault.h: why a message was refused. One row of fault.def for each reason.
 *
 * Functions of lti/msg return 0 or -1 and take `struct fault *` last. The fault is set
 * once, where it is detected. `detail` is for logs and administrators: short, one line,
 * without control characters, never a token, a name or a mail address. */
#ifndef WAYMARK_MSG_FAULT_H
#define WAYMARK_MSG_FAULT_H

#include "base/str.h"

enum fault_id {
    FAULT_NONE = 0,
#define X(id, rule, section, status, text, admin) FAULT_##id,
#include "msg/fault.def"
#undef X
    FAULT_N
};

#define FAULT_DETAIL_N 192

struct fault {
    enum fault_id id;
    char detail[FAULT_DETAIL_N];
};

struct fault_row {
    const char *name;    /* "TOKEN_ALG": what logs, metrics and the launch log carry */
    const char *rule;    /* LTI.md: "TOK-3" */
    const char *section; /* where the specification says so */
    int status;          /* HTTP */
    const char *admin;   /* what an administrator reads */
    const char *msgid;   /* text for people, in templates/i18n (text.def) */
    const char *english; /* that text */
};

/* The row of `id`; FAULT_NONE and numbers out of range give a row named "ok", status 200.
 */
const struct fault_row *fault_row(enum fault_id id);

/* The fault of that name, or FAULT_NONE. */
enum fault_id fault_find(struct str name);

/* Fill `f` (NULL is fine) and return -1: return fault_set(f, FAULT_TOKEN_ALG, "alg %s",
 * z). Control characters of the detail become '?', and a character that
 * was cut goes. */
int fault_set(struct fault *f, enum fault_id id, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
