/* Keeps sets of ids, one for each listing. The schedule decides when to list. */
#include "partner/route/partner_center/deletion_check.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"

static void
add(struct deletion_check_ids *ids, const char *id)
{
	if (ids->count == ids->room) {
		ids->room = ids->room > 0 ? ids->room * 2 : 16;
		ids->id = xreallocarray(ids->id, ids->room, sizeof(*ids->id));
	}
	ids->id[ids->count++] = xstrdup(id);
}

static void
clear(struct deletion_check_ids *ids)
{
	for (size_t i = 0; i < ids->count; i++)
		free(ids->id[i]);
	free(ids->id);
	*ids = (struct deletion_check_ids){0};
}

struct deletion_check *
deletion_check_of(struct deletion_check **all, const char *batch)
{
	struct deletion_check *check = *all;

	while (check != NULL && strcmp(check->batch, batch) != 0)
		check = check->next;
	if (check == NULL) {
		check = xcalloc(1, sizeof(*check));
		check->batch = xstrdup(batch);
		check->listed_ms = -1;
		check->next = *all;
		*all = check;
	}
	return check;
}

void
deletion_check_free_all(struct deletion_check **all)
{
	for (struct deletion_check *check = *all, *next; check != NULL; check = next) {
		next = check->next;
		clear(&check->listed);
		clear(&check->reading);
		clear(&check->deleted);
		free(check->batch);
		free(check);
	}
	*all = NULL;
}

void
deletion_check_add_deleted(struct deletion_check *check, const char *device)
{
	add(&check->deleted, device);
}

void
deletion_check_add_listed(struct deletion_check *check, const char *device)
{
	add(&check->reading, device);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
deletion_check_end(struct deletion_check *all, bool complete, int64_t now_ms)
{
	for (struct deletion_check *check = all; check != NULL; check = check->next) {
		if (check->wanted && complete) {
			clear(&check->listed);
			clear(&check->deleted); /* nothing was deleted during the listing */
			check->listed = check->reading;
			check->reading = (struct deletion_check_ids){0};
			if (check->listed.count > 0)
				qsort(check->listed.id, check->listed.count,
				      sizeof(*check->listed.id), compare);
			check->listed_ms = now_ms;
		}
		clear(&check->reading);
		check->wanted = false;
	}
}

bool
deletion_check_is_deleted(const struct deletion_check *check, const char *device)
{
	for (size_t i = 0; i < check->deleted.count; i++)
		if (strcmp(check->deleted.id[i], device) == 0)
			return true;
	return false;
}

bool
deletion_check_is_gone(const struct deletion_check *check, const char *device)
{
	if (check->listed_ms < 0 || deletion_check_is_deleted(check, device))
		return false;
	return check->listed.count == 0 || bsearch(&device, check->listed.id, check->listed.count,
	                                           sizeof(*check->listed.id), compare) == NULL;
}
