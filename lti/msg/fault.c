#include "msg/fault.h"

#include <stdarg.h>
#include <stdio.h>

#define T(id, message, text)                                                             \
    static const char msgid_##id[] = message;                                            \
    static const char english_##id[] = text;
#include "msg/text.def"
#undef T

static const struct fault_row rows[] = {
    [FAULT_NONE] = {"ok", "", "", 200, "", "", ""},
#define X(id, rule, section, status, text, admin)                                        \
    [FAULT_##id] = {#id, rule, section, status, admin, msgid_##text, english_##text},
#include "msg/fault.def"
#undef X
};

const struct fault_row *fault_row(enum fault_id id)
{
    return id > FAULT_NONE && id < FAULT_N ? &rows[id] : &rows[FAULT_NONE];
}

enum fault_id fault_find(struct str name)
{
    for (int i = FAULT_NONE + 1; i < FAULT_N; i++)
        if (str_is(name, rows[i].name))
            return (enum fault_id)i;
    return FAULT_NONE;
}

/* What was cut in the middle of a character, by us or by the caller, loses its rest: the
 * database takes whole characters only. */
static void whole_characters(char *text)
{
    struct str s = str_c(text);
    for (size_t cut = 0; cut <= 3 && cut <= s.n; cut++)
        if (str_utf8(str_sub(s, 0, s.n - cut))) {
            text[s.n - cut] = '\0';
            return;
        }
    for (char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p >= 0x80)
            *p = '?';
}

int fault_set(struct fault *f, enum fault_id id, const char *fmt, ...)
{
    if (f == NULL)
        return -1;
    f->id = id;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(f->detail, sizeof f->detail, fmt, ap);
    va_end(ap);
    for (char *p = f->detail; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    whole_characters(f->detail);
    return -1;
}
