/* "ledger check": compares the tables of a ledger with each other and with the packs that they name. */
#ifndef PARTNER_CLI_LEDGER_CHECK_H
#define PARTNER_CLI_LEDGER_CHECK_H

#include "partner/app/options.h"

int ledger_check_main(const struct options *o);

#endif
