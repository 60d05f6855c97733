/*
 * Stores the rows of a list in the ledger; list.h reads them. Memory does not depend on the length
 * of the list. A bad row costs one row: it is stored as `rejected` with column and reason. A file
 * that is not a list stores nothing: the caller wraps all lists of a run in one ledger transaction
 * and rolls it back.
 * Limit: INTAKE_GROUPS_MAX combinations of Sold To, Received From and tenant in a run.
 */
#ifndef PARTNER_INTAKE_INTAKE_H
#define PARTNER_INTAKE_INTAKE_H

#include "common/base.h"
#include "common/crypto.h"
#include "common/error.h"
#include "partner/ledger/ledger.h"
#include "partner/vocabulary.h"

#define INTAKE_GROUPS_MAX 4096 /* a partner has a handful of customer numbers */

/* Called from time to time with the number of rows of the current list that were read. */
typedef void intake_read_fn(void *ctx, int64_t rows);

struct intake_settings {
	const char *pkid_rule; /* extended regular expression of the profile */
	enum purpose purpose;  /* for rows without one; also the next two */
	const char *sold_to;
	const char *received_from;
	const char *columns;  /* column names for files without a header; NULL or "": none */
	const char *encoding; /* of files that do not show it (iconv's name); NULL or "": none */
	const char *words;    /* file of further words (words.h); NULL or "": none */
	unsigned batch_size;
	bool spooled;         /* others write the folder of the lists: open regular files only */
	bool by_customer;     /* the route needs the Customer Tenant ID (values.h) */
	bool ticket_required; /* a row without one is rejected */
	struct customers
		*customers; /* of the lists before (customers.h); borrowed; NULL: none before */
	intake_read_fn *on_read; /* or NULL */
	void *on_read_ctx;
};

struct intake; /* the intake of one run, with the batches that it fills */

struct intake *intake_new(struct ledger *l, int64_t run, const struct intake_settings *settings,
                          struct error *err) MUST_CHECK;
void intake_free(struct intake *in); /* accepts NULL */

#define INTAKE_SHOWN 1024 /* longer texts are cut */
struct intake_result {
	char digest[CRYPTO_HEX_SIZE];              /* SHA-256 of the file's bytes */
	int64_t list;                              /* its id in the ledger */
	const char *format, *encoding, *delimiter; /* for people; see list.h */
	int64_t rows;                              /* including rejected ones */
	int64_t rejected;
	long header_line;           /* 0: no header */
	char columns[INTAKE_SHOWN]; /* for people: the columns that were recognised */
	char carried[INTAKE_SHOWN]; /* and the others, which only failed.csv repeats */
};
/* -1: the file cannot be read, or is not a list; err says what it looks like. */
int intake_list(struct intake *in, const char *path, struct intake_result *ret,
                struct error *err) MUST_CHECK;

/* Reads a list without a ledger: the devices that would be sent, with their Customer Tenant ID. */
typedef int
intake_device_fn(void *ctx, const char *tenant, const struct device_id *device, struct error *err);
int intake_scan(const char *path, const struct intake_settings *settings, intake_device_fn *fn,
                void *ctx, struct intake_result *ret, struct error *err) MUST_CHECK;

#endif
