/* Who is who in an LMS whose API has ids of its own (Canvas). */
#include "base/log.h"
#include "base/map.h"
#include "service/nrps.h"
#include "store/lmsid.h"
#include "store/syncpair.h"
#include "sync/steps.h"

#define ONE_BY_ONE 50 /* at most so many are asked about singly in one run */
#define PAGE_MEMBERS 100

struct reader {
    struct pull *p;
    struct lmsid *rows; /* who lacks an id */
    size_t n;
    bool *vain;         /* the LMS says that there is no such person */
    struct map *by_sub; /* sub -> its row */
};

static int on_member(void *ctx, const struct nrps_member *m, struct err *e)
{
    struct reader *r = ctx;
    struct lmsid *row = map_get(r->by_sub, m->user_id);
    (void)e;
    if (row != NULL && row->lms_id.n == 0 && m->lms_id.n > 0)
        row->lms_id = str_dup(r->p->page, m->lms_id);
    return 0;
}

/* The roster of one of our links tells the LMS's ids of everybody who may open it. */
static int ask_roster(struct reader *r, struct str link, struct err *e)
{
    struct pull *p = r->p;
    struct nrps_walk walk = {.url = p->course.nrps_url,
                             .context_id = p->course.context_id,
                             .limit = PAGE_MEMBERS,
                             .rlid = link};
    struct nrps_sink sink = {on_member, r};
    while (walk.url.n > 0)
        if (nrps_page(&p->app->svc, &p->platform, &walk, &sink, p->page, e) != 0 ||
            pull_beat(p, walk.members, 0, "who is who", "people", e) != 0)
            return -1;
    return 0;
}

/* One by one, for who joined since, and for those whom a link's roster leaves out. An id
 * that does not exist there is not asked for again; a refusal ends the asking. */
static int ask_singly(struct reader *r, struct err *e)
{
    struct pull *p = r->p;
    size_t asked = 0;
    for (size_t i = 0; i < r->n && asked < ONE_BY_ONE; i++) {
        struct err own = {0};
        struct str id = STR_EMPTY;
        if (r->rows[i].lms_id.n > 0)
            continue;
        asked++;
        int rc = p->lms.ops->person(&p->lms, r->rows[i].sub, &id, p->page, &own);
        if (rc != 0 && own.code != ERR_NOTFOUND && own.code != ERR_INPUT) {
            if (own.code == ERR_DENIED) {
                log_err(LOG_INFO, "sync.ids", &own);
                return 0;
            }
            *e = own;
            return -1;
        }
        r->rows[i].lms_id = id;
        r->vain[i] = rc != 0;
    }
    return 0;
}

/* Those who were found, and those whom the LMS does not know: they count as asked. */
static int keep(struct reader *r, struct err *e)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        if (r->rows[i].lms_id.n > 0 || r->vain[i])
            r->rows[n++] = r->rows[i];
    return lmsid_set(r->p->job->db, r->p->course.tenant_id, r->rows, n, e);
}

int ids_step(struct pull *p, struct err *e)
{
    struct reader r = {.p = p, .by_sub = map_new(p->page)};
    struct map *links;
    struct err own = {0};
    if (p->can == 0 || !p->lms.ops->own_ids)
        return 0;
    if (lmsid_missing(p->job->db, p->page, p->course.tenant_id, p->course.id, &r.rows,
                      &r.n, e) != 0)
        return -1;
    if (r.n == 0)
        return 0;
    r.vain = ARENA_ARRAY(p->page, bool, r.n);
    for (size_t i = 0; i < r.n; i++)
        map_put(r.by_sub, r.rows[i].sub, &r.rows[i]);
    if (syncpair_own_links(p->job->db, p->page, p->course.tenant_id, p->course.id, &links,
                           e) != 0)
        return -1;
    bool many = r.n > 3; /* a few are cheaper one by one */
    if (many && p->course.nrps_url.n > 0 && map_len(links) > 0 &&
        ask_roster(&r, map_key(links, 0), &own) != 0) {
        if (own.code == ERR_BUSY || own.code == ERR_CONFLICT ||
            own.code == ERR_UNAVAILABLE || own.code == ERR_INTERNAL) {
            *e = own;
            return -1;
        }
        log_err(LOG_INFO, "sync.ids", &own);
    }
    if (p->lms.ops->person != NULL && ask_singly(&r, e) != 0)
        return -1;
    return keep(&r, e);
}
