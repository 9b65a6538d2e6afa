#include "web/path_view.h"

#include "web/panel_view.h"

static const struct panel_skill *skill_of(const struct panel *p, struct str code)
{
    for (size_t i = 0; i < p->skills_n; i++)
        if (str_eq(p->skills[i].code, code))
            return &p->skills[i];
    return NULL;
}

static void put_step(struct page_ctx *c, struct view *o, const struct paths_step *s,
                     const struct panel *panel)
{
    struct buf instead;
    buf_init(&instead, c->a, 64);
    for (size_t i = 0; i < s->instead_n; i++) {
        const struct panel_skill *k = skill_of(panel, s->instead[i]);
        if (k != NULL)
            buf_fmt(&instead, "%s%.*s", instead.n > 0 ? " / " : "", STR_ARG(k->title));
    }
    if (instead.n > 0)
        view_str(view_msg(o, "instead", "path.instead"), "skill", buf_view(&instead));
    if (s->to.n > 0)
        view_str(view_msg(o, "to", "path.to"), "level", s->to);
    if (s->goal)
        view_msg(o, "mark", "path.goal");
    else if (s->behind)
        view_msg(o, "mark", "path.behind");
}

static struct str title_of(struct page_ctx *c, const struct paths_row *row)
{
    return skill_text(row->titles, c->session.locale, row->title);
}

static void put_options(struct page_ctx *c, struct view *o, const struct paths *p)
{
    struct view *list = view_list(o, "options");
    for (size_t i = 0; i < p->n; i++) {
        struct view *option = view_item(list);
        view_str(option, "code", p->rows[i].code);
        view_str(option, "title", title_of(c, &p->rows[i]));
        view_bool(option, "chosen", p->rows[i].chosen);
    }
    view_bool(o, "select", p->n > 1);
}

void path_view(struct page_ctx *c, struct view *v, const struct paths *p,
               const struct panel *panel, int64_t person_id)
{
    size_t shown = 0;
    if (!p->known && p->n < 2)
        return;
    struct view *o = view_child(v, "path"), *steps;
    put_options(c, o, p);
    for (size_t i = 0; i < p->n; i++) {
        if (!p->rows[i].chosen)
            continue;
        view_str(o, "name", title_of(c, &p->rows[i]));
        view_str(o, "about", p->rows[i].about);
    }
    if (person_id != 0)
        view_str(o, "person", page_id(c, person_id));
    view_bool(o, "waiting", p->waiting);
    view_bool(o, "reached", p->known && !p->waiting && p->steps_all == 0);
    steps = view_list(o, "steps");
    for (size_t i = 0; i < p->steps_n && !p->waiting; i++) {
        const struct panel_skill *k = skill_of(panel, p->steps[i].skill);
        if (k == NULL)
            continue; /* of the map before; everybody is being worked out anew */
        struct view *one = view_item(steps);
        panel_view_linked(c, one, k, person_id);
        put_step(c, one, &p->steps[i], panel);
        shown++;
    }
    view_int(o, "steps_n", (int64_t)shown);
    if (!p->waiting && p->steps_all > p->steps_n)
        view_int(o, "more", (int64_t)(p->steps_all - p->steps_n));
}
