#include "engine/flipset.h"

#include "engine/flip_int.h"
#include "engine/flipflag.h"
#include "engine/fliplock.h"

#include "base/vec.h"

struct claim {
    struct flip *flip;
    int32_t skill;
    bool rides; /* its rows are there already, for other claims */
};

/* Changes that share a run. */
struct group {
    int64_t as_of_ms;
    bool *touched; /* by ord */
    struct vec claims;
};

struct check {
    struct flip_person *p;
    struct flipset *out;
    struct vec groups;
    size_t *group; /* by ord: where the change of the skill's word is, from 1 */
};

static bool shows(const struct engine_out *out, const struct engine_out *before,
                  const struct flip *f, int32_t skill)
{
    enum mastery_word word = out->skills[skill].word;
    enum mastery_word was = before->skills[skill].word;
    switch (f->goal) {
    case FLIP_MASTERED:
        for (size_t i = 0; i < out->next_n; i++) {
            if (out->next[i].skill == skill) {
                return false; /* and it is not recommended any more */
            }
        }
        return word == MASTERY_MASTERED;
    case FLIP_NEXT:
        return was == MASTERY_NONE || was == MASTERY_LEARNING ? word > was
                                                              : word == MASTERY_MASTERED;
    case FLIP_HOLDS:
        return mastery_holds(word);
    case FLIP_DOWN:
        return was == MASTERY_MASTERED ? word != was
               : was == MASTERY_REVIEW ? !mastery_holds(word)
                                       : word == MASTERY_LEARNING;
    case FLIP_OPEN:
        return out->ready[skill].ready;
    case FLIP_GONE:
        break;
    }
    return false;
}

static void touch(struct vec *v, int32_t skill)
{
    *(int32_t *)vec_push(v) = skill;
}

/* A result of the whole activity counts no more beside answers to its questions
 * (count.h): it stands apart from whatever a question of it tells about. */
static void touch_whole(const struct flip_person *p, int64_t activity_id, struct vec *v)
{
    const struct engine_parts *parts = engine_parts_of(p->c);
    for (size_t i = 0; i < parts->tie_n; i++) {
        if (parts->ties[i].activity_id == activity_id) {
            touch(v, parts->ties[i].skill);
        }
    }
}

static void touch_row(const struct flip_person *p, int64_t activity_id, struct str item,
                      struct vec *v)
{
    size_t n = 0;
    if (activity_id != 0 && item.n == 0) {
        touch_whole(p, activity_id, v);
    }
    const struct tie *t =
        activity_id != 0 ? engine_told(p->c, activity_id, item, &n) : NULL;
    for (size_t i = 0; i < n; i++) {
        touch(v, t[i].skill);
    }
    int32_t heirs[SKILL_HEIRS_MAX];
    const struct skill_map *m = engine_parts_of(p->c)->map;
    size_t k = activity_id == 0 ? skill_heirs(m, item, heirs, SKILL_HEIRS_MAX) : 0;
    for (size_t i = 0; i < k && i < SKILL_HEIRS_MAX; i++) {
        touch(v, heirs[i]);
    }
}

/* The skills that a change's rows tell about, some perhaps twice. */
static void touched_by(const struct flip_person *p, const struct flip *f, int32_t skill,
                       struct vec *v)
{
    const struct skill *s = &engine_parts_of(p->c)->map->skills[skill];
    touch(v, skill);
    /* Whether a lock opens hangs on all that it needs, what is met today included. */
    for (size_t i = 0; f->goal == FLIP_OPEN && i < s->need_n; i++) {
        touch(v, s->needs[i].skill);
    }
    for (size_t i = 0; i < f->add_n; i++) {
        const struct flip_add *x = &f->adds[i];
        bool again =
            i > 0 && x->activity_id == x[-1].activity_id && str_eq(x->item, x[-1].item);
        if (!again) {
            touch_row(p, x->activity_id, x->item, v);
        }
    }
    for (size_t i = 0; i < f->edit_n; i++) {
        for (size_t r = 0; r < p->out->counted.row_n; r++) {
            const struct ev *row = &p->out->counted.rows[r];
            if (row->id == f->edits[i].id) {
                touch_row(p, row->activity_id, row->item, v);
            }
        }
    }
}

static bool apart(const struct group *g, const struct vec *touched)
{
    const int32_t *v = touched->p;
    for (size_t i = 0; i < touched->n; i++) {
        if (g->touched[v[i]]) {
            return false;
        }
    }
    return true;
}

static struct group *group_for(struct check *c, const struct flip *f,
                               const struct vec *touched)
{
    struct group *g = c->groups.p;
    for (size_t i = 0; i < c->groups.n; i++) {
        if (g[i].as_of_ms == f->as_of_ms && apart(&g[i], touched)) {
            return &g[i];
        }
    }
    g = (struct group *)vec_push(&c->groups);
    g->as_of_ms = f->as_of_ms;
    g->touched = ARENA_ARRAY(c->p->a, bool, engine_parts_of(c->p->c)->map->skill_n);
    vec_init(&g->claims, c->p->a, sizeof(struct claim));
    return g;
}

static void join(struct group *g, struct flip *f, int32_t skill, bool rides)
{
    *(struct claim *)vec_push(&g->claims) =
        (struct claim){.flip = f, .skill = skill, .rides = rides};
}

/* Into the first group that it cannot disturb. */
static void claim(struct check *c, struct flip *f, int32_t skill)
{
    if (!f->found) {
        return;
    }
    struct vec touched;
    vec_init(&touched, c->p->a, sizeof(int32_t));
    touched_by(c->p, f, skill, &touched);
    struct group *g = group_for(c, f, &touched);
    const int32_t *v = touched.p;
    for (size_t i = 0; i < touched.n; i++) {
        g->touched[v[i]] = true;
    }
    join(g, f, skill, false);
    if (f->goal == FLIP_MASTERED) {
        c->group[skill] = (size_t)(g - (struct group *)c->groups.p) + 1;
    }
}

/* Is nothing that the skill needs met today? */
static bool waits_for_all(const struct flip_person *p, int32_t skill)
{
    struct skill_want want;
    size_t at = 0;
    size_t n = 0;
    while (skill_want_next(&engine_parts_of(p->c)->map->skills[skill], &at, &want)) {
        n++;
    }
    return n == p->out->ready[skill].missing_n;
}

/* A lock whose rows are those that master the skills it waits for is seen open where
 * these are seen mastered. */
static void claim_lock(struct check *c, struct flip *f, int32_t skill)
{
    size_t at = f->part_n > 0 && waits_for_all(c->p, skill) ? c->group[f->parts[0]] : 0;
    for (size_t i = 0; i < f->part_n && at != 0; i++) {
        int32_t part = f->parts[i];
        bool same = c->p->mastered != NULL && c->p->held != NULL &&
                    c->p->mastered[part].adds == c->p->held[part].adds;
        at = same && c->group[part] == at ? at : 0;
    }
    if (at == 0) {
        claim(c, f, skill);
    } else {
        join((struct group *)c->groups.p + (at - 1), f, skill, true);
    }
}

/* What was not seen to work is not kept; a lock is searched once more. */
static void again(struct check *c, const struct claim *claim)
{
    struct flip *f = claim->flip;
    bool lock = f->goal == FLIP_OPEN;
    *f = lock ? fliplock_keeping(c->p, claim->skill) : (struct flip){.goal = f->goal};
    c->out->runs += f->found ? 1 : 0;
    if (f->found && flipset_shows(c->p->a, c->p, f, false, claim->skill)) {
        return;
    }
    c->out->refused += f->found || !lock ? 1 : 0;
    *f = (struct flip){.goal = f->goal};
}

static void run_group(struct check *c, const struct group *g)
{
    struct arena *a = c->p->a;
    const struct claim *claims = g->claims.p;
    const struct flip **flips = ARENA_ARRAY(a, const struct flip *, g->claims.n);
    struct engine_out *out = ARENA_NEW(a, struct engine_out);
    size_t n = 0;
    for (size_t i = 0; i < g->claims.n; i++) {
        if (!claims[i].rides) {
            flips[n++] = claims[i].flip;
        }
    }
    struct engine_in in = flip_apply(a, c->p, flips, n);
    engine_person(c->p->c, &in, a, out);
    c->out->runs++;
    for (size_t i = 0; i < g->claims.n; i++) {
        if (!shows(out, c->p->out, claims[i].flip, claims[i].skill)) {
            again(c, &claims[i]);
        }
    }
}

void flipset_all(struct flip_person *p, bool see, struct flipset *out)
{
    size_t n = engine_parts_of(p->c)->map->skill_n;
    struct check c = {.p = p, .out = out, .group = ARENA_ARRAY(p->a, size_t, n)};
    *out = (struct flipset){
        .skills = ARENA_ARRAY(p->a, struct flipset_skill, n),
        .flags = ARENA_ARRAY(p->a, struct flip, p->out->flag_n),
    };
    vec_init(&c.groups, p->a, sizeof(struct group));
    for (size_t i = 0; i < n; i++) {
        struct flipset_skill *s = &out->skills[i];
        s->mastered = flip_word(p, (int32_t)i, FLIP_MASTERED, true);
        if (see) {
            claim(&c, &s->mastered, (int32_t)i);
        }
    }
    for (size_t i = 0; i < n; i++) {
        struct flipset_skill *s = &out->skills[i];
        s->open = fliplock_ready(p, (int32_t)i, true);
        if (see && s->open.found) {
            claim_lock(&c, &s->open, (int32_t)i);
        }
    }
    for (size_t i = 0; i < c.groups.n; i++) {
        run_group(&c, (struct group *)c.groups.p + i);
    }
    for (size_t i = 0; i < p->out->flag_n; i++) {
        out->flags[i] = flipflag_gone(p, i, true);
    }
}

/* Of two changes the one with another score, when it is smaller and the engine shows it.
 * */
static struct flip less(struct flip_person *p, const struct flip *forward, struct flip f,
                        int32_t skill, size_t *refused)
{
    if (!f.found || f.edit_n == 0 || flip_cmp(&f, forward) >= 0) {
        return (struct flip){.goal = f.goal};
    }
    if (!flipset_shows(p->a, p, &f, false, skill)) {
        (*refused)++;
        return (struct flip){.goal = f.goal};
    }
    return f;
}

static struct flip seen(struct flip_person *p, struct flip f, int32_t skill,
                        size_t *refused)
{
    if (f.found && !flipset_shows(p->a, p, &f, false, skill)) {
        (*refused)++;
        f.found = false;
    }
    return f;
}

void flipset_skill(struct flip_person *p, int32_t skill, struct flipset_more *out)
{
    enum mastery_word word = p->out->skills[skill].word;
    struct flip mastered = flip_word(p, skill, FLIP_MASTERED, true);
    struct flip open = fliplock_ready(p, skill, true);
    size_t *refused = &out->refused;
    *out = (struct flipset_more){0};
    if (word == MASTERY_LEARNING) {
        out->next = seen(p, flip_word(p, skill, FLIP_NEXT, true), skill, refused);
    }
    if (p->out->skills[skill].id_n > 0) {
        out->less =
            less(p, &mastered, flip_word(p, skill, FLIP_MASTERED, false), skill, refused);
        out->down = seen(p, flip_word(p, skill, FLIP_DOWN, false), skill, refused);
    }
    out->open = less(p, &open, fliplock_ready(p, skill, false), skill, refused);
}

struct flip flipset_flag(struct flip_person *p, size_t flag)
{
    struct flip f = flipflag_gone(p, flag, false);
    return f.edit_n > 0 ? f : (struct flip){.goal = FLIP_GONE};
}

bool flipset_shows(struct arena *a, const struct flip_person *p, const struct flip *f,
                   bool flag, int32_t index)
{
    struct engine_out *out = ARENA_NEW(a, struct engine_out);
    struct engine_in in = flip_apply(a, p, &f, 1);
    engine_person(p->c, &in, a, out);
    for (size_t i = 0; flag && i < out->flag_n; i++) {
        if (out->flags[i].rule == p->out->flags[index].rule) {
            return false;
        }
    }
    return flag || shows(out, p->out, f, index);
}

static bool same_add(const struct flip_add *x, const struct flip_add *y)
{
    return x->skill == y->skill && x->activity_id == y->activity_id &&
           x->kind == y->kind && x->share == y->share && str_eq(x->item, y->item);
}

static void put_text(struct buf *b, struct str s)
{
    buf_char(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\') {
            buf_char(b, '\\');
        }
        if (c < 0x20) {
            buf_fmt(b, "\\u%04x", c);
        } else {
            buf_char(b, s.p[i]);
        }
    }
    buf_char(b, '"');
}

static void put_add(struct buf *b, const struct skill_map *m, const struct flip *f,
                    size_t at, size_t n, int32_t skill)
{
    const struct flip_add *x = &f->adds[at];
    const char *comma = "";
    buf_char(b, '{');
    if (x->activity_id != 0) {
        buf_fmt(b, "\"activity\":%lld", (long long)x->activity_id);
        comma = ",";
    }
    if (x->activity_id != 0 && x->item.n > 0) {
        buf_c(b, ",\"item\":");
        put_text(b, x->item);
    }
    if (!x->scored) {
        buf_fmt(b, "%s\"kind\":\"%s\"", comma,
                x->kind == EV_ACCESS ? "visit" : "handed_in");
        comma = ",";
    }
    buf_fmt(b, "%s\"n\":%zu", comma, n);
    if (x->scored) {
        buf_fmt(b, ",\"share\":%.0f", 100.0 * x->share);
    }
    if (x->skill >= 0 && x->skill != skill) {
        buf_c(b, ",\"skill\":");
        put_text(b, m->skills[x->skill].code);
    }
    buf_char(b, '}');
}

static void put_adds(struct buf *b, const struct skill_map *m, const struct flip *f,
                     int32_t skill)
{
    bool *done = ARENA_ARRAY(b->a, bool, f->add_n);
    const char *comma = "";
    buf_c(b, "\"add\":[");
    for (size_t i = 0; i < f->add_n; i++) {
        size_t n = 0;
        for (size_t k = i; !done[i] && k < f->add_n; k++) {
            bool same = same_add(&f->adds[i], &f->adds[k]);
            n += same ? 1 : 0;
            done[k] = done[k] || (same && k != i);
        }
        if (n > 0) {
            buf_c(b, comma);
            put_add(b, m, f, i, n, skill);
            comma = ",";
        }
    }
    buf_char(b, ']');
}

struct str flipset_json(struct arena *a, const struct skill_map *m, const struct flip *f,
                        int32_t skill)
{
    struct buf b;
    if (!f->found) {
        return STR("{}");
    }
    buf_init(&b, a, 192);
    buf_char(&b, '{');
    put_adds(&b, m, f, skill);
    buf_fmt(&b, ",\"days\":%d", f->add_n > 0 ? f->days : 0);
    for (size_t i = 0; i < f->edit_n; i++) {
        buf_fmt(&b, "%s{\"id\":%lld,\"was\":%.2f}%s", i > 0 ? "," : ",\"edit\":[",
                (long long)f->edits[i].id, 100.0 * f->edits[i].was,
                i + 1 == f->edit_n ? "]" : "");
    }
    buf_fmt(&b, ",\"first\":%d%s,\"rows\":%zu", f->first,
            f->least ? "" : ",\"perhaps\":true", f->add_n + f->edit_n);
    if (f->edit_n > 0) {
        buf_fmt(&b, ",\"share\":%.0f", 100.0 * f->share);
    }
    buf_c(&b, ",\"to\":");
    put_text(&b, f->to);
    buf_char(&b, '}');
    return buf_view(&b);
}
