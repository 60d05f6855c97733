/* Prints the devices that wait for their customers (ledger/gate.h), and the alarm that holds the ledger. */
#include "partner/cli/status_waiting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/text.h"
#include "partner/app/next_step.h"
#include "partner/app/shown.h"
#include "partner/ledger/alarms.h"
#include "partner/ledger/gate.h"
#include "partner/ledger/letters.h"

int
status_print_waiting(struct ledger *l, int64_t run, struct error *err)
{
	char age[CLOCK_AGE_SIZE];
	struct ledger_waiting w;

	if (ledger_waiting(l, run, &w, err) != 0)
		return -1;
	if (w.devices == 0)
		return 0;
	clock_age(clock_now() - w.since, age);
	printf("waiting for customers: %lld device%s of %lld, oldest %s\n", (long long)w.devices,
	       text_s(w.devices), (long long)w.customers, age);
	return 0;
}

int
status_print_alarm(struct ledger *l, const char *run, struct error *err)
{
	char time[SHOWN_SIZE], *step, *command;
	struct ledger_alarm alarm;
	int rc = ledger_alarm_open(l, &alarm, err);

	if (rc <= 0 || (run != NULL && strcmp(run, alarm.run) != 0))
		return rc < 0 ? -1 : 0;
	shown_time(alarm.at, time);
	step = xasprintf("resume --clear-alarm %s", alarm.run);
	command = next_step_command(step);
	printf("\nALARM in run %s, %s: nothing is sent\n  %s\n"
	       "  when a person has found out why:\n  %s\n",
	       alarm.run, time, alarm.reason, command);
	free(command);
	free(step);
	return 0;
}

int
status_add_waiting(struct json *line, struct ledger *l, int64_t run, struct error *err)
{
	char since[CLOCK_STAMP_SIZE];
	struct ledger_waiting w;
	struct json *object;

	if (ledger_waiting(l, run, &w, err) != 0)
		return -1;
	if (w.devices == 0)
		return 0;
	clock_stamp(w.since, since);
	object = json_add_object(line, "waiting");
	json_add_number(object, "devices", w.devices);
	json_add_number(object, "customers", w.customers);
	json_add_text(object, "since", since);
	return 0;
}

#define LETTER_ROW "%s %7s %6s\n"
#define NAME_COLUMNS 28

static void
on_ready(void *ctx UNUSED, const char *customer, int64_t devices, int64_t ready)
{
	char name[SHOWN_SIZE], number[2][24];

	shown_cell(customer, NAME_COLUMNS, name);
	snprintf(number[0], sizeof(number[0]), "%lld", (long long)devices);
	snprintf(number[1], sizeof(number[1]), "%lld", (long long)ready);
	printf(LETTER_ROW, name, number[0], number[1]);
}

int
status_print_letter(struct ledger *l, const struct ledger_run *letter, struct error *err)
{
	char name[SHOWN_SIZE], time[SHOWN_SIZE];

	shown_time(letter->started, time);
	printf("letter %s  written %s\n  packs: %s\n\n", letter->name, time, letter->out);
	shown_cell("CUSTOMER", NAME_COLUMNS, name);
	printf(LETTER_ROW, name, "DEVICES", "READY");
	return ledger_each_ready(l, letter->id, on_ready, NULL, err);
}
