#include "learn/district.h"

#include "base/iso.h"
#include "base/js.h"
#include "base/map.h"
#include "learn/demographics.h"
#include "learn/who.h"
#include "store/district.h"

#include <string.h>

#define BATCH 500
#define STEP 10000 /* rows between two words of progress */
#define SCRATCH_N ((size_t)8 << 20)
#define RUN_N ((size_t)1 << 30) /* a million memberships */
#define PRINT_N 16
#define KIND_N ONEROSTER_FILES

/* What is known of a row: enough to see whether it changed. */
struct known {
    unsigned char print[PRINT_N]; /* beginning of the hash of what it says */
    int64_t changed_ms;
    int64_t person_id; /* of a membership */
    bool ended;
    bool seen; /* in this export */
};

struct op {
    enum oneroster_file file;
    bool end;
    union {
        struct district_org org;
        struct district_session session;
        struct district_class class;
        struct district_member member;
    };
};

/* Somebody of the table users. */
struct user {
    int64_t person_id;
    bool gone;
};

struct run {
    struct learn *l;
    struct oneroster *o;
    const struct district_opt *opt;
    struct district_result *out;
    struct arena *a;           /* of the whole run */
    struct arena *scratch;     /* of one row */
    struct arena *batch;       /* of the writes that wait */
    struct map *known[KIND_N]; /* key -> struct known; of enrolments: class, mark, role */
    struct map *marks;         /* "kind:mark" -> int64_t *person_id, 0: more than one */
    struct map *users;         /* mark -> struct user */
    struct map *gone;          /* marks of those who left */
    struct map *over;          /* memberships that a row ends: int64_t *changed_ms */
    struct op *ops;
    size_t ops_n;
    int64_t now_ms;
};

/* --- writing --------------------------------------------------------------------- */

static int64_t write_one(struct db *db, int64_t t, const struct op *op, struct err *e)
{
    switch (op->file) {
    case ONEROSTER_ORGS:
        return op->end ? district_end_org(db, t, &op->org, e)
                       : district_put_org(db, t, &op->org, e);
    case ONEROSTER_SESSIONS:
        return op->end ? district_end_session(db, t, &op->session, e)
                       : district_put_session(db, t, &op->session, e);
    case ONEROSTER_CLASSES:
        return op->end ? district_end_class(db, t, &op->class, e)
                       : district_put_class(db, t, &op->class, e);
    case ONEROSTER_ENROLLMENTS:
        return op->end ? district_end_member(db, t, &op->member, e)
                       : district_put_member(db, t, &op->member, e);
    default:
        return 0; /* courses, users and roles are read, not kept */
    }
}

static int write_ops(struct db *db, void *ctx, struct err *e)
{
    const struct run *r = ctx;
    for (size_t i = 0; i < r->ops_n; i++)
        if (write_one(db, r->l->tenant_id, &r->ops[i], e) < 0)
            return -1;
    return 0;
}

static int flush(struct run *r, struct err *e)
{
    int rc = 0;
    if (r->ops_n > 0 && !r->opt->dry_run)
        rc = db_tx(r->l->db, DB_WRITE, write_ops, r, e);
    r->ops_n = 0;
    arena_reset(r->batch);
    return rc;
}

/* The text of a row that is to be written outlives the row. */
static void keep(struct arena *a, struct op *op)
{
    struct str *text[6] = {0};
    switch (op->file) {
    case ONEROSTER_ORGS:
        text[0] = &op->org.key;
        text[1] = &op->org.name;
        text[2] = &op->org.kind;
        text[3] = &op->org.parent_key;
        break;
    case ONEROSTER_SESSIONS:
        text[0] = &op->session.key;
        text[1] = &op->session.title;
        text[2] = &op->session.kind;
        text[3] = &op->session.parent_key;
        break;
    case ONEROSTER_CLASSES:
        text[0] = &op->class.key;
        text[1] = &op->class.title;
        text[2] = &op->class.code;
        text[3] = &op->class.org_key;
        text[4] = &op->class.session_keys;
        break;
    default:
        text[0] = &op->member.class_key;
        text[1] = &op->member.user_mark;
        text[2] = &op->member.role;
        break;
    }
    for (size_t i = 0; text[i] != NULL; i++)
        *text[i] = str_dup(a, *text[i]);
}

static int push(struct run *r, const struct op *op, struct err *e)
{
    r->ops[r->ops_n] = *op;
    keep(r->batch, &r->ops[r->ops_n++]);
    return r->ops_n == BATCH ? flush(r, e) : 0;
}

/* --- what is new ----------------------------------------------------------------- */

static void print_of(struct str content, unsigned char out[PRINT_N])
{
    unsigned char hash[CRYPT_HASH_N];
    crypt_sha256(content, hash);
    memcpy(out, hash, PRINT_N);
}

static void note_known(struct run *r, enum oneroster_file file, struct str key,
                       struct str content, bool ended, int64_t changed_ms,
                       int64_t person_id)
{
    struct known *k = ARENA_NEW(r->a, struct known);
    *k = (struct known){.ended = ended, .changed_ms = changed_ms, .person_id = person_id};
    print_of(content, k->print);
    (void)map_put(r->known[file], key, k);
}

/* Compare a row with what is known, count, and put the write in the queue. */
static int settle(struct run *r, const struct oneroster_row *row, struct str key,
                  struct str content, struct op *op, struct err *e)
{
    struct district_counts *c = &r->out->of[row->file];
    struct known *k = map_get(r->known[row->file], key);
    int64_t changed_ms = row->changed_ms != 0 ? row->changed_ms : r->now_ms;
    int64_t person = row->file == ONEROSTER_ENROLLMENTS ? op->member.person_id : 0;
    unsigned char print[PRINT_N];
    print_of(content, print);
    if (k == NULL && !row->ended) {
        c->added++;
        note_known(r, row->file, key, content, false, changed_ms, person);
        k = map_get(r->known[row->file], key);
        k->seen = true;
        return push(r, op, e);
    }
    if (k == NULL) {
        c->same++; /* what was never known need not be ended */
        return 0;
    }
    k->seen = true;
    bool news = person != 0 && person != k->person_id;
    bool equal = row->ended ? k->ended
                            : !k->ended && !news && memcmp(print, k->print, PRINT_N) == 0;
    if (equal || changed_ms < k->changed_ms) {
        c->same += equal;
        c->older += !equal;
        return 0;
    }
    c->ended += row->ended;
    c->changed += !row->ended;
    k->ended = row->ended;
    k->changed_ms = changed_ms;
    k->person_id = person != 0 ? person : k->person_id;
    if (!row->ended)
        memcpy(k->print, print, PRINT_N);
    op->end = row->ended;
    return push(r, op, e);
}

/* Fields with a sign between them that no field has. */
static struct str joined(struct arena *a, const struct str *v, size_t n)
{
    struct buf b;
    buf_init(&b, a, 128);
    for (size_t i = 0; i < n; i++) {
        buf_str(&b, v[i]);
        buf_char(&b, '\x1f');
    }
    return buf_view(&b);
}

static void progress(struct run *r, enum oneroster_file file)
{
    if (r->opt->progress != NULL && r->o->rows[file] % STEP == 0)
        r->opt->progress(r->opt->ctx, file, r->o->rows[file]);
}

static int64_t date_ms(struct str s)
{
    int64_t ms = 0;
    (void)iso_parse_loose(s, &ms);
    return ms;
}

/* "a, b" as a JSON array. */
static struct str key_list(struct arena *a, struct str s)
{
    struct js *list = js_array(a);
    struct str head, tail = s;
    while (tail.n > 0) {
        struct str rest = STR_EMPTY;
        if (!str_cut(tail, ',', &head, &rest))
            rest = STR_EMPTY;
        if (str_trim(head).n > 0)
            js_push_str(list, str_trim(head));
        tail = rest;
    }
    return js_dump(a, list);
}

static int64_t when(const struct run *r, const struct oneroster_row *row)
{
    return row->changed_ms != 0 ? row->changed_ms : r->now_ms;
}

static int take_org(void *ctx, const struct oneroster_row *row, struct err *e)
{
    struct run *r = ctx;
    const struct str says[] = {row->v[ORG_NAME], row->v[ORG_TYPE], row->v[ORG_PARENT]};
    struct op op = {.file = row->file,
                    .org = {.key = row->id,
                            .name = says[0],
                            .kind = says[1],
                            .parent_key = says[2],
                            .changed_ms = when(r, row)}};
    arena_reset(r->scratch);
    progress(r, row->file);
    return settle(r, row, row->id, joined(r->scratch, says, 3), &op, e);
}

static int take_session(void *ctx, const struct oneroster_row *row, struct err *e)
{
    struct run *r = ctx;
    arena_reset(r->scratch);
    int64_t begins = date_ms(row->v[SESSION_START]), ends = date_ms(row->v[SESSION_END]);
    if (!row->ended && ends <= begins) {
        oneroster_fault(r->o, row, "endDate is not behind startDate");
        return 0;
    }
    const struct str says[] = {row->v[SESSION_TITLE], row->v[SESSION_TYPE],
                               str_fmt(r->scratch, "%lld", (long long)begins),
                               str_fmt(r->scratch, "%lld", (long long)ends),
                               row->v[SESSION_PARENT]};
    struct op op = {.file = row->file,
                    .session = {.key = row->id,
                                .title = says[0],
                                .kind = says[1],
                                .begins_ms = begins,
                                .ends_ms = ends,
                                .parent_key = says[4],
                                .changed_ms = when(r, row)}};
    progress(r, row->file);
    return settle(r, row, row->id, joined(r->scratch, says, 5), &op, e);
}

static int take_class(void *ctx, const struct oneroster_row *row, struct err *e)
{
    struct run *r = ctx;
    arena_reset(r->scratch);
    const struct str says[] = {row->v[CLASS_TITLE], row->v[CLASS_CODE],
                               row->v[CLASS_SCHOOL],
                               key_list(r->scratch, row->v[CLASS_TERMS])};
    struct op op = {.file = row->file,
                    .class = {.key = row->id,
                              .title = says[0],
                              .code = says[1],
                              .org_key = says[2],
                              .session_keys = says[3],
                              .changed_ms = when(r, row)}};
    progress(r, row->file);
    return settle(r, row, row->id, joined(r->scratch, says, 4), &op, e);
}

/* --- people ---------------------------------------------------------------------- */

static int64_t person_of(const struct run *r, enum who_by by, const char *kind,
                         struct str value)
{
    struct str mark = who_mark(r->scratch, r->l->keys, r->l->tenant_id, by, value);
    const int64_t *id =
        mark.n == 0
            ? NULL
            : map_get(r->marks, str_fmt(r->scratch, "%s:%.*s", kind, STR_ARG(mark)));
    return id != NULL ? *id : 0;
}

static int take_user(void *ctx, const struct oneroster_row *row, struct err *e)
{
    struct run *r = ctx;
    (void)e;
    arena_reset(r->scratch);
    progress(r, row->file);
    struct str mark =
        who_mark(r->scratch, r->l->keys, r->l->tenant_id, WHO_SOURCEDID, row->id);
    struct user *u = ARENA_NEW(r->a, struct user);
    u->gone = row->ended;
    u->person_id = person_of(r, WHO_SOURCEDID, "sourcedid", row->id);
    if (u->person_id == 0)
        u->person_id = person_of(r, WHO_SOURCEDID, "sourcedid", row->v[USER_IDENTIFIER]);
    if (u->person_id == 0)
        u->person_id = person_of(r, WHO_EMAIL, "email", row->v[USER_EMAIL]);
    if (u->person_id == 0)
        u->person_id = person_of(r, WHO_LOGIN, "login", row->v[USER_LOGIN]);
    (void)map_put(r->users, mark, u);
    if (row->ended)
        (void)map_put(r->gone, mark, u);
    r->out->of[row->file].same++; /* looked at, not kept */
    return 0;
}

static int look_at(void *ctx, const struct oneroster_row *row, struct err *e)
{
    struct run *r = ctx;
    (void)e;
    progress(r, row->file);
    r->out->of[row->file].same++;
    return 0;
}

/* Somebody may leave a class and come back in one file: what ends is settled later. */
static void note_over(struct run *r, struct str key, int64_t changed_ms)
{
    int64_t *have = map_get(r->over, key);
    if (have == NULL) {
        have = ARENA_NEW(r->a, int64_t);
        (void)map_put(r->over, key, have);
    }
    *have = changed_ms > *have ? changed_ms : *have;
}

static int take_enrollment(void *ctx, const struct oneroster_row *row, struct err *e)
{
    struct run *r = ctx;
    arena_reset(r->scratch);
    progress(r, row->file);
    if (map_get(r->known[ONEROSTER_CLASSES], row->v[ENROL_CLASS]) == NULL) {
        oneroster_fault(r->o, row, "its class is not known");
        return 0;
    }
    struct str mark = who_mark(r->scratch, r->l->keys, r->l->tenant_id, WHO_SOURCEDID,
                               row->v[ENROL_USER]);
    const struct user *u = map_get(r->users, mark);
    int64_t person = u != NULL
                         ? u->person_id
                         : person_of(r, WHO_SOURCEDID, "sourcedid", row->v[ENROL_USER]);
    const struct str key[] = {row->v[ENROL_CLASS], mark,
                              str_lower(r->scratch, row->v[ENROL_ROLE])};
    struct op op = {.file = row->file,
                    .member = {.class_key = key[0],
                               .user_mark = mark,
                               .role = key[2],
                               .person_id = person,
                               .changed_ms = when(r, row)}};
    if (row->ended || (u != NULL && u->gone)) {
        note_over(r, joined(r->scratch, key, 3), when(r, row));
        return 0;
    }
    return settle(r, row, joined(r->scratch, key, 3), STR_EMPTY, &op, e);
}

/* --- what a bulk file does not have ---------------------------------------------- */

static struct op ending(enum oneroster_file file, struct str key, int64_t at_ms)
{
    struct op op = {.file = file, .end = true};
    struct str rest, part[3] = {STR_EMPTY, STR_EMPTY, STR_EMPTY};
    switch (file) {
    case ONEROSTER_ORGS:
        op.org = (struct district_org){.key = key, .changed_ms = at_ms};
        break;
    case ONEROSTER_SESSIONS:
        op.session = (struct district_session){.key = key, .changed_ms = at_ms};
        break;
    case ONEROSTER_CLASSES:
        op.class = (struct district_class){.key = key, .changed_ms = at_ms};
        break;
    default:
        for (size_t i = 0; i < 3 && str_cut(key, '\x1f', &part[i], &rest); i++)
            key = rest;
        op.member = (struct district_member){.class_key = part[0],
                                             .user_mark = part[1],
                                             .role = part[2],
                                             .changed_ms = at_ms};
        break;
    }
    return op;
}

/* Is the user of this membership's key among those who left? */
static bool has_left(const struct run *r, struct str key)
{
    struct str head, rest, mark, tail;
    return str_cut(key, '\x1f', &head, &rest) && str_cut(rest, '\x1f', &mark, &tail) &&
           map_get(r->gone, mark) != NULL;
}

/* When the row ended, by this export: 0 if it goes on. */
static int64_t ended_ms(const struct run *r, enum oneroster_file file, struct str key,
                        const struct known *k, bool whole)
{
    const int64_t *over = file == ONEROSTER_ENROLLMENTS ? map_get(r->over, key) : NULL;
    if (k->ended || k->seen)
        return 0;
    if (over != NULL)
        return *over;
    bool left = file == ONEROSTER_ENROLLMENTS && has_left(r, key);
    return left || (whole && r->o->mode[file] == ONEROSTER_BULK) ? r->now_ms : 0;
}

static int end_missing(struct run *r, enum oneroster_file file, struct err *e)
{
    bool whole = r->o->bad[file] == 0 && !r->o->headless[file];
    r->out->kept_missing =
        r->out->kept_missing || (r->o->mode[file] == ONEROSTER_BULK && !whole);
    for (size_t i = 0; i < map_len(r->known[file]); i++) {
        struct known *k = map_val(r->known[file], i);
        struct str key = map_key(r->known[file], i);
        int64_t at_ms = ended_ms(r, file, key, k, whole);
        if (at_ms == 0)
            continue;
        if (at_ms < k->changed_ms) {
            r->out->of[file].older++;
            continue;
        }
        struct op op = ending(file, key, at_ms);
        r->out->of[file].ended++;
        k->ended = true;
        if (push(r, &op, e) != 0)
            return -1;
    }
    return 0;
}

/* --- what is there --------------------------------------------------------------- */

static int known_structure(struct run *r, struct err *e)
{
    struct district_org *orgs;
    struct district_session *sessions;
    struct district_class *classes;
    size_t n;
    int64_t t = r->l->tenant_id;
    if (district_orgs(r->l->db, r->a, t, &orgs, &n, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct str says[] = {orgs[i].name, orgs[i].kind, orgs[i].parent_key};
        note_known(r, ONEROSTER_ORGS, orgs[i].key, joined(r->a, says, 3), orgs[i].ended,
                   orgs[i].changed_ms, 0);
    }
    if (district_sessions(r->l->db, r->a, t, &sessions, &n, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct str says[] = {
            sessions[i].title, sessions[i].kind,
            str_fmt(r->a, "%lld", (long long)sessions[i].begins_ms),
            str_fmt(r->a, "%lld", (long long)sessions[i].ends_ms),
            sessions[i].parent_key};
        note_known(r, ONEROSTER_SESSIONS, sessions[i].key, joined(r->a, says, 5),
                   sessions[i].ended, sessions[i].changed_ms, 0);
    }
    if (district_classes(r->l->db, r->a, t, &classes, &n, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct str says[] = {classes[i].title, classes[i].code, classes[i].org_key,
                                   classes[i].session_keys};
        note_known(r, ONEROSTER_CLASSES, classes[i].key, joined(r->a, says, 4),
                   classes[i].ended, classes[i].changed_ms, 0);
    }
    return 0;
}

static int known_members(struct run *r, struct err *e)
{
    struct district_member *rows;
    size_t n;
    if (district_members(r->l->db, r->a, r->l->tenant_id, &rows, &n, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct str key[] = {rows[i].class_key, rows[i].user_mark, rows[i].role};
        arena_reset(r->scratch);
        note_known(r, ONEROSTER_ENROLLMENTS, joined(r->scratch, key, 3), STR_EMPTY,
                   rows[i].ended, rows[i].changed_ms, rows[i].person_id);
    }
    return 0;
}

static void note_mark(void *ctx, struct str kind, struct str mark, int64_t person_id)
{
    struct run *r = ctx;
    arena_reset(r->scratch);
    struct str key = str_fmt(r->scratch, "%.*s:%.*s", STR_ARG(kind), STR_ARG(mark));
    int64_t *have = map_get(r->marks, key);
    if (have != NULL) {
        *have = *have == person_id ? person_id : 0;
        return;
    }
    have = ARENA_NEW(r->a, int64_t);
    *have = person_id;
    (void)map_put(r->marks, key, have);
}

static void count_people(struct run *r)
{
    struct map *all = map_new(r->a);
    const struct map *m = r->known[ONEROSTER_ENROLLMENTS];
    for (size_t i = 0; i < map_len(m); i++) {
        struct known *k = map_val(m, i);
        struct str head, rest, mark, tail;
        if (k->ended || !str_cut(map_key(m, i), '\x1f', &head, &rest) ||
            !str_cut(rest, '\x1f', &mark, &tail) || map_put(all, mark, k) != NULL)
            continue;
        r->out->persons++;
        r->out->known += k->person_id != 0;
    }
}

static int take_all(struct run *r, struct err *e)
{
    static const struct {
        enum oneroster_file file;
        oneroster_fn *fn;
        bool kept;
    } steps[] = {
        {ONEROSTER_ORGS, take_org, true},
        {ONEROSTER_SESSIONS, take_session, true},
        {ONEROSTER_COURSES, look_at, false},
        {ONEROSTER_CLASSES, take_class, true},
        {ONEROSTER_USERS, take_user, false},
        {ONEROSTER_ROLES, look_at, false},
        {ONEROSTER_ENROLLMENTS, take_enrollment, true},
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        enum oneroster_file file = steps[i].file;
        if (oneroster_read(r->o, file, steps[i].fn, r, e) != 0 ||
            (steps[i].kept && end_missing(r, file, e) != 0) || flush(r, e) != 0)
            return -1;
        if (r->opt->progress != NULL && r->o->mode[file] != ONEROSTER_ABSENT)
            r->opt->progress(r->opt->ctx, file, r->o->rows[file]);
    }
    count_people(r);
    return demographics_import(r->l, r->o, r->gone, r->opt,
                               &r->out->of[ONEROSTER_DEMOGRAPHICS], e);
}

static int once(struct learn *given, struct oneroster *o, const struct district_opt *opt,
                struct district_result *out, struct err *e)
{
    struct learn l = *given;
    l.a = arena_new(RUN_N);
    struct run r = {.l = &l, .o = o, .opt = opt, .out = out, .a = l.a};
    r.now_ms = env_now_ms(l.env);
    r.scratch = arena_new(SCRATCH_N);
    r.batch = arena_new(SCRATCH_N);
    r.ops = ARENA_ARRAY(l.a, struct op, BATCH);
    r.marks = map_new(l.a);
    r.users = map_new(l.a);
    r.gone = map_new(l.a);
    r.over = map_new(l.a);
    for (int i = 0; i < KIND_N; i++)
        r.known[i] = map_new(l.a);
    *out = (struct district_result){0};
    o->faults.n = 0;
    int rc = -1;
    if (known_structure(&r, e) == 0 && known_members(&r, e) == 0 &&
        district_marks(l.db, l.tenant_id, note_mark, &r, e) == 0)
        rc = take_all(&r, e);
    arena_free(r.scratch);
    arena_free(r.batch);
    arena_free(l.a);
    return rc;
}

int district_import(struct learn *l, struct oneroster *o, const struct district_opt *opt,
                    struct district_result *out, struct err *e)
{
    struct district_opt look = *opt;
    if (opt->all_or_nothing) {
        look.dry_run = true;
        look.progress = NULL;
        if (once(l, o, &look, out, e) != 0)
            return -1;
        out->refused = o->faults.n > 0;
        if (out->refused || opt->dry_run)
            return 0;
    }
    return once(l, o, opt, out, e);
}
