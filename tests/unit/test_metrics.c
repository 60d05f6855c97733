/* The metrics file against the rules of its format, and the progress of a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/json.h"
#include "partner/run/metrics.h"
#include "partner/run/progress.h"
#include "tests/unit/fixture_dir.h"

static struct metrics
full(void)
{
	struct metrics m = {.last_success = 1795000000,
	                    .last_run = 1795542435,
	                    .exit_code = 6,
	                    .ledger = true,
	                    .oldest_pending = 90,
	                    .canary = 10,
	                    .open_steps = 12,
	                    .ends = {[METRICS_CLIENT] = 1700000000, [METRICS_CA] = 1827078433}};
	int64_t rows[OUTCOME_COUNT] = {[OUTCOME_DEREGISTERED] = 40, [OUTCOME_PENDING] = 3};
	struct engine_counters c = {.retries = 2, .throttled_ms = 4056};

	metrics_add_rows(&m, "oem-direct", rows);
	metrics_add_rows(&m, "oem-direct", rows); /* another run of the same command */
	metrics_add_rows(&m, "partner-center", rows);
	metrics_add_counters(&m, &c);
	metrics_add_counters(&m, &c);
	return m;
}

/* Every sample follows the HELP and TYPE of its family, and each family occurs once. */
static void
check_format(const char *text)
{
	char family[128] = "", seen[32][128];
	size_t families = 0;

	while (*text != '\0') {
		const char *end = strchr(text, '\n');
		char line[512];
		size_t n;

		assert_non_null(end);
		assert_true((size_t)(end - text) < sizeof(line));
		memcpy(line, text, (size_t)(end - text));
		line[end - text] = '\0';
		text = end + 1;
		if (strncmp(line, "# HELP ", 7) == 0) {
			n = strcspn(line + 7, " ");
			snprintf(family, sizeof(family), "%.*s", (int)n, line + 7);
			for (size_t i = 0; i < families; i++)
				assert_string_not_equal(seen[i], family);
			snprintf(seen[families++], sizeof(seen[0]), "%s", family);
			assert_true(isupper((unsigned char)line[8 + n]) &&
			            line[strlen(line) - 1] == '.');
			assert_true(strncmp(text, "# TYPE ", 7) == 0 &&
			            strncmp(text + 7, family, strlen(family)) == 0);
		} else if (strncmp(line, "# TYPE ", 7) == 0) {
			bool counter = strcmp(line + 8 + strlen(family), "counter") == 0;
			bool total = strlen(family) > 6 &&
			             strcmp(family + strlen(family) - 6, "_total") == 0;
			assert_true(counter || strcmp(line + 8 + strlen(family), "gauge") == 0);
			assert_true(counter == total);
		} else {
			char *value = strrchr(line, ' '), *rest;
			assert_non_null(value);
			n = strcspn(line, "{ ");
			assert_true(n == strlen(family) && strncmp(line, family, n) == 0);
			strtod(value + 1, &rest);
			assert_true(rest != value + 1 && *rest == '\0');
		}
	}
}

static void
metrics_keep_to_the_format(void **state)
{
	static const char *const expected[] = {
		"unpilot_last_success_timestamp_seconds 1795000000\n",
		"unpilot_last_run_timestamp_seconds 1795542435\n",
		"unpilot_last_exit_code 6\n",
		"unpilot_rows{outcome=\"deregistered\",route=\"oem-direct\"} 80\n",
		"unpilot_rows{outcome=\"pending\",route=\"partner-center\"} 3\n",
		"unpilot_rows{outcome=\"rejected\",route=\"oem-direct\"} 0\n",
		"unpilot_retries_total 4\n",
		"unpilot_throttled_seconds 8.112\n",
		"unpilot_oldest_pending_seconds 90\n",
		"unpilot_canary_unanswered_devices 10\n",
		"unpilot_open_handoff_steps 12\n",
		"unpilot_certificate_expiry_timestamp_seconds{use=\"client\"} 1700000000\n",
		"unpilot_certificate_expiry_timestamp_seconds{use=\"ca\"} 1827078433\n",
		"unpilot_info{version=\"" UNPILOT_VERSION "\"} 1\n",
	};
	struct metrics m = full();
	struct buf b;

	(void)state;
	buf_init(&b, METRICS_TEXT_MAX);
	metrics_text(&m, &b);
	check_format(b.data);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		if (strstr(b.data, expected[i]) == NULL)
			fail_msg("missing: %s", expected[i]);
	assert_null(strstr(b.data, "signing"));
	buf_release(&b);
}

static void
what_is_not_known_is_left_out(void **state)
{
	struct metrics m = {.last_run = 5, .exit_code = 2};
	struct buf b;

	(void)state;
	buf_init(&b, METRICS_TEXT_MAX);
	metrics_text(&m, &b);
	check_format(b.data);
	assert_non_null(strstr(b.data, "\nunpilot_last_exit_code 2\n"));
	assert_null(strstr(b.data, "success"));
	assert_null(strstr(b.data, "unpilot_rows"));
	assert_null(strstr(b.data, "retries"));
	assert_null(strstr(b.data, "pending"));
	assert_null(strstr(b.data, "certificate"));
	buf_release(&b);
}

static int64_t
read_back(const char *text)
{
	char path[FIXTURE_PATH_SIZE];
	int fd = mkstemp(fixture_temp(path, sizeof(path), "unpilot-metrics"));
	struct error err;
	int64_t value;

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(file_write(path, FILE_MODE_PUBLIC, text, strlen(text), &err), 0);
	value = metrics_read_last_success(path);
	unlink(path);
	return value;
}

static void
the_last_success_is_read_back(void **state)
{
	struct metrics m = full();
	struct buf b;

	(void)state;
	buf_init(&b, METRICS_TEXT_MAX);
	metrics_text(&m, &b);
	assert_int_equal(read_back(b.data), 1795000000);
	buf_release(&b);
	assert_int_equal(read_back(""), 0);
	assert_int_equal(read_back("\nunpilot_last_success_timestamp_seconds x\n"), 0);
	assert_int_equal(read_back("\nunpilot_last_success_timestamp_seconds -5\n"), 0);
	assert_int_equal(read_back("\nunpilot_last_success_timestamp_seconds "), 0);
	assert_int_equal(metrics_read_last_success("/nonexistent/metrics"), 0);
}

static void
assert_progress(const struct progress *p, const struct engine_counters *c, int64_t now,
                const char *expected)
{
	struct buf b;

	buf_init(&b, PROGRESS_TEXT_MAX);
	progress_text(p, c, now, &b);
	assert_string_equal(b.data, expected);
	buf_release(&b);
}

static void
progress_says_where_the_run_stands(void **state)
{
	struct progress p = {.total = 500, .began_ms = 1000, .stage = PROGRESS_SENDING};
	struct engine_counters c = {.in_flight = 1};

	(void)state;
	assert_progress(&p, &c, 1000, "0/500 devices, 0 %, 1 batch in flight, sending");
	c.in_flight = 4;
	c.decided[OUTCOME_DEREGISTERED] = 118;
	c.decided[OUTCOME_NOT_OURS] = 2;
	assert_progress(
		&p, &c, 61000,
		"120/500 devices, 24 %, 4 batches in flight, sending, 120 a minute, ETA 3 min, 118 "
		"deregistered, 2 not-ours");
	c.throttled_until_ms = 72001;
	assert_progress(
		&p, &c, 61000,
		"120/500 devices, 24 %, throttled, 12 s left, 4 batches in flight, sending, 120 a "
		"minute, 118 deregistered, 2 not-ours");
	/* never more than all */
	c.throttled_until_ms = 0;
	c.decided[OUTCOME_DEREGISTERED] = 600;
	c.decided[OUTCOME_NOT_OURS] = 0;
	assert_progress(&p, &c, 1000,
	                "600/600 devices, 100 %, 4 batches in flight, sending, 600 deregistered");
}

static void
progress_names_the_canary_while_everything_waits_for_it(void **state)
{
	struct progress p = {.total = 500, .began_ms = 1000, .stage = PROGRESS_SENDING};
	struct engine_counters c = {.in_flight = 1, .canary_devices = 10, .canary_since_ms = 1500};

	(void)state;
	assert_progress(&p, &c, 131500,
	                "0/500 devices, 0 %, waiting for the canary: 10 devices, 2 min, 1 batch in "
	                "flight");
	c.canary_devices = 1;
	assert_progress(&p, &c, 1500,
	                "0/500 devices, 0 %, waiting for the canary: 1 device, 0 s, 1 batch in "
	                "flight");
	/* not sent yet, or answered */
	c.canary_since_ms = 0;
	assert_progress(&p, &c, 1500, "0/500 devices, 0 %, 1 batch in flight, sending");
	c = (struct engine_counters){.in_flight = 1, .canary_since_ms = 1500};
	assert_progress(&p, &c, 131500, "0/500 devices, 0 %, 1 batch in flight, sending");
}

static void
progress_names_its_stage_and_the_next_poll(void **state)
{
	struct progress p = {.total = 500, .began_ms = 1000, .stage = PROGRESS_READING};
	struct engine_counters c = {.in_flight = 2, .unsent = 1, .unanswered = 300};

	(void)state;
	p.total = 0;
	assert_progress(&p, &c, 1000, "reading lists");
	p.read = 1;
	assert_progress(&p, &c, 1000, "reading 1 row");
	p.read = 120000;
	assert_progress(&p, &c, 1000, "reading 120,000 rows");
	p.total = 500;
	p.stage = PROGRESS_SENDING;
	assert_progress(&p, &c, 1000,
	                "0/500 devices, 0 %, 2 batches in flight, sending, 300 unanswered");
	c.unsent = 0;
	c.next_poll_ms = 43900;
	assert_progress(&p, &c, 1000,
	                "0/500 devices, 0 %, waiting for answers, next poll in 43 s, 2 batches in "
	                "flight, 300 unanswered");
	c.decided[OUTCOME_DEREGISTERED] = 500;
	p.stage = PROGRESS_PACKS;
	assert_progress(&p, &c, 1000, "500/500 devices, 100 %, writing packs");
}

static void
status_is_an_object_of_its_schema(void **state)
{
	struct progress p = {.run = "20261123T031500Z-4f2a",
	                     .total = 10,
	                     .began_ms = 1000,
	                     .stage = PROGRESS_SENDING,
	                     .command_started = 1795542435};
	struct engine_counters c = {.in_flight = 2, .throttled_until_ms = 9000},
			       end = {.canary_devices = 3};
	struct json *status;
	int64_t until;

	(void)state;
	c.decided[OUTCOME_DEREGISTERED] = 5;
	status = progress_status(&p, &c, PROGRESS_RUNNING, 0, 7000);
	assert_string_equal(json_text(json_get(status, "schema")), "unpilot-status/1");
	assert_string_equal(json_text(json_get(status, "run")), "20261123T031500Z-4f2a");
	assert_string_equal(json_text(json_get(status, "state")), "running");
	assert_string_equal(json_text(json_get(status, "started")), "2026-11-24T17:47:15Z");
	assert_true(json_is_null(json_get(status, "exit_code")));
	assert_true(json_number(json_get(status, "in_flight")) == 2);
	assert_string_equal(json_text(json_get(status, "stage")), "sending");
	assert_true(json_is_null(json_get(status, "next_poll")));
	assert_true(json_number(json_get(status, "rate")) == 50);
	assert_true(json_number(json_get(json_get(status, "counts"), "deregistered")) == 5);
	assert_true(clock_parse(json_text(json_get(status, "throttled_until")), &until));
	assert_true(until >= clock_now() && until <= clock_now() + 3);
	assert_true(json_number(json_get(status, "canary_unanswered")) == 0);
	assert_true(json_is_null(json_get(status, "canary_since")));
	json_free(status);
	c.canary_devices = 10;
	c.canary_since_ms = 2000;
	status = progress_status(&p, &c, PROGRESS_RUNNING, 0, 7000);
	assert_string_equal(json_text(json_get(status, "stage")), "canary");
	assert_true(json_number(json_get(status, "canary_unanswered")) == 10);
	assert_true(clock_parse(json_text(json_get(status, "canary_since")), &until));
	assert_true(until <= clock_now() - 5 && until >= clock_now() - 7);
	json_free(status);
	/* the command did not wait itself */
	status = progress_status(&p, &end, PROGRESS_FINISHED, 6, 7000);
	assert_true(json_number(json_get(status, "canary_unanswered")) == 3);
	assert_true(json_is_null(json_get(status, "canary_since")));
	json_free(status);
	status = progress_status(&p, &c, PROGRESS_FAILED, 5, 10000);
	assert_string_equal(json_text(json_get(status, "state")), "failed");
	assert_true(json_number(json_get(status, "exit_code")) == 5);
	assert_true(json_is_null(json_get(status, "throttled_until")));
	json_free(status);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metrics_keep_to_the_format),
		cmocka_unit_test(what_is_not_known_is_left_out),
		cmocka_unit_test(the_last_success_is_read_back),
		cmocka_unit_test(progress_says_where_the_run_stands),
		cmocka_unit_test(progress_names_its_stage_and_the_next_poll),
		cmocka_unit_test(progress_names_the_canary_while_everything_waits_for_it),
		cmocka_unit_test(status_is_an_object_of_its_schema),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
