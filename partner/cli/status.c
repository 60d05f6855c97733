/* "status": prints the runs with their outcomes, and what is still open by customer and age: answers
 * of the service, and steps that customers have not reported done. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/json_line.h"
#include "partner/app/next_step.h"
#include "partner/app/session.h"
#include "partner/app/shown.h"
#include "partner/cli/cli.h"
#include "partner/cli/status_run.h"
#include "partner/cli/status_waiting.h"
#include "partner/handoff/open_steps.h"
#include "partner/ledger/open.h"
#include "partner/ledger/report.h"
#include "partner/ledger/runs.h"

#define WATCH_S 2             /* between two looks of --watch */
#define CLEAR "\033[H\033[2J" /* the terminal */

/* *ret_over, if not NULL: nothing more will happen to the run. */
static int
show_run(struct session *session, const char *name, bool *ret_over)
{
	struct ledger_run run = {0};
	struct error err;
	int code = session_find_run(session, name, &run);

	if (code == EXIT_CODE_OK && (run.state == RUN_LETTER && !session->options->json
	                                     ? status_print_letter(session->ledger, &run, &err)
	                                     : status_run_print(session, &run, &err)) != 0)
		code = exit_code_unusable(&err);
	if (ret_over != NULL)
		*ret_over = code != EXIT_CODE_OK || run.state >= RUN_FINISHED;
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

static int64_t
waiting(const int64_t counts[static OUTCOME_COUNT])
{
	return counts[OUTCOME_PENDING] + counts[OUTCOME_UNKNOWN] + counts[OUTCOME_NOT_SENT];
}

static void
print_table_row(struct table *t, const struct ledger_run *run,
                const int64_t counts[static OUTCOME_COUNT], const struct open_steps *open)
{
	char time[SHOWN_SIZE], number[4][24];
	int64_t rows = 0;

	for (enum outcome i = 0; i < OUTCOME_COUNT; i++)
		rows += counts[i];
	print_header(t);
	shown_time(run->started, time);
	snprintf(number[0], sizeof(number[0]), "%lld", (long long)rows);
	snprintf(number[1], sizeof(number[1]), "%lld",
	         (long long)counts[OUTCOME_DEREGISTERED] +
	                 (long long)counts[OUTCOME_NOT_REGISTERED]);
	snprintf(number[2], sizeof(number[2]), "%lld", (long long)waiting(counts));
	snprintf(number[3], sizeof(number[3]), "%lld", (long long)open->steps);
	printf(TABLE_ROW, run->name, time, status_state_word(run->state), number[0], number[1],
	       number[2], number[3]);
}

static int
print_run_json(struct session *session, const struct ledger_run *run, struct error *err)
{
	struct json *line = status_run_json(session, run, err);

	if (line == NULL)
		return -1;
	json_line_print(line);
	return 0;
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
		return print_run_json(t->session, run, err);
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
show_all(struct table *t)
{
	struct session *session = t->session;
	const struct options *o = session->options;
	struct error err;
	int rc;

	if (o->customer != NULL && !session_knows_customer(session, o->customer))
		return session_unknown_customer(session, o->customer);
	rc = print_table(t, o->json ? RUN_KIND_ALL : RUN_KIND_SENDING, &err);
	if (rc >= 0 && !o->json)
		rc = print_table(t, RUN_KIND_PLAN, &err);
	if (rc >= 0 && !o->json)
		rc = status_print_waiting(session->ledger, 0, &err);
	if (rc >= 0 && !o->json)
		rc = status_print_alarm(session->ledger, NULL, &err);
	return rc >= 0 ? EXIT_CODE_OK : exit_code_unusable(&err);
}

static int
show(struct session *session, bool *ret_over)
{
	const struct options *o = session->options;
	struct table t = {.session = session};
	struct error err;

	*ret_over = false;
	if (parse_filter(&t, o, &err) != 0) {
		next_step_set("help status");
		return exit_code_unusable(&err);
	}
	return o->args > 0 ? show_run(session, o->arg[0], ret_over) : show_all(&t);
}

/* Prints again and again until the run is over, or until the user interrupts. */
static int
watch(struct session *session)
{
	const struct timespec pause = {.tv_sec = WATCH_S};
	bool over = false;
	int code;

	for (;;) {
		fputs(CLEAR, stdout);
		code = show(session, &over);
		if (code != EXIT_CODE_OK || over || fflush(stdout) != 0)
			return code;
		nanosleep(&pause, NULL);
	}
}

static int
status_main(const struct options *o)
{
	struct session session;
	bool over;
	int code = session_open(&session, o);

	if (code == EXIT_CODE_OK && o->watch && (o->json || !shown_on_terminal())) {
		log_error("--watch needs a terminal; leave it out to print the status once");
		next_step_set("help status");
		code = EXIT_CODE_UNUSABLE;
	}
	if (code == EXIT_CODE_OK)
		code = session_open_ledger_readonly(&session);
	if (code == EXIT_CODE_OK)
		code = o->watch ? watch(&session) : show(&session, &over);
	session_close(&session);
	return code;
}

const struct command command_status = {
	.name = "status",
	.args_max = 1,
	.options = FOR_STATUS,
	.run = status_main,
	.usage = "status [OPTION...] [RUN]",
	.line = "runs, what is open, and for how long",
	.about =
		"Lists the newest 20 runs, and plans apart from them: rows, rows that are done\n"
		"(deregistered or not-registered), rows that wait for an outcome, and open actions of\n"
		"customers. Times are local on a terminal, else UTC. With RUN: its outcomes, and for\n"
		"each customer the devices that are closed and open, open actions, devices that wait for\n"
		"an outcome, and those that need a person; then the reasons.\n\n"
		"Examples:\n"
		"  unpilot status --since 14d --open\n"
		"  unpilot status latest\n"
		"  unpilot status latest --watch",
};
