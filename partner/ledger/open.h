/*
 * Opening a ledger by its URL, and closing it. Two kinds of URL: "sqlite:PATH" and
 * "postgresql://HOST/DATABASE" (or "postgres://").
 *
 * A file is opened in WAL mode with synchronous=FULL. A server is refused if it could lose
 * committed data (common/db.h).
 */
#ifndef PARTNER_LEDGER_OPEN_H
#define PARTNER_LEDGER_OPEN_H

#include "partner/ledger/ledger.h"

#define LEDGER_SCHEMA 8 /* a ledger with an older one is upgraded, one with a newer one refused */

/* Upgrades an older ledger. NULL with *err, also if there is no ledger. */
struct ledger *ledger_open(const char *url, struct error *err) MUST_CHECK;
/* The same, but creates a missing ledger and the folders above it. */
struct ledger *ledger_create(const char *url, struct error *err) MUST_CHECK;
/* Needs no right to write. NULL with *err, also if there is no ledger or an older one. */
struct ledger *ledger_open_readonly(const char *url, struct error *err) MUST_CHECK;
void ledger_close(struct ledger *l); /* accepts NULL */

bool ledger_url_is_server(const char *url);
/* The PATH in "sqlite:PATH", a part of url. NULL with *err for any other URL. */
const char *ledger_url_path(const char *url, struct error *err) MUST_CHECK;

/* -1: ledger_open() refuses the URL, whatever is there. Connects to no server. */
int ledger_url_check(const char *url, struct error *err) MUST_CHECK;

#endif
