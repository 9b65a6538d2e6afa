/* "Restrict access" of Moodle: a tree of conditions that others wrote. */
#include "lms/moodle_lock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)64 << 20);
    struct str rule = {(const char *)data, size};
    struct lms_opening group = {.kind = LMS_BY_GROUP, .key = STR("3")};
    struct lms_opening score = {.kind = LMS_BY_SCORE, .key = STR("9")};
    enum lms_lock x = moodle_lock_of(rule, &group, a);
    enum lms_lock y = moodle_lock_of(rule, &score, a);
    INVARIANT((x == LMS_LOCK_UNSEEN) == (y == LMS_LOCK_UNSEEN));
    INVARIANT(size > 0 || x == LMS_LOCK_OPEN);
    arena_free(a);
    return 0;
}
