/* risk.h: early-warning rules as data (config/rules/early-warning.json), and the flags
 * they raise. A flag is a reason to look, with its facts and evidence; it decides
 * nothing. What was not received is unknown, never 0. */
#ifndef WAYMARK_ENGINE_RISK_H
#define WAYMARK_ENGINE_RISK_H

#include "base/err.h"
#include "engine/count.h"

#define RISK_MAX_BYTES (256u * 1024)
#define RISK_MAX_RULES 100

enum risk_kind {
    RISK_NOT_OPENED, /* no visit for `hours`, told by access rows */
    RISK_LOW_CHECKS, /* the newest `count` results are all below `below` */
    RISK_OFF_USUAL,  /* the newest result is `drop` below the person's own median */
    RISK_MISSING /* `count` or more works past due + `grace_hours`, nothing received */
};

enum risk_level { RISK_WATCH, RISK_TALK };

struct risk_rule {
    struct str id; /* rule code */
    enum risk_kind kind;
    enum risk_level cap; /* the level that it never passes */
    struct str message;  /* message id for the teacher's sentence */
    struct str owner;    /* who answers for it */
    struct str why;      /* the reason it exists */
    double hours;        /* not-opened */
    double below;        /* low-checks: share, 0 to 1 */
    double drop;         /* off-usual: share, 0 to 1 */
    double grace_hours;  /* missing */
    int32_t count;       /* low-checks, missing */
    int32_t history;     /* off-usual: so many earlier results at least */
    int32_t within_days; /* the newest result may not be older; 0 = any age */
    struct str kinds[8]; /* activity kinds that count; none = all */
    size_t kind_n;
};

struct risk_rules {
    struct risk_rule *rules;
    size_t rule_n;
    struct str hash; /* hex(SHA-256) of the canonical document: rules_version */
};

/* Read a rule set; strict. NULL with ERR_INPUT or ERR_LIMIT; the text names the path. */
struct risk_rules *risk_parse(struct arena *a, struct str json, struct err *e);

enum risk_decided { RISK_OPEN, RISK_NOT_NOW, RISK_WRONG, RISK_PLAN };

/* The newest decision of a person about a rule's flag. */
struct risk_decision {
    struct str rule;
    enum risk_decided what;
    int64_t at_ms;
    int64_t until_ms; /* of "not now"; 0 = no end */
};

struct risk_flag {
    int32_t rule; /* index in the set */
    enum risk_level level;
    enum risk_decided
        decided; /* not-now and wrong: leave it off the list; a plan: show it */
    /* JSON object for the sentence:
     *   not-opened  "hours", "last_ms", "where" ("panel" when only our own launches tell,
     * "lms") low-checks  "results": [{"activity", "share", "got", "of", "at_ms"}],
     * "below" off-usual   "result": {...}, "usual", "history" missing     "count",
     * "items": [{"activity", "due_ms"}] (at most 5), "read_ms" */
    struct str facts;
    const int64_t *ids; /* evidence, oldest first; empty for missing work: nothing came */
    size_t id_n;
    struct str
        *sources; /* independent families (evidence_family) that stand behind the level */
    size_t source_n;
    int64_t since_ms; /* when the rule began to hold */
};

struct risk_in {
    const struct risk_rules *rules;
    const struct counted *counted;
    const struct count_result *results;
    size_t result_n;
    const struct course_activity *activities; /* sorted by id */
    size_t activity_n;
    const struct risk_decision *decisions;
    size_t decision_n;
    int64_t as_of_ms;
    int64_t enrolled_ms;    /* work due earlier is not missed; 0 = unknown */
    int64_t work_read_ms;   /* last complete reading of grades and attempts; 0 = never */
    struct str work_source; /* its source kind */
    bool paused;            /* a person paused the rules for this student: no flags */
};

/* One flag a rule at most, in the order of the set. A level above "watch" needs two
 * independent families among the person's flags (a teacher's judgement of the last 28
 * days counts as one), and the rule's cap. */
size_t risk_work(struct arena *a, const struct risk_in *in, struct risk_flag **out);

/* "watch", "talk". */
const char *risk_level_name(enum risk_level level);

#endif
