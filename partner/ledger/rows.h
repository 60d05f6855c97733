/*
 * Lists, customers and rows on their way in.
 */
#ifndef PARTNER_LEDGER_ROWS_H
#define PARTNER_LEDGER_ROWS_H

#include "partner/ledger/ledger.h"
#include "partner/vocabulary.h"

struct ledger_list {
	const char *path;
	const char *header; /* the list's own header line as CSV, without line end */
	int64_t run;
};
int ledger_list_add(struct ledger *l, const struct ledger_list *list, int64_t *ret_id,
                    struct error *err) MUST_CHECK;
int ledger_list_set_digest(struct ledger *l, int64_t list, const char *digest,
                           struct error *err) MUST_CHECK;
int ledger_customer_id(struct ledger *l, int64_t run, const char *key, const char *name,
                       int64_t *ret_id, struct error *err) MUST_CHECK;

struct ledger_row {
	int64_t id, list, customer, batch; /* batch 0: none */
	long line;
	struct device_id device;
	enum join_type join;
	enum mdm_state mdm;
	enum registrant via;
	enum purpose purpose;
	const char *ticket, *sold_to, *received_from;
	enum outcome outcome;
	const char *reason; /* "" where there is none */
	const char *column; /* header name a rejection speaks of, or "" */
	const char *raw; /* the record as read, as CSV without line end; no hash, no product key */
	int64_t decided; /* when the outcome became known, seconds UTC; 0: not yet */
};
int ledger_row_add(struct ledger *l, const struct ledger_row *row, struct error *err) MUST_CHECK;

#endif
