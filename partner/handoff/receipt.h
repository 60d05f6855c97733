/*
 * A receipt: a JSON file in which a customer answers steps: done, does not apply, found gone, or still
 * left. The page and cleanup.ps1 write schema 2; schema 1, which knows only done, is still taken. It
 * comes from outside. Parsing checks every key, length, time and number; recording checks run,
 * customer, device and step against the ledger. A receipt is recorded as a whole or not at all.
 *
 * struct receipt owns its texts until receipt_release(). Errors name the place in the file.
 */
#ifndef PARTNER_HANDOFF_RECEIPT_H
#define PARTNER_HANDOFF_RECEIPT_H

#include "common/base.h"
#include "common/crypto.h"
#include "common/error.h"
#include "common/json.h"
#include "partner/ledger/ledger.h"

#define RECEIPT_SCHEMA "unpilot-receipt/2"
#define RECEIPT_SCHEMA_1 "unpilot-receipt/1"
/* The longest page has DOCUMENT_DEVICES_MAX devices with 21 steps of 90 bytes. Half as much again,
 * because an editor may have added white space. */
#define RECEIPT_MAX ((size_t)32 * 1024 * 1024)
#define RECEIPT_STEPS_MAX 1000000
#define RECEIPT_NAME_MAX 200     /* bytes of the reporter's name */
#define RECEIPT_CUSTOMER_MAX 512 /* bytes of a customer's key */
#define RECEIPT_STEP_MAX 8
#define RECEIPT_RECORD_MAX 200 /* bytes of the id of a deleted record */

enum receipt_state {
	RECEIPT_DONE,
	RECEIPT_NOT_APPLICABLE,
	RECEIPT_GONE, /* the record was gone already */
	RECEIPT_LEFT, /* the record is still there: closes nothing */
	RECEIPT_STATE_COUNT
};

struct receipt_step {
	int64_t row;
	const char *id; /* "B1" */
	int64_t at;     /* seconds UTC */
	enum receipt_state state;
	const char *record; /* id of the deleted record, or "" */
	size_t place;       /* index in the file, from 0 */
};
struct receipt {
	struct json *root;
	int schema; /* 1 or 2 */
	const char *run, *customer, *by;
	const char *source; /* "page" or "script"; "" in schema 1 */
	int64_t generated;
	struct receipt_step *step; /* sorted by row and id */
	size_t steps;
	char digest
		[CRYPTO_HEX_SIZE]; /* digest of the contents, independent of white space and order */
};
/* Pure. On -1 with *err there is nothing to release. */
int receipt_parse(struct receipt *r, const char *text, size_t len, struct error *err) MUST_CHECK;
void receipt_release(struct receipt *r); /* accepts a zeroed one */

struct receipt_result {
	size_t recorded;
	size_t known; /* steps that an earlier receipt reported; the earlier report stays */
};
/* Records the receipt in one transaction. now: seconds UTC. */
int receipt_record(const struct receipt *r, struct ledger *l, int64_t now,
                   struct receipt_result *ret, struct error *err) MUST_CHECK;

#endif
