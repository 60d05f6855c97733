/* Moves lists through the folders of the spool. Which run takes them is the caller's decision. */
#include "partner/intake/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/log.h"
#include "common/permission.h"
#include "common/text.h"

#define INCOMING "incoming"
#define WORK "work"
#define DONE "done"
#define FAILED "failed"
#define SAME_NAME_MAX 100 /* files of one name in work/, left by earlier runs */

const char *const spool_folder[SPOOL_FOLDERS] = {INCOMING, WORK, DONE, FAILED};

/* Returns DIR/FOLDER/NAME. The caller frees it. */
static char *
spool_path(const char *dir, const char *folder, const char *name)
{
	return xasprintf("%s/%s/%s", dir, folder, name);
}

static bool
spool_is_partial(const char *name)
{
	static const char *const ends[] = {".part", ".tmp", ".filepart"};
	size_t len = strlen(name);

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		size_t n = strlen(ends[i]);
		if (len >= n && text_equal_nocase(name + len - n, ends[i]))
			return true;
	}
	return name[0] == '.';
}

static int
spool_by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
spool_is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* Lists a folder in the order of names. Returns the count, or -1. Free with spool_free_names(). */
static int
spool_list_folder(const char *dir, const char *folder, struct dirent ***ret, struct error *err)
{
	char *path = file_join(dir, folder);
	int n = scandir(path, ret, spool_is_visible, spool_by_name);

	if (n < 0)
		permission_error(err, PERMISSION_READ, path, "cannot read the spool");
	free(path);
	return n;
}

static void
spool_free_names(struct dirent **names, int count)
{
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static int
spool_make_folders(const char *dir, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < SPOOL_FOLDERS; i++) {
		char *path = file_join(dir, spool_folder[i]);
		rc = file_mkdirs(path, err);
		free(path);
	}
	return rc;
}

/* Splits "RUN.NAME": copies the run's id and returns NAME. NULL: the name has no such form. */
static const char *
spool_split_name(const char *file, char run[static LEDGER_RUN_ID_SIZE])
{
	const char *dot = strchr(file, '.');

	if (dot == NULL || dot[1] == '\0' || (size_t)(dot - file) >= LEDGER_RUN_ID_SIZE)
		return NULL;
	snprintf(run, LEDGER_RUN_ID_SIZE, "%.*s", (int)(dot - file), file);
	return dot + 1;
}

/* Renames, but never over an existing file. Returns 0, or errno (EEXIST) with err set. musl before
 * 1.2.6 has no renameat2(). */
static int
spool_move(const char *from, const char *to, struct error *err)
{
	int why = 0;

	if (syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) != 0) {
		why = errno;
		error_errno(err, "%s: cannot be renamed to %s", from, to);
	}
	return why;
}

/* Moves a file to work/RUN.NAME, or to work/RUN.2.NAME if that name is taken. */
static int
spool_move_to_work(struct spool *s, const char *from, const char *name, struct error *err)
{
	int why = EEXIST;

	for (int n = 1; why == EEXIST && n <= SAME_NAME_MAX; n++) {
		char *to = n == 1 ? xasprintf("%s/" WORK "/%s.%s", s->dir, s->run, name)
		                  : xasprintf("%s/" WORK "/%s.%d.%s", s->dir, s->run, n, name);
		why = spool_move(from, to, err);
		if (why == 0) {
			s->path = xreallocarray(s->path, s->count + 1, sizeof(*s->path));
			s->path[s->count++] = to;
		} else {
			free(to);
		}
	}
	return why == 0 || why == ENOENT ? 0 : -1; /* ENOENT: another run was faster */
}

/* Another program, or a user who can write the spool, may have put a folder, a link or a pipe there. */
static bool
spool_is_file(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Returns the name in a file that an earlier run left in work/, and in run its id. NULL: no run can have
 * left it. */
static const char *
spool_left_name(const char *file, const char *path, char run[static LEDGER_RUN_ID_SIZE])
{
	const char *name = spool_split_name(file, run);

	if (name != NULL && spool_is_file(path))
		return name;
	log_warn("spool: %s is not a list that a run left there: remove it", path);
	return NULL;
}

/* Handles a file that an earlier run left in work/. If the ledger does not know that run, its
 * import never happened, and the new run claims the file. */
static int
spool_reclaim(struct spool *s, struct ledger *l, const char *file, struct error *err)
{
	char *from = spool_path(s->dir, WORK, file);
	char run[LEDGER_RUN_ID_SIZE];
	const char *name = spool_left_name(file, from, run);
	struct ledger_run found = {0};
	int rc = name != NULL ? ledger_run_find(l, run, &found, err) : 1;

	if (rc == 1 && name != NULL && found.state == RUN_OPEN)
		log_warn("spool: %s belongs to run %s, which is unfinished: unpilot resume %s",
		         name, run, run);
	if (rc == 1 && name != NULL && found.state == RUN_FINISHED)
		spool_place(s->dir, run, found.exit_code, s->is_done(found.exit_code));
	if (rc == 0)
		rc = spool_move_to_work(s, from, name, err) == 0 ? 1 : -1;
	ledger_run_release(&found);
	free(from);
	return rc < 0 ? -1 : 0;
}

static int
spool_reclaim_all(struct spool *s, struct ledger *l, struct error *err)
{
	struct dirent **names;
	int n = spool_list_folder(s->dir, WORK, &names, err), rc = n < 0 ? -1 : 0;

	for (int i = 0; rc == 0 && i < n; i++)
		rc = spool_reclaim(s, l, names[i]->d_name, err);
	if (n >= 0)
		spool_free_names(names, n);
	return rc;
}

static int64_t
spool_milliseconds(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A file that somebody wrote to a moment ago may be incomplete. A copied file may have been given a
 * time in the future: then the time when it arrived counts, which nobody can choose. */
static bool
spool_has_settled(const struct stat *st, int64_t settle_ms, bool *future)
{
	int64_t now = clock_now_ms(), changed = spool_milliseconds(st->st_mtim);

	if (changed > now)
		changed = spool_milliseconds(st->st_ctim);
	*future = changed > now;
	return changed + settle_ms <= now;
}

static int
spool_claim_file(struct spool *s, const char *name, int64_t settle_ms, struct error *err)
{
	char *from = spool_path(s->dir, INCOMING, name);
	bool future = false;
	struct stat st;
	int rc = 0;

	if (lstat(from, &st) != 0)
		; /* another run was faster */
	else if (!S_ISREG(st.st_mode))
		log_warn("spool: %s is not a regular file, so no run takes it: remove it", from);
	else if (spool_has_settled(&st, settle_ms, &future))
		rc = spool_move_to_work(s, from, name, err);
	else if (future)
		log_warn("spool: %s is dated in the future and waits: check the clocks", from);
	else
		log_info("spool: %s waits: it was written to a moment ago", name);
	free(from);
	return rc;
}

/* Makes moves from one folder to another durable. */
static int
spool_sync(const char *dir, const char *from, const char *to, struct error *err)
{
	const char *const names[] = {from, to};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(names); i++) {
		char *path = file_join(dir, names[i]);
		rc = file_sync_dir(path, err);
		free(path);
	}
	return rc;
}

/* If a power cut undid the claims after the run began, the next run would send the lists again. */
static int
spool_sync_claims(const struct spool *s, struct error *err)
{
	return s->count > 0 ? spool_sync(s->dir, INCOMING, WORK, err) : 0;
}

int
spool_claim(struct spool *s, struct ledger *l, const struct spool_settings *settings,
            struct error *err)
{
	struct dirent **names;
	int n, rc = 0;

	*s = (struct spool){.dir = settings->dir, .is_done = settings->is_done};
	text_copy(s->run, sizeof(s->run), settings->run);
	if (spool_make_folders(s->dir, err) != 0 || spool_reclaim_all(s, l, err) != 0 ||
	    (n = spool_list_folder(s->dir, INCOMING, &names, err)) < 0)
		return -1;
	for (int i = 0; rc == 0 && i < n && s->count < SPOOL_FILES_MAX; i++)
		if (!spool_is_partial(names[i]->d_name))
			rc = spool_claim_file(s, names[i]->d_name, settings->settle_ms, err);
	spool_free_names(names, n);
	return rc == 0 ? spool_sync_claims(s, err) : -1;
}

void
spool_release(struct spool *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->path[i]);
	free(s->path);
	*s = (struct spool){0};
}

/* Moves a list to its last folder. */
static int
spool_move_on(const char *dir, const char *from, const char *to_folder, const char *run, int code,
              const char *name, struct error *err)
{
	char *file = xasprintf("%s.%d.%s", run, code, name);
	char *to = spool_path(dir, to_folder, file);
	int rc = strcmp(from, to) != 0 && spool_move(from, to, err) != 0 ? -1 : 0;

	free(file);
	free(to);
	return rc;
}

int
spool_refuse(const struct spool *s, size_t i, int code, struct error *err)
{
	const char *file = strrchr(s->path[i], '/') + 1;
	char run[LEDGER_RUN_ID_SIZE];
	char *label = xasprintf("%s-refused", s->run); /* so that spool_place() does not move it */
	int rc = spool_move_on(s->dir, s->path[i], FAILED, label, code, spool_split_name(file, run),
	                       err);

	free(label);
	return rc == 0 ? spool_sync(s->dir, WORK, FAILED, err) : -1;
}

/* Returns NAME of "CODE.NAME", or NULL. */
static const char *
spool_skip_code(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	return digits > 0 && name[digits] == '.' && name[digits + 1] != '\0' ? name + digits + 1
	                                                                     : NULL;
}

static void
spool_place_from(const char *dir, const char *folder, const char *to_folder, const char *run,
                 int code)
{
	struct dirent **names;
	struct error err;
	int n = spool_list_folder(dir, folder, &names, &err);

	for (int i = 0; i < n; i++) {
		char own[LEDGER_RUN_ID_SIZE];
		const char *name = spool_split_name(names[i]->d_name, own);
		char *from = spool_path(dir, folder, names[i]->d_name);
		if (name != NULL && strcmp(folder, FAILED) == 0)
			name = spool_skip_code(name);
		/* the list has been processed */
		if (name != NULL && strcmp(own, run) == 0 &&
		    spool_move_on(dir, from, to_folder, run, code, name, &err) != 0)
			log_warn("spool: %s", err.text);
		free(from);
	}
	if (n >= 0)
		spool_free_names(names, n);
}

void
spool_place(const char *dir, const char *run, int code, bool done)
{
	const char *to_folder = done ? DONE : FAILED;

	if (dir[0] == '\0')
		return;
	spool_place_from(dir, WORK, to_folder, run, code);
	spool_place_from(dir, FAILED, to_folder, run, code);
}

bool
spool_has_left(const char *dir, const char *run)
{
	char *work = file_join(dir, WORK);
	struct dirent **names = NULL;
	struct error err = {0};
	bool left = true;
	int n = 0;

	if (dir[0] != '\0' && !file_is_missing(work)) {
		n = spool_list_folder(dir, WORK, &names, &err);
		left = n >= 0 && file_sync_dir(work, &err) == 0;
		if (!left)
			log_warn("spool: %s", err.text);
	}
	for (int i = 0; i < n; i++) {
		char own[LEDGER_RUN_ID_SIZE];

		left = left &&
		       (spool_split_name(names[i]->d_name, own) == NULL || strcmp(own, run) != 0);
	}
	if (n >= 0)
		spool_free_names(names, n);
	free(work);
	return left;
}
