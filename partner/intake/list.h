/*
 * Turns the bytes of a list into judged rows. Streams: memory does not depend on the length of the
 * list. Uses the ledger's types but not its store, so that it can be tested and fuzzed alone.
 *
 * Stages: detect the encoding in the first block and decode (encoding.h) -> cut into records
 * (records.h) -> search the header (search.h) -> fields (csv.h) -> find columns by name (columns.h)
 * -> judge values (values.h).
 * A bad row is delivered with its reason. -1 means that the bytes are not a list, that the list is
 * longer than LIST_LINES_MAX lines or LIST_BYTES_MAX bytes, or that each of the
 * first LIST_REJECTED_MAX rows is rejected; *err says what to do.
 */
#ifndef PARTNER_INTAKE_LIST_H
#define PARTNER_INTAKE_LIST_H

#include "common/base.h"
#include "common/error.h"
#include "partner/intake/values.h"
#include "partner/ledger/ledger.h"

#define LIST_REJECTED_MAX 1000
/* A list that never ends must not fill the disk. The largest fleet that is measured has ten million
 * devices; a million devices with a hardware hash of 4 KiB each have a list of 4 GiB. */
#define LIST_LINES_MAX 12000000 /* rows, headers and blank lines */
#define LIST_BYTES_MAX ((int64_t)4 << 30)
#define LIST_LINE_MAX ((int64_t)16 << 20) /* bytes without a line end: not a text file */

/* Strings live until the callback returns. */
struct list_row {
	struct ledger_row row; /* line, device, words, outcome, reason, column, raw */
	const char *customer, *customer_name;
	const char *tenant; /* Customer Tenant ID if the rule needs one, else "" */
};

struct list_events {
	/* The columns of the rows that follow, as CSV; more than once if lists were joined. */
	int (*header)(void *ctx, const char *header, struct error *err);
	int (*row)(void *ctx, const struct list_row *row, struct error *err);
	/* A remark for a person about the list. line 0: about the whole list. */
	void (*note)(void *ctx, long line, const char *text);
};

struct list_settings {
	const struct values_rule *rule;
	const char *columns;        /* names for a file without a header; NULL or "": none */
	const char *encoding;       /* of a file that does not show it; NULL or "": Windows-1252 */
	struct column_names *names; /* of the run; NULL: each header keeps its own names */
	size_t piece;               /* for tests: bytes to decode at once; 0: all */
	int64_t bytes_max;          /* for tests; 0: LIST_BYTES_MAX */
	long lines_max;             /* for tests; 0: LIST_LINES_MAX */
};

/* Strings live as long as the list. */
struct list_facts {
	const char *format;    /* of the first header (formats.h) */
	const char *encoding;  /* "UTF-16LE" */
	const char *delimiter; /* "comma" */
	long header_line;      /* of the first header; 0: none */
	const char *columns;   /* its columns: "Serial Number ("S/N"), Model" */
	const char *carried;   /* the others, which only failed.csv repeats: ""Asset", "Owner"" */
	int64_t rows, rejected;
};

struct list; /* opaque */
struct list *
list_new(const struct list_settings *settings, const struct list_events *events, void *ctx);
void list_free(struct list *l); /* accepts NULL */
int list_feed(struct list *l, const char *data, size_t len, struct error *err) MUST_CHECK;
/* Ends the file; -1 if it had no row, or mostly damaged rows. */
int list_finish(struct list *l, struct error *err) MUST_CHECK;
int64_t list_rows(const struct list *l); /* so far */
const struct list_facts *list_facts(const struct list *l);

#endif
