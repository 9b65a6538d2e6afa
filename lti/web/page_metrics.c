/* The counters in Prometheus' text form, for the addresses that metrics_allow names. */
#include "job/queue.h"
#include "web/error.h"

static void gauge(struct buf *out, const char *name, const char *help, int64_t value)
{
    buf_fmt(out, "# HELP %s %s\n# TYPE %s gauge\n%s %lld\n", name, help, name, name,
            (long long)value);
}

int page_metrics(struct page_ctx *c, struct err *e)
{
    struct buf out;
    struct job_stats jobs;
    if (!conf_in_networks(c->app->conf->metrics_allow, c->req->remote))
        return error_say(c, 403, "error.denied");
    if (job_stats(c->app->db, c->app->env, &jobs, e) != 0)
        return -1;
    buf_init(&out, c->a, 4096);
    if (c->app->metrics != NULL)
        metrics_text(c->app->metrics, &out);
    gauge(&out, "waymark_jobs_due", "Jobs that wait to be run now.", jobs.due);
    gauge(&out, "waymark_jobs_running", "Jobs under way.", jobs.running);
    gauge(&out, "waymark_jobs_dead", "Jobs given up.", jobs.dead);
    gauge(&out, "waymark_jobs_oldest_due_milliseconds",
          "How long the longest-waiting due job has waited.", jobs.oldest_due_ms);
    res_body(c->res, 200, STR("text/plain; version=0.0.4; charset=utf-8"),
             buf_view(&out));
    return 0;
}
