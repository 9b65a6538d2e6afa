#include "learn/person.h"

#include "base/map.h"
#include "engine/count.h"
#include "learn/flags.h"
#include "learn/head.h"
#include "learn/model.h"
#include "store/stmt.h"

#include <stdlib.h>

struct reading {
    struct learn *l;
    int64_t person_id;
    int64_t by_person_id;
    struct person_page *out;
    bool found;
};

static int read_name(struct db *db, struct reading *p, struct err *e)
{
    struct learn *l = p->l;
    struct db_rows *r = db_ask(db, S_PAGE_PERSON, e, DB_I(l->tenant_id),
                               DB_I(l->course_id), DB_I(p->person_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1) {
        p->out->name = head_name(l, p->person_id, str_dup(l->a, db_text(r, 0)));
        p->out->active = str_is(db_text(r, 1), "active");
    }
    db_end(r);
    p->found = found == 1;
    return found < 0 ? -1 : 0;
}

/* The skill that each activity, and each question of it, tells most about. */
struct links {
    struct map *by_key; /* link_key() -> struct str */
};

static struct str link_key(struct arena *a, int64_t activity_id, struct str item)
{
    return str_fmt(a, "%lld %.*s", (long long)activity_id, STR_ARG(item));
}

/* Of a question, else of the activity as a whole; a whole with questions has none. */
static struct str find_link(struct arena *a, const struct links *l,
                            const struct evidence *row)
{
    struct str *title = map_get(l->by_key, link_key(a, row->activity_id, row->item));
    if (title == NULL && row->item.n > 0)
        title = map_get(l->by_key, link_key(a, row->activity_id, STR_EMPTY));
    return title != NULL ? *title : STR_EMPTY;
}

static int read_links(struct db *db, struct learn *l, struct links *out, struct err *e)
{
    out->by_key = map_new(l->a);
    struct db_rows *r =
        db_ask(db, S_PAGE_LINKS, e, DB_I(l->tenant_id), DB_I(l->course_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1) {
        struct str key = link_key(l->a, db_i64(r, 0), db_text(r, 1));
        if (map_get(out->by_key, key) != NULL)
            continue;
        struct str *title = ARENA_NEW(l->a, struct str);
        *title = head_title(l, db_text(r, 2), db_text(r, 3));
        map_put(out->by_key, key, title);
    }
    db_end(r);
    return more;
}

static int find_activity(const void *key, const void *row)
{
    int64_t x = *(const int64_t *)key, y = ((const struct activity *)row)->activity_id;
    return (x > y) - (x < y);
}

static int newest_first(const void *x, const void *y)
{
    const struct evidence *p = &((const struct person_event *)x)->row;
    const struct evidence *q = &((const struct person_event *)y)->row;
    if (p->observed_ms != q->observed_ms)
        return p->observed_ms > q->observed_ms ? -1 : 1;
    return str_cmp(q->fact_key, p->fact_key);
}

/* Which rows count, by the engine's own rule. */
static bool counts(const struct counted *c, int64_t evidence_id)
{
    for (size_t i = 0; i < c->row_n; i++)
        if (c->rows[i].id == evidence_id)
            return true;
    return false;
}

static void fill_events(struct reading *p, const struct ledger *book,
                        const struct flags_ctx *c, const struct links *links)
{
    struct arena *a = p->l->a;
    struct counted counted;
    size_t n, all, ev_n;
    const struct evidence *const *rows = ledger_rows(book, &all);
    struct ev *ev = model_evidence(book, a, INT64_MAX, &ev_n);
    count_rows(a, ev, ev_n, &counted);
    struct person_event *events = ARENA_ARRAY(a, struct person_event, all);
    for (size_t i = 0; i < all; i++)
        events[i].row = *rows[i];
    if (all > 1)
        qsort(events, all, sizeof(events[0]), newest_first);
    n = all < PERSON_TIMELINE ? all : PERSON_TIMELINE;
    for (size_t i = 0; i < n; i++) {
        int64_t id = events[i].row.activity_id;
        const struct activity *act =
            c->acts_n > 0
                ? bsearch(&id, c->acts, c->acts_n, sizeof(c->acts[0]), find_activity)
                : NULL;
        events[i].activity_title = act != NULL ? act->title : STR_EMPTY;
        events[i].skill_title = find_link(a, links, &events[i].row);
        events[i].counts = counts(&counted, events[i].row.evidence_id);
    }
    p->out->events = events;
    p->out->events_n = n;
    p->out->events_all = all;
}

static void newest_decisions(struct reading *p, const struct decision *rows, size_t n)
{
    size_t shown = n < PERSON_TIMELINE ? n : PERSON_TIMELINE;
    p->out->decisions = ARENA_ARRAY(p->l->a, struct decision, shown);
    p->out->decisions_n = shown;
    p->out->decisions_all = n;
    for (size_t i = 0; i < shown; i++)
        p->out->decisions[i] = rows[n - 1 - i];
}

static int read_tx(struct db *db, void *ctx, struct err *e)
{
    struct reading *p = ctx;
    struct learn *l = p->l;
    struct flags_ctx c = {.now_ms = env_now_ms(l->env)};
    struct decision *decisions;
    struct ledger *book;
    struct links links;
    *p->out = (struct person_page){0};
    if (read_name(db, p, e) < 0)
        return -1;
    if (!p->found)
        return 0;
    if (flags_activities(l, db, &c, e) < 0 || read_links(db, l, &links, e) < 0 ||
        decision_list(db, l->a, l->tenant_id, l->course_id, p->person_id, 0, &decisions,
                      &c.decisions_n, e) < 0 ||
        ledger_read(db, l->a, l->tenant_id, l->course_id, p->person_id, INT64_MAX, &book,
                    e) < 0)
        return -1;
    c.decisions = decisions;
    if (flags_read(l, db, p->person_id, &c, &p->out->flags, &p->out->flags_n, e) < 0)
        return -1;
    for (size_t i = 0; i < p->out->flags_n; i++)
        p->out->flags[i].name = p->out->name;
    newest_decisions(p, decisions, c.decisions_n);
    fill_events(p, book, &c, &links);
    return 0;
}

static int note_tx(struct db *db, void *ctx, struct err *e)
{
    struct reading *p = ctx;
    return head_looked(p->l, db, p->by_person_id, "person", p->person_id, e);
}

int person_read(struct learn *l, int64_t person_id, int64_t by_person_id,
                struct person_page *out, struct err *e)
{
    struct reading p = {
        .l = l, .person_id = person_id, .by_person_id = by_person_id, .out = out};
    if (db_tx(l->db, DB_READ, read_tx, &p, e) < 0)
        return -1;
    if (!p.found)
        return 0;
    struct panel_who who = {
        .person_id = person_id, .by_person_id = by_person_id, .quiet = true};
    if (panel_read(l, &who, &out->panel, e) < 0 ||
        db_tx(l->db, DB_WRITE, note_tx, &p, e) < 0)
        return -1;
    return 1;
}
