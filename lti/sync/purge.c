#include "sync/purge.h"

#include "base/log.h"
#include "msg/noticebox.h"
#include "store/accesstoken.h"
#include "store/call.h"
#include "store/import.h"
#include "store/invitation.h"
#include "store/login.h"
#include "store/notice.h"
#include "store/origin.h"
#include "store/personalias.h"
#include "store/picking.h"
#include "store/registering.h"
#include "store/session.h"
#include "store/statement.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS INT64_C(86400000)
#define LOG_DAYS 30
#define REFUSED_MOST 100000 /* anybody may cause a refusal */
#define DONE_DAYS 30
#define DEAD_DAYS 90
#define ALIAS_DAYS 400  /* a roster tells a name again at least once a year */
#define ORIGIN_DAYS 400 /* a course that is copied for next year may wait so long */

int purge_job(struct job_ctx *c, struct err *e)
{
    const struct sync_app *app = c->app;
    const struct conf *conf = app->learn.conf;
    int64_t now = env_now_ms(c->env);
    int64_t n[] = {
        login_purge(c->db, now, e),
        session_purge(c->db, now, e),
        accesstoken_purge(c->db, now, e),
        notice_purge(c->db, now - DAY_MS, e),
        login_notes_purge(c->db, now - LOG_DAYS * DAY_MS, e),
        login_notes_trim(c->db, REFUSED_MOST, e),
        call_purge(c->db, now - DAY_MS, e),
        job_purge(c->db, now - DONE_DAYS * DAY_MS, now - DEAD_DAYS * DAY_MS, e),
        registering_purge(c->db, now, e),
        invitation_purge(c->db, now - LOG_DAYS * DAY_MS, e),
        invitation_tries_purge(c->db, now - DAY_MS, e),
        picking_purge(c->db, now - DAY_MS, e),
        origin_purge(c->db, now - ORIGIN_DAYS * DAY_MS, e),
        import_run_purge(c->db, now - DAY_MS, e),
        personalias_purge(c->db, now - ALIAS_DAYS * DAY_MS, e),
        statement_expire(c->db, now - conf->statement_wait_days * DAY_MS, e),
        statement_purge(c->db, now - conf->statement_days * DAY_MS, e),
        notice_jobs_purge(c->db, STR(NOTICEBOX_JOB), now - HOUR_MS, now - DAY_MS, e),
    };
    for (size_t i = 0; i < sizeof n / sizeof n[0]; i++)
        if (n[i] < 0)
            return -1;
    if (db_upkeep(c->db, e) != 0)
        return -1;
    log_put(LOG_INFO, "purge", KVI("logins", n[0]), KVI("sessions", n[1]),
            KVI("tokens", n[2]), KVI("notices", n[3]), KVI("launch_log", n[4]),
            KVI("refusals", n[5]), KVI("console", n[6]), KVI("jobs", n[7]));
    return 0;
}
