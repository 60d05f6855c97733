/* The life of a device in one line: letter, answers, deregistration, hand-off, answers, closed. */
#ifndef PARTNER_CLI_FIND_LIFE_H
#define PARTNER_CLI_FIND_LIFE_H

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"
#include "partner/ledger/ledger.h"
#include "partner/ledger/report.h"

/* pack: its hand-off was written. "": the row was not sent under a letter. */
int find_life(struct ledger *l, const struct ledger_line *line, bool pack, struct buf *ret,
              struct error *err) MUST_CHECK;

#endif
