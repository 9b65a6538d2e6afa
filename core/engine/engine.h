/* engine.h: everything about one person, worked out from evidence.
 *
 * Pure: the same input gives the same output, byte for byte, on any machine with IEEE-754
 * doubles. No clock, no randomness, no I/O, no globals.
 *
 *   struct engine_course *c = engine_course_new(arena, &parts, e);    once per course
 *   engine_person(c, &in, arena, &out);                               once per person */
#ifndef WAYMARK_ENGINE_ENGINE_H
#define WAYMARK_ENGINE_ENGINE_H

#include "engine/gap.h"
#include "engine/recommend.h"
#include "engine/risk.h"

struct bkt_model;
struct lkt_model;
struct transit_model;
struct blend;

/* What was fitted to data; NULL: nothing, and the map's own numbers or none stand. */
struct engine_models {
    const struct bkt_model *bkt;
    const struct lkt_model *lkt;
    const int32_t *lkt_skill; /* by ord: the skill's number in lkt, or -1 */
    const struct transit_model *transit;
    const struct blend *blend;
};

/* What all persons of a course share. Everything stays the caller's and must outlive it.
 */
struct engine_parts {
    const struct skill_map *map;
    const struct risk_rules *rules;
    const struct course_activity *activities; /* any order */
    size_t activity_n;
    const struct tie *ties; /* any order; of unknown activities: left out */
    size_t tie_n;
    int32_t tz_min;         /* minutes east of UTC, for "on different days" */
    int64_t work_read_ms;   /* last complete reading of grades and attempts; 0 = never */
    struct str work_source; /* its source kind, such as moodle-ws */
    const struct engine_models *models; /* NULL: none */
};

struct engine_course;

/* Sort and index the parts. NULL with ERR_INPUT when a tie has no such skill or a weight
 * outside 0..1, or two activities have one id. */
struct engine_course *engine_course_new(struct arena *a, const struct engine_parts *parts,
                                        struct err *e);

/* A row of the table `decision` about this person. Kinds that the engine knows:
 * flag_not_now, flag_wrong, flag_plan (subject: rule code); pause (until_ms); open, close
 * (subject: skill code); path (subject: path code; the newest holds, else the map's first
 * path); goal (subject: skill code; the newest goals replace the path's until until_ms);
 * swap (subject: skill code): behind everything else until then. Others are left alone.
 */
struct engine_decision {
    struct str kind;
    struct str subject;
    int64_t at_ms;
    int64_t until_ms; /* 0 = no end */
};

struct engine_in {
    const struct ev *evidence; /* all the person's rows in the course, any order */
    size_t evidence_n;
    const int32_t *grants; /* ords of skills in unlock_grant */
    size_t grant_n;
    const struct str *rules; /* codes of unlock rules in unlock_grant */
    size_t rule_n;
    const struct engine_decision *decisions; /* any order */
    size_t decision_n;
    int64_t enrolled_ms; /* 0 = unknown */
    int64_t as_of_ms;
    uint64_t seed;                       /* of the person, the same at each recompute */
    size_t slots;                        /* recommendations wanted, such as 5 */
    const struct recommend_trial *trial; /* an approved experiment; NULL: none */
    bool plain; /* without intervals (p_low and p_high are p): half the time */
};

struct engine_skill {
    double p, p_low, p_high;
    enum mastery_word word;
    int32_t proof_n, day_n; /* rows that prove, on so many days */
    int64_t last_ms;        /* newest row, or 0 */
    const int64_t *ids;     /* rows that told about it, oldest first */
    size_t id_n;
    const struct mastery_obs *obs; /* the same rows as they were added; id_n of them */
    struct mastery state;          /* after the last of them */
};

/* A skill that opened now: to be written to unlock_grant. */
struct engine_opened {
    int32_t skill;
    const int64_t *ids; /* evidence of the prerequisites that opened it */
    size_t id_n;
};

struct engine_out {
    struct engine_skill *skills;  /* skill_n, by ord */
    struct progress_ready *ready; /* skill_n, by ord */
    struct recommend_pick *next;  /* best first */
    size_t next_n;
    struct risk_flag *flags;
    size_t flag_n;
    struct engine_opened *opened;
    size_t opened_n;
    int32_t path; /* the person's, an index of the map's paths; -1: the map has none */
    struct gap_step *gap; /* to the person's goals, or the path's, in learnable order */
    size_t gap_n;
    /* Unlock rules about activities that are met for the first time, by index: to be
     * written to unlock_grant. */
    const int32_t *rules;
    size_t rule_n;
    const bool *shut; /* by activity of engine_parts_of: an unlock rule keeps it shut */
    struct count_conflict *conflicts; /* routes that tell different results */
    size_t conflict_n;
    struct counted counted; /* the rows that counted */
};

/* Fill `out` from arena `a`. Cannot fail: input was checked when it was made. */
void engine_person(const struct engine_course *c, const struct engine_in *in,
                   struct arena *a, struct engine_out *out);

/* How a skill is reckoned in this course. */
struct mastery_rule engine_rule(const struct engine_course *c, int32_t skill);

/* What a row on a question (or on the whole: empty) tells about: `n` ties, each with the
 * weight that it has there. */
const struct tie *engine_told(const struct engine_course *c, int64_t activity_id,
                              struct str item, size_t *n);

/* What the course was made of, its activities sorted by id; and its ties by skill,
 * activity and item, or what the totals of activities tell. */
const struct engine_parts *engine_parts_of(const struct engine_course *c);
const struct tie *engine_ties(const struct engine_course *c, bool wholes, size_t *n);

/* The share of the map's skills that hold, 0 to 1: what the mastery column posts. */
double engine_share(const struct engine_course *c, const struct engine_out *out);

/* Write the whole output as JSON (sorted members, %.17g numbers): for replay and tests.
 */
struct str engine_json(struct arena *a, const struct engine_course *c,
                       const struct engine_out *out);

#endif
