/* What a worker can no longer do. */
#include "proc/sandbox.h"
#include "support/suite.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define X32 0x40000000L

static bool filtered(void)
{
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2;
}

START_TEST(no_other_program_can_be_started)
{
    char *none[] = {NULL};
    sandbox_enter();
    if (!filtered())
        return; /* this kernel has no filters: best effort */
    errno = 0;
    ck_assert_int_eq(execve("/bin/true", none, none), -1);
    ck_assert_int_eq(errno, EPERM);
}
END_TEST

/* The list named calls by the usual numbers alone; x32's execve is another one. */
START_TEST(x32_numbers_are_no_way_around)
{
    sandbox_enter();
    if (!filtered())
        return;
    errno = 0;
    ck_assert_int_eq((int)syscall(X32 + 520, "/bin/true", NULL, NULL), -1);
    ck_assert_int_eq(errno, EPERM);
    errno = 0;
    ck_assert_int_eq((int)syscall(X32 + SYS_chroot, "/"), -1);
    ck_assert_int_eq(errno, EPERM);
    ck_assert_int_gt(getpid(), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sandbox");
    TCase *c = tcase_create("sandbox");
    tcase_add_test(c, no_other_program_can_be_started);
    tcase_add_test(c, x32_numbers_are_no_way_around);
    suite_add_tcase(s, c);
    return suite_main(s);
}
