/*
 * The lists of Partner Center and their pages: batches of a customer, devices of a batch, in JSON
 * (Partner Center facts, 1.2 to 1.5). Owns nothing.
 */
#ifndef SAMPLES_SANDBOX_PARTNER_PAGE_H
#define SAMPLES_SANDBOX_PARTNER_PAGE_H

#include "common/buf.h"
#include "samples/sandbox/fleet.h"
#include "samples/sandbox/scenario.h"

#define PARTNER_PAGE_MAX 100 /* documented for the devices of a batch */
#define PARTNER_CONTINUATION_HEADER "MS-ContinuationToken"

/* How the next page is named; loop: the second page names itself. */
enum partner_paging { PAGING_TOKEN, PAGING_LINKS, PAGING_LOOP, PARTNER_PAGING_COUNT };
/* "token", "links" or "loop". */
bool partner_paging_by_name(const char *name, enum partner_paging *ret);

struct partner_page {
	const struct fleet_customer *customer;
	struct fleet_batch *batch; /* NULL: its batches are listed */
	const char *continuation;  /* NULL: the first page */
	size_t size;
	enum partner_paging paging;
	enum scenario_action action; /* less and twice change what a page of devices holds */
};
/* Both append the page. False: the continuation is none of this list. */
bool partner_page_batches(const struct partner_page *p, struct buf *answer);
bool partner_page_devices(const struct partner_page *p, struct buf *answer);

#endif
