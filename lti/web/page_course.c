/* The teacher's page of a course: whom to talk to and why, groups by need, the heat
 * table, and how fresh it all is. */
#include "job/queue.h"
#include "learn/closings.h"
#include "learn/copy.h"
#include "learn/dashboard.h"
#include "learn/units.h"
#include "web/flag_view.h"
#include "web/panel_view.h"
#include "web/proof_view.h"

#define WAITING_MAX 100 /* persons listed behind today's conversations */

static void put_sources(struct page_ctx *c, struct view *v, const struct dashboard *d)
{
    struct view *list = view_list(v, "sources");
    for (size_t i = 0; i < d->sources_n; i++) {
        const struct source *s = &d->sources[i];
        struct view *o = view_item(list);
        view_msg(o, "name", page_message(c, "source.", s->source));
        view_bool(o, "ok", s->error.n == 0);
        view_when(o, "when", s->ok_ms, c->now_ms);
        view_int(o, "rows", s->rows_n);
        view_int(o, "pending", s->pending_n);
        view_str(o, "problem", s->error);
    }
}

static void put_talks(struct page_ctx *c, struct view *v, const struct dashboard *d)
{
    struct view *talks = view_list(v, "talks"), *more = view_list(v, "more");
    for (size_t i = 0; i < d->talks_n; i++) {
        struct view *o = view_item(talks);
        view_int(o, "rank", (int64_t)i + 1);
        flag_view(c, o, &d->talks[i]);
    }
    for (size_t i = 0; i < d->waiting_n && i < WAITING_MAX; i++)
        flag_view(c, view_item(more), &d->waiting[i]);
    if (d->waiting_n > WAITING_MAX)
        view_int(v, "waiting_first", WAITING_MAX);
    view_int(v, "talks_n", (int64_t)d->talks_n);
    view_int(v, "waiting", (int64_t)d->waiting_n);
    view_int(v, "put_off", (int64_t)d->put_off);
}

/* What a student said, as a sentence; its id says whether it names a skill. */
static void put_messages(struct page_ctx *c, struct view *v, const struct dashboard *d)
{
    struct view *list = view_list(v, "messages");
    view_int(v, "messages_n", (int64_t)d->messages_n);
    for (size_t i = 0; i < d->messages_n; i++) {
        const struct dashboard_message *m = &d->messages[i];
        struct view *o = view_item(list);
        flag_view_person(c, o, m->person_id, m->name);
        flag_view_message(o, m->wrong, m->skill_title);
        view_str(o, "name", m->name);
        view_str(o, "person", page_id(c, m->person_id));
        view_when(o, "when", m->at_ms, c->now_ms);
    }
}

static void put_groups(struct page_ctx *c, struct view *v, const struct dashboard *d)
{
    struct view *list = view_list(v, "groups");
    view_int(v, "groups_n", (int64_t)d->groups_n);
    for (size_t i = 0; i < d->groups_n; i++) {
        struct view *o = view_item(list), *names = view_list(o, "names");
        view_str(o, "skill", d->groups[i].skill_title);
        view_int(o, "n", (int64_t)d->groups[i].n);
        for (size_t j = 0; j < d->groups[i].n; j++) {
            struct view *who = view_item(names);
            struct view *nav = view_nav(who, "nav", "/skill", "course.student");
            view_str(who, "name", d->groups[i].names[j]);
            view_str(nav, "label", d->groups[i].names[j]);
            view_nav_field(nav, "code", d->groups[i].skill_code);
            view_nav_field(nav, "person", page_id(c, d->groups[i].person_ids[j]));
        }
    }
}

static void put_heat_page(struct page_ctx *c, struct view *heat, const char *key,
                          const char *label, size_t page)
{
    struct view *nav = view_nav(heat, key, "/course", label);
    view_nav_field(nav, "page", page_id(c, (int64_t)page));
}

static void put_heat_rows(struct page_ctx *c, struct view *heat,
                          const struct dashboard *d)
{
    struct view *rows = view_list(heat, "rows");
    for (size_t i = 0; i < d->rows_n; i++) {
        struct view *o = view_item(rows), *cells = view_list(o, "cells");
        view_str(o, "name", d->rows[i].name);
        flag_view_person(c, o, d->rows[i].person_id, d->rows[i].name);
        for (size_t j = 0; j < d->skills_n; j++)
            view_state(view_item(cells), str_c(mastery_word_name(d->rows[i].cells[j])));
    }
}

static void put_heat(struct page_ctx *c, struct view *v, const struct dashboard *d)
{
    if (d->rows_n == 0 || d->skills_n == 0)
        return;
    struct view *heat = view_child(v, "heat"), *skills = view_list(heat, "skills");
    for (size_t i = 0; i < d->skills_n; i++) {
        struct view *o = view_item(skills);
        view_int(o, "n", (int64_t)i + 1);
        view_str(o, "skill", d->skills[i].title);
        view_int(o, "mastered", (int64_t)d->skills[i].counts[MASTERY_MASTERED]);
    }
    put_heat_rows(c, heat, d);
    if (d->page > 0)
        put_heat_page(c, heat, "nav_prev", "course.prev", d->page - 1);
    if (d->page + 1 < d->pages)
        put_heat_page(c, heat, "nav_next", "course.next", d->page + 1);
}

/* How the latest reading of this course is getting on. A page that can be fetched again
 * refreshes itself meanwhile; without cookies there is a button. */
static int put_sync(struct page_ctx *c, struct view *v, struct err *e)
{
    struct job_row job = {.progress_text = STR_EMPTY};
    struct view *sync = view_child(v, "sync");
    int found = job_latest(c->app->db, c->a, c->session.tenant_id, STR("sync.course"),
                           page_id(c, c->session.course_id), &job, e);
    if (found < 0)
        return -1;
    bool running =
        found == 1 && (str_is(job.state, "ready") || str_is(job.state, "running"));
    view_bool(sync, "running", running);
    view_bool(sync, "failed", found == 1 && str_is(job.state, "dead"));
    view_int(sync, "done", job.progress_done);
    view_int(sync, "total", job.progress_total);
    if (job.progress_text.n > 0)
        view_str(sync, "text", job.progress_text);
    else
        view_msg(sync, "text", "sync.waiting");
    view_nav(sync, "nav_here", "/course", "course.reload");
    view_bool(v, "refresh", running && !c->cookieless);
    return 0;
}

/* A copied course: on its way, or here with what came along. A map that speaks of nothing
 * in the course. */
static int put_copy(struct page_ctx *c, struct view *v, const struct dashboard *d,
                    struct err *e)
{
    struct learn l = page_learn(c);
    struct view *list = view_list(v, "notices");
    if (d->is_copy)
        view_str(view_msg(view_item(list), "text", "course.copied"), "course",
                 d->copied_from);
    if (d->floor > 0)
        view_int(view_msg(view_item(list), "text", "course.below"), "floor", d->floor);
    if (d->has_map && d->activities > 0 && d->activities_linked == 0)
        view_msg(view_item(list), "text", "course.untied");
    int pending = d->has_map ? 0 : copy_pending(&l, e);
    if (pending == 1) {
        view_msg(view_item(list), "text", "course.copying");
        view_bool(v, "refresh", !c->cookieless);
    }
    return pending < 0 ? -1 : 0;
}

static struct view *root(struct page_ctx *c, const struct dashboard *d)
{
    struct view *v = page_view(c);
    view_str(view_msg(v, "title", "course.title"), "course", d->course_title);
    view_str(v, "course", d->course_title);
    view_int(v, "students", (int64_t)d->students);
    view_nav(v, "nav_map", "/start", "course.change_map");
    view_nav(v, "nav_scores", "/scores", "course.scores");
    view_nav(v, "nav_ties", "/map", "map.title");
    view_nav(v, "nav_import", "/import", "course.import");
    view_nav(v, "nav_gates", "/gates", "course.gates");
    view_nav(v, "nav_sources", "/sources", "sources.link");
    view_nav(v, "nav_panel", "/panel", "course.as_student"); /* ROLE-2 */
    view_nav(v, "nav_console", "/console", "console.title");
    if (d->has_map) {
        struct view *map = view_child(v, "map");
        view_str(map, "title", d->map_title);
        view_int(map, "version", d->map_version);
        view_int(map, "linked", (int64_t)d->activities_linked);
        view_int(map, "n", (int64_t)d->activities);
    }
    return v;
}

/* A link of one unit: teachers see the class all the same, and are told. */
static int put_link(struct page_ctx *c, struct view *v, struct err *e)
{
    struct learn l = page_learn(c);
    struct units_row *rows;
    struct str kind, slug;
    size_t n;
    str_cut(c->session.shows, '/', &kind, &slug);
    if (!str_is(kind, "unit"))
        return 0;
    if (units_read(&l, &rows, &n, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (str_eq(rows[i].slug, slug)) {
            view_str(view_msg(v, "link", "course.unit_link"), "unit", rows[i].title);
            break;
        }
    return 0;
}

/* What became of the next steps that students were shown: counts, by reason. */
static int put_offers(struct page_ctx *c, struct view *v, struct err *e)
{
    struct learn l = page_learn(c);
    struct closings all;
    if (closings_read(&l, CLOSINGS_DAYS, &all, e) < 0)
        return -1;
    if (all.all.n == 0)
        return 0;
    struct view *o = view_child(v, "offers"), *rows = view_list(o, "rows");
    view_int(o, "offers_n", all.all.n);
    view_int(o, "taken", all.all.taken);
    view_int(o, "swapped", all.all.swapped);
    view_int(o, "ignored", all.all.ignored);
    for (size_t i = 0; i < all.n; i++) {
        struct view *row = view_item(rows);
        struct str reason = all.rows[i].reason.n > 0 ? all.rows[i].reason : STR("older");
        view_msg(row, "reason", page_message(c, "offer.", reason));
        view_int(row, "offers_n", all.rows[i].n);
        view_int(row, "taken", all.rows[i].taken);
        view_int(row, "swapped", all.rows[i].swapped);
        view_int(row, "ignored", all.rows[i].ignored);
    }
    return 0;
}

int page_course(struct page_ctx *c, struct err *e)
{
    struct dashboard d;
    struct learn l = page_learn(c);
    int64_t page = page_int(c, "page", 0);
    struct dashboard_ask ask = {.by_person_id = c->session.person_id,
                                .page = page < 0 ? 0 : (size_t)page};
    if (dashboard_read(&l, &ask, &d, e) != 0)
        return -1;
    if (d.has_map)
        page_sync_stale(c, d.begun_ms, d.wanted_ms);
    struct view *v = root(c, &d);
    panel_view_anew(c, v, &d.fresh);
    put_sources(c, v, &d);
    put_messages(c, v, &d);
    put_talks(c, v, &d);
    put_groups(c, v, &d);
    put_heat(c, v, &d);
    if (put_offers(c, v, e) != 0 || put_sync(c, v, e) != 0 ||
        put_copy(c, v, &d, e) != 0 || put_link(c, v, e) != 0 ||
        proof_view(c, v, false, e) != 0)
        return -1;
    return page_render(c, 200, "course", v, e);
}
