/* zipmake.h: zip archives for tests, made in memory. */
#ifndef WAYMARK_TESTS_ZIPMAKE_H
#define WAYMARK_TESTS_ZIPMAKE_H

#include "base/str.h"

struct zipmake_entry {
    const char *name;
    struct str text;
    bool encrypted; /* with the password "secret" */
};

/* An archive of these entries, deflated. Aborts on failure. */
struct str zipmake(struct arena *a, const struct zipmake_entry *entries, size_t n);

#endif
