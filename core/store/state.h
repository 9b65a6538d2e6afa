/* state.h: the rows that the engine's answer is kept in. They are rebuilt at will from
 * the ledger, one person at a time. JSON columns are canonical (js_dump), so that a
 * rebuilt row can be compared byte for byte. */
#ifndef WAYMARK_STORE_STATE_H
#define WAYMARK_STORE_STATE_H

#include "base/env.h"
#include "db/db.h"

struct state_skill {
    struct str skill_code;
    double p_mastery;
    double p_low;
    double p_high;
    struct str word; /* none, learning, almost, mastered, review */
    int64_t evidence_n;
    struct str evidence_ids; /* JSON array */
    int64_t last_ms;         /* 0: none */
    struct str change;       /* JSON object (engine/flipset.h), or empty: of before */
};

struct state_ready {
    struct str skill_code;
    bool ready;
    struct str missing; /* JSON array of skill codes */
    struct str change;  /* as above: what would open it */
};

struct state_flag {
    struct str rule_code;
    struct str level;        /* watch, talk */
    struct str facts;        /* JSON object */
    struct str evidence_ids; /* JSON array */
    struct str sources;      /* JSON array */
    struct str decided;      /* empty, plan, not_now, wrong */
    int64_t since_ms;
    struct str change; /* as above: what would withdraw it */
};

struct state_next {
    int64_t rank; /* 1, 2 ... */
    struct str skill_code;
    int64_t activity_id; /* 0: none */
    struct str reason;   /* code */
    struct str facts;    /* JSON object */
    struct str evidence_ids;
    double score;
    struct str change; /* as above: of its skill */
    double propensity; /* with which probability it is shown: 1 outside an experiment */
    struct str trial;  /* JSON {"arm","share"} (learn/trialarm.h), or empty */
};

/* All states of one person, as one run of the engine left them. */
struct state {
    int64_t map_id; /* 0: the engine never ran for this person */
    struct str rules_version;
    int64_t models_id;    /* the set of fitted models (fitted.h), or 0: none */
    int64_t ties_n;       /* course.ties_n then */
    int64_t as_of_ms;     /* the time that the engine was given */
    int64_t work_read_ms; /* the last complete reading of grades it was told of, or 0 */
    double share;         /* of the skills that hold, 0 to 1 */
    struct str path;      /* code of the person's path, or empty: the map has none */
    struct str gap;       /* JSON object (learn/paths.h): what lies before its goals */
    int64_t posted;       /* percent last put into the outbox; -1: none yet */
    struct str because;   /* what changed, so that they were worked out anew: map, models
                           * or rules; empty: nothing did */
    int64_t because_ms;
    int64_t told_ms; /* when the person saw a page that says so; 0: not yet */
    struct state_skill *skills;
    size_t skills_n;
    struct state_ready *readies;
    size_t readies_n;
    struct state_flag *flags;
    size_t flags_n;
    struct state_next *nexts;
    size_t nexts_n;
};

/* The head of the states alone (map_id to told_ms). 1, 0 when the engine never ran,
 * -1. */
int state_run(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
              int64_t person_id, struct state *out, struct err *e);

/* Everything about one person (five reads; for replay, not for pages). Rows come ordered
 * by code, nexts by rank. 1, 0 when the engine never ran, -1. */
int state_read(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
               int64_t person_id, struct state *out, struct err *e);

/* Replace all states of one person. */
int state_replace(struct db *db, int64_t tenant_id, int64_t course_id, int64_t person_id,
                  const struct state *now, struct err *e);

/* A grant: what was opened stays open. The same (person, skill, rule) twice is one row;
 * the first one stands. Rows added (0 or 1), or -1. */
struct state_grant {
    struct str skill_code;
    struct str rule_code;
    struct str evidence_ids;
};
int64_t state_grant_add(struct db *db, struct env *env, int64_t tenant_id,
                        int64_t course_id, int64_t person_id, const struct state_grant *g,
                        int64_t now_ms, struct err *e);

/* What was ever opened for one person before `before_ms`. One read. */
int state_grants(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 int64_t person_id, int64_t before_ms, struct state_grant **rows,
                 size_t *n, struct err *e);

#endif
