#include "file/mapcsv.h"

#include "base/map.h"
#include "base/vec.h"
#include "file/csv.h"

#include <string.h>

#define FIELDS_MAX 64
#define NEEDS_MAX 256 /* of one skill */

enum column {
    COL_NONE,
    COL_CODE,
    COL_TITLE,
    COL_UNIT,
    COL_STANDARD,
    COL_MINUTES,
    COL_HARD,
    COL_ANY,
    COL_SOFT,
    COL_REPLACES,
    COL_SKILL,
    COL_REQUIRES,
    COL_KIND,
    COL_GROUP,
    COL_LEVEL,
    COL_LANGUAGE /* and those behind it */
};

static const char *const names[] = {
    [COL_CODE] = "code",         [COL_TITLE] = "title",       [COL_UNIT] = "unit",
    [COL_STANDARD] = "standard", [COL_MINUTES] = "minutes",   [COL_HARD] = "hard",
    [COL_ANY] = "any",           [COL_SOFT] = "soft",         [COL_REPLACES] = "replaces",
    [COL_SKILL] = "skill",       [COL_REQUIRES] = "requires", [COL_KIND] = "kind",
    [COL_GROUP] = "group",       [COL_LEVEL] = "level"};

struct reader {
    struct arena *a;
    struct mapcsv *out;
    bool headed;
    int columns[FIELDS_MAX];
    struct vec skills; /* struct mapcsv_skill *, so that they stay where they are */
    struct vec *needs; /* of the skill that is read: struct mapcsv_need */
    struct vec faults;
    struct map *by_code; /* of edges: code -> struct node * */
};

/* A skill of a table of prerequisites. */
struct node {
    struct mapcsv_skill skill;
    struct vec needs;
    struct map *groups; /* name -> int32_t * */
};

__attribute__((format(printf, 3, 4))) static void fault(struct reader *rd, int64_t line,
                                                        const char *fmt, ...)
{
    struct buf b;
    va_list ap;
    rd->out->left_out_n++;
    if (rd->faults.n == MAPCSV_MAX_FAULTS)
        return;
    buf_init(&b, rd->a, 80);
    va_start(ap, fmt);
    buf_vfmt(&b, fmt, ap);
    va_end(ap);
    *(struct mapcsv_fault *)vec_push(&rd->faults) =
        (struct mapcsv_fault){.line = line, .text = buf_view(&b)};
}

/* --- the first row --------------------------------------------------------------- */

static int column_of(struct reader *rd, struct str name)
{
    struct mapcsv *m = rd->out;
    for (size_t i = COL_CODE; i <= COL_LEVEL; i++)
        if (str_ieq(name, str_c(names[i])))
            return (int)i;
    if (str_starts(name, STR("title:")) && name.n > 6 && name.n <= 6 + 35 &&
        m->languages_n < MAPCSV_MAX_LANGUAGES) {
        m->languages[m->languages_n++] = str_dup(rd->a, str_sub(name, 6, name.n));
        return COL_LANGUAGE + (int)m->languages_n - 1;
    }
    return COL_NONE;
}

static bool has(const struct reader *rd, size_t n, int column)
{
    for (size_t i = 0; i < n && i < FIELDS_MAX; i++)
        if (rd->columns[i] == column)
            return true;
    return false;
}

static int read_head(struct reader *rd, const struct csv_row *row, struct err *e)
{
    for (size_t i = 0; i < row->n && i < FIELDS_MAX; i++)
        rd->columns[i] = column_of(rd, str_trim(row->fields[i]));
    rd->headed = true;
    rd->out->edges_only = has(rd, row->n, COL_SKILL) && has(rd, row->n, COL_REQUIRES);
    if (!rd->out->edges_only &&
        (!has(rd, row->n, COL_CODE) || !has(rd, row->n, COL_TITLE)))
        return err_set(e, ERR_INPUT,
                       "the first row must name the columns \"code\" and \"title\", or "
                       "\"skill\" and \"requires\"");
    return 0;
}

/* The field of a column without blanks around it and the apostrophe that keeps a
 * spreadsheet from calculating. */
static struct str field(const struct reader *rd, const struct csv_row *row, int column)
{
    for (size_t i = 0; i < row->n && i < FIELDS_MAX; i++) {
        if (rd->columns[i] != column)
            continue;
        struct str s = str_trim(row->fields[i]);
        if (s.n > 1 && s.p[0] == '\'' && strchr("=+-@", s.p[1]) != NULL)
            s = str_sub(s, 1, s.n);
        return str_dup(rd->a, s);
    }
    return STR_EMPTY;
}

/* --- a table of skills ----------------------------------------------------------- */

static bool is_gap(char c)
{
    return c == ' ' || c == ',' || c == ';' || c == '\t' || c == '\n' || c == '\r';
}

/* The next word of a cell; false at its end. */
static bool next_word(struct str *cell, struct str *word)
{
    size_t from = 0, to;
    while (from < cell->n && is_gap(cell->p[from]))
        from++;
    to = from;
    while (to < cell->n && !is_gap(cell->p[to]))
        to++;
    *word = str_sub(*cell, from, to);
    *cell = str_sub(*cell, to, cell->n);
    return word->n > 0;
}

static void add_need(struct reader *rd, struct str word, bool hard, int32_t any,
                     int64_t line)
{
    struct mapcsv_need n = {.hard = hard, .any = any, .line = line};
    (void)str_cut(word, '@', &n.on, &n.level);
    *(struct mapcsv_need *)vec_push(rd->needs) = n;
    rd->out->edges_n++;
}

static void add_list(struct reader *rd, struct str cell, bool hard, int64_t line)
{
    struct str word;
    while (next_word(&cell, &word))
        add_need(rd, word, hard, 0, line);
}

static void add_groups(struct reader *rd, struct str cell, int64_t line)
{
    struct str word, member;
    for (int32_t group = 1; next_word(&cell, &word); group++) {
        while (word.n > 0) {
            (void)str_cut(word, '|', &member, &word);
            if (member.n > 0)
                add_need(rd, member, true, group, line);
        }
    }
}

static void add_replaces(struct reader *rd, struct mapcsv_skill *s, struct str cell)
{
    struct vec v;
    struct str word;
    vec_init(&v, rd->a, sizeof(struct str));
    while (next_word(&cell, &word))
        *(struct str *)vec_push(&v) = word;
    s->replaces = v.p;
    s->replaces_n = v.n;
}

static int read_skill(struct reader *rd, const struct csv_row *row, struct err *e)
{
    struct mapcsv_skill *s = ARENA_NEW(rd->a, struct mapcsv_skill);
    struct vec needs;
    vec_init(&needs, rd->a, sizeof(struct mapcsv_need));
    rd->needs = &needs;
    struct str minutes = field(rd, row, COL_MINUTES);
    s->line = row->line;
    s->code = field(rd, row, COL_CODE);
    s->title = field(rd, row, COL_TITLE);
    s->unit = field(rd, row, COL_UNIT);
    s->standard = field(rd, row, COL_STANDARD);
    if (s->code.n == 0 || s->title.n == 0) {
        fault(rd, row->line, "has no code or no title");
        return 0;
    }
    if (minutes.n > 0 && (!str_i64(minutes, &s->minutes) || s->minutes < 1)) {
        fault(rd, row->line, "minutes is no number");
        return 0;
    }
    if (map_get(rd->by_code, s->code) != NULL) {
        fault(rd, row->line, "the code %.*s is taken already",
              STR_ARG(str_head(s->code, 64)));
        return 0;
    }
    (void)map_put(rd->by_code, s->code, s);
    for (size_t i = 0; i < rd->out->languages_n; i++)
        s->titles[i] = field(rd, row, COL_LANGUAGE + (int)i);
    add_list(rd, field(rd, row, COL_HARD), true, row->line);
    add_groups(rd, field(rd, row, COL_ANY), row->line);
    add_list(rd, field(rd, row, COL_SOFT), false, row->line);
    add_replaces(rd, s, field(rd, row, COL_REPLACES));
    s->needs = needs.p;
    s->needs_n = needs.n;
    if (rd->skills.n == MAPCSV_MAX_SKILLS || rd->out->edges_n > MAPCSV_MAX_EDGES)
        return err_set(e, ERR_LIMIT, "the table is too large");
    *(struct mapcsv_skill **)vec_push(&rd->skills) = s;
    return 0;
}

/* --- a table of prerequisites ---------------------------------------------------- */

static struct node *node_of(struct reader *rd, struct str code, int64_t line)
{
    struct node *n = map_get(rd->by_code, code);
    if (n != NULL)
        return n;
    n = ARENA_NEW(rd->a, struct node);
    vec_init(&n->needs, rd->a, sizeof(struct mapcsv_need));
    n->groups = map_new(rd->a);
    n->skill = (struct mapcsv_skill){.code = code, .title = code, .line = line};
    (void)map_put(rd->by_code, code, n);
    *(struct mapcsv_skill **)vec_push(&rd->skills) = &n->skill;
    return n;
}

static int32_t group_of(struct reader *rd, struct node *n, struct str name)
{
    int32_t *number = map_get(n->groups, name);
    if (number == NULL) {
        number = ARENA_NEW(rd->a, int32_t);
        *number = (int32_t)map_len(n->groups) + 1;
        (void)map_put(n->groups, name, number);
    }
    return *number;
}

static const struct mapcsv_need *said_before(const struct node *n, struct str on)
{
    const struct mapcsv_need *v = n->needs.p;
    for (size_t i = 0; i < n->needs.n; i++)
        if (str_eq(v[i].on, on))
            return &v[i];
    return NULL;
}

static int read_edge(struct reader *rd, const struct csv_row *row, struct err *e)
{
    struct str skill = field(rd, row, COL_SKILL), on = field(rd, row, COL_REQUIRES),
               kind = field(rd, row, COL_KIND);
    bool soft = str_ieq(kind, STR("soft")), any = str_ieq(kind, STR("any"));
    if (skill.n == 0) {
        fault(rd, row->line, "names no skill");
        return 0;
    }
    if (kind.n > 0 && !soft && !any && !str_ieq(kind, STR("hard"))) {
        fault(rd, row->line, "the kind is hard, soft or any");
        return 0;
    }
    struct node *n = node_of(rd, skill, row->line);
    if (on.n == 0)
        return 0; /* a skill that needs nothing */
    (void)node_of(rd, on, row->line);
    if (n->needs.n == NEEDS_MAX) {
        fault(rd, row->line, "%.*s requires more than %d others",
              STR_ARG(str_head(skill, 64)), NEEDS_MAX);
        return 0;
    }
    struct mapcsv_need need = {
        .on = on,
        .level = field(rd, row, COL_LEVEL),
        .hard = !soft,
        .any = any ? group_of(rd, n, field(rd, row, COL_GROUP)) : 0,
        .line = row->line,
    };
    const struct mapcsv_need *said = said_before(n, on);
    if (said != NULL && said->hard == need.hard && said->any == need.any &&
        str_eq(said->level, need.level)) {
        rd->out->repeated_n++;
        return 0;
    }
    if (said != NULL) {
        fault(rd, row->line, "says otherwise than line %lld that %.*s requires %.*s",
              (long long)said->line, STR_ARG(str_head(skill, 64)),
              STR_ARG(str_head(on, 64)));
        return 0;
    }
    *(struct mapcsv_need *)vec_push(&n->needs) = need;
    if (++rd->out->edges_n > MAPCSV_MAX_EDGES || rd->skills.n > MAPCSV_MAX_SKILLS)
        return err_set(e, ERR_LIMIT, "the table is too large");
    n->skill.needs = n->needs.p;
    n->skill.needs_n = n->needs.n;
    return 0;
}

static int read_row(void *ctx, const struct csv_row *row, struct err *e)
{
    struct reader *rd = ctx;
    if (row->bad != NULL) {
        fault(rd, row->line, "%s", row->bad);
        return 0;
    }
    if (!rd->headed)
        return read_head(rd, row, e);
    return rd->out->edges_only ? read_edge(rd, row, e) : read_skill(rd, row, e);
}

int mapcsv_read(struct arena *a, struct str text, struct mapcsv *out, struct err *e)
{
    struct reader rd = {.a = a, .out = out, .by_code = map_new(a)};
    struct csv_opt opt = {
        .bytes = MAPCSV_MAX_BYTES, .rows = MAPCSV_MAX_EDGES + 1, .fields = FIELDS_MAX};
    *out = (struct mapcsv){0};
    vec_init(&rd.skills, a, sizeof(struct mapcsv_skill *));
    vec_init(&rd.faults, a, sizeof(struct mapcsv_fault));
    if (csv_read(a, text, &opt, read_row, &rd, e) != 0)
        return -1;
    if (rd.skills.n == 0)
        return err_set(e, ERR_INPUT, "the table has no usable row");
    out->skills = ARENA_ARRAY(a, struct mapcsv_skill, rd.skills.n);
    out->skills_n = rd.skills.n;
    for (size_t i = 0; i < rd.skills.n; i++)
        out->skills[i] = *((struct mapcsv_skill **)rd.skills.p)[i];
    out->faults = rd.faults.p;
    out->faults_n = rd.faults.n;
    return 0;
}

/* --- writing --------------------------------------------------------------------- */

static void put(struct buf *b, struct str s, bool last)
{
    bool quote = s.n > 0 && (strchr("=+-@'", s.p[0]) != NULL || s.p[0] == ' ');
    for (size_t i = 0; i < s.n && !quote; i++)
        quote = s.p[i] == '"' || s.p[i] == ',' || s.p[i] == ';' || s.p[i] == '\t' ||
                s.p[i] == '\n' || s.p[i] == '\r';
    buf_c(b, quote ? "\"" : "");
    if (s.n > 0 && strchr("=+-@", s.p[0]) != NULL)
        buf_char(b, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            buf_char(b, '"');
        buf_char(b, s.p[i]);
    }
    buf_c(b, quote ? "\"" : "");
    buf_c(b, last ? "\r\n" : ",");
}

/* One cell of prerequisites: those of a kind, in the order of the skill. */
static struct str cell_of(struct arena *a, const struct mapcsv_skill *s, bool hard,
                          bool any)
{
    struct buf b;
    int32_t group = 0;
    buf_init(&b, a, 64);
    for (size_t i = 0; i < s->needs_n; i++) {
        const struct mapcsv_need *n = &s->needs[i];
        if (n->hard != hard || (n->any > 0) != any)
            continue;
        buf_c(&b, b.n == 0 ? "" : any && n->any == group ? "|" : " ");
        group = n->any;
        buf_str(&b, n->on);
        if (n->level.n > 0)
            buf_fmt(&b, "@%.*s", STR_ARG(n->level));
    }
    return buf_view(&b);
}

static struct str joined(struct arena *a, const struct str *v, size_t n)
{
    struct buf b;
    buf_init(&b, a, 64);
    for (size_t i = 0; i < n; i++)
        buf_fmt(&b, "%s%.*s", i > 0 ? " " : "", STR_ARG(v[i]));
    return buf_view(&b);
}

static void put_edges(struct buf *b, const struct mapcsv *m)
{
    buf_c(b, "skill,requires,kind,group,level\r\n");
    for (size_t i = 0; i < m->skills_n; i++) {
        const struct mapcsv_skill *s = &m->skills[i];
        for (size_t k = 0; k < s->needs_n; k++) {
            const struct mapcsv_need *n = &s->needs[k];
            put(b, s->code, false);
            put(b, n->on, false);
            put(b, n->any > 0 ? STR("any") : n->hard ? STR("hard") : STR("soft"), false);
            if (n->any > 0)
                buf_fmt(b, "%d", (int)n->any);
            buf_c(b, ",");
            put(b, n->level, true);
        }
        if (s->needs_n == 0) {
            put(b, s->code, false);
            buf_c(b, ",,,\r\n");
        }
    }
}

struct str mapcsv_write(struct arena *a, const struct mapcsv *m, bool edges_only)
{
    struct buf b;
    buf_init(&b, a, 4096);
    if (edges_only) {
        put_edges(&b, m);
        return buf_view(&b);
    }
    buf_c(&b, "code,title,unit,standard,minutes,hard,any,soft,replaces");
    for (size_t i = 0; i < m->languages_n; i++)
        buf_fmt(&b, ",title:%.*s", STR_ARG(m->languages[i]));
    buf_c(&b, "\r\n");
    for (size_t i = 0; i < m->skills_n; i++) {
        const struct mapcsv_skill *s = &m->skills[i];
        put(&b, s->code, false);
        put(&b, s->title, false);
        put(&b, s->unit, false);
        put(&b, s->standard, false);
        buf_fmt(&b, "%lld,", (long long)s->minutes);
        put(&b, cell_of(a, s, true, false), false);
        put(&b, cell_of(a, s, true, true), false);
        put(&b, cell_of(a, s, false, false), false);
        put(&b, joined(a, s->replaces, s->replaces_n), m->languages_n == 0);
        for (size_t k = 0; k < m->languages_n; k++)
            put(&b, s->titles[k], k + 1 == m->languages_n);
    }
    return buf_view(&b);
}
