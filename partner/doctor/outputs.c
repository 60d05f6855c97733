/* The check of the files that a run writes besides ledger and packs: log, metrics, status. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/permission.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/doctor/checks.h"

/* If a log file exists, it is appended to. All else is made in its folder, and replaces what is there. */
static int
outputs_check_one(const char *path, bool appended, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? xstrdup(".") : xstrndup(path, (size_t)(slash - path + 1));
	struct stat st;
	bool there = stat(path, &st) == 0, grows = there && appended;
	int rc = 0;

	if (there && !S_ISREG(st.st_mode))
		rc = error_set(err, "%s: not a regular file", path);
	else if (grows && access(path, W_OK) != 0)
		rc = permission_error(err, PERMISSION_WRITE, path, "cannot write");
	else if (!grows && access(folder, W_OK | X_OK) != 0)
		rc = permission_error(err, PERMISSION_WRITE, path, "cannot create");
	free(folder);
	return rc;
}

void
doctor_check_outputs(struct doctor *d, struct finding *f)
{
	const struct config *c = &d->session.config;
	const struct {
		const char *key, *path;
		bool appended;
		int code; /* with which a run would end */
	} files[] = {
		{"[log] file", c->log_file, true, EXIT_CODE_UNUSABLE},
		{"[metrics] metrics-file", c->metrics_file, false, EXIT_CODE_UNWRITTEN},
		{"[metrics] status-file", c->status_file, false, EXIT_CODE_UNWRITTEN},
	};
	int64_t count = 0;
	struct error err;

	if (!d->configured)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (files[i].path[0] == '\0')
			continue;
		count++;
		if (outputs_check_one(files[i].path, files[i].appended, &err) == 0)
			continue;
		doctor_finding_fail(f, files[i].code, "create the folder, or name another file",
		                    "%s: %s", files[i].key, err.text);
		return;
	}
	if (count > 0)
		doctor_finding_ok(f, "%lld file%s, can be written", (long long)count,
		                  text_s(count));
}
