/*
 * nights URL NIGHTS DEVICES CUSTOMERS OUT: makes a ledger with so many nights, one a day until
 * yesterday. Every device of a night is another one; nineteen of twenty are deregistered, the rest
 * was not found. No requests are sent and no packs are written.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/text.h"
#include "partner/handoff/open_steps.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/internal.h"
#include "partner/ledger/open.h"
#include "partner/ledger/rows.h"
#include "partner/ledger/settle.h"
#include "partner/ledger/transaction.h"

#define DAY_MS (24 * 3600 * 1000LL)
#define BATCH 1000

struct nights {
	struct ledger *l;
	long night, devices, customers;
	const char *out;
	struct ledger_run run;
	int64_t list, first_batch;
};

static int
add_batch(struct nights *n, int64_t *ret, struct error *err)
{
	char sold_to[] = "0000100001", received_from[] = "0000100002";
	struct ledger_batch b = {
		.run = n->run.id, .sold_to = sold_to, .received_from = received_from};

	return ledger_batch_add(n->l, &b, ret, err);
}

static int
add_row(struct nights *n, long i, int64_t batch, struct error *err)
{
	char serial[32], ticket[32], customer[32], name[40];
	struct ledger_row row = {.list = n->list,
	                         .line = i + 2,
	                         .batch = batch,
	                         .device = {"", serial, "Contoso", "Book 7"},
	                         .ticket = ticket,
	                         .sold_to = "0000100001",
	                         .received_from = "0000100002",
	                         .outcome = OUTCOME_NOT_SENT};

	snprintf(serial, sizeof(serial), "N%04ld%06ld", n->night, i);
	snprintf(ticket, sizeof(ticket), "RMA-%ld-%ld", n->night, i / 10);
	snprintf(customer, sizeof(customer), "C%03ld", i % n->customers + 1);
	snprintf(name, sizeof(name), "Contoso %ld", i % n->customers + 1);
	if (ledger_customer_id(n->l, n->run.id, customer, name, &row.customer, err) != 0)
		return -1;
	return ledger_row_add(n->l, &row, err);
}

static int
import(struct ledger *l, void *ctx, struct error *err)
{
	struct nights *n = ctx;
	char stamp[CLOCK_COMPACT_SIZE], name[LEDGER_RUN_ID_SIZE], path[64], digest[65];
	int64_t batch = 0;

	clock_compact(ledger_now(l), stamp);
	snprintf(name, sizeof(name), "%s-%04lx", stamp, (unsigned long)n->night & 0xffff);
	snprintf(path, sizeof(path), "/lists/%ld.csv", n->night);
	snprintf(digest, sizeof(digest), "%064ld", n->night);
	ledger_run_release(&n->run);
	if (ledger_run_create(l, name, n->out, "oem-direct", &n->run, err) != 0 ||
	    ledger_list_add(l,
	                    &(struct ledger_list){.path = path,
	                                          .header = "Serial Number,Ticket",
	                                          .run = n->run.id},
	                    &n->list, err) != 0 ||
	    ledger_list_set_digest(l, n->list, digest, err) != 0)
		return -1;
	for (long i = 0; i < n->devices; i++) {
		if (i % BATCH == 0 && add_batch(n, &batch, err) != 0)
			return -1;
		if (i == 0)
			n->first_batch = batch;
		if (add_row(n, i, batch, err) != 0)
			return -1;
	}
	return ledger_settle(l, n->run.id, NULL, err) != 0
	               ? -1
	               : ledger_run_set_state(l, n->run.id, RUN_OPEN, -1, err);
}

static int
answer(struct ledger *l, void *ctx, struct error *err)
{
	struct nights *n = ctx;
	int64_t range[2];
	char id[40];

	for (int64_t b = n->first_batch; b * BATCH < n->first_batch * BATCH + n->devices; b++) {
		snprintf(id, sizeof(id), "B-%lld", (long long)b);
		if (ledger_batch_sent(l, b, NULL, err) != 0 ||
		    ledger_batch_accepted(l, b, id, NULL, err) != 0)
			return -1;
	}
	if (ledger_run_range(l, n->run.id, range, err) != 0)
		return -1;
	for (int64_t row = range[0]; row <= range[1]; row++)
		if (ledger_row_outcome(l, row,
		                       row % 20 == 0 ? OUTCOME_NOT_FOUND : OUTCOME_DEREGISTERED,
		                       row % 20 == 0 ? "812 ZtdDeviceNotFound" : "", err) != 0)
			return -1;
	for (int64_t b = n->first_batch; b * BATCH < n->first_batch * BATCH + n->devices; b++)
		if (ledger_batch_done(l, b, NULL, "", err) != 0)
			return -1;
	return ledger_run_set_state(l, n->run.id, RUN_FINISHED, 1, err);
}

static int
make_night(struct nights *n, long nights, struct error *err)
{
	n->l->ahead_ms = (n->night - nights) * DAY_MS;
	if (ledger_transact(n->l, import, n, err) != 0 ||
	    ledger_transact(n->l, answer, n, err) != 0)
		return -1;
	return 0;
}

int
main(int argc, char **argv)
{
	long long number[3];
	struct nights n = {0};
	struct error err;
	bool made;

	if (argc != 6 || !text_number(argv[2], 0, 1000000, &number[0]) ||
	    !text_number(argv[3], 1, 1000000, &number[1]) ||
	    !text_number(argv[4], 1, 1000000, &number[2])) {
		fprintf(stderr, "usage: nights URL NIGHTS DEVICES CUSTOMERS OUT\n");
		return 2;
	}
	n.devices = (long)number[1];
	n.customers = (long)number[2];
	n.out = argv[5];
	n.l = ledger_open(argv[1], &err);
	for (n.night = 0; n.l != NULL && n.night < number[0]; n.night++)
		if (make_night(&n, (long)number[0], &err) != 0)
			break;
	made = n.l != NULL && n.night == number[0] && open_steps_keep(n.l, SIZE_MAX, &err) == 0;
	if (!made)
		fprintf(stderr, "nights: %s\n", err.text);
	ledger_run_release(&n.run);
	ledger_close(n.l);
	return made ? 0 : 1;
}
