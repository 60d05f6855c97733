/*
 * A listing: which page of which collection is to be asked for next, and when all of them have been
 * read. Pure: pages in, devices out to a sink; whoever has it moves the bytes, and may stop between
 * two pages and go on later. It ends in an error where it cannot be complete: what is missing from
 * a listing with a hole in it is not gone (design, promise 3).
 *
 * Two kinds: all of a customer (the customer itself, its batches, the devices of each); or named
 * batches anew (the batches for their counts, then the devices of the named ones, which may be gone).
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_PAGES_H
#define PARTNER_ROUTE_PARTNER_CENTER_PAGES_H

#include "common/base.h"
#include "common/error.h"
#include "partner/route/partner_center/page.h"

#define LISTING_BATCHES_MAX 10000 /* of one customer */
#define LISTING_PAGES_MAX 20000   /* of one collection: a million devices are 10,000 */

/* -1 ends the listing. */
typedef int
listing_sink(void *ctx, const char *batch, const struct page_device *d, struct error *err);

struct listing; /* opaque */
/* named NULL: all of the customer. The names are copied, the sink's ctx is borrowed. */
struct listing *listing_new(const char *customer, const char *const *named, size_t count,
                            listing_sink *sink, void *ctx);
void listing_free(struct listing *l); /* accepts NULL */
bool listing_over(const struct listing *l);
bool listing_at_customer(const struct listing *l); /* the next answer is the customer's */
/* Path and header value of the next page; the path is the caller's, the value NULL or l's. */
char *listing_path(const struct listing *l);
const char *listing_continuation(const struct listing *l);
/* The answer to it. -1: the listing cannot become complete (err). */
int listing_feed(struct listing *l, const char *body, size_t len, struct error *err) MUST_CHECK;
/* The service knows nothing there (404). -1: so it should. */
int listing_absent(struct listing *l, struct error *err) MUST_CHECK;
/* The paths of a request, for all that ask: freed by the caller. */
char *listing_device_path(const char *customer, const char *batch, const char *device);

#endif
