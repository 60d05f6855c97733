/*
 * Turns the fields of one record into a judged row, and counts the rows of a list. Knows the columns;
 * list.c decides which records are rows. Owns the texts of the current row and the remarks.
 */
#ifndef PARTNER_INTAKE_ROWS_H
#define PARTNER_INTAKE_ROWS_H

#include "common/csv.h"
#include "partner/intake/list.h"

/* A record, with the reader that owns its fields. */
struct rows_record {
	const struct csv_record *fields;
	struct csv_reader *reader; /* cuts fields */
	const char *fault; /* the reason to reject the row, printed after "line N: "; NULL: none */
	bool too_long;
	size_t tail; /* foreign delimiters that were at its end */
};

struct rows {
	const struct values_rule *rule;
	const struct list_events *events;
	void *ctx;
	struct column_map map;
	bool has_map;
	size_t tail;         /* foreign delimiters at the end of the header, and of each row */
	const char *read_as; /* the encoding that was assumed, until a value shows it; or NULL */
	struct sound *sound; /* values of earlier rows */
	bool check_names;    /* columns were given: the first row may be a line of names */
	int64_t count, rejected;
	int64_t broken; /* rows with NUL bytes or invalid characters */
	struct remarks remarks;
	/* texts of the current row */
	struct buf raw, customer, customer_name;
	struct values_verdict verdict;
	/* the numeric serials in a row of one make and model */
	struct {
		uint64_t kind;
		size_t digits; /* digits of the longest serial */
		int64_t rows;  /* rows with a serial of that length */
		long line;     /* line of the first of these rows */
		char example[REMARK_EXAMPLE_SIZE];
	} numbers;
	/* all rows so far are rejected; for one reason; the first lines */
	uint64_t reason;
	bool all_rejected, same_reason;
	struct buf first;
};

void rows_init(struct rows *r, const struct values_rule *rule, const struct list_events *events,
               void *ctx);
void rows_release(struct rows *r);
/* Cuts blanks, quotation marks and foreign delimiters that do not belong to the values. */
void rows_tidy(struct rows *r, struct rows_record *record);
/* The same for a header: its foreign delimiters are those of each row. */
void rows_tidy_header(struct rows *r, struct rows_record *record);
/* The number of foreign delimiters at the end of a line. */
size_t rows_line_tail(const char *text, size_t len, char delimiter);
int rows_add(struct rows *r, const struct rows_record *record, struct error *err) MUST_CHECK;
/* Delivers the remarks. -1: most rows are damaged, or there are none. */
int rows_finish(struct rows *r, const char *encoding, struct error *err) MUST_CHECK;
/* A value contains a NUL byte or is not UTF-8. */
bool rows_is_broken(const struct csv_record *record);

#endif
