/* Renders the metrics file. monitor.c collects the values and writes the file. */
#include "partner/run/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/text.h"

#define LAST_SUCCESS "unpilot_last_success_timestamp_seconds"

void
metrics_add_rows(struct metrics *m, const char *route, const int64_t rows[static OUTCOME_COUNT])
{
	size_t i = 0;

	while (i < m->runs && strcmp(m->run[i].route, route) != 0)
		i++;
	if (i == METRICS_ROUTES_MAX)
		return;
	if (i == m->runs)
		m->run[m->runs++].route = route;
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		m->run[i].rows[o] += rows[o];
}

void
metrics_add_counters(struct metrics *m, const struct engine_counters *c)
{
	m->sent = true;
	m->retries += c->retries;
	m->throttled_ms += c->throttled_ms;
}

static void
metrics_print_head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
metrics_print_gauge(struct buf *b, const char *name, const char *help, int64_t value)
{
	metrics_print_head(b, name, "gauge", help);
	buf_printf(b, "%s %lld\n", name, (long long)value);
}

static void
metrics_print_rows(const struct metrics *m, struct buf *b)
{
	if (m->runs == 0)
		return;
	metrics_print_head(b, "unpilot_rows", "gauge",
	                   "Rows of the latest run by outcome and route.");
	for (size_t i = 0; i < m->runs; i++)
		for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
			buf_printf(b, "unpilot_rows{outcome=\"%s\",route=\"%s\"} %lld\n",
			           outcome_word(o), m->run[i].route, (long long)m->run[i].rows[o]);
}

static void
metrics_print_counters(const struct metrics *m, struct buf *b)
{
	if (!m->sent)
		return;
	metrics_print_head(b, "unpilot_retries_total", "counter",
	                   "Requests of the latest run that were repeated.");
	buf_printf(b, "unpilot_retries_total %lld\n", (long long)m->retries);
	metrics_print_head(
		b, "unpilot_throttled_seconds", "gauge",
		"Time of the latest run in which the service's throttling held back every request.");
	buf_printf(b, "unpilot_throttled_seconds %lld.%03lld\n", (long long)m->throttled_ms / 1000,
	           (long long)m->throttled_ms % 1000);
}

/* A point in time instead of days left, so that an alert still fires if nobody updates the file. */
static void
metrics_print_certificates(const struct metrics *m, struct buf *b)
{
	static const char name[] = "unpilot_certificate_expiry_timestamp_seconds";
	static const char *const uses[] = {
		[METRICS_CLIENT] = "client",
		[METRICS_SIGNING] = "signing",
		[METRICS_CA] = "ca",
		[METRICS_APP] = "app",
	};
	_Static_assert(ARRAY_SIZE(uses) == METRICS_CERTIFICATE_COUNT, "each use needs a word");
	bool begun = false;

	for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
		if (m->ends[i] == 0)
			continue;
		if (!begun)
			metrics_print_head(b, name, "gauge",
			                   "When the first certificate of the file expires.");
		begun = true;
		buf_printf(b, "%s{use=\"%s\"} %lld\n", name, uses[i], (long long)m->ends[i]);
	}
}

void
metrics_text(const struct metrics *m, struct buf *b)
{
	if (m->last_success != 0)
		metrics_print_gauge(b, LAST_SUCCESS, "When a run last finished (exit code 0 or 1).",
		                    m->last_success);
	metrics_print_gauge(b, "unpilot_last_run_timestamp_seconds", "When the latest run ended.",
	                    m->last_run);
	metrics_print_gauge(b, "unpilot_last_exit_code", "Exit code of the latest run.",
	                    m->exit_code);
	metrics_print_rows(m, b);
	metrics_print_counters(m, b);
	if (m->ledger) {
		metrics_print_gauge(
			b, "unpilot_oldest_pending_seconds",
			"Age of the oldest request without a final answer; 0: there is none.",
			m->oldest_pending);
		metrics_print_gauge(b, "unpilot_canary_unanswered_devices",
		                    "First devices of open runs that have no answer, so that the "
		                    "others wait.",
		                    m->canary);
		metrics_print_gauge(
			b, "unpilot_open_handoff_steps",
			"Clean-up steps that customers have not reported done, over all runs.",
			m->open_steps);
	}
	metrics_print_certificates(m, b);
	metrics_print_head(b, "unpilot_info", "gauge", "The version that wrote this.");
	buf_str(b, "unpilot_info{version=\"" UNPILOT_VERSION "\"} 1\n");
}

int64_t
metrics_read_last_success(const char *path)
{
	const char *at;
	long long value = 0;
	struct buf b;

	buf_init(&b, METRICS_TEXT_MAX);
	if (file_read(path, &b, NULL) == 0 &&
	    (at = strstr(b.data, "\n" LAST_SUCCESS " ")) != NULL) {
		at += sizeof("\n" LAST_SUCCESS " ") - 1;
		b.data[(size_t)(at - b.data) + text_line_length(at, strlen(at))] = '\0';
		if (!text_number(at, 0, INT64_MAX, &value))
			value = 0;
	}
	buf_release(&b);
	return value;
}
