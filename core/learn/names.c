#include "learn/names.h"

#include "base/map.h"
#include "base/vec.h"
#include "store/stmt.h"

#define KEY_N 1024
#define URL_N 4096
#define TITLE_N 2048

/* Activities that share an address or a title. */
struct many {
    struct vec rows; /* const struct activity * */
};

struct names_index {
    struct arena *a;
    struct activity *rows;
    size_t n;
    struct map *by_id;
    struct map *by_alias; /* kind "\n" key -> struct activity */
    struct map *by_url;   /* struct many */
    struct map *by_title; /* struct many */
    struct map *own;      /* by id */
    struct map *own_titles;
    struct arena *scratch;
};

/* --- addresses ----------------------------------------------------------------- */

/* The value of a parameter of a query, or empty. */
static struct str param(struct str query, struct str name)
{
    while (query.n > 0) {
        struct str one, key, value;
        str_cut(query, '&', &one, &query);
        str_cut(one, '=', &key, &value);
        if (str_starts(key, STR("amp;")))
            key = str_sub(key, 4, key.n);
        if (str_eq(key, name))
            return value;
    }
    return STR_EMPTY;
}

static bool digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0 && s.n < 20;
}

/* Moodle: every script of /mod/KIND/ speaks of one course module: view.php?id=N, or
 * attempt.php?...&cmid=N. Empty: it does not say which. */
static struct str moodle_path(struct arena *a, struct str path, struct str query)
{
    size_t at = str_find(path, STR("/mod/"), 0);
    struct str kind, script, id = STR_EMPTY;
    if (at == SIZE_MAX || !str_cut(str_sub(path, at + 5, path.n), '/', &kind, &script) ||
        !str_ends(script, STR(".php")) || kind.n == 0)
        return STR_EMPTY;
    if (str_is(script, "view.php") || str_is(script, "grade.php"))
        id = param(query, STR("id"));
    if (id.n == 0)
        id = param(query, STR("cmid"));
    if (!digits(id))
        return STR_EMPTY;
    return str_fmt(a, "%.*s/mod/%.*s/view.php?id=%.*s", (int)at, path.p, STR_ARG(kind),
                   STR_ARG(id));
}

/* Canvas: /courses/C/KIND/N and what hangs on it; its API says the same below /api/v1. */
static struct str canvas_path(struct arena *a, struct str path)
{
    static const char *const kinds[] = {"assignments", "quizzes", "discussion_topics",
                                        "pages"};
    struct str rest, course, kind, id;
    size_t at = str_find(path, STR("/courses/"), 0);
    if (at == SIZE_MAX)
        return STR_EMPTY;
    struct str base = str_sub(path, 0, at);
    if (str_ends(base, STR("/api/v1")))
        base.n -= 7;
    rest = str_sub(path, at + 9, path.n);
    if (!str_cut(rest, '/', &course, &rest) || !digits(course) ||
        !str_cut(rest, '/', &kind, &rest))
        return STR_EMPTY;
    str_cut(rest, '/', &id, &rest);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (str_is(kind, kinds[i]) && id.n > 0 && (digits(id) || str_is(kind, "pages")))
            return str_fmt(a, "%.*s/courses/%.*s/%s/%.*s", STR_ARG(base), STR_ARG(course),
                           kinds[i], STR_ARG(id));
    return STR_EMPTY;
}

struct str names_address(struct arena *a, struct str url)
{
    struct str scheme, rest, host, path, query;
    url = str_trim(url);
    size_t at = str_find(url, STR("://"), 0);
    if (at == SIZE_MAX || url.n > URL_N)
        return STR_EMPTY;
    scheme = str_sub(url, 0, at);
    if (!str_ieq(scheme, STR("https")) && !str_ieq(scheme, STR("http")))
        return STR_EMPTY;
    str_cut(str_sub(url, at + 3, url.n), '#', &rest, &query);
    str_cut(rest, '?', &rest, &query);
    size_t slash = str_find(rest, STR("/"), 0);
    host = str_lower(a, str_sub(rest, 0, slash));
    path = slash == SIZE_MAX ? STR_EMPTY : str_sub(rest, slash, rest.n);
    if (str_ends(host, STR(":443")))
        host.n -= 4;
    else if (str_ends(host, STR(":80")))
        host.n -= 3;
    if (host.n == 0 || str_find(host, STR("@"), 0) != SIZE_MAX)
        return STR_EMPTY;
    struct str known = moodle_path(a, path, query);
    if (known.n == 0)
        known = canvas_path(a, path);
    if (known.n > 0)
        return str_fmt(a, "%.*s%.*s", STR_ARG(host), STR_ARG(known));
    while (str_ends(path, STR("/")))
        path.n--;
    return str_fmt(a, "%.*s%.*s%s%.*s", STR_ARG(host), STR_ARG(path),
                   query.n > 0 ? "?" : "", STR_ARG(query));
}

/* --- titles -------------------------------------------------------------------- */

static size_t entity(struct str s, char *c)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {{"&amp;", '&'},  {"&lt;", '<'},    {"&gt;", '>'},
                 {"&quot;", '"'}, {"&#039;", '\''}, {"&#39;", '\''}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_starts(s, str_c(known[i].name))) {
            *c = known[i].c;
            return str_c(known[i].name).n;
        }
    return 0;
}

struct str names_title(struct arena *a, struct str title)
{
    struct buf b;
    if (title.n > TITLE_N)
        return STR_EMPTY;
    buf_init(&b, a, title.n + 1);
    for (size_t i = 0; i < title.n;) {
        char c = title.p[i];
        size_t skip = c == '&' ? entity(str_sub(title, i, title.n), &c) : 0;
        bool nbsp = str_starts(str_sub(title, i, title.n), STR("\xc2\xa0"));
        if (nbsp)
            c = ' ';
        i += skip > 0 ? skip : nbsp ? 2 : 1;
        if (c == '\t' || c == '\n' || c == '\r')
            c = ' ';
        if (c != ' ')
            buf_char(&b, c);
        else if (b.n > 0 && b.p[b.n - 1] != ' ')
            buf_char(&b, ' ');
    }
    return str_lower(a, str_trim(buf_view(&b)));
}

/* The words that Moodle puts in front of a title, and the kind that each stands for. */
static const struct {
    const char *word;
    const char *kind;
} words[] = {
    {"quiz", "quiz"},         {"assignment", "assign"},     {"external tool", "lti"},
    {"lesson", "lesson"},     {"forum", "forum"},           {"whole forum", "forum"},
    {"workshop", "workshop"}, {"h5p", "h5pactivity"},       {"scorm package", "scorm"},
    {"glossary", "glossary"}, {"database", "data"},         {"page", "page"},
    {"url", "url"},           {"discussion", "discussion"},
};

/* "quiz: quiz 1" -> "quiz 1", and "quiz" into *kind; a word of another language gives no
 * kind. False when nothing stands in front. */
static bool split_word(struct str title, struct str *kind, struct str *rest)
{
    struct str word;
    *kind = STR_EMPTY;
    if (!str_cut(title, ':', &word, rest) || word.n > 40 || rest->n == 0)
        return false;
    *rest = str_trim(*rest);
    word = str_trim(word);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_is(word, words[i].word))
            *kind = str_c(words[i].kind);
    return rest->n > 0;
}

/* --- the index ----------------------------------------------------------------- */

static struct str id_text(struct arena *a, int64_t id)
{
    return str_fmt(a, "%lld", (long long)id);
}

static struct str alias_key(struct arena *a, struct str kind, struct str key)
{
    return str_fmt(a, "%.*s\n%.*s", STR_ARG(kind), STR_ARG(key));
}

static void add(struct names_index *x, struct map *m, struct str key,
                const struct activity *row)
{
    if (key.n == 0)
        return;
    struct many *all = map_get(m, key);
    if (all == NULL) {
        all = ARENA_NEW(x->a, struct many);
        vec_init(&all->rows, x->a, sizeof(const struct activity *));
        map_put(m, key, all);
    }
    *(const struct activity **)vec_push(&all->rows) = row;
}

static void free_scratch(void *a)
{
    arena_free(a);
}

/* Our own links: their activities, and what they and our columns are called. */
static int read_own(struct learn *l, struct names_index *x, struct err *e)
{
    static const int ids[] = {S_OWN_ACTIVITIES, S_OWN_TITLES};
    int more = 0;
    for (size_t i = 0; i < 2 && more == 0; i++) {
        struct db_rows *r =
            db_ask(l->db, ids[i], e, DB_I(l->tenant_id), DB_I(l->course_id));
        if (r == NULL)
            return -1;
        while ((more = db_next(r, e)) == 1) {
            if (i == 0)
                map_put(x->own, id_text(x->a, db_i64(r, 0)), x);
            else
                map_put(x->own_titles, names_title(x->a, db_text(r, 0)), x);
        }
        db_end(r);
    }
    return more;
}

struct names_index *names_index(struct learn *l, struct err *e)
{
    struct names_index *x = ARENA_NEW(l->a, struct names_index);
    struct activity_alias *alias;
    size_t alias_n;
    x->a = l->a;
    x->by_id = map_new(x->a);
    x->by_alias = map_new(x->a);
    x->by_url = map_new(x->a);
    x->by_title = map_new(x->a);
    x->own = map_new(x->a);
    x->own_titles = map_new(x->a);
    if (activity_list(l->db, l->a, l->tenant_id, l->course_id, &x->rows, &x->n, e) < 0 ||
        activity_aliases(l->db, l->a, l->tenant_id, l->course_id, &alias, &alias_n, e) <
            0 ||
        read_own(l, x, e) < 0)
        return NULL;
    x->scratch = arena_new((size_t)1 << 20);
    arena_defer(l->a, free_scratch, x->scratch);
    for (size_t i = 0; i < x->n; i++) {
        map_put(x->by_id, id_text(x->a, x->rows[i].activity_id), &x->rows[i]);
        add(x, x->by_url, names_address(x->a, x->rows[i].url), &x->rows[i]);
        add(x, x->by_title, names_title(x->a, x->rows[i].title), &x->rows[i]);
    }
    for (size_t i = 0; i < alias_n; i++) {
        struct activity *row = map_get(x->by_id, id_text(x->a, alias[i].activity_id));
        if (row != NULL)
            map_put(x->by_alias,
                    alias_key(x->a, alias[i].source_kind, alias[i].source_key), row);
    }
    return x;
}

const struct activity *names_activity(const struct names_index *x, int64_t activity_id)
{
    arena_reset(x->scratch);
    return map_get(x->by_id, id_text(x->scratch, activity_id));
}

bool names_own(const struct names_index *x, int64_t activity_id)
{
    arena_reset(x->scratch);
    return map_get(x->own, id_text(x->scratch, activity_id)) != NULL;
}

bool names_own_title(const struct names_index *x, struct str title)
{
    struct str kind;
    arena_reset(x->scratch);
    title = names_title(x->scratch, title);
    struct str rest = names_behind(x->scratch, title, &kind);
    return title.n > 0 && (map_get(x->own_titles, title) != NULL ||
                           map_get(x->own_titles, rest) != NULL);
}

const struct activity *names_all(const struct names_index *x, size_t *n)
{
    *n = x->n;
    return x->rows;
}

/* The kinds that Waymark keeps (catalogue): others are one, "other". */
static bool kind_fits(const struct activity *row, struct str kind)
{
    static const char *const known[] = {"quiz", "assign", "page", "url", "lti"};
    if (kind.n == 0 || row->kind.n == 0 || str_eq(row->kind, kind))
        return true;
    if (!str_is(row->kind, "other"))
        return false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_is(kind, known[i]))
            return false;
    return true;
}

/* The one activity among those of a name; visible ones before hidden ones. */
static int64_t only(const struct many *all, struct str kind, bool *several)
{
    for (int hidden = 0; all != NULL && hidden < 2; hidden++) {
        const struct activity *const *rows = all->rows.p;
        int64_t found = 0;
        size_t n = 0;
        for (size_t i = 0; i < all->rows.n; i++) {
            if (!kind_fits(rows[i], kind) || (hidden == 0 && !rows[i]->visible))
                continue;
            found = rows[i]->activity_id;
            n++;
        }
        *several = *several || n > 1;
        if (n > 0)
            return n == 1 ? found : 0;
    }
    return 0;
}

static int64_t by_title(const struct names_index *x, const struct names_in *in,
                        bool *several)
{
    struct str title = names_title(x->scratch, in->title), kind, rest;
    int64_t id = only(map_get(x->by_title, title), in->kind, several);
    if (id != 0 || *several || !split_word(title, &kind, &rest))
        return id;
    return only(map_get(x->by_title, rest), in->kind.n > 0 ? in->kind : kind, several);
}

int64_t names_find(struct names_index *x, const struct names_in *in, enum names_by *by)
{
    enum names_by own;
    bool several = false;
    by = by != NULL ? by : &own;
    arena_reset(x->scratch);
    *by = NAMES_ALIAS;
    if (in->source_kind.n > 0 && in->source_key.n > 0 && in->source_key.n <= KEY_N) {
        const struct activity *row =
            map_get(x->by_alias, alias_key(x->scratch, in->source_kind, in->source_key));
        if (row != NULL)
            return row->activity_id;
    }
    *by = NAMES_URL;
    int64_t id =
        only(map_get(x->by_url, names_address(x->scratch, in->url)), STR_EMPTY, &several);
    if (id != 0)
        return id;
    *by = NAMES_TITLE;
    several = false;
    id = by_title(x, in, &several);
    if (id == 0)
        *by = several ? NAMES_SEVERAL : NAMES_NOTHING;
    return id;
}

int names_keep(struct learn *l, const struct names_in *in, int64_t activity_id,
               struct err *e)
{
    struct activity_alias row = {.source_kind = in->source_kind,
                                 .source_key = in->source_key,
                                 .activity_id = activity_id};
    if (row.source_kind.n == 0 || row.source_key.n == 0 || row.source_key.n > KEY_N)
        return 0;
    return activity_alias_add(l->db, l->tenant_id, l->course_id, &row, e);
}

bool names_orphan(const struct activity *row)
{
    static const char *const sources[] = {"file", "xapi", "caliper", "oneroster"};
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        if (str_is(row->source, sources[i]))
            return true;
    return false;
}

struct str names_behind(struct arena *a, struct str title, struct str *kind)
{
    struct str word, rest, none;
    if (!split_word(str_lower(a, title), kind, &none) ||
        !str_cut(title, ':', &word, &rest))
        return title;
    return str_trim(rest);
}
