#include "store/tiechoice.h"

#include "base/vec.h"
#include "store/stmt.h"

#include <stdlib.h>

static struct tiechoice_key read_key(struct db_rows *r, int col, struct arena *a)
{
    return (struct tiechoice_key){.activity_id = db_i64(r, col),
                                  .item = str_dup(a, db_text(r, col + 1)),
                                  .skill_code = str_dup(a, db_text(r, col + 2))};
}

static struct tiechoice read_choice(struct db_rows *r, struct arena *a)
{
    return (struct tiechoice){
        .key = read_key(r, 0, a),
        .word = {.said = true, .tells = !db_null(r, 3), .weight = db_f64(r, 3)},
        .by_person_id = db_i64(r, 4),
        .at_ms = db_i64(r, 5),
    };
}

static int order_choice(const void *x, const void *y)
{
    const struct tiechoice_key *p = &((const struct tiechoice *)x)->key;
    const struct tiechoice_key *q = &((const struct tiechoice *)y)->key;
    if (p->activity_id != q->activity_id)
        return p->activity_id < q->activity_id ? -1 : 1;
    int c = str_cmp(p->item, q->item);
    return c != 0 ? c : str_cmp(p->skill_code, q->skill_code);
}

int tiechoice_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                   struct tiechoice **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct tiechoice));
    struct db_rows *r = db_ask(db, S_TIE_CHOICES, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct tiechoice *)vec_push(&v) = read_choice(r, a);
    db_end(r);
    if (v.n > 1)
        qsort(v.p, v.n, v.size, order_choice);
    *rows = v.p;
    *n = v.n;
    return more;
}

static struct db_arg weight_arg(const struct tiechoice_word *w)
{
    return w->said && w->tells ? DB_F(w->weight) : DB_N;
}

int tiechoice_say(struct db *db, struct env *env, int64_t tenant_id, int64_t course_id,
                  struct tiechoice_change *c, struct err *e)
{
    const struct tiechoice_key *k = &c->key;
    int64_t n = c->is.said
                    ? db_do(db, S_TIE_CHOICE_PUT, e, DB_I(tenant_id), DB_I(course_id),
                            DB_I(k->activity_id), DB_T(k->item), DB_T(k->skill_code),
                            weight_arg(&c->is), DB_I(c->by_person_id), DB_I(c->at_ms))
                    : db_do(db, S_TIE_CHOICE_DROP, e, DB_I(tenant_id), DB_I(course_id),
                            DB_I(k->activity_id), DB_T(k->item), DB_T(k->skill_code));
    if (n < 0)
        return -1;
    c->change_id = env_id(env);
    n = db_do(db, S_TIE_CHANGE_ADD, e, DB_I(tenant_id), DB_I(course_id),
              DB_I(c->change_id), DB_I(k->activity_id), DB_T(k->item),
              DB_T(k->skill_code), DB_I(c->was.said), weight_arg(&c->was),
              DB_I(c->is.said), weight_arg(&c->is), DB_I(c->by_person_id),
              DB_I(c->at_ms));
    return n < 0 ? -1 : 0;
}

static struct tiechoice_word read_word(struct db_rows *r, int col)
{
    return (struct tiechoice_word){.said = db_i64(r, col) != 0,
                                   .tells = !db_null(r, col + 1),
                                   .weight = db_f64(r, col + 1)};
}

static struct tiechoice_change read_change(struct db_rows *r, struct arena *a)
{
    return (struct tiechoice_change){
        .change_id = db_i64(r, 0),
        .key = read_key(r, 1, a),
        .was = read_word(r, 4),
        .is = read_word(r, 6),
        .by_person_id = db_i64(r, 8),
        .at_ms = db_i64(r, 9),
    };
}

int tiechoice_change(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                     int64_t change_id, struct tiechoice_change *out, struct err *e)
{
    struct db_rows *r = db_ask(db, S_TIE_CHANGE_GET, e, DB_I(tenant_id), DB_I(course_id),
                               DB_I(change_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1)
        *out = read_change(r, a);
    db_end(r);
    return found;
}

int tiechoice_changes(struct db *db, struct arena *a, int64_t tenant_id,
                      int64_t course_id, size_t max, struct tiechoice_change **rows,
                      size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct tiechoice_change));
    struct db_rows *r = db_ask(db, S_TIE_CHANGES, e, DB_I(tenant_id), DB_I(course_id),
                               DB_I((int64_t)max));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct tiechoice_change *)vec_push(&v) = read_change(r, a);
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}
