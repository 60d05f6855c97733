/* Makes, fills and removes the folder. */
#include "tests/unit/fixture_dir.h"

#include <stdlib.h>

#include "common/alloc.h"

char fixture_dir[] = "/tmp/unpilot-test-XXXXXX";

int
fixture_make_dir(const char *script)
{
	char *command;
	int rc;

	if (mkdtemp(fixture_dir) == NULL)
		return -1;
	command = xasprintf("cd '%s' && exec >/dev/null 2>&1 && set -e\n%s", fixture_dir, script);
	rc = system(command);
	free(command);
	return rc;
}

int
fixture_remove_dir(void **state)
{
	char *command = xasprintf("rm -rf '%s'", fixture_dir);
	int rc = system(command);

	(void)state;
	free(command);
	return rc;
}
