/*
 * Deletion checks: is a registration gone? The proof is a listing of its batch that began after the
 * deletion was answered and that lacks the registration. There is one check for each batch in which
 * something was deleted or polled. Pure; the caller owns the list of checks.
 *
 * During a listing: mark the checks as wanted, add what is listed, then call deletion_check_end().
 * Nothing may be deleted meanwhile.
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
	struct deletion_check_ids listed;  /* by the last complete listing; sorted */
	struct deletion_check_ids reading; /* by the listing under way */
	struct deletion_check_ids deleted; /* since the last complete listing */
	int64_t listed_ms; /* monotonic: when the last complete listing ended; negative: never */
	bool wanted;       /* the listing under way covers this batch */
};

/* The check of a batch; a new one if there is none yet. */
struct deletion_check *deletion_check_of(struct deletion_check **all, const char *batch);
void deletion_check_free_all(struct deletion_check **all);
void deletion_check_add_deleted(struct deletion_check *check, const char *device);
void deletion_check_add_listed(struct deletion_check *check, const char *device);
/* The listing of the wanted batches has ended. If it was not complete, it proves nothing. */
void deletion_check_end(struct deletion_check *all, bool complete, int64_t now_ms);
/* It was deleted after the last complete listing began. */
bool deletion_check_is_deleted(const struct deletion_check *check, const char *device);
bool deletion_check_is_gone(const struct deletion_check *check, const char *device);

#endif
