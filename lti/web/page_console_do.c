/* A button of the console: the call is written down and a job asked for, in one go. */
#include "job/queue.h"
#include "store/call.h"
#include "web/error.h"

#define OPEN_MAX 5 /* calls of a course that may wait at once */
#define SCORE_MAX 1000
#define LATE_MS 120000

static const char *const kinds[] = {"members", "items",   "create",
                                    "score",   "results", "delete"};

static bool is_kind(struct str kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_is(kind, kinds[i]))
            return true;
    return false;
}

/* What was chosen: ids only, so that nothing of it needs to be kept secret. */
static struct str choices(struct page_ctx *c)
{
    struct js *o = js_object(c->a);
    js_set_i64(o, "item", page_int(c, "item", 0));
    js_set_i64(o, "person", page_int(c, "person", 0));
    js_set_i64(o, "link", c->session.link_id);
    int64_t score = page_int(c, "score", 0);
    js_set_i64(o, "score", score < 0 ? 0 : score > SCORE_MAX ? SCORE_MAX : score);
    return js_dump(c->a, o);
}

/* Too many calls under way? 1 yes, 0 no, -1. */
static int crowded(struct page_ctx *c, struct err *e)
{
    struct call *rows;
    size_t n, open = 0;
    if (call_list(c->app->db, c->a, c->app->keys, c->session.tenant_id,
                  c->session.course_id, OPEN_MAX, &rows, &n, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        open += str_is(rows[i].state, "waiting") && c->now_ms - rows[i].at_ms < LATE_MS;
    return open >= OPEN_MAX;
}

struct asked {
    struct page_ctx *c;
    struct call call;
};

static int ask_tx(struct db *db, void *ctx, struct err *e)
{
    struct asked *t = ctx;
    struct page_ctx *c = t->c;
    if (call_add(db, c->app->env, &t->call, e) != 0)
        return -1;
    struct job_in in = {.tenant_id = t->call.tenant_id,
                        .kind = STR("console.call"),
                        .key = page_id(c, t->call.id),
                        .payload =
                            str_fmt(c->a, "{\"course\":%lld,\"call\":%lld}",
                                    (long long)t->call.course_id, (long long)t->call.id),
                        .urgent = true,
                        .outside = true};
    return job_add(db, c->app->env, &in, NULL, e) < 0 ? -1 : 0;
}

int page_console_do(struct page_ctx *c, struct err *e)
{
    struct asked t = {.c = c,
                      .call = {.tenant_id = c->session.tenant_id,
                               .course_id = c->session.course_id,
                               .by_person_id = c->session.person_id,
                               .kind = page_field(c, "kind"),
                               .request = choices(c)}};
    if (!is_kind(t.call.kind))
        return error_say(c, 400, "fault.garbled");
    int full = crowded(c, e);
    if (full < 0 || (full == 0 && db_tx(c->app->db, DB_WRITE, ask_tx, &t, e) != 0))
        return -1;
    return page_go(c, "/console", page_console, e);
}
