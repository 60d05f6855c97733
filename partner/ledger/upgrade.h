/* Which schema a ledger has, and bringing an older one up. Inside of the ledger. */
#ifndef PARTNER_LEDGER_UPGRADE_H
#define PARTNER_LEDGER_UPGRADE_H

#include "partner/ledger/ledger.h"

/* What is there: a ledger of a version, something else, or nothing at all. */
struct schema_found {
	int64_t version, application, tables;
};
int schema_identify(struct ledger *l, struct schema_found *f, struct error *err);
/* To LEDGER_SCHEMA in one transaction; what there was stays beside it as PATH.schemaN (mode 0600). */
int schema_upgrade(struct ledger *l, int64_t version, struct error *err);

#endif
