#include "partner/run/retention.h"

#include <stdlib.h>

#include "common/alloc.h"
#include "common/log.h"
#include "partner/handoff/remove.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/report.h"
#include "partner/ledger/retention.h"
#include "partner/ledger/runs.h"

#define DAY_SECONDS (24 * 3600)

static bool
is_removed(enum remove_end end, const char *dir, const char *folder, const struct error *err)
{
	if (end == REMOVE_FAILED)
		log_warn("a pack stays: %s", err->text);
	if (end == REMOVE_KEPT)
		log_warn("%s%s%s: holds files that are not ours: they stay", dir,
		         folder != NULL ? "/" : "", folder != NULL ? folder : "");
	return end != REMOVE_FAILED;
}

bool
retention_remove_pack(const char *run_dir, const char *folder)
{
	struct error err;

	return is_removed(remove_pack(run_dir, folder, &err), run_dir, folder, &err);
}

struct packs {
	const struct ledger_run *run;
	bool removed;
};

static int
on_customer(void *ctx, const struct ledger_customer *customer, struct error *err UNUSED)
{
	struct packs *p = ctx;

	p->removed = retention_remove_pack(p->run->out, customer->folder) && p->removed;
	return 0;
}

/* Packs before rows: cut short between the two, the next time finds the run again. */
static bool
remove_packs(struct session *d, const struct ledger_run *run)
{
	struct packs p = {run, true};
	struct error err;

	if (ledger_each_customer(d->ledger, run->id, on_customer, &p, &err) != 0) {
		log_warn("%s", err.text);
		return false;
	}
	return p.removed && is_removed(remove_run_files(run->out, &err), run->out, NULL, &err);
}

void
retention_remove_old_runs(struct session *d)
{
	int64_t before = ledger_now(d->ledger) - d->config.keep_days * DAY_SECONDS, after = 0;
	int64_t *old = NULL;
	size_t count = 0;
	struct ledger_run run;
	struct error err;
	int rc;

	if (d->config.keep_days == 0)
		return;
	while ((rc = ledger_run_next_old(d->ledger, before, after, &run, &err)) == 1) {
		after = run.id;
		if (remove_packs(d, &run)) {
			old = xreallocarray(old, count + 1, sizeof(*old));
			old[count++] = run.id;
		}
		ledger_run_release(&run);
	}
	if (rc == 0 && count > 0)
		rc = ledger_erase_runs(d->ledger, old, count, &err);
	if (rc < 0)
		log_warn("keep-days: %s", err.text);
	else if (count > 0)
		log_info("keep-days: %zu runs that finished more than %lld days ago are removed",
		         count, (long long)d->config.keep_days);
	free(old);
}
