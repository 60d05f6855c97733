/*
 * Watches: which registrations of the touched batches still stood in the last listing that began
 * after their deletion was answered. Pure. One watch a batch; the list of them is the caller's.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_DELETION_CHECK_H
#define PARTNER_ROUTE_PARTNER_CENTER_DELETION_CHECK_H

#include "common/base.h"
#include "partner/route/partner_center/target.h"

struct watch_ids {
	char **id; /* owned */
	size_t count, room;
};

struct watch {
	struct watch *next;
	char *batch;
	struct watch_ids listed;  /* by the last listing, sorted */
	struct watch_ids reading; /* by the one that is going on */
	struct watch_ids deleted; /* since the last listing began */
	int64_t listed_ms;        /* monotonic: when the last one ended; negative: never */
	bool wanted;              /* by the one that is going on */
};

struct watch *watch_get(struct watch **all, const char *batch); /* makes one where there is none */
void watch_free_all(struct watch **all);
void watch_deleted(struct watch *w, const char *device);
void watch_read(struct watch *w, const char *device);
/* The listing of the wanted ones has ended; complete: it counts. */
void watch_end(struct watch *all, bool complete, int64_t now_ms);
bool watch_is_gone(const struct watch *w, const char *device);

#endif
