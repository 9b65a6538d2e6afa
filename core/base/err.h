/* err.h: how a function says that it failed.
 *
 * Fallible functions return 0 or -1 (or a pointer or NULL) and take `struct err *` last.
 * The error is set once, where it is detected. The text is for logs and administrators:
 * no token, name or address goes into it. Pages show texts of their own. */
#ifndef WAYMARK_BASE_ERR_H
#define WAYMARK_BASE_ERR_H

enum err_code {
    ERR_NONE = 0,
    ERR_INPUT,       /* what came in is malformed or breaks a rule */
    ERR_NOTFOUND,    /* there is no such thing */
    ERR_CONFLICT,    /* it exists already, or somebody was faster */
    ERR_DENIED,      /* not allowed */
    ERR_LIMIT,       /* too big, too many, too deep */
    ERR_BUSY,        /* a serialisation failure or a lock: the same call may succeed */
    ERR_UNAVAILABLE, /* another machine or the database does not answer */
    ERR_INTERNAL     /* our fault, or the system's */
};

struct err {
    enum err_code code;
    int line;
    const char *file;
    const char *func;
    char text[192];
};

/* Fill `e` (which may be NULL) and return -1, so that callers write: return err_set(e,
 * ...). */
#define err_set(e, code, ...)                                                            \
    err_set_at((e), (code), __FILE__, __LINE__, __func__, __VA_ARGS__)

int err_set_at(struct err *e, enum err_code code, const char *file, int line,
               const char *func, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

/* Forget an error that was handled. */
void err_clear(struct err *e);

/* A short name of a code, such as "not found". */
const char *err_name(enum err_code code);

/* What cannot happen. Never for input. Always on; it aborts, and the master starts
 * another process. */
#define INVARIANT(x) ((x) ? (void)0 : invariant_failed(#x, __FILE__, __LINE__))

_Noreturn void invariant_failed(const char *what, const char *file, int line);

#endif
