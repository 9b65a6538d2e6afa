#include "web/map_view.h"

#include "net/url.h"

#define FOLD_FROM 2 /* an activity with more skills names them in one line */

static const char *const shows[] = {[MAPPING_ALL] = "",
                                    [MAPPING_UNTIED] = "untied",
                                    [MAPPING_SUGGESTED] = "suggested",
                                    [MAPPING_HIDDEN] = "hidden",
                                    [MAPPING_TAGS] = "tags"};

struct map_view_state map_view_state(struct page_ctx *c)
{
    struct map_view_state s = {.show = page_field(c, "show"),
                               .done = page_int(c, "done", 0)};
    int64_t page = page_int(c, "page", 0);
    s.ask = (struct mapping_ask){.find = str_head(str_trim(page_field(c, "q")), 100),
                                 .skill = str_head(page_field(c, "about"), 100),
                                 .activity_id = page_int(c, "one", 0),
                                 .page = page > 0 ? (size_t)page : 0,
                                 .per_page = MAP_VIEW_ROWS,
                                 .by_person_id = c->session.person_id};
    for (size_t i = 0; i < sizeof shows / sizeof *shows; i++)
        if (str_is(s.show, shows[i]))
            s.ask.show = (enum mapping_show)i;
    s.show = str_c(shows[s.ask.show]);
    return s;
}

/* --- where one is
 * ---------------------------------------------------------------------- */

struct field {
    const char *name;
    struct str value;
};

#define FIELDS_N 5

static size_t fields(struct page_ctx *c, const struct map_view_state *s,
                     struct field out[FIELDS_N])
{
    const struct mapping_ask *ask = &s->ask;
    size_t n = 0;
    if (s->show.n > 0)
        out[n++] = (struct field){"show", s->show};
    if (ask->find.n > 0)
        out[n++] = (struct field){"q", ask->find};
    if (ask->skill.n > 0)
        out[n++] = (struct field){"about", ask->skill};
    if (ask->page > 0)
        out[n++] = (struct field){"page", page_id(c, (int64_t)ask->page)};
    if (ask->activity_id != 0)
        out[n++] = (struct field){"one", page_id(c, ask->activity_id)};
    return n;
}

struct str map_view_query(struct page_ctx *c, const struct map_view_state *s)
{
    struct field f[FIELDS_N];
    struct buf b;
    buf_init(&b, c->a, 128);
    for (size_t i = 0, n = fields(c, s, f); i < n; i++) {
        struct str value = url_escape(c->a, f[i].value);
        buf_fmt(&b, "&%s=%.*s", f[i].name, STR_ARG(value));
    }
    return buf_view(&b);
}

static struct view *nav(struct page_ctx *c, struct view *o, const char *key,
                        const char *label, const struct map_view_state *s)
{
    struct field f[FIELDS_N];
    struct view *to = view_nav(o, key, "/map", label);
    for (size_t i = 0, n = fields(c, s, f); i < n; i++)
        view_nav_field(to, f[i].name, f[i].value);
    return to;
}

/* The same part of the page, from its first row. */
static struct map_view_state part(const struct map_view_state *s, enum mapping_show show)
{
    struct map_view_state to = {.ask = {.show = show, .find = s->ask.find},
                                .show = str_c(shows[show])};
    return to;
}

/* --- coverage
 * --------------------------------------------------------------------------- */

static int64_t percent(size_t n, size_t of)
{
    return of > 0 ? (int64_t)(100 * n / of) : 0;
}

static void put_count(struct view *o, const char *key, size_t n, size_t of)
{
    struct view *v = view_child(o, key);
    view_int(v, "n", (int64_t)n);
    view_int(v, "of", (int64_t)of);
    view_int(v, "percent", percent(n, of));
}

/* Skills with fewer items than `least`, and at least `from`. */
static void put_lacking(struct page_ctx *c, struct view *v, const char *key,
                        const char *key_n, const char *key_more, const struct mapping *m,
                        size_t from, size_t least)
{
    const struct coverage *k = &m->coverage;
    struct view *list = view_list(v, key);
    size_t n = 0;
    for (size_t i = 0; i < k->skills; i++) {
        if (k->by_skill[i].items < from || k->by_skill[i].items >= least)
            continue;
        if (n++ >= MAP_VIEW_LIST)
            continue;
        struct view *o = view_item(list);
        const struct skill *s = &m->map->skills[i];
        struct map_view_state about = {.ask = {.skill = s->code}, .show = STR_EMPTY};
        struct view *to = nav(c, o, "nav", "map.title", &about);
        view_str(to, "label", s->title);
        view_int(o, "items", (int64_t)k->by_skill[i].items);
    }
    view_int(v, key_n, (int64_t)n);
    view_int(v, key_more, n > MAP_VIEW_LIST ? (int64_t)(n - MAP_VIEW_LIST) : 0);
}

static void put_next(struct page_ctx *c, struct view *v, const struct mapping *m)
{
    static const char *const texts[] = {[MAPPING_NEXT_MAP] = "map.next_map",
                                        [MAPPING_NEXT_READ] = "map.next_read",
                                        [MAPPING_NEXT_SUGGEST] = "map.next_suggest",
                                        [MAPPING_NEXT_TIE] = "map.next_tie",
                                        [MAPPING_NEXT_SHOW] = "map.next_show",
                                        [MAPPING_NEXT_MORE] = "map.next_more",
                                        [MAPPING_NEXT_DONE] = "map.next_done"};
    const struct coverage *k = &m->coverage;
    struct map_view_state none = {.show = STR_EMPTY}, to;
    int64_t n = m->next == MAPPING_NEXT_SUGGEST ? (int64_t)m->suggested
                : m->next == MAPPING_NEXT_TIE   ? (int64_t)(k->activities - k->tied)
                : m->next == MAPPING_NEXT_SHOW  ? (int64_t)(k->skills - k->provable)
                                                : (int64_t)(k->skills - k->with_items);
    view_int(view_msg(v, "next", texts[m->next]), "n", n);
    if (m->next == MAPPING_NEXT_MAP)
        view_nav(v, "nav_next", "/start", "course.change_map");
    if (m->next == MAPPING_NEXT_READ)
        view_nav(v, "nav_next", "/course", "map.to_course");
    if (m->next != MAPPING_NEXT_SUGGEST && m->next != MAPPING_NEXT_TIE)
        return;
    to =
        part(&none, m->next == MAPPING_NEXT_SUGGEST ? MAPPING_SUGGESTED : MAPPING_UNTIED);
    nav(c, v, "nav_next", "map.show_them", &to);
}

static void put_coverage(struct page_ctx *c, struct view *v, const struct mapping *m)
{
    const struct coverage *k = &m->coverage;
    put_next(c, v, m);
    if (m->map == NULL)
        return;
    struct view *o = view_child(v, "coverage");
    put_count(o, "tied", k->tied, k->activities);
    put_count(o, "skills", k->with_activity, k->skills);
    put_count(o, "items", k->with_items, k->skills);
    put_lacking(c, o, "lacking", "lacking_n", "lacking_more", m, 0, 1);
    put_lacking(c, o, "few", "few_n", "few_more", m, 1, COVERAGE_ITEMS);
}

/* --- what can be chosen
 * ---------------------------------------------------------------- */

/* Skills by unit, in the order of the map. */
static void put_options(struct view *v, const struct skill_map *m)
{
    struct view *units = view_list(v, "units"), *options = NULL;
    struct str unit = STR_EMPTY;
    for (size_t i = 0; i < m->skill_n; i++) {
        if (options == NULL || !str_eq(unit, m->skills[i].unit)) {
            struct view *o = view_item(units);
            unit = m->skills[i].unit;
            view_str(o, "title", unit);
            options = view_list(o, "options");
        }
        struct view *o = view_item(options);
        view_str(o, "code", m->skills[i].code);
        view_str(o, "skill", m->skills[i].title);
    }
}

static const char *weight_word(double w)
{
    return w >= 1 ? "map.made_for" : w > 0 ? "map.uses" : "map.material";
}

/* A button's value: what is tied, and which question of it. */
static struct str what(struct page_ctx *c, const struct skill *s, struct str item)
{
    return str_fmt(c->a, "%.*s %.*s", STR_ARG(s->code), STR_ARG(item));
}

static void put_ties(struct page_ctx *c, struct view *list,
                     const struct mapping_tie *ties, size_t n, bool whole)
{
    for (size_t i = 0; i < n; i++) {
        const struct mapping_tie *t = &ties[i];
        if (whole != (t->item.n == 0))
            continue;
        struct view *o = view_item(list);
        view_bool(o, "more", i > 0);
        view_str(o, "skill", t->skill->title);
        view_str(o, "what", what(c, t->skill, t->item));
        view_str(o, "item", t->item);
        view_msg(o, "weight", weight_word(t->weight));
        struct view *by = view_msg(o, "by",
                                   !t->chosen    ? "map.by_map"
                                   : t->by_tag   ? "map.by_tag"
                                   : t->mine     ? "map.by_you"
                                   : t->by.n > 0 ? "map.by_person"
                                                 : "map.by_command");
        view_str(by, "name", t->by);
    }
}

static void put_hints(struct page_ctx *c, struct view *list,
                      const struct mapping_hint *hints, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct view *o = view_item(list);
        view_str(o, "skill", hints[i].skill->title);
        view_str(o, "what", what(c, hints[i].skill, hints[i].item));
        view_bool(o, "strong", hints[i].strong);
        struct view *why = view_msg(
            o, "why",
            page_message(c, "map_why.", str_c(suggest_reason_name(hints[i].reason))));
        view_str(why, "words", hints[i].words);
    }
}

/* --- activities
 * ------------------------------------------------------------------------ */

static struct str kind_of(struct str kind)
{
    static const char *const known[] = {"quiz", "assign", "page", "url",
                                        "lti",  "forum",  "file", "book"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_is(kind, known[i]))
            return kind;
    return STR("other");
}

/* Questions with a tie; their ties are in order. */
static size_t items_tied(const struct mapping_row *row)
{
    size_t n = 0;
    for (size_t i = 0; i < row->ties_n; i++)
        n += row->ties[i].item.n > 0 &&
             (i == 0 || !str_eq(row->ties[i].item, row->ties[i - 1].item));
    return n;
}

static size_t whole_ties(const struct mapping_row *row)
{
    size_t n = 0;
    for (size_t i = 0; i < row->ties_n; i++)
        n += row->ties[i].item.n == 0;
    return n;
}

static void put_row(struct page_ctx *c, struct view *o, const struct map_view_state *s,
                    const struct mapping *m, const struct mapping_row *row)
{
    const struct activity *x = row->activity;
    struct map_view_state one = *s;
    one.ask.activity_id = x->activity_id;
    view_str(o, "id", page_id(c, x->activity_id));
    view_str(o, "activity", x->title);
    view_msg(o, "kind", page_message(c, "map_kind.", kind_of(x->kind)));
    view_str(o, "section", row->section);
    view_str(o, "url", x->url);
    view_bool(o, "hidden", !x->visible);
    view_bool(o, "material", row->material);
    view_int(o, "ties_n", (int64_t)row->ties_n);
    view_bool(o, "folded", whole_ties(row) > FOLD_FROM);
    view_int(o, "items_tied", (int64_t)items_tied(row));
    put_ties(c, view_list(o, "ties"), row->ties, row->ties_n, true);
    put_ties(c, view_list(o, "item_ties"), row->ties, row->ties_n, false);
    view_int(o, "hints_n", (int64_t)row->hints_n);
    put_hints(c, view_list(o, "hints"), row->hints, row->hints_n);
    if (m->map == NULL || s->ask.activity_id != 0)
        return;
    if (m->map->skill_n <= MAP_VIEW_INLINE)
        view_bool(o, "inline", true);
    else
        nav(c, o, "nav_choose", "map.choose", &one);
    if (row->items_n > 0)
        view_int(view_msg(nav(c, o, "nav_items", "map.questions", &one), "label",
                          "map.questions"),
                 "n", (int64_t)row->items_n);
}

static void put_items(struct page_ctx *c, struct view *v, const struct mapping *m)
{
    struct view *list = view_list(v, "items");
    view_int(v, "items_n", (int64_t)m->items_n);
    for (size_t i = 0; i < m->items_n; i++) {
        const struct mapping_item *k = &m->items[i];
        struct view *o = view_item(list);
        view_str(o, "item", k->item);
        view_int(o, "answered", (int64_t)k->answered);
        view_int(o, "missed", (int64_t)k->missed);
        view_int(o, "percent", percent(k->missed, k->answered));
        put_ties(c, view_list(o, "ties"), k->ties, k->ties_n, false);
        put_hints(c, view_list(o, "hints"), k->hints, k->hints_n);
    }
}

static void put_rows(struct page_ctx *c, struct view *v, const struct map_view_state *s,
                     const struct mapping *m)
{
    struct view *list = view_list(v, "rows");
    for (size_t i = 0; i < m->rows_n; i++)
        put_row(c, view_item(list), s, m, &m->rows[i]);
    view_int(v, "found", (int64_t)m->found);
}

static void put_tags(struct page_ctx *c, struct view *v, const struct mapping *m)
{
    struct view *list = view_list(v, "tags");
    for (size_t i = 0; i < m->tags_n; i++) {
        const struct mapping_tag *t = &m->tags[i];
        struct view *o = view_item(list), *skills = view_list(o, "ties");
        view_str(o, "item", t->item);
        view_msg(o, "kind", page_message(c, "map_tag.", t->tag.kind));
        view_str(o, "value", t->tag.value);
        view_str(o, "activity", t->tag.value); /* what its buttons speak of */
        view_str(o, "about", t->tag.title);
        view_int(o, "n", (int64_t)t->activities);
        for (size_t k = 0; k < t->skills_n; k++) {
            struct view *one = view_item(skills);
            view_str(one, "skill", t->skills[k]->title);
            view_str(one, "what", what(c, t->skills[k], t->item));
        }
        put_hints(c, view_list(o, "hints"), t->hints, t->hints_n);
    }
}

/* --- the frame of it
 * ------------------------------------------------------------------- */

static void put_filters(struct page_ctx *c, struct view *v,
                        const struct map_view_state *s, const struct mapping *m)
{
    const struct coverage *k = &m->coverage;
    static const char *const labels[] = {[MAPPING_ALL] = "map.show_all",
                                         [MAPPING_UNTIED] = "map.show_untied",
                                         [MAPPING_SUGGESTED] = "map.show_suggested",
                                         [MAPPING_HIDDEN] = "map.show_hidden",
                                         [MAPPING_TAGS] = "map.show_tags"};
    size_t n[] = {[MAPPING_ALL] = k->activities,
                  [MAPPING_UNTIED] = k->activities - k->tied,
                  [MAPPING_SUGGESTED] = m->suggested,
                  [MAPPING_HIDDEN] = k->hidden,
                  [MAPPING_TAGS] = m->tags_all};
    struct view *list = view_list(v, "filters");
    bool plain = s->ask.activity_id == 0 && s->ask.skill.n == 0;
    for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
        bool here = plain && s->ask.show == (enum mapping_show)i;
        if (n[i] == 0 && !here && i != MAPPING_ALL)
            continue;
        struct view *o = view_item(list);
        struct map_view_state to = part(s, (enum mapping_show)i);
        struct view *label;
        if (here) {
            label = view_msg(o, "here", labels[i]);
        } else {
            label = view_msg(nav(c, o, "nav", labels[i], &to), "label", labels[i]);
        }
        view_int(label, "n", (int64_t)n[i]);
    }
}

static void put_pages(struct page_ctx *c, struct view *v, const struct map_view_state *s,
                      const struct mapping *m)
{
    struct map_view_state to = *s;
    if (m->pages < 2)
        return;
    view_int(v, "page_n", (int64_t)m->page + 1);
    view_int(v, "pages_n", (int64_t)m->pages);
    to.ask.page = m->page - 1;
    if (m->page > 0)
        nav(c, v, "nav_prev", "map.prev", &to);
    to.ask.page = m->page + 1;
    if (to.ask.page < m->pages)
        nav(c, v, "nav_next_page", "map.next", &to);
}

/* "You tied question 3 of Quiz 1 to Slope." */
static void put_change(struct view *o, const char *key, const struct mapping_change *k)
{
    const struct tiechoice_change *x = &k->said;
    bool item = x->key.activity_id != 0 && x->key.item.n > 0;
    const char *id = !x->is.said    ? (item ? "map.did_back_item" : "map.did_back")
                     : !x->is.tells ? (item ? "map.did_no_item" : "map.did_no")
                     : item         ? "map.did_tie_item"
                                    : "map.did_tie";
    struct view *text = view_msg(o, key, id);
    view_str(text, "activity", k->activity);
    view_str(text, "skill", k->skill);
    view_str(text, "item", x->key.item);
}

static void put_changes(struct page_ctx *c, struct view *v,
                        const struct map_view_state *s, const struct mapping *m)
{
    struct view *list = view_list(v, "changes");
    view_int(v, "changes_n", (int64_t)m->changes_n);
    for (size_t i = 0; i < m->changes_n; i++) {
        const struct mapping_change *k = &m->changes[i];
        struct view *o = view_item(list);
        put_change(o, "text", k);
        view_str(view_msg(o, "by",
                          k->mine        ? "map.you"
                          : k->by.n == 0 ? "map.command"
                                         : "map.person"),
                 "name", k->by);
        view_when(o, "when", k->said.at_ms, c->now_ms);
        view_str(o, "change", page_id(c, k->said.change_id));
        if (s->done != 0 && k->said.change_id == s->done) {
            struct view *done = view_child(v, "done");
            put_change(done, "text", k);
            view_str(done, "change", page_id(c, k->said.change_id));
        }
    }
}

void map_view(struct page_ctx *c, struct view *v, const struct map_view_state *s,
              const struct mapping *m)
{
    struct field f[FIELDS_N];
    struct view *keep = view_list(v, "keep");
    for (size_t i = 0, n = fields(c, s, f); i < n; i++)
        page_hidden(keep, f[i].name, f[i].value);
    if (m->map != NULL) {
        struct view *map = view_child(v, "map");
        view_str(map, "title", m->map_title);
        view_int(map, "version", m->map_version);
        put_options(v, m->map);
    }
    view_str(v, "q", s->ask.find);
    view_bool(v, "listing", s->ask.activity_id == 0);
    view_bool(v, "tagging", s->ask.activity_id == 0 && s->ask.show == MAPPING_TAGS);
    view_int(v, "lost", (int64_t)m->lost_n);
    int32_t about = m->map != NULL ? skill_find(m->map, s->ask.skill) : -1;
    if (about >= 0 && s->ask.activity_id == 0)
        view_str(view_msg(v, "about", "map.about"), "skill", m->map->skills[about].title);
    put_coverage(c, v, m);
    put_filters(c, v, s, m);
    put_rows(c, v, s, m);
    put_tags(c, v, m);
    put_items(c, v, m);
    put_pages(c, v, s, m);
    put_changes(c, v, s, m);
    if (s->ask.activity_id != 0) {
        struct map_view_state all = *s;
        all.ask.activity_id = 0;
        nav(c, v, "nav_list", "map.to_list", &all);
    }
}
