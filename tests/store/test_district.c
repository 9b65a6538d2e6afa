/* A district's export taken in: what is kept, what is not, what a second one changes. All
 * schools and people are invented. */
#include "learn/demographics.h"
#include "learn/district.h"
#include "learn/privacy.h"
#include "learn/who.h"
#include "store/district.h"
#include "support/learnkit.h"
#include "support/suite.h"
#include "support/zipmake.h"

#include <stdio.h>
#include <string.h>

static struct keyring keys;

#define MANIFEST(mode)                                                                   \
    "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\nfile.orgs," mode   \
    "\nfile.academicSessions," mode "\nfile.courses," mode "\nfile.classes," mode        \
    "\nfile.users," mode "\nfile.roles," mode "\nfile.enrollments," mode                 \
    "\nfile.demographics," mode "\n"

#define HEAD "sourcedId,status,dateLastModified,"
#define USER_HEAD HEAD "enabledUser,username,givenName,familyName,identifier,email\n"
#define ENROL_HEAD HEAD "classSourcedId,schoolSourcedId,userSourcedId,role\n"
#define DEMO_HEAD HEAD "birthDate,sex,asian,cityOfBirth\n"

/* Tables by the order of enum oneroster_file, as text. */
struct tables {
    const char *manifest;
    const char *v[ONEROSTER_FILES];
};

static const struct tables whole = {
    MANIFEST("bulk"),
    {HEAD "name,type,parentSourcedId\nd,,,All Schools,district,\ns1,,,North,school,d\n",
     HEAD "title,type,startDate,endDate,parentSourcedId\n"
          "y,,,2026/27,schoolYear,2026-08-01,2027-07-01,\n"
          "a,,,Autumn,semester,2026-08-01,2027-02-01,y\n",
     HEAD "title\nco,,,Algebra\n",
     HEAD "title,courseSourcedId,classCode,schoolSourcedId,termSourcedIds\n"
          "c1,,,Algebra 1,co,A-1,s1,\"a, y\"\nc2,,,Algebra 2,co,A-2,s1,a\n",
     USER_HEAD "stu-1,,,true,lg1,Ada,Secret,,ada@school.example\n"
               "stu-2,,,true,lg2,Bo,Secret,,bo@school.example\n"
               "stu-3,,,true,lg3,Cy,Secret,,cy@school.example\n"
               "tea-1,,,true,lg9,Di,Secret,,di@school.example\n",
     HEAD "userSourcedId,role,orgSourcedId\nr1,,,stu-1,student,s1\n",
     ENROL_HEAD "e1,,,c1,s1,stu-1,student\ne2,,,c1,s1,stu-2,student\n"
                "e3,,,c2,s1,stu-3,student\ne4,,,c1,s1,tea-1,teacher\n",
     DEMO_HEAD "stu-1,,,2010-01-01,female,true,Atlantis\n"
               "stu-2,,,2010-01-01,male,,Atlantis\nstu-3,,,,,,\n"},
};

static struct str pack(struct arena *a, const struct tables *t)
{
    struct zipmake_entry entries[ONEROSTER_FILES + 1];
    size_t n = 0;
    entries[n++] = (struct zipmake_entry){"manifest.csv", str_c(t->manifest), false};
    for (int i = 0; i < ONEROSTER_FILES; i++)
        if (t->v[i] != NULL)
            entries[n++] =
                (struct zipmake_entry){oneroster_name(i), str_c(t->v[i]), false};
    return zipmake(a, entries, n);
}

static struct oneroster *last;

static struct district_result take(struct learn *l, const struct tables *t,
                                   const struct district_opt *opt)
{
    static const struct district_opt plain = {0};
    struct district_result r;
    struct err e = {0};
    struct unzip *z = unzip_open(l->a, pack(l->a, t), NULL, &e);
    last = z != NULL ? oneroster_open(l->a, z, &e) : NULL;
    kit_must(last != NULL ? 0 : -1, &e);
    kit_must(district_import(l, last, opt != NULL ? opt : &plain, &r, &e), &e);
    return r;
}

static int64_t touched(const struct district_result *r)
{
    int64_t n = 0;
    for (int i = 0; i < ONEROSTER_FILES; i++)
        n += r->of[i].added + r->of[i].changed + r->of[i].ended;
    return n;
}

/* The kit's tenant; its first two students are known by number and by mail. */
static void begin(struct testdb *t, struct learn *l)
{
    struct err e = {0};
    const struct who_note names[] = {
        {.sub = STR("s700"), .sourcedid = STR("stu-1")},
        {.sub = STR("s701"), .email = STR("BO@school.example")},
    };
    kit_course(t, l, 2);
    memset(&keys, 7, sizeof keys);
    l->keys = &keys;
    kit_must(who_note(l, names, 2, &e), &e);
}

static int64_t number(struct testdb *t, const char *from)
{
    char sql[400];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", from);
    return testdb_number(t, sql);
}

/* Nothing of a person stands in the database file, in any table. */
static void no_names(struct testdb *t)
{
    static const char *const parts[] = {
        "Secret", "stu-1", "tea-1", "school.example", "lg2", "Atlantis", "2010-01-01"};
    static const char *const ends[] = {"", "-wal"};
    if (!str_starts(t->url, STR("sqlite:")))
        return;
    for (size_t i = 0; i < 2; i++) {
        struct str path =
            str_fmt(t->a, "%.*s%s", STR_ARG(str_sub(t->url, 7, t->url.n)), ends[i]);
        FILE *f = fopen(path.p, "rb");
        if (f == NULL)
            continue;
        char *bytes = arena_alloc(t->a, 8 << 20);
        struct str all = {bytes, fread(bytes, 1, 8 << 20, f)};
        fclose(f);
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
            ck_assert_msg(str_find(all, str_c(parts[k]), 0) == SIZE_MAX, "%s", parts[k]);
    }
}

static void keeps(struct testdb *t)
{
    struct learn l;
    begin(t, &l);
    struct district_opt look = {.dry_run = true};
    struct district_result r = take(&l, &whole, &look);
    ck_assert_int_eq(r.of[ONEROSTER_ENROLLMENTS].added, 4);
    ck_assert_int_eq(number(t, "district_org"), 0);
    ck_assert_int_eq(number(t, "audit_demographic"), 0);
    r = take(&l, &whole, NULL);
    ck_assert_uint_eq(last->faults.n, 0);
    ck_assert_int_eq(r.of[ONEROSTER_ORGS].added, 2);
    ck_assert_int_eq(r.of[ONEROSTER_SESSIONS].added, 2);
    ck_assert_int_eq(r.of[ONEROSTER_CLASSES].added, 2);
    ck_assert_int_eq(r.of[ONEROSTER_ENROLLMENTS].added, 4);
    ck_assert_int_eq(r.of[ONEROSTER_DEMOGRAPHICS].added, 2); /* one row says nothing */
    ck_assert_int_eq(r.persons, 4);
    ck_assert_int_eq(r.known, 2);
    ck_assert_int_eq(number(t, "district_member WHERE person_id = 700"), 1);
    ck_assert_int_eq(number(t, "district_member WHERE person_id = 701"), 1);
    ck_assert_int_eq(number(t, "district_class WHERE session_keys = '[\"a\",\"y\"]'"), 1);
    ck_assert_int_eq(number(t, "audit_demographic WHERE answers = "
                               "'{\"asian\":\"true\",\"sex\":\"female\"}'"),
                     1);
    no_names(t);
    struct privacy about;
    struct err why = {0};
    ck_assert_int_eq(privacy_read(&l, KIT_PERSON, KIT_TEACHER, &about, &why), 1);
    ck_assert_int_eq(about.classes_n, 1);
    /* The same again, later. */
    t->now_ms += KIT_DAY;
    r = take(&l, &whole, NULL);
    ck_assert_int_eq(touched(&r), 0);
    ck_assert_int_eq(number(t, "district_member WHERE changed_ms = (SELECT "
                               "min(changed_ms) FROM district_member)"),
                     4);
    /* Somebody turns up whose number was not known: now it is. */
    struct err e = {0};
    const struct who_note name = {.sub = STR("s900"), .sourcedid = STR("tea-1")};
    kit_must(who_note(&l, &name, 1, &e), &e);
    r = take(&l, &whole, NULL);
    ck_assert_int_eq(touched(&r), 1);
    ck_assert_int_eq(r.known, 3);
}

START_TEST(structure_is_kept_and_names_are_not)
{
    testdb_each(keeps);
}
END_TEST

static void ends(struct testdb *t)
{
    struct learn l;
    begin(t, &l);
    (void)take(&l, &whole, NULL);
    t->now_ms += KIT_DAY;
    struct tables next = whole; /* class c2 and with it stu-3 are not in it any more */
    next.v[ONEROSTER_CLASSES] =
        HEAD "title,courseSourcedId,classCode,schoolSourcedId,termSourcedIds\n"
             "c1,,,Algebra One,co,A-1,s1,\"a, y\"\n";
    next.v[ONEROSTER_ENROLLMENTS] =
        ENROL_HEAD "e1,,,c1,s1,stu-1,student\ne2,,,c1,s1,stu-2,student\n"
                   "e4,,,c1,s1,tea-1,teacher\n";
    next.v[ONEROSTER_DEMOGRAPHICS] = DEMO_HEAD "stu-1,,,,female,true,\n";
    struct district_result r = take(&l, &next, NULL);
    ck_assert_int_eq(r.of[ONEROSTER_CLASSES].changed, 1);
    ck_assert_int_eq(r.of[ONEROSTER_CLASSES].ended, 1);
    ck_assert_int_eq(r.of[ONEROSTER_ENROLLMENTS].ended, 1);
    ck_assert_int_eq(r.of[ONEROSTER_DEMOGRAPHICS].ended, 1);
    ck_assert_int_eq(number(t, "district_class"), 2);
    ck_assert_int_eq(number(t, "district_class WHERE status = 'tobedeleted'"), 1);
    ck_assert_int_eq(number(t, "district_member WHERE status = 'tobedeleted'"), 1);
    ck_assert_int_eq(number(t, "audit_demographic"), 1);
    /* A bulk file with a bad row ends nothing: who knows what it lacks. */
    next.v[ONEROSTER_ENROLLMENTS] = ENROL_HEAD "e1,,,c1,s1,stu-1,student\ne2,,,c1\n";
    r = take(&l, &next, NULL);
    ck_assert(r.kept_missing);
    ck_assert_int_eq(r.of[ONEROSTER_ENROLLMENTS].ended, 0);
    ck_assert_int_eq(last->bad[ONEROSTER_ENROLLMENTS], 1);
    /* All or nothing: neither the good rows. */
    next.v[ONEROSTER_ORGS] = HEAD "name,type\nd,,,Another name,district\n";
    const struct district_opt strict = {.all_or_nothing = true};
    r = take(&l, &next, &strict);
    ck_assert(r.refused);
    ck_assert_int_eq(number(t, "district_org WHERE name = 'Another name'"), 0);
}

START_TEST(what_is_missing_ends_and_stays)
{
    testdb_each(ends);
}
END_TEST

static void deltas(struct testdb *t)
{
    struct learn l;
    begin(t, &l);
    t->now_ms = (int64_t)1790000000 * 1000; /* September 2026 */
    (void)take(&l, &whole, NULL);
    struct tables delta = {
        .manifest = "oneroster.version,1.2\nfile.enrollments,delta\nfile.users,delta\n"
                    "file.demographics,delta\nfile.orgs,delta\n"};
    delta.v[ONEROSTER_ORGS] =
        HEAD "name,type\ns1,active,2026-10-01T00:00:00Z,Nord,school\n"
             "d,active,2020-01-01T00:00:00Z,Older,district\n";
    /* stu-2 leaves c1 and comes back; stu-1 moves; stu-3 is gone for good. */
    delta.v[ONEROSTER_USERS] = USER_HEAD "stu-3,tobedeleted,2026-10-01T00:00:00Z,,,,,,\n";
    delta.v[ONEROSTER_ENROLLMENTS] =
        ENROL_HEAD "e2b,active,2026-10-01T00:00:00Z,c1,s1,stu-2,student\n"
                   "e2,tobedeleted,2026-10-01T00:00:00Z,c1,s1,stu-2,student\n"
                   "e1,tobedeleted,2026-10-01T00:00:00Z,c1,s1,stu-1,student\n"
                   "e5,active,2026-10-01T00:00:00Z,c2,s1,stu-1,student\n"
                   "e6,active,2026-10-01T00:00:00Z,c9,s1,stu-1,student\n";
    delta.v[ONEROSTER_DEMOGRAPHICS] =
        DEMO_HEAD "stu-1,tobedeleted,2026-10-01T00:00:00Z,,,,\n"
                  "stu-3,active,2026-10-01T00:00:00Z,,male,,\n";
    struct district_result r = take(&l, &delta, NULL);
    ck_assert_int_eq(r.of[ONEROSTER_ORGS].changed, 1);
    ck_assert_int_eq(r.of[ONEROSTER_ORGS].older, 1);
    ck_assert_int_eq(r.of[ONEROSTER_ENROLLMENTS].added, 1);
    ck_assert_int_eq(r.of[ONEROSTER_ENROLLMENTS].ended, 2);
    ck_assert_int_eq(r.of[ONEROSTER_DEMOGRAPHICS].ended, 1);
    ck_assert_int_eq(r.of[ONEROSTER_DEMOGRAPHICS].added, 0);
    ck_assert_uint_eq(last->faults.n, 1); /* a class that nobody knows */
    ck_assert_int_eq(number(t, "district_member WHERE status = 'active'"), 3);
    ck_assert_int_eq(number(t, "audit_demographic"), 1);
    r = take(&l, &delta, NULL);
    ck_assert_int_eq(touched(&r), 0);
}

START_TEST(deltas_in_any_order)
{
    testdb_each(deltas);
}
END_TEST

static void terms(struct testdb *t)
{
    struct learn l;
    struct district_session s;
    struct err e = {0};
    begin(t, &l);
    (void)take(&l, &whole, NULL);
    const int64_t day = KIT_DAY, autumn = (int64_t)20666 * day; /* 2026-08-01 */
    ck_assert_int_eq(district_term_at(t->db, t->a, KIT_TENANT, autumn, STR_EMPTY, &s, &e),
                     1);
    ck_assert(str_is(s.title, "Autumn"));
    ck_assert_int_eq(
        district_term_at(t->db, t->a, KIT_TENANT, autumn, STR("schoolYear"), &s, &e), 1);
    ck_assert(str_is(s.title, "2026/27"));
    /* endDate is the first day behind it. */
    ck_assert_int_eq(
        district_term_at(t->db, t->a, KIT_TENANT, s.ends_ms - 1, STR_EMPTY, &s, &e), 1);
    ck_assert(str_is(s.title, "2026/27"));
    ck_assert_int_eq(
        district_term_at(t->db, t->a, KIT_TENANT, s.ends_ms, STR_EMPTY, &s, &e), 0);
    ck_assert_int_eq(
        district_term_at(t->db, t->a, KIT_TENANT, autumn - 1, STR_EMPTY, &s, &e), 0);
    ck_assert_int_eq(
        district_term_at(t->db, t->a, KIT_TENANT + 1, autumn, STR_EMPTY, &s, &e), 0);
}

START_TEST(the_term_of_a_day)
{
    testdb_each(terms);
}
END_TEST

static bool hidden(const struct demographics_cell *c, size_t n, const char *question,
                   const char *answer)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(c[i].question, question) && str_is(c[i].answer, answer))
            return c[i].hidden;
    ck_abort_msg("no cell %s %s", question, answer);
    return false;
}

/* 30 say female, 25 male, 4 other; 12 of the 59 say yes to asian, 20 no, 27 nothing. */
static void cells(struct testdb *t)
{
    struct learn l;
    struct buf b;
    struct err e = {0};
    struct demographics_cell *c;
    size_t n;
    int64_t total;
    begin(t, &l);
    buf_init(&b, t->a, 4096);
    buf_c(&b, DEMO_HEAD);
    for (int i = 0; i < 59; i++)
        buf_fmt(&b, "u%d,,,,%s,%s,\n", i,
                i < 30   ? "female"
                : i < 55 ? "male"
                         : "other",
                i < 12   ? "true"
                : i < 32 ? "false"
                         : "");
    struct tables one = {.manifest = "oneroster.version,1.2\nfile.demographics,bulk\n"};
    one.v[ONEROSTER_DEMOGRAPHICS] = str_z(t->a, buf_view(&b));
    (void)take(&l, &one, NULL);
    kit_must(demographics_cells(&l, &c, &n, &total, &e), &e);
    ck_assert_int_eq(total, 59);
    ck_assert(hidden(c, n, "sex", "other"));
    ck_assert(hidden(c, n, "sex", "male")); /* else 59 - 30 - 25 tells it */
    ck_assert(!hidden(c, n, "sex", "female"));
    ck_assert(!hidden(c, n, "asian", "true"));
    ck_assert(!hidden(c, n, "asian", ""));
    one.v[ONEROSTER_DEMOGRAPHICS] = DEMO_HEAD "u1,,,,male,,\n";
    (void)take(&l, &one, NULL);
    kit_must(demographics_cells(&l, &c, &n, &total, &e), &e);
    ck_assert_int_eq(total, 0);
    ck_assert(hidden(c, n, "sex", "male"));
}

START_TEST(small_numbers_are_not_told)
{
    testdb_each(cells);
}
END_TEST

/* 200 classes, 20,000 students, 100,000 enrolments. */
static void many(struct testdb *t)
{
    struct learn l;
    struct buf classes, users, enrol;
    begin(t, &l);
    buf_init(&classes, t->a, 1 << 16);
    buf_init(&users, t->a, 4 << 20);
    buf_init(&enrol, t->a, 8 << 20);
    buf_c(&classes,
          HEAD "title,courseSourcedId,classCode,schoolSourcedId,termSourcedIds\n");
    buf_c(&users, USER_HEAD);
    buf_c(&enrol, ENROL_HEAD);
    for (int i = 0; i < 200; i++)
        buf_fmt(&classes, "c%d,,,Class %d,co,,s1,a\n", i, i);
    for (int i = 0; i < 20000; i++)
        buf_fmt(&users, "stu-%d,,,true,lg%d,Given%d,Family%d,,u%d@school.example\n", i, i,
                i, i, i);
    for (int i = 0; i < 100000; i++)
        buf_fmt(&enrol, "e%d,,,c%d,s1,stu-%d,student\n", i, (i / 20000) * 40 + i % 40,
                i % 20000);
    struct tables big = whole;
    big.v[ONEROSTER_CLASSES] = str_z(t->a, buf_view(&classes));
    big.v[ONEROSTER_USERS] = str_z(t->a, buf_view(&users));
    big.v[ONEROSTER_ENROLLMENTS] = str_z(t->a, buf_view(&enrol));
    struct district_result r = take(&l, &big, NULL);
    ck_assert_uint_eq(last->faults.n, 0);
    ck_assert_int_eq(r.of[ONEROSTER_ENROLLMENTS].added, 100000);
    ck_assert_int_eq(r.persons, 20000);
    ck_assert_int_eq(r.known, 1); /* by number; the other's mail is not among these */
    ck_assert_int_eq(number(t, "district_member"), 100000);
    r = take(&l, &big, NULL);
    ck_assert_int_eq(touched(&r), 0);
}

START_TEST(a_hundred_thousand_rows)
{
    testdb_each(many);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("district");
    TCase *c = tcase_create("district");
    tcase_set_timeout(c, 600);
    tcase_add_test(c, structure_is_kept_and_names_are_not);
    tcase_add_test(c, what_is_missing_ends_and_stays);
    tcase_add_test(c, deltas_in_any_order);
    tcase_add_test(c, the_term_of_a_day);
    tcase_add_test(c, small_numbers_are_not_told);
    tcase_add_test(c, a_hundred_thousand_rows);
    suite_add_tcase(s, c);
    return suite_main(s);
}
