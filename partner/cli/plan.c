#include "partner/cli/plan.h"

#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/cli/exits.h"
#include "partner/cli/line.h"
#include "partner/cli/send.h"

int
plan_seal(struct ledger *l, struct ledger_run *run, struct error *err)
{
	if (ledger_run_digest(l, run->id, run->digest, err) != 0)
		return -1;
	return ledger_run_set_digest(l, run->id, run->digest, err);
}

static int
print_customer(void *ctx, const struct ledger_open *open, struct error *err UNUSED)
{
	struct json *customers = ctx, *customer;

	if (open->not_sent == 0)
		return 0;
	if (customers == NULL) {
		char shown[300];
		text_printable(shown, sizeof(shown), open->customer);
		printf("customer %s: %lld rows\n", shown[0] != '\0' ? shown : "(none)",
		       (long long)open->not_sent);
		return 0;
	}
	customer = json_append_object(customers);
	json_add_text(customer, "customer", text_or_null(open->customer));
	json_add_number(customer, "rows", open->not_sent);
	return 0;
}

static int
print_json(struct ledger *l, const struct ledger_run *run, int64_t devices, struct error *err)
{
	struct json *line = json_object();
	int rc;

	json_add_text(line, "type", "plan");
	json_add_text(line, "run", run->name);
	json_add_text(line, "digest", run->digest);
	json_add_number(line, "devices", devices);
	rc = ledger_each_open(l, run->id, print_customer, json_add_array(line, "customers"), err);
	if (rc == 0)
		line_print(line);
	else
		json_free(line);
	return rc;
}

int
plan_print(struct desk *d, const struct ledger_run *run, struct error *err)
{
	int64_t devices;

	if (ledger_askable(d->ledger, run->id, &devices, err) != 0)
		return -1;
	if (d->options->json)
		return print_json(d->ledger, run, devices, err);
	if (d->options->quiet)
		return 0;
	printf("plan %s: %lld devices to deregister\ndigest %s\n", run->name, (long long)devices,
	       run->digest);
	return ledger_each_open(d->ledger, run->id, print_customer, NULL, err);
}

int
plan_finish(struct desk *d, struct ledger_run *run, int guard)
{
	int64_t counts[OUTCOME_COUNT];
	struct error err;
	int code;

	if (ledger_counts(d->ledger, run->id, counts, &err) != 0 || plan_print(d, run, &err) != 0) {
		log_error("%s", err.text);
		return EXITS_UNUSABLE;
	}
	code = exits_worse(guard, exits_plan_code(counts));
	return send_finish(d, run, RUN_PLANNED, code);
}
