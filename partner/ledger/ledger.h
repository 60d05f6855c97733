/*
 * The ledger: every run, list, row, batch, attempt and outcome. The only SQL of the project
 * is in this folder.
 *
 * Promises: WAL with synchronous=FULL; what a function that writes returned 0 for is durable
 * when the surrounding transaction (or, without one, the function) has ended. A list's intake
 * is one transaction. A batch is in state SENT before its first byte leaves.
 * Strings in records live until the next call on the same cursor.
 */
#ifndef PARTNER_LEDGER_LEDGER_H
#define PARTNER_LEDGER_LEDGER_H

#include "common/base.h"
#include "common/error.h"

struct ledger;

/* Its file; lives as long as l. NULL: it is on a server. */
const char *ledger_path(const struct ledger *l);
/* Files that are read again where the connection to a server is made anew. */
typedef void ledger_file_fn(void *ctx, const char *path);
void ledger_each_file(const struct ledger *l, ledger_file_fn *fn, void *ctx);
bool ledger_is_shared(const struct ledger *l);
/* Seconds and milliseconds UTC, by the one clock that all machines of the ledger go by. */
int64_t ledger_now(const struct ledger *l);
int64_t ledger_now_ms(const struct ledger *l);

#endif
