/*
 * Watches: which registrations of the touched batches still stood in the last listing that began
 * after their deletion was answered. Pure. One watch a batch; the list of them is the caller's.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_DELETION_CHECK_H
#define PARTNER_ROUTE_PARTNER_CENTER_DELETION_CHECK_H

#include "common/base.h"
#include "partner/route/partner_center/target.h"

struct deletion_check_ids {
	char **id; /* owned */
	size_t count, room;
};

struct deletion_check {
	struct deletion_check *next;
	char *batch;
	struct deletion_check_ids listed;  /* by the last listing, sorted */
	struct deletion_check_ids reading; /* by the one that is going on */
	struct deletion_check_ids deleted; /* since the last listing began */
	int64_t listed_ms;                 /* monotonic: when the last one ended; negative: never */
	bool wanted;                       /* by the one that is going on */
};

struct deletion_check *deletion_check_of(struct deletion_check **all,
                                         const char *batch); /* makes one where there is none */
void deletion_check_free_all(struct deletion_check **all);
void deletion_check_add_deleted(struct deletion_check *w, const char *device);
void deletion_check_add_listed(struct deletion_check *w, const char *device);
/* The listing of the wanted ones has ended; complete: it counts. */
void deletion_check_end(struct deletion_check *all, bool complete, int64_t now_ms);
bool deletion_check_is_gone(const struct deletion_check *w, const char *device);

#endif
