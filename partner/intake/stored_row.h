/*
 * A row as the ledger stores it: the record as CSV in UTF-8, which failed.csv and rejects.csv show
 * again. Hashes and product keys are left out. Broken bytes are repaired to U+FFFD, which no value
 * of a device may hold: a row that is fed back uncorrected is rejected again.
 */
#ifndef PARTNER_INTAKE_STORED_ROW_H
#define PARTNER_INTAKE_STORED_ROW_H

#include "common/base.h"
#include "common/buf.h"
#include "partner/intake/columns.h"

#define STORED_ROW_LOST "\357\277\275" /* U+FFFD in UTF-8 */

/* Replaces out's content. A row that is not rejected must have been judged good, because its
 * values are copied as they are. */
void stored_row_write(struct buf *out, const struct column_map *map,
                      const struct csv_record *record, bool rejected);
/* Replaces out's content by the text, with U+FFFD for every byte that is not UTF-8 and for every
 * control character except tab and line ends. */
void stored_row_repair(struct buf *out, const char *text, size_t len);

#endif
