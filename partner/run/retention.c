/* Decides what is too old. handoff/remove.c removes the files, the ledger the rows. */
#include "partner/run/retention.h"

#include <stdlib.h>

#include "common/alloc.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/handoff/remove.h"
#include "partner/intake/spool.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/report.h"
#include "partner/ledger/retention.h"
#include "partner/ledger/runs.h"

#define DAY_SECONDS (24 * 3600)

static bool
retention_is_removed(enum remove_end end, const char *dir, const char *folder,
                     const struct error *err)
{
	if (end == REMOVE_FAILED)
		log_warn("a pack stays: %s", err->text);
	if (end == REMOVE_KEPT)
		log_warn("%s%s%s: holds files that unpilot did not write: they stay", dir,
		         folder != NULL ? "/" : "", folder != NULL ? folder : "");
	return end != REMOVE_FAILED;
}

bool
retention_remove_pack(const char *run_dir, const char *folder)
{
	struct error err;

	return retention_is_removed(remove_pack(run_dir, folder, &err), run_dir, folder, &err);
}

bool
retention_place_lists(const struct session *session, const struct ledger_run *run)
{
	const char *spool = session->config.spool_directory;

	if (run->state == RUN_FINISHED)
		spool_place(spool, run->name, run->exit_code, exit_code_finished(run->exit_code));
	if (spool_has_left(spool, run->name))
		return true;
	log_warn("spool: %s/work has a list of run %s, so the run stays", spool, run->name);
	return false;
}

struct retention_packs {
	const struct ledger_run *run;
	bool removed; /* every pack so far */
};

static int
retention_on_customer(void *ctx, const struct ledger_customer *customer, struct error *err UNUSED)
{
	struct retention_packs *p = ctx;

	p->removed = retention_remove_pack(p->run->out, customer->folder) && p->removed;
	return 0;
}

/* Packs go before rows: if the process ends in between, the next command finds the run again. */
static bool
retention_remove_packs(struct session *session, const struct ledger_run *run)
{
	struct retention_packs p = {.run = run, .removed = true};
	struct error err;

	if (ledger_each_customer(session->ledger, run->id, retention_on_customer, &p, &err) != 0) {
		log_warn("%s", err.text);
		return false;
	}
	return p.removed &&
	       retention_is_removed(remove_run_files(run->out, &err), run->out, NULL, &err);
}

void
retention_remove_old_runs(struct session *session)
{
	int64_t age = session->config.keep_days * DAY_SECONDS, after = 0, before;
	int64_t *old = NULL;
	size_t count = 0;
	struct ledger_run run;
	struct error err;
	int rc;

	if (session->config.keep_days == 0)
		return;
	before = ledger_now(session->ledger) - age;
	while ((rc = ledger_run_next_old(session->ledger, before, after, &run, &err)) == 1) {
		after = run.id;
		if (retention_place_lists(session, &run) && retention_remove_packs(session, &run)) {
			old = xreallocarray(old, count + 1, sizeof(*old));
			old[count++] = run.id;
		}
		ledger_run_release(&run);
	}
	if (rc == 0 && count > 0)
		rc = ledger_erase_runs(session->ledger, old, count, &err);
	if (rc < 0)
		log_warn("keep-days: %s", err.text);
	else if (count > 0)
		log_info("keep-days: %zu run%s removed, which ended more than %lld day%s ago",
		         count, count == 1 ? " is" : "s are", (long long)session->config.keep_days,
		         text_s(session->config.keep_days));
	free(old);
}
