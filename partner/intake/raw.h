/*
 * A record as CSV in UTF-8 again, as the ledger keeps it and failed.csv and rejects.csv show it:
 * every column as it was read, but for hashes and product keys, which are left out, and for what
 * is broken (mend.h).
 */
#ifndef PARTNER_INTAKE_RAW_H
#define PARTNER_INTAKE_RAW_H

#include "common/base.h"
#include "common/buf.h"
#include "partner/intake/columns.h"

/* Replaces out's content. rejected: values may be anything; otherwise they have been judged good. */
void raw_write(struct buf *out, const struct column_map *map, const struct csv_record *record,
               bool rejected);

#endif
