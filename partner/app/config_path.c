/* Resolves the paths of the configuration. */
#include "partner/app/config_path.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/file.h"

char *
config_path_here(void)
{
	char *dir = getcwd(NULL, 0);

	return dir != NULL ? dir : xstrdup(".");
}

char *
config_path_absolute(const char *file)
{
	char *here = config_path_here(), *path = file_join(here, file);

	free(here);
	return path;
}

char *
config_path_folder(const char *file)
{
	char *copy = xstrdup(file), *here = config_path_here();
	const char *dir = dirname(copy);
	char *folder = strcmp(dir, ".") == 0 ? xstrdup(here) : file_join(here, dir);

	free(here);
	free(copy);
	return folder;
}

const char *
config_path_granted_folder(void)
{
	return getenv("CREDENTIALS_DIRECTORY");
}

char *
config_path_credential(const char *base, const char *value)
{
	const char *dir = config_path_granted_folder();
	char *path = dir != NULL && strchr(value, '/') == NULL ? file_join(dir, value) : NULL;

	if (path != NULL && !file_is_missing(path))
		return path;
	free(path);
	return file_join(base, value);
}

bool
config_path_is_granted(const char *path)
{
	const char *dir = config_path_granted_folder(), *name = strrchr(path, '/');
	char *granted = dir != NULL && name != NULL ? file_join(dir, name + 1) : NULL;
	bool same = granted != NULL && strcmp(granted, path) == 0;

	free(granted);
	return same;
}

char *
config_path_ledger(const char *base, const char *url)
{
	static const char sqlite[] = "sqlite:";
	size_t prefix = sizeof(sqlite) - 1;
	char *path, *resolved;

	if (strncmp(url, sqlite, prefix) != 0 || url[prefix] == '\0')
		return xstrdup(url);
	path = file_join(base, url + prefix);
	resolved = xasprintf("%s%s", sqlite, path);
	free(path);
	return resolved;
}
