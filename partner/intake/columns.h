/*
 * Which column of a list means what: header names and their aliases (list facts, section 1).
 * Names are compared by their letters and digits only, in any case. Columns behind the last one
 * with a name do not exist: a value there has too many before it.
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
	COLUMN_TENANT, /* used by routes whose addresses name the customer, and by them alone */
	COLUMN_HASH,   /* read over: no hash is stored */
	COLUMN_PRODUCT_KEY, /* the secret key: read over likewise */
	COLUMN_COUNT
};

#define COLUMN_ABSENT SIZE_MAX

struct column_map {
	size_t at[COLUMN_COUNT]; /* position in the record, or COLUMN_ABSENT */
	size_t width;            /* columns of the header, up to the last one with a name */
	char *header;            /* as CSV, without line end */
};

#define COLUMN_NAME_MAX 64 /* no alias is longer; a longer header is cut */

/* A header as it is compared: "Device Serial Number" is "deviceserialnumber". */
void column_normalise(char dst[static COLUMN_NAME_MAX], const char *header);
/* The name used in messages: "Serial Number". */
const char *column_name(enum column c);
/* Reads a header record; -1 where it names no device column or one twice. */
int column_map_read(struct column_map *m, const struct csv_record *header,
                    struct error *err) MUST_CHECK;
/* The same from a list of names for files without a header ("Serial Number, Model, -"). */
int column_map_parse(struct column_map *m, const char *names, struct error *err) MUST_CHECK;
/* A file of one column without a header: that column is c. */
void column_map_single(struct column_map *m, enum column c);
/* How many of its values are names of ours. */
size_t column_known(const struct csv_record *record);
/* One of its values is the name of an identifier: no row's value is. */
bool column_names_device(const struct csv_record *record);
/* A line that names columns: a known name of an identifier, and at least two known names or
 * nothing else. */
bool column_is_header(const struct csv_record *record);
/* The record's serial number or PKID holds a digit, which no column's name does: a device, not a
 * header. True of nearly every row, before any name is compared. */
bool column_map_names_device(const struct column_map *m, const struct csv_record *record);
/* A line that repeats the header (merged files); other columns than before are no repetition. */
bool column_map_repeats(const struct column_map *m, const struct csv_record *record);
/* What the first list of a run calls each column: the same column of another list is kept under
 * that name, so that the rows of both can stand in one failed.csv, which is a list again. */
struct column_names {
	char *name[COLUMN_COUNT];
};
void column_map_unify(struct column_map *m, struct column_names *names);
void column_names_release(struct column_names *names);
void column_map_release(struct column_map *m);
/* The field of a column, "" where the list has none. */
const char *
column_field(const struct column_map *m, const struct csv_record *record, enum column c);

#endif
