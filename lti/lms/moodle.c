#include "lms/moodle.h"

#include "lms/moodle_ask.h"
#include "lms/moodle_needs.h"
#include "lms/moodle_read.h"

const struct lms_ops *moodle_ops(void)
{
    static const struct lms_ops ops = {
        .kind = "moodle",
        .needs = moodle_needs_list,
        .needs_n = MOODLE_NEEDS_N,
        .probe = moodle_needs_probe,
        .catalogue = moodle_read_catalogue,
        .people = moodle_read_people,
        .grades = moodle_read_grades,
        .quizzes = moodle_read_quizzes,
        .ask = moodle_ask_put,
    };
    return &ops;
}
