#include "learn/panel.h"

#include "base/js.h"
#include "base/log.h"
#include "base/map.h"
#include "base/vec.h"
#include "engine/recommend.h"
#include "engine/unit.h"
#include "learn/head.h"
#include "learn/recompute.h"
#include "learn/words.h"
#include "store/stmt.h"

#define TRIAL_N 4096 /* bytes of what is noted of an experiment */

/* A skill with what only the panel's own work needs. */
struct node {
    struct panel_skill pub;
    struct words_want *needs;   /* pub.needs of them */
    struct words_want *missing; /* pub.missing of them */
    int64_t minutes;
};

struct reading {
    struct learn *l;
    const struct panel_who *who;
    struct panel *out;
    struct node *nodes;
    struct map *by_code; /* code -> struct panel_skill */
};

static int read_skills(struct db *db, struct reading *p, struct err *e)
{
    struct arena *a = p->l->a;
    struct vec v;
    vec_init(&v, a, sizeof(struct node));
    struct db_rows *r = db_ask(db, S_PANEL_SKILLS, e, DB_I(p->l->tenant_id),
                               DB_I(p->l->course_id), DB_I(p->who->person_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1) {
        struct node *n = vec_push(&v);
        struct panel_skill *s = &n->pub;
        s->code = str_dup(a, db_text(r, 0));
        s->title = head_title(p->l, db_text(r, 1), db_text(r, 13));
        s->unit = str_dup(a, db_text(r, 2));
        s->standard = str_dup(a, db_text(r, 3));
        n->needs = words_wants(a, str_dup(a, db_text(r, 4)), &s->needs);
        s->target = db_i64(r, 5) != 0;
        n->minutes = db_i64(r, 6);
        if (!mastery_word_from(db_text(r, 7), &s->word))
            s->word = MASTERY_NONE;
        s->p_mastery = db_f64(r, 8);
        s->evidence_n = db_i64(r, 9);
        s->last_ms = db_i64(r, 10);
        /* Before the first run only skills that need nothing are open. */
        s->ready = db_null(r, 11) ? s->needs == 0 : db_i64(r, 11) != 0;
        if (db_null(r, 11)) {
            n->missing = n->needs;
            s->missing = s->needs;
        } else {
            n->missing = words_wants(a, str_dup(a, db_text(r, 12)), &s->missing);
        }
    }
    db_end(r);
    p->nodes = v.p;
    p->out->skills_n = v.n;
    return more;
}

/* The public skills, and the map from codes to them. */
static void index_skills(struct reading *p)
{
    struct panel *out = p->out;
    p->by_code = map_new(p->l->a);
    out->skills = ARENA_ARRAY(p->l->a, struct panel_skill, out->skills_n);
    for (size_t i = 0; i < out->skills_n; i++) {
        out->skills[i] = p->nodes[i].pub;
        map_put(p->by_code, out->skills[i].code, &out->skills[i]);
        bool holds = out->skills[i].word == MASTERY_MASTERED ||
                     out->skills[i].word == MASTERY_REVIEW;
        out->targets += out->skills[i].target;
        out->mastered += out->skills[i].target && holds;
    }
}

static struct str title_of(void *ctx, struct str code)
{
    struct reading *p = ctx;
    const struct panel_skill *s = code.n > 0 ? map_get(p->by_code, code) : NULL;
    return s != NULL ? s->title : STR_EMPTY;
}

/* "A", or "A / B" where one of them suffices. */
static struct str title_of_want(struct reading *p, const struct words_want *w)
{
    struct str all = STR_EMPTY;
    for (size_t i = 0; i < w->n; i++) {
        struct str title = title_of(p, w->codes[i]);
        if (title.n > 0)
            all = all.n == 0
                      ? title
                      : str_fmt(p->l->a, "%.*s / %.*s", STR_ARG(all), STR_ARG(title));
    }
    return all;
}

/* The titles of what each skill waits for; a code that the map lost keeps no place. */
static void name_missing(struct reading *p)
{
    for (size_t i = 0; i < p->out->skills_n; i++) {
        struct panel_skill *s = &p->out->skills[i];
        size_t n = s->missing;
        s->waits = ARENA_ARRAY(p->l->a, struct str, n);
        s->missing = 0;
        for (size_t j = 0; j < n; j++) {
            struct str title = title_of_want(p, &p->nodes[i].missing[j]);
            if (title.n > 0)
                s->waits[s->missing++] = title;
        }
    }
}

/* The catalogue may know by now what the states were not told of: hidden, not open yet,
 * or over. */
static bool is_open(struct db_rows *r, int64_t now_ms)
{
    int64_t closes_ms = db_i64(r, 11);
    return db_i64(r, 9) != 0 && db_i64(r, 10) <= now_ms &&
           (closes_ms == 0 || closes_ms > now_ms);
}

static void fill_card(struct reading *p, struct db_rows *r, struct panel_card *card)
{
    struct arena *a = p->l->a;
    card->rank = db_i64(r, 0);
    card->reason = str_dup(a, db_text(r, 2));
    card->propensity = db_f64(r, 14);
    card->trial = str_dup(a, db_text(r, 15));
    card->evidence_n = words_count(a, str_dup(a, db_text(r, 4)));
    if (is_open(r, env_now_ms(p->l->env))) {
        card->activity_id = db_i64(r, 5);
        card->activity_title = str_dup(a, db_text(r, 6));
        card->activity_url = str_dup(a, db_text(r, 7));
        card->activity_kind = str_dup(a, db_text(r, 8));
        card->activity_maybe = db_i64(r, 12) != 0;
    }
    card->minutes = p->nodes[card->skill - p->out->skills].minutes;
    struct words_card w = {.reason = card->reason,
                           .facts = str_dup(a, db_text(r, 3)),
                           .change = str_dup(a, db_text(r, 13)),
                           .skill = card->skill,
                           .title = title_of,
                           .ctx = p};
    words_card(a, &w, card);
}

/* The unit that was asked for, by its short name. */
static void find_unit(struct reading *p)
{
    struct panel *out = p->out;
    for (size_t i = 0; i < out->skills_n && out->unit.n == 0; i++)
        if (str_eq(unit_slug(p->l->a, out->skills[i].unit), p->who->unit))
            out->unit = out->skills[i].unit;
    out->unit_lost = out->unit.n == 0;
}

static bool is_shown(const struct panel *p, const struct panel_skill *s)
{
    return p->unit.n == 0 || str_eq(s->unit, p->unit);
}

static int read_next(struct db *db, struct reading *p, struct err *e)
{
    struct vec v;
    vec_init(&v, p->l->a, sizeof(struct panel_card));
    struct db_rows *r = db_ask(db, S_PANEL_NEXT, e, DB_I(p->l->tenant_id),
                               DB_I(p->l->course_id), DB_I(p->who->person_id));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1) {
        const struct panel_skill *skill = map_get(p->by_code, db_text(r, 1));
        if (skill == NULL || !is_shown(p->out, skill))
            continue; /* or of an older map: everybody is being worked out again */
        struct panel_card *card = vec_push(&v);
        card->skill = skill;
        fill_card(p, r, card);
    }
    db_end(r);
    p->out->next = v.p;
    p->out->next_n = v.n;
    return more;
}

static bool has_code(const struct words_want *w, struct str code)
{
    for (size_t i = 0; i < w->n; i++)
        if (str_eq(w->codes[i], code))
            return true;
    return false;
}

/* The neighbourhood of the skill that was asked for, or of the first card's. */
static void fill_focus(struct reading *p)
{
    struct panel *out = p->out;
    struct panel_focus *f = &out->focus;
    f->at = p->who->focus.n > 0 ? map_get(p->by_code, p->who->focus) : NULL;
    if (f->at == NULL && out->next_n > 0)
        f->at = out->next[0].skill;
    if (f->at == NULL)
        return;
    const struct node *at = &p->nodes[f->at - out->skills];
    f->needs = ARENA_ARRAY(p->l->a, const struct panel_skill *, out->skills_n);
    f->opens = ARENA_ARRAY(p->l->a, const struct panel_skill *, out->skills_n);
    for (size_t i = 0; i < at->pub.needs; i++) {
        for (size_t k = 0; k < at->needs[i].n && f->needs_n < out->skills_n; k++) {
            const struct panel_skill *s = map_get(p->by_code, at->needs[i].codes[k]);
            if (s != NULL)
                f->needs[f->needs_n++] = s;
        }
    }
    for (size_t i = 0; i < out->skills_n; i++) {
        bool opens = false;
        for (size_t j = 0; j < p->nodes[i].pub.needs; j++)
            opens = opens || has_code(&p->nodes[i].needs[j], f->at->code);
        if (opens)
            f->opens[f->opens_n++] = &out->skills[i];
    }
}

/* Units in the order of their first skill. */
static void fill_units(struct reading *p)
{
    struct panel *out = p->out;
    out->units = ARENA_ARRAY(p->l->a, struct panel_unit, out->skills_n);
    for (size_t i = 0; i < out->skills_n; i++) {
        const struct panel_skill *s = &out->skills[i];
        size_t u = 0;
        while (u < out->units_n && !str_eq(out->units[u].title, s->unit))
            u++;
        if (u == out->units_n)
            out->units[out->units_n++].title = s->unit;
        out->units[u].total++;
        out->units[u].mastered +=
            s->word == MASTERY_MASTERED || s->word == MASTERY_REVIEW;
    }
}

/* The skills of the unit alone; cards and neighbours go on pointing at the whole list. */
static void keep_unit(struct reading *p)
{
    struct panel *out = p->out;
    struct panel_skill *kept = ARENA_ARRAY(p->l->a, struct panel_skill, out->skills_n);
    size_t n = 0;
    for (size_t i = 0; i < out->skills_n; i++)
        if (is_shown(out, &out->skills[i]))
            kept[n++] = out->skills[i];
    out->skills = kept;
    out->skills_n = n;
    fill_units(p);
}

static int read_tx(struct db *db, void *ctx, struct err *e)
{
    struct reading *p = ctx;
    struct panel *out = p->out;
    struct head c;
    *out = (struct panel){0};
    if (p->who->by_person_id != p->who->person_id)
        out->about = p->who->person_id;
    int found = head_read(p->l, db, p->who->person_id, &c, e);
    if (found <= 0)
        return found < 0 ? -1 : err_set(e, ERR_NOTFOUND, "there is no such course");
    out->course_title = c.title;
    out->map_title = c.map_title;
    out->has_map = c.map_version > 0;
    out->as_of_ms = c.as_of_ms;
    out->begun_ms = c.begun_ms;
    out->wanted_ms = c.wanted_ms;
    out->fresh = c.fresh;
    out->states_ms = c.run_ms;
    out->pending = c.pending;
    out->quiet = c.floor > 0;
    out->sources = c.sources;
    out->sources_n = c.sources_n;
    if (!out->has_map)
        return 0;
    if (read_skills(db, p, e) < 0)
        return -1;
    index_skills(p);
    name_missing(p);
    if (p->who->unit.n > 0)
        find_unit(p);
    if (read_next(db, p, e) < 0)
        return -1;
    fill_focus(p);
    keep_unit(p);
    return 0;
}

/* With which probability the page showed a card: one that shows the first steps alone
 * goes by those, where no unit was picked out of them. */
static double propensity_of(const struct panel_card *card, const struct js *trial,
                            const struct panel_who *who)
{
    double first;
    bool few = who->cards == RECOMMEND_FIRST && who->unit.n == 0;
    return few && js_num(js_get(trial, "first"), &first) ? first : card->propensity;
}

/* What was shown, so that one day it can be asked which advice helped. */
static struct str shown_json(struct arena *a, const struct panel *p,
                             const struct panel_who *who)
{
    struct js *arr = js_array(a);
    for (size_t i = 0; i < p->next_n && (who->cards == 0 || i < who->cards); i++) {
        struct js *o = js_object(a), *trial = NULL;
        if (p->next[i].trial.n > 0)
            trial = js_parse(a, p->next[i].trial, TRIAL_N, 3, NULL);
        js_set_i64(o, "activity", p->next[i].activity_id);
        js_set_num(o, "propensity", propensity_of(&p->next[i], trial, who));
        js_set_i64(o, "rank", p->next[i].rank);
        js_set_str(o, "reason", p->next[i].reason);
        js_set_str(o, "skill", p->next[i].skill->code);
        if (trial != NULL)
            js_set(o, "trial", trial);
        js_push(arr, o);
    }
    return js_dump(a, arr);
}

/* Are there states to come that nobody has worked out yet? */
static bool waits(const struct panel *p)
{
    return p->has_map && (p->states_ms == 0 || p->fresh.owed.n > 0);
}

static int note_tx(struct db *db, void *ctx, struct err *e)
{
    struct reading *p = ctx;
    struct learn *l = p->l;
    const struct panel_who *who = p->who;
    int64_t now_ms = env_now_ms(l->env);
    bool own = who->by_person_id == who->person_id;
    if (own && p->out->next_n > 0 &&
        db_do(db, S_EXPOSURE_ADD, e, DB_I(l->tenant_id), DB_I(env_id(l->env)),
              DB_I(l->course_id), DB_I(who->person_id),
              DB_T(shown_json(l->a, p->out, who)), DB_I(now_ms)) < 0)
        return -1;
    if (own && p->out->fresh.untold &&
        db_do(db, S_STATE_TOLD, e, DB_I(l->tenant_id), DB_I(l->course_id),
              DB_I(who->person_id), DB_I(now_ms)) < 0)
        return -1;
    if (!own && head_looked(l, db, who->by_person_id, "panel", who->person_id, e) < 0)
        return -1;
    /* Somebody who is here for the first time, or before everybody is worked out anew:
     * a worker sees to this one first. */
    if (own && waits(p->out))
        return recompute_enqueue_person(l, who->person_id, e);
    return 0;
}

/* Is there anything to note? Whoever looks at their own page is no news, and the launch
 * is in the ledger: a page without next steps writes nothing. */
static bool is_news(const struct panel_who *who, const struct panel *p)
{
    bool own = who->by_person_id == who->person_id;
    return !who->quiet && (!own || p->next_n > 0 || p->fresh.untold || waits(p));
}

int panel_read(struct learn *l, const struct panel_who *who, struct panel *out,
               struct err *e)
{
    struct err own = {0};
    struct reading p = {.l = l, .who = who, .out = out};
    if (db_tx(l->db, DB_READ, read_tx, &p, e) < 0)
        return -1;
    if (!is_news(who, out) || db_tx(l->db, DB_WRITE, note_tx, &p, &own) == 0)
        return 0;
    log_err(LOG_ERROR, "panel.note", &own);
    if (who->by_person_id == who->person_id)
        return 0; /* a student's next steps do not wait for our notes */
    return err_set(e, own.code, "who looked could not be noted");
}
