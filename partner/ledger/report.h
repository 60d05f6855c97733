/*
 * Reading a run for its reports and packs. Rows come by list and line, or by situation: outcome,
 * registered via, join type, MDM, purpose, Dell or not, serial number, line.
 */
#ifndef PARTNER_LEDGER_REPORT_H
#define PARTNER_LEDGER_REPORT_H

#include "partner/ledger/rows.h"

struct ledger_open { /* rows of a customer that wait for a final outcome */
	const char *customer;
	int64_t pending, unknown, not_sent;
	int64_t since;   /* when the oldest request without a final answer was first sent */
	int64_t devices; /* equal rows are one */
};
typedef int ledger_open_fn(void *ctx, const struct ledger_open *open, struct error *err);
/* Only customers that have such rows. */
int ledger_each_open(struct ledger *l, int64_t run, ledger_open_fn *fn, void *ctx,
                     struct error *err) MUST_CHECK;

struct ledger_customer {
	int64_t id;
	const char *key;    /* "" for rows without a customer */
	const char *name;   /* "": the list names none */
	const char *folder; /* a safe file name, unique in the run */
};
typedef int
ledger_customer_fn(void *ctx, const struct ledger_customer *customer, struct error *err);
/* All customers of the run, also those whose rows were all rejected. */
int ledger_each_customer(struct ledger *l, int64_t run, ledger_customer_fn *fn, void *ctx,
                         struct error *err) MUST_CHECK;
/* The customer with this key in the latest run that has a row of that customer which was not
 * rejected. 1: fn was called, 0: there is none, -1. */
int ledger_last_customer(struct ledger *l, const char *key, ledger_customer_fn *fn, void *ctx,
                         struct error *err) MUST_CHECK;

struct ledger_reason { /* devices of a customer with the same outcome for the same reason */
	const char *customer, *reason;
	enum outcome outcome;
	int64_t devices; /* equal rows count once */
};
typedef void ledger_reason_fn(void *ctx, const struct ledger_reason *reason);
#define LEDGER_OUTCOME(o) (1U << (o))
/* refused in any way, alarm, unknown, held or rejected */
#define LEDGER_NEED_PERSON \
	(LEDGER_OUTCOME(OUTCOME_NOT_OURS) | LEDGER_OUTCOME(OUTCOME_NOT_FOUND) | \
	 LEDGER_OUTCOME(OUTCOME_NOT_UNIQUE) | LEDGER_OUTCOME(OUTCOME_REFUSED) | \
	 LEDGER_OUTCOME(OUTCOME_ALARM) | LEDGER_OUTCOME(OUTCOME_UNKNOWN) | \
	 LEDGER_OUTCOME(OUTCOME_HELD) | LEDGER_OUTCOME(OUTCOME_REJECTED))
/* By customer and outcome, the most frequent reason first. outcomes: a bit for each that is wanted. */
int ledger_each_reason(struct ledger *l, int64_t run, unsigned outcomes, ledger_reason_fn *fn,
                       void *ctx, struct error *err) MUST_CHECK;

typedef void ledger_key_fn(void *ctx, const char *key);
/* The keys of all customers of all runs, each once. */
int ledger_each_customer_key(struct ledger *l, ledger_key_fn *fn, void *ctx,
                             struct error *err) MUST_CHECK;

struct ledger_line { /* a row with the names around it */
	const struct ledger_row *row;
	const char *customer; /* key */
	/* By list and line only; by situation these are "", as are the row's account numbers, column
	 * and raw record. */
	const char *list;       /* path */
	const char *header;     /* of the list */
	const char *service_id; /* BatchId */
	const char *run;        /* ledger_find() only */
	/* By situation, and from ledger_find(). */
	const char *done; /* answered steps, "B1 B2:n": B1 is done, B2 does not apply; "A1@9":
	                   * the customer's Graph confirmed it at that time */
};
typedef int ledger_line_fn(void *ctx, const struct ledger_line *line, struct error *err);
#define LEDGER_ALL ((1U << OUTCOME_COUNT) - 1) /* every outcome */
/* By list and line. outcomes: a bit for each outcome that is wanted. */
int ledger_each_line(struct ledger *l, int64_t run, unsigned outcomes, ledger_line_fn *fn,
                     void *ctx, struct error *err) MUST_CHECK;
/* Rows of all runs whose serial number, PKID or ticket is the word, latest first. */
int ledger_find(struct ledger *l, const char *word, ledger_line_fn *fn, void *ctx,
                struct error *err) MUST_CHECK;
/* A serial number, PKID or ticket that differs from the word in ASCII case only. 1: *ret, which the caller
 * frees, 0: there is none, -1. */
int ledger_find_near(struct ledger *l, const char *word, char **ret, struct error *err) MUST_CHECK;
/* A customer's rows over all runs, by situation: of each device the latest row that was sent. */
int ledger_each_open_line(struct ledger *l, const char *customer, ledger_line_fn *fn, void *ctx,
                          struct error *err) MUST_CHECK;

/* All devices of a run by customer and situation; equal rows once. Sorted as a whole, because a
 * customer's rows may lie far apart: in at most 16 MiB of memory, or else by the database. Ask for
 * customers with rising ids. The caller closes it. NULL with *err. */
struct ledger_lines;
struct ledger_lines *ledger_lines_open(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
/* 1: this customer has a row with an outcome below `end`, 0: it has none, -1. Before
 * ledger_lines_of(). */
int ledger_lines_any(struct ledger_lines *lines, int64_t customer, enum outcome end,
                     struct error *err) MUST_CHECK;
int ledger_lines_of(struct ledger_lines *lines, int64_t customer, ledger_line_fn *fn, void *ctx,
                    struct error *err) MUST_CHECK;
void ledger_lines_close(struct ledger_lines *lines); /* accepts NULL */
/* The same columns of all rows but the customer's key, as they are stored: without the cost of sorting. */
int ledger_each_stored_line(struct ledger *l, int64_t run, ledger_line_fn *fn, void *ctx,
                            struct error *err) MUST_CHECK;

typedef int ledger_list_fn(void *ctx, const struct ledger_list *list, struct error *err);
int ledger_each_list(struct ledger *l, int64_t run, ledger_list_fn *fn, void *ctx,
                     struct error *err) MUST_CHECK;

#endif
