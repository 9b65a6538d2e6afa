#include "engine/flipflag.h"

#include "engine/flip_int.h"

#include "base/js.h"

struct seek {
    struct flip_person *p;
    struct arena *a; /* of the runs */
    int32_t rule;
    struct flip best;
};

/* Is the flag still raised after the change? Its facts, or NULL. */
static const struct risk_flag *raised(const struct seek *s, const struct flip *f)
{
    struct engine_out *out = ARENA_NEW(s->a, struct engine_out);
    struct engine_in in = flip_apply(s->a, s->p, &f, 1);
    in.slots = 0;
    engine_person(s->p->c, &in, s->a, out);
    for (size_t i = 0; i < out->flag_n; i++) {
        if (out->flags[i].rule == s->rule) {
            return &out->flags[i];
        }
    }
    return NULL;
}

static struct flip begin(const struct seek *s, size_t adds, size_t edits)
{
    return (struct flip){.found = true,
                         .least = true,
                         .goal = FLIP_GONE,
                         .to = STR("gone"),
                         .days = 1,
                         .as_of_ms =
                             adds > 0 ? flip_read_ms(s->p, true) : s->p->in->as_of_ms,
                         .adds = ARENA_ARRAY(s->p->a, struct flip_add, adds),
                         .edits = ARENA_ARRAY(s->p->a, struct flip_edit, edits)};
}

static void visit(struct seek *s)
{
    struct flip f = begin(s, 1, 0);
    struct str source = STR("launch");
    for (size_t i = 0; i < s->p->out->counted.row_n; i++) {
        const struct ev *r = &s->p->out->counted.rows[i];
        source = r->kind == EV_ACCESS ? r->source_kind : source;
    }
    f.adds[f.add_n++] = (struct flip_add){.skill = -1,
                                          .kind = EV_ACCESS,
                                          .source_kind = source,
                                          .at_ms = flip_time(s->p, 0, 0)};
    if (raised(s, &f) == NULL) {
        s->best = f;
    }
}

static int64_t first_missing(struct arena *a, const struct risk_flag *flag)
{
    int64_t id = 0;
    const struct js *f = js_parse(a, flag->facts, flag->facts.n, 8, NULL);
    js_i64(js_get(js_at(js_get(f, "items"), 0), "activity"), &id);
    return id;
}

static void hand_in(struct seek *s)
{
    const struct engine_parts *parts = engine_parts_of(s->p->c);
    struct flip f = begin(s, parts->activity_n, 0);
    const struct risk_flag *still = raised(s, &f);
    while (still != NULL && f.add_n < parts->activity_n) {
        int64_t at_ms = flip_time(s->p, 0, (int32_t)f.add_n % 100);
        f.adds[f.add_n++] = (struct flip_add){.skill = -1,
                                              .activity_id = first_missing(s->a, still),
                                              .kind = EV_ATTEMPT,
                                              .source_kind = parts->work_source,
                                              .at_ms = at_ms};
        still = raised(s, &f);
    }
    if (still == NULL && f.add_n > 0) {
        s->best = f;
    }
}

static double delta_of(const struct flip *f, int32_t grid, int32_t share)
{
    double s = (double)share / grid;
    double sum = (double)f->add_n * s;
    for (size_t i = 0; i < f->edit_n; i++) {
        sum += s - f->edits[i].was;
    }
    return sum;
}

static void set_share(const struct seek *s, struct flip *f, int32_t share)
{
    f->share = (double)share / s->p->fc->space.grid;
    for (size_t i = 0; i < f->add_n; i++) {
        f->adds[i].share = f->share;
    }
}

static bool gone(struct seek *s, struct flip *f, int32_t share)
{
    set_share(s, f, share);
    return raised(s, f) == NULL;
}

/* The least share from `low` on; nothing that would not be better than the best. A guess
 * that is right saves most of the runs. */
static void weigh(struct seek *s, struct flip *f, int32_t low, double guess)
{
    int32_t grid = s->p->fc->space.grid;
    int32_t high = grid;
    int32_t at = (int32_t)(guess * grid);
    at = (double)at / grid < guess ? at + 1 : at;
    while (s->best.found && high >= low && delta_of(f, grid, high) >= s->best.delta) {
        high--;
    }
    if (low > high) {
        return;
    }
    if (at > low && at <= high && gone(s, f, at)) {
        high = at;
        low = gone(s, f, at - 1) ? low : at;
    } else if (!gone(s, f, high)) {
        return;
    }
    while (low < high) {
        int32_t mid = low + (high - low) / 2;
        if (gone(s, f, mid)) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    set_share(s, f, low);
    f->delta = delta_of(f, grid, low);
    s->best = *f;
}

static const struct ev *row_of(const struct seek *s, int64_t id)
{
    for (size_t i = 0; i < s->p->out->counted.row_n; i++) {
        if (s->p->out->counted.rows[i].id == id) {
            return &s->p->out->counted.rows[i];
        }
    }
    return NULL;
}

/* Where a new result would end it: the rule's own line, or below the usual; a guess. */
static double line(const struct seek *s, const struct risk_flag *flag)
{
    const struct risk_rule *r = &engine_parts_of(s->p->c)->rules->rules[s->rule];
    const struct js *f = js_parse(s->a, flag->facts, flag->facts.n, 8, NULL);
    double usual = 0.0;
    if (r->kind == RISK_LOW_CHECKS) {
        return r->below;
    }
    return js_num(js_get(f, "usual"), &usual) ? usual - r->drop : 0.0;
}

static void result(struct seek *s, const struct risk_flag *flag)
{
    const struct ev *newest =
        flag->id_n > 0 ? row_of(s, flag->ids[flag->id_n - 1]) : NULL;
    if (newest == NULL) {
        return;
    }
    struct flip f = begin(s, 1, 0);
    f.adds[f.add_n++] = (struct flip_add){.skill = -1,
                                          .activity_id = newest->activity_id,
                                          .item = newest->item,
                                          .kind = newest->kind,
                                          .source_kind = newest->source_kind,
                                          .scored = true,
                                          .at_ms = flip_time(s->p, 0, 0)};
    weigh(s, &f, 0, line(s, flag));
}

static void scores(struct seek *s, const struct risk_flag *flag)
{
    size_t tail = (size_t)s->p->fc->space.tail;
    int32_t grid = s->p->fc->space.grid;
    for (size_t i = flag->id_n > tail ? flag->id_n - tail : 0; i < flag->id_n; i++) {
        const struct ev *row = row_of(s, flag->ids[i]);
        double was;
        if (row == NULL || !evidence_share(row, &was)) {
            continue;
        }
        struct flip f = begin(s, 0, 1);
        int32_t low = (int32_t)(was * grid);
        f.edits[f.edit_n++] = (struct flip_edit){.id = row->id, .was = was};
        weigh(s, &f, (double)low / grid > was ? low : low + 1, 0.0);
    }
}

struct flip flipflag_gone(struct flip_person *p, size_t flag, bool forward)
{
    const struct risk_flag *f = &p->out->flags[flag];
    struct seek s = {.p = p, .a = p->a, .rule = f->rule};
    switch (engine_parts_of(p->c)->rules->rules[f->rule].kind) {
    case RISK_NOT_OPENED:
        visit(&s);
        break;
    case RISK_MISSING:
        hand_in(&s);
        break;
    case RISK_LOW_CHECKS:
    case RISK_OFF_USUAL:
        result(&s, f);
        if (!forward && p->fc->space.edits > 0) {
            scores(&s, f);
        }
        break;
    }
    s.best.goal = FLIP_GONE;
    return s.best;
}
