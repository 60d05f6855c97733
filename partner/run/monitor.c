#include "partner/run/monitor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/crypto.h"
#include "common/file.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/handoff/open_steps.h"
#include "partner/run/metrics.h"
#include "partner/run/progress.h"
#include "partner/app/session_route.h"
#include "partner/ledger/guards.h"

struct monitor {
	struct progress progress;
	struct metrics metrics;
};

void
monitor_open(struct session *d)
{
	d->monitor = xcalloc(1, sizeof(*d->monitor));
}

static void
set_up(struct session *d)
{
	const struct options *o = d->options;
	struct progress *p = &d->monitor->progress;
	bool lines_of_json = d->config.log_json != 0 && d->config.log_file[0] == '\0';
	bool terminal = isatty(STDERR_FILENO) == 1;

	p->line = !o->quiet && !lines_of_json && (terminal || o->progress);
	p->stats_ms = p->line ? 0 : d->config.stats;
	p->status_file = text_or_null(d->config.status_file);
	p->command_started = d->started;
}

static void
on_observe(void *ctx, const struct engine_counters *counters)
{
	progress_tell(ctx, counters, clock_tick_ms());
}

/* What is open of the run. */
static int64_t
count_open(struct session *d, const struct ledger_run *run)
{
	struct ledger_devices devices;
	struct error err;

	if (ledger_count_devices(d->ledger, run->id, &devices, &err) != 0)
		return 0; /* the engine meets the same error and tells it */
	return devices.open;
}

void
monitor_begin(struct session *d, const struct ledger_run *run, struct engine_settings *settings)
{
	set_up(d);
	settings->observe = on_observe;
	settings->observe_ctx = &d->monitor->progress;
	progress_begin(&d->monitor->progress, run->name, count_open(d, run), clock_tick_ms());
}

void
monitor_end(struct session *d, const struct engine_result *result)
{
	progress_end(&d->monitor->progress);
	metrics_add_counters(&d->monitor->metrics, &result->counters);
}

void
monitor_rows(struct session *d, const int64_t counts[static OUTCOME_COUNT])
{
	if (d->monitor != NULL)
		metrics_add_rows(&d->monitor->metrics, session_route_word(d->kind), counts);
}

/* Every run that something of was sent, and how it stands with its customers. */
static int
read_ledger(struct session *d, enum run_state state, struct error *err)
{
	struct metrics *m = &d->monitor->metrics;
	struct ledger_run run;
	int64_t after = 0, since = 0;
	struct open_steps left;
	int rc;

	while ((rc = ledger_run_next(d->ledger, state, after, &run, err)) == 1) {
		after = run.id;
		if (run.state == RUN_FINISHED && exit_code_finished(run.exit_code) &&
		    run.finished > m->last_success)
			m->last_success = run.finished;
		ledger_run_release(&run);
		if (open_steps_count(d->ledger, after, NULL, NULL, &left, err) != 0 ||
		    ledger_open_since(d->ledger, after, &since, err) != 0)
			return -1;
		m->open_steps += left.steps;
		if (since != 0 && m->last_run - since > m->oldest_pending)
			m->oldest_pending = m->last_run - since;
	}
	return rc;
}

static void
look_at_certificate(struct session *d, enum metrics_certificate use, const char *configured,
                    const char *passphrase)
{
	struct crypto_cert_info look;
	struct error err;
	bool granted;
	char *path = configured != NULL ? credential_path(configured, &granted) : NULL;

	/* where it cannot be read the command has said so, or had no need of it */
	d->monitor->metrics.ends[use] = 0;
	if (path != NULL && crypto_cert_info(path, passphrase, &look, &err) == 0)
		d->monitor->metrics.ends[use] = look.earliest_end;
	free(path);
}

static void
look_at_certificates(struct session *d)
{
	const struct config *c = &d->config;
	bool oem = d->kind == ROUTE_OEM_DIRECT;
	const char *passphrase = d->identity.passphrase; /* of the route that was opened */

	look_at_certificate(d, METRICS_CLIENT, c->oem_direct_identity.certificate,
	                    oem ? passphrase : NULL);
	look_at_certificate(d, METRICS_APP, c->partner_center_identity.certificate,
	                    oem ? NULL : passphrase);
	look_at_certificate(d, METRICS_SIGNING, c->sign_certificate, NULL);
	look_at_certificate(
		d, METRICS_CA,
		oem ? c->oem_direct_identity.ca_file : c->partner_center_identity.ca_file, NULL);
}

static void
write_metrics(struct session *d, const char *path, int code)
{
	struct metrics *m = &d->monitor->metrics;
	struct error err;
	struct buf b;

	m->last_run = clock_now();
	m->exit_code = code;
	m->last_success = exit_code_finished(code) ? m->last_run : metrics_read_last_success(path);
	m->ledger = d->ledger != NULL && read_ledger(d, RUN_OPEN, &err) == 0 &&
	            read_ledger(d, RUN_FINISHED, &err) == 0;
	look_at_certificates(d);
	buf_init(&b, METRICS_TEXT_MAX);
	metrics_text(m, &b);
	if (file_write(path, FILE_MODE_PUBLIC, b.data, b.len, &err) != 0)
		log_error("metrics file: %s", err.text);
	buf_release(&b);
}

/* How a run that came to its end is told from one that was stopped or never began. */
static enum progress_state
state_of(int code)
{
	return code == EXIT_CODE_OK || code == EXIT_CODE_SOME || code == EXIT_CODE_OPEN
	               ? PROGRESS_FINISHED
	               : PROGRESS_FAILED;
}

static void
write_status(struct session *d, int code)
{
	struct engine_counters end = {0};

	for (size_t i = 0; i < d->monitor->metrics.runs; i++)
		for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
			end.decided[o] += d->monitor->metrics.run[i].rows[o];
	progress_write_status(&d->monitor->progress, &end, state_of(code), code, clock_tick_ms());
}

static void
write_files(struct session *d, int code)
{
	const char *metrics = text_or_null(d->config.metrics_file);

	set_up(d);
	/* while another run goes the status file is that one's */
	if (d->monitor->progress.status_file != NULL && code != EXIT_CODE_LOCKED)
		write_status(d, code);
	if (metrics != NULL)
		write_metrics(d, metrics, code);
}

int
monitor_close(struct session *d, int code)
{
	code = exit_code_flushed(code);
	if (!d->options->dry_run)
		write_files(d, code);
	free(d->monitor);
	d->monitor = NULL;
	return code;
}
