/*
 * Intake: the lists, customers, batches and rows of a run are added here, all in one transaction of the caller
 * (transaction.h, ledger_begin_intake()). After the last row comes settle.h.
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
/* The digest of the list's bytes, known after its last row. */
int ledger_list_set_digest(struct ledger *l, int64_t list, const char *digest,
                           struct error *err) MUST_CHECK;
/* Finds or adds a customer of the run. The first name that is not "" stays. */
int ledger_customer_id(struct ledger *l, int64_t run, const char *key, const char *name,
                       int64_t *ret_id, struct error *err) MUST_CHECK;

/* Rejects the rows of a customer in the run's lists from `list` on. *ret_rows: how many. */
int ledger_customer_reject(struct ledger *l, int64_t run, int64_t list, int64_t customer,
                           const char *reason, int64_t *ret_rows, struct error *err) MUST_CHECK;

struct ledger_batch;
/* Takes run, account numbers and tenant (NULL: "") from batch. */
int ledger_batch_add(struct ledger *l, const struct ledger_batch *batch, int64_t *ret_id,
                     struct error *err) MUST_CHECK;

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
	const char *reason; /* "": none */
	const char *column; /* the header name that a rejection refers to, or "" */
	const char *raw;    /* the record as read, as CSV without line end; never a hardware hash or
	                     * product key */
	int64_t decided;    /* when the outcome became known */
};
int ledger_row_add(struct ledger *l, const struct ledger_row *row, struct error *err) MUST_CHECK;

#endif
