/*
 * A receipt: what a customer's page says was done, as a JSON file (schema unpilot-receipt/1). It comes
 * from outside: every key, length, time and number is checked before the ledger is asked, and then
 * run, customer, device and step against the ledger. Taken in whole, or not at all.
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

#define RECEIPT_SCHEMA "unpilot-receipt/1"
/* The longest page has DOCUMENT_DEVICES_MAX devices with 26 steps of 64 bytes, twice that where a
 * mail client or an editor has laid it out anew. */
#define RECEIPT_MAX ((size_t)32 * 1024 * 1024)
#define RECEIPT_STEPS_MAX 1000000
#define RECEIPT_NAME_MAX 200     /* bytes of who says it */
#define RECEIPT_CUSTOMER_MAX 512 /* bytes of a customer's key */
#define RECEIPT_STEP_MAX 8

struct receipt_step {
	int64_t row;
	const char *id; /* "B1" */
	int64_t at;     /* seconds UTC */
	size_t place;   /* in the file, from 0 */
};
struct receipt {
	struct json *root;
	const char *run, *customer, *by;
	int64_t generated;
	struct receipt_step *step; /* by row and id */
	size_t steps;
	char digest[CRYPTO_HEX_SIZE]; /* of what it says, however it is laid out */
};
/* Pure. -1 with *err; nothing is to be released then. */
int receipt_parse(struct receipt *r, const char *text, size_t len, struct error *err) MUST_CHECK;
void receipt_release(struct receipt *r); /* accepts a zeroed one */

struct receipt_result {
	size_t recorded;
	size_t known; /* done before: the first word stands */
};
/* In one transaction of its own. now: seconds UTC. */
int receipt_record(const struct receipt *r, struct ledger *l, int64_t now,
                   struct receipt_result *ret, struct error *err) MUST_CHECK;

#endif
