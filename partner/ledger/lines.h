/* Handing out lines with sound numbers. Only for files of the ledger. */
#ifndef PARTNER_LEDGER_LINES_H
#define PARTNER_LEDGER_LINES_H

#include "partner/ledger/report.h"

/* Calls fn unless others have damaged the row. */
int lines_deliver(const struct ledger_line *line, ledger_line_fn *fn, void *ctx,
                  struct error *err) MUST_CHECK;

#endif
