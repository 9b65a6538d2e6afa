#include "msg/record.h"

#include "base/crypt.h"
#include "base/iso.h"

void record_who(struct record *r, enum who_by by, struct str value, bool at_home)
{
    if (value.n > 0 && value.n <= 1024 && r->name_n < RECORD_NAMES_MAX)
        r->name[r->name_n++] = (struct record_name){by, value, at_home};
}

void record_thing(struct record *r, struct str id, struct str title, struct str kind,
                  bool is_object)
{
    static const char *const canvas[][2] = {{"assignment", "canvas-assignment"},
                                            {"quiz", "canvas-quiz"},
                                            {"quizzes:quiz", "canvas-quiz"}};
    struct record_thing t = {id, title, kind, STR_EMPTY, STR_EMPTY, is_object};
    if (id.n == 0 || id.n > 1024 || r->thing_n == RECORD_THINGS_MAX)
        return;
    for (size_t i = 0; i < sizeof canvas / sizeof *canvas && t.alias.n == 0; i++) {
        t.alias = record_canvas(id, canvas[i][0]);
        t.alias_kind = str_c(canvas[i][1]);
    }
    r->thing[r->thing_n++] = t;
}

void record_course(struct record *r, struct str id)
{
    if (id.n > 0 && id.n <= 1024 && r->course_n < RECORD_COURSES_MAX)
        r->course[r->course_n++] = id;
}

struct str record_host(struct arena *a, struct str url)
{
    struct str rest, host, tail;
    size_t at = str_find(url, STR("://"), 0);
    if (at == SIZE_MAX)
        return STR_EMPTY;
    rest = str_sub(url, at + 3, url.n);
    str_cut(rest, '/', &host, &tail);
    str_cut(host, '?', &host, &tail);
    str_cut(host, '#', &host, &tail);
    if (str_cut(host, '@', &tail, &rest))
        return STR_EMPTY; /* names in front of a host only mislead */
    str_cut(host, ':', &host, &tail);
    return str_lower(a, host);
}

struct str record_canvas(struct str id, const char *kind)
{
    struct str prefix = STR("urn:instructure:canvas:"), n = STR_EMPTY;
    size_t at = 0;
    if (str_starts(id, prefix))
        id = str_sub(id, prefix.n, id.n);
    else
        return n;
    if (!str_starts(id, str_c(kind)) || id.n <= str_c(kind).n ||
        id.p[str_c(kind).n] != ':')
        return n;
    n = str_sub(id, str_c(kind).n + 1, id.n);
    for (size_t i = 0; i < n.n; i++)
        if (n.p[i] < '0' || n.p[i] > '9')
            return STR_EMPTY;
    if (n.n <= 13)
        return n;
    for (at = n.n - 13; at + 1 < n.n && n.p[at] == '0';)
        at++;
    return str_sub(n, at, n.n);
}

struct str record_key(struct arena *a, struct str text)
{
    if (text.n <= RECORD_ITEM_MAX)
        return text;
    struct str hash = crypt_digest(a, text);
    return str_fmt(a, "sha256:%.*s", STR_ARG(hash));
}

struct str record_item(struct arena *a, struct str id)
{
    static const char *const marks[] = {
        "#", "#q", "#slot", "slot=", "slot/", "slot-", "slot:", "slot_"};
    size_t at = id.n;
    while (at > 0 && id.n - at < 4 && id.p[at - 1] >= '0' && id.p[at - 1] <= '9')
        at--;
    for (size_t i = 0; at < id.n && i < sizeof marks / sizeof *marks; i++)
        if (str_ends(str_sub(id, 0, at), str_c(marks[i])))
            return str_sub(id, at, id.n);
    return record_key(a, id);
}

struct str record_day(struct arena *a, const struct record *r, int64_t at_ms)
{
    struct str day = str_sub(iso_format(a, at_ms), 0, 10);
    if (r->what == RECORD_ANSWER || !r->has_score)
        return day;
    return str_fmt(a, "%.*s %.4f", STR_ARG(day), r->score / r->maximum);
}

struct choice {
    struct str text;
    bool english;
};

static int look(void *ctx, struct str key, struct js *val)
{
    struct choice *c = ctx;
    bool english = str_starts(key, STR("en"));
    struct str t;
    if (js_str(val, &t) && t.n > 0 && (c->text.n == 0 || (english && !c->english))) {
        c->text = t;
        c->english = english;
    }
    return 0;
}

struct str record_text(const struct js *languages)
{
    struct choice c = {.text = STR_EMPTY};
    js_each(languages, look, &c);
    return c.text;
}

struct str record_kind(struct str type)
{
    static const char *const table[][2] = {{"quiz", "quiz"},
                                           {"assessment", "quiz"},
                                           {"Assessment", "quiz"},
                                           {"assignment", "assign"},
                                           {"assign", "assign"},
                                           {"forum", "forum"},
                                           {"Forum", "forum"},
                                           {"page", "page"},
                                           {"AssignableDigitalResource", ""}};
    size_t at = type.n;
    while (at > 0 && type.p[at - 1] != '/' && type.p[at - 1] != '#')
        at--;
    struct str word = str_sub(type, at, type.n);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (str_is(word, table[i][0]))
            return str_c(table[i][1]);
    return STR_EMPTY;
}
