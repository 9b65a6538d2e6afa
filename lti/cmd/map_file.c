#include "cmd/map_file.h"

#include "engine/mapdoc.h"
#include "learn/caseout.h"
#include "learn/maptable.h"

#include <string.h>

#define SHOWN_MAX 50

static void say_all(struct cmd_ctx *c, const struct str *v, size_t n)
{
    for (size_t i = 0; i < n && i < SHOWN_MAX; i++)
        fprintf(stderr, "  %.*s\n", STR_ARG(cmd_shown(c->a, v[i])));
    if (n > SHOWN_MAX)
        fprintf(stderr, "  and %zu more\n", n - SHOWN_MAX);
}

/* "ccssm-k8" of "/data/CCSSM k8.csv". */
static struct str name_of(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct str s = str_lower(a, str_c(slash != NULL ? slash + 1 : path));
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < 60 && s.p[i] != '.'; i++) {
        bool plain = (s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9');
        if (plain || n > 0)
            p[n++] = plain ? s.p[i] : '-';
    }
    return n > 0 ? (struct str){p, n} : STR("table");
}

static int read_table(struct cmd_ctx *c, const char *path, struct str text,
                      const struct map_file_opt *o, const struct skill_map *before,
                      struct str *document)
{
    struct err e = {0};
    struct mapcsv t;
    struct maptable_plan plan;
    struct str name = before == NULL ? name_of(c->a, path) : STR_EMPTY;
    struct maptable_opt how = {.code = o->code != NULL ? str_c(o->code) : name,
                               .title = o->title != NULL ? str_c(o->title) : name,
                               .leave_out_circles = o->leave_out_circles};
    if (mapcsv_read(c->a, text, &t, &e) != 0)
        return cmd_fail(&e);
    maptable_plan(c->a, &t, before, &how, &plan);
    if (plan.problems_n > 0) {
        fprintf(stderr, "The table cannot be used:\n");
        say_all(c, plan.problems, plan.problems_n);
        return CMD_FAILED;
    }
    if (plan.left_out_n > 0) {
        fprintf(stderr, "Left out, because they close a circle: %zu\n", plan.left_out_n);
        say_all(c, plan.left_out, plan.left_out_n);
    }
    *document = plan.document;
    return CMD_OK;
}

int map_file_read(struct cmd_ctx *c, const char *path, const struct map_file_opt *o,
                  const struct skill_map *before, struct str *document)
{
    struct err e = {0};
    struct str text;
    if (cmd_read_file(c->a, path, MAPCSV_MAX_BYTES, &text, &e) != 0)
        return cmd_fail(&e);
    struct str start =
        str_trim(str_starts(text, STR("\xef\xbb\xbf")) ? str_sub(text, 3, text.n) : text);
    bool json = start.n == 0 || start.p[0] == '{' || start.p[0] == '[';
    if (!json || str_ends(str_c(path), STR(".csv")))
        return read_table(c, path, text, o, before, document);
    *document = text;
    return CMD_OK;
}

bool map_file_is_form(const char *form)
{
    return strcmp(form, "json") == 0 || strcmp(form, "csv") == 0 ||
           strcmp(form, "edges") == 0 || strcmp(form, "case") == 0;
}

static struct str as_case(struct cmd_ctx *c, const struct skill_map *m,
                          int64_t changed_ms)
{
    struct caseout out;
    struct str text = caseout_write(c->a, m, changed_ms, &out);
    if (out.notes_n > 0)
        fprintf(stderr, "CASE has no words for everything:\n");
    say_all(c, out.notes, out.notes_n);
    return text;
}

int map_file_write(struct cmd_ctx *c, struct str document, const char *form,
                   int64_t changed_ms)
{
    struct err e = {0};
    struct str text = document;
    bool table = strcmp(form, "csv") == 0 || strcmp(form, "edges") == 0;
    struct skill_map *m = mapdoc_parse(c->a, document, NULL, &e);
    if (m == NULL)
        return cmd_fail(&e);
    if (table) {
        struct mapcsv t;
        maptable_of(c->a, m, &t);
        text = mapcsv_write(c->a, &t, strcmp(form, "edges") == 0);
    } else if (strcmp(form, "case") == 0) {
        text = as_case(c, m, changed_ms);
    } else {
        text = mapdoc_write(c->a, m);
    }
    fwrite(text.p, 1, text.n, stdout);
    if (!table)
        fputc('\n', stdout);
    return CMD_OK;
}
