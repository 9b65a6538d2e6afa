#include "learn/flags.h"

#include "base/vec.h"
#include "learn/change.h"
#include "learn/words.h"
#include "store/stmt.h"

#include <stdlib.h>

static int by_id(const void *x, const void *y)
{
    int64_t p = ((const struct activity *)x)->activity_id;
    int64_t q = ((const struct activity *)y)->activity_id;
    return (p > q) - (p < q);
}

int flags_activities(struct learn *l, struct db *db, struct flags_ctx *c, struct err *e)
{
    struct activity *rows;
    if (activity_list(db, l->a, l->tenant_id, l->course_id, &rows, &c->acts_n, e) < 0)
        return -1;
    if (c->acts_n > 1)
        qsort(rows, c->acts_n, sizeof(rows[0]), by_id);
    c->acts = rows;
    return 0;
}

/* What holds now: the engine's word, unless somebody decided after it ran. */
static struct str decided_now(const struct flags_ctx *c, int64_t person_id,
                              struct str rule, struct str decided, int64_t as_of_ms)
{
    for (size_t i = c->decisions_n; i-- > 0;) {
        const struct decision *d = &c->decisions[i];
        if (d->at_ms < as_of_ms)
            break; /* the engine knew it */
        if (d->person_id != person_id || !str_eq(d->subject, rule) ||
            !str_starts(d->kind, STR("flag_")))
            continue;
        return str_sub(d->kind, 5, d->kind.n);
    }
    return decided;
}

static struct str activity_title(void *ctx, int64_t activity_id)
{
    const struct flags_ctx *c = ctx;
    struct activity key = {.activity_id = activity_id};
    const struct activity *act =
        c->acts_n > 0 ? bsearch(&key, c->acts, c->acts_n, sizeof(key), by_id) : NULL;
    return act != NULL ? act->title : STR_EMPTY;
}

static struct say gone_of(struct arena *a, const struct flags_ctx *c, struct str json)
{
    struct flags_ctx own = *c;
    struct change_names names = {.activity = activity_title, .ctx = &own};
    struct change change = change_read(a, json);
    return change_say(a, &change, CHANGE_GONE, &names);
}

static void fill_flag(struct learn *l, const struct flags_ctx *c, struct db_rows *r,
                      struct dashboard_flag *f)
{
    struct arena *a = l->a;
    f->person_id = db_i64(r, 0);
    f->rule_code = str_dup(a, db_text(r, 1));
    f->level = str_dup(a, db_text(r, 2));
    f->text = words_flag(a, str_dup(a, db_text(r, 3)), c->acts, c->acts_n, &f->mark);
    f->evidence_n = words_count(a, str_dup(a, db_text(r, 4)));
    f->sources = words_list(a, str_dup(a, db_text(r, 5)), &f->sources_n);
    f->since_ms = db_i64(r, 6);
    struct str decided =
        decided_now(c, f->person_id, f->rule_code, db_text(r, 7), db_i64(r, 8));
    f->gone = gone_of(a, c, str_dup(a, db_text(r, 9)));
    f->planned = str_is(decided, "plan");
    f->put_off = str_is(decided, "not_now") || str_is(decided, "wrong");
}

int flags_read(struct learn *l, struct db *db, int64_t person_id,
               const struct flags_ctx *c, struct dashboard_flag **out, size_t *n,
               struct err *e)
{
    struct vec v;
    vec_init(&v, l->a, sizeof(struct dashboard_flag));
    struct db_rows *r =
        person_id == 0
            ? db_ask(db, S_PAGE_FLAGS, e, DB_I(l->tenant_id), DB_I(l->course_id))
            : db_ask(db, S_PAGE_FLAGS_OF, e, DB_I(l->tenant_id), DB_I(l->course_id),
                     DB_I(person_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        fill_flag(l, c, r, vec_push(&v));
    db_end(r);
    *out = v.p;
    *n = v.n;
    return more;
}

/* Within a person: talk before watch, then the one that has held longest. */
static int order_own(const void *x, const void *y)
{
    const struct dashboard_flag *p = x, *q = y;
    if (p->person_id != q->person_id)
        return p->person_id < q->person_id ? -1 : 1;
    if (!str_eq(p->level, q->level))
        return str_is(p->level, "talk") ? -1 : 1;
    if (p->since_ms != q->since_ms)
        return p->since_ms < q->since_ms ? -1 : 1;
    return str_cmp(p->rule_code, q->rule_code);
}

/* Between persons: talk before watch, more reasons before fewer, then the newest need,
 * because a talk helps most while it is fresh. */
static int order_talks(const void *x, const void *y)
{
    const struct dashboard_flag *p = x, *q = y;
    if (!str_eq(p->level, q->level))
        return str_is(p->level, "talk") ? -1 : 1;
    if (p->also_n != q->also_n)
        return p->also_n > q->also_n ? -1 : 1;
    if (p->since_ms != q->since_ms)
        return p->since_ms > q->since_ms ? -1 : 1;
    return (p->person_id > q->person_id) - (p->person_id < q->person_id);
}

/* How many flags from `from` on are about one and the same person. */
static size_t of_one_person(const struct dashboard_flag *flags, size_t n, size_t from)
{
    size_t to = from;
    while (to < n && flags[to].person_id == flags[from].person_id)
        to++;
    return to - from;
}

size_t flags_talks(struct arena *a, struct dashboard_flag *flags, size_t n,
                   struct dashboard_flag **out, size_t *put_off)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct dashboard_flag));
    *put_off = 0;
    if (n > 1)
        qsort(flags, n, sizeof(flags[0]), order_own);
    struct dashboard_flag *head = NULL;
    for (size_t i = 0; i < n; i++) {
        if (flags[i].put_off) {
            (*put_off)++;
            continue;
        }
        if (head == NULL || head->person_id != flags[i].person_id) {
            head = vec_push(&v);
            *head = flags[i];
            size_t own_n = of_one_person(flags, n, i);
            head->also = ARENA_ARRAY(a, struct say, own_n);
            head->also_gone = ARENA_ARRAY(a, struct say, own_n);
            head->also_rules = ARENA_ARRAY(a, struct str, own_n);
        } else {
            head->also_gone[head->also_n] = flags[i].gone;
            head->also_rules[head->also_n] = flags[i].rule_code;
            head->also[head->also_n++] = flags[i].text;
            head->planned = head->planned || flags[i].planned;
        }
    }
    if (v.n > 1)
        qsort(v.p, v.n, v.size, order_talks);
    *out = v.p;
    return v.n;
}
