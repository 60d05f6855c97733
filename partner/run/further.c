/* Marks the registrations that a plan names, and counts the others. */
#include "partner/run/further.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"
#include "partner/ledger/tenants.h"

/* The tenant whose rows are being marked. */
struct further {
	const struct session *session;
	struct json *customers; /* NULL: print */
	char *tenant, *customer;
};

static int
further_count(void *ctx, const struct route_registration *r UNUSED, struct error *err UNUSED)
{
	++*(int64_t *)ctx;
	return 0;
}

static void
further_print(const struct further *f, int64_t registered, int64_t further)
{
	struct json *customer;
	char shown[300];

	if (f->customers != NULL) {
		customer = json_append_object(f->customers);
		json_add_text(customer, "customer", text_or_null(f->customer));
		json_add_text(customer, "customer_tenant", f->tenant);
		json_add_number(customer, "registered", registered);
		json_add_number(customer, "further", further);
	} else if (further > 0) {
		text_printable(shown, sizeof(shown), f->customer);
		printf("customer %s: %lld of its %lld registrations are in no list; \"unpilot inventory "
		       "--tenant %s --not-in LIST\" prints them\n",
		       shown[0] != '\0' ? shown : "(none)", (long long)further,
		       (long long)registered, f->tenant);
	}
}

/* All rows of the tenant are marked. */
static int
further_end(struct further *f, struct error *err)
{
	struct route *r = f->session->route;
	int64_t registered = 0, further = 0;
	int rc = 0;

	if (f->tenant != NULL)
		rc = r->ops->each_registration(r, f->tenant, false, further_count, &registered,
		                               err);
	if (f->tenant != NULL && rc == 0)
		rc = r->ops->each_registration(r, f->tenant, true, further_count, &further, err);
	if (f->tenant != NULL && rc == 0)
		further_print(f, registered, further);
	free(f->tenant);
	free(f->customer);
	f->tenant = f->customer = NULL;
	return rc < 0 ? -1 : 0; /* 1: its inventory is incomplete */
}

static int
further_row(void *ctx, const char *tenant, const char *customer, const struct device_id *device,
            struct error *err)
{
	struct further *f = ctx;
	struct route *r = f->session->route;

	if (f->tenant == NULL || strcmp(f->tenant, tenant) != 0) {
		if (further_end(f, err) != 0)
			return -1;
		f->tenant = xstrdup(tenant);
		f->customer = xstrdup(customer);
	}
	r->ops->mark(r, tenant, device);
	return 0;
}

int
further_report(const struct session *session, const struct ledger_run *run, struct json *customers,
               struct error *err)
{
	struct further f = {.session = session, .customers = customers};
	int rc = 0;

	if (session->route->ops->mark == NULL)
		return 0;
	rc = ledger_each_tenant_row(session->ledger, run->id, further_row, &f, err);
	if (rc == 0)
		return further_end(&f, err);
	free(f.tenant);
	free(f.customer);
	return -1;
}
