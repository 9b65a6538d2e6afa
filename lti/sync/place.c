#include "sync/place.h"

#include "base/map.h"
#include "store/statement.h"

#define REST_N ((size_t)48 << 20) /* bytes of courses at hand */
#define REST_PLACES 64
#define CAP_N ((size_t)224 << 20)

struct place_set {
    struct learn l;
    struct arena *life;
    struct arena *a; /* of the places */
    struct statement_course *courses;
    size_t courses_n;
    struct vec places; /* struct place *, in a */
};

struct place_set *place_open(const struct learn *l, struct err *e)
{
    struct arena *life = arena_new(CAP_N);
    struct place_set *s = ARENA_NEW(life, struct place_set);
    s->life = life;
    s->l = *l;
    s->a = arena_new(CAP_N);
    vec_init(&s->places, s->a, sizeof(struct place *));
    if (statement_courses(l->db, life, l->tenant_id, &s->courses, &s->courses_n, e) == 0)
        return s;
    place_close(s);
    return NULL;
}

void place_close(struct place_set *s)
{
    if (s == NULL)
        return;
    arena_free(s->a);
    arena_free(s->life);
}

void place_rest(struct place_set *s)
{
    if (arena_used(s->a) < REST_N && s->places.n < REST_PLACES)
        return;
    arena_reset(s->a);
    vec_init(&s->places, s->a, sizeof(struct place *));
}

bool place_full(const struct place_set *s)
{
    return arena_used(s->a) >= REST_N;
}

size_t place_count(const struct place_set *s)
{
    return s->places.n;
}

struct place *place_at(struct place_set *s, size_t i)
{
    return ((struct place **)s->places.p)[i];
}

/* --- the course -------------------------------------------------------------- */

/* Is `host` one of the key's? */
static bool at_home(const struct receiver *key, struct str host)
{
    struct str word, rest = key->homes;
    for (bool more = rest.n > 0; more && host.n > 0;) {
        more = str_cut(rest, ' ', &word, &rest);
        if (str_ieq(word, host))
            return true;
    }
    return false;
}

static struct str digits_at(struct str s, size_t at)
{
    size_t to = at;
    while (to < s.n && s.p[to] >= '0' && s.p[to] <= '9')
        to++;
    return str_sub(s, at, to);
}

/* The number behind a mark, such as "/courses/" or "course/view.php?id="; or empty. */
static struct str number_behind(struct str s, const char *mark)
{
    size_t at = str_find(s, str_c(mark), 0);
    return at == SIZE_MAX ? STR_EMPTY : digits_at(s, at + str_c(mark).n);
}

/* `home`: the name's host is one of the key's. */
static bool is_course(struct str name, bool home, const struct statement_course *c)
{
    struct str canvas = number_behind(c->nrps_url, "/courses/");
    struct str urn = record_canvas(name, "course");
    if (str_eq(name, c->context_id))
        return true;
    if (urn.n > 0)
        return canvas.n > 0 && str_eq(urn, canvas);
    if (!home)
        return false;
    struct str moodle = number_behind(name, "/course/view.php?id=");
    struct str path = number_behind(name, "/courses/");
    return (moodle.n > 0 && str_eq(moodle, c->context_id)) ||
           (path.n > 0 && str_eq(path, canvas));
}

static int64_t course_of(struct place_set *s, const struct receiver *key,
                         const struct record *r)
{
    for (size_t i = 0; key->course_id == 0 && i < r->course_n; i++) {
        bool home = at_home(key, record_host(s->a, r->course[i]));
        for (size_t k = 0; k < s->courses_n; k++)
            if (is_course(r->course[i], home, &s->courses[k]))
                return s->courses[k].course_id;
    }
    return key->course_id;
}

int place_find(struct place_set *s, const struct receiver *key, const struct record *r,
               struct place **out, struct err *e)
{
    int64_t course_id = course_of(s, key, r);
    if (course_id == 0)
        return 0;
    for (size_t i = 0; i < s->places.n; i++)
        if (place_at(s, i)->l.course_id == course_id) {
            *out = place_at(s, i);
            return 1;
        }
    struct place *p = ARENA_NEW(s->a, struct place);
    p->l = s->l;
    p->l.a = s->a;
    p->l.course_id = course_id;
    p->who = who_index(&p->l, e);
    p->kept = map_new(s->a);
    p->names = p->who == NULL ? NULL : names_index(&p->l, e);
    if (p->names == NULL)
        return -1;
    *(struct place **)vec_push(&s->places) = p;
    *out = p;
    return 1;
}

/* --- who and which ----------------------------------------------------------- */

int64_t place_person(const struct place *p, const struct receiver *key,
                     const struct record *r, const char **why)
{
    bool several = false, away = false;
    for (size_t i = 0; i < r->name_n; i++) {
        if (r->name[i].at_home && !at_home(key, r->home)) {
            away = true;
            continue;
        }
        int64_t id = who_find(p->who, r->name[i].by, r->name[i].value);
        if (id > 0)
            return id;
        several = several || id < 0;
    }
    *why = several ? "several persons of the course go by that name"
           : away  ? "nobody of the course has that account; its host is not one of the "
                     "platform's"
                   : "nobody of the course goes by that name";
    return 0;
}

int64_t place_activity(struct place *p, struct str source, const struct record *r,
                       const struct record_thing **thing, const char **why, struct err *e)
{
    bool several = false;
    for (size_t i = 0; i < r->thing_n; i++) {
        const struct record_thing *t = &r->thing[i];
        enum names_by by;
        struct names_in in = {source, t->id, t->id, t->title, t->kind};
        struct names_in alias = {.source_kind = t->alias_kind, .source_key = t->alias};
        int64_t id = t->alias.n > 0 ? names_find(p->names, &alias, &by) : 0;
        if (id == 0)
            id = names_find(p->names, &in, &by);
        several = several || by == NAMES_SEVERAL;
        if (id == 0)
            continue;
        *thing = t;
        if (by != NAMES_TITLE || map_get(p->kept, t->id) != NULL)
            return id;
        map_put(p->kept, t->id, p);
        if (names_keep(&p->l, &in, id, e) != 0)
            return -1;
        return id;
    }
    *why = several ? "several activities of the course have that title"
                   : "the course has no such activity";
    return 0;
}
