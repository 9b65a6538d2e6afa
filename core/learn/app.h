/* app.h: what a job worker holds from start to end and gives to every handler
 * (job_ctx.app). lti/sync puts its own things behind it: struct sync_app begins with
 * this. */
#ifndef WAYMARK_LEARN_APP_H
#define WAYMARK_LEARN_APP_H

#include "base/conf.h"
#include "base/keyring.h"

struct learn_app {
    const struct conf *conf;
    const struct keyring *keys;
};

#endif
