/* The table "mark": writes the marks of a run at the end of its intake, and finds rows by them. Only
 * for files of the ledger. */
#ifndef PARTNER_LEDGER_MARKS_TABLE_H
#define PARTNER_LEDGER_MARKS_TABLE_H

#include "partner/ledger/internal.h"
#include "partner/ledger/rows.h"

/* Collects the marks of a row of the run that is being imported. */
int marks_table_add(struct ledger *l, const struct ledger_row *row, int64_t id,
                    struct error *err) MUST_CHECK;
/* Writes the marks of a run's rows from range[0] to range[1], read again unless all are collected. */
int marks_table_end(struct ledger *l, int64_t run, const int64_t range[static 2],
                    struct error *err) MUST_CHECK;
/* Deletes the marks of these rows and writes those of the rows that are left. */
int
marks_table_rewrite(struct ledger *l, const int64_t range[static 2], struct error *err) MUST_CHECK;
/* The same for the rows of every run: an older ledger has no marks. */
int marks_table_fill(struct ledger *l, struct error *err) MUST_CHECK;
/* Calls fn with rows that may contain the word, newest first: those whose serial number or PKID may be
 * the word, then those whose ticket may be. fn returns 1 to stop. */
typedef int marks_row_fn(void *ctx, int64_t row, struct error *err);
int marks_table_find(struct ledger *l, const char *word, marks_row_fn *fn, void *ctx,
                     struct error *err) MUST_CHECK;
/* Fills the temporary table "seen" with rows from `from` on, outside of the range, that may name a
 * device of the range. */
int marks_table_seen(struct ledger *l, const int64_t range[static 2], int64_t from,
                     int64_t *ret_count, struct error *err) MUST_CHECK;

#endif
