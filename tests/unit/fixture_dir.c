/* Makes, fills and removes the folder. */
#include "tests/unit/fixture_dir.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"

char fixture_dir[FIXTURE_PATH_SIZE];

char *
fixture_temp(char *dst, size_t size, const char *name)
{
	const char *dir = getenv("TMPDIR");

	if (dir == NULL || dir[0] == '\0')
		dir = "/tmp";
	if (snprintf(dst, size, "%s/%s-XXXXXX", dir, name) >= (int)size)
		abort(); /* TMPDIR is too long for a test */
	return dst;
}

int
fixture_entries(const char *dir)
{
	DIR *d = opendir(dir);
	int count = 0;

	if (d == NULL)
		return -1;
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(d);
	return count;
}

int
fixture_script(const char *script)
{
	char *command = xasprintf("cd '%s' && exec >/dev/null 2>&1 && set -e\n%s", fixture_dir,
	                          script);
	int rc = system(command);

	free(command);
	return rc;
}

int
fixture_make_dir(const char *script)
{
	if (mkdtemp(fixture_temp(fixture_dir, sizeof(fixture_dir), "unpilot-test")) == NULL)
		return -1;
	return fixture_script(script);
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
