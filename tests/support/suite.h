/* suite.h: the main() of a Check program. */
#ifndef WAYMARK_TESTS_SUITE_H
#define WAYMARK_TESTS_SUITE_H

#include <check.h>

/* Run the suite (CK_FORK and CK_VERBOSITY are honoured); the exit status. */
int suite_main(Suite *s);

#endif
