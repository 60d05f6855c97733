/* The checks of state: ledger, runs, disk, folders, and the confinement of the process. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/confine.h"
#include "common/file.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/doctor/checks.h"
#include "partner/intake/spool.h"
#include "partner/ledger/inspect.h"
#include "partner/ledger/lock.h"
#include "partner/ledger/open.h"
#include "partner/ledger/runs.h"

#define DISK_WARN_MIB 1024 /* a million rows take half of it */
#define DISK_FAIL_MIB 64   /* a night of 10,000 devices and its packs */
#define LAST_GOOD_WARN_S (36 * 3600)
#define OPEN_WARN_S (24 * 3600)
#define NAMES_MAX ((size_t)512)

static const char *
state_ledger_file(const struct doctor *d)
{
	struct error ignored;

	return d->configured ? ledger_url_path(d->session.config.ledger_url, &ignored) : NULL;
}

static void
state_no_ledger(struct doctor *d, struct finding *f, const char *where)
{
	doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "\"unpilot init\" creates it",
	                    "%s: there is no ledger yet", where);
	f->next = "init";
	ledger_close(d->session.ledger);
	d->session.ledger = NULL;
}

static void
state_check_server(struct doctor *d, struct finding *f)
{
	/* The URL holds no password, because the ledger refuses such URLs. */
	const char *url = d->session.config.ledger_url;
	struct error err;

	d->session.ledger = ledger_open_inspect(url, &d->schema, &err);
	if (d->session.ledger == NULL) {
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE,
		                    "try the URL with psql as the user of the runs", "%s",
		                    err.text);
	} else if (d->schema == 0) {
		state_no_ledger(d, f, url);
	} else {
		doctor_finding_ok(f, "%s: answers", url);
	}
}

static void
state_wrong_url(struct finding *f, const struct error *err)
{
	doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "correct [ledger] url", "%s", err->text);
	f->next = "config show";
}

void
doctor_check_ledger(struct doctor *d, struct finding *f)
{
	const char *path = state_ledger_file(d);
	struct error err;

	if (d->configured && ledger_url_check(d->session.config.ledger_url, &err) != 0) {
		state_wrong_url(f, &err);
		return;
	}
	if (d->configured && ledger_url_is_server(d->session.config.ledger_url))
		state_check_server(d, f);
	if (path == NULL)
		return;
	if (file_is_missing(path)) {
		state_no_ledger(d, f, path);
		return;
	}
	d->schema = -1;
	d->session.ledger = ledger_open_inspect(d->session.config.ledger_url, &d->schema, &err);
	if (d->session.ledger == NULL && d->schema >= 0) {
		state_wrong_url(f, &err);
	} else if (d->session.ledger == NULL || ledger_check(d->session.ledger, &err) != 0) {
		doctor_finding_fail(
			f, EXIT_CODE_UNUSABLE,
			"restore the last backup, or repair a copy with sqlite3 .recover", "%s",
			err.text);
		ledger_close(d->session.ledger);
		d->session.ledger = NULL;
	} else if (d->schema == 0) { /* an empty file */
		state_no_ledger(d, f, path);
	} else if (access(path, W_OK) != 0) {
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "make the user of the runs its owner",
		                    "%s: not writable", path);
	} else {
		doctor_finding_ok(f, "%s: not damaged", path);
	}
}

void
doctor_check_schema(struct doctor *d, struct finding *f)
{
	if (d->session.ledger == NULL)
		return;
	if (d->schema > LEDGER_SCHEMA)
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "update unpilot",
		                    "%lld: written by a newer version; this version knows %d",
		                    (long long)d->schema, LEDGER_SCHEMA);
	else if (d->schema < LEDGER_SCHEMA)
		doctor_finding_warn(f, "the next run upgrades it and keeps a copy",
		                    "%lld: written by an older version", (long long)d->schema);
	else
		doctor_finding_ok(f, "%d", LEDGER_SCHEMA);
	if (d->schema != LEDGER_SCHEMA) { /* later checks cannot read another schema */
		ledger_close(d->session.ledger);
		d->session.ledger = NULL;
	}
}

void
doctor_check_lock(struct doctor *d, struct finding *f)
{
	const char *path = state_ledger_file(d);
	struct ledger_holder holder;
	char age[CLOCK_AGE_SIZE];

	if (path == NULL)
		return;
	if (ledger_lock_holder(path, &holder) == 0) {
		doctor_finding_ok(f, "free");
		return;
	}
	clock_age(clock_now() - holder.since, age);
	if (holder.since != 0 && clock_now() - holder.since > OPEN_WARN_S)
		doctor_finding_warn(f, "check whether it hangs", "process %ld has held it for %s",
		                    holder.pid, age);
	else
		doctor_finding_ok(f, "process %ld has held it for %s", holder.pid,
		                  holder.since != 0 ? age : "an unknown time");
}

void
doctor_check_last_good(struct doctor *d, struct finding *f)
{
	struct ledger_run latest = {0};
	char age[CLOCK_AGE_SIZE];
	struct error err;
	int64_t last;
	int found;

	if (d->session.ledger == NULL)
		return;
	found = ledger_run_find(d->session.ledger, NULL, &latest, &err);
	if (found < 0 || ledger_last_good(d->session.ledger, &last, &err) != 0) {
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "see the check \"ledger\"", "%s",
		                    err.text);
	} else if (found == 0) {
		doctor_finding_ok(f, "no run yet");
	} else if (last == 0) {
		doctor_finding_warn(f, "see \"unpilot status\"", "no run has ended well yet");
	} else {
		clock_age(clock_now() - last, age);
		if (clock_now() - last > LAST_GOOD_WARN_S)
			doctor_finding_warn(f, "check the timer, and \"unpilot status\"", "%s ago",
			                    age);
		else
			doctor_finding_ok(f, "%s ago", age);
	}
	ledger_run_release(&latest);
}

void
doctor_check_open_runs(struct doctor *d, struct finding *f)
{
	int64_t after = 0, old = 0, young = 0;
	char first[LEDGER_RUN_ID_SIZE] = "";
	struct ledger_run run;
	struct error err;
	int rc;

	if (d->session.ledger == NULL)
		return;
	while ((rc = ledger_run_next(d->session.ledger, RUN_OPEN, after, &run, &err)) == 1) {
		after = run.id;
		if (clock_now() - run.started > OPEN_WARN_S && old++ == 0)
			snprintf(first, sizeof(first), "%s", run.name);
		else if (clock_now() - run.started <= OPEN_WARN_S)
			young++;
		ledger_run_release(&run);
	}
	if (rc < 0)
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "see the check \"ledger\"", "%s",
		                    err.text);
	else if (old > 0)
		doctor_finding_warn(
			f, "unpilot resume (with --resend if the service no longer knows them)",
			"%lld open for more than a day, the first is %s", (long long)old, first);
	else
		doctor_finding_ok(f, "%lld, none older than a day", (long long)young);
}

/* MiB that this user can still write. -1: unknown. */
static long long
state_free_mib(const char *path)
{
	char *dir = file_existing(path);
	struct statvfs st;
	long long mib = statvfs(dir, &st) == 0
	                        ? (long long)((double)st.f_bavail * (double)st.f_frsize / 1048576)
	                        : -1;

	free(dir);
	return mib;
}

void
doctor_check_disk(struct doctor *d, struct finding *f)
{
	const char *places[] = {state_ledger_file(d), d->session.config.handoff_directory};
	const char *least = NULL;
	long long mib = 0;

	if (!d->configured)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		long long here = places[i] != NULL ? state_free_mib(places[i]) : -1;
		if (here >= 0 && (least == NULL || here < mib)) {
			mib = here;
			least = places[i];
		}
	}
	if (least == NULL)
		doctor_finding_warn(f, "check with df", "the free space is unknown");
	else if (mib < DISK_FAIL_MIB)
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE,
		                    "free some space; see [handoff] keep-days", "%s: %lld MiB free",
		                    least, mib);
	else if (mib < DISK_WARN_MIB)
		doctor_finding_warn(f, "free some space; see [handoff] keep-days",
		                    "%s: %lld MiB free", least, mib);
	else
		doctor_finding_ok(f, "%lld MiB free", mib);
}

void
doctor_check_handoff(struct doctor *d, struct finding *f)
{
	const char *path = d->session.config.handoff_directory;
	char *dir;
	struct stat st;

	if (!d->configured)
		return;
	dir = file_existing(path);
	if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode) || access(dir, W_OK | X_OK) != 0)
		doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "give this user write access",
		                    "%s: not a writable directory", dir);
	else if (strcmp(dir, path) != 0)
		doctor_finding_ok(f, "%s: the next run creates it", path);
	else
		doctor_finding_ok(f, "%s", path);
	free(dir);
}

/* Returns the path of an entry that no run takes: not a regular file. NULL: there is none. The caller
 * frees it. */
static char *
state_odd_entry(const char *spool, const char *folder)
{
	char *path = file_join(spool, folder), *odd = NULL;
	DIR *dir = opendir(path);
	struct dirent *e;
	struct stat st;

	while (dir != NULL && odd == NULL && (e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.' &&
		    fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    !S_ISREG(st.st_mode))
			odd = file_join(path, e->d_name);
	if (dir != NULL)
		closedir(dir);
	free(path);
	return odd;
}

/* The folders exist. */
static void
state_judge_entries(const char *spool, struct finding *f)
{
	char *odd = NULL;

	for (size_t i = 0; i < SPOOL_FOLDERS && odd == NULL; i++)
		odd = state_odd_entry(spool, spool_folder[i]);
	if (odd != NULL)
		doctor_finding_warn(f, "remove it", "%s: not a regular file, so no run takes it",
		                    odd);
	else
		doctor_finding_ok(f, "%s and its four folders", spool);
	free(odd);
}

void
doctor_check_spool(struct doctor *d, struct finding *f)
{
	const char *spool = d->session.config.spool_directory;
	char *parent;

	if (!d->configured || spool[0] == '\0')
		return;
	parent = file_existing(spool);
	for (size_t i = 0; i < SPOOL_FOLDERS && f->verdict == VERDICT_NONE; i++) {
		char *path = file_join(spool, spool_folder[i]);
		bool there = access(path, F_OK) == 0;

		if (access(there ? path : parent, R_OK | W_OK | X_OK) != 0)
			doctor_finding_fail(f, EXIT_CODE_UNUSABLE, "give this user write access",
			                    "%s: not writable", there ? path : parent);
		else if (!there)
			doctor_finding_warn(
				f,
				"\"unpilot init\" creates it; until then nobody can drop lists there",
				"%s: does not exist", path);
		free(path);
	}
	if (f->verdict == VERDICT_NONE)
		state_judge_entries(spool, f);
	free(parent);
}

/* Lists in work/ while no run holds the lock: a run was killed, or could not write its packs. */
void
doctor_check_work(struct doctor *d, struct finding *f)
{
	const char *spool = d->session.config.spool_directory, *path = state_ledger_file(d);
	struct ledger_holder holder;
	char *work;
	struct dirent *e;
	size_t count = 0;
	DIR *dir;

	if (!d->configured || spool[0] == '\0' || path == NULL)
		return;
	work = file_join(spool, "work");
	dir = opendir(work);
	while (dir != NULL && (e = readdir(dir)) != NULL)
		count += e->d_name[0] != '.' ? 1 : 0;
	if (dir != NULL && (count == 0 || ledger_lock_holder(path, &holder) == 1))
		doctor_finding_ok(f, "%zu list%s", count, text_s((int64_t)count));
	else if (dir != NULL)
		doctor_finding_warn(f, "unpilot resume, or wait for the next run",
		                    "%s: %zu list%s, but no run is active", work, count,
		                    text_s((int64_t)count));
	if (dir != NULL)
		closedir(dir);
	free(work);
}

void
doctor_check_confinement(struct doctor *d, struct finding *f)
{
	struct confine_state s;

	if (!d->configured)
		return;
	/* No later check needs a file that the process can no longer open. */
	confine_apply(confine_new());
	s = confine_status();
	const struct {
		bool on;
		const char *name;
	} parts[] = {
		{s.files, "Landlock"},
		{s.calls, "seccomp"},
		{s.no_new_privileges, "no new privileges"},
		{s.no_core, "no core"},
		{s.not_dumpable, "not dumpable"},
	};
	struct buf on, off;

	buf_init(&on, NAMES_MAX);
	buf_init(&off, NAMES_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		struct buf *to = parts[i].on ? &on : &off;
		buf_printf(to, "%s%s", to->len > 0 ? ", " : "", parts[i].name);
	}
	if (off.len == 0)
		doctor_finding_ok(f, "%s", on.data);
	else
		doctor_finding_warn(f, "use a newer kernel, or a container with fewer restrictions",
		                    "on: %s; not on: %s", on.len > 0 ? on.data : "nothing",
		                    off.data);
	buf_release(&on);
	buf_release(&off);
}
