/* A unit test that cannot run says why; tests/skipped.sh knows the reasons. Include it after cmocka.h. */
#ifndef TESTS_UNIT_FIXTURE_SKIP_H
#define TESTS_UNIT_FIXTURE_SKIP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define SKIP(reason) \
	do { \
		print_message("[      WHY ] %s\n", reason); \
		skip(); \
	} while (0)

#endif
