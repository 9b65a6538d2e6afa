#include "cmd/eval_recommend.h"

#include "learn/evalrec.h"

#include <time.h>

#define ARENA_MAX ((size_t)12 << 30)

static int64_t read_us(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t now_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

static int64_t cpu_us(void)
{
    return read_us(CLOCK_PROCESS_CPUTIME_ID);
}

static struct js *weights_json(struct arena *a, const struct evalrec_result *r)
{
    struct js *o = js_object(a);
    for (int i = 0; i < EVALREC_PARTS; i++)
        js_set_num(o, evalrec_part_name(i), r->weight[i]);
    return o;
}

static void print_json(struct arena *a, const struct evalrec_result *r, bool weights)
{
    struct js *o = js_object(a);
    js_set_num(o, "hr5", r->hr5);
    js_set_num(o, "hr10", r->hr10);
    js_set_num(o, "ndcg10", r->ndcg10);
    js_set_num(o, "mrr", r->mrr);
    js_set_num(o, "coverage", r->coverage);
    js_set_num(o, "us_per_query", r->us_per_query);
    js_set_num(o, "broken_prerequisites", r->broken_prerequisites);
    js_set_i64(o, "queries", (int64_t)r->queries);
    js_set_i64(o, "items", (int64_t)r->items);
    js_set_i64(o, "train_students", (int64_t)r->train_students);
    js_set_i64(o, "train_rows", (int64_t)r->train_rows);
    js_set_num(o, "fit_seconds", r->fit_seconds);
    js_set_num(o, "blend_seconds", r->blend_seconds);
    if (weights) {
        js_set(o, "weights", weights_json(a, r));
        js_set_num(o, "held_out_log_loss", r->blend.log_loss);
        js_set_i64(o, "held_out_choices", (int64_t)r->blend.choices);
    }
    cmd_print_json(a, o);
}

static void print_text(const struct evalrec_result *r, bool weights)
{
    printf("TRAIN %zu students, %zu rows; %zu items, %zu queries\n", r->train_students,
           r->train_rows, r->items, r->queries);
    printf("HR@5 %.4f  HR@10 %.4f  NDCG@10 %.4f  MRR %.4f  coverage %.4f\n", r->hr5,
           r->hr10, r->ndcg10, r->mrr, r->coverage);
    printf("recommended against a hard prerequisite: %.6f\n", r->broken_prerequisites);
    printf("%.1f us/query; fit %.2f s, blend %.2f s\n", r->us_per_query, r->fit_seconds,
           r->blend_seconds);
    if (!weights)
        return;
    printf("weights, fitted to %zu choices of held-out TRAIN students (log loss %.4f):\n",
           r->blend.choices, r->blend.log_loss);
    for (int i = 0; i < EVALREC_PARTS; i++)
        printf("  %-12s %9.4f\n", evalrec_part_name(i), r->weight[i]);
}

/* The files by name; those not given stay empty. */
static int read_all(struct arena *a, const char *const paths[4], struct evalrec_in *in,
                    struct err *e)
{
    struct str *into[4] = {&in->rows, &in->queries, &in->prerequisites, &in->pairs};
    for (int i = 0; i < 4; i++)
        if (paths[i] != NULL &&
            cmd_read_file(a, paths[i], EVALREC_BYTES_MAX, into[i], e) != 0)
            return -1;
    return 0;
}

static int evaluate(const char *const paths[4], bool defaults, bool weights, bool json)
{
    struct err e = {0};
    struct arena *a = arena_new(ARENA_MAX);
    struct evalrec_in in = {.defaults = defaults, .now_us = now_us, .cpu_us = cpu_us};
    struct evalrec_result r;
    int rc = read_all(a, paths, &in, &e);
    rc = rc == 0 ? evalrec_run(a, &in, &r, &e) : rc;
    if (rc == 0 && json)
        print_json(a, &r, weights);
    else if (rc == 0)
        print_text(&r, weights);
    else
        fprintf(stderr, "waymark eval recommend: %s\n", e.text);
    arena_free(a);
    return rc == 0 ? CMD_OK : CMD_FAILED;
}

int eval_recommend(const struct cmd *self, int argc, char **argv)
{
    const char *paths[4] = {NULL};
    bool fit = false, defaults = false, json = false;
    const struct arg table[] = {
        {"--queries", "FILE", ARG_TEXT, &paths[1], true, "student,seq to foretell (CSV)"},
        {"--prerequisites", "FILE", ARG_TEXT, &paths[2], false, "skill,requires (CSV)"},
        {"--q", "FILE", ARG_TEXT, &paths[3], false, "item,skill pairs (CSV)"},
        {"--fit", NULL, ARG_FLAG, &fit, false,
         "show the weights of the scorers that were fitted inside TRAIN"},
        {"--default-weights", NULL, ARG_FLAG, &defaults, false,
         "do not fit the weights: take those of a course that has too few learners"},
        {"--json", NULL, ARG_FLAG, &json, false, "print JSON"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 1);
    if (rc != 0)
        return cmd_args_status(rc);
    if (rest.n != 1 || (fit && defaults)) {
        fprintf(stderr, "waymark eval recommend: say %s\n",
                rest.n != 1 ? "the FILE of items, or -"
                            : "either --fit or --default-weights");
        return CMD_USAGE;
    }
    paths[0] = rest.v[0];
    return evaluate(paths, defaults, fit || defaults, json);
}
