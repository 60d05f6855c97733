/* Unlinks known names relative to an open folder, so that no link is followed. */
#include "partner/handoff/remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"

/* Every file name that render.c, document.c, device_lists.c, manifest.c and run_files.c use. A test
 * removes a real run and checks that nothing is left. */
static const char *const pack_files[] = {"index.html",      "mail.txt",     "cleanup.ps1",
                                         "handoff.md",      "handoff.xml",  "handoff.json",
                                         "devices.csv",     "letter.html",  "letter.txt",
                                         "manifest.sha256", "manifest.p7s", NULL};
static const char *const run_files[] = {"index.html", "summary.json", "rejects.csv", "failed.csv",
                                        NULL};

static int
unlink_all(int dir, const char *const *names, const char *path, struct error *err)
{
	for (; *names != NULL; names++)
		if (unlinkat(dir, *names, 0) != 0 && errno != ENOENT)
			return error_errno(err, "%s/%s: cannot remove", path, *names);
	return 0;
}

/* A command that was killed may have left them; they hold rows of customers. */
static int
unlink_temporary(int dir, const char *const *names, const char *path, struct error *err)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	int rc = 0;

	if (d == NULL) {
		rc = error_errno(err, "%s: cannot read the folder", path);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	while (rc == 0 && (e = readdir(d)) != NULL)
		for (size_t i = 0; rc == 0 && names[i] != NULL; i++)
			if (file_is_temporary(e->d_name, names[i]) &&
			    unlinkat(dir, e->d_name, 0) != 0 && errno != ENOENT)
				rc = error_errno(err, "%s/%s: cannot remove", path, e->d_name);
	closedir(d);
	return rc;
}

/* at: folder in which `name` is opened; path: the name in messages. */
static enum remove_end
remove_folder(int at, const char *name, const char *const *names, const char *path,
              struct error *err)
{
	int dir = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int rc;

	if (dir < 0) {
		if (errno == ENOENT)
			return REMOVE_GONE;
		error_errno(err, "%s: cannot open the folder", path);
		return REMOVE_FAILED;
	}
	rc = unlink_all(dir, names, path, err);
	if (rc == 0)
		rc = unlink_temporary(dir, names, path, err);
	close(dir);
	if (rc != 0)
		return REMOVE_FAILED;
	if (unlinkat(at, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return REMOVE_GONE;
	if (errno == ENOTEMPTY || errno == EEXIST)
		return REMOVE_KEPT;
	error_errno(err, "%s: cannot remove the folder", path);
	return REMOVE_FAILED;
}

enum remove_end
remove_pack(const char *run_dir, const char *folder, struct error *err)
{
	int dir = open(run_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	enum remove_end end;

	if (dir < 0 && errno == ENOENT)
		return REMOVE_GONE;
	if (dir < 0) {
		error_errno(err, "%s: cannot open the folder", run_dir);
		return REMOVE_FAILED;
	}
	/* the name comes from the ledger, which somebody else may have changed */
	if (folder[0] == '\0' || folder[0] == '.' || strchr(folder, '/') != NULL) {
		error_set(err, "%s: \"%s\" is not the name of a customer's folder", run_dir,
		          folder);
		end = REMOVE_FAILED;
	} else {
		end = remove_folder(dir, folder, pack_files, folder, err);
	}
	close(dir);
	return end;
}

enum remove_end
remove_run_files(const char *run_dir, struct error *err)
{
	return remove_folder(AT_FDCWD, run_dir, run_files, run_dir, err);
}
