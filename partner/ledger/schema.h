/* Tables of the ledger, for both engines. Inside of the ledger. */
#ifndef PARTNER_LEDGER_SCHEMA_H
#define PARTNER_LEDGER_SCHEMA_H

#include "common/db.h"
#include "partner/ledger/open.h"

#define SCHEMA_APPLICATION_ID \
	1433293932 /* in the file's header, or the server's table: this is an unpilot ledger */
extern const char *const ledger_schema[DB_ENGINE_COUNT]; /* DDL of version LEDGER_SCHEMA */
/* Brings a ledger of version index + 1 to the next one. */
extern const char *const ledger_upgrade[LEDGER_SCHEMA - 1];
extern const char *const ledger_upgrade_server[LEDGER_SCHEMA - 1]; /* NULL: there was none yet */
extern const char *const ledger_scratch[DB_ENGINE_COUNT]; /* temporary tables of ledger_settle() */
extern const char *const ledger_scratch_end[DB_ENGINE_COUNT];
extern const char *const ledger_skip_scratch;
extern const char *const ledger_hold_scratch[DB_ENGINE_COUNT];

#endif
