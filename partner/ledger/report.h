/*
 * Reading for reports.
 */
#ifndef PARTNER_LEDGER_REPORT_H
#define PARTNER_LEDGER_REPORT_H

#include "partner/ledger/rows.h"

struct ledger_open { /* what a customer still waits for */
	const char *customer;
	int64_t pending, unknown, not_sent;
	int64_t since; /* first request without a final answer, seconds UTC; 0: none */
};
typedef int ledger_open_fn(void *ctx, const struct ledger_open *open, struct error *err);
int ledger_each_open(struct ledger *l, int64_t run, ledger_open_fn *fn, void *ctx,
                     struct error *err) MUST_CHECK;

struct ledger_customer {
	int64_t id;
	const char *key;    /* "" for rows without a customer */
	const char *name;   /* "" where the list gives none */
	const char *folder; /* safe and unique in the run */
};
typedef int
ledger_customer_fn(void *ctx, const struct ledger_customer *customer, struct error *err);
/* Of that run, also those whose rows were all rejected. */
int ledger_each_customer(struct ledger *l, int64_t run, ledger_customer_fn *fn, void *ctx,
                         struct error *err) MUST_CHECK;

/* The customer of that key in the latest run that has rows of it. 1: fn was called; 0: none; -1. */
int ledger_last_customer(struct ledger *l, const char *key, ledger_customer_fn *fn, void *ctx,
                         struct error *err) MUST_CHECK;

struct ledger_line { /* a row as reports see it */
	const struct ledger_row *row;
	/* where rows come by situation, these are "", as are the row's account numbers, column, raw */
	const char *list;       /* path of its list */
	const char *header;     /* that list's header */
	const char *customer;   /* key */
	const char *service_id; /* BatchId */
	const char *done;       /* steps that are answered, "B1 B2:n"; only by situation */
};
typedef int ledger_line_fn(void *ctx, const struct ledger_line *line, struct error *err);
#define LEDGER_ALL ((1U << OUTCOME_COUNT) - 1) /* a bit for every outcome */
/* By list and line. outcomes: bits of those that are wanted. */
int ledger_each_line(struct ledger *l, int64_t run, unsigned outcomes, ledger_line_fn *fn,
                     void *ctx, struct error *err) MUST_CHECK;
/* A run customer after customer, each by situation: outcome, via, join, mdm, purpose, Dell or not, serial, line. Equal rows come once.
 * Sorted once as a whole: rows of one customer may lie far apart. */
struct ledger_lines;
struct ledger_lines *ledger_lines_open(struct ledger *l, int64_t run, struct error *err) MUST_CHECK;
/* 1: the customer has a row with an outcome below end, 0: none, -1. Call it before ledger_lines_of(). */
int ledger_lines_any(struct ledger_lines *lines, int64_t customer, enum outcome end,
                     struct error *err) MUST_CHECK;
/* That customer's rows; to be asked for with rising numbers. */
int ledger_lines_of(struct ledger_lines *lines, int64_t customer, ledger_line_fn *fn, void *ctx,
                    struct error *err) MUST_CHECK;
void ledger_lines_close(struct ledger_lines *lines); /* accepts NULL */
typedef int ledger_list_fn(void *ctx, const struct ledger_list *list, struct error *err);
int ledger_each_list(struct ledger *l, int64_t run, ledger_list_fn *fn, void *ctx,
                     struct error *err) MUST_CHECK;
/* A customer's rows over all runs, by situation: of each device the latest row that was sent. */
int ledger_each_open_line(struct ledger *l, const char *customer, ledger_line_fn *fn, void *ctx,
                          struct error *err) MUST_CHECK;

#endif
