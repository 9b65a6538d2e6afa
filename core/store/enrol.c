#include "store/enrol.h"

#include "store/stmt.h"

static void read_row(struct db_rows *r, struct arena *a, struct enrol_known *out)
{
    *out = (struct enrol_known){
        .tenant_id = db_i64(r, 0),
        .tenant_state = str_dup(a, db_text(r, 1)),
        .course = {.id = db_i64(r, 2),
                   .title = str_dup(a, db_text(r, 3)),
                   .label = str_dup(a, db_text(r, 4)),
                   .has_map = !db_null(r, 5),
                   .nrps_url = str_dup(a, db_text(r, 6)),
                   .ags_lineitems_url = str_dup(a, db_text(r, 7)),
                   .ags_scopes = str_dup(a, db_text(r, 8)),
                   .platform_url = str_dup(a, db_text(r, 9)),
                   .groups_url = str_dup(a, db_text(r, 23)),
                   .group_sets_url = str_dup(a, db_text(r, 24))},
        .link = {.id = db_i64(r, 10),
                 .title = str_dup(a, db_text(r, 11)),
                 .custom = str_dup(a, db_text(r, 12)),
                 .ags_lineitem_url = str_dup(a, db_text(r, 13))},
        .person = {.id = db_i64(r, 14),
                   .name_sealed = str_dup(a, db_text(r, 15)),
                   .locale = str_dup(a, db_text(r, 16))},
        .role = {.known = !db_null(r, 17),
                 .roles = db_i64(r, 17),
                 .is_learner = db_i64(r, 18) != 0,
                 .is_staff = db_i64(r, 19) != 0,
                 .is_test = db_i64(r, 20) != 0,
                 .active = str_is(db_text(r, 21), "active"),
                 .seen_ms = db_i64(r, 22),
                 .by_launch = str_is(db_text(r, 28), "launch")},
        .pns = {.url = str_dup(a, db_text(r, 25)),
                .offered = str_dup(a, db_text(r, 26)),
                .checked_ms = db_i64(r, 27)},
    };
}

int enrol_look(struct db *db, struct arena *a, int64_t registration_id,
               struct str deployment_id, struct str context_id, struct str link_id,
               struct str sub, struct enrol_known *out, struct err *e)
{
    *out = (struct enrol_known){0};
    struct db_rows *r =
        db_ask(db, S_ENROL_LOOK, e, DB_I(registration_id), DB_T(deployment_id),
               DB_T(context_id), DB_T(link_id), DB_T(sub));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1)
        read_row(r, a, out);
    db_end(r);
    return rc < 0 ? -1 : 0;
}

/* An insert that did nothing met a row that was not there when we looked. */
static int added(int64_t n, struct err *e)
{
    if (n == 0)
        return err_set(e, ERR_BUSY, "another launch made the same row");
    return n < 0 ? -1 : 0;
}

int enrol_course_add(struct db *db, int64_t tenant_id, struct str context_id,
                     const struct enrol_course *c, int64_t now_ms, struct err *e)
{
    return added(db_do(db, S_COURSE_ADD, e, DB_I(tenant_id), DB_I(c->id),
                       DB_T(context_id), DB_T(c->title), DB_T(c->label),
                       db_opt_text(c->nrps_url), db_opt_text(c->ags_lineitems_url),
                       DB_T(c->ags_scopes), db_opt_text(c->platform_url), DB_I(now_ms),
                       db_opt_text(c->groups_url), db_opt_text(c->group_sets_url)),
                 e);
}

int enrol_course_set(struct db *db, int64_t tenant_id, const struct enrol_course *c,
                     struct err *e)
{
    int64_t n =
        db_do(db, S_COURSE_SET, e, DB_T(c->title), DB_T(c->label),
              db_opt_text(c->nrps_url), db_opt_text(c->ags_lineitems_url),
              DB_T(c->ags_scopes), db_opt_text(c->platform_url), DB_I(tenant_id),
              DB_I(c->id), db_opt_text(c->groups_url), db_opt_text(c->group_sets_url));
    return n < 0 ? -1 : 0;
}

int enrol_link_add(struct db *db, int64_t tenant_id, int64_t course_id,
                   struct str resource_link_id, const struct enrol_link *l,
                   int64_t now_ms, struct err *e)
{
    return added(db_do(db, S_LINK_ADD, e, DB_I(tenant_id), DB_I(l->id), DB_I(course_id),
                       DB_T(resource_link_id), DB_T(l->title), DB_T(l->custom),
                       db_opt_text(l->ags_lineitem_url), DB_I(now_ms)),
                 e);
}

int enrol_link_set(struct db *db, int64_t tenant_id, const struct enrol_link *l,
                   struct err *e)
{
    int64_t n = db_do(db, S_LINK_SET, e, DB_T(l->title), DB_T(l->custom),
                      db_opt_text(l->ags_lineitem_url), DB_I(tenant_id), DB_I(l->id));
    return n < 0 ? -1 : 0;
}

int enrol_person_add(struct db *db, int64_t tenant_id, struct str sub,
                     const struct enrol_person *p, int64_t now_ms, struct err *e)
{
    return added(db_do(db, S_PERSON_ADD, e, DB_I(tenant_id), DB_I(p->id), DB_T(sub),
                       db_opt_text(p->name_sealed), DB_T(p->locale), DB_I(now_ms)),
                 e);
}

int enrol_person_set(struct db *db, int64_t tenant_id, const struct enrol_person *p,
                     struct err *e)
{
    int64_t n = db_do(db, S_PERSON_SET, e, db_opt_text(p->name_sealed),
                      DB_T(p->locale), DB_I(tenant_id), DB_I(p->id));
    return n < 0 ? -1 : 0;
}

int enrol_role_set(struct db *db, int64_t tenant_id, int64_t course_id, int64_t person_id,
                   const struct enrol_role *r, int64_t now_ms, struct err *e)
{
    if (!r->known)
        return added(db_do(db, S_ENROL_ADD, e, DB_I(tenant_id), DB_I(course_id),
                           DB_I(person_id), DB_I(r->roles), DB_I(r->is_learner),
                           DB_I(r->is_staff), DB_I(r->is_test), DB_I(now_ms)),
                     e);
    int64_t n = db_do(db, S_ENROL_TOUCH, e, DB_I(r->roles), DB_I(r->is_learner),
                      DB_I(r->is_staff), DB_I(r->is_test), DB_I(now_ms), DB_I(tenant_id),
                      DB_I(course_id), DB_I(person_id));
    return n < 0 ? -1 : 0;
}

int enrol_about(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                struct str sub, struct str lineitem_url, struct enrol_about *out,
                struct err *e)
{
    *out = (struct enrol_about){.unit = STR_EMPTY};
    struct db_rows *r = db_ask(db, S_ENROL_ABOUT, e, DB_I(tenant_id), DB_I(course_id),
                               DB_T(sub), DB_T(lineitem_url));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1) {
        out->person_id = db_i64(r, 0);
        out->unit = str_dup(a, db_text(r, 1));
    }
    db_end(r);
    return rc < 0 ? -1 : 0;
}

int enrol_access(struct db *db, int64_t tenant_id, int64_t evidence_id, int64_t course_id,
                 int64_t person_id, struct str source_key, struct str launch_key,
                 int64_t now_ms, struct err *e)
{
    int64_t n =
        db_do(db, S_ENROL_ACCESS, e, DB_I(tenant_id), DB_I(evidence_id), DB_I(course_id),
              DB_I(person_id), DB_I(now_ms), DB_T(source_key), DB_T(launch_key));
    return n < 0 ? -1 : 0;
}
