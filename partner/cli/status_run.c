/* Collects what is known about each customer of a run, and prints it as a table or as JSON. */
#include "partner/cli/status_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/text.h"
#include "partner/app/json_line.h"
#include "partner/app/shown.h"
#include "partner/cli/status_waiting.h"
#include "partner/handoff/open_steps.h"
#include "partner/ledger/report.h"
#include "partner/ledger/runs.h"
#include "partner/run/reasons.h"

#define TABLE_ROW "%s %7s %6s %7s %6s %6s  %s\n" /* 79 columns */
#define NAME_COLUMNS 28

static const char *const state_words[] = {[RUN_PLANNED] = "planned",
                                          [RUN_OPEN] = "open",
                                          [RUN_FINISHED] = "finished",
                                          [RUN_LETTER] = "letter"};
_Static_assert(ARRAY_SIZE(state_words) == RUN_STATE_COUNT, "every state has its word");

const char *
status_state_word(enum run_state state)
{
	return state_words[state];
}

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
	json_add_number(object, "devices_closed", open->closed);
}

struct customer {
	char *key;
	struct open_steps steps;
	int64_t pending, unknown, not_sent, waiting; /* rows; waiting: their devices */
	int64_t since; /* when the oldest unanswered request was first sent */
	int64_t person;
	struct reason { /* why devices need a person */
		enum outcome outcome;
		char *text;
		int64_t devices;
	} * reason;
	size_t reasons;
};

struct customers {
	struct customer *one;
	size_t count, room;
	struct open_steps all;
};

/* The three readings name customers in the same order, so the search begins at the last one. */
static struct customer *
customer_of(struct customers *c, const char *key)
{
	for (size_t i = c->count; i > 0; i--)
		if (strcmp(c->one[i - 1].key, key) == 0)
			return &c->one[i - 1];
	if (c->count == c->room) {
		c->room = 2 * c->room + 64;
		c->one = xreallocarray(c->one, c->room, sizeof(*c->one));
	}
	c->one[c->count] = (struct customer){.key = xstrdup(key)};
	return &c->one[c->count++];
}

static int
on_customer(void *ctx, const struct ledger_customer *customer, struct error *err UNUSED)
{
	(void)customer_of(ctx, customer->key);
	return 0;
}

static void
on_steps(void *ctx, const char *key, const struct open_steps *open)
{
	customer_of(ctx, key)->steps = *open;
}

static int
on_waiting(void *ctx, const struct ledger_open *open, struct error *err UNUSED)
{
	struct customer *c = customer_of(ctx, open->customer);

	c->pending = open->pending;
	c->waiting = open->devices;
	c->unknown = open->unknown;
	c->not_sent = open->not_sent;
	c->since = open->since;
	return 0;
}

static void
on_reason(void *ctx, const struct ledger_reason *reason)
{
	struct customer *c = customer_of(ctx, reason->customer);

	c->person += reason->devices;
	c->reason = xreallocarray(c->reason, c->reasons + 1, sizeof(*c->reason));
	c->reason[c->reasons++] = (struct reason){.outcome = reason->outcome,
	                                          .text = xstrdup(reason->reason),
	                                          .devices = reason->devices};
}

static int
customers_read(struct ledger *l, int64_t run, struct customers *ret, struct error *err)
{
	return ledger_each_customer(l, run, on_customer, ret, err) != 0 ||
	                       open_steps_count(l, run, on_steps, ret, &ret->all, err) != 0 ||
	                       ledger_each_open(l, run, on_waiting, ret, err) != 0
	               ? -1
	               : ledger_each_reason(l, run, LEDGER_NEED_PERSON, on_reason, ret, err);
}

static void
customers_release(struct customers *c)
{
	for (size_t i = 0; i < c->count; i++) {
		for (size_t k = 0; k < c->one[i].reasons; k++)
			free(c->one[i].reason[k].text);
		free(c->one[i].reason);
		free(c->one[i].key);
	}
	free(c->one);
}

/* ---- JSON ---- */

static void
add_reasons(struct json *array, const struct customer *c)
{
	for (size_t i = 0; i < c->reasons; i++) {
		struct json *object = json_append_object(array);

		json_add_text(object, "outcome", outcome_word(c->reason[i].outcome));
		json_add_text(object, "reason", text_or_null(c->reason[i].text));
		json_add_number(object, "devices", c->reason[i].devices);
	}
}

static void
add_customers(struct json *array, const struct customers *c)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct customer *one = &c->one[i];
		struct json *object = json_append_object(array);

		json_add_text(object, "customer", text_or_null(one->key));
		add_open_steps(object, &one->steps);
		json_add_number(object, "devices_verified", one->steps.verified);
		add_time(object, "verified_at", one->steps.verified_at);
		json_add_number(object, "needs_person", one->person);
		add_reasons(json_add_array(object, "reasons"), one);
	}
}

static void
print_waiting_json(const struct customer *c)
{
	struct json *line;

	if (c->pending + c->unknown + c->not_sent == 0)
		return;
	line = json_object();
	json_add_text(line, "type", "open");
	json_add_text(line, "customer", text_or_null(c->key));
	json_add_number(line, "pending", c->pending);
	json_add_number(line, "unknown", c->unknown);
	json_add_number(line, "not-sent", c->not_sent);
	add_time(line, "open_since", c->since);
	json_line_print(line);
}

struct json *
status_run_json(struct session *session, const struct ledger_run *run, struct error *err)
{
	struct json *line, *object;
	int64_t counts[OUTCOME_COUNT], since;
	struct open_steps open;

	if (ledger_counts(session->ledger, run->id, counts, err) != 0 ||
	    ledger_open_since(session->ledger, run->id, &since, err) != 0 ||
	    open_steps_count(session->ledger, run->id, NULL, NULL, &open, err) != 0)
		return NULL;
	line = json_object();
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
	add_open_steps(line, &open);
	if (status_add_waiting(line, session->ledger, run->id, err) == 0)
		return line;
	json_free(line);
	return NULL;
}

static int
print_json(struct session *session, const struct ledger_run *run, const struct customers *c,
           struct error *err)
{
	struct json *line = status_run_json(session, run, err);

	if (line == NULL)
		return -1;
	add_customers(json_add_array(line, "customers"), c);
	json_line_print(line);
	for (size_t i = 0; i < c->count; i++)
		print_waiting_json(&c->one[i]);
	return 0;
}

/* ---- the table ---- */

static void
print_head(const struct ledger_run *run, const int64_t counts[static OUTCOME_COUNT], int64_t since)
{
	static const char *const kinds[RUN_STATE_COUNT] = {"plan", "run", "run", "letter"};
	char time[SHOWN_SIZE], age[CLOCK_AGE_SIZE];
	const char *comma = "";
	struct buf b;

	shown_time(run->started, time);
	printf("%s %s  %s  started %s\n", kinds[run->state], run->name, state_words[run->state],
	       time);
	buf_init(&b, SHOWN_SIZE);
	for (enum outcome i = 0; i < OUTCOME_COUNT; i++) {
		if (counts[i] == 0)
			continue;
		buf_printf(&b, "%s%lld %s", comma, (long long)counts[i], outcome_word(i));
		comma = ", ";
	}
	shown_text(2, b.len > 0 ? b.data : "no rows");
	buf_release(&b);
	if (since != 0) {
		clock_age(clock_now() - since, age);
		printf("  oldest without an answer: %s\n", age);
	}
	if (run->out[0] != '\0' && run->state != RUN_PLANNED)
		printf("  packs: %s\n", run->out);
}

static int64_t
oldest(const struct customer *c)
{
	if (c->steps.since == 0 || (c->since != 0 && c->since < c->steps.since))
		return c->since;
	return c->steps.since;
}

static void
print_customer(const struct customer *c)
{
	char name[SHOWN_SIZE], age[CLOCK_AGE_SIZE], number[5][24];
	const int64_t values[] = {c->steps.closed, c->steps.devices, c->steps.steps, c->waiting,
	                          c->person};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		snprintf(number[i], sizeof(number[i]), "%lld", (long long)values[i]);
	shown_cell(c->key, NAME_COLUMNS, name);
	clock_age(clock_now() - oldest(c), age);
	printf(TABLE_ROW, name, number[0], number[1], number[2], number[3], number[4],
	       oldest(c) != 0 ? age : "-");
}

static void
print_verified(const struct customers *c)
{
	char name[SHOWN_SIZE], day[CLOCK_STAMP_SIZE];

	for (size_t i = 0; i < c->count; i++) {
		const struct open_steps *steps = &c->one[i].steps;

		if (steps->verified == 0)
			continue;
		clock_stamp(steps->verified_at, day);
		text_printable(name, sizeof(name), c->one[i].key);
		printf("%s: %lld of %lld devices verified by the customer's Graph on %.10s\n",
		       name[0] != '\0' ? name : "(none)", (long long)steps->verified,
		       (long long)steps->closed + (long long)steps->devices, day);
	}
}

static int
print_table(struct session *session, const struct ledger_run *run, const struct customers *c,
            struct error *err)
{
	int64_t counts[OUTCOME_COUNT], since, person = 0;
	char name[SHOWN_SIZE];

	if (ledger_counts(session->ledger, run->id, counts, err) != 0 ||
	    ledger_open_since(session->ledger, run->id, &since, err) != 0)
		return -1;
	print_head(run, counts, since);
	shown_cell("CUSTOMER", NAME_COLUMNS, name);
	if (c->count > 0)
		printf("\n" TABLE_ROW, name, "CLOSED", "OPEN", "ACTIONS", "WAIT", "PERSON",
		       "OLDEST");
	for (size_t i = 0; i < c->count; i++) {
		print_customer(&c->one[i]);
		person += c->one[i].person;
	}
	if (status_print_waiting(session->ledger, run->id, err) != 0 ||
	    status_print_alarm(session->ledger, run->name, err) != 0)
		return -1;
	print_verified(c);
	if (person == 0)
		return 0;
	printf("\n%lld device%s a person\n", (long long)person, person == 1 ? " needs" : "s need");
	return reasons_print(session->ledger, run->id, LEDGER_NEED_PERSON, err);
}

int
status_run_print(struct session *session, const struct ledger_run *run, struct error *err)
{
	struct customers c = {0};
	int rc = customers_read(session->ledger, run->id, &c, err);

	if (rc == 0)
		rc = session->options->json ? print_json(session, run, &c, err)
		                            : print_table(session, run, &c, err);
	customers_release(&c);
	return rc;
}
