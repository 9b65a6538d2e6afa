/* Canvas's REST API, from numbers (many.h). A list of submissions comes one assignment
 * after the other, as Canvas sends it: a person's rows do not stand together. */
#include "many.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAGE 100
#define API "/api/v1/courses/"

/* A time as Canvas writes it; of several at once, so each in a room of its own. */
static const char *iso(int64_t seconds)
{
    static char room[8][32];
    static int next;
    struct tm tm;
    time_t t = (time_t)seconds;
    next = (next + 1) % 8;
    gmtime_r(&t, &tm);
    strftime(room[next], sizeof room[next], "%Y-%m-%dT%H:%M:%SZ", &tm);
    return room[next];
}

/* "2026-11-23T08:10:00.000Z", perhaps with %3A; 0 when absent. */
static int64_t iso_field(const char *path, const char *name)
{
    const char *at = strstr(path, name);
    struct tm tm = {0};
    char text[64];
    size_t n = 0;
    if (at == NULL)
        return 0;
    for (at += strlen(name) + 1; *at != '\0' && *at != '&' && n < sizeof text - 1; at++) {
        if (strncmp(at, "%3A", 3) == 0 || strncmp(at, "%3a", 3) == 0) {
            text[n++] = ':';
            at += 2;
        } else {
            text[n++] = *at;
        }
    }
    text[n] = '\0';
    return strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) == NULL ? 0 : (int64_t)timegm(&tm);
}

static void assignments(struct many *m, int64_t course)
{
    many_put(m, "[");
    for (int i = 0; i < MANY_ITEMS; i++) {
        int quiz = i < MANY_QUIZ_N;
        many_put(
            m,
            "%s{\"id\":%lld,\"name\":\"%s %d: by number\",\"html_url\":"
            "\"http://127.0.0.1:%d/courses/%lld/assignments/%lld\",\"points_possible\":"
            "%d,\"due_at\":\"%s\",\"unlock_at\":null,\"published\":true,"
            "\"grading_type\":\"points\",\"submission_types\":[\"%s\"],"
            "\"description\":\"<p>Sums of numbers.</p>\"",
            i > 0 ? "," : "", many_cm(course, i), quiz ? "Quiz" : "Assignment",
            quiz ? i + 1 : i + 1 - MANY_QUIZ_N, m->port, (long long)course,
            many_cm(course, i), quiz ? 2 * MANY_SLOTS : 100,
            iso(m->now + (i - 5) * MANY_DAY), quiz ? "online_quiz" : "online_upload");
        if (quiz)
            many_put(m, ",\"quiz_id\":%lld", many_cm(course, i) + 1000000);
        many_put(m, "}");
    }
    many_put(m, "]");
}

static void modules(struct many *m, int64_t course)
{
    many_put(m,
             "[{\"id\":%lld,\"name\":\"Module\",\"published\":true,\"items_count\":%d,"
             "\"items\":[",
             (long long)course, MANY_ITEMS);
    for (int i = 0; i < MANY_ITEMS; i++)
        many_put(m,
                 "%s{\"id\":%lld,\"type\":\"Assignment\",\"content_id\":%lld,\"title\":"
                 "\"Item %d\",\"published\":true}",
                 i > 0 ? "," : "", many_cm(course, i), many_cm(course, i), i);
    many_put(m, "]}]");
}

static void next_link(const struct many *m, char *out, size_t n, const char *path,
                      int64_t page)
{
    char rest[1024];
    size_t len = 0;
    const char *at = strstr(path, "&page=");
    if (at == NULL)
        at = path + strlen(path);
    len = (size_t)(at - path);
    snprintf(rest, sizeof rest, "%.*s&page=%lld", (int)len, path, (long long)page);
    snprintf(out, n, "Link: <http://127.0.0.1:%d%s>; rel=\"next\"\r\n", m->port, rest);
}

static void enrollments(struct many *m, int64_t course, int64_t page)
{
    many_put(m, "[");
    for (int64_t i = page * PAGE; i < (page + 1) * PAGE && i <= m->people; i++) {
        int64_t user = course * MANY_USERS + i;
        many_put(
            m,
            "%s{\"id\":%lld,\"user_id\":%lld,\"type\":\"%s\",\"enrollment_state\":"
            "\"active\",\"last_activity_at\":\"%s\",\"sis_user_id\":\"S%lld\","
            "\"user\":{\"id\":%lld,\"name\":\"Person %lld\",\"login_id\":\"p%lld\"}}",
            i > page * PAGE ? "," : "", (long long)user, (long long)user,
            i == 0 ? "TeacherEnrollment" : "StudentEnrollment",
            iso(m->now - (int64_t)(many_mix((uint64_t)user, 1, 1) % (9 * MANY_DAY))),
            (long long)user, (long long)user, (long long)user, (long long)user);
    }
    many_put(m, "]");
}

static void attempt(struct many *m, int64_t course, int64_t user, int i, int nth,
                    int history)
{
    int quiz = i < MANY_QUIZ_N;
    int64_t at = quiz ? many_ended(m, user, i, nth) : m->now - 2 * MANY_DAY;
    int score = quiz ? 2 * many_marks(user, i, nth)
                     : (int)(many_mix((uint64_t)user, (uint64_t)i, 11) % 101);
    many_put(m,
             "\"id\":%lld,\"user_id\":%lld,\"assignment_id\":%lld,\"attempt\":%d,"
             "\"score\":%d,\"grade\":\"%d\",\"submitted_at\":\"%s\",\"graded_at\":\"%s\","
             "\"posted_at\":\"%s\",\"workflow_state\":\"graded\",\"excused\":false,"
             "\"late\":false,\"missing\":false",
             (long long)(user * 10 + i), (long long)user, many_cm(course, i), nth, score,
             score, iso(at), iso(at), iso(at));
    if (!history || !quiz)
        return;
    many_put(m, ",\"submission_data\":[");
    for (int s = 1; s <= MANY_SLOTS; s++) {
        int right = many_mark(user, i, nth, s);
        many_put(m, "%s{\"correct\":%s,\"points\":%d,\"question_id\":%d,\"text\":\"4\"}",
                 s > 1 ? "," : "", right ? "true" : "false", right, s);
    }
    many_put(m, "]");
}

static void submission(struct many *m, int64_t course, int64_t user, int i, int first)
{
    int n = many_attempts(m, user, i);
    many_put(m, "%s{", first ? "" : ",");
    attempt(m, course, user, i, n, 0);
    many_put(m, ",\"submission_history\":[");
    for (int k = 1; k <= n; k++) {
        many_put(m, "%s{", k > 1 ? "," : "");
        attempt(m, course, user, i, k, 1);
        many_put(m, "}");
    }
    many_put(m, "]}");
}

/* Assignment by assignment; with a time only what changed since. 1: there is more. */
static int submissions(struct many *m, int64_t course, int64_t page, int64_t since)
{
    int64_t seen = 0, from = page * PAGE;
    int first = 1;
    many_put(m, "[");
    for (int i = 0; i < MANY_ITEMS; i++)
        for (int p = 1; p <= m->people; p++) {
            int64_t user = course * MANY_USERS + p;
            int none =
                i >= MANY_QUIZ_N && many_mix((uint64_t)user, (uint64_t)i, 9) % 5 == 0;
            if (none || (since > 0 && (i > 0 || !many_changed_since(m, user, since))))
                continue;
            if (seen++ < from)
                continue;
            if (seen > from + PAGE) {
                many_put(m, "]");
                return 1;
            }
            submission(m, course, user, i, first);
            first = 0;
        }
    many_put(m, "]");
    return 0;
}

static void permissions(struct many *m, const char *path)
{
    int first = 1;
    many_put(m, "{");
    for (const char *p = path; (p = strstr(p, "permissions[]=")) != NULL;) {
        p += 14;
        many_put(m, "%s\"%.*s\":true", first ? "" : ",", (int)strcspn(p, "&"), p);
        first = 0;
    }
    many_put(m, "}");
}

void many_canvas(struct many *m, const char *path)
{
    char link[1400] = "";
    int64_t course = strncmp(path, API, strlen(API)) == 0 ? atoll(path + strlen(API)) : 0;
    int64_t page = many_field(path, "page") > 0 ? many_field(path, "page") - 1 : 0;
    int64_t since = iso_field(path, "submitted_since");
    const char *rest = course > 0 ? strchr(path + strlen(API), '/') : NULL;
    rest = rest == NULL ? "" : rest;
    if (since == 0)
        since = iso_field(path, "graded_since");
    if (strstr(path, "/users/self") != NULL) {
        many_put(m, "{\"id\":1,\"name\":\"Reader\"}");
    } else if (strncmp(path, "/api/v1/courses?", 16) == 0) {
        many_put(m, "[{\"id\":1,\"name\":\"Course 1\"}]");
    } else if (strncmp(rest, "/permissions", 12) == 0) {
        permissions(m, path);
    } else if (strncmp(rest, "/assignments", 12) == 0) {
        assignments(m, course);
    } else if (strncmp(rest, "/modules", 8) == 0) {
        modules(m, course);
    } else if (strncmp(rest, "/enrollments", 12) == 0) {
        enrollments(m, course, page);
        if ((page + 1) * PAGE <= m->people)
            next_link(m, link, sizeof link, path, page + 2);
    } else if (strncmp(rest, "/students/submissions", 21) == 0) {
        if (submissions(m, course, page, since))
            next_link(m, link, sizeof link, path, page + 2);
    } else if (strncmp(rest, "/quizzes/", 9) == 0) {
        many_put(m, "[");
        for (int s = 1; s <= MANY_SLOTS; s++)
            many_put(m, "%s{\"id\":%d,\"points_possible\":1}", s > 1 ? "," : "", s);
        many_put(m, "]");
    } else {
        many_put(m, "[]");
    }
    many_done(m, 200, "application/json; charset=utf-8", link);
}
