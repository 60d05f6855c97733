/* Finds out which file or folder on a path is in the way. */
#include "common/permission.h"

#include <errno.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/text.h"

#define NAME_SIZE 64

static const struct {
	const char *file, *folder;
	int access;
} words[] = {
	[PERMISSION_READ] = {"read this file", "list this folder", R_OK},
	[PERMISSION_WRITE] = {"write this file", "create files in this folder", W_OK},
};
_Static_assert(ARRAY_SIZE(words) == PERMISSION_COUNT, "each has its words");

/* "ann", or the number of a user without a name. */
static void
name_user(uid_t uid, char dst[static NAME_SIZE])
{
	const struct passwd *user = getpwuid(uid);

	if (user != NULL)
		text_printable(dst, NAME_SIZE, user->pw_name);
	else
		snprintf(dst, NAME_SIZE, "%ld", (long)uid);
}

static int
add_obstacle(struct error *err, const char *at, const char *wanted)
{
	char user[NAME_SIZE], owner[NAME_SIZE];
	struct stat st;

	name_user(geteuid(), user);
	if (stat(at, &st) != 0)
		return error_set(err, "%s: user %s has to %s", err->text, user, wanted);
	name_user(st.st_uid, owner);
	return error_set(err, "%s: user %s has to %s: %s (mode %04o, owner %s)", err->text, user,
	                 wanted, at, (unsigned)(st.st_mode & 07777), owner);
}

/* The first folder of the path that the user cannot enter. NULL: none. The caller frees it. */
static char *
closed_folder(const char *path)
{
	char *copy = xstrdup(path);
	struct stat st;

	for (char *p = copy + 1; copy[0] != '\0' && *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (stat(copy, &st) == 0 && access(copy, X_OK) != 0)
			return copy;
		*p = '/';
	}
	free(copy);
	return NULL;
}

/* The nearest folder above path that exists. The caller frees it. */
static char *
nearest_folder(const char *path)
{
	char *copy = xstrdup(path), *up;

	do {
		up = xstrdup(dirname(copy));
		free(copy);
		copy = up;
	} while (access(copy, F_OK) != 0 && strcmp(copy, "/") != 0 && strcmp(copy, ".") != 0);
	return copy;
}

static int
add_reason(struct error *err, enum permission wanted, const char *path)
{
	char *folder = closed_folder(path);
	struct stat st;
	bool exists;

	if (folder == NULL) {
		exists = stat(path, &st) == 0;
		if (exists && access(path, words[wanted].access) != 0)
			return add_obstacle(err, path,
			                    S_ISDIR(st.st_mode) ? words[wanted].folder
			                                        : words[wanted].file);
		folder = nearest_folder(path);
		add_obstacle(err, folder, words[wanted].folder);
	} else {
		add_obstacle(err, folder, "enter this folder");
	}
	free(folder);
	return -1;
}

int
permission_explain(struct error *err, enum permission wanted, const char *path, int why)
{
	return (why == EACCES || why == EPERM) && err != NULL ? add_reason(err, wanted, path) : -1;
}

int
permission_error(struct error *err, enum permission wanted, const char *path, const char *did)
{
	int why = errno;

	error_errno(err, "%s: %s", path, did);
	return permission_explain(err, wanted, path, why);
}
