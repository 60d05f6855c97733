/* Tables of the ledger for both engines, as SQL texts. Only for files of the ledger. */
#ifndef PARTNER_LEDGER_SCHEMA_H
#define PARTNER_LEDGER_SCHEMA_H

#include "common/db.h"
#include "partner/ledger/open.h"

/* Marks a ledger, in the header of the file or in the table "unpilot" of the server. */
#define SCHEMA_APPLICATION_ID 1433293932
/* All tables of LEDGER_SCHEMA, in two texts because of their length. */
extern const char *const ledger_schema[DB_ENGINE_COUNT];
extern const char *const ledger_schema_stops[DB_ENGINE_COUNT];
/* [n]: the step from version n + 1 to the next one. NULL: no server had this version. */
extern const char *const ledger_upgrade[LEDGER_SCHEMA - 1];
extern const char *const ledger_upgrade_server[LEDGER_SCHEMA - 1];
/* Temporary tables: of ledger_settle(), of a skip list, of holding rows, of the gate. */
extern const char *const ledger_scratch[DB_ENGINE_COUNT];
/* on a server only: the end of ledger_settle(), and statistics of rows that were added */
extern const char *const ledger_scratch_end, *const ledger_analyze;
extern const char *const ledger_skip_scratch[DB_ENGINE_COUNT];
extern const char *const ledger_known_scratch, *const ledger_known_index;
extern const char *const ledger_hold_scratch[DB_ENGINE_COUNT];
extern const char *const ledger_hold_later_scratch[DB_ENGINE_COUNT];
extern const char *const ledger_letter_scratch[DB_ENGINE_COUNT];
extern const char *const ledger_seen_scratch[DB_ENGINE_COUNT];

#endif
