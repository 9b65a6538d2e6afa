#include "learn/trialarm.h"

#include "base/js.h"

#define FACTS_N 4096

/* By enum recommend_lead; the closed list of expdoc.c. */
static const char *const leads[] = {"usual", "content", "prerequisite", "collaborative",
                                    "variety"};
#define LEADS_N (sizeof(leads) / sizeof(leads[0]))

struct str trialarm_facts(struct arena *a, const struct experiment_plan *p,
                          const double *shares, int32_t arm)
{
    struct js *o = js_object(a), *list = js_array(a);
    for (int32_t i = 0; i < p->arm_n; i++) {
        struct js *one = js_object(a);
        js_set_str(one, "code", p->arms[i].code);
        js_set_str(one, "setting", p->arms[i].setting);
        js_set_num(one, "share", shares[i]);
        js_push(list, one);
    }
    js_set(o, "arms", list);
    js_set_i64(o, "arm", arm);
    return js_dump(a, o);
}

/* The newest word about experiments, or NULL: nothing is in force. */
static const struct decision *newest(const struct decision *rows, size_t n,
                                     int64_t as_of_ms)
{
    const struct decision *last = NULL;
    bool out = false;
    for (size_t i = 0; i < n; i++) {
        const struct decision *d = &rows[i];
        if (d->at_ms > as_of_ms || !str_starts(d->kind, STR("experiment")))
            continue;
        if (str_is(d->kind, "experiment"))
            last = d;
        else if (str_is(d->kind, "experiment_end"))
            last = NULL;
        else
            out = str_is(d->kind, "experiment_out");
    }
    bool over = last != NULL && last->until_ms != 0 && last->until_ms <= as_of_ms;
    return out || over ? NULL : last;
}

static bool read_arm(const struct js *v, struct recommend_trial *t)
{
    struct str setting = js_text(v, "setting");
    size_t i = 0;
    while (i < LEADS_N && !str_is(setting, leads[i]))
        i++;
    if (i == LEADS_N || !js_num(js_get(v, "share"), &t->share[t->arm_n]))
        return false;
    t->lead[t->arm_n++] = (enum recommend_lead)i;
    return true;
}

const struct recommend_trial *trialarm_read(struct arena *a, const struct decision *rows,
                                            size_t n, int64_t as_of_ms, struct str *note)
{
    const struct decision *d = newest(rows, n, as_of_ms);
    *note = STR_EMPTY;
    if (d == NULL)
        return NULL;
    struct recommend_trial *t = ARENA_NEW(a, struct recommend_trial);
    struct js *facts = js_parse(a, d->facts, FACTS_N, 4, NULL);
    const struct js *list = js_get(facts, "arms");
    int64_t arm = -1;
    for (size_t i = 0; i < js_len(list) && i < RECOMMEND_ARMS; i++)
        if (!read_arm(js_at(list, i), t))
            return NULL; /* a setting of another version: what is usual stands */
    if (!js_i64(js_get(facts, "arm"), &arm) || arm < 0 || arm >= t->arm_n)
        return NULL;
    t->arm = (int32_t)arm;
    struct js *o = js_object(a);
    js_set_str(o, "arm",
               str_fmt(a, "%.*s/%.*s", STR_ARG(d->subject),
                       STR_ARG(js_text(js_at(list, (size_t)arm), "code"))));
    js_set_num(o, "share", t->share[arm]);
    *note = js_dump(a, o);
    return t;
}
