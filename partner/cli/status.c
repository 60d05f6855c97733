/* "status": prints the runs with their outcomes, and what is still open by customer and age: answers
 * of the service, and steps that customers have not reported done. */
#include <stdio.h>
#include <string.h>

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

static const char *const state_words[] = {
	[RUN_PLANNED] = "planned", [RUN_OPEN] = "open", [RUN_FINISHED] = "finished"};
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
print_run(void *ctx, const struct ledger_run *run, const int64_t counts[static OUTCOME_COUNT],
          struct error *err)
{
	struct session *session = ctx;
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

/* In JSON they are part of the run's line. */
static int
print_customers(struct session *session, const struct ledger_run *run, struct error *err)
{
	struct open_steps all;

	return session->options->json
	               ? 0
	               : open_steps_count(session->ledger, run->id, on_customer, NULL, &all, err);
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
	} else if (code == EXIT_CODE_OK &&
	           ledger_each_run(session.ledger, print_run, &session, &err) != 0) {
		code = exit_code_unusable(&err);
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
		"Lists the runs with their state, the number of rows of each outcome, and the age of the\n"
		"oldest request without an answer. With RUN it also lists what is open for each\n"
		"customer.\n\n"
		"Example:\n"
		"  unpilot status",
};
