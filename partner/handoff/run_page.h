/*
 * The operator's page of a run, <out>/<run>/index.html: outcomes, what needs a person, the clean-up that
 * is still open, the work of the repair facility and the last runs. Never sent to anybody.
 *
 * struct run_page owns what it collects while the packs are written. Limits: RUN_PAGE_CUSTOMERS_MAX
 * customers, RUN_PAGE_REASONS_MAX reasons each, RUN_PAGE_WORK_MAX devices of the facility, and
 * RUN_PAGE_RUNS_MAX runs; further ones are counted.
 */
#ifndef PARTNER_HANDOFF_RUN_PAGE_H
#define PARTNER_HANDOFF_RUN_PAGE_H

#include "common/base.h"
#include "common/error.h"
#include "partner/handoff/handoff.h"
#include "partner/handoff/messages.h"
#include "partner/ledger/report.h"
#include "partner/ledger/runs.h"

#define RUN_PAGE_CUSTOMERS_MAX 1000
#define RUN_PAGE_REASONS_MAX 20
#define RUN_PAGE_WORK_MAX 500
#define RUN_PAGE_RUNS_MAX 14

struct run_page;

/* planned: nothing was sent, so devices that are not sent need nobody. waiting: devices of a plan that would
 * wait for their customers. */
struct run_page *run_page_new(bool planned, int64_t waiting);
void run_page_free(struct run_page *p); /* accepts NULL */
/* Begins a customer; has_pack: the customer has a folder. */
void run_page_customer(struct run_page *p, const struct ledger_customer *customer, bool has_pack);
/* Goes back to a customer of before; customers come by id. False: there is no such customer. */
bool run_page_find(struct run_page *p, int64_t customer);
/* Adds a device of the customer. */
void run_page_line(struct run_page *p, const struct ledger_line *line);
/* Writes the page into run->out. */
int run_page_write(struct run_page *p, const struct ledger_run *run,
                   const struct handoff_settings *settings, const struct messages *messages,
                   struct error *err) MUST_CHECK;

#endif
