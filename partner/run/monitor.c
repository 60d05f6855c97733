#include "partner/run/monitor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/crypto.h"
#include "common/file.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/credential.h"
#include "partner/app/exit_code.h"
#include "partner/handoff/open_steps.h"
#include "partner/app/session_route.h"
#include "partner/ledger/guards.h"

static void
set_up(struct monitor *m, const struct session *d)
{
	const struct options *o = d->options;
	struct progress *p = &m->progress;
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
	progress_update(ctx, counters, clock_tick_ms());
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
monitor_begin(struct monitor *m, struct session *d, const struct ledger_run *run,
              struct engine_settings *settings)
{
	set_up(m, d);
	settings->observe = on_observe;
	settings->observe_ctx = &m->progress;
	progress_begin(&m->progress, run->name, count_open(d, run), clock_tick_ms());
}

void
monitor_end(struct monitor *m, const struct engine_result *result)
{
	progress_end(&m->progress);
	metrics_add_counters(&m->metrics, &result->counters);
}

void
monitor_rows(struct monitor *m, const struct session *d, const int64_t counts[static OUTCOME_COUNT])
{
	metrics_add_rows(&m->metrics, session_route_word(d->kind), counts);
}

/* Every run that something of was sent, and how it stands with its customers. */
static int
read_ledger(struct metrics *m, struct session *d, enum run_state state, struct error *err)
{
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
look_at_certificate(struct metrics *m, enum metrics_certificate use, const char *configured,
                    const char *passphrase)
{
	struct crypto_cert_info look;
	struct error err;
	bool granted;
	char *path = configured != NULL ? credential_path(configured, &granted) : NULL;

	/* where it cannot be read the command has said so, or had no need of it */
	m->ends[use] = 0;
	if (path != NULL && crypto_cert_info(path, passphrase, &look, &err) == 0)
		m->ends[use] = look.earliest_end;
	free(path);
}

static void
look_at_certificates(struct metrics *m, const struct session *d)
{
	const struct config *c = &d->config;
	bool oem = d->kind == ROUTE_OEM_DIRECT;
	const char *passphrase = d->identity.passphrase; /* of the route that was opened */

	look_at_certificate(m, METRICS_CLIENT, c->oem_direct_identity.certificate,
	                    oem ? passphrase : NULL);
	look_at_certificate(m, METRICS_APP, c->partner_center_identity.certificate,
	                    oem ? NULL : passphrase);
	look_at_certificate(m, METRICS_SIGNING, c->sign_certificate, NULL);
	look_at_certificate(
		m, METRICS_CA,
		oem ? c->oem_direct_identity.ca_file : c->partner_center_identity.ca_file, NULL);
}

static void
write_metrics(struct metrics *m, struct session *d, const char *path, int code)
{
	struct error err;
	struct buf b;

	m->last_run = clock_now();
	m->exit_code = code;
	m->last_success = exit_code_finished(code) ? m->last_run : metrics_read_last_success(path);
	m->ledger = d->ledger != NULL && read_ledger(m, d, RUN_OPEN, &err) == 0 &&
	            read_ledger(m, d, RUN_FINISHED, &err) == 0;
	look_at_certificates(m, d);
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
write_status(struct monitor *m, int code)
{
	struct engine_counters end = {0};

	for (size_t i = 0; i < m->metrics.runs; i++)
		for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
			end.decided[o] += m->metrics.run[i].rows[o];
	progress_write_status(&m->progress, &end, state_of(code), code, clock_tick_ms());
}

int
monitor_close(struct monitor *m, struct session *d, int code)
{
	const char *metrics = text_or_null(d->config.metrics_file);

	code = exit_code_flushed(code);
	if (d->options->dry_run)
		return code;
	set_up(m, d);
	/* while another run goes the status file is that one's */
	if (m->progress.status_file != NULL && code != EXIT_CODE_LOCKED)
		write_status(m, code);
	if (metrics != NULL)
		write_metrics(&m->metrics, d, metrics, code);
	return code;
}
