#include "job/schedule.h"

#include "store/stmt.h"

#define ITEMS_MAX 64
#define SKEW_MS 300000

struct turn {
    struct env *env;
    const struct schedule_item *item;
    int64_t had_ms; /* what the table says, or -1 for nothing */
    bool taken;
};

/* The first at_ms + k * every_ms after `now`. */
static int64_t after(const struct schedule_item *it, int64_t now)
{
    int64_t from = now - it->at_ms;
    int64_t k = from / it->every_ms - (from % it->every_ms < 0);
    return it->at_ms + (k + 1) * it->every_ms;
}

/* Due, or out of reach because the period was made shorter or a clock was wrong (by more
 * than the clocks of several machines differ). */
static bool is_due(const struct schedule_item *it, int64_t next_ms, int64_t now)
{
    return next_ms <= now || next_ms > now + it->every_ms + SKEW_MS;
}

static int add_item(struct db *db, struct turn *t, int64_t now, struct err *e)
{
    t->had_ms = t->item->at_once ? now : after(t->item, now);
    int64_t n = db_do(db, S_SCHEDULE_ADD, e, DB_T(str_c(t->item->kind)), DB_I(t->had_ms));
    if (n == 0)
        t->had_ms = INT64_MAX; /* another process was faster, and its is the turn */
    return n < 0 ? -1 : 0;
}

static int take(struct db *db, void *ctx, struct err *e)
{
    struct turn *t = ctx;
    int64_t now = env_now_ms(t->env);
    struct turn mine = *t;
    t->taken = false;
    if (mine.had_ms < 0 && add_item(db, &mine, now, e) != 0)
        return -1;
    if (mine.had_ms == INT64_MAX || !is_due(mine.item, mine.had_ms, now))
        return 0;
    int64_t n = db_do(db, S_SCHEDULE_TURN, e, DB_T(str_c(mine.item->kind)),
                      DB_I(after(mine.item, now)), DB_I(mine.had_ms));
    if (n <= 0)
        return (int)n;
    t->taken = true;
    struct job_in in = {.kind = str_c(mine.item->kind)};
    return job_add(db, t->env, &in, NULL, e) < 0 ? -1 : 0;
}

/* When each item comes next; -1 for one that the table does not know. */
static int read_table(struct db *db, const struct schedule_item *items, size_t n,
                      int64_t *next_ms, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        next_ms[i] = -1;
    struct db_rows *r = db_ask(db, S_SCHEDULE_LIST, e);
    int rc = -1;
    while (r != NULL && (rc = db_next(r, e)) == 1)
        for (size_t i = 0; i < n; i++)
            if (str_is(db_text(r, 0), items[i].kind))
                next_ms[i] = db_i64(r, 1);
    db_end(r);
    return rc;
}

int schedule_tick(struct db *db, struct env *env, const struct schedule_item *items,
                  size_t n, struct err *e)
{
    int64_t next_ms[ITEMS_MAX];
    int taken = 0;
    INVARIANT(n <= ITEMS_MAX);
    if (read_table(db, items, n, next_ms, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (next_ms[i] >= 0 && !is_due(&items[i], next_ms[i], env_now_ms(env)))
            continue;
        struct turn t = {.env = env, .item = &items[i], .had_ms = next_ms[i]};
        if (db_tx(db, DB_WRITE, take, &t, e) != 0)
            return -1;
        taken += t.taken;
    }
    return taken;
}
