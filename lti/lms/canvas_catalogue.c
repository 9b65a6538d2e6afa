#include "lms/canvas_parts.h"
#include "net/url.h"

#define API "/api/v1/courses/%.*s"
#define SCOPE "url:GET|/api/v1/courses/:course_id"
#define ITEMS_MAX 20000
#define RUBRIC_MAX 100

/* --- assignments ------------------------------------------------------------- */

static bool truth(const struct js *o, const char *member, bool otherwise)
{
    bool b;
    return js_bool(js_get(o, member), &b) ? b : otherwise;
}

static bool hands_in(const struct js *types, const char *type)
{
    struct str s;
    for (size_t i = 0; i < js_len(types); i++)
        if (js_str(js_at(types, i), &s) && str_is(s, type))
            return true;
    return false;
}

static const char *kind_of(const struct js *v, const struct canvas_assignment *x)
{
    const struct js *types = js_get(v, "submission_types");
    if (hands_in(types, "external_tool"))
        return "lti";
    if (x->quiz_id.n > 0)
        return "quiz";
    return x->topic_id.n > 0 ? "forum" : "assign";
}

struct reading {
    struct arena *a;
    struct vec rows; /* struct canvas_assignment */
};

static void read_rubric(struct reading *r, const struct js *assignment,
                        struct canvas_assignment *x)
{
    const struct js *rubric = js_get(assignment, "rubric");
    bool grades = truth(assignment, "use_rubric_for_grading", false);
    vec_init(&x->outcomes, r->a, sizeof(struct str));
    vec_init(&x->criteria, r->a, sizeof(struct canvas_criterion));
    for (size_t i = 0; i < js_len(rubric) && i < RUBRIC_MAX; i++) {
        const struct js *v = js_at(rubric, i);
        struct str id = canvas_call_id(r->a, js_get(v, "outcome_id"));
        if (id.n > 0)
            *(struct str *)vec_push(&x->outcomes) = str_dup(r->a, id);
        struct canvas_criterion c = {.id = str_dup(r->a, js_text(v, "id"))};
        if (truth(v, "ignore_for_scoring", false) ||
            !js_num(js_get(v, "points"), &c.points) || !(c.points > 0))
            c.points = 0;
        if (grades && c.id.n > 0)
            *(struct canvas_criterion *)vec_push(&x->criteria) = c;
    }
}

static int on_assignment(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct reading *r = ctx;
    struct arena *a = r->a;
    const struct js *tag = js_get(v, "external_tool_tag_attributes");
    struct canvas_assignment x = {
        .id = str_dup(a, canvas_call_id(scratch, js_get(v, "id"))),
        .quiz_id = str_dup(a, canvas_call_id(scratch, js_get(v, "quiz_id"))),
        .topic_id = str_dup(
            a, canvas_call_id(scratch, js_get(js_get(v, "discussion_topic"), "id"))),
        .title = str_dup(a, str_trim(js_text(v, "name"))),
        .url = str_dup(a, js_text(v, "html_url")),
        .link = str_dup(a, js_text(v, "lti_context_id")),
        .tool_url = str_dup(a, js_text(tag, "url")),
        .opens_ms = canvas_call_time(v, "unlock_at"),
        .due_ms = canvas_call_time(v, "due_at"),
        .edited_ms = canvas_call_time(v, "updated_at"),
        .closes_ms = canvas_call_time(v, "lock_at"),
        .restricted = truth(v, "only_visible_to_overrides", false),
        .visible = truth(v, "published", true),
        .section = STR_EMPTY,
    };
    if (x.id.n == 0)
        return 0;
    if (r->rows.n == ITEMS_MAX)
        return err_set(e, ERR_LIMIT, "Canvas: more than %d assignments", ITEMS_MAX);
    x.kind = kind_of(v, &x);
    if (!js_num(js_get(v, "points_possible"), &x.maximum) || !(x.maximum > 0) ||
        str_is(js_text(v, "grading_type"), "not_graded"))
        x.maximum = 0;
    int64_t attempts = 0;
    (void)js_i64(js_get(v, "allowed_attempts"), &attempts);
    x.attempts_max = attempts > 0 && attempts < LMS_ATTEMPTS_MAX ? attempts : 0;
    read_rubric(r, v, &x);
    *(struct canvas_assignment *)vec_push(&r->rows) = x;
    return 0;
}

static struct canvas_assignments *as_set(struct reading *r)
{
    struct canvas_assignments *set = ARENA_NEW(r->a, struct canvas_assignments);
    *set = (struct canvas_assignments){r->rows.p, r->rows.n, map_new(r->a), map_new(r->a),
                                       map_new(r->a)};
    for (size_t i = 0; i < set->n; i++) {
        struct canvas_assignment *x = &set->rows[i];
        map_put(set->by_id, x->id, x);
        if (x->quiz_id.n > 0)
            map_put(set->by_quiz, x->quiz_id, x);
        if (x->topic_id.n > 0)
            map_put(set->by_topic, x->topic_id, x);
    }
    return set;
}

struct canvas_assignments *canvas_catalogue_assignments(const struct lms *l,
                                                        struct str course,
                                                        struct arena *a, struct err *e)
{
    struct lms_memo *memo = l->memo;
    if (memo != NULL && memo->kept != NULL && str_eq(memo->course, course))
        return memo->kept;
    struct reading r = {.a = memo != NULL ? memo->a : a};
    struct str at = canvas_call_course(a, course);
    vec_init(&r.rows, r.a, sizeof(struct canvas_assignment));
    struct canvas_call c = {
        .scope = SCOPE "/assignments",
        .url = canvas_call_url(l, a, API "/assignments?per_page=100&order_by=position",
                               STR_ARG(at)),
        .element = on_assignment,
        .ctx = &r};
    if (canvas_call_list(l, &c, a, e) != 0)
        return NULL;
    struct canvas_assignments *set = as_set(&r);
    if (memo != NULL) {
        memo->course = str_dup(memo->a, course);
        memo->kept = set;
    }
    return set;
}

struct canvas_assignments *canvas_catalogue_feed(struct str body, struct arena *a,
                                                 struct err *e)
{
    struct reading r = {.a = a};
    struct canvas_call c = {
        .scope = SCOPE "/assignments", .element = on_assignment, .ctx = &r};
    vec_init(&r.rows, a, sizeof(struct canvas_assignment));
    return canvas_call_feed(&c, body, a, e) == 0 ? as_set(&r) : NULL;
}

/* --- modules ----------------------------------------------------------------- */

struct modules {
    const struct lms *l;
    struct arena *a;
    struct canvas_assignments *set;
    struct vec items; /* struct lms_activity */
    struct str section;
    bool shown; /* the module that is being read */
    int position;
    struct str course;
};

static struct canvas_assignment *of_item(const struct modules *m, struct str type,
                                         struct str content)
{
    if (str_is(type, "Assignment"))
        return map_get(m->set->by_id, content);
    if (str_is(type, "Quiz"))
        return map_get(m->set->by_quiz, content);
    return str_is(type, "Discussion") ? map_get(m->set->by_topic, content) : NULL;
}

static const char *kind_of_item(struct str type)
{
    static const char *const table[][2] = {
        {"Page", "page"},         {"Quiz", "quiz"},        {"Discussion", "forum"},
        {"ExternalUrl", "url"},   {"ExternalTool", "lti"}, {"File", "file"},
        {"Assignment", "assign"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (str_is(type, table[i][0]))
            return table[i][1];
    return NULL; /* a heading */
}

static void add_item(struct modules *m, const struct js *v, struct arena *scratch)
{
    struct str type = js_text(v, "type");
    const char *kind = kind_of_item(type);
    struct str content = canvas_call_id(scratch, js_get(v, "content_id"));
    struct canvas_assignment *x = of_item(m, type, content);
    const struct js *details = js_get(v, "content_details");
    bool shown = m->shown && truth(v, "published", true);
    if (x != NULL && !x->placed) {
        x->placed = true;
        x->position = m->position++;
        x->section = m->section;
        x->visible = x->visible && shown;
    }
    if (x != NULL || kind == NULL)
        return;
    struct arena *a = m->a;
    struct str id = canvas_call_id(scratch, js_get(v, "id"));
    bool practice = str_is(type, "Quiz") && content.n > 0;
    *(struct lms_activity *)vec_push(&m->items) = (struct lms_activity){
        .key = practice ? str_fmt(a, "quiz:%.*s", STR_ARG(content))
                        : str_fmt(a, "item:%.*s", STR_ARG(id)),
        .instance = str_dup(a, content),
        .kind = str_c(kind),
        .title = str_dup(a, str_trim(js_text(v, "title"))),
        .url = str_dup(a, js_text(v, "html_url")),
        .tool_url = str_dup(a, js_text(v, "external_url")),
        .section = m->section,
        .opens_ms = canvas_call_time(details, "unlock_at"),
        .due_ms = canvas_call_time(details, "due_at"),
        .closes_ms = canvas_call_time(details, "lock_at"),
        .visible = shown,
        .position = m->position++,
    };
}

static int on_item(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct modules *m = ctx;
    if (m->items.n == ITEMS_MAX)
        return err_set(e, ERR_LIMIT, "Canvas: more than %d items in modules", ITEMS_MAX);
    add_item(m, v, scratch);
    return 0;
}

/* A module with many items does not bring them along. */
static int on_module(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct modules *m = ctx;
    struct js *items = js_get(v, "items");
    struct str id = canvas_call_id(scratch, js_get(v, "id"));
    m->section = str_dup(m->a, str_trim(js_text(v, "name")));
    m->shown = truth(v, "published", true);
    for (size_t i = 0; i < js_len(items); i++)
        if (on_item(m, js_at(items, i), scratch, e) != 0)
            return -1;
    int64_t count = 0;
    js_i64(js_get(v, "items_count"), &count);
    if (items != NULL || count == 0 || id.n == 0 || m->l == NULL)
        return 0;
    struct str at = canvas_call_course(scratch, m->course);
    struct canvas_call c = {.scope = SCOPE "/modules/:module_id/items",
                            .url = canvas_call_url(m->l, scratch,
                                                   API "/modules/%.*s/items?per_page=100"
                                                       "&include[]=content_details",
                                                   STR_ARG(at),
                                                   STR_ARG(url_escape(scratch, id))),
                            .element = on_item,
                            .ctx = m};
    return canvas_call_list(m->l, &c, scratch, e);
}

/* A course without modules, or whose modules we may not see, still has assignments. */
static int read_modules(struct modules *m, struct err *e)
{
    struct err own = {0};
    struct str at = canvas_call_course(m->a, m->course);
    struct canvas_call c = {.scope = SCOPE "/modules",
                            .url = canvas_call_url(m->l, m->a,
                                                   API "/modules?per_page=100"
                                                       "&include[]=items"
                                                       "&include[]=content_details",
                                                   STR_ARG(at)),
                            .element = on_module,
                            .ctx = m};
    if (canvas_call_list(m->l, &c, m->a, &own) == 0 || own.code == ERR_DENIED ||
        own.code == ERR_NOTFOUND)
        return 0;
    if (e != NULL)
        *e = own;
    return -1;
}

static struct lms_activity as_activity(struct arena *a, const struct canvas_assignment *x)
{
    return (struct lms_activity){
        .key = str_fmt(a, "assignment:%.*s", STR_ARG(x->id)),
        .instance = x->quiz_id.n > 0 ? x->quiz_id : x->id,
        .kind = str_c(x->kind),
        .title = x->title,
        .url = x->url,
        .link = x->link,
        .tool_url = x->tool_url,
        .section = x->section,
        .opens_ms = x->opens_ms,
        .due_ms = x->due_ms,
        .closes_ms = x->closes_ms,
        .restricted = x->restricted,
        .maximum = x->maximum,
        .attempts_max = x->attempts_max,
        .visible = x->visible,
        .position = x->position,
    };
}

static int hand_out(struct modules *m,
                    int (*row)(void *ctx, const struct lms_activity *r, struct err *e),
                    void *ctx, struct err *e)
{
    const struct lms_activity *items = m->items.p;
    for (size_t i = 0; i < m->items.n; i++)
        if (row(ctx, &items[i], e) != 0)
            return -1;
    for (size_t i = 0; i < m->set->n; i++) {
        struct canvas_assignment *x = &m->set->rows[i];
        if (!x->placed)
            x->position = m->position++;
        struct lms_activity r = as_activity(m->a, x);
        if (row(ctx, &r, e) != 0)
            return -1;
    }
    return 0;
}

static void begin(struct modules *m)
{
    vec_init(&m->items, m->a, sizeof(struct lms_activity));
    for (size_t i = 0; m->set != NULL && i < m->set->n; i++)
        m->set->rows[i].placed = false;
}

int canvas_catalogue_modules(struct canvas_assignments *set, struct str body,
                             int (*row)(void *ctx, const struct lms_activity *r,
                                        struct err *e),
                             void *ctx, struct arena *a, struct err *e)
{
    struct modules m = {.a = a, .set = set};
    struct canvas_call c = {.scope = SCOPE "/modules", .element = on_module, .ctx = &m};
    begin(&m);
    return canvas_call_feed(&c, body, a, e) == 0 ? hand_out(&m, row, ctx, e) : -1;
}

int canvas_catalogue_read(const struct lms *l, struct str course,
                          int (*row)(void *ctx, const struct lms_activity *r,
                                     struct err *e),
                          void *ctx, struct arena *a, struct err *e)
{
    struct modules m = {.l = l, .a = a, .course = course};
    m.set = canvas_catalogue_assignments(l, course, a, e);
    begin(&m);
    if (m.set == NULL || read_modules(&m, e) != 0)
        return -1;
    return hand_out(&m, row, ctx, e);
}

/* --- changes ----------------------------------------------------------------- */

/* Assignments that are new or were edited. Whether there is new work only the lists of
 * work tell, so they are to be read in any case; the assignments are kept for them
 * (l->memo). */
int canvas_catalogue_changes(const struct lms *l, struct str course, int64_t since_ms,
                             int (*row)(void *ctx, const struct lms_change *r,
                                        struct err *e),
                             void *ctx, struct arena *a, struct err *e)
{
    struct lms_change work = {.activity_key = STR_EMPTY, .work = true};
    struct canvas_assignments *set = canvas_catalogue_assignments(l, course, a, e);
    if (set == NULL || row(ctx, &work, e) != 0)
        return -1;
    for (size_t i = 0; i < set->n; i++) {
        struct lms_change r = {
            .activity_key = str_fmt(a, "assignment:%.*s", STR_ARG(set->rows[i].id)),
            .settings = true};
        if (set->rows[i].edited_ms > since_ms && row(ctx, &r, e) != 0)
            return -1;
    }
    return 0;
}

/* --- alignments -------------------------------------------------------------- */

struct outcomes {
    struct arena *a;
    struct map *known; /* id -> struct canvas_outcome */
};

static int on_outcome(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    struct outcomes *o = ctx;
    const struct js *x = js_get(v, "outcome");
    struct str id = canvas_call_id(scratch, js_get(x, "id"));
    (void)e;
    if (id.n == 0)
        return 0;
    struct canvas_outcome *known = ARENA_NEW(o->a, struct canvas_outcome);
    *known = (struct canvas_outcome){.guid = str_dup(o->a, js_text(x, "vendor_guid")),
                                     .title = str_dup(o->a, js_text(x, "title")),
                                     .called = str_dup(o->a, js_text(x, "display_name"))};
    if (!js_num(js_get(x, "points_possible"), &known->points) || !(known->points > 0))
        known->points = 0;
    map_put(o->known, str_dup(o->a, id), known);
    return 0;
}

int canvas_catalogue_outcomes(const struct lms *l, struct str course, struct map **out,
                              struct arena *a, struct err *e)
{
    struct outcomes o = {a, map_new(a)};
    struct str at = canvas_call_course(a, course);
    struct canvas_call c = {.scope = SCOPE "/outcome_group_links",
                            .url = canvas_call_url(l, a,
                                                   API "/outcome_group_links?per_page=100"
                                                       "&outcome_style=full",
                                                   STR_ARG(at)),
                            .element = on_outcome,
                            .ctx = &o};
    *out = o.known;
    return canvas_call_list(l, &c, a, e);
}

/* Outcomes by the rubrics of assignments, and the modules that they stand in. */
int canvas_catalogue_alignments(const struct lms *l, struct str course,
                                int (*row)(void *ctx, const struct lms_alignment *r,
                                           struct err *e),
                                void *ctx, struct arena *a, struct err *e)
{
    struct map *outcomes;
    struct canvas_assignments *set = canvas_catalogue_assignments(l, course, a, e);
    if (set == NULL || canvas_catalogue_outcomes(l, course, &outcomes, a, e) != 0)
        return -1;
    for (size_t i = 0; i < set->n; i++) {
        const struct canvas_assignment *x = &set->rows[i];
        const struct str *ids = x->outcomes.p;
        struct str key = str_fmt(a, "assignment:%.*s", STR_ARG(x->id));
        for (size_t k = 0; k < x->outcomes.n; k++) {
            const struct canvas_outcome *known = map_get(outcomes, ids[k]);
            struct lms_alignment r = {.activity_key = key,
                                      .kind = LMS_OUTCOME,
                                      .value = ids[k],
                                      .title = STR_EMPTY};
            if (known != NULL) {
                r.value = known->guid.n > 0 ? known->guid : known->title;
                r.title = known->title;
            }
            if (row(ctx, &r, e) != 0)
                return -1;
        }
        struct lms_alignment in = {key, LMS_SECTION, x->section, x->section};
        if (x->section.n > 0 && row(ctx, &in, e) != 0)
            return -1;
    }
    return 0;
}
