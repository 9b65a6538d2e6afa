#include "store/ledger.h"

#include "base/crypt.h"
#include "base/map.h"
#include "store/stmt.h"

#include <math.h>
#include <stdlib.h>

/* A fact key is identity "." version, both hex; a key of another form (a launch's) has no
 * versions and is its own identity. */
#define IDENTITY_N 32
#define VERSION_N 16

static const char *const kind_names[] = {
    [EVIDENCE_NONE] = "",
    [EVIDENCE_ANSWER] = "answer",
    [EVIDENCE_ATTEMPT] = "attempt",
    [EVIDENCE_GRADE] = "grade",
    [EVIDENCE_COMPLETION] = "completion",
    [EVIDENCE_ACCESS] = "access",
    [EVIDENCE_JUDGEMENT] = "judgement",
    [EVIDENCE_SELF_REPORT] = "self_report",
};

#define KINDS_N (sizeof(kind_names) / sizeof(kind_names[0]))

const char *ledger_kind_name(enum evidence_kind k)
{
    INVARIANT((size_t)k < KINDS_N);
    return kind_names[k];
}

enum evidence_kind ledger_kind_from(struct str name)
{
    for (size_t i = 1; i < KINDS_N; i++)
        if (str_is(name, kind_names[i]))
            return (enum evidence_kind)i;
    return EVIDENCE_NONE;
}

static bool refuse_text(struct str s, size_t max)
{
    return s.n > max || str_has_nul(s) || !str_utf8(s);
}

const char *ledger_refusal(const struct evidence_in *in)
{
    if (in->person_id <= 0)
        return "it does not say who";
    if (in->kind == EVIDENCE_NONE || (size_t)in->kind >= KINDS_N)
        return "it does not say what";
    if (in->observed_ms <= 0)
        return "it does not say when";
    if (in->source_kind.n == 0 || in->source_key.n == 0 || in->actor.n == 0)
        return "it does not say whence";
    if (refuse_text(in->source_kind, 32) || refuse_text(in->source_key, 1024) ||
        refuse_text(in->actor, 64) || refuse_text(in->item, 255) ||
        refuse_text(in->attempt, 255) || refuse_text(in->effort, 16))
        return "one of its texts is too long or is no UTF-8";
    if (in->has_score && !isfinite(in->score))
        return "its score is no number";
    if (in->has_maximum && (!isfinite(in->maximum) || in->maximum <= 0))
        return "its maximum is not above zero";
    if (!isfinite(in->weight) || in->weight < 0)
        return "its weight is no number";
    return NULL;
}

struct ledger {
    struct arena *a;
    int64_t tenant_id;
    int64_t course_id;
    int64_t person_id;
    struct evidence **rows; /* by (observed_ms, fact_key) until something is appended */
    size_t n;
    size_t cap;
    struct map *standing; /* identity -> the newest version */
    struct map *facts;    /* fact key -> row */
};

static bool book_newer(const struct evidence *x, const struct evidence *y)
{
    if (x->observed_ms != y->observed_ms)
        return x->observed_ms > y->observed_ms;
    if (x->received_ms != y->received_ms)
        return x->received_ms > y->received_ms;
    if (x->supersedes == y->evidence_id || y->supersedes == x->evidence_id)
        return x->supersedes == y->evidence_id;
    return x->evidence_id > y->evidence_id;
}

static void book_add(struct ledger *b, struct evidence *row)
{
    if (b->n == b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 64;
        struct evidence **rows = ARENA_ARRAY(b->a, struct evidence *, cap);
        for (size_t i = 0; i < b->n; i++)
            rows[i] = b->rows[i];
        b->rows = rows;
        b->cap = cap;
    }
    b->rows[b->n++] = row;
    struct str identity, version;
    str_cut(row->fact_key, '.', &identity, &version);
    const struct evidence *stands = map_get(b->standing, identity);
    if (stands == NULL || book_newer(row, stands))
        map_put(b->standing, identity, row);
    map_put(b->facts, row->fact_key, row);
}

static int order_rows(const void *x, const void *y)
{
    const struct evidence *p = *(struct evidence *const *)x;
    const struct evidence *q = *(struct evidence *const *)y;
    if (p->observed_ms != q->observed_ms)
        return p->observed_ms < q->observed_ms ? -1 : 1;
    return str_cmp(p->fact_key, q->fact_key);
}

static struct evidence *row_read(struct db_rows *r, struct arena *a, int64_t person_id)
{
    struct evidence *v = ARENA_NEW(a, struct evidence);
    v->evidence_id = db_i64(r, 0);
    v->person_id = person_id;
    v->activity_id = db_i64(r, 1);
    v->item = str_dup(a, db_text(r, 2));
    v->attempt = str_dup(a, db_text(r, 3));
    v->kind = ledger_kind_from(db_text(r, 4));
    v->has_score = !db_null(r, 5);
    v->score = db_f64(r, 5);
    v->has_maximum = !db_null(r, 6);
    v->maximum = db_f64(r, 6);
    v->observed_ms = db_i64(r, 7);
    v->received_ms = db_i64(r, 8);
    v->source_kind = str_dup(a, db_text(r, 9));
    v->source_key = str_dup(a, db_text(r, 10));
    v->actor = str_dup(a, db_text(r, 11));
    v->fact_key = str_dup(a, db_text(r, 12));
    v->supersedes = db_i64(r, 13);
    v->weight = db_f64(r, 14);
    v->effort = str_dup(a, db_text(r, 15));
    return v;
}

static struct ledger *book_new(struct arena *a, int64_t tenant_id, int64_t course_id,
                               int64_t person_id)
{
    struct ledger *b = ARENA_NEW(a, struct ledger);
    b->a = a;
    b->tenant_id = tenant_id;
    b->course_id = course_id;
    b->person_id = person_id;
    b->standing = map_new(a);
    b->facts = map_new(a);
    return b;
}

int ledger_read(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                int64_t person_id, int64_t until_ms, struct ledger **book, struct err *e)
{
    struct ledger *b = book_new(a, tenant_id, course_id, person_id);
    struct db_rows *r = db_ask(db, S_EVIDENCE_OF_PERSON, e, DB_I(tenant_id),
                               DB_I(course_id), DB_I(person_id), DB_I(until_ms));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        book_add(b, row_read(r, a, person_id));
    db_end(r);
    if (more < 0)
        return -1;
    if (b->n > 1)
        qsort(b->rows, b->n, sizeof(b->rows[0]), order_rows);
    *book = b;
    return 0;
}

struct ledger_shelf {
    struct arena *a;
    int64_t tenant_id, course_id;
    struct map *books; /* person_id as text -> struct ledger */
};

static struct str person_key(struct arena *a, int64_t person_id)
{
    return str_fmt(a, "%lld", (long long)person_id);
}

struct ledger *ledger_of(struct ledger_shelf *s, int64_t person_id)
{
    struct str key = person_key(s->a, person_id);
    struct ledger *b = map_get(s->books, key);
    if (b == NULL) {
        b = book_new(s->a, s->tenant_id, s->course_id, person_id);
        map_put(s->books, key, b);
    }
    return b;
}

int ledger_read_files(struct db *db, struct arena *a, int64_t tenant_id,
                      int64_t course_id, struct ledger_shelf **out, struct err *e)
{
    struct ledger_shelf *s = ARENA_NEW(a, struct ledger_shelf);
    *s = (struct ledger_shelf){a, tenant_id, course_id, map_new(a)};
    struct db_rows *r =
        db_ask(db, S_EVIDENCE_OF_FILES, e, DB_I(tenant_id), DB_I(course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        book_add(ledger_of(s, db_i64(r, 16)), row_read(r, a, db_i64(r, 16)));
    db_end(r);
    *out = s;
    return more;
}

int ledger_read_persons(struct db *db, struct arena *a, int64_t tenant_id,
                        int64_t course_id, int64_t first, int64_t last, int64_t until_ms,
                        struct ledger_shelf **out, struct err *e)
{
    struct ledger_shelf *s = ARENA_NEW(a, struct ledger_shelf);
    *s = (struct ledger_shelf){a, tenant_id, course_id, map_new(a)};
    struct db_rows *r = db_ask(db, S_EVIDENCE_OF_PERSONS, e, DB_I(tenant_id),
                               DB_I(course_id), DB_I(first), DB_I(last), DB_I(until_ms));
    if (r == NULL)
        return -1;
    struct ledger *b = NULL; /* rows of one person follow each other */
    int more;
    while ((more = db_next(r, e)) == 1) {
        int64_t person_id = db_i64(r, 16);
        if (b == NULL || b->person_id != person_id)
            b = ledger_of(s, person_id);
        book_add(b, row_read(r, a, person_id));
    }
    db_end(r);
    for (size_t i = 0; i < map_len(s->books); i++) {
        b = map_val(s->books, i);
        qsort(b->rows, b->n, sizeof(b->rows[0]), order_rows);
    }
    *out = s;
    return more;
}

size_t ledger_persons(const struct ledger_shelf *s)
{
    return map_len(s->books);
}

const struct ledger *ledger_at(const struct ledger_shelf *s, size_t i)
{
    return map_val(s->books, i);
}

const struct evidence *const *ledger_rows(const struct ledger *b, size_t *n)
{
    *n = b->n;
    return (const struct evidence *const *)b->rows;
}

const struct evidence **ledger_standing(const struct ledger *b, struct arena *a,
                                        size_t *n)
{
    *n = map_len(b->standing);
    const struct evidence **rows = ARENA_ARRAY(a, const struct evidence *, *n);
    for (size_t i = 0; i < *n; i++)
        rows[i] = map_val(b->standing, i);
    if (*n > 1)
        qsort(rows, *n, sizeof(rows[0]), order_rows);
    return rows;
}

int64_t ledger_newest_ms(const struct ledger *b)
{
    int64_t newest = 0;
    for (size_t i = 0; i < b->n; i++)
        if (b->rows[i]->kind != EVIDENCE_ACCESS && b->rows[i]->received_ms > newest)
            newest = b->rows[i]->received_ms;
    return newest;
}

/* A length in front of each text: "a" + "bc" is not "ab" + "c". */
static void key_text(struct buf *t, struct str s)
{
    buf_fmt(t, "%zu:", s.n);
    buf_str(t, s);
}

static struct str key_hash(struct arena *a, struct buf *t, size_t hex_n)
{
    return str_sub(crypt_digest(a, buf_view(t)), 0, hex_n);
}

/* Who, what and whence. The time belongs to it when nothing else tells two events of one
 * source apart. */
static struct str key_identity(struct arena *a, int64_t course_id,
                               const struct evidence_in *in)
{
    struct buf t;
    buf_init(&t, a, 256);
    buf_fmt(&t, "%lld,%lld,", (long long)course_id, (long long)in->person_id);
    key_text(&t, str_c(ledger_kind_name(in->kind)));
    key_text(&t, in->source_kind);
    key_text(&t, in->source_key);
    key_text(&t, in->item);
    key_text(&t, in->attempt);
    buf_c(&t, in->snapshot ? "now" : "then");
    if (!in->snapshot && in->attempt.n == 0)
        buf_fmt(&t, ",%lld", (long long)in->observed_ms);
    return key_hash(a, &t, IDENTITY_N);
}

static double weight_of(const struct evidence_in *in)
{
    return in->weight > 0 ? in->weight : 1.0;
}

/* `again_ms` sets a value apart that comes back after another one; 0 otherwise. */
static struct str key_version(struct arena *a, const struct evidence_in *in,
                              int64_t again_ms)
{
    struct buf t;
    buf_init(&t, a, 128);
    buf_fmt(&t, "%lld,", (long long)in->observed_ms);
    if (in->has_score)
        buf_fmt(&t, "%.17g", in->score);
    buf_char(&t, '/');
    if (in->has_maximum)
        buf_fmt(&t, "%.17g", in->maximum);
    buf_fmt(&t, "*%.17g,", weight_of(in));
    key_text(&t, in->effort);
    if (again_ms != 0)
        buf_fmt(&t, "@%lld", (long long)again_ms);
    return key_hash(a, &t, VERSION_N);
}

static bool same_value(const struct evidence *v, const struct evidence_in *in)
{
    return v->has_score == in->has_score && (!v->has_score || v->score == in->score) &&
           v->has_maximum == in->has_maximum &&
           (!v->has_maximum || v->maximum == in->maximum) && v->weight == weight_of(in) &&
           str_eq(v->effort, in->effort);
}

struct verdict {
    enum evidence_fate fate;
    struct str fact_key;
    const struct evidence *stands; /* NULL: the identity is new */
};

static struct verdict judge(const struct ledger *b, const struct evidence_in *in)
{
    INVARIANT(in->person_id == b->person_id);
    struct arena *a = b->a;
    struct str identity = key_identity(a, b->course_id, in);
    struct str version = key_version(a, in, 0);
    struct verdict v = {
        .fact_key = str_fmt(a, "%.*s.%.*s", STR_ARG(identity), STR_ARG(version)),
        .stands = map_get(b->standing, identity),
    };
    const struct evidence *known = map_get(b->facts, v.fact_key);
    if (v.stands == NULL) {
        v.fate = in->snapshot && !in->has_score ? EVIDENCE_EMPTY : EVIDENCE_NEW;
        return v;
    }
    /* A reading younger than what stands is no late echo, whatever time it tells. */
    bool fresh = in->read_ms > v.stands->received_ms;
    if ((in->snapshot && same_value(v.stands, in)) || known == v.stands) {
        v.fate = EVIDENCE_SAME;
    } else if (known != NULL && fresh) {
        /* A regrade taken back: the old value once more. */
        version = key_version(a, in, in->read_ms);
        v.fact_key = str_fmt(a, "%.*s.%.*s", STR_ARG(identity), STR_ARG(version));
        v.fate = EVIDENCE_CORRECTS;
    } else if (known != NULL) {
        v.fate = EVIDENCE_SAME;
    } else {
        bool newer = fresh || in->observed_ms >= v.stands->observed_ms;
        v.fate = newer ? EVIDENCE_CORRECTS : EVIDENCE_WITNESS;
    }
    return v;
}

enum evidence_fate ledger_weigh(const struct ledger *b, struct arena *scratch,
                                const struct evidence_in *in,
                                const struct evidence **stands)
{
    struct ledger here = *b;
    here.a = scratch;
    struct verdict v = judge(&here, in);
    *stands = v.stands;
    return v.fate;
}

enum evidence_fate ledger_judge(const struct ledger *b, const struct evidence_in *in)
{
    return judge(b, in).fate;
}

static struct evidence *row_make(struct arena *a, int64_t id,
                                 const struct evidence_in *in)
{
    struct evidence *v = ARENA_NEW(a, struct evidence);
    *v = (struct evidence){
        .evidence_id = id,
        .person_id = in->person_id,
        .activity_id = in->activity_id,
        .item = str_dup(a, in->item),
        .attempt = str_dup(a, in->attempt),
        .kind = in->kind,
        .has_score = in->has_score,
        .score = in->has_score ? in->score : 0,
        .has_maximum = in->has_maximum,
        .maximum = in->has_maximum ? in->maximum : 0,
        .observed_ms = in->observed_ms,
        .source_kind = str_dup(a, in->source_kind),
        .source_key = str_dup(a, in->source_key),
        .actor = str_dup(a, in->actor),
        .weight = weight_of(in),
        .effort = str_dup(a, in->effort),
    };
    return v;
}

static struct db_arg opt_i(int64_t v)
{
    return v != 0 ? DB_I(v) : DB_N;
}

static int64_t row_insert(struct db *db, int64_t tenant_id, int64_t course_id,
                          const struct evidence *v, struct err *e)
{
    return db_do(
        db, S_EVIDENCE_ADD, e, DB_I(tenant_id), DB_I(v->evidence_id), DB_I(course_id),
        DB_I(v->person_id), opt_i(v->activity_id), DB_T(v->item), DB_T(v->attempt),
        DB_T(str_c(ledger_kind_name(v->kind))), v->has_score ? DB_F(v->score) : DB_N,
        v->has_maximum ? DB_F(v->maximum) : DB_N, DB_I(v->observed_ms),
        DB_I(v->received_ms), DB_T(v->source_kind), DB_T(v->source_key), DB_T(v->actor),
        DB_T(v->fact_key), opt_i(v->supersedes), DB_F(v->weight), DB_T(v->effort));
}

int ledger_append(struct db *db, struct env *env, struct ledger *b,
                  const struct evidence_in *in, int64_t now_ms, enum evidence_fate *fate,
                  struct err *e)
{
    struct verdict j = judge(b, in);
    *fate = j.fate;
    if (j.fate == EVIDENCE_SAME || j.fate == EVIDENCE_EMPTY)
        return 0;
    struct evidence *v = row_make(b->a, env_id(env), in);
    v->fact_key = j.fact_key;
    v->received_ms = now_ms;
    if (j.fate == EVIDENCE_CORRECTS) {
        v->supersedes = j.stands->evidence_id;
        /* Clocks differ, and sources set times back: what corrects is never the older. */
        if (v->received_ms < j.stands->received_ms)
            v->received_ms = j.stands->received_ms;
        if (v->observed_ms < j.stands->observed_ms)
            v->observed_ms = j.stands->observed_ms;
    }
    int64_t n = row_insert(db, b->tenant_id, b->course_id, v, e);
    if (n < 0)
        return -1;
    if (n == 0)
        *fate = EVIDENCE_SAME;
    else
        book_add(b, v);
    return 0;
}
