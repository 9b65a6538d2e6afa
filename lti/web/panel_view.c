#include "web/panel_view.h"

void panel_view_skill(struct view *o, const struct panel_skill *s)
{
    view_str(o, "skill", s->title);
    view_str(o, "code", s->code);
    view_state(o, str_c(mastery_word_name(s->word)));
}

/* The page of a skill: what its word stands on, and what would change it. */
static struct view *put_way(struct page_ctx *c, struct view *o, const char *key,
                            const struct panel_skill *s, int64_t person_id)
{
    struct view *nav = view_nav(o, key, "/skill", "panel.more_about");
    view_nav_field(nav, "code", s->code);
    if (person_id != 0)
        view_nav_field(nav, "person", page_id(c, person_id));
    return nav;
}

static void put_card(struct page_ctx *c, struct view *o, const struct panel_card *card,
                     int64_t person_id)
{
    panel_view_skill(o, card->skill);
    (void)put_way(c, o, "nav_skill", card->skill, person_id);
    view_int(o, "rank", card->rank);
    view_int(o, "minutes", card->minutes);
    view_str(o, "activity", card->activity_title);
    view_str(o, "url", card->activity_url);
    view_bool(o, "maybe", card->activity_maybe);
    page_say(c, o, "fact", &card->fact);
    page_say(c, o, "reason", &card->link);
    page_say(c, o, "way_out", &card->way);
    if (card->fact_ms > 0)
        view_when(o, "fact_when", card->fact_ms, c->now_ms);
}

void panel_view_cards(struct page_ctx *c, struct view *v, const char *key,
                      const struct panel *p, size_t max)
{
    struct view *list = view_list(v, key);
    for (size_t i = 0; i < p->next_n && i < max; i++)
        put_card(c, view_item(list), &p->next[i], p->about);
}

void panel_view_waits(struct page_ctx *c, struct view *o, const struct panel_skill *s)
{
    if (s->missing == 0)
        return;
    struct buf b;
    buf_init(&b, c->a, 128);
    for (size_t i = 0; i + 1 < s->missing; i++) {
        buf_c(&b, i > 0 ? ", " : "");
        buf_str(&b, s->waits[i]);
    }
    struct str last = s->waits[s->missing - 1];
    if (b.n == 0) {
        view_str(o, "waits_for", last);
        return;
    }
    struct view *two = view_msg(o, "waits_for", "list.two");
    view_str(two, "a", buf_view(&b));
    view_str(two, "b", last);
}

void panel_view_linked(struct page_ctx *c, struct view *o, const struct panel_skill *s,
                       int64_t person_id)
{
    panel_view_skill(o, s);
    view_str(put_way(c, o, "nav", s, person_id), "label", s->title);
    if (!s->ready)
        panel_view_waits(c, o, s);
}

static void put_focus(struct page_ctx *c, struct view *v, const struct panel_focus *f,
                      int64_t person_id)
{
    if (f->at == NULL)
        return;
    struct view *focus = view_child(v, "focus");
    struct view *needs = view_list(focus, "needs"), *opens = view_list(focus, "opens");
    view_int(focus, "needs_n", (int64_t)f->needs_n);
    view_int(focus, "opens_n", (int64_t)f->opens_n);
    panel_view_linked(c, focus, f->at, person_id);
    for (size_t i = 0; i < f->needs_n; i++)
        panel_view_linked(c, view_item(needs), f->needs[i], person_id);
    for (size_t i = 0; i < f->opens_n; i++) {
        struct view *o = view_item(opens);
        panel_view_linked(c, o, f->opens[i], person_id);
        view_int(o, "missing", (int64_t)f->opens[i]->missing);
        view_int(o, "of", (int64_t)f->opens[i]->needs);
    }
}

static bool is_started(const struct panel_skill *s)
{
    return s->word != MASTERY_NONE && s->word != MASTERY_MASTERED;
}

static void put_unit(struct page_ctx *c, struct view *o, const struct panel *p,
                     const struct panel_unit *unit, size_t number)
{
    int64_t started = 0;
    struct view *skills = view_list(o, "skills");
    for (size_t i = 0; i < p->skills_n; i++) {
        const struct panel_skill *s = &p->skills[i];
        if (!str_eq(s->unit, unit->title))
            continue;
        struct view *one = view_item(skills);
        panel_view_linked(c, one, s, p->about);
        started += is_started(s);
    }
    view_str(o, "id", str_fmt(c->a, "%zu", number));
    view_str(o, "title", unit->title);
    view_int(o, "total", (int64_t)unit->total);
    view_int(o, "mastered", (int64_t)unit->mastered);
    view_int(o, "started", started);
}

static bool has_evidence(const struct panel *p)
{
    for (size_t i = 0; i < p->skills_n; i++)
        if (p->skills[i].evidence_n > 0)
            return true;
    return false;
}

void panel_view_anew(struct page_ctx *c, struct view *v, const struct head_fresh *f)
{
    /* Rules raise flags, which are nothing of the student's. */
    bool because =
        f->because.n > 0 && (c->session.is_staff || !str_is(f->because, "rules"));
    bool working = f->working && c->session.is_staff;
    if (f->owed.n == 0 && !because && !working)
        return;
    struct view *o = view_child(v, "anew");
    if (f->owed.n > 0) {
        view_msg(o, "owed", page_message(c, "owed.", f->owed));
    } else if (because) {
        view_msg(o, "because", page_message(c, "because.", f->because));
        view_when(o, "when", f->because_ms, c->now_ms);
    }
    if (!working)
        return;
    struct view *w =
        view_msg(o, "working", f->total > 0 ? "anew.working" : "anew.waiting");
    view_int(w, "done", f->done);
    view_int(w, "total", f->total);
}

void panel_view(struct page_ctx *c, struct view *v, const struct panel *p)
{
    struct view *units = view_list(v, "units");
    view_str(v, "course", p->course_title);
    view_when(v, "as_of", p->as_of_ms, c->now_ms);
    view_int(v, "pending", (int64_t)p->pending);
    view_bool(v, "empty", !has_evidence(p));
    view_bool(v, "floor_below", p->quiet);
    view_int(v, "next_n", (int64_t)(p->next_n < PANEL_CARDS ? p->next_n : PANEL_CARDS));
    view_int(v, "skills_n", (int64_t)p->skills_n);
    panel_view_anew(c, v, &p->fresh);
    panel_view_cards(c, v, "next", p, PANEL_CARDS);
    put_focus(c, v, &p->focus, p->about);
    for (size_t i = 0; i < p->units_n; i++)
        put_unit(c, view_item(units), p, &p->units[i], i + 1);
}
