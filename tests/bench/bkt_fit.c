/* How long a fit of knowledge tracing takes: rows "student skill right" on standard
 * input, students together, numbers from 0; prints one line of JSON. Also what one online
 * update costs. bkt.py runs it beside pyBKT. */
#include "engine/bkt.h"
#include "engine/spread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static struct answer *read_rows(struct answers *in)
{
    size_t cap = 1 << 16;
    struct answer *rows = calloc(cap, sizeof(*rows));
    int student, skill, right;
    while (rows != NULL && scanf("%d %d %d", &student, &skill, &right) == 3) {
        if (in->n == cap) {
            cap *= 2;
            rows = realloc(rows, cap * sizeof(*rows));
            if (rows == NULL) {
                break;
            }
        }
        rows[in->n++] = (struct answer){
            .student = student, .item = -1, .skill = skill, .right = right != 0};
        in->student_n = student >= in->student_n ? student + 1 : in->student_n;
        in->skill_n = skill >= in->skill_n ? skill + 1 : in->skill_n;
    }
    in->rows = rows;
    return rows;
}

/* Nanoseconds of one answer: p alone, and p with its interval's draws. */
static void time_updates(const struct bkt_skill *k, double *p_ns, double *both_ns)
{
    enum { TIMES = 200000, MANY = 64 };
    struct mastery_rule r = {.bkt = k->bkt, .limits = skill_limits_default()};
    struct spread s;
    struct spread_state st;
    struct mastery m;
    spread_make(&r.bkt, &k->belief, bkt_reach(r.limits.p_mastered), &s);
    spread_start(&s, &st);
    mastery_start(&r, &m);
    for (int pass = 0; pass < 2; pass++) {
        double start = seconds();
        for (int i = 0; i < TIMES; i++) {
            struct mastery_obs o = {.at_ms = i / MANY + 1,
                                    .share = (i * 7 / 3) % 3 != 0 ? 1.0 : 0.0,
                                    .weight = 1.0,
                                    .kind = EV_ANSWER};
            mastery_add(&r, &m, &o);
            if (pass == 1) {
                spread_add(&s, &st, &o);
            }
        }
        *(pass == 0 ? p_ns : both_ns) = (seconds() - start) * 1e9 / TIMES;
    }
    if (m.p < 0.0 || st.weight[0] < 0.0) {
        abort(); /* so that nothing above is left out */
    }
}

int main(void)
{
    struct answers in = {.n = 0};
    struct bkt_model fit;
    struct arena *a = arena_new((size_t)1 << 30);
    double p_ns = 0.0;
    double both_ns = 0.0;
    struct answer *rows = read_rows(&in);
    if (in.n == 0) {
        fprintf(stderr, "bkt_fit: no rows\n");
        return 2;
    }
    double start = seconds();
    bkt_fit(a, &in, &(struct bkt_opts){0}, &fit);
    double took = seconds() - start;
    int own = 0;
    for (size_t i = 0; i < fit.skill_n; i++) {
        own += fit.skills[i].origin == BKT_FITTED ? 1 : 0;
    }
    time_updates(&fit.skills[0], &p_ns, &both_ns);
    printf("{\"rows\": %zu, \"skills\": %zu, \"own\": %d, \"seconds\": %.6f, "
           "\"update_ns\": %.1f, \"with_interval_ns\": %.1f}\n",
           in.n, fit.skill_n, own, took, p_ns, both_ns);
    arena_free(a);
    free(rows);
    return 0;
}
