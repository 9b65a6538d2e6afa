#include "sync/steps.h"

#include "base/map.h"
#include "msg/role.h"
#include "service/nrps.h"

#define PAGE_MEMBERS 100 /* what we ask for; platforms send what they like */

/* What is known of a person in this run. */
struct person {
    int64_t roles;
    bool staff; /* the LMS says so itself */
};

struct reader {
    struct pull *p;
    struct roster_run run;
    struct roster_counts counts;
    struct map *people; /* sub -> struct person; in p->a */
    struct vec rows;    /* struct roster_row, in p->batch */
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
}

static int flush(struct reader *r, struct err *e)
{
    struct learn l = pull_learn(r->p, r->p->batch);
    if (r->rows.n > 0 &&
        roster_apply(&l, &r->run, r->rows.p, r->rows.n, &r->counts, e) != 0)
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
static int on_staff(void *ctx, const struct lms_person *m, struct err *e)
{
    (void)e;
    if ((bits_of(m) & (ROLE_INSTRUCTOR | ROLE_LEARNER)) == ROLE_INSTRUCTOR)
        person_of(ctx, m->id)->staff = true;
    return 0;
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
        .name = name_of(a, m),
        .email = str_dup(a, m->email),
        .active = m->status == NRPS_ACTIVE,
    };
    set_roles(r, row, bits);
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
    arena_reset(p->page);
    p->mark.url = walk->url = str_dup(p->page, url);
    p->mark.loop = walk->mark = str_dup(p->page, mark);
    p->mark.pages = walk->pages;
    p->mark.rows = walk->members;
    p->mark.skipped = walk->skipped;
    p->mark.added = (int64_t)r->counts.added;
    if (walk->url.n > 0 && pull_save(p, e) != 0)
        return -1;
    return pull_beat(p, walk->members, 0, "roster", "people", e);
}

static int from_nrps(struct reader *r, struct err *e)
{
    struct pull *p = r->p;
    bool resumed = p->mark.url.n > 0;
    struct nrps_walk walk = {
        .url = resumed ? p->mark.url : p->course.nrps_url,
        .context_id = p->course.context_id,
        .mark = p->mark.loop,
        .pages = (int)p->mark.pages,
        .members = p->mark.rows,
        .skipped = p->mark.skipped,
        .limit = PAGE_MEMBERS,
    };
    if ((p->can & LMS_PEOPLE) != 0 &&
        p->lms.ops->people(&p->lms, p->course.context_id, on_staff, r, p->batch, NULL) !=
            0)
        r->people = map_new(p->a); /* then NRPS alone decides */
    do {
        if (read_page(r, &walk, e) != 0)
            return -1;
    } while (walk.url.n > 0);
    return 0;
}

/* --- without NRPS: the LMS's own list ---------------------------------------- */

static int on_person(void *ctx, const struct lms_person *m, struct err *e)
{
    struct reader *r = ctx;
    struct roster_row *row = vec_push(&r->rows);
    struct str id = str_dup(r->p->batch, m->id);
    *row = (struct roster_row){.sub = id, .lms_id = id, .active = true};
    set_roles(r, row, bits_of(m));
    r->p->mark.rows++;
    return r->rows.n >= PULL_BATCH ? flush(r, e) : 0;
}

static int from_lms(struct reader *r, struct err *e)
{
    struct pull *p = r->p;
    begin(r);
    p->mark.rows = 0;
    if (p->lms.ops->people(&p->lms, p->course.context_id, on_person, r, p->page, e) !=
            0 ||
        flush(r, e) != 0)
        return -1;
    return pull_beat(p, p->mark.rows, 0, "roster", "people", e);
}

int roster_step(struct pull *p, struct err *e)
{
    bool nrps = p->course.nrps_url.n > 0;
    if (!nrps && (p->can & LMS_PEOPLE) == 0)
        return 0;
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
    return roster_finish(&l, &r.run, true, &r.counts, e);
}
