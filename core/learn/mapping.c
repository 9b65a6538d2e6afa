#include "learn/mapping.h"

#include "base/vec.h"
#include "engine/mapdoc.h"
#include "learn/head.h"
#include "store/stmt.h"

#include <stdlib.h>

#define HINTS_N 3        /* shown for one activity */
#define HINTS_LOOK 12    /* looked at, because some are tied or refused already */
#define ANSWERS_N 40000  /* of one quiz */
#define TAG_SKILLS_N 300 /* a tag is about few skills; more are left out */

struct reading {
    struct learn *l;
    const struct mapping_ask *ask;
    struct mapping *out;
    struct map_row map_row;
    struct activity *activities;
    size_t activities_n;
    struct map_link *links;
    size_t links_n;
    struct activity_item *items;
    size_t items_n;
    int64_t *own;
    size_t own_n;
    struct tiechoice *choices;
    size_t choices_n;
    struct activitytag *tags;
    size_t tags_n;
    struct map *names; /* person -> struct str */
    struct map *said;  /* "ID\nITEM\nCODE" -> struct tiechoice, codes of today */
    struct suggest *suggest;
};

static struct str id_text(struct arena *a, int64_t id)
{
    return str_fmt(a, "%lld", (long long)id);
}

static struct str said_key(struct arena *a, int64_t id, struct str item, struct str code)
{
    return str_fmt(a, "%lld\n%.*s\n%.*s", (long long)id, STR_ARG(item), STR_ARG(code));
}

/* --- reading
 * --------------------------------------------------------------------------- */

static int read_map(struct reading *r, struct err *e)
{
    struct learn *l = r->l;
    int found = mapstore_current(l->db, l->a, l->tenant_id, l->course_id, &r->map_row, e);
    if (found <= 0)
        return found;
    const struct skill_map *m = mapdoc_parse(l->a, r->map_row.document, NULL, e);
    if (m == NULL)
        return -1;
    r->out->map = m;
    r->out->map_title = r->map_row.title;
    r->out->map_version = r->map_row.version;
    r->suggest = suggest_new(l->a, m);
    return 0;
}

static int read_names(struct reading *r, struct err *e)
{
    struct learn *l = r->l;
    r->names = map_new(l->a);
    struct db_rows *rows =
        db_ask(l->db, S_STAFF_NAMES, e, DB_I(l->tenant_id), DB_I(l->course_id));
    if (rows == NULL)
        return -1;
    int more;
    while ((more = db_next(rows, e)) == 1) {
        struct str *name = ARENA_NEW(l->a, struct str);
        *name = head_name(l, db_i64(rows, 0), str_dup(l->a, db_text(rows, 1)));
        map_put(r->names, id_text(l->a, db_i64(rows, 0)), name);
    }
    db_end(rows);
    return more;
}

static int read_all(struct reading *r, struct err *e)
{
    struct learn *l = r->l;
    struct db *db = l->db;
    struct tiechoice_change *changes;
    if (read_map(r, e) < 0 || read_names(r, e) < 0 ||
        activity_list(db, l->a, l->tenant_id, l->course_id, &r->activities,
                      &r->activities_n, e) < 0 ||
        mapstore_links(db, l->a, l->tenant_id, r->map_row.map_id, &r->links, &r->links_n,
                       e) < 0 ||
        activity_items(db, l->a, l->tenant_id, l->course_id, &r->items, &r->items_n, e) <
            0 ||
        coverage_own(l, &r->own, &r->own_n, e) < 0 ||
        tiechoice_list(db, l->a, l->tenant_id, l->course_id, &r->choices, &r->choices_n,
                       e) < 0 ||
        activitytag_list(db, l->a, l->tenant_id, l->course_id, &r->tags, &r->tags_n, e) <
            0 ||
        tiechoice_changes(db, l->a, l->tenant_id, l->course_id, MAPPING_CHANGES, &changes,
                          &r->out->changes_n, e) < 0)
        return -1;
    r->out->changes = ARENA_ARRAY(l->a, struct mapping_change, r->out->changes_n);
    for (size_t i = 0; i < r->out->changes_n; i++)
        r->out->changes[i].said = changes[i];
    return 0;
}

/* What was said, under the codes of today; what is about no skill of today is kept
 * apart. */
static void index_said(struct reading *r)
{
    struct arena *a = r->l->a;
    struct vec lost;
    vec_init(&lost, a, sizeof(struct tiechoice));
    r->said = map_new(a);
    for (size_t i = 0; r->out->map != NULL && i < r->choices_n; i++) {
        struct tiechoice *c = &r->choices[i];
        int32_t heirs[SKILL_HEIRS_MAX];
        size_t n = skill_heirs(r->out->map, c->key.skill_code, heirs, SKILL_HEIRS_MAX);
        if (n == 0)
            *(struct tiechoice *)vec_push(&lost) = *c;
        for (size_t k = 0; k < n && k < SKILL_HEIRS_MAX; k++)
            map_put(r->said,
                    said_key(a, c->key.activity_id, c->key.item,
                             r->out->map->skills[heirs[k]].code),
                    c);
    }
    r->out->lost = lost.p;
    r->out->lost_n = lost.n;
}

static bool is_own(const struct reading *r, int64_t id)
{
    for (size_t i = 0; i < r->own_n; i++)
        if (r->own[i] == id)
            return true;
    return false;
}

static struct str name_of(const struct reading *r, int64_t person_id)
{
    const struct str *name = map_get(r->names, id_text(r->l->a, person_id));
    return person_id == 0 ? STR_EMPTY
           : name != NULL ? *name
                          : head_name(r->l, person_id, STR_EMPTY);
}

/* --- one activity
 * ---------------------------------------------------------------------- */

/* The first of an ordered array that is not before `id`. */
static size_t first_link(const struct reading *r, int64_t id)
{
    size_t low = 0, high = r->links_n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (r->links[mid].activity_id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static size_t first_tag(const struct reading *r, int64_t id)
{
    size_t low = 0, high = r->tags_n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (r->tags[mid].activity_id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static size_t count_items(const struct reading *r, int64_t id)
{
    size_t n = 0;
    for (size_t i = 0; i < r->items_n; i++)
        n += r->items[i].activity_id == id;
    return n;
}

static struct mapping_tie tie_of(const struct reading *r, const struct map_link *k)
{
    struct mapping_tie t = {
        .item = k->item,
        .skill = &r->out->map->skills[skill_find(r->out->map, k->skill_code)],
        .weight = k->weight,
        .chosen = k->chosen};
    const struct tiechoice *c =
        map_get(r->said, said_key(r->l->a, k->activity_id, k->item, k->skill_code));
    t.by_tag = k->chosen && c == NULL;
    if (k->chosen && c != NULL) {
        t.by = name_of(r, c->by_person_id);
        t.mine = c->by_person_id == r->ask->by_person_id && c->by_person_id != 0;
    }
    return t;
}

static void row_ties(const struct reading *r, struct mapping_row *row)
{
    struct vec v;
    int64_t id = row->activity->activity_id;
    vec_init(&v, r->l->a, sizeof(struct mapping_tie));
    for (size_t i = first_link(r, id);
         r->out->map != NULL && i < r->links_n && r->links[i].activity_id == id; i++)
        if (skill_find(r->out->map, r->links[i].skill_code) >= 0)
            *(struct mapping_tie *)vec_push(&v) = tie_of(r, &r->links[i]);
    row->ties = v.p;
    row->ties_n = v.n;
}

static bool is_tied(const struct mapping_tie *ties, size_t n, struct str item,
                    const struct skill *s)
{
    for (size_t i = 0; i < n; i++)
        if (ties[i].skill == s && (item.n == 0 || str_eq(ties[i].item, item)))
            return true;
    return false;
}

/* What may fit, without what is tied or was refused. An activity that has ties gets only
 * what stands on a code: the rest would be noise. */
static struct mapping_hint *hints_of(const struct reading *r,
                                     const struct suggest_activity *about, int64_t id,
                                     struct str item, const struct mapping_tie *ties,
                                     size_t ties_n, size_t *n)
{
    struct arena *a = r->l->a;
    struct suggest_hit *hits;
    size_t found = suggest_for(r->suggest, about, HINTS_LOOK, &hits);
    struct mapping_hint *out = ARENA_ARRAY(a, struct mapping_hint, HINTS_N);
    *n = 0;
    for (size_t i = 0; i < found && *n < HINTS_N; i++) {
        const struct skill *s = &r->out->map->skills[hits[i].skill];
        bool code = hits[i].reason == SUGGEST_STANDARD || hits[i].reason == SUGGEST_CODE;
        if (is_tied(ties, ties_n, item, s) || (ties_n > 0 && !code) ||
            map_get(r->said, said_key(a, id, item, s->code)) != NULL)
            continue;
        out[(*n)++] =
            (struct mapping_hint){item, s, hits[i].strong, hits[i].reason, hits[i].words};
    }
    return out;
}

static bool is_material(const struct activity *x)
{
    static const char *const kinds[] = {"page", "url",    "resource",
                                        "book", "folder", "file"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_is(x->kind, kinds[i]))
            return !x->has_maximum;
    return false;
}

static struct suggest_tag tag_for(const struct activitytag *t)
{
    return (struct suggest_tag){t->kind, t->value, t->title};
}

static struct mapping_row make_row(const struct reading *r, const struct activity *x)
{
    struct arena *a = r->l->a;
    struct mapping_row row = {.activity = x, .material = is_material(x)};
    size_t from = first_tag(r, x->activity_id), to = from, n = 0;
    while (to < r->tags_n && r->tags[to].activity_id == x->activity_id)
        to++;
    struct suggest_tag *tags = ARENA_ARRAY(a, struct suggest_tag, to - from);
    for (size_t i = from; i < to; i++) {
        if (r->tags[i].item.n > 0)
            continue;
        tags[n++] = tag_for(&r->tags[i]);
        if (str_is(r->tags[i].kind, "section") && row.section.n == 0)
            row.section = r->tags[i].value;
    }
    row_ties(r, &row);
    row.items_n = count_items(r, x->activity_id);
    struct suggest_activity about = {x->title, tags, n};
    if (r->suggest != NULL)
        row.hints = hints_of(r, &about, x->activity_id, STR_EMPTY, row.ties, row.ties_n,
                             &row.hints_n);
    return row;
}

/* --- the list
 * --------------------------------------------------------------------------- */

static bool contains(struct arena *a, struct str text, struct str part)
{
    return part.n == 0 || str_find(str_lower(a, text), str_lower(a, part), 0) != SIZE_MAX;
}

static bool is_about(const struct mapping_row *row, struct str code)
{
    for (size_t i = 0; i < row->ties_n; i++)
        if (str_eq(row->ties[i].skill->code, code))
            return true;
    for (size_t i = 0; i < row->hints_n; i++)
        if (str_eq(row->hints[i].skill->code, code))
            return true;
    return code.n == 0;
}

static bool is_asked(const struct reading *r, const struct mapping_row *row)
{
    const struct mapping_ask *ask = r->ask;
    if (ask->activity_id != 0)
        return row->activity->activity_id == ask->activity_id;
    if (row->activity->visible != (ask->show != MAPPING_HIDDEN))
        return false;
    if ((ask->show == MAPPING_UNTIED && row->ties_n > 0) ||
        (ask->show == MAPPING_SUGGESTED && row->hints_n == 0) ||
        ask->show == MAPPING_TAGS)
        return false;
    return contains(r->l->a, row->activity->title, ask->find) &&
           is_about(row, ask->skill);
}

/* Cut `n` things to the page that was asked for; the last one when there are fewer. */
static size_t page_from(const struct reading *r, size_t n, size_t *to)
{
    struct mapping *out = r->out;
    size_t per = r->ask->per_page;
    out->found = n;
    out->pages = n == 0 ? 1 : (n - 1) / per + 1;
    out->page = r->ask->page < out->pages ? r->ask->page : out->pages - 1;
    *to = n - out->page * per > per ? out->page * per + per : n;
    return out->page * per;
}

static void fill_rows(struct reading *r)
{
    struct vec v;
    vec_init(&v, r->l->a, sizeof(struct mapping_row));
    for (size_t i = 0; i < r->activities_n; i++) {
        const struct activity *x = &r->activities[i];
        if (is_own(r, x->activity_id))
            continue;
        struct mapping_row row = make_row(r, x);
        r->out->suggested += x->visible && row.hints_n > 0;
        if (is_asked(r, &row))
            *(struct mapping_row *)vec_push(&v) = row;
    }
    size_t to, from = page_from(r, v.n, &to);
    r->out->rows = v.n > 0 ? (struct mapping_row *)v.p + from : NULL;
    r->out->rows_n = to - from;
}

/* --- questions
 * ------------------------------------------------------------------------- */

static struct mapping_item *item_at(struct map *by, struct arena *a, struct str item)
{
    struct mapping_item *m = item.n > 0 ? map_get(by, item) : NULL;
    if (m != NULL || item.n == 0)
        return m;
    m = ARENA_NEW(a, struct mapping_item);
    m->item = item;
    map_put(by, item, m);
    return m;
}

/* Everybody's newest answer to each question; what is not scored yet does not count. */
static int count_answers(struct reading *r, struct map *by, struct err *e)
{
    struct learn *l = r->l;
    struct activity_answer *rows;
    size_t n;
    struct map *seen = map_new(l->a);
    if (activity_answers(l->db, l->a, l->tenant_id, r->ask->activity_id, ANSWERS_N, &rows,
                         &n, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct mapping_item *m = item_at(by, l->a, rows[i].item);
        struct str key = str_fmt(l->a, "%lld\n%.*s", (long long)rows[i].person_id,
                                 STR_ARG(rows[i].item));
        if (m == NULL || !rows[i].scored || map_put(seen, key, m) != NULL)
            continue;
        m->answered++;
        m->missed += rows[i].share < 0.5;
    }
    return 0;
}

static int order_item(const void *x, const void *y)
{
    const struct mapping_item *p = x, *q = y;
    /* by the share that was missed, then 2 before 10 */
    double a = p->answered > 0 ? (double)p->missed / (double)p->answered : 0;
    double b = q->answered > 0 ? (double)q->missed / (double)q->answered : 0;
    if (a != b)
        return a > b ? -1 : 1;
    if (p->item.n != q->item.n)
        return p->item.n < q->item.n ? -1 : 1;
    return str_cmp(p->item, q->item);
}

static void item_ties(struct reading *r, struct mapping_item *m,
                      const struct mapping_row *row)
{
    struct arena *a = r->l->a;
    struct vec ties;
    size_t n = 0;
    vec_init(&ties, a, sizeof(struct mapping_tie));
    for (size_t i = 0; i < row->ties_n; i++)
        if (str_eq(row->ties[i].item, m->item))
            *(struct mapping_tie *)vec_push(&ties) = row->ties[i];
    m->ties = ties.p;
    m->ties_n = ties.n;
    struct suggest_tag *tags = ARENA_ARRAY(a, struct suggest_tag, r->tags_n);
    for (size_t i = first_tag(r, row->activity->activity_id);
         i < r->tags_n && r->tags[i].activity_id == row->activity->activity_id; i++)
        if (str_eq(r->tags[i].item, m->item))
            tags[n++] = tag_for(&r->tags[i]);
    struct suggest_activity about = {STR_EMPTY, tags, n};
    if (n > 0 && r->suggest != NULL)
        m->hints = hints_of(r, &about, row->activity->activity_id, m->item, m->ties,
                            m->ties_n, &m->hints_n);
}

static int fill_items(struct reading *r, struct err *e)
{
    struct arena *a = r->l->a;
    struct map *by = map_new(a);
    const struct mapping_row *row = &r->out->rows[0];
    int64_t id = row->activity->activity_id;
    for (size_t i = 0; i < r->items_n; i++)
        if (r->items[i].activity_id == id)
            item_at(by, a, r->items[i].item);
    for (size_t i = 0; i < row->ties_n; i++)
        item_at(by, a, row->ties[i].item);
    for (size_t i = first_tag(r, id); i < r->tags_n && r->tags[i].activity_id == id; i++)
        item_at(by, a, r->tags[i].item);
    if (count_answers(r, by, e) < 0)
        return -1;
    r->out->items_n = map_len(by);
    r->out->items = ARENA_ARRAY(a, struct mapping_item, r->out->items_n);
    for (size_t i = 0; i < r->out->items_n; i++) {
        r->out->items[i] = *(const struct mapping_item *)map_val(by, i);
        item_ties(r, &r->out->items[i], row);
    }
    if (r->out->items_n > 1)
        qsort(r->out->items, r->out->items_n, sizeof r->out->items[0], order_item);
    return 0;
}

/* --- tags, changes, what next
 * ---------------------------------------------------------- */

static void tag_skills(struct reading *r, struct mapping_tag *t)
{
    const struct skill_map *m = r->out->map;
    t->skills = ARENA_ARRAY(r->l->a, const struct skill *, TAG_SKILLS_N);
    for (size_t i = 0; m != NULL && i < m->skill_n && t->skills_n < TAG_SKILLS_N; i++) {
        const struct tiechoice *c =
            map_get(r->said, said_key(r->l->a, 0, t->item, m->skills[i].code));
        if (c != NULL && c->word.tells)
            t->skills[t->skills_n++] = &m->skills[i];
    }
    struct suggest_tag tag = {t->tag.kind, t->tag.value, t->tag.title};
    struct suggest_activity about = {STR_EMPTY, &tag, 1};
    if (t->skills_n == 0 && r->suggest != NULL)
        t->hints = hints_of(r, &about, 0, t->item, NULL, 0, &t->hints_n);
}

static int order_tag(const void *x, const void *y)
{
    const struct mapping_tag *p = x, *q = y;
    if (p->activities != q->activities)
        return p->activities > q->activities ? -1 : 1;
    return str_cmp(p->item, q->item);
}

static void fill_tags(struct reading *r)
{
    struct arena *a = r->l->a;
    struct map *by = map_new(a);
    for (size_t i = 0; i < r->tags_n; i++) {
        struct str item = ties_tag_item(a, &r->tags[i]);
        struct mapping_tag *t = map_get(by, item);
        if (t == NULL) {
            t = ARENA_NEW(a, struct mapping_tag);
            *t = (struct mapping_tag){.tag = r->tags[i], .item = item};
            map_put(by, item, t);
        }
        t->activities++;
    }
    r->out->tags_all = map_len(by);
    if (r->ask->show != MAPPING_TAGS || r->ask->activity_id != 0)
        return;
    struct mapping_tag *all = ARENA_ARRAY(a, struct mapping_tag, r->out->tags_all);
    for (size_t i = 0; i < r->out->tags_all; i++)
        all[i] = *(const struct mapping_tag *)map_val(by, i);
    if (r->out->tags_all > 1)
        qsort(all, r->out->tags_all, sizeof all[0], order_tag);
    size_t to, from = page_from(r, r->out->tags_all, &to);
    r->out->tags = all + from;
    r->out->tags_n = to - from;
    for (size_t i = 0; i < r->out->tags_n; i++)
        tag_skills(r, &r->out->tags[i]);
}

static void fill_changes(struct reading *r)
{
    for (size_t i = 0; i < r->out->changes_n; i++) {
        struct mapping_change *c = &r->out->changes[i];
        const struct tiechoice_key *k = &c->said.key;
        int32_t ord = r->out->map != NULL ? skill_find(r->out->map, k->skill_code) : -1;
        c->skill = ord >= 0 ? r->out->map->skills[ord].title : k->skill_code;
        c->activity = k->item;
        for (size_t j = 0; j < r->activities_n; j++)
            if (r->activities[j].activity_id == k->activity_id)
                c->activity = r->activities[j].title;
        c->by = name_of(r, c->said.by_person_id);
        c->mine = c->said.by_person_id == r->ask->by_person_id;
    }
}

static enum mapping_next next_of(const struct mapping *m)
{
    const struct coverage *c = &m->coverage;
    if (m->map == NULL)
        return MAPPING_NEXT_MAP;
    if (c->activities == 0)
        return MAPPING_NEXT_READ;
    if (m->suggested > 0)
        return MAPPING_NEXT_SUGGEST;
    if (c->tied < c->activities)
        return MAPPING_NEXT_TIE;
    if (c->provable < c->skills)
        return MAPPING_NEXT_SHOW;
    return c->with_items < c->skills ? MAPPING_NEXT_MORE : MAPPING_NEXT_DONE;
}

static void fill_coverage(struct reading *r)
{
    struct coverage_in in = {.map = r->out->map,
                             .activities = r->activities,
                             .activities_n = r->activities_n,
                             .links = r->links,
                             .links_n = r->links_n,
                             .items = r->items,
                             .items_n = r->items_n,
                             .own = r->own,
                             .own_n = r->own_n};
    coverage_of(r->l->a, &in, &r->out->coverage);
}

int mapping_read(struct learn *l, const struct mapping_ask *ask, struct mapping *out,
                 struct err *e)
{
    struct reading r = {.l = l, .ask = ask, .out = out};
    INVARIANT(ask->per_page > 0);
    *out = (struct mapping){.map = NULL};
    if (read_all(&r, e) < 0)
        return -1;
    index_said(&r);
    fill_coverage(&r);
    fill_rows(&r);
    if (ask->activity_id != 0 && out->rows_n == 1 && fill_items(&r, e) < 0)
        return -1;
    fill_tags(&r);
    fill_changes(&r);
    out->next = next_of(out);
    return 0;
}
