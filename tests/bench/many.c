#include "many.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAGE 100
#define QUIZZES MANY_QUIZ_N
#define SLOTS MANY_SLOTS
#define TASKS (MANY_ITEMS - MANY_QUIZ_N)
#define USERS MANY_USERS
#define DAY MANY_DAY

void many_init(struct many *m, int courses, int people)
{
    *m = (struct many){.courses = courses, .people = people, .percent = 1};
    m->now = (int64_t)time(NULL);
    m->out.cap = 1 << 20;
    m->out.p = malloc(m->out.cap);
    if (m->out.p == NULL)
        abort();
}

void many_put(struct many *m, const char *format, ...)
{
    struct many_buf *b = &m->out;
    for (;;) {
        va_list args;
        va_start(args, format);
        int n = vsnprintf(b->p + b->n, b->cap - b->n, format, args);
        va_end(args);
        if (n >= 0 && (size_t)n < b->cap - b->n) {
            b->n += (size_t)n;
            return;
        }
        b->cap *= 2;
        b->p = realloc(b->p, b->cap);
        if (b->p == NULL)
            abort();
    }
}

uint64_t many_mix(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t x = a * 0x9e3779b97f4a7c15u + b * 0xbf58476d1ce4e5b9u + c + 1;
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

int many_changed(const struct many *m, int64_t user, int round)
{
    return many_mix((uint64_t)user, (uint64_t)round, 7) % 100 < (uint64_t)m->percent;
}

int many_changed_since(const struct many *m, int64_t user, int64_t since)
{
    for (int r = 1; r <= m->rounds; r++)
        if (m->round_at[r] >= since && many_changed(m, user, r))
            return 1;
    return 0;
}

int many_rounds_of(const struct many *m, int64_t user)
{
    int n = 0;
    for (int r = 1; r <= m->rounds; r++)
        n += many_changed(m, user, r);
    return n;
}

int64_t many_field(const char *text, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = text; (p = strstr(p, name)) != NULL; p += n)
        if ((p == text || p[-1] == '&' || p[-1] == '?') && p[n] == '=')
            return atoll(p + n + 1);
    return -1;
}

void many_done(struct many *m, int status, const char *type, const char *more)
{
    m->head_n = (size_t)snprintf(m->head, sizeof m->head,
                                 "HTTP/1.1 %d Said\r\nContent-Type: %s\r\n"
                                 "Content-Length: %zu\r\n%s\r\n",
                                 status, type, m->out.n, more);
}

/* --- LTI services ------------------------------------------------------------- */

static void token(struct many *m)
{
    many_put(m,
             "{\"access_token\":\"number-%d\",\"token_type\":\"Bearer\","
             "\"expires_in\":3600}",
             m->port);
    many_done(m, 200, "application/json", "");
}

/* Canvas tells its own id of a person where a link is named (rlid). */
static void member(struct many *m, int64_t user, int teacher, int canvas, int own)
{
    many_put(m,
             "{\"user_id\":\"%s%lld\",\"status\":\"Active\",\"name\":\"Person %lld\","
             "\"lis_person_sourcedid\":\"S%lld\",\"roles\":[\"http://purl.imsglobal.org"
             "/vocab/lis/v2/membership#%s\"]",
             canvas ? "lti-" : "", (long long)user, (long long)user, (long long)user,
             teacher ? "Instructor" : "Learner");
    if (own)
        many_put(m,
                 ",\"message\":[{\"https://purl.imsglobal.org/spec/lti/claim/"
                 "message_type\":\"LtiResourceLinkRequest\",\"https://www.instructure.com"
                 "/canvas_user_id\":%lld}]",
                 (long long)user);
    many_put(m, "}");
}

static void roster(struct many *m, const char *path)
{
    char link[1400] = "";
    int canvas = path[1] == 'a', own = strstr(path, "rlid=") != NULL;
    int64_t course = atoll(path + (canvas ? 17 : 6)), page = many_field(path, "page");
    int64_t limit = many_field(path, "limit");
    int64_t from = page < 0 ? 0 : page, n = limit > 0 && limit < 1000 ? limit : PAGE;
    many_put(m,
             "{\"id\":\"http://127.0.0.1:%d/nrps/%lld\",\"context\":{\"id\":\"%s%lld\"},"
             "\"members\":[",
             m->port, (long long)course, canvas ? "context-" : "", (long long)course);
    for (int64_t i = from * n; i < (from + 1) * n && i <= m->people; i++) {
        if (i > from * n)
            many_put(m, ",");
        member(m, course * USERS + i, i == 0, canvas, own);
    }
    many_put(m, "]}");
    if ((from + 1) * n <= m->people)
        snprintf(link, sizeof link,
                 "Link: <http://127.0.0.1:%d%s%lld%s?limit=%lld&page=%lld%s>; "
                 "rel=\"next\"\r\n",
                 m->port, canvas ? "/api/lti/courses/" : "/nrps/", (long long)course,
                 canvas ? "/names_and_roles" : "", (long long)n, (long long)from + 1,
                 own ? "&rlid=1" : "");
    many_done(m, 200, "application/vnd.ims.lti-nrps.v2.membershipcontainer+json", link);
}

/* --- Moodle -------------------------------------------------------------------- */

static const char *const functions[] = {
    "core_webservice_get_site_info",   "core_course_get_contents",
    "core_enrol_get_enrolled_users",   "gradereport_user_get_grade_items",
    "mod_quiz_get_quizzes_by_courses", "mod_quiz_get_user_attempts",
    "mod_quiz_get_attempt_review",     "core_course_get_updates_since"};

static void site(struct many *m)
{
    many_put(m,
             "{\"sitename\":\"Numbers\",\"username\":\"reader\",\"userid\":2,"
             "\"release\":\"4.5.6 (Build: 20250811)\",\"version\":\"2024100706\","
             "\"siteurl\":\"http://127.0.0.1:%d\",\"functions\":[",
             m->port);
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        many_put(m, "%s{\"name\":\"%s\",\"version\":\"2024100706\"}", i > 0 ? "," : "",
                 functions[i]);
    many_put(m, "]}");
}

long long many_cm(int64_t course, int i)
{
    return (long long)(course * 100 + i);
}

static void contents(struct many *m, int64_t course)
{
    many_put(m, "[{\"id\":%lld,\"name\":\"Section\",\"visible\":1,\"modules\":[",
             (long long)course);
    for (int i = 0; i < QUIZZES + TASKS; i++) {
        int quiz = i < QUIZZES;
        many_put(
            m,
            "%s{\"id\":%lld,\"instance\":%lld,\"modname\":\"%s\",\"name\":\"%s %d: by "
            "number\",\"url\":\"http://127.0.0.1:%d/mod/%s/view.php?id=%lld\","
            "\"visible\":1,\"dates\":[{\"dataid\":\"%s\",\"timestamp\":%lld}]}",
            i > 0 ? "," : "", many_cm(course, i), many_cm(course, i),
            quiz ? "quiz" : "assign", quiz ? "Quiz" : "Assignment",
            quiz ? i + 1 : i + 1 - QUIZZES, m->port, quiz ? "quiz" : "assign",
            many_cm(course, i), quiz ? "timeclose" : "duedate",
            (long long)(m->now - 5 * DAY + i * DAY));
    }
    many_put(m, "]}]");
}

static void people(struct many *m, int64_t course)
{
    many_put(m, "[");
    for (int i = 0; i <= m->people; i++) {
        int64_t user = course * USERS + i;
        many_put(
            m,
            "%s{\"id\":%lld,\"lastcourseaccess\":%lld,\"roles\":[{\"roleid\":%d,"
            "\"name\":\"\",\"shortname\":\"%s\",\"sortorder\":0}]}",
            i > 0 ? "," : "", (long long)user,
            (long long)(m->now - (int64_t)(many_mix((uint64_t)user, 1, 1) % (9 * DAY))),
            i == 0 ? 3 : 5, i == 0 ? "editingteacher" : "student");
    }
    many_put(m, "]");
}

/* Marks of one slot, 0 or 1; and when an attempt ended. */
int many_mark(int64_t user, int quiz, int attempt, int slot)
{
    uint64_t able = many_mix((uint64_t)user, 3, 3) % 60 + 30;
    return many_mix((uint64_t)user, (uint64_t)(quiz * 100 + attempt), (uint64_t)slot) %
               100 <
           able;
}

int many_marks(int64_t user, int quiz, int attempt)
{
    int n = 0;
    for (int s = 1; s <= SLOTS; s++)
        n += many_mark(user, quiz, attempt, s);
    return n;
}

/* The first attempts lie some days back; a change comes a minute after the other. */
int64_t many_ended(const struct many *m, int64_t user, int quiz, int attempt)
{
    if (attempt == 1)
        return m->now -
               (int64_t)(1 + many_mix((uint64_t)user, (uint64_t)quiz, 5) % 6) * DAY;
    int nth = 0;
    for (int r = 1; r <= m->rounds; r++)
        if (many_changed(m, user, r) && ++nth == attempt - 1)
            return m->round_at[r];
    return m->now;
}

int many_attempts(const struct many *m, int64_t user, int quiz)
{
    return quiz == 0 ? 1 + many_rounds_of(m, user) : 1;
}

static void grade_item(struct many *m, int64_t course, int64_t user, int i)
{
    int quiz = i < QUIZZES, n = quiz ? many_attempts(m, user, i) : 1;
    int none = !quiz && many_mix((uint64_t)user, (uint64_t)i, 9) % 5 == 0;
    int raw = quiz ? 2 * many_marks(user, i, n)
                   : (int)(many_mix((uint64_t)user, (uint64_t)i, 11) % 101);
    long long at = (long long)(quiz ? many_ended(m, user, i, n) : m->now - 2 * DAY);
    many_put(
        m,
        "%s{\"id\":%lld,\"itemname\":\"%s %d: by number\",\"itemtype\":\"mod\","
        "\"itemmodule\":\"%s\",\"iteminstance\":%lld,\"itemnumber\":0,\"idnumber\":\"\","
        "\"categoryid\":1,\"outcomeid\":null,\"scaleid\":null,\"locked\":null,"
        "\"cmid\":%lld,",
        i > 0 ? "," : "", many_cm(course, i), quiz ? "Quiz" : "Assignment",
        quiz ? i + 1 : i + 1 - QUIZZES, quiz ? "quiz" : "assign", many_cm(course, i),
        many_cm(course, i));
    if (none)
        many_put(
            m, "\"graderaw\":null,\"gradedatesubmitted\":null,\"gradedategraded\":null,");
    else
        many_put(m,
                 "\"graderaw\":%d,\"gradedatesubmitted\":%lld,\"gradedategraded\":%lld,",
                 raw, at, at);
    many_put(m,
             "\"gradehiddenbydate\":false,\"gradeneedsupdate\":false,"
             "\"gradeishidden\":false,\"gradeislocked\":null,\"gradeisoverridden\":null,"
             "\"gradeformatted\":\"%d.00\",\"grademin\":0,\"grademax\":%d,"
             "\"rangeformatted\":\"0&ndash;%d\",\"percentageformatted\":\"-\","
             "\"feedback\":\"\",\"feedbackformat\":0}",
             raw, quiz ? 2 * SLOTS : 100, quiz ? 2 * SLOTS : 100);
}

static void grades(struct many *m, int64_t course)
{
    many_put(m, "{\"usergrades\":[");
    for (int p = 1; p <= m->people; p++) {
        int64_t user = course * USERS + p;
        many_put(m,
                 "%s{\"courseid\":%lld,\"courseidnumber\":\"\",\"userid\":%lld,"
                 "\"userfullname\":\"Person %lld\",\"useridnumber\":\"\",\"maxdepth\":2,"
                 "\"gradeitems\":[",
                 p > 1 ? "," : "", (long long)course, (long long)user, (long long)user);
        for (int i = 0; i < QUIZZES + TASKS; i++)
            grade_item(m, course, user, i);
        many_put(m, "]}");
    }
    many_put(m, "],\"warnings\":[]}");
}

static void quizzes(struct many *m, int64_t course)
{
    many_put(m, "{\"quizzes\":[");
    for (int i = 0; i < QUIZZES; i++)
        many_put(
            m,
            "%s{\"id\":%lld,\"coursemodule\":%lld,\"course\":%lld,\"name\":\"Quiz %d: by "
            "number\",\"timeopen\":0,\"timeclose\":%lld,\"grade\":%d,\"sumgrades\":%d}",
            i > 0 ? "," : "", many_cm(course, i), many_cm(course, i), (long long)course,
            i + 1, (long long)(m->now - 5 * DAY + i * DAY), 2 * SLOTS, SLOTS);
    many_put(m, "],\"warnings\":[]}");
}

static void attempt(struct many *m, int64_t quiz_id, int64_t user, int nth)
{
    int quiz = (int)(quiz_id % 100);
    int64_t at = many_ended(m, user, quiz, nth);
    many_put(m,
             "{\"id\":%lld,\"quiz\":%lld,\"userid\":%lld,\"attempt\":%d,\"uniqueid\":1,"
             "\"layout\":\"1,0,2,0,3,0,4,0,5,0\",\"currentpage\":4,\"preview\":0,"
             "\"state\":\"finished\",\"timestart\":%lld,\"timefinish\":%lld,"
             "\"timemodified\":%lld,\"timemodifiedoffline\":0,\"timecheckstate\":null,"
             "\"sumgrades\":%d}",
             (long long)((user * 10 + quiz) * 100 + nth), (long long)quiz_id,
             (long long)user, nth, (long long)at - 900, (long long)at, (long long)at,
             many_marks(user, quiz, nth));
}

static void attempts(struct many *m, int64_t quiz_id, int64_t user)
{
    int n = many_attempts(m, user, (int)(quiz_id % 100));
    many_put(m, "{\"attempts\":[");
    for (int i = 1; i <= n; i++) {
        many_put(m, i > 1 ? "," : "");
        attempt(m, quiz_id, user, i);
    }
    many_put(m, "],\"warnings\":[]}");
}

static void review(struct many *m, int64_t id)
{
    int nth = (int)(id % 100), quiz = (int)(id / 100 % 10);
    int64_t user = id / 1000, course = user / USERS;
    many_put(m, "{\"grade\":\"%d.00\",\"attempt\":", 2 * many_marks(user, quiz, nth));
    attempt(m, course * 100 + quiz, user, nth);
    many_put(m, ",\"additionaldata\":[],\"questions\":[");
    for (int s = 1; s <= SLOTS; s++) {
        int right = many_mark(user, quiz, nth, s);
        many_put(m,
                 "%s{\"slot\":%d,\"type\":\"multichoice\",\"page\":%d,\"questionnumber\":"
                 "\"%d\",\"number\":%d,\"html\":\"<div class=\\\"que multichoice\\\">"
                 "<p>What is the sum of the numbers that are written here?</p></div>\","
                 "\"responsefileareas\":[],\"sequencecheck\":3,\"lastactiontime\":%lld,"
                 "\"hasautosavedstep\":false,\"flagged\":false,\"state\":\"%s\","
                 "\"stateclass\":\"%s\",\"status\":\"%s\",\"blockedbyprevious\":false,"
                 "\"mark\":\"%d.00\",\"maxmark\":1,\"settings\":\"null\"}",
                 s > 1 ? "," : "", s, s - 1, s, s,
                 (long long)many_ended(m, user, quiz, nth),
                 right ? "gradedright" : "gradedwrong", right ? "correct" : "incorrect",
                 right ? "Correct" : "Incorrect", right);
    }
    many_put(m, "],\"warnings\":[]}");
}

/* Quiz 1 is where changes happen. */
static void changes(struct many *m, int64_t course, int64_t since)
{
    int any = 0;
    for (int r = 1; r <= m->rounds && !any; r++)
        for (int p = 1; p <= m->people && m->round_at[r] >= since && !any; p++)
            any = many_changed(m, course * USERS + p, r);
    many_put(m, "{\"instances\":[");
    if (any)
        many_put(m,
                 "{\"contextlevel\":\"module\",\"id\":%lld,\"updates\":[{\"name\":"
                 "\"userattempts\",\"timeupdated\":%lld,\"itemids\":[1]}]}",
                 many_cm(course, 0), (long long)m->round_at[m->rounds]);
    many_put(m, "],\"warnings\":[]}");
}

static void moodle(struct many *m, const char *form)
{
    const char *at = strstr(form, "wsfunction=");
    char name[64] = "";
    size_t f = 0;
    int64_t course = many_field(form, "courseid");
    if (at != NULL)
        sscanf(at, "wsfunction=%63[a-z_]", name);
    while (f < sizeof functions / sizeof functions[0] && strcmp(name, functions[f]) != 0)
        f++;
    static const enum many_kind kinds[] = {MANY_SITE,   MANY_CONTENTS, MANY_PEOPLE,
                                           MANY_GRADES, MANY_QUIZZES,  MANY_ATTEMPTS,
                                           MANY_REVIEW, MANY_CHANGES,  MANY_OTHER};
    m->asked[kinds[f]]++;
    switch (f) {
    case 0:
        site(m);
        break;
    case 1:
        contents(m, course);
        break;
    case 2:
        people(m, course);
        break;
    case 3:
        grades(m, course);
        break;
    case 4:
        quizzes(m, many_field(form, "courseids%5B0%5D") > 0
                       ? many_field(form, "courseids%5B0%5D")
                       : many_field(form, "courseids[0]"));
        break;
    case 5:
        attempts(m, many_field(form, "quizid"), many_field(form, "userid"));
        break;
    case 6:
        review(m, many_field(form, "attemptid"));
        break;
    case 7:
        changes(m, course, many_field(form, "since"));
        break;
    default:
        many_put(m, "{\"exception\":\"dml_missing_record_exception\",\"errorcode\":"
                    "\"invalidrecord\",\"message\":\"Can't find data record in database "
                    "table external_functions.\"}");
    }
    many_done(m, 200, "application/json; charset=utf-8", "");
}

/* --- which is it --------------------------------------------------------------- */

static void control(struct many *m, const char *path)
{
    static const char *const names[MANY_KINDS] = {
        "token",   "roster",   "columns", "site",    "contents", "people", "grades",
        "quizzes", "attempts", "review",  "changes", "canvas",   "other"};
    int64_t all = 0;
    if (many_field(path, "change") > 0 && m->rounds + 1 < MANY_ROUNDS)
        m->round_at[++m->rounds] = (int64_t)time(NULL);
    many_put(m, "{\"rounds\":%d", m->rounds);
    for (int i = 0; i < MANY_KINDS; i++) {
        many_put(m, ",\"%s\":%lld", names[i], (long long)m->asked[i]);
        all += m->asked[i];
    }
    many_put(m, ",\"all\":%lld}", (long long)all);
    many_done(m, 200, "application/json", "");
}

void many_answer(struct many *m, const struct many_req *r)
{
    m->out.n = 0;
    m->out.p[0] = '\0';
    if (strncmp(r->path, "/control", 8) == 0) {
        control(m, r->path);
    } else if (strncmp(r->path, "/api/v1/", 8) == 0) {
        m->asked[MANY_CANVAS]++;
        many_canvas(m, r->path);
    } else if (strncmp(r->path, "/webservice/", 12) == 0) {
        moodle(m, r->body);
    } else if (strncmp(r->path, "/token", 6) == 0) {
        m->asked[MANY_TOKEN]++;
        token(m);
    } else if (strncmp(r->path, "/nrps/", 6) == 0 ||
               strncmp(r->path, "/api/lti/courses/", 17) == 0) {
        m->asked[MANY_ROSTER]++;
        roster(m, r->path);
    } else if (strncmp(r->path, "/lineitems/", 11) == 0) {
        m->asked[MANY_COLUMNS]++;
        many_put(m, "[]");
        many_done(m, 200, "application/vnd.ims.lis.v2.lineitemcontainer+json", "");
    } else {
        m->asked[MANY_OTHER]++;
        many_put(m, "{\"errors\":[{\"message\":\"not found\"}]}");
        many_done(m, 404, "application/json", "");
    }
}
