/*
 * Opening a ledger by its URL, and closing it. Opened from a URL, so that another engine can stand
 * behind it later.
 */
#ifndef PARTNER_LEDGER_OPEN_H
#define PARTNER_LEDGER_OPEN_H

#include "partner/ledger/ledger.h"

#define LEDGER_SCHEMA 8 /* an older one is brought up, a newer one refused */

struct ledger *
ledger_open(const char *url, struct error *err) MUST_CHECK; /* makes it where missing */
/* Reads only; needs no write access. NULL with *err where there is none. */
struct ledger *ledger_open_readonly(const char *url, struct error *err) MUST_CHECK;
void ledger_close(struct ledger *l); /* accepts NULL */
bool ledger_url_is_server(const char *url);
/* The file of a URL, borrowed from it; NULL where it is none of ours. */
const char *ledger_url_path(const char *url, struct error *err) MUST_CHECK;

#endif
