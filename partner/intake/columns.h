/*
 * Maps the columns of a list to their meaning by their names (doc/lists.md, section 1; words.h has
 * the names). Columns after the last one with a name do not count: a value there means that the row
 * has too many values.
 */
#ifndef PARTNER_INTAKE_COLUMNS_H
#define PARTNER_INTAKE_COLUMNS_H

#include "common/base.h"
#include "common/buf.h"
#include "common/csv.h"
#include "common/error.h"
#include "partner/intake/words.h"

#define COLUMN_ABSENT SIZE_MAX

struct column_map {
	size_t at[COLUMN_COUNT]; /* position in the record, or COLUMN_ABSENT */
	size_t width;            /* columns of the header, up to the last one with a name */
	char *header;            /* as CSV, without line end */
};

/* Reads a header record; -1 if it names no identifier, or if two names mean the same column. */
int column_map_read(struct column_map *m, const struct words *w, const struct csv_record *header,
                    struct error *err) MUST_CHECK;
/* The same for names given by the user for a file without a header ("Serial Number, Model, -"). */
int column_map_parse(struct column_map *m, const struct words *w, const char *names,
                     struct error *err) MUST_CHECK;
/* For a file of one column without a header. */
void column_map_single(struct column_map *m, enum column c);
void column_map_release(struct column_map *m);

/* Signs that a record is a header. */
struct column_signs {
	size_t known; /* values that are known column names */
	bool header; /* it names an identifier, and has two known names or no other value; a hash or
	                 another long value makes it a row */
	bool maybe;  /* a weaker sign: it names an identifier among unknown names */
	bool again;  /* a stricter sign for records within a list, where rows are more likely: a
	                 value with a digit must be a known name */
};
struct column_signs column_signs(const struct words *w, const struct csv_record *record);
/* The record's serial number or PKID has a digit, so the record is not a header. Cheap, and true
 * for nearly every row. */
bool column_map_names_device(const struct column_map *m, const struct csv_record *record);
/* The record repeats the header, as in joined files: the same columns in the same places. */
bool column_map_repeats(const struct column_map *m, const struct words *w,
                        const struct csv_record *record);
/* Appends, for people: the columns that were recognised, with the list's own name if it differs, and
 * to carried the names of the others. */
void column_map_describe(const struct column_map *m, const struct csv_record *header,
                         struct buf *columns, struct buf *carried);

/* The names that the first list of a run uses for each column. Headers of later lists get the same
 * names, so that rows of all lists fit into one failed.csv, which is a list again. */
struct column_names {
	char *name[COLUMN_COUNT];
};
void column_map_unify(struct column_map *m, struct column_names *names);
void column_names_release(struct column_names *names);

/* The value of a column; "" if the list has no such column. */
static inline const char *
column_field(const struct column_map *m, const struct csv_record *record, enum column c)
{
	return m->at[c] < record->count ? record->field[m->at[c]] : "";
}

#endif
