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
head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
one(struct buf *b, const char *name, const char *help, int64_t value)
{
	head(b, name, "gauge", help);
	buf_printf(b, "%s %lld\n", name, (long long)value);
}

static void
add_rows(const struct metrics *m, struct buf *b)
{
	if (m->runs == 0)
		return;
	head(b, "unpilot_rows", "gauge", "Rows of the latest run by outcome and route.");
	for (size_t i = 0; i < m->runs; i++)
		for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
			buf_printf(b, "unpilot_rows{outcome=\"%s\",route=\"%s\"} %lld\n",
			           outcome_word(o), m->run[i].route, (long long)m->run[i].rows[o]);
}

static void
add_counters(const struct metrics *m, struct buf *b)
{
	if (!m->sent)
		return;
	head(b, "unpilot_retries_total", "counter",
	     "Requests of the latest run that were made once more.");
	buf_printf(b, "unpilot_retries_total %lld\n", (long long)m->retries);
	head(b, "unpilot_throttled_seconds", "gauge",
	     "Time of the latest run in which nothing was sent because the service said so.");
	buf_printf(b, "unpilot_throttled_seconds %lld.%03lld\n", (long long)m->throttled_ms / 1000,
	           (long long)m->throttled_ms % 1000);
}

/* A point in time and not days: a file that nobody writes any more still counts down. */
static void
add_certificates(const struct metrics *m, struct buf *b)
{
	static const char name[] = "unpilot_certificate_expiry_timestamp_seconds";
	static const char *const uses[] = {
		[METRICS_CLIENT] = "client",
		[METRICS_SIGNING] = "signing",
		[METRICS_CA] = "ca",
		[METRICS_APP] = "app",
	};
	_Static_assert(ARRAY_SIZE(uses) == METRICS_CERTIFICATE_COUNT, "every use has its word");
	bool begun = false;

	for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
		if (m->ends[i] == 0)
			continue;
		if (!begun)
			head(b, name, "gauge", "When the first certificate of the file expires.");
		begun = true;
		buf_printf(b, "%s{use=\"%s\"} %lld\n", name, uses[i], (long long)m->ends[i]);
	}
}

void
metrics_text(const struct metrics *m, struct buf *b)
{
	if (m->last_success != 0)
		one(b, LAST_SUCCESS, "When a run last came to its end (exit code 0 or 1).",
		    m->last_success);
	one(b, "unpilot_last_run_timestamp_seconds", "When the latest run ended.", m->last_run);
	one(b, "unpilot_last_exit_code", "Exit code of the latest run.", m->exit_code);
	add_rows(m, b);
	add_counters(m, b);
	if (m->ledger) {
		one(b, "unpilot_oldest_pending_seconds",
		    "Age of the oldest request without a final answer, 0 where there is none.",
		    m->oldest_pending);
		one(b, "unpilot_open_handoff_steps",
		    "Clean-up steps that customers have not reported done, over all runs.",
		    m->open_steps);
	}
	add_certificates(m, b);
	head(b, "unpilot_info", "gauge", "The version that wrote this.");
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
