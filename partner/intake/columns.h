/*
 * Finds the meaning of each column by its header name and its aliases (doc/lists.md, section 1).
 * Compares only letters and digits, in any case. Columns after the last one with a name do not
 * count: a value there means that the row has too many values.
 */
#ifndef PARTNER_INTAKE_COLUMNS_H
#define PARTNER_INTAKE_COLUMNS_H

#include "common/base.h"
#include "common/csv.h"
#include "common/error.h"

enum column {
	COLUMN_SERIAL,
	COLUMN_PKID,
	COLUMN_MANUFACTURER,
	COLUMN_MODEL,
	COLUMN_CUSTOMER,
	COLUMN_CUSTOMER_NAME,
	COLUMN_JOIN,
	COLUMN_MDM,
	COLUMN_VIA,
	COLUMN_PURPOSE,
	COLUMN_TICKET,
	COLUMN_SOLD_TO,
	COLUMN_RECEIVED_FROM,
	COLUMN_TENANT,      /* only for routes whose URL names the customer */
	COLUMN_HASH,        /* ignored: no hash is stored */
	COLUMN_PRODUCT_KEY, /* ignored: a secret */
	COLUMN_COUNT
};

#define COLUMN_ABSENT SIZE_MAX

struct column_map {
	size_t at[COLUMN_COUNT]; /* position in the record, or COLUMN_ABSENT */
	size_t width;            /* columns of the header, up to the last one with a name */
	char *header;            /* as CSV, without line end */
};

#define COLUMN_NAME_MAX 64 /* longer than any alias; a longer header is cut */

/* The form that is compared: "Device Serial Number" becomes "deviceserialnumber". */
void column_normalise(char dst[static COLUMN_NAME_MAX], const char *header);
/* The name used in messages: "Serial Number". */
const char *column_name(enum column c);
/* Reads a header record; -1 if it names no identifier, or one column twice. */
int column_map_read(struct column_map *m, const struct csv_record *header,
                    struct error *err) MUST_CHECK;
/* The same for names given by the user for a file without a header ("Serial Number, Model, -"). */
int column_map_parse(struct column_map *m, const char *names, struct error *err) MUST_CHECK;
/* For a file of one column without a header. */
void column_map_single(struct column_map *m, enum column c);
/* How many values of the record are known column names. */
size_t column_known(const struct csv_record *record);
/* A value of the record is the name of an identifier column. */
bool column_names_device(const struct csv_record *record);
/* The record is a header: it names an identifier, and it has two known names or no other value. */
bool column_is_header(const struct csv_record *record);
/* The record's serial number or PKID holds a digit, which no column's name does: a device, not a
 * header. True of nearly every row, before any name is compared. */
bool column_map_names_device(const struct column_map *m, const struct csv_record *record);
/* The record repeats the header, as in joined files: the same columns in the same places. */
bool column_map_repeats(const struct column_map *m, const struct csv_record *record);
/* The names that the first list of a run uses for each column. Headers of later lists get the same
 * names, so that rows of all lists fit into one failed.csv, which is a list again. */
struct column_names {
	char *name[COLUMN_COUNT];
};
void column_map_unify(struct column_map *m, struct column_names *names);
void column_names_release(struct column_names *names);
void column_map_release(struct column_map *m);
/* The value of a column; "" if the list has no such column. */
const char *
column_field(const struct column_map *m, const struct csv_record *record, enum column c);

#endif
