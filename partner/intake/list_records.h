/*
 * The state of a list. Only for list.c (bytes) and list_records.c (records).
 */
#ifndef PARTNER_INTAKE_LIST_RECORDS_H
#define PARTNER_INTAKE_LIST_RECORDS_H

#include "common/encoding.h"
#include "common/records.h"
#include "partner/intake/list.h"
#include "partner/intake/rows.h"
#include "partner/intake/search.h"

/* The part of the list whose records are being read. */
enum place { PLACE_ABOVE, PLACE_HEADER, PLACE_ROWS };

struct list {
	struct list_settings set;
	struct list_events events;
	void *ctx;
	struct list_facts facts;
	struct buf first; /* the first block, until the encoding is known */
	bool started;
	int64_t bytes;      /* read so far */
	int64_t line_bytes; /* of them, since line_at began */
	long line_at;
	enum encoding encoding;
	struct decoder *decoder;
	struct records *records;
	bool inner_error;         /* the error came from a later stage and names its line */
	struct search *search;    /* also for the message that there is no header */
	struct csv_reader *csv;   /* NULL: the search goes on */
	struct csv_reader *inner; /* reads lines that were wrapped in quotation marks */
	enum place place;
	enum record_fault fault; /* of the current record */
	size_t inner_rows;       /* in the current record */
	char delimiter;
	bool wrapped; /* the header was wrapped */
	struct rows rows;
	struct buf columns, carried; /* for people */
};

/* A records_fn: searches the header, then reads headers and rows. ctx is the list. */
int list_records_on_record(void *ctx, const struct record *record, struct error *err);
/* After the last record: a list shorter than the search, and the reader's last line. */
int list_records_finish(struct list *l, struct error *err) MUST_CHECK;

#endif
