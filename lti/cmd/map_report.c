#include "cmd/map_report.h"

#include "learn/mapping.h"

#include <string.h>

struct opt {
    const char *path;
    int64_t course;
    bool json;
    bool csv;
};

bool map_report_is(const char *word)
{
    return strcmp(word, "coverage") == 0 || strcmp(word, "ties") == 0;
}

/* --- coverage
 * --------------------------------------------------------------------------- */

static double share(size_t n, size_t of)
{
    return of > 0 ? (double)n / (double)of : 0;
}

static struct js *skill_list(struct arena *a, const struct coverage *k, size_t from,
                             size_t least)
{
    struct js *list = js_array(a);
    for (size_t i = 0; i < k->skills; i++) {
        const struct coverage_skill *s = &k->by_skill[i];
        if (s->items < from || s->items >= least)
            continue;
        struct js *o = js_object(a);
        js_set_str(o, "code", k->map->skills[i].code);
        js_set_str(o, "title", k->map->skills[i].title);
        js_set_i64(o, "activities", (int64_t)s->activities);
        js_set_i64(o, "items", (int64_t)s->items);
        js_push(list, o);
    }
    return list;
}

static void coverage_json(struct arena *a, const struct coverage *k)
{
    struct js *o = js_object(a);
    js_set_i64(o, "activities", (int64_t)k->activities);
    js_set_i64(o, "activities_tied", (int64_t)k->tied);
    js_set_num(o, "activities_share", share(k->tied, k->activities));
    js_set_i64(o, "skills", (int64_t)k->skills);
    js_set_i64(o, "skills_with_activity", (int64_t)k->with_activity);
    js_set_num(o, "skills_share", share(k->with_activity, k->skills));
    js_set_i64(o, "skills_with_items", (int64_t)k->with_items);
    js_set_num(o, "items_share", share(k->with_items, k->skills));
    js_set(o, "nobody_can_show", skill_list(a, k, 0, 1));
    js_set(o, "few_items", skill_list(a, k, 1, COVERAGE_ITEMS));
    cmd_print_json(a, o);
}

static void name_skills(struct arena *a, const struct coverage *k, size_t from,
                        size_t least, const char *heading)
{
    bool first = true;
    for (size_t i = 0; i < k->skills; i++) {
        if (k->by_skill[i].items < from || k->by_skill[i].items >= least)
            continue;
        if (first)
            printf("%s\n", heading);
        first = false;
        struct str title = cmd_shown(a, k->map->skills[i].title);
        printf("  %.*s  %.*s (%zu)\n", STR_ARG(k->map->skills[i].code), STR_ARG(title),
               k->by_skill[i].items);
    }
}

static int coverage(struct cmd_ctx *c, struct learn *l, const struct opt *o)
{
    struct coverage k;
    struct err e = {0};
    if (coverage_read(l, &k, &e) != 0)
        return cmd_fail(&e);
    if (o->json) {
        coverage_json(c->a, &k);
        return CMD_OK;
    }
    printf("%zu of %zu activities tell about a skill (%.0f %%).\n", k.tied, k.activities,
           100 * share(k.tied, k.activities));
    printf("%zu of %zu skills have an activity (%.0f %%).\n", k.with_activity, k.skills,
           100 * share(k.with_activity, k.skills));
    printf("%zu of %zu skills have %d or more scored questions or tasks (%.0f %%).\n",
           k.with_items, k.skills, COVERAGE_ITEMS, 100 * share(k.with_items, k.skills));
    name_skills(c->a, &k, 0, 1, "Nobody can show:");
    name_skills(c->a, &k, 1, COVERAGE_ITEMS, "Fewer scored questions or tasks:");
    return CMD_OK;
}

/* --- ties
 * ------------------------------------------------------------------------------- */

static const char *said_by(const struct mapping_tie *t)
{
    return !t->chosen ? "map" : t->by_tag ? "tag" : t->by.n > 0 ? "person" : "command";
}

static void ties_json(struct arena *a, const struct mapping *m)
{
    struct js *list = js_array(a);
    for (size_t i = 0; i < m->rows_n; i++) {
        const struct mapping_row *row = &m->rows[i];
        struct js *o = js_object(a), *ties = js_array(a);
        js_set_i64(o, "activity", row->activity->activity_id);
        js_set_str(o, "title", row->activity->title);
        js_set_str(o, "kind", row->activity->kind);
        js_set_str(o, "url", row->activity->url);
        for (size_t k = 0; k < row->ties_n; k++) {
            struct js *t = js_object(a);
            js_set_str(t, "item", row->ties[k].item);
            js_set_str(t, "skill", row->ties[k].skill->code);
            js_set_num(t, "weight", row->ties[k].weight);
            js_set_str(t, "by", str_c(said_by(&row->ties[k])));
            js_push(ties, t);
        }
        js_set(o, "ties", ties);
        js_push(list, o);
    }
    cmd_print_json(a, list);
}

/* Quoted always; what a spreadsheet would take for a formula gets an apostrophe. */
static void cell(struct arena *a, struct str s, bool last)
{
    s = cmd_shown(a, s);
    fputc('"', stdout);
    if (s.n > 0 && strchr("=+-@", s.p[0]) != NULL)
        fputc('\'', stdout);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            fputc('"', stdout);
        fputc(s.p[i], stdout);
    }
    fputs(last ? "\"\r\n" : "\",", stdout);
}

static void ties_csv(struct arena *a, const struct mapping *m)
{
    fputs("activity,kind,question,skill,skill_title,weight,by\r\n", stdout);
    for (size_t i = 0; i < m->rows_n; i++) {
        const struct mapping_row *row = &m->rows[i];
        for (size_t k = 0; k < row->ties_n; k++) {
            const struct mapping_tie *t = &row->ties[k];
            cell(a, row->activity->title, false);
            cell(a, row->activity->kind, false);
            cell(a, t->item, false);
            cell(a, t->skill->code, false);
            cell(a, t->skill->title, false);
            cell(a, str_fmt(a, "%g", t->weight), false);
            cell(a, str_c(said_by(t)), true);
        }
    }
}

static void ties_text(struct arena *a, const struct mapping *m)
{
    for (size_t i = 0; i < m->rows_n; i++) {
        const struct mapping_row *row = &m->rows[i];
        struct str title = cmd_shown(a, row->activity->title);
        printf("%.*s%s\n", STR_ARG(title), row->ties_n == 0 ? ": no skill" : "");
        for (size_t k = 0; k < row->ties_n; k++) {
            const struct mapping_tie *t = &row->ties[k];
            struct str item = cmd_shown(a, t->item);
            printf("  %s%.*s%s%.*s  %g  by %s\n", item.n > 0 ? "question " : "",
                   STR_ARG(item), item.n > 0 ? ": " : "", STR_ARG(t->skill->code),
                   t->weight, said_by(t));
        }
    }
}

static int ties(struct cmd_ctx *c, struct learn *l, const struct opt *o)
{
    struct mapping m;
    struct err e = {0};
    struct mapping_ask ask = {.show = MAPPING_ALL, .per_page = SIZE_MAX};
    if (mapping_read(l, &ask, &m, &e) != 0)
        return cmd_fail(&e);
    (o->json ? ties_json : o->csv ? ties_csv : ties_text)(c->a, &m);
    return CMD_OK;
}

static int run(struct cmd_ctx *c, const char *word, const struct opt *o)
{
    struct learn l;
    int status = cmd_at_course(c, "map", o->course, &l);
    if (status != CMD_OK)
        return status;
    return (strcmp(word, "ties") == 0 ? ties : coverage)(c, &l, o);
}

int map_report(const struct cmd *map, int argc, char **argv)
{
    struct opt o = {0};
    const char *word = argv[0];
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &o.path, false, "the configuration file"},
        {"--course", "ID", ARG_INT, &o.course, true, "the course (waymark course list)"},
        {"--json", NULL, ARG_FLAG, &o.json, false, "for programs"},
        {"--csv", NULL, ARG_FLAG, &o.csv, false, "for spreadsheets (ties)"},
    };
    static const char examples[] = "  waymark map coverage --course 7\n"
                                   "  waymark map ties --course 7 --csv > ties.csv\n";
    bool is_ties = strcmp(word, "ties") == 0;
    const struct cmd self = {is_ties ? "map ties" : "map coverage",
                             is_ties ? "list which activity tells about which skill"
                                     : "say how much of the map the activities cover",
                             is_ties ? "--course ID [--json|--csv]"
                                     : "--course ID [--json]",
                             examples, map->run};
    struct arg_list rest;
    int rc = cmd_args(&self, argc - 1, argv + 1, table, sizeof table / sizeof *table,
                      &rest, 0);
    if (rc != 0)
        return cmd_args_status(rc);
    if ((o.json && o.csv) || (o.csv && !is_ties)) {
        fprintf(stderr, "waymark %s: say %s\n", self.name, self.usage);
        return CMD_USAGE;
    }
    struct cmd_ctx c = {0};
    int status = CMD_FAILED;
    if (cmd_open(&c, o.path, CMD_KEYS) == 0)
        status = run(&c, word, &o);
    cmd_close(&c);
    return status;
}
