#include "learn/roster.h"

#include "base/log.h"
#include "base/map.h"
#include "learn/recompute.h"
#include "learn/who.h"
#include "store/person.h"
#include "store/personalias.h"
#include "store/source.h"
#include "store/stmt.h"

#define LOCALE_N 35 /* longest language tag kept */
#define TEXT_N 2048 /* of a name or an address, as of a launch's */
#define ID_N 255

/* A person of the course as stored. */
struct known {
    int64_t person_id; /* 0: new */
    struct str name_sealed, locale, lms_id;
    bool enrolled;
    int64_t roles;
    bool is_learner, is_staff, is_test, active;
    struct str source;
    struct personalias_person names;
};

static int look(struct db *db, struct learn *l, struct str sub, struct known *k,
                struct err *e)
{
    *k = (struct known){0};
    struct db_rows *r =
        db_ask(db, S_ROSTER_LOOK, e, DB_I(l->tenant_id), DB_I(l->course_id), DB_T(sub));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1) {
        *k = (struct known){
            .person_id = db_i64(r, 0),
            .name_sealed = str_dup(l->a, db_text(r, 1)),
            .locale = str_dup(l->a, db_text(r, 2)),
            .lms_id = str_dup(l->a, db_text(r, 3)),
            .enrolled = !db_null(r, 4),
            .roles = db_i64(r, 4),
            .is_learner = db_i64(r, 5) != 0,
            .is_staff = db_i64(r, 6) != 0,
            .is_test = db_i64(r, 7) != 0,
            .active = str_is(db_text(r, 8), "active"),
            .source = str_dup(l->a, db_text(r, 9)),
        };
        personalias_split(l->a, db_text(r, 10), &k->names);
    }
    db_end(r);
    return found < 0 ? -1 : 0;
}

/* What the platform shares now, sealed; the old text stays when it says the same, or says
 * nothing (a launch may tell more than a roster). */
static int reseal(struct learn *l, int64_t person_id, const char *field, struct str plain,
                  struct str *sealed, bool *changed, struct err *e)
{
    if (plain.n == 0 || l->keys == NULL)
        return 0;
    struct str old = person_open(l->a, l->keys, l->tenant_id, person_id, field, *sealed);
    if (str_eq(old, plain))
        return 0;
    *changed = true;
    return person_seal(l->a, l->env, l->keys, l->tenant_id, person_id, field, plain,
                       sealed, e);
}

static struct db_arg opt_t(struct str s)
{
    return s.n > 0 ? DB_T(s) : DB_N;
}

/* Names are shown; mail addresses are not, so a roster's are not kept (NRPS-5). */
static int put_person(struct db *db, struct learn *l, const struct roster_row *row,
                      struct known *k, struct err *e)
{
    bool fresh = k->person_id == 0, changed = fresh;
    if (fresh)
        k->person_id = env_id(l->env);
    if (reseal(l, k->person_id, "name", str_head(row->name, TEXT_N), &k->name_sealed,
               &changed, e) < 0)
        return -1;
    struct str locale =
        row->locale.n > 0 && row->locale.n <= LOCALE_N ? row->locale : k->locale;
    struct str lms_id =
        row->lms_id.n > 0 && row->lms_id.n <= ID_N ? row->lms_id : k->lms_id;
    changed = changed || !str_eq(locale, k->locale) || !str_eq(lms_id, k->lms_id);
    if (!changed)
        return 0;
    int64_t n =
        fresh ? db_do(db, S_ROSTER_PERSON_ADD, e, DB_I(l->tenant_id), DB_I(k->person_id),
                      DB_T(row->sub), opt_t(k->name_sealed), DB_T(locale), opt_t(lms_id),
                      DB_I(env_now_ms(l->env)))
              : db_do(db, S_ROSTER_PERSON_SET, e, DB_I(l->tenant_id), DB_I(k->person_id),
                      opt_t(k->name_sealed), DB_T(locale), opt_t(lms_id));
    return n < 0 ? -1 : 0;
}

static int put_enrolment(struct db *db, struct learn *l, const struct roster_run *run,
                         const struct roster_row *row, const struct known *k,
                         struct err *e)
{
    /* A launch is signed word about this person's role; Moodle's NRPS calls non-editing
     * teachers learners. */
    bool keep_staff =
        k->enrolled && k->is_staff && !row->is_staff && str_is(k->source, "launch");
    int64_t roles = keep_staff ? k->roles : row->roles;
    bool learner = keep_staff ? k->is_learner : row->is_learner;
    bool staff = keep_staff || row->is_staff;
    struct str source = keep_staff ? k->source : run->source;
    if (k->enrolled && k->roles == roles && k->is_learner == learner &&
        k->is_staff == staff && k->is_test == row->is_test && k->active == row->active &&
        str_eq(k->source, source))
        return db_do(db, S_ROSTER_SEEN, e, DB_I(l->tenant_id), DB_I(l->course_id),
                     DB_I(k->person_id), DB_I(run->run_ms)) < 0
                   ? -1
                   : 0;
    int64_t n =
        db_do(db, S_ROSTER_ENROL, e, DB_I(l->tenant_id), DB_I(l->course_id),
              DB_I(k->person_id), DB_I(roles), DB_I(learner), DB_I(staff),
              DB_I(row->is_test), DB_T(row->active ? STR("active") : STR("inactive")),
              DB_T(source), DB_I(run->run_ms));
    return n < 0 ? -1 : 0;
}

/* Mail addresses and the school's numbers stay as marks alone. */
static int put_names(struct learn *l, const struct roster_row *row, struct known *k,
                     struct err *e)
{
    struct who_note note = {
        .sourcedid = row->sourcedid, .email = row->email, .login = row->login};
    k->names.person_id = k->person_id;
    return who_note_one(l, &k->names, &note, e);
}

struct page {
    struct learn *l;
    const struct roster_run *run;
    const struct roster_row *rows;
    size_t n;
    struct roster_counts c; /* of this page */
};

static int page_tx(struct db *db, void *ctx, struct err *e)
{
    struct page *p = ctx;
    p->c = (struct roster_counts){0};
    for (size_t i = 0; i < p->n; i++) {
        const struct roster_row *row = &p->rows[i];
        struct known k;
        if (row->sub.n == 0 || row->sub.n > 255 || str_has_nul(row->sub)) {
            p->c.refused++;
            continue;
        }
        if (look(db, p->l, row->sub, &k, e) < 0)
            return -1;
        p->c.added += !k.enrolled;
        p->c.seen++;
        if (put_person(db, p->l, row, &k, e) < 0 || put_names(p->l, row, &k, e) < 0 ||
            put_enrolment(db, p->l, p->run, row, &k, e) < 0)
            return -1;
    }
    return 0;
}

int roster_apply(struct learn *l, const struct roster_run *run,
                 const struct roster_row *rows, size_t n, struct roster_counts *c,
                 struct err *e)
{
    struct err own = {0};
    e = e != NULL ? e : &own;
    struct page p = {.l = l, .run = run, .rows = rows, .n = n};
    int rc = db_tx(l->db, DB_WRITE, page_tx, &p, e);
    if (rc < 0 && e->code == ERR_CONFLICT) {
        /* A launch made the same person at the same moment: now it can be seen. */
        err_clear(e);
        rc = db_tx(l->db, DB_WRITE, page_tx, &p, e);
    }
    if (rc < 0)
        return -1;
    c->seen += p.c.seen;
    c->added += p.c.added;
    c->refused += p.c.refused;
    return 0;
}

struct finish {
    struct learn *l;
    const struct roster_run *run;
    const struct roster_counts *c;
    int64_t unseen;
};

static int finish_tx(struct db *db, void *ctx, struct err *e)
{
    struct finish *f = ctx;
    struct learn *l = f->l;
    f->unseen = db_do(db, S_ROSTER_UNSEEN, e, DB_I(l->tenant_id), DB_I(l->course_id),
                      DB_I(f->run->run_ms));
    if (f->unseen < 0)
        return -1;
    if (source_ok(db, l->tenant_id, l->course_id, STR("roster"), f->run->run_ms,
                  (int64_t)f->c->seen, 0, e) < 0)
        return -1;
    /* New students get their first recommendations. */
    return f->c->added > 0 ? recompute_enqueue(l, e) : 0;
}

int roster_finish(struct learn *l, const struct roster_run *run, bool complete,
                  struct roster_counts *c, struct err *e)
{
    if (!complete)
        return 0;
    struct finish f = {.l = l, .run = run, .c = c};
    if (db_tx(l->db, DB_WRITE, finish_tx, &f, e) < 0)
        return -1;
    c->inactive += (size_t)f.unseen;
    log_put(LOG_INFO, "roster.complete", KVI("course", l->course_id),
            KVI("seen", (int64_t)c->seen), KVI("added", (int64_t)c->added),
            KVI("inactive", f.unseen));
    return 0;
}

struct change {
    struct learn *l;
    const struct roster_run *run;
    const struct roster_counts *c;
};

static int changed_tx(struct db *db, void *ctx, struct err *e)
{
    const struct change *x = ctx;
    struct learn *l = x->l;
    struct db_rows *r =
        db_ask(db, S_ENROLLED_COUNT, e, DB_I(l->tenant_id), DB_I(l->course_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    int64_t n = found == 1 ? db_i64(r, 0) : 0;
    db_end(r);
    if (found < 0 || source_ok(db, l->tenant_id, l->course_id, STR("roster"),
                               x->run->run_ms, n, 0, e) < 0)
        return -1;
    return x->c->added > 0 ? recompute_enqueue(l, e) : 0;
}

int roster_changed(struct learn *l, const struct roster_run *run,
                   const struct roster_counts *c, struct err *e)
{
    struct change x = {l, run, c};
    return db_tx(l->db, DB_WRITE, changed_tx, &x, e);
}

int roster_differences(struct learn *l, struct str url, int64_t full_ms, struct err *e)
{
    return db_do(l->db, S_ROSTER_DIFFERENCES, e, DB_I(l->tenant_id), DB_I(l->course_id),
                 url.n > 0 ? DB_T(url) : DB_N, DB_I(full_ms)) < 0
               ? -1
               : 0;
}

struct roster_index {
    struct map *by_key;
};

struct roster_index *roster_index(struct learn *l, enum roster_by by, struct err *e)
{
    struct roster_index *x = ARENA_NEW(l->a, struct roster_index);
    x->by_key = map_new(l->a);
    struct db_rows *r =
        db_ask(l->db, by == ROSTER_BY_SUB ? S_ROSTER_BY_SUB : S_ROSTER_BY_LMS_ID, e,
               DB_I(l->tenant_id), DB_I(l->course_id));
    if (r == NULL)
        return NULL;
    int more;
    while ((more = db_next(r, e)) == 1) {
        int64_t *id = ARENA_NEW(l->a, int64_t);
        *id = db_i64(r, 1);
        if (db_null(r, 0))
            continue;
        map_put(x->by_key, db_text(r, 0), id);
    }
    db_end(r);
    return more < 0 ? NULL : x;
}

int64_t roster_person(const struct roster_index *x, struct str key)
{
    const int64_t *id = map_get(x->by_key, key);
    return id != NULL ? *id : 0;
}
