/* Can requests be served: does the database answer, with the schema of this version? */
#include "base/log.h"
#include "db/migrate.h"
#include "web/page.h"

int page_readyz(struct page_ctx *c, struct err *e)
{
    struct err why = {0};
    struct str dir = str_fmt(c->a, "%.*s/migrations", STR_ARG(c->app->conf->config_dir));
    (void)e;
    bool ready = migrate_check(c->app->db, dir, &why) == 0;
    if (!ready)
        log_err(LOG_WARN, "web.not_ready", &why);
    res_body(c->res, ready ? 200 : 503, STR("text/plain; charset=utf-8"),
             ready ? STR("ready\n") : STR("not ready: see the log\n"));
    return 0;
}
