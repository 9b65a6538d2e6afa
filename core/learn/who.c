#include "learn/who.h"

#include "base/map.h"
#include "store/person.h"
#include "store/personalias.h"

#define VALUE_N 1024 /* longest name that is looked at */
#define MARK_N 32    /* hex digits */

static const char *const kinds[] = {
    [WHO_SOURCEDID] = "sourcedid",
    [WHO_EMAIL] = "email",
    [WHO_LOGIN] = "login",
    [WHO_ACCOUNT] = "account",
};

/* Somebody of the course; `many` stands for a name that several have. */
struct who {
    const struct personalias_person *row;
    struct str name;
    bool many;
};

struct who_index {
    struct learn *l;
    struct who *people;
    size_t n;
    struct map *by_id;   /* person_id as text -> struct who */
    struct map *by[2];   /* WHO_SUB, WHO_LMS_ID */
    struct map *by_mark; /* "kind:mark" -> struct who */
    struct map *by_name; /* made when a name is first asked for */
    struct who several;
    struct arena *scratch; /* of one look */
};

static struct str plain_of(struct arena *a, enum who_by by, struct str value)
{
    value = str_trim(value);
    if (by == WHO_EMAIL && value.n > 7 && str_ieq(str_sub(value, 0, 7), STR("mailto:")))
        value = str_trim(str_sub(value, 7, value.n));
    if (value.n > VALUE_N)
        return STR_EMPTY;
    return by == WHO_EMAIL || by == WHO_LOGIN ? str_lower(a, value) : value;
}

struct str who_mark(struct arena *a, const struct keyring *keys, int64_t tenant_id,
                    enum who_by by, struct str value)
{
    unsigned char mac[CRYPT_HASH_N];
    INVARIANT(by >= WHO_SOURCEDID && by <= WHO_ACCOUNT);
    value = plain_of(a, by, value);
    if (value.n == 0)
        return STR_EMPTY;
    struct str text = str_fmt(a, "person/%lld/%s/%.*s", (long long)tenant_id, kinds[by],
                              STR_ARG(value));
    crypt_hmac((struct str){(const char *)keys->mark, CRYPT_KEY_N}, text, mac);
    return str_sub(crypt_hex(a, (struct str){(const char *)mac, sizeof mac}), 0, MARK_N);
}

static void put(struct who_index *x, struct map *m, struct str key, struct who *w)
{
    struct who *before = map_get(m, key);
    if (key.n > 0 && before != w)
        map_put(m, key, before == NULL ? w : &x->several);
}

static struct str id_text(struct arena *a, int64_t id)
{
    return str_fmt(a, "%lld", (long long)id);
}

static void free_scratch(void *a)
{
    arena_free(a);
}

struct who_index *who_index(struct learn *l, struct err *e)
{
    struct who_index *x = ARENA_NEW(l->a, struct who_index);
    struct personalias_person *rows;
    x->l = l;
    x->several.many = true;
    if (personalias_course(l->db, l->a, l->tenant_id, l->course_id, &rows, &x->n, e) != 0)
        return NULL;
    x->people = ARENA_ARRAY(l->a, struct who, x->n);
    x->scratch = arena_new((size_t)1 << 20);
    arena_defer(l->a, free_scratch, x->scratch);
    x->by_id = map_new(l->a);
    x->by[WHO_SUB] = map_new(l->a);
    x->by[WHO_LMS_ID] = map_new(l->a);
    x->by_mark = map_new(l->a);
    for (size_t i = 0; i < x->n; i++) {
        struct who *w = &x->people[i];
        w->row = &rows[i];
        put(x, x->by_id, id_text(l->a, rows[i].person_id), w);
        put(x, x->by[WHO_SUB], rows[i].sub, w);
        put(x, x->by[WHO_LMS_ID], rows[i].lms_id, w);
        for (size_t k = 0; k < rows[i].marks_n; k++)
            put(x, x->by_mark,
                str_fmt(l->a, "%.*s:%.*s", STR_ARG(rows[i].marks[k].kind),
                        STR_ARG(rows[i].marks[k].mark)),
                w);
    }
    return x;
}

/* One blank between words, ASCII letters small, "Family, Given" turned round. */
static struct str name_key(struct arena *a, struct str name)
{
    struct str family, given;
    struct buf b;
    if (name.n > VALUE_N)
        return STR_EMPTY;
    if (str_cut(name, ',', &family, &given) && str_find(given, STR(","), 0) == SIZE_MAX)
        name = str_fmt(a, "%.*s %.*s", STR_ARG(given), STR_ARG(family));
    buf_init(&b, a, name.n + 1);
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!blank)
            buf_char(&b, c);
        else if (b.n > 0 && b.p[b.n - 1] != ' ')
            buf_char(&b, ' ');
    }
    return str_lower(a, str_trim(buf_view(&b)));
}

static void open_names(struct who_index *x)
{
    struct learn *l = x->l;
    x->by_name = map_new(l->a);
    for (size_t i = 0; i < x->n && l->keys != NULL; i++) {
        struct who *w = &x->people[i];
        w->name = person_open(l->a, l->keys, l->tenant_id, w->row->person_id, "name",
                              w->row->name_sealed);
        put(x, x->by_name, name_key(l->a, w->name), w);
    }
}

static int64_t person_of(const struct who *w)
{
    if (w == NULL)
        return 0;
    return w->many ? -1 : w->row->person_id;
}

int64_t who_find(struct who_index *x, enum who_by by, struct str value)
{
    struct arena *a = x->scratch;
    if (value.n == 0)
        return 0;
    arena_reset(a);
    if (by == WHO_SUB || by == WHO_LMS_ID)
        return person_of(map_get(x->by[by], str_trim(value)));
    if (x->l->keys == NULL)
        return 0;
    if (by == WHO_NAME) {
        if (x->by_name == NULL)
            open_names(x);
        return person_of(map_get(x->by_name, name_key(a, value)));
    }
    struct str mark = who_mark(a, x->l->keys, x->l->tenant_id, by, value);
    return person_of(
        map_get(x->by_mark, str_fmt(a, "%s:%.*s", kinds[by], STR_ARG(mark))));
}

static const struct who *by_id(const struct who_index *x, int64_t person_id)
{
    arena_reset(x->scratch);
    return map_get(x->by_id, id_text(x->scratch, person_id));
}

bool who_is_learner(const struct who_index *x, int64_t person_id)
{
    const struct who *w = by_id(x, person_id);
    return w != NULL && w->row->is_learner;
}

struct str who_name(struct who_index *x, int64_t person_id)
{
    if (x->by_name == NULL)
        open_names(x);
    const struct who *w = by_id(x, person_id);
    return w != NULL ? w->name : STR_EMPTY;
}

int who_note_one(struct learn *l, const struct personalias_person *known,
                 const struct who_note *row, struct err *e)
{
    const struct {
        enum who_by by;
        struct str value;
    } told[] = {{WHO_SOURCEDID, row->sourcedid},
                {WHO_EMAIL, row->email},
                {WHO_LOGIN, row->login},
                {WHO_ACCOUNT, row->account}};
    if (l->keys == NULL)
        return 0;
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        struct str mark = told[i].value.n == 0 ? STR_EMPTY
                                               : who_mark(l->a, l->keys, l->tenant_id,
                                                          told[i].by, told[i].value);
        if (mark.n > 0 &&
            personalias_put(l->db, l->tenant_id, known, str_c(kinds[told[i].by]), mark,
                            env_now_ms(l->env), e) != 0)
            return -1;
    }
    return 0;
}

struct noting {
    struct learn *l;
    const struct who_note *rows;
    size_t n;
};

static int note_tx(struct db *db, void *ctx, struct err *e)
{
    const struct noting *t = ctx;
    for (size_t i = 0; i < t->n; i++) {
        const struct who_note *row = &t->rows[i];
        struct personalias_person known;
        if (row->sub.n == 0 || row->sub.n > 255 || str_has_nul(row->sub) ||
            !str_utf8(row->sub))
            continue;
        if (personalias_by_sub(db, t->l->a, t->l->tenant_id, row->sub, &known, e) != 0)
            return -1;
        if (known.person_id != 0 && who_note_one(t->l, &known, row, e) != 0)
            return -1;
    }
    return 0;
}

int who_note(struct learn *l, const struct who_note *rows, size_t n, struct err *e)
{
    struct noting t = {l, rows, n};
    if (n == 0 || l->keys == NULL)
        return 0;
    return db_tx(l->db, DB_WRITE, note_tx, &t, e);
}
