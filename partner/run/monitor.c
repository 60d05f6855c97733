/* Connects a run to progress.c and metrics.c, and collects what the metrics file reports. */
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
#include "partner/app/session_route.h"
#include "partner/handoff/open_steps.h"
#include "partner/ledger/canary.h"
#include "partner/ledger/guards.h"
#include "partner/ledger/inspect.h"
#include "partner/ledger/open.h"

/* Rows of a resumed run whose devices are counted at a time: 50 ms. */
#define COUNT_ROWS 50000

static void
monitor_set_up(struct monitor *m, const struct session *session)
{
	const struct options *o = session->options;
	struct progress *p = &m->progress;
	bool lines_of_json = session->config.log_json != 0 && session->config.log_file[0] == '\0';
	bool terminal = isatty(STDERR_FILENO) == 1;

	p->line = !o->quiet && !lines_of_json && (terminal || o->progress);
	p->stats_ms = p->line ? 0 : session->config.stats;
	p->status_file = text_or_null(session->config.status_file);
	p->command_started = session->started;
}

/* Counts on. since: an outcome that came then, or later, came after the run began. */
static int64_t
monitor_count_more(struct monitor *m, int64_t since)
{
	int64_t range[] = {m->next_row, m->last_row}, open;
	struct error err;

	if (range[0] > range[1])
		return 0;
	if (range[1] - range[0] >= COUNT_ROWS)
		range[1] = range[0] + COUNT_ROWS - 1;
	m->next_row = range[1] + 1;
	/* the engine will meet and report the same error */
	return ledger_count_open(m->ledger, range, since, &open, &err) == 0 ? open : 0;
}

/* A row that is not counted yet is taken for an open device. */
static int64_t
monitor_total(const struct monitor *m)
{
	return m->open + m->last_row - m->next_row + 1;
}

static void
monitor_on_observe(void *ctx, const struct engine_counters *counters)
{
	struct monitor *m = ctx;

	m->open += monitor_count_more(m, m->progress.command_started);
	m->progress.total = monitor_total(m);
	progress_update(&m->progress, counters, clock_tick_ms());
}

/* Counts the devices that have no final outcome yet. Of a run that is resumed it counts only the first
 * rows, because requests do not wait until ten million are counted. */
static int64_t
monitor_count_open(struct monitor *m, struct session *session, const struct ledger_run *run)
{
	struct ledger_devices devices;
	int64_t range[2];
	struct error err;

	m->ledger = session->ledger;
	m->next_row = 1;
	m->last_row = 0;
	m->open = 0;
	if (ledger_devices_known(session->ledger, run->id) &&
	    ledger_count_devices(session->ledger, run->id, &devices, &err) == 0)
		return m->open = devices.open;
	if (ledger_run_range(session->ledger, run->id, range, &err) != 0)
		return 0;
	m->next_row = range[0];
	m->last_row = range[1];
	m->open = monitor_count_more(m, INT64_MAX);
	return monitor_total(m);
}

void
monitor_begin(struct monitor *m, struct session *session, const struct ledger_run *run,
              struct engine_settings *settings)
{
	monitor_set_up(m, session);
	settings->observe = monitor_on_observe;
	settings->observe_ctx = m;
	progress_begin(&m->progress, run->name, monitor_count_open(m, session, run),
	               clock_tick_ms());
}

void
monitor_enter(struct monitor *m, const struct session *session, enum progress_stage stage)
{
	monitor_set_up(m, session);
	progress_enter(&m->progress, stage);
}

void
monitor_leave(struct monitor *m)
{
	progress_end(&m->progress);
}

void
monitor_read(struct monitor *m, int64_t rows)
{
	progress_read(&m->progress, rows, clock_tick_ms());
}

void
monitor_end(struct monitor *m, const struct engine_result *result)
{
	progress_end(&m->progress);
	metrics_add_counters(&m->metrics, &result->counters);
}

void
monitor_add_rows(struct monitor *m, const struct session *session,
                 const int64_t counts[static OUTCOME_COUNT])
{
	metrics_add_rows(&m->metrics, session_route_word(session->kind), counts);
}

/* Of the finished runs: last success, open steps. Their figures are kept, so that old runs cost nothing. */
static int
monitor_read_finished(struct metrics *m, struct session *session, struct error *err)
{
	int64_t last;

	/* without the lock of the ledger nothing may be written to it */
	if ((m->exit_code != EXIT_CODE_LOCKED &&
	     open_steps_keep(session->ledger, SIZE_MAX, err) != 0) ||
	    ledger_tally_steps(session->ledger, &m->open_steps, err) != 0 ||
	    ledger_last_good(session->ledger, &last, err) != 0)
		return -1;
	if (last > m->last_success)
		m->last_success = last;
	return 0;
}

/* Devices of the canaries of all open runs that have no answer, and that everything else of their run waits
 * for. */
static int
monitor_count_canary(const struct session *session, int64_t *ret, struct error *err)
{
	struct ledger_canary canary;
	struct ledger_run run;
	int64_t after = 0;
	int rc;

	*ret = 0;
	while ((rc = ledger_run_next(session->ledger, RUN_OPEN, after, &run, err)) == 1) {
		after = run.id;
		ledger_run_release(&run);
		if (ledger_canary_state(session->ledger, after, &canary, err) != 0)
			return -1;
		*ret += canary.open;
	}
	return rc;
}

/* Of the open runs: open steps, oldest pending request. */
static int
monitor_read_open(struct metrics *m, struct session *session, struct error *err)
{
	struct ledger_run run;
	int64_t after = 0, since = 0;
	struct open_steps open;
	int rc;

	while ((rc = ledger_run_next(session->ledger, RUN_OPEN, after, &run, err)) == 1) {
		after = run.id;
		ledger_run_release(&run);
		if (open_steps_count(session->ledger, after, NULL, NULL, &open, err) != 0 ||
		    ledger_open_since(session->ledger, after, &since, err) != 0)
			return -1;
		m->open_steps += open.steps;
		if (since != 0 && m->last_run - since > m->oldest_pending)
			m->oldest_pending = m->last_run - since;
	}
	return rc;
}

static void
monitor_add_expiry(struct metrics *m, enum metrics_certificate use, const char *configured,
                   const char *passphrase)
{
	struct crypto_cert_info info;
	struct error err;
	bool granted;
	char *path = configured != NULL ? credential_path(configured, &granted) : NULL;

	/* If the file is not readable, the command has reported it or did not need it. */
	m->ends[use] = 0;
	if (path != NULL && crypto_cert_info(path, passphrase, &info, &err) == 0)
		m->ends[use] = info.earliest_end;
	free(path);
}

static void
monitor_add_expiries(struct metrics *m, const struct session *session)
{
	const struct config *c = &session->config;
	bool oem = session->kind == ROUTE_OEM_DIRECT;
	const char *passphrase = session->identity.passphrase; /* of the open route */

	monitor_add_expiry(m, METRICS_CLIENT, c->oem_direct_identity.certificate,
	                   oem ? passphrase : NULL);
	monitor_add_expiry(m, METRICS_APP, c->partner_center_identity.certificate,
	                   oem ? NULL : passphrase);
	monitor_add_expiry(m, METRICS_SIGNING, c->sign_certificate, NULL);
	monitor_add_expiry(
		m, METRICS_CA,
		oem ? c->oem_direct_identity.ca_file : c->partner_center_identity.ca_file, NULL);
}

/* false: that failed, and the error is printed. */
static bool
monitor_write_metrics(struct metrics *m, struct session *session, const char *path, int code)
{
	struct error err;
	struct buf b;
	bool written;

	m->last_run = clock_now();
	m->exit_code = code;
	m->last_success = exit_code_finished(code) ? m->last_run : metrics_read_last_success(path);
	m->ledger = session->ledger != NULL && monitor_read_finished(m, session, &err) == 0 &&
	            monitor_read_open(m, session, &err) == 0 &&
	            monitor_count_canary(session, &m->canary, &err) == 0;
	monitor_add_expiries(m, session);
	buf_init(&b, METRICS_TEXT_MAX);
	metrics_text(m, &b);
	written = file_write(path, FILE_MODE_PUBLIC, b.data, b.len, &err) == 0;
	if (!written)
		log_error("metrics file: %s", err.text);
	buf_release(&b);
	return written;
}

/* FAILED: the run was stopped, or never began. */
static enum progress_state
monitor_state(int code)
{
	return code == EXIT_CODE_OK || code == EXIT_CODE_SOME || code == EXIT_CODE_OPEN
	               ? PROGRESS_FINISHED
	               : PROGRESS_FAILED;
}

static bool
monitor_write_status(struct monitor *m, const struct session *session, int code)
{
	struct engine_counters end = {.canary_since_ms = m->progress.last.canary_since_ms};
	struct error ignored; /* the metrics file meets it as well */

	for (size_t i = 0; i < m->metrics.runs; i++)
		for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
			end.decided[o] += m->metrics.run[i].rows[o];
	if (session->ledger != NULL &&
	    monitor_count_canary(session, &end.canary_devices, &ignored) != 0)
		end.canary_devices = 0;
	return progress_write_status(&m->progress, &end, monitor_state(code), code,
	                             clock_tick_ms());
}

static int
monitor_write_files(struct monitor *m, struct session *session, int code)
{
	const char *metrics = text_or_null(session->config.metrics_file);

	monitor_set_up(m, session); /* the command may have ended before a run began */
	/* If another run holds the lock, the status file belongs to that run. */
	if (m->progress.status_file != NULL && code != EXIT_CODE_LOCKED &&
	    !monitor_write_status(m, session, code))
		code = exit_code_worse(code, EXIT_CODE_UNWRITTEN);
	if (metrics != NULL && !monitor_write_metrics(&m->metrics, session, metrics, code))
		code = exit_code_worse(code, EXIT_CODE_UNWRITTEN);
	return code;
}

int
monitor_close(struct monitor *m, struct session *session, int code)
{
	if (m->unwritten)
		code = exit_code_worse(code, EXIT_CODE_UNWRITTEN);
	code = exit_code_written(code);
	if (session->options->dry_run)
		return code;
	code = monitor_write_files(m, session, code);
	ledger_close(session->ledger); /* other runs need not wait for the notices */
	session->ledger = NULL;
	notices_deliver(&m->notices, session, code);
	return code;
}
