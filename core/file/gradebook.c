#include "file/gradebook.h"

#include "base/vec.h"
#include "file/csv.h"

#define TITLE_N 1024
#define TIME_LOW INT64_C(1000000000)  /* 2001: what can be a Unix time of an export */
#define TIME_HIGH INT64_C(4102444800) /* 2100 */

static const char *const forms[] = {
    [GRADEBOOK_GUESS] = "",
    [GRADEBOOK_MOODLE] = "moodle",
    [GRADEBOOK_CANVAS] = "canvas",
    [GRADEBOOK_PLAIN] = "plain",
};

static const char *const uses[] = {
    [GRADEBOOK_NOTHING] = "ignore",  [GRADEBOOK_ID] = "id",
    [GRADEBOOK_NUMBER] = "number",   [GRADEBOOK_EMAIL] = "email",
    [GRADEBOOK_LOGIN] = "login",     [GRADEBOOK_NAME] = "name",
    [GRADEBOOK_FIRST] = "first",     [GRADEBOOK_LAST] = "last",
    [GRADEBOOK_TIME] = "time",       [GRADEBOOK_POINTS] = "points",
    [GRADEBOOK_PERCENT] = "percent",
};

enum gradebook_form gradebook_form_from(struct str name)
{
    for (size_t i = GRADEBOOK_MOODLE; i <= GRADEBOOK_PLAIN; i++)
        if (str_is(name, forms[i]))
            return (enum gradebook_form)i;
    return GRADEBOOK_GUESS;
}

const char *gradebook_form_name(enum gradebook_form f)
{
    INVARIANT((size_t)f < sizeof forms / sizeof forms[0]);
    return forms[f];
}

const char *gradebook_use_name(enum gradebook_use u)
{
    INVARIANT((size_t)u < sizeof uses / sizeof uses[0]);
    return uses[u];
}

enum gradebook_use gradebook_use_from(struct str name)
{
    for (size_t i = 1; i < sizeof uses / sizeof uses[0]; i++)
        if (str_is(name, uses[i]))
            return (enum gradebook_use)i;
    return GRADEBOOK_NOTHING;
}

/* --- cells --------------------------------------------------------------------- */

static bool is_blank(struct str s)
{
    static const char *const blanks[] = {"-", "\xe2\x80\x93", "\xe2\x80\x94", "N/A",
                                         "n/a"};
    for (size_t i = 0; i < sizeof blanks / sizeof blanks[0]; i++)
        if (str_is(s, blanks[i]))
            return true;
    return s.n == 0;
}

/* Blanks at both ends, the no-break space among them. */
static struct str trim(struct str s)
{
    for (;;) {
        s = str_trim(s);
        if (str_starts(s, STR("\xc2\xa0")))
            s = str_sub(s, 2, s.n);
        else if (str_ends(s, STR("\xc2\xa0")))
            s.n -= 2;
        else
            return s;
    }
}

/* Digits with at most one `point` in them. */
static bool is_number(struct str s, char point)
{
    size_t digits = 0, points = 0;
    for (size_t i = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'); i < s.n; i++) {
        digits += s.p[i] >= '0' && s.p[i] <= '9';
        points += s.p[i] == point;
        if ((s.p[i] < '0' || s.p[i] > '9') && s.p[i] != point)
            return false;
    }
    return digits > 0 && points <= 1 && s.n <= 32;
}

static struct str no_percent(struct str s)
{
    return str_ends(s, STR("%")) ? trim(str_sub(s, 0, s.n - 1)) : s;
}

enum gradebook_cell gradebook_value(const struct gradebook *g, struct str cell,
                                    double *value)
{
    char text[40];
    struct str s = no_percent(trim(cell));
    if (is_blank(s))
        return cell.n > 0 && str_is(trim(cell), "%") ? GRADEBOOK_WRONG : GRADEBOOK_BLANK;
    if (str_ieq(s, STR("EX")))
        return GRADEBOOK_EXCUSED;
    if (!is_number(s, g->comma ? ',' : '.'))
        return GRADEBOOK_WRONG;
    size_t n = 0, from = s.p[0] == '+';
    for (size_t i = from; i < s.n; i++) {
        bool bare = s.p[i] == ',' || s.p[i] == '.';
        if (bare && (n == 0 || (n == 1 && text[0] == '-')))
            text[n++] = '0';
        text[n++] = s.p[i] == ',' ? '.' : s.p[i];
        if (bare && i + 1 == s.n)
            text[n++] = '0';
    }
    return str_f64((struct str){text, n}, value) ? GRADEBOOK_GRADE : GRADEBOOK_WRONG;
}

/* --- what the cells of a column are like --------------------------------------- */

struct look {
    size_t filled, numbers, percents, mails, times;
    int64_t newest; /* time */
};

static struct look look_at(const struct gradebook *g, size_t k)
{
    struct look l = {0};
    for (size_t i = 0; i < g->rows_n; i++) {
        struct str s = g->rows[i].cells[k];
        int64_t t = 0;
        double v;
        if (is_blank(s) || str_ieq(s, STR("EX")))
            continue;
        l.filled++;
        l.numbers += gradebook_value(g, s, &v) == GRADEBOOK_GRADE;
        l.percents += str_ends(s, STR("%"));
        l.mails += str_find(s, STR("@"), 1) != SIZE_MAX;
        if (str_i64(s, &t) && t >= TIME_LOW && t <= TIME_HIGH) {
            l.times++;
            l.newest = t > l.newest ? t : l.newest;
        }
    }
    return l;
}

/* Most of them: one typing mistake does not make a column of grades a text. */
static bool most(size_t some, size_t all)
{
    return all > 0 && some * 10 >= all * 7;
}

/* Are there more numbers with a decimal comma than with a point? */
static bool has_commas(const struct gradebook *g)
{
    size_t commas = 0, points = 0;
    for (size_t i = 0; i < g->rows_n; i++)
        for (size_t k = 0; k < g->columns_n; k++) {
            struct str s = no_percent(g->rows[i].cells[k]);
            if (s.n == 0 || s.n > 32)
                continue;
            commas += str_find(s, STR(","), 0) != SIZE_MAX && is_number(s, ',');
            points += str_find(s, STR("."), 0) != SIZE_MAX && is_number(s, '.');
        }
    return commas > points;
}

/* --- headers ------------------------------------------------------------------- */

struct word {
    const char *word; /* ASCII letters small */
    enum gradebook_use use;
};

/* Moodle's own words in English, German, French and Spanish, Canvas' and plain ones. */
static const struct word person_words[] = {
    {"id number", GRADEBOOK_NUMBER},
    {"id-nummer", GRADEBOOK_NUMBER},
    {"num\xc3\xa9ro d\xe2\x80\x99identification", GRADEBOOK_NUMBER},
    {"num\xc3\xa9ro d'identification", GRADEBOOK_NUMBER},
    {"n\xc3\xbamero de id", GRADEBOOK_NUMBER},
    {"sis user id", GRADEBOOK_NUMBER},
    {"student id", GRADEBOOK_NUMBER},
    {"student number", GRADEBOOK_NUMBER},
    {"number", GRADEBOOK_NUMBER},
    {"sourcedid", GRADEBOOK_NUMBER},
    {"email address", GRADEBOOK_EMAIL},
    {"email", GRADEBOOK_EMAIL},
    {"e-mail", GRADEBOOK_EMAIL},
    {"mail", GRADEBOOK_EMAIL},
    {"e-mail-adresse", GRADEBOOK_EMAIL},
    {"adresse de courriel", GRADEBOOK_EMAIL},
    {"direcci\xc3\xb3n de correo", GRADEBOOK_EMAIL},
    {"username", GRADEBOOK_LOGIN},
    {"user name", GRADEBOOK_LOGIN},
    {"login", GRADEBOOK_LOGIN},
    {"sis login id", GRADEBOOK_LOGIN},
    {"anmeldename", GRADEBOOK_LOGIN},
    {"id", GRADEBOOK_ID},
    {"user id", GRADEBOOK_ID},
    {"lms id", GRADEBOOK_ID},
    {"student", GRADEBOOK_NAME},
    {"name", GRADEBOOK_NAME},
    {"full name", GRADEBOOK_NAME},
    {"first name", GRADEBOOK_FIRST},
    {"firstname", GRADEBOOK_FIRST},
    {"given name", GRADEBOOK_FIRST},
    {"vorname", GRADEBOOK_FIRST},
    {"pr\xc3\xa9nom", GRADEBOOK_FIRST},
    {"nombre", GRADEBOOK_FIRST},
    {"last name", GRADEBOOK_LAST},
    {"lastname", GRADEBOOK_LAST},
    {"surname", GRADEBOOK_LAST},
    {"family name", GRADEBOOK_LAST},
    {"nachname", GRADEBOOK_LAST},
    {"nom", GRADEBOOK_LAST},
    {"apellido(s)", GRADEBOOK_LAST},
};

/* Of persons too, and of no use here. */
static const char *const other_words[] = {
    "institution",    "department", "section",    "root account", "integration id",
    "suspended",      "group",      "class",      "country",      "city/town",
    "sis section id", "section id", "id section", "timezone",     "grade level",
};

static bool person_column(struct arena *a, struct gradebook_column *c)
{
    struct str h = str_lower(a, c->header);
    for (size_t i = 0; i < sizeof person_words / sizeof person_words[0]; i++)
        if (str_is(h, person_words[i].word)) {
            c->use = person_words[i].use;
            return true;
        }
    for (size_t i = 0; i < sizeof other_words / sizeof other_words[0]; i++)
        if (str_is(h, other_words[i])) {
            c->use = GRADEBOOK_NOTHING;
            c->why = "other";
            return true;
        }
    return false;
}

static void leave_out(struct gradebook_column *c, const char *why)
{
    c->use = GRADEBOOK_NOTHING;
    c->why = why;
}

/* "NAME (WORD)" -> NAME and WORD. */
static bool split_end(struct str s, char open, char close, struct str *name,
                      struct str *word)
{
    if (s.n < 3 || s.p[s.n - 1] != close)
        return false;
    size_t at = s.n - 1;
    while (at > 0 && s.p[at] != open)
        at--;
    if (at == 0)
        return false;
    *name = trim(str_sub(s, 0, at));
    *word = trim(str_sub(s, at + 1, s.n - 1));
    return name->n > 0 && word->n > 0;
}

static bool is_total(struct arena *a, struct str title)
{
    struct str t = str_lower(a, title);
    return str_is(t, "course total") || str_ends(t, STR(" total"));
}

/* A column that no word tells: by what stands in it. */
static void by_cells(const struct look *l, struct gradebook_column *c)
{
    if (l->filled == 0)
        c->use = GRADEBOOK_POINTS; /* nobody has a grade yet */
    else if (most(l->percents, l->filled))
        c->use = GRADEBOOK_PERCENT;
    else if (most(l->numbers, l->filled))
        c->use = GRADEBOOK_POINTS;
    else
        leave_out(c, "text");
    if (c->use == GRADEBOOK_PERCENT) {
        c->has_maximum = true;
        c->maximum = 100;
    }
}

/* Moodle: "MODULE: NAME (WORD)"; without a module it is a total, or a grade by hand. */
static void moodle_column(struct gradebook *g, struct arena *a, size_t k)
{
    struct gradebook_column *c = &g->columns[k];
    struct look l = look_at(g, k);
    struct str name, word, module, rest;
    if (l.times > 0 && l.times == l.filled && k + 1 == g->columns_n) {
        c->use = GRADEBOOK_TIME;
        g->exported_ms = l.newest * 1000;
        return;
    }
    if (person_column(a, c))
        return;
    if (!split_end(c->header, '(', ')', &name, &word)) {
        if (most(l.mails, l.filled))
            c->use = GRADEBOOK_EMAIL;
        else
            leave_out(c, l.filled == 0 ? "empty" : "other");
        return;
    }
    c->title = str_dup(a, str_head(name, TITLE_N));
    c->named = str_cut(name, ':', &module, &rest);
    if (str_ieq(word, STR("Letter")))
        leave_out(c, "letter");
    else if (str_ieq(word, STR("Feedback")))
        leave_out(c, "feedback");
    else
        by_cells(&l, c);
    if (c->use != GRADEBOOK_NOTHING && !c->named && is_total(a, name))
        leave_out(c, "total");
}

/* Canvas: "TITLE (ID)"; what has no id is a total. */
static void canvas_column(struct gradebook *g, struct arena *a, size_t k)
{
    struct gradebook_column *c = &g->columns[k];
    struct look l = look_at(g, k);
    struct str name, id;
    int64_t n;
    if (c->why != NULL || person_column(a, c))
        return;
    if (!split_end(c->header, '(', ')', &name, &id) || !str_i64(id, &n) || n <= 0) {
        leave_out(c, "total");
        return;
    }
    c->title = str_dup(a, str_head(name, TITLE_N));
    c->key = str_dup(a, id);
    c->named = true;
    by_cells(&l, c);
}

static void plain_column(struct gradebook *g, struct arena *a, size_t k)
{
    struct gradebook_column *c = &g->columns[k];
    struct look l = look_at(g, k);
    struct str name, maximum;
    if (person_column(a, c))
        return;
    if (c->header.n == 0) {
        leave_out(c, l.filled == 0 ? "empty" : "other");
        return;
    }
    if (most(l.mails, l.filled)) {
        c->use = GRADEBOOK_EMAIL;
        return;
    }
    by_cells(&l, c);
    c->named = true;
    c->title = c->header;
    if (split_end(c->header, '[', ']', &name, &maximum) &&
        gradebook_value(g, maximum, &c->maximum) == GRADEBOOK_GRADE && c->maximum > 0) {
        c->title = name;
        c->has_maximum = true;
    }
    c->title = str_dup(a, str_head(c->title, TITLE_N));
    if (c->use != GRADEBOOK_NOTHING && is_total(a, c->title))
        leave_out(c, "total");
}

/* --- forms --------------------------------------------------------------------- */

static bool has_header(const struct gradebook *g, const char *name)
{
    for (size_t k = 0; k < g->columns_n; k++)
        if (str_ieq(g->columns[k].header, str_c(name)))
            return true;
    return false;
}

static bool is_moodle(const struct gradebook *g)
{
    size_t worded = 0;
    for (size_t k = 0; k < g->columns_n; k++) {
        struct str name, word;
        worded += split_end(g->columns[k].header, '(', ')', &name, &word) &&
                  (str_ieq(word, STR("Real")) || str_ieq(word, STR("Percentage")) ||
                   str_ieq(word, STR("Letter")) || str_ieq(word, STR("Feedback")));
    }
    struct look l = g->columns_n > 0 ? look_at(g, g->columns_n - 1) : (struct look){0};
    return worded > 0 || (l.times > 0 && l.times == l.filled);
}

static enum gradebook_form guess_form(const struct gradebook *g)
{
    if (has_header(g, "Student") && has_header(g, "ID") && has_header(g, "Section"))
        return GRADEBOOK_CANVAS;
    return is_moodle(g) ? GRADEBOOK_MOODLE : GRADEBOOK_PLAIN;
}

/* --- rows ---------------------------------------------------------------------- */

struct reader {
    struct gradebook *g;
    struct arena *a;
    struct vec rows;     /* struct gradebook_row */
    struct vec problems; /* struct gradebook_problem */
    size_t cells;
    bool header;
};

static int problem(struct reader *r, int64_t line, const char *why)
{
    r->g->problems_all++;
    if (r->problems.n < GRADEBOOK_PROBLEMS)
        *(struct gradebook_problem *)vec_push(&r->problems) =
            (struct gradebook_problem){line, why};
    return 0;
}

static int take_header(struct reader *r, const struct csv_row *row, struct err *e)
{
    struct gradebook *g = r->g;
    if (row->bad != NULL)
        return err_set(e, ERR_INPUT, "the first line: %s", row->bad);
    r->header = true;
    g->columns_n = row->n;
    g->columns = ARENA_ARRAY(r->a, struct gradebook_column, row->n);
    for (size_t k = 0; k < row->n; k++)
        g->columns[k].header = str_dup(r->a, str_head(trim(row->fields[k]), TITLE_N));
    /* A separator at the end of each line. */
    while (g->columns_n > 1 && g->columns[g->columns_n - 1].header.n == 0)
        g->columns_n--;
    return 0;
}

/* Most cells of a large file are empty. */
static struct str cell_dup(struct arena *a, struct str s)
{
    return s.n > 0 ? str_dup(a, s) : STR_EMPTY;
}

static int on_row(void *ctx, const struct csv_row *row, struct err *e)
{
    struct reader *r = ctx;
    struct gradebook *g = r->g;
    if (!r->header)
        return take_header(r, row, e);
    if (row->bad != NULL)
        return problem(r, row->line, row->bad);
    for (size_t k = g->columns_n; k < row->n; k++)
        if (trim(row->fields[k]).n > 0)
            return problem(r, row->line, "it has more fields than the first line");
    if (row->n < g->columns_n)
        return problem(r, row->line, "it has fewer fields than the first line");
    r->cells += g->columns_n;
    if (r->cells > GRADEBOOK_CELLS)
        return err_set(e, ERR_LIMIT, "more than %d cells", GRADEBOOK_CELLS);
    struct str *cells = ARENA_ARRAY(r->a, struct str, g->columns_n);
    for (size_t k = 0; k < g->columns_n; k++)
        cells[k] = cell_dup(r->a, trim(row->fields[k]));
    *(struct gradebook_row *)vec_push(&r->rows) =
        (struct gradebook_row){.line = row->line, .cells = cells};
    return 0;
}

/* Canvas: rows before the students that speak of columns. True: it is none of a student.
 */
static bool canvas_row(struct gradebook *g, const struct gradebook_row *row,
                       const struct gradebook_row *points)
{
    for (size_t k = 0; k < g->columns_n; k++)
        if (str_is(row->cells[k], "Manual Posting") || str_is(row->cells[k], "Muted"))
            return true;
    return row == points;
}

/* The row of maxima: named so, or, in other languages, the first that names nobody and
 * has numbers. */
static const struct gradebook_row *points_row(const struct gradebook *g)
{
    size_t id = 0;
    while (id + 1 < g->columns_n && !str_ieq(g->columns[id].header, STR("ID")))
        id++;
    for (size_t i = 0; i < g->rows_n && i < 3; i++) {
        const struct gradebook_row *row = &g->rows[i];
        size_t numbers = 0;
        double v;
        for (size_t k = 0; k < g->columns_n; k++)
            numbers += gradebook_value(g, row->cells[k], &v) == GRADEBOOK_GRADE;
        if (str_ieq(row->cells[0], STR("Points Possible")) ||
            (row->cells[id].n == 0 && numbers > 0))
            return row;
    }
    return NULL;
}

static void canvas_rows(struct gradebook *g)
{
    const struct gradebook_row *points = points_row(g);
    for (size_t k = 0; points != NULL && k < g->columns_n; k++) {
        struct gradebook_column *c = &g->columns[k];
        if (str_is(points->cells[k], "(read only)"))
            leave_out(c, "total");
        c->has_maximum =
            gradebook_value(g, points->cells[k], &c->maximum) == GRADEBOOK_GRADE &&
            c->maximum > 0;
    }
    size_t kept = 0;
    for (size_t i = 0; i < g->rows_n; i++)
        if (!canvas_row(g, &g->rows[i], points))
            g->rows[kept++] = g->rows[i];
    g->rows_n = kept;
}

static void columns(struct gradebook *g, struct arena *a)
{
    g->comma = has_commas(g);
    for (size_t k = 0; k < g->columns_n; k++) {
        if (g->form == GRADEBOOK_CANVAS)
            canvas_column(g, a, k);
        else if (g->form == GRADEBOOK_MOODLE)
            moodle_column(g, a, k);
        else
            plain_column(g, a, k);
    }
}

/* Two columns for one thing about a person: the first counts. */
static void only_once(struct gradebook *g)
{
    bool seen[GRADEBOOK_PERCENT + 1] = {false};
    for (size_t k = 0; k < g->columns_n; k++) {
        enum gradebook_use u = g->columns[k].use;
        if (u == GRADEBOOK_NOTHING || u >= GRADEBOOK_POINTS)
            continue;
        if (seen[u])
            leave_out(&g->columns[k], "other");
        seen[u] = true;
    }
}

int gradebook_read(struct arena *a, struct str bytes, enum gradebook_form form,
                   struct gradebook *out, struct err *e)
{
    struct gradebook *g = out;
    *g = (struct gradebook){.form = form};
    struct reader r = {.g = g, .a = a};
    struct csv_opt opt = {
        .bytes = GRADEBOOK_BYTES, .rows = GRADEBOOK_ROWS, .fields = GRADEBOOK_COLUMNS};
    vec_init(&r.rows, a, sizeof(struct gradebook_row));
    vec_init(&r.problems, a, sizeof(struct gradebook_problem));
    struct csv *c = csv_new(a, &opt, on_row, &r);
    if (csv_push(c, bytes, e) != 0 || csv_end(c, e) != 0)
        return -1;
    g->rows = r.rows.p;
    g->rows_n = r.rows.n;
    g->problems = r.problems.p;
    g->problems_n = r.problems.n;
    g->separator = csv_separator(c);
    g->encoding = csv_encoding(c);
    if (!r.header || g->columns_n < 2)
        return err_set(e, ERR_INPUT, "there is no line of headers with several columns");
    if (g->form == GRADEBOOK_GUESS)
        g->form = guess_form(g);
    if (g->form == GRADEBOOK_CANVAS) {
        g->comma = has_commas(g);
        canvas_rows(g);
    }
    columns(g, a);
    only_once(g);
    if (g->rows_n == 0 && g->problems_all == 0)
        return err_set(e, ERR_INPUT, "there is nobody in it");
    return 0;
}
