#include "partner/intake/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/log.h"
#include "common/text.h"

#define INCOMING "incoming"
#define WORK "work"
#define DONE "done"
#define FAILED "failed"
#define SAME_NAME_MAX 100 /* leftovers of one name */

/* DIR/FOLDER/NAME, freed by the caller. */
static char *
place(const char *dir, const char *where, const char *name)
{
	return xasprintf("%s/%s/%s", dir, where, name);
}

static bool
is_partial(const char *name)
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
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
not_hidden(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* The names of a folder, sorted; each and the array freed by the caller. -1: cannot read it. */
static int
list_folder(const char *dir, const char *where, struct dirent ***ret, struct error *err)
{
	char *path = file_join(dir, where);
	int n = scandir(path, ret, not_hidden, by_name);

	if (n < 0)
		error_errno(err, "%s: cannot read the spool", path);
	free(path);
	return n;
}

static void
free_names(struct dirent **names, int count)
{
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static int
make_folders(const char *dir, struct error *err)
{
	static const char *const names[] = {INCOMING, WORK, DONE, FAILED};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(names); i++) {
		char *path = file_join(dir, names[i]);
		rc = file_mkdirs(path, err);
		free(path);
	}
	return rc;
}

/* "RUN.NAME": the name behind the run's id, or NULL where the file is not one of ours. */
static const char *
own_name(const char *file, char run[static LEDGER_RUN_ID_SIZE])
{
	const char *dot = strchr(file, '.');

	if (dot == NULL || dot[1] == '\0' || (size_t)(dot - file) >= LEDGER_RUN_ID_SIZE)
		return NULL;
	snprintf(run, LEDGER_RUN_ID_SIZE, "%.*s", (int)(dot - file), file);
	return dot + 1;
}

/* Never over a file that is there: EEXIST then. 0, or errno and its sentence. */
static int
move(const char *from, const char *to, struct error *err)
{
	int why = 0;

	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) != 0) {
		why = errno;
		error_errno(err, "%s: cannot become %s", from, to);
	}
	return why;
}

/* To work/RUN.NAME, or work/RUN.2.NAME where a file of that name was claimed before it. */
static int
take(struct spool *s, const char *from, const char *name, struct error *err)
{
	int why = EEXIST;

	for (int n = 1; why == EEXIST && n <= SAME_NAME_MAX; n++) {
		char *to = n == 1 ? xasprintf("%s/" WORK "/%s.%s", s->dir, s->run, name)
		                  : xasprintf("%s/" WORK "/%s.%d.%s", s->dir, s->run, n, name);
		why = move(from, to, err);
		if (why == 0) {
			s->path = xreallocarray(s->path, s->count + 1, sizeof(*s->path));
			s->path[s->count++] = to;
		} else {
			free(to);
		}
	}
	return why == 0 || why == ENOENT ? 0 : -1; /* not there: another one was faster */
}

/* A claimed file whose run the ledger does not know: its intake was cut short and never happened. */
static int
reclaim(struct spool *s, struct ledger *l, const char *file, struct error *err)
{
	char run[LEDGER_RUN_ID_SIZE];
	const char *name = own_name(file, run);
	struct ledger_run found = {0};
	char *from;
	int rc = name != NULL ? ledger_run_find(l, run, &found, err) : 1;

	if (rc == 1 && found.state == RUN_OPEN)
		log_warn("spool: %s belongs to run %s, which is unfinished: unpilot resume %s",
		         name, run, run);
	if (rc == 1 && name != NULL && found.state == RUN_FINISHED)
		spool_place(s->dir, run, found.exit_code, s->is_done(found.exit_code));
	ledger_run_release(&found);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	from = place(s->dir, WORK, file);
	rc = take(s, from, name, err);
	free(from);
	return rc;
}

static int
reclaim_all(struct spool *s, struct ledger *l, struct error *err)
{
	struct dirent **names;
	int n = list_folder(s->dir, WORK, &names, err), rc = n < 0 ? -1 : 0;

	for (int i = 0; rc == 0 && i < n; i++)
		rc = reclaim(s, l, names[i]->d_name, err);
	if (n >= 0)
		free_names(names, n);
	return rc;
}

/* Written to a moment ago is perhaps not written to its end. */
static bool
has_settled(const char *path, int64_t settle_ms)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000 + settle_ms <=
	               clock_now_ms();
}

static int
claim(struct spool *s, const char *name, int64_t settle_ms, struct error *err)
{
	char *from = place(s->dir, INCOMING, name);
	int rc = 0;

	if (has_settled(from, settle_ms))
		rc = take(s, from, name, err);
	else
		log_info("spool: %s is not taken yet: no file, or written to a moment ago", name);
	free(from);
	return rc;
}

/* A claim that a power cut undoes after the run has begun would be a list sent twice. */
static int
sync_claims(const struct spool *s, struct error *err)
{
	static const char *const names[] = {INCOMING, WORK};
	int rc = 0;

	for (size_t i = 0; rc == 0 && s->count > 0 && i < ARRAY_SIZE(names); i++) {
		char *path = file_join(s->dir, names[i]);
		rc = file_sync_dir(path, err);
		free(path);
	}
	return rc;
}

int
spool_claim(struct spool *s, struct ledger *l, const struct spool_settings *settings,
            struct error *err)
{
	struct dirent **names;
	int n, rc = 0;

	*s = (struct spool){.dir = settings->dir, .is_done = settings->is_done};
	text_copy(s->run, sizeof(s->run), settings->run);
	if (make_folders(s->dir, err) != 0 || reclaim_all(s, l, err) != 0 ||
	    (n = list_folder(s->dir, INCOMING, &names, err)) < 0)
		return -1;
	for (int i = 0; rc == 0 && i < n && s->count < SPOOL_FILES_MAX; i++)
		if (!is_partial(names[i]->d_name))
			rc = claim(s, names[i]->d_name, settings->settle_ms, err);
	free_names(names, n);
	return rc == 0 ? sync_claims(s, err) : -1;
}

void
spool_release(struct spool *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->path[i]);
	free(s->path);
	*s = (struct spool){0};
}

/* The file itself is only moved on: a failure is worth a warning, never the run. */
static void
settle_file(const char *dir, const char *from, const char *to_folder, const char *run, int code,
            const char *name)
{
	char *file = xasprintf("%s.%d.%s", run, code, name);
	char *to = place(dir, to_folder, file);
	struct error err;

	if (strcmp(from, to) != 0 && move(from, to, &err) != 0)
		log_warn("spool: %s", err.text);
	free(file);
	free(to);
}

void
spool_refuse(const struct spool *s, size_t i, int code)
{
	const char *file = strrchr(s->path[i], '/') + 1;
	char run[LEDGER_RUN_ID_SIZE];
	char *label = xasprintf("%s-refused", s->run); /* no file of the run: stays where it is */

	settle_file(s->dir, s->path[i], FAILED, label, code, own_name(file, run));
	free(label);
}

/* "CODE.NAME" in failed/: the name behind the code. */
static const char *
after_code(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	return digits > 0 && name[digits] == '.' && name[digits + 1] != '\0' ? name + digits + 1
	                                                                     : NULL;
}

static void
place_from(const char *dir, const char *where, const char *to_folder, const char *run, int code)
{
	struct dirent **names;
	struct error err;
	int n = list_folder(dir, where, &names, &err);

	for (int i = 0; i < n; i++) {
		char own[LEDGER_RUN_ID_SIZE];
		const char *name = own_name(names[i]->d_name, own);
		char *from = place(dir, where, names[i]->d_name);
		if (name != NULL && strcmp(where, FAILED) == 0)
			name = after_code(name);
		if (name != NULL && strcmp(own, run) == 0)
			settle_file(dir, from, to_folder, run, code, name);
		free(from);
	}
	if (n >= 0)
		free_names(names, n);
}

void
spool_place(const char *dir, const char *run, int code, bool done)
{
	const char *to_folder = done ? DONE : FAILED;

	if (dir[0] == '\0')
		return;
	place_from(dir, WORK, to_folder, run, code);
	place_from(dir, FAILED, to_folder, run, code);
}
