/*
 * A CSV file with named columns, for what the practice service plays over: header names in any case
 * and order; a byte order mark, as spreadsheets write it, is read over. Owns nothing.
 */
#ifndef SAMPLES_SANDBOX_SHEET_H
#define SAMPLES_SANDBOX_SHEET_H

#include "common/base.h"
#include "common/csv.h"
#include "common/error.h"

#define SHEET_COLUMNS_MAX 16

struct sheet {
	const char *const *name; /* of the columns that mean something */
	size_t count;            /* of them, at most SHEET_COLUMNS_MAX */
	unsigned required;       /* a bit for each that the header must have */
	size_t max;              /* bytes of the file */
	csv_record_fn *row;      /* called for every record behind the header */
	void *ctx;
	/* filled by the header */
	size_t at[SHEET_COLUMNS_MAX]; /* SIZE_MAX: the file has no such column */
	bool has_header;
};

int sheet_read(struct sheet *s, const char *path, struct error *err) MUST_CHECK;
/* "" where the file or the record lacks it. */
const char *sheet_field(const struct sheet *s, const struct csv_record *record, size_t column);

#endif
