/* gate.h: columns whose grade opens something in the LMS (FEATURES.md 5.6). A gate stands
 * for a unit of the course's map; its score is the share of the unit's skills that a
 * person has mastered at some time, and never falls. */
#ifndef WAYMARK_STORE_GATE_H
#define WAYMARK_STORE_GATE_H

#include "db/db.h"

struct gate {
    struct str unit; /* slug (engine/unit.h) */
    struct str url;  /* of its column; empty: not known yet */
    double maximum;
    struct str resource_link_id; /* of its link in the LMS; only where it is found */
};

/* The gates of a course by slug. One read. */
int gate_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
              struct gate **rows, size_t *n, struct err *e);

/* A link that is a gate was launched; `url` is what the claims told of its column, or
 * empty. 1: that is news, 0: known, -1. */
int gate_launched(struct db *db, int64_t tenant_id, int64_t course_id, struct str unit,
                  int64_t link_id, struct str url, int64_t now_ms, struct err *e);

/* A column with a gate's resource id is in the LMS. 1: that is news, 0: known, -1. */
int gate_found(struct db *db, int64_t tenant_id, int64_t course_id,
               const struct gate *found, int64_t now_ms, struct err *e);

/* What one person has reached. */
struct gate_score {
    struct str unit;
    int64_t percent;
    struct str target;   /* the column that it was put into the outbox for, or empty */
    struct str mastered; /* JSON array of skill codes */
};

int gate_scores(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                int64_t person_id, struct gate_score **rows, size_t *n, struct err *e);
int gate_score_set(struct db *db, int64_t tenant_id, int64_t course_id, int64_t person_id,
                   const struct gate_score *s, struct err *e);

/* How far the course's students are. One read. */
struct gate_class {
    int64_t students;
    int64_t begun;
    int64_t through; /* 100 percent */
};
int gate_class(struct db *db, int64_t tenant_id, int64_t course_id, struct str unit,
               struct gate_class *out, struct err *e);

#endif
