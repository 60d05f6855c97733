/* The rows of a run by their tenants, on routes whose batches name tenants. */
#ifndef PARTNER_LEDGER_TENANTS_H
#define PARTNER_LEDGER_TENANTS_H

#include "partner/ledger/ledger.h"
#include "partner/vocabulary.h"

/* customer: the key of the row's customer. Texts live until the callback returns. */
typedef int ledger_tenant_fn(void *ctx, const char *tenant, const char *customer,
                             const struct device_id *device, struct error *err);
/* Every row that is not rejected, whatever its outcome; the rows of one tenant follow one another. */
int ledger_each_tenant_row(struct ledger *l, int64_t run, ledger_tenant_fn *fn, void *ctx,
                           struct error *err) MUST_CHECK;

#endif
