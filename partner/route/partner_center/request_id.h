/*
 * The MS-RequestIds of deletions that have no answer yet. A deletion whose answer was lost goes out
 * again with the same id, so that the service does the work once (doc/partner-center.md, section 1.4).
 * The caller owns the list.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_REQUEST_ID_H
#define PARTNER_ROUTE_PARTNER_CENTER_REQUEST_ID_H

#include "common/crypto.h"

struct request_id {
	struct request_id *next;
	char *path;
	char id[CRYPTO_GUID_SIZE];
};

/* The id for this path: a new one, unless the last answer was lost. Lives until it is forgotten. */
const char *request_id_for(struct request_id **all, const char *path);
/* The service answered: the next request to this path gets a new id. */
void request_id_forget(struct request_id **all, const char *path);
void request_id_free_all(struct request_id **all);

#endif
