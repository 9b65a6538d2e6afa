#include "learn/ties.h"

#include "base/map.h"
#include "base/vec.h"
#include "engine/mapdoc.h"
#include "engine/match.h"
#include "learn/floor.h"
#include "learn/proving.h"
#include "learn/recompute.h"
#include "store/activity.h"
#include "store/mapstore.h"
#include "store/stmt.h"

#include <stdlib.h>

#define CODE_N 64 /* as mapdoc.c has it */

struct str ties_tag_item(struct arena *a, const struct activitytag *t)
{
    return str_fmt(a, "%.*s:%.*s", STR_ARG(t->kind), STR_ARG(t->value));
}

/* --- what should be, and what is
 * -------------------------------------------------------- */

/* One tie on its way: as it stands, and as it should. */
struct link {
    struct map_link row;
    bool stands;
    bool wanted;
    double weight; /* wanted */
    bool chosen;   /* wanted */
};

struct apply {
    struct learn *l;
    const struct skill_map *m;
    int64_t map_id;
    struct activity *activities;
    size_t activities_n;
    struct tiechoice *choices;
    size_t choices_n;
    struct activitytag *tags;
    size_t tags_n;
    bool tags_read;
    struct map *known; /* ids of the course's activities */
    struct map *links; /* "ID\nITEM\nCODE" -> struct link, in order of appearance */
};

static struct str id_text(struct arena *a, int64_t id)
{
    return str_fmt(a, "%lld", (long long)id);
}

static struct link *link_at(struct apply *p, int64_t activity_id, struct str item,
                            struct str code)
{
    struct arena *a = p->l->a;
    struct str key = str_fmt(a, "%lld\n%.*s\n%.*s", (long long)activity_id, STR_ARG(item),
                             STR_ARG(code));
    struct link *k = map_get(p->links, key);
    if (k == NULL) {
        k = ARENA_NEW(a, struct link);
        k->row = (struct map_link){
            .activity_id = activity_id, .item = item, .skill_code = code};
        map_put(p->links, key, k);
    }
    return k;
}

static int read_standing(struct apply *p, struct err *e)
{
    struct map_link *rows;
    size_t n;
    p->links = map_new(p->l->a);
    if (mapstore_links(p->l->db, p->l->a, p->l->tenant_id, p->map_id, &rows, &n, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct link *k =
            link_at(p, rows[i].activity_id, rows[i].item, rows[i].skill_code);
        k->row = rows[i];
        k->stands = true;
        k->wanted = !rows[i].chosen; /* what a rule once tied stays */
        k->weight = rows[i].weight;
    }
    return 0;
}

static void want_rules(struct apply *p)
{
    struct arena *a = p->l->a;
    struct course_activity *list =
        ARENA_ARRAY(a, struct course_activity, p->activities_n);
    struct tie *ties;
    for (size_t i = 0; i < p->activities_n; i++)
        list[i] = (struct course_activity){.id = p->activities[i].activity_id,
                                           .title = p->activities[i].title,
                                           .kind = p->activities[i].kind};
    size_t n = match_course(a, p->m, list, p->activities_n, &ties, NULL);
    for (size_t i = 0; i < n; i++) {
        struct link *k = link_at(p, ties[i].activity_id, ties[i].item,
                                 p->m->skills[ties[i].skill].code);
        if (k->wanted)
            continue; /* as an earlier rule, or an earlier time, has it */
        k->wanted = true;
        k->weight = ties[i].weight;
    }
}

static bool is_code(const struct skill *s, struct str text)
{
    return text.n > 0 && (str_eq(s->code, text) || str_eq(s->standard, text));
}

/* An item that the LMS itself calls by a skill's code, or its standard's. */
static void want_codes(struct apply *p)
{
    for (size_t i = 0; i < p->tags_n; i++) {
        const struct activitytag *t = &p->tags[i];
        if (t->item.n == 0 || !str_is(t->kind, "outcome") ||
            map_get(p->known, id_text(p->l->a, t->activity_id)) == NULL)
            continue;
        for (size_t k = 0; k < p->m->skill_n; k++) {
            const struct skill *s = &p->m->skills[k];
            if (!is_code(s, t->value) && !is_code(s, t->title))
                continue;
            struct link *x = link_at(p, t->activity_id, t->item, s->code);
            x->weight = x->wanted ? x->weight : TIES_MADE_FOR;
            x->wanted = true;
        }
    }
}

static void want_word(struct apply *p, int64_t activity_id, struct str item,
                      struct str code, const struct tiechoice_word *word)
{
    struct link *k = link_at(p, activity_id, item, code);
    k->wanted = word->tells;
    k->weight = word->weight;
    k->chosen = true;
}

/* Everything that bears the tag that a choice speaks of. */
static void want_tag(struct apply *p, const struct tiechoice *c, struct str code)
{
    for (size_t i = 0; i < p->tags_n; i++) {
        const struct activitytag *t = &p->tags[i];
        if (t->activity_id != 0 && str_eq(ties_tag_item(p->l->a, t), c->key.item))
            want_word(p, t->activity_id, t->item, code, &c->word);
    }
}

/* Those about tags first, then by time: where two codes became one skill, what was said
 * last stands. */
static int order_said(const void *x, const void *y)
{
    const struct tiechoice *p = x, *q = y;
    bool p_tag = p->key.activity_id == 0, q_tag = q->key.activity_id == 0;
    if (p_tag != q_tag)
        return p_tag ? -1 : 1;
    if (p->at_ms != q->at_ms)
        return p->at_ms < q->at_ms ? -1 : 1;
    int c = str_cmp(p->key.item, q->key.item);
    return c != 0 ? c : str_cmp(p->key.skill_code, q->key.skill_code);
}

static void want_choice(struct apply *p, const struct tiechoice *c, struct str code)
{
    if (c->key.activity_id == 0)
        want_tag(p, c, code);
    else if (map_get(p->known, id_text(p->l->a, c->key.activity_id)) != NULL)
        want_word(p, c->key.activity_id, c->key.item, code, &c->word);
}

static void want_choices(struct apply *p)
{
    if (p->choices_n > 1)
        qsort(p->choices, p->choices_n, sizeof(p->choices[0]), order_said);
    for (size_t i = 0; i < p->choices_n; i++) {
        int32_t heirs[SKILL_HEIRS_MAX];
        size_t n =
            skill_heirs(p->m, p->choices[i].key.skill_code, heirs, SKILL_HEIRS_MAX);
        for (size_t k = 0; k < n && k < SKILL_HEIRS_MAX; k++)
            want_choice(p, &p->choices[i], p->m->skills[heirs[k]].code);
    }
}

static int write_links(struct apply *p, size_t *changed, struct err *e)
{
    struct learn *l = p->l;
    *changed = 0;
    for (size_t i = 0; i < map_len(p->links); i++) {
        struct link *k = map_val(p->links, i);
        bool same =
            k->stands == k->wanted &&
            (!k->wanted || (k->row.weight == k->weight && k->row.chosen == k->chosen));
        if (same)
            continue;
        k->row.weight = k->weight;
        k->row.chosen = k->chosen;
        if ((k->wanted
                 ? mapstore_put_link(l->db, l->tenant_id, p->map_id, &k->row, e)
                 : mapstore_drop_link(l->db, l->tenant_id, p->map_id, &k->row, e)) < 0)
            return -1;
        ++*changed;
    }
    return 0;
}

/* The course, with what was said about it: 1, 0 without a map, -1. */
static int read_course(struct learn *l, struct apply *p, struct err *e)
{
    struct map_row row;
    *p = (struct apply){.l = l};
    int found = mapstore_current(l->db, l->a, l->tenant_id, l->course_id, &row, e);
    if (found <= 0)
        return found;
    p->map_id = row.map_id;
    p->m = mapdoc_parse(l->a, row.document, NULL, e);
    if (p->m == NULL ||
        activity_list(l->db, l->a, l->tenant_id, l->course_id, &p->activities,
                      &p->activities_n, e) < 0 ||
        tiechoice_list(l->db, l->a, l->tenant_id, l->course_id, &p->choices,
                       &p->choices_n, e) < 0)
        return -1;
    p->known = map_new(l->a);
    for (size_t i = 0; i < p->activities_n; i++)
        map_put(p->known, id_text(l->a, p->activities[i].activity_id), &p->activities[i]);
    return 1;
}

static int read_tags(struct apply *p, struct err *e)
{
    struct learn *l = p->l;
    if (p->tags_read)
        return 0;
    p->tags_read = true;
    return activitytag_list(l->db, l->a, l->tenant_id, l->course_id, &p->tags, &p->tags_n,
                            e);
}

static int apply(struct apply *p, size_t *changed, struct err *e)
{
    struct learn *l = p->l;
    if (read_tags(p, e) < 0 || read_standing(p, e) < 0)
        return -1;
    want_rules(p);
    want_codes(p);
    want_choices(p);
    if (write_links(p, changed, e) < 0)
        return -1;
    if (floor_settle(l, e) < 0)
        return -1;
    if (*changed == 0)
        return 0;
    if (db_do(l->db, S_TIES_RAISE, e, DB_I(l->tenant_id), DB_I(l->course_id)) < 0)
        return -1;
    return activity_touch(l->db, l->tenant_id, l->course_id, env_now_ms(l->env), e);
}

int ties_apply(struct learn *l, size_t *changed, struct err *e)
{
    struct apply p;
    *changed = 0;
    int found = read_course(l, &p, e);
    return found <= 0 ? found : apply(&p, changed, e);
}

/* --- what teachers say -----------------------------------------------------------------
 */

struct saying {
    struct learn *l;
    int64_t by_person_id;
    const struct ties_say *say;
    size_t n;
    bool untie;        /* let the map's rules decide which word takes it away */
    int64_t change_id; /* to be taken back, or 0 */
    struct ties_result out;
};

static bool is_tag(const struct apply *p, struct str item)
{
    for (size_t i = 0; i < p->tags_n; i++)
        if (str_eq(ties_tag_item(p->l->a, &p->tags[i]), item))
            return true;
    return false;
}

static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ')
            return false;
    return s.n <= ACTIVITYTAG_TEXT_N + 16;
}

/* What comes out of a form: of this course, of this map? */
static int check(struct apply *p, const struct ties_say *s, struct err *e)
{
    bool tells = s->word.said && s->word.tells;
    if (tells && !(s->word.weight >= 0 && s->word.weight <= 1))
        return err_set(e, ERR_INPUT, "a tie's weight is a number from 0 to 1");
    if (tells && skill_find(p->m, s->key.skill_code) < 0)
        return err_set(e, ERR_INPUT, "the course's map has no such skill");
    if (!is_plain(s->key.item))
        return err_set(e, ERR_INPUT, "that is no question");
    /* To say no, too: each text would be a row that every reading of ties looks at. */
    if (s->word.said && (s->key.skill_code.n > CODE_N || !is_plain(s->key.skill_code)))
        return err_set(e, ERR_INPUT, "that is no skill");
    if (s->key.activity_id != 0)
        return map_get(p->known, id_text(p->l->a, s->key.activity_id)) != NULL
                   ? 0
                   : err_set(e, ERR_INPUT, "the course has no such activity");
    if (read_tags(p, e) < 0)
        return -1;
    return !s->word.said || is_tag(p, s->key.item)
               ? 0
               : err_set(e, ERR_INPUT, "nothing in the course has that tag");
}

static bool same_word(const struct tiechoice_word *x, const struct tiechoice_word *y)
{
    return x->said == y->said &&
           (!x->said || (x->tells == y->tells && (!x->tells || x->weight == y->weight)));
}

static bool same_key(const struct tiechoice_key *x, const struct tiechoice_key *y)
{
    return x->activity_id == y->activity_id && str_eq(x->item, y->item) &&
           str_eq(x->skill_code, y->skill_code);
}

static int say_one(struct db *db, struct saying *s, const struct apply *p,
                   const struct ties_say *say, struct err *e)
{
    struct learn *l = s->l;
    struct tiechoice_word was = {.said = false};
    for (size_t i = 0; i < p->choices_n; i++)
        if (same_key(&p->choices[i].key, &say->key))
            was = p->choices[i].word;
    if (same_word(&was, &say->word))
        return 0;
    struct tiechoice_change c = {.key = say->key,
                                 .was = was,
                                 .is = say->word,
                                 .by_person_id = s->by_person_id,
                                 .at_ms = env_now_ms(l->env)};
    if (tiechoice_say(db, l->env, l->tenant_id, l->course_id, &c, e) < 0)
        return -1;
    s->out.said++;
    s->out.change_id = c.change_id;
    return 0;
}

/* Would it be tied if nobody had said anything about just this? */
static bool tied_anyway(struct apply p, const struct tiechoice_key *key)
{
    const struct tiechoice *all = p.choices;
    size_t n = p.choices_n;
    p.choices = ARENA_ARRAY(p.l->a, struct tiechoice, n);
    p.choices_n = 0;
    for (size_t i = 0; i < n; i++)
        if (!same_key(&all[i].key, key))
            p.choices[p.choices_n++] = all[i];
    want_rules(&p);
    want_codes(&p);
    want_choices(&p);
    return link_at(&p, key->activity_id, key->item, key->skill_code)->wanted;
}

/* The word that unties. */
static int untie_word(struct apply *p, const struct tiechoice_key *key,
                      struct tiechoice_word *word, struct err *e)
{
    *word = (struct tiechoice_word){.said = false};
    if (key->activity_id == 0)
        return 0;
    if (read_tags(p, e) < 0 || read_standing(p, e) < 0)
        return -1;
    word->said = tied_anyway(*p, key);
    return 0;
}

/* What to say, of a change that is taken back: 0, or -1. */
static int undo_word(struct saying *s, struct ties_say *say, struct err *e)
{
    struct learn *l = s->l;
    struct tiechoice_change c;
    int found =
        tiechoice_change(l->db, l->a, l->tenant_id, l->course_id, s->change_id, &c, e);
    if (found == 0)
        return err_set(e, ERR_NOTFOUND, "there is no such change");
    if (found < 0)
        return -1;
    *say = (struct ties_say){.key = c.key, .word = c.was};
    return 0;
}

static int say_tx(struct db *db, void *ctx, struct err *e)
{
    struct saying *s = ctx;
    struct learn *l = s->l;
    struct apply p;
    struct ties_say one;
    s->out = (struct ties_result){0};
    int found = read_course(l, &p, e);
    if (found <= 0)
        return found < 0 ? -1 : err_set(e, ERR_NOTFOUND, "the course has no skill map");
    const struct ties_say *say = s->say;
    size_t n = s->n;
    if (s->untie || s->change_id != 0) {
        if (s->untie)
            one.key = s->say->key;
        if ((s->untie ? untie_word(&p, &one.key, &one.word, e) : undo_word(s, &one, e)) <
            0)
            return -1;
        say = &one;
        n = 1;
    }
    for (size_t i = 0; i < n; i++)
        if ((s->change_id == 0 && check(&p, &say[i], e) < 0) ||
            say_one(db, s, &p, &say[i], e) < 0)
            return -1;
    if (s->out.said == 0)
        return 0;
    if (ties_apply(l, &s->out.changed, e) < 0)
        return -1;
    if (s->out.changed > 0 && proving_enqueue(l, e) < 0)
        return -1;
    return s->out.changed > 0 ? recompute_enqueue(l, e) : 0;
}

static int run(struct saying *s, struct ties_result *out, struct err *e)
{
    struct ties_result none;
    struct err own = {0};
    e = e != NULL ? e : &own;
    out = out != NULL ? out : &none;
    int rc = db_tx(s->l->db, DB_WRITE, say_tx, s, e);
    *out = s->out;
    return rc;
}

int ties_say(struct learn *l, int64_t by_person_id, const struct ties_say *say, size_t n,
             struct ties_result *out, struct err *e)
{
    struct saying s = {.l = l, .by_person_id = by_person_id, .say = say, .n = n};
    return run(&s, out, e);
}

int ties_untie(struct learn *l, int64_t by_person_id, const struct tiechoice_key *key,
               struct ties_result *out, struct err *e)
{
    struct ties_say say = {.key = *key};
    struct saying s = {
        .l = l, .by_person_id = by_person_id, .say = &say, .n = 1, .untie = true};
    return run(&s, out, e);
}

int ties_undo(struct learn *l, int64_t by_person_id, int64_t change_id,
              struct ties_result *out, struct err *e)
{
    struct saying s = {.l = l, .by_person_id = by_person_id, .change_id = change_id};
    if (change_id == 0)
        return err_set(e, ERR_NOTFOUND, "there is no such change");
    return run(&s, out, e);
}

/* --- what connectors tell --------------------------------------------------------------
 */

struct telling {
    struct learn *l;
    const struct activitytag *rows;
    size_t n;
};

static int tags_tx(struct db *db, void *ctx, struct err *e)
{
    struct telling *t = ctx;
    struct learn *l = t->l;
    size_t kept, changed;
    if (activitytag_keep(db, l->a, l->tenant_id, l->course_id, t->rows, t->n,
                         env_now_ms(l->env), &kept, e) < 0)
        return -1;
    if (kept == 0)
        return 0;
    if (ties_apply(l, &changed, e) < 0)
        return -1;
    if (changed > 0 && proving_enqueue(l, e) < 0)
        return -1;
    return changed > 0 ? recompute_enqueue(l, e) : 0;
}

int ties_tags(struct learn *l, const struct activitytag *rows, size_t n, struct err *e)
{
    struct telling t = {l, rows, n};
    return db_in_tx(l->db) ? tags_tx(l->db, &t, e)
                           : db_tx(l->db, DB_WRITE, tags_tx, &t, e);
}
