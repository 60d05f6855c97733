/* Identifying the schema of a ledger, and upgrading an older one. Only for files of the ledger. */
#ifndef PARTNER_LEDGER_UPGRADE_H
#define PARTNER_LEDGER_UPGRADE_H

#include "partner/ledger/ledger.h"

struct schema_found {
	int64_t version, application; /* SCHEMA_APPLICATION_ID: it is a ledger */
	int64_t tables;               /* 0: the database is empty */
};
int schema_identify(struct ledger *l, struct schema_found *f, struct error *err);
/* Upgrades to LEDGER_SCHEMA in one transaction. Before, copies a file to PATH.schemaN (mode 0600). */
int schema_upgrade(struct ledger *l, int64_t version, struct error *err);

#endif
