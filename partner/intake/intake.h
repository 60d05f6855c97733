/*
 * Intake: a list's file in, rows in the ledger out (list.h reads, this stores). Streams; memory
 * does not depend on the length of the list. A bad row costs one row (it is stored as `rejected`
 * with column and reason); a file that is no list is unusable and leaves nothing behind: the
 * caller holds a ledger transaction around all lists of a run and rolls it back.
 * Limits: INTAKE_GROUPS_MAX sets of Sold To, Received From and tenant a run.
 */
#ifndef PARTNER_INTAKE_INTAKE_H
#define PARTNER_INTAKE_INTAKE_H

#include "common/base.h"
#include "common/crypto.h"
#include "common/error.h"
#include "partner/ledger/ledger.h"
#include "partner/vocabulary.h"

#define INTAKE_GROUPS_MAX 4096 /* a partner has a handful of customer numbers */

struct intake_settings {
	const char *pkid_rule; /* extended regular expression of the profile */
	enum purpose purpose;  /* where a row names none */
	const char *sold_to;   /* where a row names none */
	const char *received_from;
	const char *columns; /* names for files without a header; NULL or "": none */
	unsigned batch_size;
	bool by_customer;     /* the route needs the Customer Tenant ID, see values.h */
	bool ticket_required; /* a row without one is rejected */
};

struct intake; /* one run's intake: knows the batches being filled */

struct intake *intake_new(struct ledger *l, int64_t run, const struct intake_settings *settings,
                          struct error *err) MUST_CHECK;
void intake_free(struct intake *in); /* accepts NULL */

struct intake_result {
	char digest[CRYPTO_HEX_SIZE];              /* SHA-256 of the file's bytes */
	int64_t list;                              /* its id in the ledger */
	const char *format, *encoding, *delimiter; /* for people, see list.h */
	int64_t rows;                              /* with rejected ones */
	int64_t rejected;
};
/* 0, or -1 where the file is unreadable or no list: err says what it looks like. */
int intake_list(struct intake *in, const char *path, struct intake_result *ret,
                struct error *err) MUST_CHECK;

#endif
