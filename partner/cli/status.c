/* "status": prints the runs with their outcomes, and what is still open by customer and age: answers
 * of the service, and steps that customers have not reported done. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/json_line.h"
#include "partner/app/session.h"
#include "partner/cli/cli.h"
#include "partner/handoff/open_steps.h"
#include "partner/ledger/open.h"
#include "partner/ledger/report.h"
#include "partner/ledger/runs.h"

static const char *const state_words[] = {[RUN_PLANNED] = "planned",
                                          [RUN_OPEN] = "open",
                                          [RUN_FINISHED] = "finished",
                                          [RUN_LETTER] = "letter"};
_Static_assert(ARRAY_SIZE(state_words) == RUN_STATE_COUNT, "every state has its word");

/* 0 becomes null. */
static void
add_time(struct json *line, const char *key, int64_t seconds)
{
	char stamp[CLOCK_STAMP_SIZE];

	clock_stamp(seconds, stamp);
	json_add_text(line, key, seconds != 0 ? stamp : NULL);
}

static void
add_open_steps(struct json *object, const struct open_steps *open)
{
	json_add_number(object, "devices_left", open->devices);
	json_add_number(object, "steps_left", open->steps);
	add_time(object, "steps_left_since", open->since);
}

static void
on_customer_json(void *ctx, const char *customer, const struct open_steps *open)
{
	struct json *object = json_append_object(ctx);

	json_add_text(object, "customer", text_or_null(customer));
	add_open_steps(object, open);
}

/* one: the run was named, so its customers are printed as well. */
static int
print_run_json(struct session *session, const struct ledger_run *run,
               const int64_t counts[static OUTCOME_COUNT], int64_t since, bool one,
               struct error *err)
{
	struct json *line = json_object(), *object;
	struct open_steps open;
	int rc;

	json_add_text(line, "type", "run");
	json_add_text(line, "run", run->name);
	json_add_text(line, "state", state_words[run->state]);
	add_time(line, "started", run->started);
	json_add_text(line, "handoff", run->out);
	object = json_add_object(line, "counts");
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		json_add_number(object, outcome_word(o), counts[o]);
	json_add_number(line, "exit_code", run->exit_code);
	add_time(line, "open_since", since);
	rc = open_steps_count(session->ledger, run->id, NULL, NULL, &open, err);
	if (rc == 0)
		add_open_steps(line, &open);
	if (rc == 0 && one)
		rc = open_steps_count(session->ledger, run->id, on_customer_json,
		                      json_add_array(line, "customers"), &open, err);
	json_line_print(line);
	return rc;
}

static void
print_age(int64_t since)
{
	char age[CLOCK_AGE_SIZE];

	if (since == 0)
		return;
	clock_age(clock_now() - since, age);
	printf("  oldest without an answer: %s", age);
}

static void
print_open_steps(const struct open_steps *open)
{
	char age[CLOCK_AGE_SIZE];

	clock_age(clock_now() - open->since, age);
	printf("  %lld actions open on %lld devices, oldest: %s", (long long)open->steps,
	       (long long)open->devices, open->since != 0 ? age : "unknown");
	if (open->closed > 0)
		printf("; %lld devices closed", (long long)open->closed);
}

static int
print_run(struct session *session, const struct ledger_run *run,
          const int64_t counts[static OUTCOME_COUNT], struct error *err)
{
	struct open_steps open;
	int64_t since;

	if (ledger_open_since(session->ledger, run->id, &since, err) != 0)
		return -1;
	if (session->options->json)
		return print_run_json(session, run, counts, since, session->options->args > 0, err);
	if (open_steps_count(session->ledger, run->id, NULL, NULL, &open, err) != 0)
		return -1;
	printf("%s  %-8s", run->name, state_words[run->state]);
	for (enum outcome i = 0; i < OUTCOME_COUNT; i++)
		if (counts[i] > 0)
			printf("  %lld %s", (long long)counts[i], outcome_word(i));
	print_age(since);
	if (open.steps > 0)
		print_open_steps(&open);
	else if (open.closed > 0)
		printf("  all %lld devices closed", (long long)open.closed);
	putchar('\n');
	return 0;
}

static void
on_customer(void *ctx UNUSED, const char *customer, const struct open_steps *open)
{
	char shown[300];

	text_printable(shown, sizeof(shown), customer);
	printf("  customer %s:", shown[0] != '\0' ? shown : "(none)");
	print_open_steps(open);
	putchar('\n');
}

static void
on_needs(void *ctx UNUSED, const char *customer, int64_t rows)
{
	char shown[300];

	text_printable(shown, sizeof(shown), customer);
	printf("  customer %s: %lld %s a person\n", shown[0] != '\0' ? shown : "(none)",
	       (long long)rows, rows == 1 ? "row needs" : "rows need");
}

/* In JSON they are part of the run's line. */
static int
print_customers(struct session *session, const struct ledger_run *run, struct error *err)
{
	struct open_steps all;

	if (session->options->json)
		return 0;
	return open_steps_count(session->ledger, run->id, on_customer, NULL, &all, err) != 0
	               ? -1
	               : ledger_each_needs(session->ledger, run->id, on_needs, NULL, err);
}

static int
print_customer_open(void *ctx, const struct ledger_open *open, struct error *err UNUSED)
{
	struct session *session = ctx;
	char shown[300];

	if (session->options->json) {
		struct json *line = json_object();
		json_add_text(line, "type", "open");
		json_add_text(line, "customer", text_or_null(open->customer));
		json_add_number(line, "pending", open->pending);
		json_add_number(line, "unknown", open->unknown);
		json_add_number(line, "not-sent", open->not_sent);
		add_time(line, "open_since", open->since);
		json_line_print(line);
		return 0;
	}
	text_printable(shown, sizeof(shown), open->customer);
	printf("  customer %s: %lld pending, %lld unknown, %lld not sent",
	       shown[0] != '\0' ? shown : "(none)", (long long)open->pending,
	       (long long)open->unknown, (long long)open->not_sent);
	print_age(open->since);
	putchar('\n');
	return 0;
}

static int
show_run(struct session *session, const char *name, struct error *err)
{
	struct ledger_run run = {0};
	int64_t counts[OUTCOME_COUNT];
	int code = session_find_run(session, name, &run);

	if (code == EXIT_CODE_OK &&
	    (ledger_counts(session->ledger, run.id, counts, err) != 0 ||
	     print_run(session, &run, counts, err) != 0 ||
	     ledger_each_open(session->ledger, run.id, print_customer_open, session, err) != 0 ||
	     print_customers(session, &run, err) != 0)) {
		log_error("%s", err->text);
		code = EXIT_CODE_UNUSABLE;
	}
	ledger_run_release(&run);
	return code;
}

struct table {
	struct session *session;
	struct ledger_run_filter filter;
	long long limit; /* runs that may be printed; 0: all */
	long long printed;
	int header; /* whether the header is printed */
};

#define TABLE_ROW "%-21s %-17s %-8s %7s %7s %6s %7s\n" /* 79 columns */

static void
print_header(struct table *t)
{
	if (t->header == 0)
		printf(t->filter.kind == RUN_KIND_PLAN ? "%sPlans\n" : "%s",
		       t->filter.kind == RUN_KIND_PLAN ? "\n" : "");
	if (t->header++ == 0)
		printf(TABLE_ROW, t->filter.kind == RUN_KIND_PLAN ? "PLAN" : "RUN", "STARTED",
		       "STATE", "ROWS", "DONE", "WAIT", "ACTIONS");
}

/* Local time for a person at a terminal, else UTC. */
static void
short_time(int64_t seconds, char *dst, size_t size)
{
	bool local = isatty(STDOUT_FILENO) != 0;
	time_t t = (time_t)seconds;
	struct tm tm;

	if ((local ? localtime_r(&t, &tm) : gmtime_r(&t, &tm)) == NULL ||
	    strftime(dst, size, local ? "%Y-%m-%d %H:%M" : "%Y-%m-%d %H:%MZ", &tm) == 0)
		text_copy(dst, size, "?");
}

static int64_t
waiting(const int64_t counts[static OUTCOME_COUNT])
{
	return counts[OUTCOME_PENDING] + counts[OUTCOME_UNKNOWN] + counts[OUTCOME_NOT_SENT];
}

static void
print_table_row(struct table *t, const struct ledger_run *run,
                const int64_t counts[static OUTCOME_COUNT], const struct open_steps *open)
{
	char time[24], number[4][24];
	int64_t rows = 0;

	for (enum outcome i = 0; i < OUTCOME_COUNT; i++)
		rows += counts[i];
	print_header(t);
	short_time(run->started, time, sizeof(time));
	snprintf(number[0], sizeof(number[0]), "%lld", (long long)rows);
	snprintf(number[1], sizeof(number[1]), "%lld",
	         (long long)counts[OUTCOME_DEREGISTERED] +
	                 (long long)counts[OUTCOME_NOT_REGISTERED]);
	snprintf(number[2], sizeof(number[2]), "%lld", (long long)waiting(counts));
	snprintf(number[3], sizeof(number[3]), "%lld", (long long)open->steps);
	printf(TABLE_ROW, run->name, time, state_words[run->state], number[0], number[1], number[2],
	       number[3]);
}

static int
on_run(void *ctx, const struct ledger_run *run, struct error *err)
{
	struct table *t = ctx;
	struct ledger *l = t->session->ledger;
	const struct options *o = t->session->options;
	int64_t counts[OUTCOME_COUNT];
	struct open_steps open;

	if (t->limit > 0 && t->printed >= t->limit)
		return 1;
	if (ledger_counts(l, run->id, counts, err) != 0 ||
	    open_steps_count(l, run->id, NULL, NULL, &open, err) != 0)
		return -1;
	if (o->open && (run->state == RUN_PLANNED ||
	                (run->state != RUN_OPEN && waiting(counts) + open.steps == 0)))
		return 0;
	t->printed++;
	if (o->json)
		return print_run(t->session, run, counts, err);
	print_table_row(t, run, counts, &open);
	return 0;
}

static int
print_table(struct table *t, enum run_kind kind, struct error *err)
{
	t->filter.kind = kind;
	t->printed = 0;
	t->header = 0;
	return ledger_each_run(t->session->ledger, &t->filter, on_run, t, err);
}

/* A date is the beginning of that day, UTC. */
static bool
parse_since(const char *text, int64_t *ret)
{
	char stamp[CLOCK_STAMP_SIZE];
	long long ms;

	if (text_duration(text, &ms)) {
		*ret = clock_now() - ms / 1000;
		return true;
	}
	snprintf(stamp, sizeof(stamp), "%.10sT00:00:00Z", text);
	return clock_parse(text, ret) || (strlen(text) == 10 && clock_parse(stamp, ret));
}

static int
parse_filter(struct table *t, const struct options *o, struct error *err)
{
	t->limit = 20;
	t->filter.customer = o->customer != NULL ? o->customer : "";
	if (o->limit != NULL && !text_number(o->limit, 0, INT32_MAX, &t->limit))
		return error_set(err, "--limit: \"%s\" is not a number of runs", o->limit);
	if (o->since != NULL && !parse_since(o->since, &t->filter.since))
		return error_set(err,
		                 "--since: \"%s\" is neither a date such as 2026-11-01 nor a "
		                 "duration such as 14d",
		                 o->since);
	return 0;
}

static int
ignore_customer(void *ctx UNUSED, const struct ledger_customer *customer UNUSED,
                struct error *err UNUSED)
{
	return 0;
}

static int
show_all(struct session *session)
{
	const struct options *o = session->options;
	struct table t = {.session = session};
	struct error err;
	int rc = parse_filter(&t, o, &err);

	if (rc != 0)
		return exit_code_unusable(&err);
	if (o->customer != NULL) {
		rc = ledger_last_customer(session->ledger, o->customer, ignore_customer, NULL,
		                          &err);
		if (rc == 0)
			return session_unknown_customer(session, o->customer);
	}
	if (rc >= 0)
		rc = print_table(&t, o->json ? RUN_KIND_ALL : RUN_KIND_SENDING, &err);
	if (rc >= 0 && !o->json)
		rc = print_table(&t, RUN_KIND_PLAN, &err);
	return rc >= 0 ? EXIT_CODE_OK : exit_code_unusable(&err);
}

static int
status_main(const struct options *o)
{
	struct session session;
	struct error err;
	int code = session_open(&session, o);

	if (code == EXIT_CODE_OK)
		code = session_open_ledger_readonly(&session);
	if (code == EXIT_CODE_OK && o->args > 0) {
		code = show_run(&session, o->arg[0], &err);
	} else if (code == EXIT_CODE_OK) {
		code = show_all(&session);
	}
	session_close(&session);
	return code;
}

const struct command command_status = {
	.name = "status",
	.options = FOR_STATUS,
	.run = status_main,
	.usage = "status [OPTION...] [RUN]",
	.line = "runs, what is open, and for how long",
	.about =
		"Lists the newest 20 runs, and plans apart from them: rows, rows that are done\n"
		"(deregistered or not-registered), rows that wait for an outcome, and open actions of\n"
		"customers. Times are local on a terminal, else UTC. With RUN: its outcomes, and what\n"
		"each customer has open, closed, or needs a person for.\n\n"
		"Examples:\n"
		"  unpilot status --since 14d --open\n"
		"  unpilot status latest",
};
