#include "file/oneroster.h"

#include "base/iso.h"
#include "base/map.h"
#include "file/csv.h"

#define ID_MAX 255
#define TEXT_MAX 500
#define OWN 3 /* sourcedId, status, dateLastModified: of every table */

enum check { TEXT, ID, DATE, TRUTH, WORDS };

struct column {
    const char *name;
    bool needed; /* the table must have it, and each row a value */
    enum check check;
    const char *const *words; /* of WORDS: what may stand there, NULL at the end */
};

static const char *const org_types[] = {"department", "school",   "district", "local",
                                        "state",      "national", NULL};
static const char *const session_types[] = {"gradingPeriod", "semester", "schoolYear",
                                            "term", NULL};
static const char *const class_roles[] = {"administrator", "proctor", "student",
                                          "teacher",       "aide",    NULL};
static const char *const sexes[] = {"male", "female", "unspecified", "other", NULL};

static const struct {
    const char *name;
    struct column columns[ONEROSTER_COLUMNS];
} tables[ONEROSTER_FILES] = {
    [ONEROSTER_ORGS] = {"orgs",
                        {{"name", true, TEXT, NULL},
                         {"type", true, WORDS, org_types},
                         {"parentSourcedId", false, ID, NULL}}},
    [ONEROSTER_SESSIONS] = {"academicSessions",
                            {{"title", true, TEXT, NULL},
                             {"type", true, WORDS, session_types},
                             {"startDate", true, DATE, NULL},
                             {"endDate", true, DATE, NULL},
                             {"parentSourcedId", false, ID, NULL}}},
    [ONEROSTER_COURSES] = {"courses", {{"title", true, TEXT, NULL}}},
    [ONEROSTER_CLASSES] = {"classes",
                           {{"title", true, TEXT, NULL},
                            {"courseSourcedId", true, ID, NULL},
                            {"classCode", false, TEXT, NULL},
                            {"schoolSourcedId", true, ID, NULL},
                            {"termSourcedIds", true, TEXT, NULL}}},
    [ONEROSTER_USERS] = {"users",
                         {{"enabledUser", true, TRUTH, NULL},
                          {"username", false, TEXT, NULL},
                          {"identifier", false, TEXT, NULL},
                          {"email", false, TEXT, NULL}}},
    [ONEROSTER_ROLES] = {"roles",
                         {{"userSourcedId", true, ID, NULL},
                          {"role", true, TEXT, NULL},
                          {"orgSourcedId", true, ID, NULL}}},
    [ONEROSTER_ENROLLMENTS] = {"enrollments",
                               {{"classSourcedId", true, ID, NULL},
                                {"schoolSourcedId", false, ID, NULL},
                                {"userSourcedId", true, ID, NULL},
                                {"role", true, WORDS, class_roles}}},
    [ONEROSTER_DEMOGRAPHICS] = {"demographics",
                                {{"sex", false, WORDS, sexes},
                                 {"americanIndianOrAlaskaNative", false, TRUTH, NULL},
                                 {"asian", false, TRUTH, NULL},
                                 {"blackOrAfricanAmerican", false, TRUTH, NULL},
                                 {"nativeHawaiianOrOtherPacificIslander", false, TRUTH,
                                  NULL},
                                 {"white", false, TRUTH, NULL},
                                 {"demographicRaceTwoOrMoreRaces", false, TRUTH, NULL},
                                 {"hispanicOrLatinoEthnicity", false, TRUTH, NULL}}},
};

static const char *const own_columns[OWN] = {"sourcedId", "status", "dateLastModified"};

const char *oneroster_name(enum oneroster_file file)
{
    static const char *const names[ONEROSTER_FILES] = {
        "orgs.csv",        "academicSessions.csv",
        "courses.csv",     "classes.csv",
        "users.csv",       "roles.csv",
        "enrollments.csv", "demographics.csv"};
    return names[file];
}

const char *oneroster_demographic(size_t column)
{
    INVARIANT(column < DEMO_N);
    return tables[ONEROSTER_DEMOGRAPHICS].columns[column].name;
}

static void add_fault(struct oneroster *o, enum oneroster_file file, int64_t line,
                      struct str text)
{
    o->bad[file] += line > 0;
    if (o->faults.n < ONEROSTER_MAX_FAULTS)
        *(struct oneroster_fault *)vec_push(&o->faults) =
            (struct oneroster_fault){.file = file, .line = line, .text = text};
}

void oneroster_fault(struct oneroster *o, const struct oneroster_row *row,
                     const char *fmt, ...)
{
    struct buf b;
    va_list ap;
    if (o->faults.n >= ONEROSTER_MAX_FAULTS) {
        o->bad[row->file]++; /* the list is full: only counted */
        return;
    }
    buf_init(&b, o->a, 80);
    va_start(ap, fmt);
    buf_vfmt(&b, fmt, ap);
    va_end(ap);
    add_fault(o, row->file, row->line, buf_view(&b));
}

/* --- the manifest ---------------------------------------------------------------- */

struct manifest {
    struct oneroster *o;
    struct str version;
    bool unknown_mode;
};

static int manifest_row(void *ctx, const struct csv_row *row, struct err *e)
{
    struct manifest *m = ctx;
    (void)e;
    if (row->bad != NULL || row->n < 2)
        return 0;
    struct str name = str_trim(row->fields[0]), value = str_trim(row->fields[1]);
    if (str_ieq(name, STR("oneroster.version")))
        m->version = str_dup(m->o->a, value);
    for (int i = 0; i < ONEROSTER_FILES; i++) {
        struct str key = str_fmt(m->o->a, "file.%s", tables[i].name);
        if (!str_ieq(name, key))
            continue;
        bool bulk = str_ieq(value, STR("bulk")), delta = str_ieq(value, STR("delta"));
        m->o->mode[i] = bulk    ? ONEROSTER_BULK
                        : delta ? ONEROSTER_DELTA
                                : ONEROSTER_ABSENT;
        m->unknown_mode =
            m->unknown_mode || (!bulk && !delta && !str_ieq(value, STR("absent")));
    }
    return 0;
}

static int check_files(const struct oneroster *o, struct err *e)
{
    for (int i = 0; i < ONEROSTER_FILES; i++)
        if (o->mode[i] != ONEROSTER_ABSENT &&
            unzip_find(o->zip, str_c(oneroster_name(i))) < 0)
            return err_set(e, ERR_INPUT, "the manifest names %s, and it is not there",
                           oneroster_name(i));
    return 0;
}

struct oneroster *oneroster_open(struct arena *a, struct unzip *zip, struct err *e)
{
    struct oneroster *o = ARENA_NEW(a, struct oneroster);
    struct manifest m = {.o = o, .version = STR_EMPTY};
    const struct csv_opt opt = {.bytes = 1 << 20, .rows = 1000};
    struct str text;
    *o = (struct oneroster){.a = a, .zip = zip};
    vec_init(&o->faults, a, sizeof(struct oneroster_fault));
    int64_t at = unzip_find(zip, STR("manifest.csv"));
    if (at < 0) {
        (void)err_set(e, ERR_INPUT,
                      "the archive has no manifest.csv: it is no OneRoster "
                      "export");
        return NULL;
    }
    if (unzip_text(zip, a, (size_t)at, &text, e) != 0 ||
        csv_read(a, text, &opt, manifest_row, &m, e) != 0)
        return NULL;
    o->version = m.version;
    if (!str_is(m.version, "1.2") && !str_is(m.version, "1.1")) {
        (void)err_set(e, ERR_INPUT,
                      "the manifest says OneRoster \"%.*s\"; 1.2 and 1.1 "
                      "can be read",
                      STR_ARG(str_head(m.version, 20)));
        return NULL;
    }
    if (m.unknown_mode) {
        (void)err_set(e, ERR_INPUT,
                      "the manifest calls a table neither bulk, delta nor "
                      "absent");
        return NULL;
    }
    return check_files(o, e) == 0 ? o : NULL;
}

/* --- rows ------------------------------------------------------------------------ */

struct reader {
    struct oneroster *o;
    enum oneroster_file file;
    oneroster_fn *fn;
    void *ctx;
    size_t at[OWN + ONEROSTER_COLUMNS]; /* where each column stands; SIZE_MAX: nowhere */
    size_t columns_n;                   /* of the header; 0: none was read yet */
    struct map *seen;                   /* sourcedIds */
};

static size_t column_at(const struct csv_row *row, const char *name)
{
    for (size_t i = 0; i < row->n; i++)
        if (str_ieq(str_trim(row->fields[i]), str_c(name)))
            return i;
    return SIZE_MAX;
}

static void read_header(struct reader *r, const struct csv_row *row)
{
    const struct column *c = tables[r->file].columns;
    struct oneroster *o = r->o;
    r->columns_n = row->n > 0 ? row->n : 1;
    for (size_t i = 0; i < OWN; i++)
        r->at[i] = column_at(row, own_columns[i]);
    for (size_t i = 0; i < ONEROSTER_COLUMNS; i++)
        r->at[OWN + i] = c[i].name != NULL ? column_at(row, c[i].name) : SIZE_MAX;
    bool delta = o->mode[r->file] == ONEROSTER_DELTA;
    for (size_t i = 0; i < OWN; i++) {
        if (r->at[i] == SIZE_MAX && (i == 0 || delta)) {
            add_fault(o, r->file, 0,
                      str_fmt(o->a, "there is no column %s", own_columns[i]));
            o->headless[r->file] = true;
        }
    }
    for (size_t i = 0; i < ONEROSTER_COLUMNS && c[i].name != NULL; i++) {
        if (r->at[OWN + i] == SIZE_MAX && c[i].needed) {
            add_fault(o, r->file, 0, str_fmt(o->a, "there is no column %s", c[i].name));
            o->headless[r->file] = true;
        }
    }
}

static struct str field(const struct reader *r, const struct csv_row *row, size_t i)
{
    return r->at[i] == SIZE_MAX ? STR_EMPTY : str_trim(row->fields[r->at[i]]);
}

/* A district's own word: "ext:" and letters, digits, '.', '-' and '_' (OneRoster 1.2).
 */
static bool is_own_word(struct str v)
{
    for (size_t i = 4; i < v.n; i++)
        if (!((v.p[i] >= 'a' && v.p[i] <= 'z') || (v.p[i] >= 'A' && v.p[i] <= 'Z') ||
              (v.p[i] >= '0' && v.p[i] <= '9') || v.p[i] == '.' || v.p[i] == '-' ||
              v.p[i] == '_'))
            return false;
    return str_starts(v, STR("ext:")) && v.n > 4 && v.n <= ID_MAX;
}

/* What is wrong with a value, or NULL. */
static const char *fault_of(const struct column *c, struct str v)
{
    int64_t ms;
    if (v.n == 0)
        return c->needed ? "is empty" : NULL;
    switch (c->check) {
    case TEXT:
        return v.n > TEXT_MAX ? "is too long" : NULL;
    case ID:
        return v.n > ID_MAX ? "is too long" : NULL;
    case DATE:
        return v.n == 10 && iso_parse_loose(v, &ms) ? NULL : "is no date (YYYY-MM-DD)";
    case TRUTH:
        return str_ieq(v, STR("true")) || str_ieq(v, STR("false"))
                   ? NULL
                   : "is neither true nor false";
    case WORDS:
        for (size_t i = 0; c->words[i] != NULL; i++)
            if (str_ieq(v, str_c(c->words[i])))
                return NULL;
        return is_own_word(v) ? NULL : "is not a word of the standard";
    }
    return NULL;
}

/* sourcedId, status and dateLastModified; false: told what is wrong. */
static bool read_own(struct reader *r, const struct csv_row *in,
                     struct oneroster_row *row)
{
    struct oneroster *o = r->o;
    bool delta = o->mode[r->file] == ONEROSTER_DELTA;
    struct str status = field(r, in, 1), changed = field(r, in, 2);
    row->id = field(r, in, 0);
    row->ended = str_ieq(status, STR("tobedeleted"));
    if (row->id.n == 0 || row->id.n > ID_MAX) {
        oneroster_fault(o, row, "sourcedId is %s", row->id.n == 0 ? "empty" : "too long");
        return false;
    }
    if (map_put(r->seen, row->id, o) != NULL) {
        oneroster_fault(o, row, "this sourcedId stands further up already");
        return false;
    }
    if (!row->ended && !str_ieq(status, STR("active")) && (delta || status.n > 0)) {
        oneroster_fault(o, row, "status is neither active nor tobedeleted");
        return false;
    }
    bool timed = iso_parse_loose(changed, &row->changed_ms);
    if (!timed && (delta || changed.n > 0)) {
        oneroster_fault(o, row, "dateLastModified is no time");
        return false;
    }
    return true;
}

static int take_row(void *ctx, const struct csv_row *in, struct err *e)
{
    struct reader *r = ctx;
    struct oneroster *o = r->o;
    const struct column *c = tables[r->file].columns;
    struct str v[ONEROSTER_COLUMNS];
    struct oneroster_row row = {.file = r->file, .line = in->line, .v = v};
    if (r->columns_n == 0 && in->bad == NULL) {
        read_header(r, in);
        return 0;
    }
    if (o->headless[r->file])
        return 0;
    o->rows[r->file]++;
    if (in->bad != NULL) {
        oneroster_fault(o, &row, "%s", in->bad);
        return 0;
    }
    if (in->n != r->columns_n) {
        oneroster_fault(o, &row, "has %zu fields, and the header has %zu", in->n,
                        r->columns_n);
        return 0;
    }
    if (!read_own(r, in, &row))
        return 0;
    for (size_t i = 0; i < ONEROSTER_COLUMNS; i++) {
        v[i] = c[i].name != NULL ? field(r, in, OWN + i) : STR_EMPTY;
        /* Of what ends, only its key must be right. */
        const char *why =
            c[i].name == NULL || (row.ended && r->file != ONEROSTER_ENROLLMENTS)
                ? NULL
                : fault_of(&c[i], v[i]);
        if (why != NULL) {
            oneroster_fault(o, &row, "%s %s", c[i].name, why);
            return 0;
        }
    }
    return r->fn(r->ctx, &row, e);
}

static int push(void *csv, struct str piece, struct err *e)
{
    return csv_push(csv, piece, e);
}

/* The bytes of the table: from the archive, or at hand. */
static int feed(struct reader *r, struct arena *own, const struct str *bytes,
                struct err *e)
{
    const struct csv_opt opt = {.separator = ',',
                                .bytes = (int64_t)1 << 30,
                                .rows = ONEROSTER_MAX_ROWS + 1}; /* and its header */
    struct csv *csv = csv_new(own, &opt, take_row, r);
    struct oneroster *o = r->o;
    int rc;
    if (bytes != NULL) {
        rc = csv_push(csv, *bytes, e);
    } else {
        int64_t at = unzip_find(o->zip, str_c(oneroster_name(r->file)));
        INVARIANT(at >= 0);
        rc = unzip_read(o->zip, (size_t)at, push, csv, e);
    }
    if (rc == 0)
        rc = csv_end(csv, e);
    if (rc == 0 && r->columns_n == 0) {
        add_fault(o, r->file, 0, STR("the table is empty: it has no header"));
        o->headless[r->file] = true;
    }
    return rc;
}

static int read_table(struct oneroster *o, enum oneroster_file file,
                      const struct str *bytes, oneroster_fn *fn, void *ctx, struct err *e)
{
    struct arena *own = arena_new((size_t)512 << 20); /* what was seen, and the reader */
    struct reader r = {.o = o, .file = file, .fn = fn, .ctx = ctx, .seen = map_new(own)};
    o->rows[file] = o->bad[file] = 0;
    o->headless[file] = false;
    struct err why = {0};
    int rc = feed(&r, own, bytes, &why);
    arena_free(own);
    if (rc != 0 && why.code == ERR_LIMIT)
        return err_set(e, ERR_LIMIT, "%s: %s", oneroster_name(file), why.text);
    if (rc != 0 && e != NULL)
        *e = why;
    return rc;
}

int oneroster_read(struct oneroster *o, enum oneroster_file file, oneroster_fn *fn,
                   void *ctx, struct err *e)
{
    return o->mode[file] == ONEROSTER_ABSENT ? 0 : read_table(o, file, NULL, fn, ctx, e);
}

int oneroster_table(struct arena *a, enum oneroster_file file, enum oneroster_mode mode,
                    struct str bytes, oneroster_fn *fn, void *ctx, struct oneroster *o,
                    struct err *e)
{
    *o = (struct oneroster){.a = a, .version = STR("1.2")};
    vec_init(&o->faults, a, sizeof(struct oneroster_fault));
    o->mode[file] = mode;
    return read_table(o, file, &bytes, fn, ctx, e);
}
