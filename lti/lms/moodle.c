#include "lms/moodle.h"

#include "lms/moodle_align.h"
#include "lms/moodle_ask.h"
#include "lms/moodle_lock.h"
#include "lms/moodle_needs.h"
#include "lms/moodle_read.h"
#include "lms/moodle_work.h"
#include "lms/moodle_write.h"

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
        .changes = moodle_read_changes,
        .completion = moodle_work_completion,
        .groups = moodle_read_groups,
        .submissions = moodle_work_submissions,
        .alignments = moodle_align_read,
        .opening_make = moodle_write_opening,
        .opening_read = moodle_write_members,
        .opening_add = moodle_write_add,
        .opening_lock = moodle_lock_read,
        .message_send = moodle_write_message,
        .calendar_add = moodle_write_event,
        .ask = moodle_ask_put,
    };
    return &ops;
}
