/* Bring in grades: a file is handed in, looked at with what it would change, taken in,
 * taken back. Jobs do the work; the page loads itself again meanwhile. */
#include "learn/import.h"

#include "job/queue.h"
#include "web/error.h"
#include "web/page.h"

#define LIST_MAX 30
#define OPTIONS_MAX 3000 /* of all columns together: a page has its limits */
#define PROBLEMS_MAX 50
#define ARENA_N ((size_t)256 << 20)

struct sight {
    struct page_ctx *c;
    struct learn l; /* with memory of its own: a file may be large */
    struct view *v;
    const char *problem; /* message id, or NULL */
    struct str words;    /* why a file cannot be read, in words; or empty */
};

static void free_arena(void *a)
{
    arena_free(a);
}

/* --- what it would change ------------------------------------------------------ */

static void put_option(struct view *list, struct str value, struct str label, bool on)
{
    struct view *o = view_item(list);
    view_str(o, "value", value);
    view_str(o, "label", label);
    view_bool(o, "selected", on);
}

static void put_option_msg(struct view *list, const char *value, const char *id, bool on)
{
    struct view *o = view_item(list);
    view_str(o, "value", str_c(value));
    view_msg(o, "label", id);
    view_bool(o, "selected", on);
}

/* What a person may say of a column: the activities, a new one, who it tells, nothing. */
static void put_options(struct sight *s, struct view *o, struct names_index *names,
                        struct str chosen, bool all)
{
    static const char *const who[] = {"number", "email", "login", "id", "name"};
    struct view *list = view_list(o, "options");
    size_t n;
    const struct activity *rows = names_all(names, &n);
    put_option_msg(list, "", "import.as_proposed", chosen.n == 0);
    put_option_msg(list, "ignore", "import.to_ignore", str_is(chosen, "ignore"));
    put_option_msg(list, "new", "import.to_new", str_is(chosen, "new"));
    for (size_t i = 0; i < sizeof who / sizeof who[0]; i++)
        put_option_msg(list, who[i], page_message(s->c, "import.use.", str_c(who[i])),
                       str_is(chosen, who[i]));
    for (size_t i = 0; i < n; i++) {
        struct str value =
            str_fmt(s->c->a, "activity:%lld", (long long)rows[i].activity_id);
        bool on = str_eq(chosen, value);
        if ((all && rows[i].visible && !names_own(names, rows[i].activity_id)) || on)
            put_option(list, value, rows[i].title, on);
    }
}

static struct str number_text(struct arena *a, double v)
{
    return str_fmt(a, "%g", v);
}

static void put_meaning(struct sight *s, struct view *o,
                        const struct importplan_column *col)
{
    if (col->to != IMPORTPLAN_NONE) {
        struct view *m =
            view_msg(o, "text",
                     col->to == IMPORTPLAN_NEW ? "import.becomes_new" : "import.becomes");
        view_str(m, "activity", col->title);
        view_str(m, "maximum", number_text(s->c->a, col->maximum));
        view_int(m, "n", (int64_t)col->grades);
    } else if (col->why != NULL) {
        view_msg(o, "text", page_message(s->c, "import.why.", str_c(col->why)));
    } else {
        view_msg(o, "text",
                 page_message(s->c, "import.use.", str_c(gradebook_use_name(col->use))));
    }
    view_bool(o, "in", col->to != IMPORTPLAN_NONE);
    view_bool(o, "odd",
              col->why != NULL && (str_is(str_c(col->why), "maximum") ||
                                   str_is(str_c(col->why), "several") ||
                                   str_is(str_c(col->why), "unnamed")));
}

/* Letters, feedback and empty columns need nobody's word. */
static bool is_asked(const struct importplan_column *col)
{
    static const char *const never[] = {"letter", "feedback", "empty", "own"};
    if (col->chosen || col->to != IMPORTPLAN_NONE || col->why == NULL)
        return col->use != GRADEBOOK_TIME;
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        if (str_is(str_c(col->why), never[i]))
            return false;
    return true;
}

static struct str chosen_for(const struct importplan_choice *c, size_t n, size_t column)
{
    for (size_t i = 0; i < n; i++)
        if (c[i].column == column)
            return c[i].to;
    return STR_EMPTY;
}

static void put_columns(struct sight *s, struct view *o, const struct import_run *run,
                        const struct importplan *p, struct names_index *names)
{
    struct view *asked = view_list(o, "columns"), *rest = view_list(o, "rest");
    size_t n, choices_n, asked_n = 0, rest_n = 0;
    struct importplan_choice *choices =
        importplan_choices_read(s->l.a, run->choices, &choices_n);
    names_all(names, &n);
    for (size_t k = 0; k < p->book.columns_n; k++)
        asked_n += is_asked(&p->columns[k]);
    bool all = asked_n * n <= OPTIONS_MAX;
    for (size_t k = 0; k < p->book.columns_n; k++) {
        const struct importplan_column *col = &p->columns[k];
        bool ask = is_asked(col);
        struct view *one = view_item(ask ? asked : rest);
        view_str(one, "header", col->in->header);
        put_meaning(s, one, col);
        rest_n += !ask;
        if (!ask)
            continue;
        view_str(one, "k", str_fmt(s->c->a, "%zu", k));
        put_options(s, one, names, chosen_for(choices, choices_n, k), all);
        view_bool(one, "points", col->in->use == GRADEBOOK_POINTS || col->chosen);
        view_str(one, "maximum",
                 col->has_maximum ? number_text(s->c->a, col->maximum) : STR_EMPTY);
    }
    view_int(o, "columns_n", (int64_t)asked_n);
    view_int(o, "rest_n", (int64_t)rest_n);
}

static void put_problems(struct view *o, const struct importplan_problem *rows, size_t n,
                         int64_t all)
{
    struct view *list = view_list(o, "problems");
    for (size_t i = 0; i < n && i < PROBLEMS_MAX; i++) {
        struct view *one = view_item(list);
        view_int(one, "line", rows[i].line);
        view_str(one, "column", rows[i].column);
        view_str(one, "why", str_c(rows[i].why));
    }
    int64_t more = all - (int64_t)(n < PROBLEMS_MAX ? n : PROBLEMS_MAX);
    view_int(o, "problems_n", all);
    view_int(o, "problems_more", more > 0 ? more : 0);
}

static void put_numbers(struct sight *s, struct view *o, const struct importplan *p)
{
    view_int(o, "people", (int64_t)p->people);
    view_int(o, "by_name", (int64_t)p->by_name);
    view_int(o, "used", (int64_t)p->used);
    view_int(o, "fresh", (int64_t)p->fresh);
    view_int(o, "changed", (int64_t)p->changed);
    view_int(o, "same", (int64_t)p->same);
    view_int(o, "older", (int64_t)p->older);
    view_int(o, "blank", (int64_t)p->blank);
    view_int(o, "excused", (int64_t)p->excused);
    view_bool(o, "seen_before", p->seen_before);
    view_bool(o, "ready", p->fresh + p->changed + p->older > 0);
    view_when(o, "as_of", p->observed_ms, s->c->now_ms);
    view_msg(
        o, "form",
        page_message(s->c, "import.form.", str_c(gradebook_form_name(p->book.form))));
    put_problems(o, p->problems, p->problems_n, (int64_t)p->problems_all);
}

/* A file that waits for its teacher's word. One that cannot be read is let go, and the
 * page says why. */
static int put_preview(struct sight *s, int64_t id, struct err *e)
{
    struct import_run run;
    struct importplan p;
    int found = import_find(&s->l, id, &run, e);
    if (found <= 0)
        return found;
    if (import_look(&s->l, &run, false, &p, e) != 0) {
        if (db_is_error(e))
            return -1;
        s->words = str_dup(s->c->a, str_c(e->text));
        err_clear(e);
        return import_run_drop(s->l.db, s->l.tenant_id, id, e);
    }
    struct names_index *names = names_index(&s->l, e);
    if (names == NULL)
        return -1;
    struct view *o = view_child(s->v, "preview");
    view_str(o, "id", page_id(s->c, id));
    view_str(o, "file", run.file_name);
    view_bool(o, "strict", run.strict);
    put_numbers(s, o, &p);
    put_columns(s, o, &run, &p, names);
    return 0;
}

/* --- what was brought in ------------------------------------------------------- */

static void put_run(struct sight *s, struct view *list, const struct import_run *run)
{
    struct import_counts n;
    struct view *o = view_item(list);
    import_counts_read(s->l.a, run->counts, &n);
    view_str(o, "id", page_id(s->c, run->id));
    view_str(o, "file", run->file_name);
    view_when(o, "when", run->created_ms, s->c->now_ms);
    view_msg(o, "state", page_message(s->c, "import.state.", run->state));
    view_int(o, "added", n.added);
    view_int(o, "people", n.people);
    view_int(o, "same", n.same);
    view_int(o, "withdrawn", n.withdrawn);
    view_int(o, "superseded", n.superseded);
    view_str(o, "error", n.error);
    view_bool(o, "done", str_is(run->state, "done"));
    view_bool(o, "undone", str_is(run->state, "undone"));
    put_problems(o, n.problems, n.problems_n, n.refused);
}

static bool is_working(const struct import_run *run)
{
    return str_is(run->state, "taking") || str_is(run->state, "undoing");
}

static int put_runs(struct sight *s, struct err *e)
{
    struct import_run *rows;
    size_t n, listed = 0;
    int64_t waits = 0;
    bool working = false;
    struct view *list = view_list(s->v, "runs");
    if (import_run_list(s->l.db, s->l.a, s->l.tenant_id, s->l.course_id, LIST_MAX, &rows,
                        &n, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (str_is(rows[i].state, "preview")) {
            if (waits == 0 && rows[i].by_person_id == s->c->session.person_id)
                waits = rows[i].id;
            continue;
        }
        working = working || is_working(&rows[i]);
        listed++;
        put_run(s, list, &rows[i]);
    }
    view_int(s->v, "runs_n", (int64_t)listed);
    view_bool(s->v, "working", working);
    view_bool(s->v, "refresh", working && !s->c->cookieless);
    return waits != 0 ? put_preview(s, waits, e) : 0;
}

static int show(struct sight *s, struct err *e)
{
    struct page_ctx *c = s->c;
    s->v = page_view(c);
    view_msg(s->v, "title", "import.title");
    if (put_runs(s, e) != 0)
        return -1;
    if (s->problem != NULL)
        view_msg(s->v, "problem", s->problem);
    else if (s->words.n > 0)
        view_str(view_msg(s->v, "problem", "import.unreadable"), "why", s->words);
    view_nav(s->v, "nav_here", "/import", "course.reload");
    view_nav(s->v, "nav_back", "/course", "page.back");
    bool bad = s->problem != NULL || s->words.n > 0;
    return page_render(c, bad ? 400 : 200, "import", s->v, e);
}

/* --- what was pressed ---------------------------------------------------------- */

/* A second file takes the place of one that still waits. */
static int drop_waiting(struct sight *s, struct err *e)
{
    struct import_run *rows;
    size_t n;
    if (import_run_list(s->l.db, s->l.a, s->l.tenant_id, s->l.course_id, LIST_MAX, &rows,
                        &n, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (str_is(rows[i].state, "preview") &&
            rows[i].by_person_id == s->c->session.person_id &&
            import_run_drop(s->l.db, s->l.tenant_id, rows[i].id, e) != 0)
            return -1;
    return 0;
}

static int hand_in(struct sight *s, struct err *e)
{
    struct page_ctx *c = s->c;
    const struct multipart_file *file =
        c->upload != NULL ? multipart_file(c->upload, "file") : NULL;
    if (file == NULL || file->bytes.n == 0) {
        s->problem = "import.no_file";
        return 0;
    }
    enum gradebook_form form = gradebook_form_from(page_field(c, "form"));
    struct import_run run = {
        .by_person_id = c->session.person_id,
        .form = str_c(gradebook_form_name(form)),
        .file_name = file->name.n > 0 ? file->name : STR("file"),
        .document = file->bytes,
        .choices = STR_EMPTY,
        .counts = STR_EMPTY,
        .strict = str_is(page_field(c, "strict"), "1"),
    };
    return drop_waiting(s, e) != 0 ? -1 : import_keep(&s->l, &run, e);
}

/* Fields c3 (what column 3 is) and m3 (its maximum). */
static struct str choices_of(struct sight *s)
{
    const struct form *f = &s->c->form;
    struct importplan_choice *all =
        ARENA_ARRAY(s->l.a, struct importplan_choice, f->n + 1);
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++) {
        struct str key = f->pair[i].key;
        struct gradebook plain = {.comma = false};
        int64_t column;
        if (key.n < 2 || key.p[0] != 'c' || !str_i64(str_sub(key, 1, key.n), &column) ||
            column < 0 || column >= GRADEBOOK_COLUMNS)
            continue;
        struct importplan_choice *c = &all[n++];
        *c = (struct importplan_choice){.column = (size_t)column, .to = f->pair[i].val};
        struct str max =
            str_trim(page_field(s->c, str_fmt(s->l.a, "m%lld", (long long)column).p));
        plain.comma = str_find(max, STR(","), 0) != SIZE_MAX;
        c->has_maximum = gradebook_value(&plain, max, &c->maximum) == GRADEBOOK_GRADE &&
                         c->maximum > 0;
    }
    return importplan_choices(s->l.a, all, n);
}

/* The choices that came along are kept, whatever was pressed. */
static int choose(struct sight *s, struct import_run *run, struct err *e)
{
    run->choices = choices_of(s);
    run->strict = str_is(page_field(s->c, "strict"), "1");
    return import_run_choose(s->l.db, s->l.tenant_id, run, e);
}

static int act(struct sight *s, struct str what, struct err *e)
{
    struct page_ctx *c = s->c;
    struct import_run run;
    if (str_is(what, "hand_in"))
        return hand_in(s, e);
    int found = import_find(&s->l, page_int(c, "import", 0), &run, e);
    if (found <= 0) {
        s->problem = "import.gone";
        return found;
    }
    bool mine = run.by_person_id == c->session.person_id;
    if (str_is(what, "undo")) {
        int asked = import_ask(&s->l, &run, true, e);
        s->problem = asked == 0 ? "import.gone" : NULL;
        return asked < 0 ? -1 : 0;
    }
    if (!mine || !str_is(run.state, "preview")) {
        s->problem = "import.gone";
        return 0;
    }
    if (str_is(what, "drop"))
        return import_run_drop(s->l.db, s->l.tenant_id, run.id, e);
    if (choose(s, &run, e) != 0)
        return -1;
    return str_is(what, "take") && import_ask(&s->l, &run, false, e) < 0 ? -1 : 0;
}

int page_import(struct page_ctx *c, struct err *e)
{
    struct sight s = {.c = c, .l = page_learn(c), .words = STR_EMPTY};
    struct str what = page_field(c, "do");
    s.l.a = arena_new(ARENA_N);
    arena_defer(c->a, free_arena, s.l.a);
    if (c->req->method != REQ_POST || what.n == 0)
        return show(&s, e);
    if (!carry_csrf_ok(c->a, c->app->keys, c->carry.secret, page_field(c, "csrf")))
        return error_say(c, 403, "error.stale");
    if (act(&s, what, e) != 0)
        return -1;
    if (s.problem != NULL || c->cookieless)
        return show(&s, e);
    return page_go(c, "/import", page_import, e);
}
