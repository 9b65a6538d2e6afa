/* setup.h: what the master reads once and its workers share by fork: configuration,
 * templates, texts, keys. SIGHUP makes a new one; workers of the old one keep the old. */
#ifndef WAYMARK_PROC_SETUP_H
#define WAYMARK_PROC_SETUP_H

#include "jose/toolkey.h"
#include "net/guard.h"
#include "proc/proc.h"
#include "view/tmpl.h"

struct setup {
    struct arena *a;
    struct conf conf;
    struct keyring keys;
    struct guard guard;
    struct toolkey *toolkey;          /* the web roles only */
    const struct tmpl_set *templates; /* the web roles only */
    const struct catalogue_set *texts;
};

/* Read and check everything. NULL with the first thing that is wrong (all problems of the
 * configuration go to the log). Release with setup_free. */
struct setup *setup_load(const struct proc_opt *opt, struct err *e);
void setup_free(struct setup *s);

/* How many processes answer pages. */
int64_t setup_web_workers(const struct setup *s);

/* A database handle of this process; never carried over fork(). */
struct db *setup_db(const struct setup *s, struct err *e);

#endif
