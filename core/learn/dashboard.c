#include "learn/dashboard.h"

#include "base/log.h"
#include "base/map.h"
#include "base/vec.h"
#include "learn/flags.h"
#include "learn/head.h"
#include "learn/words.h"
#include "store/stmt.h"

#include <stdlib.h>

#define DECISIONS_MS (180LL * 24 * 3600 * 1000) /* older ones no longer matter here */
#define GROUPS_MAX 12

struct student {
    int64_t person_id;
    struct str name;
    struct str fold; /* the name in lower case, for the order */
    uint8_t *words;  /* enum mastery_word, by skill */
    bool grouped;
    bool answered; /* a teacher marked the older messages as done */
};

struct reading {
    struct learn *l;
    const struct dashboard_ask *ask;
    struct dashboard *out;
    struct student *students;
    struct student **by_id; /* sorted by person_id */
    size_t students_n;
    struct map *by_code; /* code -> struct dashboard_skill */
    struct node *nodes;  /* beside out->skills */
    struct vec needs;    /* of struct need */
};

/* Skills of which one suffices, as indexes. */
struct node_want {
    size_t *skills;
    size_t n;
};

/* What a skill needs first. A need that asks for less than "mastered" is met here by
 * "mastered" alone: whoever may go on sooner is merely not grouped yet. */
struct node {
    struct node_want *needs;
    size_t needs_n;
};

/* Somebody who works on a skill, has what it needs, and is not there yet. */
struct need {
    size_t skill;
    struct student *who;
};

#define HERE(p) DB_I((p)->l->tenant_id), DB_I((p)->l->course_id)

static int read_head(struct db *db, struct reading *p, struct err *e)
{
    struct head h;
    struct dashboard *out = p->out;
    int found = head_read(p->l, db, 0, &h, e);
    if (found <= 0)
        return found < 0 ? -1 : err_set(e, ERR_NOTFOUND, "there is no such course");
    out->course_title = h.title;
    out->is_copy = h.is_copy && h.map_version == 1; /* nobody has picked another yet */
    out->copied_from = h.copied_from;
    out->floor = h.floor;
    out->map_title = h.map_title;
    out->map_version = h.map_version;
    out->has_map = h.map_version > 0;
    out->begun_ms = h.begun_ms;
    out->wanted_ms = h.wanted_ms;
    out->roster_ms = h.roster_ms;
    out->grades_ms = h.grades_ms;
    out->states_ms = h.states_ms;
    out->fresh = h.fresh;
    out->sources = h.sources;
    out->sources_n = h.sources_n;
    struct db_rows *r = db_ask(db, S_PAGE_COVERAGE, e, HERE(p));
    if (r == NULL)
        return -1;
    int more = db_next(r, e);
    if (more == 1) {
        out->activities = (size_t)db_i64(r, 0);
        out->activities_linked = (size_t)db_i64(r, 1);
    }
    db_end(r);
    return more < 0 ? -1 : 0;
}

static int by_name(const void *x, const void *y)
{
    const struct student *p = x, *q = y;
    int c = str_cmp(p->fold, q->fold);
    return c != 0 ? c : (p->person_id > q->person_id) - (p->person_id < q->person_id);
}

static int by_id(const void *x, const void *y)
{
    int64_t p = (*(struct student *const *)x)->person_id;
    int64_t q = (*(struct student *const *)y)->person_id;
    return (p > q) - (p < q);
}

static int read_students(struct db *db, struct reading *p, struct err *e)
{
    struct arena *a = p->l->a;
    struct vec v;
    vec_init(&v, a, sizeof(struct student));
    struct db_rows *r = db_ask(db, S_PAGE_STUDENTS, e, HERE(p));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1) {
        struct student *s = vec_push(&v);
        s->person_id = db_i64(r, 0);
        s->name = head_name(p->l, s->person_id, str_dup(a, db_text(r, 1)));
        s->fold = str_lower(a, s->name);
    }
    db_end(r);
    if (more < 0)
        return -1;
    if (v.n > 1)
        qsort(v.p, v.n, v.size, by_name);
    p->students = v.p;
    p->students_n = p->out->students = v.n;
    p->by_id = ARENA_ARRAY(a, struct student *, v.n);
    for (size_t i = 0; i < v.n; i++)
        p->by_id[i] = &p->students[i];
    if (v.n > 1)
        qsort(p->by_id, v.n, sizeof(p->by_id[0]), by_id);
    return 0;
}

static struct student *student_of(const struct reading *p, int64_t person_id)
{
    struct student key = {.person_id = person_id}, *at = &key;
    struct student **found = p->students_n > 0 ? bsearch(&at, p->by_id, p->students_n,
                                                         sizeof(p->by_id[0]), by_id)
                                               : NULL;
    return found != NULL ? *found : NULL;
}

static int read_skills(struct db *db, struct reading *p, struct vec *needs, struct err *e)
{
    struct arena *a = p->l->a;
    struct vec v;
    vec_init(&v, a, sizeof(struct dashboard_skill));
    struct db_rows *r = db_ask(db, S_PAGE_SKILLS, e, HERE(p));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1) {
        struct dashboard_skill *k = vec_push(&v);
        k->code = str_dup(a, db_text(r, 0));
        k->title = head_title(p->l, db_text(r, 1), db_text(r, 4));
        k->unit = str_dup(a, db_text(r, 2));
        *(struct str *)vec_push(needs) = str_dup(a, db_text(r, 3));
    }
    db_end(r);
    p->out->skills = v.p;
    p->out->skills_n = v.n;
    p->by_code = map_new(a);
    for (size_t i = 0; i < v.n; i++)
        map_put(p->by_code, p->out->skills[i].code, &p->out->skills[i]);
    return more;
}

static void link_skills(struct reading *p, const struct str *needs)
{
    struct arena *a = p->l->a;
    p->nodes = ARENA_ARRAY(a, struct node, p->out->skills_n);
    for (size_t i = 0; i < p->out->skills_n; i++) {
        size_t n;
        struct node *node = &p->nodes[i];
        const struct words_want *wants = words_wants(a, needs[i], &n);
        node->needs = ARENA_ARRAY(a, struct node_want, n);
        for (size_t j = 0; j < n; j++) {
            struct node_want *w = &node->needs[node->needs_n];
            w->skills = ARENA_ARRAY(a, size_t, wants[j].n);
            for (size_t k = 0; k < wants[j].n; k++) {
                const struct dashboard_skill *s = map_get(p->by_code, wants[j].codes[k]);
                if (s != NULL)
                    w->skills[w->n++] = (size_t)(s - p->out->skills);
            }
            node->needs_n += w->n > 0;
        }
    }
}

static bool holds(enum mastery_word w)
{
    return w == MASTERY_MASTERED || w == MASTERY_REVIEW;
}

static bool met(const struct node_want *w, const struct student *who)
{
    for (size_t i = 0; i < w->n; i++)
        if (holds(who->words[w->skills[i]]))
            return true;
    return false;
}

/* One student's words are complete: count them, and note what the student needs. */
static void count_student(struct reading *p, struct student *who)
{
    struct dashboard *out = p->out;
    for (size_t i = 0; i < out->skills_n; i++) {
        out->skills[i].counts[who->words[i]]++;
        bool open = true;
        for (size_t j = 0; j < p->nodes[i].needs_n; j++)
            open = open && met(&p->nodes[i].needs[j], who);
        if (open && who->words[i] == MASTERY_LEARNING)
            *(struct need *)vec_push(&p->needs) = (struct need){.skill = i, .who = who};
    }
}

static enum mastery_word word_of(struct str name)
{
    enum mastery_word w;
    return mastery_word_from(name, &w) ? w : MASTERY_NONE;
}

/* Everybody's words; who has no row has no evidence. */
static int read_words(struct db *db, struct reading *p, struct err *e)
{
    struct arena *a = p->l->a;
    struct db_rows *r = db_ask(db, S_PAGE_WORDS, e, HERE(p));
    if (r == NULL)
        return -1;
    for (size_t i = 0; i < p->students_n; i++)
        p->students[i].words = arena_alloc(a, p->out->skills_n);
    int more;
    int64_t last = 0;
    struct student *who = NULL;
    while ((more = db_next(r, e)) == 1) {
        if (db_i64(r, 0) != last)
            who = student_of(p, last = db_i64(r, 0));
        const struct dashboard_skill *s =
            who != NULL ? map_get(p->by_code, db_text(r, 1)) : NULL;
        if (s != NULL)
            who->words[s - p->out->skills] = (uint8_t)word_of(db_text(r, 2));
    }
    db_end(r);
    vec_init(&p->needs, a, sizeof(struct need));
    for (size_t i = 0; i < p->students_n; i++)
        count_student(p, &p->students[i]);
    return more;
}

/* Said before, later: the same thing of the same skill. */
static bool is_repeated(const struct vec *v, const struct dashboard_message *m)
{
    const struct dashboard_message *all = v->p;
    for (size_t i = 0; i < v->n; i++)
        if (all[i].person_id == m->person_id && all[i].wrong == m->wrong &&
            str_eq(all[i].skill_title, m->skill_title))
            return true;
    return false;
}

/* What students said, the newest first, down to where a teacher marked it as done. */
static int read_messages(struct db *db, struct reading *p, struct err *e)
{
    struct learn *l = p->l;
    struct vec v;
    struct decision *rows;
    size_t n;
    if (decision_said(db, l->a, l->tenant_id, l->course_id,
                      env_now_ms(l->env) - DECISIONS_MS, &rows, &n, e) < 0)
        return -1;
    vec_init(&v, l->a, sizeof(struct dashboard_message));
    for (size_t i = 0; i < n; i++) {
        struct student *who = student_of(p, rows[i].person_id);
        if (who == NULL || who->answered)
            continue;
        who->answered = str_is(rows[i].kind, "message_done");
        if (who->answered)
            continue;
        const struct dashboard_skill *s = map_get(p->by_code, rows[i].subject);
        struct dashboard_message m = {.person_id = who->person_id,
                                      .name = who->name,
                                      .wrong = str_is(rows[i].kind, "looks_wrong"),
                                      .skill_title = s != NULL ? s->title : STR_EMPTY,
                                      .at_ms = rows[i].at_ms};
        if (!is_repeated(&v, &m))
            *(struct dashboard_message *)vec_push(&v) = m;
    }
    p->out->messages = v.p;
    p->out->messages_n = v.n;
    return 0;
}

static int read_flags(struct db *db, struct reading *p, struct err *e)
{
    struct learn *l = p->l;
    struct dashboard *out = p->out;
    struct flags_ctx c = {.now_ms = env_now_ms(l->env)};
    struct decision *decisions;
    struct dashboard_flag *flags, *talks;
    size_t n;
    if (flags_activities(l, db, &c, e) < 0 ||
        decision_list(db, l->a, l->tenant_id, l->course_id, 0, c.now_ms - DECISIONS_MS,
                      &decisions, &c.decisions_n, e) < 0)
        return -1;
    c.decisions = decisions;
    if (flags_read(l, db, 0, &c, &flags, &n, e) < 0)
        return -1;
    size_t here = 0;
    for (size_t i = 0; i < n; i++) {
        const struct student *s = student_of(p, flags[i].person_id);
        if (s == NULL)
            continue; /* no longer in the course, or staff */
        flags[i].name = s->name;
        flags[here++] = flags[i];
    }
    n = flags_talks(l->a, flags, here, &talks, &out->put_off);
    out->talks = talks;
    out->talks_n = n < DASHBOARD_TALKS ? n : DASHBOARD_TALKS;
    out->waiting = talks + out->talks_n;
    out->waiting_n = n - out->talks_n;
    return 0;
}

static int by_skill_name(const void *x, const void *y)
{
    const struct need *p = x, *q = y;
    if (p->skill != q->skill)
        return p->skill < q->skill ? -1 : 1;
    /* Students stand in the order of their names. */
    return p->who < q->who ? -1 : p->who > q->who;
}

/* The skill with the most students who are in no group yet; their number. */
static size_t largest_need(const struct reading *p, const struct need *needs, size_t n,
                           size_t *skill)
{
    size_t *open = ARENA_ARRAY(p->l->a, size_t, p->out->skills_n);
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        open[needs[i].skill] += !needs[i].who->grouped;
    for (size_t k = 0; k < p->out->skills_n; k++) {
        if (open[k] > most) {
            most = open[k];
            *skill = k;
        }
    }
    return most;
}

/* All who need one skill, in groups of like size. */
static void form_groups(struct reading *p, const struct need *needs, size_t n,
                        size_t skill, size_t most, struct vec *groups)
{
    struct arena *a = p->l->a;
    size_t parts = (most + DASHBOARD_GROUP_MAX - 1) / DASHBOARD_GROUP_MAX;
    size_t at = 0;
    for (size_t k = 0; k < parts && groups->n < GROUPS_MAX; k++) {
        size_t size = most / parts + (k < most % parts);
        struct dashboard_group *g = vec_push(groups);
        g->skill_code = p->out->skills[skill].code;
        g->skill_title = p->out->skills[skill].title;
        g->names = ARENA_ARRAY(a, struct str, size);
        g->person_ids = ARENA_ARRAY(a, int64_t, size);
        for (; at < n && g->n < size; at++) {
            if (needs[at].skill != skill || needs[at].who->grouped)
                continue;
            needs[at].who->grouped = true;
            g->names[g->n] = needs[at].who->name;
            g->person_ids[g->n++] = needs[at].who->person_id;
        }
    }
}

/* The commonest need first; nobody stands in two groups; fewer than three make none. */
static void fill_groups(struct reading *p)
{
    struct vec groups, *v = &p->needs;
    size_t skill = 0, most;
    vec_init(&groups, p->l->a, sizeof(struct dashboard_group));
    if (v->n > 1)
        qsort(v->p, v->n, v->size, by_skill_name);
    while (groups.n < GROUPS_MAX &&
           (most = largest_need(p, v->p, v->n, &skill)) >= DASHBOARD_GROUP_MIN)
        form_groups(p, v->p, v->n, skill, most, &groups);
    p->out->groups = groups.p;
    p->out->groups_n = groups.n;
}

/* Parameters of PAGE_VISITS: the persons of this page. */
static void page_args(const struct reading *p, size_t from,
                      struct db_arg args[2 + DASHBOARD_PAGE])
{
    args[0] = DB_I(p->l->tenant_id);
    args[1] = DB_I(p->l->course_id);
    for (size_t i = 0; i < DASHBOARD_PAGE; i++)
        args[2 + i] = DB_I(i < p->out->rows_n ? p->students[from + i].person_id : 0);
}

static struct dashboard_row *row_of(const struct reading *p, size_t from,
                                    int64_t person_id)
{
    const struct student *s = student_of(p, person_id);
    return s != NULL ? &p->out->rows[(size_t)(s - p->students) - from] : NULL;
}

static int read_visits(struct db *db, struct reading *p, size_t from,
                       const struct db_arg *args, struct err *e)
{
    struct db_rows *r = db_query(db, S_PAGE_VISITS, args, 2 + DASHBOARD_PAGE, e);
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1) {
        struct dashboard_row *row = row_of(p, from, db_i64(r, 0));
        if (row != NULL)
            row->seen_ms = db_i64(r, 1);
    }
    db_end(r);
    return more;
}

/* Students in one table: fewer when the map is wide, so that a page has a bound. */
static size_t rows_most(size_t skills_n)
{
    size_t most = DASHBOARD_CELLS / (skills_n > 0 ? skills_n : 1);
    if (most > DASHBOARD_PAGE)
        most = DASHBOARD_PAGE;
    return most > 0 ? most : 1;
}

static int read_heat(struct db *db, struct reading *p, struct err *e)
{
    struct dashboard *out = p->out;
    struct db_arg args[2 + DASHBOARD_PAGE];
    size_t most = rows_most(out->skills_n);
    out->pages = (p->students_n + most - 1) / most;
    out->page = p->ask->page < out->pages ? p->ask->page
                : out->pages > 0          ? out->pages - 1
                                          : 0;
    size_t from = out->page * most;
    out->rows_n = p->students_n - from < most ? p->students_n - from : most;
    out->rows = ARENA_ARRAY(p->l->a, struct dashboard_row, out->rows_n);
    for (size_t i = 0; i < out->rows_n; i++) {
        out->rows[i].person_id = p->students[from + i].person_id;
        out->rows[i].name = p->students[from + i].name;
        out->rows[i].cells = ARENA_ARRAY(p->l->a, enum mastery_word, out->skills_n);
        for (size_t k = 0; k < out->skills_n; k++) {
            out->rows[i].cells[k] = (enum mastery_word)p->students[from + i].words[k];
            out->rows[i].mastered += holds(out->rows[i].cells[k]);
        }
    }
    if (out->rows_n == 0)
        return 0;
    page_args(p, from, args);
    return read_visits(db, p, from, args, e);
}

static int read_tx(struct db *db, void *ctx, struct err *e)
{
    struct reading *p = ctx;
    *p->out = (struct dashboard){0};
    if (read_head(db, p, e) < 0 || read_students(db, p, e) < 0)
        return -1;
    if (!p->out->has_map)
        return 0;
    struct vec needs;
    vec_init(&needs, p->l->a, sizeof(struct str));
    if (read_skills(db, p, &needs, e) < 0)
        return -1;
    link_skills(p, needs.p);
    if (read_words(db, p, e) < 0 || read_messages(db, p, e) < 0 ||
        read_flags(db, p, e) < 0)
        return -1;
    fill_groups(p);
    return read_heat(db, p, e);
}

static int note_tx(struct db *db, void *ctx, struct err *e)
{
    struct reading *p = ctx;
    return head_looked(p->l, db, p->ask->by_person_id, "course", 0, e);
}

int dashboard_read(struct learn *l, const struct dashboard_ask *ask,
                   struct dashboard *out, struct err *e)
{
    struct reading p = {.l = l, .ask = ask, .out = out};
    if (db_tx(l->db, DB_READ, read_tx, &p, e) < 0)
        return -1;
    return db_tx(l->db, DB_WRITE, note_tx, &p, e);
}
