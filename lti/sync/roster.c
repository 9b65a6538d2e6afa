#include "sync/steps.h"

#include "base/log.h"
#include "base/map.h"
#include "learn/groups.h"
#include "msg/role.h"
#include "service/nrps.h"

#define PAGE_MEMBERS 100 /* what we ask for; platforms send what they like */
#define FULL_MS (INT64_C(24) * 3600000) /* so old may the last whole roster be */

/* What is known of a person in this run. */
struct person {
    int64_t roles;
    bool staff;                         /* the LMS says so itself */
    struct str sourcedid, email, login; /* as the LMS tells, or empty */
};

struct reader {
    struct pull *p;
    struct roster_run run;
    struct roster_counts counts;
    struct map *people; /* sub -> struct person; in p->a */
    struct vec rows;    /* struct roster_row, in p->batch */
    struct vec groups;  /* struct groups_member, in p->batch */
};

static struct person *person_of(struct reader *r, struct str sub)
{
    struct person *x = map_get(r->people, sub);
    if (x == NULL) {
        x = ARENA_NEW(r->p->a, struct person);
        map_put(r->people, sub, x);
    }
    return x;
}

static void begin(struct reader *r)
{
    arena_reset(r->p->batch);
    vec_init(&r->rows, r->p->batch, sizeof(struct roster_row));
    vec_init(&r->groups, r->p->batch, sizeof(struct groups_member));
}

static int flush(struct reader *r, struct err *e)
{
    struct learn l = pull_learn(r->p, r->p->batch);
    if (r->rows.n > 0 &&
        roster_apply(&l, &r->run, r->rows.p, r->rows.n, &r->counts, e) != 0)
        return -1;
    if (groups_put_members(&l, r->run.run_ms, r->groups.p, r->groups.n, e) != 0)
        return -1;
    begin(r);
    return 0;
}

/* --- Moodle's own roles ------------------------------------------------------ */

/* Roles by their short names as every Moodle has them. */
static int64_t bits_of(const struct lms_person *m)
{
    int64_t bits = 0;
    for (size_t i = 0; i < m->roles_n; i++) {
        struct str role = m->roles[i];
        if (str_is(role, "student"))
            bits |= ROLE_LEARNER;
        else if (str_is(role, "teacher") || str_is(role, "editingteacher"))
            bits |= ROLE_INSTRUCTOR;
        else
            bits |= ROLE_UNKNOWN;
    }
    return bits;
}

/* Moodle's NRPS calls non-editing teachers learners; its own list knows better. */
static int on_listed(void *ctx, const struct lms_person *m, struct err *e)
{
    struct reader *r = ctx;
    struct arena *a = r->p->a;
    struct person *known = person_of(r, m->id);
    (void)e;
    known->staff = (bits_of(m) & (ROLE_INSTRUCTOR | ROLE_LEARNER)) == ROLE_INSTRUCTOR;
    known->sourcedid = str_dup(a, m->sourcedid);
    known->email = str_dup(a, m->email);
    known->login = str_dup(a, m->login);
    visits_seen(r->p, m->id, m->last_access_ms);
    return 0;
}

/* What NRPS tells goes before what the LMS's own list does. */
static struct str either(struct arena *a, struct str first, struct str second)
{
    return str_dup(a, first.n > 0 ? first : second);
}

/* --- NRPS -------------------------------------------------------------------- */

static struct str name_of(struct arena *a, const struct nrps_member *m)
{
    if (m->name.n > 0)
        return str_dup(a, m->name);
    return str_trim(
        str_fmt(a, "%.*s %.*s", STR_ARG(m->given_name), STR_ARG(m->family_name)));
}

static void set_roles(struct reader *r, struct roster_row *row, int64_t bits)
{
    row->roles = bits;
    row->is_learner = role_is_learner(bits);
    row->is_staff = role_is_staff(bits, r->p->reg.admins_are_staff);
    row->is_test = (bits & ROLE_TEST_USER) != 0;
}

/* Somebody who is listed twice has the roles of both (I95). */
static int on_member(void *ctx, const struct nrps_member *m, struct err *e)
{
    struct reader *r = ctx;
    struct arena *a = r->p->batch;
    struct person *known = person_of(r, m->user_id);
    for (size_t i = 0; i < m->roles_n; i++)
        known->roles |= role_bits(m->roles[i]);
    int64_t bits = known->roles;
    if (known->staff)
        bits = (bits & ~ROLE_LEARNER) | ROLE_INSTRUCTOR;
    struct roster_row *row = vec_push(&r->rows);
    *row = (struct roster_row){
        .sub = str_dup(a, m->user_id),
        .name = m->status == NRPS_DELETED ? STR_EMPTY : name_of(a, m),
        .sourcedid = either(a, m->sourcedid, known->sourcedid),
        .email = either(a, m->email, known->email),
        .login = either(a, m->login, known->login),
        .active = m->status == NRPS_ACTIVE,
    };
    set_roles(r, row, bits);
    for (size_t i = 0; i < m->groups_n; i++)
        *(struct groups_member *)vec_push(&r->groups) =
            (struct groups_member){str_dup(a, m->groups[i]), row->sub};
    return r->rows.n >= PULL_BATCH ? flush(r, e) : 0;
}

/* The next page; the checkpoint then names the one behind it. */
static int read_page(struct reader *r, struct nrps_walk *walk, struct err *e)
{
    struct pull *p = r->p;
    struct nrps_sink sink = {on_member, r};
    begin(r);
    if (nrps_page(&p->app->svc, &p->platform, walk, &sink, p->page, e) != 0 ||
        flush(r, e) != 0)
        return -1;
    struct str url = str_dup(p->batch, walk->url), mark = str_dup(p->batch, walk->mark);
    struct str since = str_dup(p->batch, walk->differences);
    arena_reset(p->page);
    p->mark.url = walk->url = str_dup(p->page, url);
    p->mark.loop = walk->mark = str_dup(p->page, mark);
    p->mark.since = walk->differences = str_dup(p->page, since);
    p->mark.pages = walk->pages;
    p->mark.rows = walk->members;
    p->mark.skipped = walk->skipped;
    p->mark.added = (int64_t)r->counts.added;
    if (walk->url.n > 0 && (pull_save(p, e) != 0 || pull_turn(p, e) != 0))
        return -1;
    return pull_beat(p, walk->members, 0, "roster", "people", e);
}

/* Everybody, or what changed since the last reading. */
static int walk_nrps(struct reader *r, struct str start, struct err *e)
{
    struct pull *p = r->p;
    bool resumed = p->mark.url.n > 0, changes = p->mark.changes == 1;
    struct nrps_walk walk = {
        .url = resumed ? p->mark.url : start,
        .context_id = p->course.context_id,
        .mark = p->mark.loop,
        .pages = (int)p->mark.pages,
        .members = p->mark.rows,
        .skipped = p->mark.skipped,
        .limit = changes ? 0 : PAGE_MEMBERS,
        .groups = !changes && p->course.groups_url.n > 0,
        .differences = p->mark.since,
    };
    do {
        if (read_page(r, &walk, e) != 0)
            return -1;
    } while (walk.url.n > 0);
    return 0;
}

/* The place is on the site of the newest signed claim: our token goes nowhere else. */
static bool is_recent(const struct pull *p)
{
    const struct course *c = &p->course;
    return c->nrps_differences_url.n > 0 && p->mark.run_ms - c->nrps_full_ms < FULL_MS &&
           str_eq(http_host(p->page, c->nrps_differences_url),
                  http_host(p->page, c->nrps_url));
}

/* Of a reading of changes that a platform refuses, nothing is lost: everybody is read. */
static int from_nrps(struct reader *r, struct err *e)
{
    struct pull *p = r->p;
    struct err own = {0};
    if ((p->can & LMS_PEOPLE) != 0 && !p->lms.ops->own_ids &&
        p->lms.ops->people(&p->lms, p->access.course, on_listed, r, p->batch, NULL) !=
            0) {
        r->people = map_new(p->a); /* then NRPS alone decides */
        p->seen = NULL;
    }
    if (p->mark.url.n == 0)
        p->mark.changes = is_recent(p);
    if (p->mark.changes == 1) {
        if (walk_nrps(r, p->course.nrps_differences_url, &own) == 0)
            return 0;
        if (own.code != ERR_DENIED && own.code != ERR_NOTFOUND && own.code != ERR_INPUT &&
            own.code != ERR_LIMIT) {
            *e = own;
            return -1;
        }
        log_err(LOG_INFO, "roster.differences", &own);
        p->mark.url = p->mark.loop = p->mark.since = STR_EMPTY;
        p->mark.pages = p->mark.rows = p->mark.skipped = p->mark.added = 0;
        p->mark.changes = 0;
    }
    return walk_nrps(r, p->course.nrps_url, e);
}

/* Where to ask for changes next time. A reading of changes that tells no new place leaves
 * the old one. */
static int note_since(struct pull *p, struct learn *l, struct err *e)
{
    if (p->mark.changes == 0)
        return roster_differences(l, p->mark.since, p->mark.run_ms, e);
    return p->mark.since.n == 0
               ? 0
               : roster_differences(l, p->mark.since, p->course.nrps_full_ms, e);
}

/* --- without NRPS: the LMS's own list ---------------------------------------- */

static int on_person(void *ctx, const struct lms_person *m, struct err *e)
{
    struct reader *r = ctx;
    struct roster_row *row = vec_push(&r->rows);
    struct str id = str_dup(r->p->batch, m->id);
    *row = (struct roster_row){.sub = id,
                               .lms_id = id,
                               .sourcedid = str_dup(r->p->batch, m->sourcedid),
                               .email = str_dup(r->p->batch, m->email),
                               .login = str_dup(r->p->batch, m->login),
                               .active = true};
    visits_seen(r->p, m->id, m->last_access_ms);
    set_roles(r, row, bits_of(m));
    r->p->mark.rows++;
    return r->rows.n >= PULL_BATCH ? flush(r, e) : 0;
}

static int from_lms(struct reader *r, struct err *e)
{
    struct pull *p = r->p;
    begin(r);
    p->mark.rows = 0;
    if (p->lms.ops->people(&p->lms, p->access.course, on_person, r, p->page, e) != 0 ||
        flush(r, e) != 0)
        return -1;
    return pull_beat(p, p->mark.rows, 0, "roster", "people", e);
}

int roster_step(struct pull *p, struct err *e)
{
    bool nrps = p->course.nrps_url.n > 0;
    if (!nrps && ((p->can & LMS_PEOPLE) == 0 || p->lms.ops->own_ids))
        return 0; /* ids that no launch would have are no roster */
    struct reader r = {
        .p = p,
        .run = {p->mark.run_ms, nrps ? STR("nrps") : STR("moodle")},
        .people = map_new(p->a),
        .counts = {.added = (size_t)p->mark.added},
    };
    if ((nrps ? from_nrps(&r, e) : from_lms(&r, e)) != 0)
        return -1;
    struct learn l = pull_learn(p, p->batch);
    r.counts.seen = (size_t)p->mark.rows; /* of the whole run, earlier attempts too */
    if (nrps && note_since(p, &l, e) != 0)
        return -1;
    if (p->mark.changes == 1)
        return roster_changed(&l, &r.run, &r.counts, e);
    /* Where NRPS tells no groups, step "groups" has them from the LMS. */
    bool told = nrps && (p->course.groups_url.n > 0 || (p->can & LMS_GROUPS) == 0 ||
                         p->lms.ops->own_ids);
    if (told && groups_finish_members(&l, p->mark.run_ms, e) != 0)
        return -1;
    return roster_finish(&l, &r.run, true, &r.counts, e);
}
