/* Prints the devices that wait for their customers (ledger/gate.h). */
#include "partner/cli/status_waiting.h"

#include <stdio.h>

#include "common/clock.h"
#include "common/text.h"
#include "partner/ledger/gate.h"

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
