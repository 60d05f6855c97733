/*
 * Reads a CSV file with named columns. Header names may come in any case and order. Skips the byte
 * order mark that spreadsheets write. Owns nothing.
 */
#ifndef SAMPLES_SANDBOX_SHEET_H
#define SAMPLES_SANDBOX_SHEET_H

#include "common/base.h"
#include "common/csv.h"
#include "common/error.h"

#define SHEET_COLUMNS_MAX 16

struct sheet {
	const char *const *name; /* of the columns that are read */
	size_t count;            /* of names, at most SHEET_COLUMNS_MAX */
	unsigned required;       /* bit N: the header must have column N */
	size_t max;              /* size of the file in bytes */
	csv_record_fn *row;      /* called for every record after the header */
	void *ctx;
	/* Filled from the header. */
	size_t at[SHEET_COLUMNS_MAX]; /* SIZE_MAX: the file has no such column */
	bool has_header;
};

int sheet_read(struct sheet *s, const char *path, struct error *err) MUST_CHECK;
/* "": the file or the record lacks the column. */
const char *sheet_field(const struct sheet *s, const struct csv_record *record, size_t column);

#endif
