/*
 * The ledger records every run, list, row, batch, attempt and outcome. It is a file (SQLite), which
 * one process at a time writes (lock.h), or a database on a server (PostgreSQL), on which several
 * machines work at once (claims.h). This folder holds all SQL of the program.
 *
 * In all headers of this folder: functions return 0, or -1 with *err, unless they say otherwise.
 * Times are seconds UTC, or milliseconds where the name ends in _ms; 0 means "not yet". Texts that a
 * callback receives live until it returns. A callback that returns other than 0 ends the reading,
 * which then fails; *err must be set.
 */
#ifndef PARTNER_LEDGER_LEDGER_H
#define PARTNER_LEDGER_LEDGER_H

#include "common/base.h"
#include "common/error.h"

struct ledger;

/* The path of its file, as long as l lives. NULL: the ledger is on a server. */
const char *ledger_path(const struct ledger *l);
/* Files that a new connection to the server will read: passwords and certificates. */
typedef void ledger_file_fn(void *ctx, const char *path);
void ledger_each_file(const struct ledger *l, ledger_file_fn *fn, void *ctx);
/* true: it is on a server, and other machines may work on it at the same time. */
bool ledger_is_shared(const struct ledger *l);
/* The time now. On a server all machines use the server's clock. */
int64_t ledger_now(const struct ledger *l);
int64_t ledger_now_ms(const struct ledger *l);

#endif
