#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int err_set_at(struct err *e, enum err_code code, const char *file, int line,
               const char *func, const char *fmt, ...)
{
    if (e == NULL)
        return -1;
    e->code = code;
    e->file = file;
    e->line = line;
    e->func = func;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    return -1;
}

void err_clear(struct err *e)
{
    if (e != NULL)
        memset(e, 0, sizeof *e);
}

const char *err_name(enum err_code code)
{
    static const char *const names[] = {
        [ERR_NONE] = "none",          [ERR_INPUT] = "bad input",
        [ERR_NOTFOUND] = "not found", [ERR_CONFLICT] = "conflict",
        [ERR_DENIED] = "denied",      [ERR_LIMIT] = "over a limit",
        [ERR_BUSY] = "busy",          [ERR_UNAVAILABLE] = "unavailable",
        [ERR_INTERNAL] = "internal",
    };
    return (unsigned)code < sizeof names / sizeof *names ? names[code] : "unknown";
}

_Noreturn void invariant_failed(const char *what, const char *file, int line)
{
    fprintf(
        stderr,
        "{\"level\":\"fatal\",\"code\":\"invariant\",\"at\":\"%s:%d\",\"what\":\"%s\"}\n",
        file, line, what);
    abort();
}
