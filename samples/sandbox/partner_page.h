/*
 * The paged lists of Partner Center in JSON: batches of a customer, devices of a batch
 * (doc/partner-center.md, sections 1.2 to 1.5). Owns nothing.
 */
#ifndef SAMPLES_SANDBOX_PARTNER_PAGE_H
#define SAMPLES_SANDBOX_PARTNER_PAGE_H

#include "common/buf.h"
#include "samples/sandbox/fleet.h"
#include "samples/sandbox/scenario.h"

#define PARTNER_PAGE_MAX 100 /* documented limit for the devices of a batch */
#define PARTNER_CONTINUATION_HEADER "MS-ContinuationToken"

/* How a page names the next one. PAGING_LOOP: the second page names itself.
 * PAGING_BARE: the page is the bare array, and a header of the answer names the next page.
 * PAGING_OFFSET: the token counts devices, so that a deletion shifts the pages, and nothing names a count. */
enum partner_paging {
	PAGING_TOKEN,
	PAGING_LINKS,
	PAGING_LOOP,
	PAGING_BARE,
	PAGING_OFFSET,
	PARTNER_PAGING_COUNT
};
/* "token", "links", "loop", "bare" or "offset". */
bool partner_paging_by_name(const char *name, enum partner_paging *ret);

struct partner_page {
	const struct fleet_customer *customer;
	struct fleet_batch *batch; /* NULL: list the batches of the customer */
	const char *continuation;  /* NULL: the first page */
	size_t size;
	enum partner_paging paging;
	enum scenario_action action; /* ACTION_LESS and ACTION_TWICE change a page of devices */
};
/* Both append the page to answer; *ret_next is the token for the header, or NULL; the caller frees
 * it. False: the continuation does not belong to this list. */
bool partner_page_batches(const struct partner_page *p, struct buf *answer, char **ret_next);
bool partner_page_devices(const struct partner_page *p, struct buf *answer, char **ret_next);

#endif
