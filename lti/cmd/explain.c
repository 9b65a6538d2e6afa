/* waymark explain: why a person's states are what they are, and what would change them,
 * worked out again from the ledger as of their time. Names nobody. */
#include "cmd/cmd.h"

#include "engine/flipset.h"
#include "learn/explainrun.h"
#include "learn/learn.h"

struct explain {
    struct cmd_ctx *c;
    struct learn l;
    int64_t person_id;
    struct str code; /* empty: all that is worth a word */
    struct explainrun run;
    struct state stored;
    struct flipset set;
    size_t different;
    struct js *list; /* for --json, or NULL */
};

static const struct state_skill *stored_of(const struct explain *x, struct str code)
{
    for (size_t i = 0; i < x->stored.skills_n; i++)
        if (str_eq(x->stored.skills[i].skill_code, code))
            return &x->stored.skills[i];
    return NULL;
}

static const struct ev *row_of(const struct explain *x, int64_t id)
{
    for (size_t i = 0; i < x->run.out.counted.row_n; i++)
        if (x->run.out.counted.rows[i].id == id)
            return &x->run.out.counted.rows[i];
    return NULL;
}

static struct str title_of(const struct explain *x, int64_t activity_id)
{
    const struct engine_parts *p = &x->run.m.parts;
    for (size_t i = 0; i < p->activity_n; i++)
        if (p->activities[i].id == activity_id)
            return p->activities[i].title;
    return STR("the teacher's judgement");
}

static void say_add(const struct explain *x, const struct flip *f, size_t i, size_t n)
{
    const struct flip_add *a = &f->adds[i];
    printf("%s%zu new", i > 0 ? " + " : "", n);
    if (a->scored)
        printf(" of %.0f %%", 100.0 * a->share);
    printf(" in \"%.*s\"", STR_ARG(cmd_shown(x->c->a, title_of(x, a->activity_id))));
    if (a->activity_id != 0 && a->item.n > 0)
        printf(" question %.*s", STR_ARG(cmd_shown(x->c->a, a->item)));
}

static void say_change(const struct explain *x, const char *what, const struct flip *f)
{
    if (!f->found)
        return;
    printf("  %-9s", what);
    for (size_t i = 0; i < f->add_n;) {
        size_t n = 1;
        while (i + n < f->add_n && f->adds[i + n].activity_id == f->adds[i].activity_id &&
               str_eq(f->adds[i + n].item, f->adds[i].item) &&
               f->adds[i + n].skill == f->adds[i].skill)
            n++;
        say_add(x, f, i, n);
        i += n;
    }
    for (size_t i = 0; i < f->edit_n; i++)
        printf("%srow %lld %.0f %% instead of %.0f %%", i + f->add_n > 0 ? " + " : "",
               (long long)f->edits[i].id, 100.0 * f->share, 100.0 * f->edits[i].was);
    if (f->add_n > 0 && (f->days > 1 || f->first > 0))
        printf(", on %d day(s), the first %s", f->days,
               f->first > 0 ? "another day" : "today");
    printf("%s\n", f->least ? "" : " (perhaps less)");
}

static void say_rows(const struct explain *x, const struct engine_skill *s)
{
    for (size_t i = 0; i < s->id_n; i++) {
        const struct ev *r = row_of(x, s->ids[i]);
        if (r != NULL)
            printf("  row %lld  %.*s  %3.0f %%  weight %.2f  %.*s  \"%.*s\"\n",
                   (long long)s->ids[i], STR_ARG(cmd_time(x->c->a, r->observed_ms)),
                   100.0 * s->obs[i].share, s->obs[i].weight, STR_ARG(r->source_kind),
                   STR_ARG(cmd_shown(x->c->a, title_of(x, r->activity_id))));
    }
}

static void put_json(struct explain *x, int32_t at, const struct flipset_more *more)
{
    struct arena *a = x->c->a;
    const struct skill_map *m = x->run.m.map;
    const struct engine_skill *s = &x->run.out.skills[at];
    const struct state_skill *kept = stored_of(x, m->skills[at].code);
    const struct flipset_skill *f = &x->set.skills[at];
    const struct {
        const char *key;
        const struct flip *flip;
    } changes[] = {{"mastered", &f->mastered}, {"open", &f->open},
                   {"next", &more->next},      {"less", &more->less},
                   {"open_less", &more->open}, {"down", &more->down}};
    struct js *o = js_object(a), *ids = js_array(a), *all = js_object(a);
    js_set_str(o, "skill", m->skills[at].code);
    js_set_str(o, "word", str_c(mastery_word_name(s->word)));
    js_set_str(o, "stored", kept != NULL ? kept->word : STR_EMPTY);
    js_set_num(o, "p", s->p);
    js_set_num(o, "p_low", s->p_low);
    js_set_num(o, "p_high", s->p_high);
    js_set_bool(o, "ready", x->run.out.ready[at].ready);
    for (size_t i = 0; i < s->id_n; i++)
        js_push_i64(ids, s->ids[i]);
    js_set(o, "evidence", ids);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        struct str json = flipset_json(a, m, changes[i].flip, at);
        if (changes[i].flip->found)
            js_set(all, changes[i].key, js_parse(a, json, json.n, 8, NULL));
    }
    js_set(o, "changes", all);
    js_push(x->list, o);
}

static void say_skill(struct explain *x, int32_t at, const struct flipset_more *more)
{
    const struct skill *k = &x->run.m.map->skills[at];
    const struct engine_skill *s = &x->run.out.skills[at];
    const struct flipset_skill *f = &x->set.skills[at];
    printf("%.*s  %s  p %.3f (%.3f to %.3f)%s\n", STR_ARG(k->code),
           mastery_word_name(s->word), s->p, s->p_low, s->p_high,
           x->run.out.ready[at].ready ? "" : "  locked");
    say_rows(x, s);
    say_change(x, "opens", &f->open);
    say_change(x, "or", &more->open);
    say_change(x, "next", &more->next);
    say_change(x, "mastered", &f->mastered);
    say_change(x, "or", &more->less);
    say_change(x, "lowered", &more->down);
}

static void one(struct explain *x, int32_t at)
{
    const struct skill_map *m = x->run.m.map;
    const struct engine_skill *s = &x->run.out.skills[at];
    const struct state_skill *kept = stored_of(x, m->skills[at].code);
    struct flipset_more more;
    bool same = kept != NULL && str_is(kept->word, mastery_word_name(s->word));
    x->different += same ? 0 : 1;
    flipset_skill(x->run.flips, at, &more);
    if (x->list != NULL)
        put_json(x, at, &more);
    else
        say_skill(x, at, &more);
    if (!same)
        fprintf(stderr, "%.*s: stored is \"%.*s\"; `waymark replay` says more\n",
                STR_ARG(m->skills[at].code),
                STR_ARG(kept != NULL ? kept->word : STR("nothing")));
}

static int show(struct explain *x, struct err *e)
{
    struct learn *l = &x->l;
    int found = explainrun_of(l, l->db, x->person_id, &x->run, e);
    if (found < 0 || state_read(l->db, l->a, l->tenant_id, l->course_id, x->person_id,
                                &x->stored, e) < 0)
        return cmd_fail(e);
    if (found == 0) {
        fprintf(stderr, "waymark explain: nothing was worked out for person %lld\n",
                (long long)x->person_id);
        return CMD_FAILED;
    }
    const struct skill_map *m = x->run.m.map;
    int32_t only = x->code.n > 0 ? skill_find(m, x->code) : -1;
    if (x->code.n > 0 && only < 0) {
        fprintf(stderr, "waymark explain: the map has no skill %.*s\n", STR_ARG(x->code));
        return CMD_FAILED;
    }
    if (x->run.stale)
        fprintf(stderr, "The catalogue changed since; the states are worked out again "
                        "soon.\n");
    flipset_all(x->run.flips, true, &x->set);
    for (int32_t i = 0; i < (int32_t)m->skill_n; i++)
        if (only < 0 || i == only)
            one(x, i);
    for (size_t i = 0; only < 0 && x->list == NULL && i < x->run.out.flag_n; i++) {
        const struct risk_flag *f = &x->run.out.flags[i];
        printf("flag %.*s  %s\n", STR_ARG(x->run.m.rules.rules[f->rule].id),
               risk_level_name(f->level));
        say_change(x, "gone", &x->set.flags[i]);
    }
    return x->different > 0 && !x->run.stale ? CMD_FAILED : CMD_OK;
}

int cmd_explain(const struct cmd *self, int argc, char **argv)
{
    const char *path = NULL, *skill = NULL;
    int64_t course = 0;
    struct explain x = {0};
    bool json = false;
    const struct arg table[] = {
        {"-c", "FILE", ARG_TEXT, &path, false, "the configuration file"},
        {"--course", "ID", ARG_INT, &course, false, "the course (needed)"},
        {"--person", "ID", ARG_INT, &x.person_id, false, "the person (needed)"},
        {"--skill", "CODE", ARG_TEXT, &skill, false, "this skill alone"},
        {"--json", NULL, ARG_FLAG, &json, false, "for programs"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 0);
    if (rc != 0)
        return cmd_args_status(rc);
    if (course == 0 || x.person_id == 0) {
        fprintf(stderr, "waymark explain: --course ID and --person ID are needed\n");
        return CMD_USAGE;
    }
    struct cmd_ctx c = {0};
    struct err e = {0};
    int status = cmd_open(&c, path, CMD_KEYS) == 0 ? CMD_OK : CMD_FAILED;
    if (status == CMD_OK)
        status = cmd_at_course(&c, "explain", course, &x.l);
    if (status == CMD_OK) {
        x.c = &c;
        x.code = skill != NULL ? str_c(skill) : STR_EMPTY;
        x.list = json ? js_array(c.a) : NULL;
        status = show(&x, &e);
        if (json && x.stored.map_id != 0)
            cmd_print_json(c.a, x.list);
    }
    cmd_close(&c);
    return status;
}
