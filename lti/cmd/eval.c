/* `waymark eval`: how good the engine's models are on a file of answers. */
#include "cmd/eval_recommend.h"

#include "learn/evalkt.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define ARENA_MAX ((size_t)6 << 30)

/* CPU time: other programs on the machine do not count. */
static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void say(void *ctx, const char *text)
{
    (void)ctx;
    fprintf(stderr, "waymark eval: %s\n", text);
}

static int64_t peak_kb(void)
{
    struct rusage u;
    return getrusage(RUSAGE_SELF, &u) == 0 ? (int64_t)u.ru_maxrss : 0;
}

/* Push one file, piece by piece. */
static int read_in(struct evalkt *k, enum evalkt_file kind, const char *path,
                   struct err *e)
{
    static char chunk[64 * 1024];
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
    if (f == NULL)
        return err_set(e, ERR_NOTFOUND, "cannot read %s: %s", path, strerror(errno));
    evalkt_begin(k, kind, strcmp(path, "-") == 0 ? "standard input" : path);
    int rc = 0;
    size_t n;
    while (rc == 0 && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
        rc = evalkt_push(k, (struct str){chunk, n}, e);
    if (rc == 0 && ferror(f))
        rc = err_set(e, ERR_UNAVAILABLE, "cannot read %s: %s", path, strerror(errno));
    if (f != stdin)
        fclose(f);
    return rc == 0 ? evalkt_end(k, e) : rc;
}

static double per_second(size_t n, int64_t us)
{
    return us > 0 ? (double)n * 1e6 / (double)us : 0;
}

static struct js *side_json(struct arena *a, const struct evalkt_result *r,
                            const struct evalkt_side *s)
{
    struct js *o = js_object(a);
    js_set_i64(o, "rows", (int64_t)s->m.n);
    js_set_num(o, "auc", s->m.auc);
    js_set_num(o, "accuracy", s->m.accuracy);
    js_set_num(o, "rmse", s->m.rmse);
    js_set_num(o, "log_loss", s->m.log_loss);
    js_set_num(o, "brier", s->m.brier);
    js_set_num(o, "ece", s->m.ece);
    js_set_num(o, "fit_seconds", (double)s->fit_us / 1e6);
    js_set_num(o, "fit_rows_per_second", per_second(r->train_rows, s->fit_us));
    js_set_num(o, "us_per_update", (double)s->test_us / (double)r->test_rows);
    return o;
}

static void print_json(struct arena *a, const struct evalkt_result *r)
{
    struct js *o = js_object(a), *split = js_object(a);
    js_set_i64(split, "train_rows", (int64_t)r->train_rows);
    js_set_i64(split, "test_rows", (int64_t)r->test_rows);
    js_set_i64(split, "train_students", r->train_students);
    js_set_i64(split, "test_students", r->test_students);
    js_set_i64(split, "items", r->items);
    js_set_i64(split, "skills", r->skills);
    js_set(o, "split", split);
    for (size_t i = 0; i < r->sides_n; i++)
        js_set(o, r->sides[i].name, side_json(a, r, &r->sides[i]));
    js_set_i64(o, "peak_rss_kb", peak_kb());
    cmd_print_json(a, o);
}

static void print_table(const struct evalkt_result *r)
{
    printf("TRAIN %zu answers of %d students, TEST %zu of %d; %d items, %d skills\n\n",
           r->train_rows, r->train_students, r->test_rows, r->test_students, r->items,
           r->skills);
    printf("%-10s %9s %7s %8s %7s %8s %7s %7s %7s %10s %9s\n", "", "rows", "AUC",
           "accuracy", "RMSE", "log loss", "Brier", "ECE", "fit s", "rows/s",
           "us/update");
    for (size_t i = 0; i < r->sides_n; i++) {
        const struct evalkt_side *s = &r->sides[i];
        printf("%-10s %9zu %7.4f %8.4f %7.4f %8.4f %7.4f %7.4f %7.2f %10.0f %9.2f\n",
               s->name, s->m.n, s->m.auc, s->m.accuracy, s->m.rmse, s->m.log_loss,
               s->m.brier, s->m.ece, (double)s->fit_us / 1e6,
               per_second(r->train_rows, s->fit_us),
               (double)s->test_us / (double)r->test_rows);
    }
    printf("\npeak memory %lld MB\n", (long long)(peak_kb() / 1024));
}

static int mastery_run(const char *file, const char *second, const char *pairs,
                       int64_t seed, bool json)
{
    struct err e = {0};
    struct arena *a = arena_new(ARENA_MAX);
    struct evalkt *k = evalkt_new(a);
    struct evalkt_opts opts = {.seed = seed, .now_us = now_us, .progress = say};
    struct evalkt_result r;
    int rc = read_in(k, EVALKT_ROWS, file, &e);
    if (rc == 0 && second != NULL)
        rc = read_in(k, EVALKT_TEST, second, &e);
    if (rc == 0 && pairs != NULL)
        rc = read_in(k, EVALKT_PAIRS, pairs, &e);
    if (rc == 0) {
        fprintf(stderr, "waymark eval: %zu answers read\n", evalkt_rows(k));
        rc = evalkt_run(k, &opts, &r, &e);
    }
    if (rc == 0 && json)
        print_json(a, &r);
    else if (rc == 0)
        print_table(&r);
    else
        fprintf(stderr, "waymark eval mastery: %s\n", e.text);
    arena_free(a);
    return rc == 0 ? CMD_OK : CMD_FAILED;
}

static int mastery(const struct cmd *self, int argc, char **argv)
{
    const char *pairs = NULL, *split = NULL;
    int64_t seed = 1;
    bool json = false;
    const struct arg table[] = {
        {"--q", "FILE", ARG_TEXT, &pairs, false, "item,skill pairs (CSV)"},
        {"--split", "RULE", ARG_TEXT, &split, false,
         "all-train:FILE2 fits on all of FILE and tests on FILE2"},
        {"--seed", "N", ARG_INT, &seed, false, "the same seed gives the same figures"},
        {"--json", NULL, ARG_FLAG, &json, false, "print JSON"},
    };
    struct arg_list rest;
    int rc = cmd_args(self, argc, argv, table, sizeof table / sizeof *table, &rest, 1);
    if (rc != 0)
        return cmd_args_status(rc);
    static const char rule[] = "all-train:";
    bool bad = split != NULL && (strncmp(split, rule, sizeof rule - 1) != 0 ||
                                 split[sizeof rule - 1] == '\0');
    if (rest.n != 1 || bad) {
        fprintf(stderr, "waymark eval mastery: say %s\n",
                bad ? "--split all-train:FILE2" : "the FILE of answers, or -");
        return CMD_USAGE;
    }
    return mastery_run(rest.v[0], split != NULL ? split + sizeof rule - 1 : NULL, pairs,
                       seed, json);
}

/* What can be evaluated. The first word picks the row; its options are the row's. */
static const struct cmd evals[] = {
    {"eval mastery", "foretell each answer from the answers before it",
     "FILE [--q FILE] [--split all-train:FILE2] [--seed N] [--json]",
     "  waymark eval mastery answers.csv\n"
     "  zstdcat answers.csv.zst | waymark eval mastery - --q pairs.csv --json\n"
     "  waymark eval mastery first.csv --split all-train:second.csv\n"
     "The file: student,seq,ts,item,skill,correct; \"-\" is standard input. Students "
     "whose\n"
     "id has a CRC-32 that 5 divides are TEST; the rest is what is learnt from. Times "
     "are CPU\n"
     "times.\n",
     mastery},
    {"eval recommend", "foretell what each student did next",
     "FILE --queries FILE [--prerequisites FILE] [--q FILE] [--fit] [--json]",
     "  waymark eval recommend items.csv --queries queries.csv\n"
     "  zstdcat items.csv.zst | waymark eval recommend - --queries queries.csv --fit\n"
     "The file: student,seq,item; the queries: student,seq. All items that the student\n"
     "has not had are ranked. TEST and TRAIN as in `waymark eval mastery`.\n",
     eval_recommend},
};

int cmd_eval(const struct cmd *self, int argc, char **argv)
{
    const char *word = argc > 0 ? argv[0] : "";
    for (size_t i = 0; i < sizeof evals / sizeof *evals; i++)
        if (strcmp(word, strchr(evals[i].name, ' ') + 1) == 0)
            return evals[i].run(&evals[i], argc - 1, argv + 1);
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        cmd_help(stdout, self, NULL, 0);
        return CMD_OK;
    }
    fprintf(stderr, "waymark eval: say %s\n", self->usage);
    return CMD_USAGE;
}
