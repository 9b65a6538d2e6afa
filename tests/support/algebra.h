/* algebra.h: the recorded Algebra I course (tests/fixtures/moodle) as the engine's input:
 * its activities, the starter map's ties, and each student's evidence. For tests. */
#ifndef WAYMARK_TESTS_ALGEBRA_H
#define WAYMARK_TESTS_ALGEBRA_H

#include "engine/engine.h"

struct algebra_student {
    int64_t user; /* id in the recorded Moodle */
    struct ev *rows;
    size_t row_n;
};

struct algebra {
    struct skill_map *map;
    struct risk_rules *rules;
    struct course_activity *activities;
    size_t activity_n;
    struct tie *ties;
    size_t tie_n;
    struct algebra_student *students;
    size_t student_n;
    int64_t as_of_ms; /* a day after the newest row */
    struct engine_course *course;
};

/* A whole file, at most 4 MiB; aborts the test program when it cannot be read. Paths are
 * relative to the root of the repository. */
struct str algebra_file(struct arena *a, const char *path);

/* Read everything; aborts when something does not fit. */
void algebra_load(struct arena *a, struct algebra *out);

#endif
