#include "learn/head.h"

#include "base/js.h"
#include "base/vec.h"
#include "engine/skill.h"
#include "store/person.h"
#include "store/stmt.h"

#define TITLES_MAX ((size_t)64 * 1024) /* bytes of one skill's titles */

static void add_source(struct head *c, struct vec *v, struct db_rows *r)
{
    struct source *s = vec_push(v);
    *s = (struct source){
        .source = str_dup(v->a, db_text(r, 7)),
        .ok_ms = db_i64(r, 8),
        .tried_ms = db_i64(r, 9),
        .rows_n = db_i64(r, 10),
        .pending_n = db_i64(r, 11),
        .error = str_dup(v->a, db_text(r, 12)),
    };
    c->pending += (size_t)(s->pending_n > 0 ? s->pending_n : 0);
    /* Roster, catalogue and gates tell no results: they do not make them older. */
    if (!str_is(s->source, "roster") && !str_is(s->source, "activities") &&
        !str_is(s->source, "gates") && s->ok_ms > 0 &&
        (c->as_of_ms == 0 || s->ok_ms < c->as_of_ms))
        c->as_of_ms = s->ok_ms;
}

static void read_fresh(struct learn *l, struct db_rows *r, struct head_fresh *f)
{
    int64_t told_ms = db_i64(r, 22), now_ms = env_now_ms(l->env);
    f->owed = db_i64(r, 17) != 0   ? STR("map")
              : db_i64(r, 18) != 0 ? STR("models")
              : db_i64(r, 19) != 0 ? STR("ties")
                                   : STR_EMPTY;
    if (told_ms == 0 || now_ms - told_ms < HEAD_TOLD_MS)
        f->because = str_dup(l->a, db_text(r, 20));
    f->because_ms = db_i64(r, 21);
    f->untold = f->because.n > 0 && told_ms == 0;
    f->working = db_text(r, 23).n > 0;
    f->done = db_i64(r, 24);
    f->total = db_i64(r, 25);
}

int head_read(struct learn *l, struct db *db, int64_t person_id, struct head *out,
              struct err *e)
{
    struct vec v;
    vec_init(&v, l->a, sizeof(struct source));
    *out = (struct head){0};
    struct db_rows *r = db_ask(db, S_PAGE_COURSE, e, DB_I(l->tenant_id),
                               DB_I(l->course_id), DB_I(person_id));
    if (r == NULL)
        return -1;
    int more, found = 0;
    while ((more = db_next(r, e)) == 1) {
        if (found == 0) {
            out->title = str_dup(l->a, db_text(r, 0));
            out->map_title = str_dup(l->a, db_text(r, 1));
            out->map_version = db_i64(r, 2);
            out->roster_ms = db_i64(r, 3);
            out->grades_ms = db_i64(r, 4);
            out->states_ms = db_i64(r, 5);
            out->run_ms = db_i64(r, 6);
            out->is_copy = db_i64(r, 13) != 0;
            out->copied_from = str_dup(l->a, db_text(r, 14));
            out->begun_ms = db_i64(r, 15);
            out->wanted_ms = db_i64(r, 16);
            read_fresh(l, r, &out->fresh);
            out->floor = db_i64(r, 26);
        }
        found = 1;
        if (!db_null(r, 7))
            add_source(out, &v, r);
    }
    db_end(r);
    out->sources = v.p;
    out->sources_n = v.n;
    return more < 0 ? -1 : found;
}

int head_looked(struct learn *l, struct db *db, int64_t by_person_id, const char *page,
                int64_t about_id, struct err *e)
{
    int64_t n = db_do(db, S_LOOKED_ADD, e, DB_I(l->tenant_id), DB_I(env_id(l->env)),
                      DB_I(l->course_id), DB_I(by_person_id), DB_T(str_c(page)),
                      about_id != 0 ? DB_I(about_id) : DB_N, DB_I(env_now_ms(l->env)));
    return n < 0 ? -1 : 0;
}

struct str head_name(struct learn *l, int64_t person_id, struct str sealed)
{
    struct str name = STR_EMPTY;
    if (l->keys != NULL && sealed.n > 0)
        name = person_open(l->a, l->keys, l->tenant_id, person_id, "name", sealed);
    return name.n > 0 ? name : person_label(l->a, person_id);
}

struct str head_title(struct learn *l, struct str title, struct str titles)
{
    const struct js *all = titles.n > 0 && l->language.n > 0
                               ? js_parse(l->a, titles, TITLES_MAX, 2, NULL)
                               : NULL;
    return str_dup(l->a, skill_text(all, l->language, title));
}
