/*
 * A listing of a customer's devices, page by page: which page to request next, and whether everything
 * was read. Pure: answers in, devices out to a sink. The caller sends the requests and may pause
 * between two pages. If a page is missing or counts differ, the listing fails, because a registration
 * that is missing from an incomplete listing may still exist.
 *
 * There are two kinds of listings. One reads all of a customer: the customer itself, its batches, the
 * devices of each batch. The other reads named batches anew: all batches for their counts, then the
 * devices of the named ones, which may be gone.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_PAGES_H
#define PARTNER_ROUTE_PARTNER_CENTER_PAGES_H

#include "common/base.h"
#include "common/error.h"
#include "partner/route/partner_center/page.h"

#define PAGES_BATCHES_MAX 10000 /* of one customer */
#define PAGES_MAX 20000         /* of one collection; a million devices take 10,000 */

/* Receives one device. -1: the listing fails with err. */
typedef int
pages_sink(void *ctx, const char *batch, const struct page_device *d, struct error *err);

struct pages_answer {
	const char *body;
	size_t len;
	const char *continuation; /* of the header MS-ContinuationToken; NULL: none */
};

struct pages; /* opaque */
/* named: ids of batches, copied; NULL: read all of the customer. ctx is borrowed. */
struct pages *pages_new(const char *customer, const char *const *named, size_t count,
                        pages_sink *sink, void *ctx);
void pages_free(struct pages *l);              /* accepts NULL */
bool pages_over(const struct pages *l);        /* everything was read */
bool pages_at_customer(const struct pages *l); /* the next answer is about the customer itself */
bool pages_barred(const struct pages *l);      /* the customer is unknown, or no customer of ours */
/* The next page: its path (the caller frees it) and its MS-ContinuationToken (NULL, or l owns it). */
char *pages_path(const struct pages *l);
const char *pages_continuation(const struct pages *l);
/* The collection that it belongs to, printable: "batch B". May contain names that only the operator
 * may read. */
void pages_place(const struct pages *l, char *dst, size_t size);
/* The answer to that request. -1: the listing cannot become complete. */
int pages_feed(struct pages *l, const struct pages_answer *answer, struct error *err) MUST_CHECK;
/* The answer was 404. -1: something is missing that must be there. */
int pages_absent(struct pages *l, struct error *err) MUST_CHECK;
/* The path of a registration, escaped; with device "" of all devices of the batch. The caller frees
 * it. */
char *pages_device_path(const char *customer, const char *batch, const char *device);

#endif
