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

#define PAGES_BATCHES_MAX 10000 /* of one customer */
#define PAGES_MAX 20000         /* of one collection: a million devices are 10,000 */

/* -1 ends the listing. */
typedef int
pages_sink(void *ctx, const char *batch, const struct page_device *d, struct error *err);

struct pages; /* opaque */
/* named NULL: all of the customer. The names are copied, the sink's ctx is borrowed. */
struct pages *pages_new(const char *customer, const char *const *named, size_t count,
                        pages_sink *sink, void *ctx);
void pages_free(struct pages *l); /* accepts NULL */
bool pages_over(const struct pages *l);
bool pages_at_customer(const struct pages *l); /* the next answer is the customer's */
/* Path and header value of the next page; the path is the caller's, the value NULL or l's. */
char *pages_path(const struct pages *l);
const char *pages_continuation(const struct pages *l);
/* The answer to it. -1: the listing cannot become complete (err). */
int pages_feed(struct pages *l, const char *body, size_t len, struct error *err) MUST_CHECK;
/* The service knows nothing there (404). -1: so it should. */
int pages_absent(struct pages *l, struct error *err) MUST_CHECK;
/* The paths of a request, for all that ask: freed by the caller. */
char *pages_device_path(const char *customer, const char *batch, const char *device);

#endif
