#include "learn/privacy.h"

#include "base/vec.h"
#include "learn/head.h"
#include "store/stmt.h"

struct reading {
    struct learn *l;
    int64_t person_id;
    int64_t by_person_id;
    struct privacy *out;
    bool found;
};

static int read_person(struct db *db, struct reading *p, struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_PRIVACY_PERSON, e, DB_I(p->l->tenant_id), DB_I(p->person_id));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    p->found = rc == 1;
    if (rc == 1) {
        p->out->has_name = db_text(r, 0).n > 0;
        p->out->name = head_name(p->l, p->person_id, str_dup(p->l->a, db_text(r, 0)));
        p->out->marks_n = db_i64(r, 1);
        p->out->since_ms = db_i64(r, 2);
        p->out->classes_n = db_i64(r, 3);
    }
    db_end(r);
    return rc < 0 ? -1 : 0;
}

static int read_courses(struct db *db, struct reading *p, struct err *e)
{
    struct vec v;
    vec_init(&v, p->l->a, sizeof(struct privacy_course));
    struct db_rows *r = db_ask(db, S_PRIVACY_COURSES, e, DB_I(p->l->tenant_id),
                               DB_I(p->person_id), DB_I(PRIVACY_COURSES));
    if (r == NULL)
        return -1;
    int rc;
    while ((rc = db_next(r, e)) == 1) {
        struct privacy_course *c = vec_push(&v);
        c->title = str_dup(p->l->a, db_text(r, 0));
        c->active = str_is(db_text(r, 1), "active");
        c->evidence_n = db_i64(r, 2);
        c->decisions_n = db_i64(r, 3);
    }
    db_end(r);
    p->out->courses = v.p;
    p->out->courses_n = v.n;
    return rc;
}

static int read_tx(struct db *db, void *ctx, struct err *e)
{
    struct reading *p = ctx;
    *p->out = (struct privacy){.name = STR_EMPTY};
    if (read_person(db, p, e) != 0)
        return -1;
    if (!p->found)
        return 0;
    if (read_courses(db, p, e) != 0)
        return -1;
    return request_list(db, p->l->a, p->l->tenant_id, p->person_id, &p->out->requests,
                        &p->out->requests_n, e);
}

static int note_tx(struct db *db, void *ctx, struct err *e)
{
    struct reading *p = ctx;
    return head_looked(p->l, db, p->by_person_id, "privacy", p->person_id, e);
}

int privacy_read(struct learn *l, int64_t person_id, int64_t by_person_id,
                 struct privacy *out, struct err *e)
{
    struct reading p = {
        .l = l, .person_id = person_id, .by_person_id = by_person_id, .out = out};
    if (db_tx(l->db, DB_READ, read_tx, &p, e) != 0)
        return -1;
    if (!p.found)
        return 0;
    if (person_id != by_person_id && db_tx(l->db, DB_WRITE, note_tx, &p, e) != 0)
        return -1;
    return 1;
}
