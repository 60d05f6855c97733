/* Records and prints plans. run.c imports their lists; `apply` sends them. */
#include "partner/run/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/json_line.h"
#include "partner/app/next_step.h"
#include "partner/app/session_trust.h"
#include "partner/app/shown.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/gate.h"
#include "partner/ledger/guards.h"
#include "partner/ledger/open.h"
#include "partner/ledger/report.h"
#include "partner/run/further.h"
#include "partner/run/reasons.h"

#define STEP_MAX ((size_t)64 * 1024)

/* The digest covers every device that the plan would ask. */
static int
plan_seal(struct ledger *l, struct ledger_run *run, struct error *err)
{
	if (ledger_run_digest(l, run->id, run->digest, err) != 0)
		return -1;
	return ledger_run_set_digest(l, run->id, run->digest, err);
}

static int
plan_print_customer(void *ctx, const struct ledger_open *open, struct error *err UNUSED)
{
	struct json *customers = ctx, *customer;

	if (open->not_sent == 0)
		return 0;
	if (customers == NULL) {
		char shown[300];
		text_printable(shown, sizeof(shown), open->customer);
		printf("customer %s: %lld row%s\n", shown[0] != '\0' ? shown : "(none)",
		       (long long)open->not_sent, text_s(open->not_sent));
		return 0;
	}
	customer = json_append_object(customers);
	json_add_text(customer, "customer", text_or_null(open->customer));
	json_add_number(customer, "rows", open->not_sent);
	return 0;
}

/* Which guards bound the damage of a wrong night. */
struct plan_guards {
	int64_t canary;        /* devices that go first; 0: none */
	int64_t trusted_until; /* an earlier canary is trusted so long; 0: none is */
	int64_t max_unanswered;
};

static int
plan_guards(const struct session *session, int64_t devices, struct plan_guards *ret,
            struct error *err)
{
	const struct config *c = &session->config;

	*ret = (struct plan_guards){.max_unanswered = c->max_unanswered};
	if (c->canary == 0)
		return 0;
	if (session_trusted_until(session, &ret->trusted_until, err) != 0)
		return -1;
	if (ret->trusted_until == 0)
		ret->canary = devices < c->canary ? devices : c->canary;
	return 0;
}

static int
plan_print_json(const struct session *session, const struct ledger_run *run, int64_t devices,
                int64_t waiting, struct error *err)
{
	char until[CLOCK_STAMP_SIZE] = "";
	struct plan_guards guards;
	struct json *line;
	int rc;

	if (plan_guards(session, devices, &guards, err) != 0)
		return -1;
	if (guards.trusted_until != 0)
		clock_stamp(guards.trusted_until, until);
	line = json_object();
	json_add_text(line, "type", "plan");
	json_add_text(line, "run", run->name);
	json_add_text(line, "digest", run->digest);
	json_add_number(line, "devices", devices);
	if (waiting > 0)
		json_add_number(line, "waiting", waiting);
	json_add_number(line, "canary", guards.canary);
	json_add_text(line, "canary_trusted_until", text_or_null(until));
	json_add_number(line, "max_unanswered", guards.max_unanswered);
	rc = ledger_each_open(session->ledger, run->id, plan_print_customer,
	                      json_add_array(line, "customers"), err);
	if (rc == 0)
		rc = reasons_add_json(session->ledger, run->id, LEDGER_OUTCOME(OUTCOME_HELD),
		                      json_add_array(line, "held"), err);
	if (rc == 0)
		json_line_print(line);
	else
		json_free(line);
	return rc;
}

static int
plan_print_guards(const struct session *session, int64_t devices, struct error *err)
{
	char until[SHOWN_SIZE];
	struct plan_guards g;

	if (plan_guards(session, devices, &g, err) != 0)
		return -1;
	if (g.canary > 0) {
		printf("canary: %lld device%s first, the others after %s\n", (long long)g.canary,
		       g.canary == 1 ? "" : "s", g.canary == 1 ? "its answer" : "their answers");
	} else if (g.trusted_until > 0) {
		shown_time(g.trusted_until, until);
		printf("canary: none, an earlier one is trusted until %s\n", until);
	} else {
		printf("canary: off\n");
	}
	if (g.max_unanswered > 0)
		printf("max-unanswered: %lld device%s\n", (long long)g.max_unanswered,
		       text_s(g.max_unanswered));
	else
		printf("max-unanswered: off\n");
	return 0;
}

static void
plan_print_waiting(const struct ledger_gate *gate, int64_t devices)
{
	if (devices > 0)
		printf("%lld device%s will %s customer's answers to the letter\n",
		       (long long)devices, text_s(devices),
		       gate->mode == LEDGER_GATE_REQUIRE ? "wait for the" : "be sent without the");
}

int
plan_print(struct session *session, const struct ledger_run *run, struct error *err)
{
	struct ledger_gate gate = session_gate(session);
	struct ledger_devices devices;
	int64_t waiting;

	if (ledger_count_devices(session->ledger, run->id, &devices, err) != 0 ||
	    ledger_gate_count(session->ledger, run->id, &gate, &waiting, err) != 0)
		return -1;
	if (session->options->json)
		return plan_print_json(session, run, devices.askable, waiting, err);
	if (session->options->quiet)
		return 0;
	if (devices.askable == 0)
		printf("plan %s: nothing would be sent\n", run->name);
	else
		printf("plan %s: %lld device%s to deregister\ndigest %s\n", run->name,
		       (long long)devices.askable, text_s(devices.askable), run->digest);
	plan_print_waiting(&gate, waiting);
	if (devices.askable > 0 && plan_print_guards(session, devices.askable, err) != 0)
		return -1;
	if (ledger_each_open(session->ledger, run->id, plan_print_customer, NULL, err) != 0)
		return -1;
	return reasons_print(session->ledger, run->id, LEDGER_OUTCOME(OUTCOME_HELD), err);
}

/* Prints only counts; the reason of each row says more. */
static int
plan_print_lookup(const struct session *session, const struct ledger_run *run,
                  const struct engine_lookup *lookup, struct error *err)
{
	struct json *line, *other;
	int rc;

	if (!session->options->json) {
		if (session->options->quiet)
			return 0;
		printf("looked up: %lld found", (long long)lookup->found);
		for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
			if (lookup->other[o] > 0)
				printf(", %lld %s", (long long)lookup->other[o], outcome_word(o));
		printf("\n");
		return further_report(session, run, NULL, err);
	}
	line = json_object();
	json_add_text(line, "type", "look");
	json_add_number(line, "found", lookup->found);
	other = json_add_object(line, "other");
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		if (lookup->other[o] > 0)
			json_add_number(other, outcome_word(o), lookup->other[o]);
	rc = further_report(session, run, json_add_array(line, "customers"), err);
	if (rc == 0)
		json_line_print(line);
	else
		json_free(line);
	return rc;
}

static bool
plan_can_look_up(const struct session *session)
{
	return session->route != NULL && session->route->ops->lookup != NULL;
}

int
plan_record(struct session *session, struct ledger_run *run, struct error *err)
{
	if (plan_can_look_up(session) && ledger_plan_unseen(session->ledger, run->id, err) != 0)
		return -1;
	return plan_seal(session->ledger, run, err);
}

/* Asks a route that can look devices up whether the service has these devices. */
static int
plan_look_up(struct session *session, struct ledger_run *run)
{
	struct engine_settings settings = send_settings(session);
	int64_t incomplete[OUTCOME_COUNT] = {0};
	struct engine_result result;
	struct engine_lookup lookup;
	struct error err;

	if (engine_lookup(session->ledger, run, session->route, &settings, &lookup, &result,
	                  &err) != 0)
		return exit_code_unusable(&err);
	if (plan_print_lookup(session, run, &lookup, &err) != 0)
		return exit_code_unusable(&err);
	if (lookup.other[OUTCOME_UNKNOWN] + lookup.other[OUTCOME_NOT_SENT] > 0)
		incomplete[OUTCOME_UNKNOWN] = 1;
	return exit_code_of(&result, incomplete);
}

/* The plan's own options decide what it found, so `apply` needs them as well. The caller frees it. */
static char *
plan_apply_step(const struct session *session, const struct ledger_run *run)
{
	const struct options *o = session->options;
	const struct {
		bool given;
		const char *option;
	} flags[] = {
		{o->again, "again"},
		{o->moved, "moved"},
		{o->not_ready, "not-ready"},
		{o->all_matches, "all-matches"},
	};
	static const char *const others[] = {"log", "lists", "metrics"};
	struct option_override override;
	struct buf b;
	size_t at = 0;

	buf_init(&b, STEP_MAX);
	buf_printf(&b, "apply %s --digest %s", run->name, run->digest);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (flags[i].given)
			buf_printf(&b, " --%s", flags[i].option);
	while (options_next_override(o, &at, &override)) {
		bool wanted = true;
		for (size_t i = 0; i < ARRAY_SIZE(others) && override.section != NULL; i++)
			wanted = wanted && strcmp(override.section, others[i]) != 0;
		if (wanted)
			next_step_add_option(&b, override.name, override.value);
	}
	return buf_detach(&b);
}

/* The last line of a plan that would send something. */
static int
plan_print_apply(const struct session *session, const struct ledger_run *run, struct error *err)
{
	struct ledger_devices devices;
	char *step, *command;

	if (session->options->json || session->options->quiet)
		return 0;
	if (ledger_count_devices(session->ledger, run->id, &devices, err) != 0)
		return -1;
	if (devices.askable == 0)
		return 0;
	step = plan_apply_step(session, run);
	command = next_step_command(step);
	printf("send it with: %s\n", command);
	free(command);
	free(step);
	return 0;
}

int
plan_finish(struct sender *s, struct ledger_run *run, int guard)
{
	struct session *session = s->session;
	int64_t counts[OUTCOME_COUNT];
	struct error err;
	char *step;
	int code;

	if (plan_can_look_up(session)) {
		guard = exit_code_worse(guard, plan_look_up(session, run));
		/* once more, because the digest covers the registrations that were found */
		if (plan_seal(session->ledger, run, &err) != 0)
			return exit_code_unusable(&err);
	}
	if (ledger_counts(session->ledger, run->id, counts, &err) != 0 ||
	    plan_print(session, run, &err) != 0)
		return exit_code_unusable(&err);
	code = exit_code_worse(guard, exit_code_of_plan(counts));
	step = plan_apply_step(session, run);
	if (code == EXIT_CODE_SOME)
		next_step_set("%s", step);
	else if (code == EXIT_CODE_UNREACHABLE || code == EXIT_CODE_OPEN)
		next_step_set(NEXT_STEP_SAME);
	s->apply = step;
	code = send_finish(s, run, RUN_PLANNED, code);
	s->apply = NULL;
	free(step);
	return plan_print_apply(session, run, &err) == 0 ? code : exit_code_unusable(&err);
}
