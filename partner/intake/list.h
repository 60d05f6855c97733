/*
 * A list's bytes in, judged rows out: encoding, delimiter, header, columns, values. Streams; memory
 * does not depend on the length of the list. Knows the ledger's words and nothing of its store, so
 * that it can be tested and fuzzed alone.
 *
 * Order of stages: look at the first block (encoding.h) -> UTF-8 -> records (records.h) -> fields
 * (csv.h) -> columns by name -> values_judge(). A bad row is a row with a verdict; -1 means that
 * the bytes are no list, and *err says what they look like or which line to mend.
 */
#ifndef PARTNER_INTAKE_LIST_H
#define PARTNER_INTAKE_LIST_H

#include "common/base.h"
#include "common/error.h"
#include "partner/intake/values.h"
#include "partner/ledger/rows.h"

/* Strings live until the callback returns. */
struct list_row {
	struct ledger_row row; /* line, device, words, outcome, reason, column, raw */
	const char *customer, *customer_name;
	const char *tenant;  /* Customer Tenant ID where the rule wants one, else "" */
	const char *warning; /* "" where there is none */
};

struct list_events {
	/* Columns from here on, as CSV; more than once where lists were merged. */
	int (*header)(void *ctx, const char *header, struct error *err);
	int (*row)(void *ctx, const struct list_row *row, struct error *err);
	/* What a person should know of the list, beside its rows. */
	void (*note)(void *ctx, long line, const char *text);
};

struct list_settings {
	const struct values_rule *rule;
	const char *columns;        /* names for a file without a header; NULL or "": none */
	struct column_names *names; /* of the run; NULL: each header keeps its own */
	size_t piece;               /* 0. A test's: bytes handed on at once behind the first look */
};

struct list_facts {
	const char *format;    /* by the first header, see formats.h */
	const char *encoding;  /* "UTF-16LE" */
	const char *delimiter; /* "comma" */
	int64_t rows, rejected;
};

struct list; /* opaque */
struct list *
list_new(const struct list_settings *settings, const struct list_events *events, void *ctx);
void list_free(struct list *l); /* accepts NULL */
int list_feed(struct list *l, const char *data, size_t len, struct error *err) MUST_CHECK;
/* The end of the file; an error where it held no row, or rows broken all through. */
int list_finish(struct list *l, struct error *err) MUST_CHECK;
const struct list_facts *list_facts(const struct list *l);

#endif
