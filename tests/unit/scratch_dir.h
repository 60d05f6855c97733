/* A test program's own folder, filled by a shell script and removed at the end. */
#ifndef TESTS_UNIT_SCRATCH_DIR_H
#define TESTS_UNIT_SCRATCH_DIR_H

#include <stdlib.h>

#include "common/alloc.h"

static char dir[] = "/tmp/unpilot-test-XXXXXX";

/* The script starts in the folder, prints nothing and stops at its first failing command. */
static int
make_dir(const char *script)
{
	char *command;
	int rc;

	if (mkdtemp(dir) == NULL)
		return -1;
	command = xasprintf("cd '%s' && exec >/dev/null 2>&1 && set -e\n%s", dir, script);
	rc = system(command);
	free(command);
	return rc;
}

static int
remove_dir(void **state)
{
	char *command = xasprintf("rm -rf '%s'", dir);
	int rc = system(command);

	(void)state;
	free(command);
	return rc;
}

#endif
