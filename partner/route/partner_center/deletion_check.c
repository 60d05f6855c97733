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
	struct deletion_check *w = *all;

	while (w != NULL && strcmp(w->batch, batch) != 0)
		w = w->next;
	if (w == NULL) {
		w = xcalloc(1, sizeof(*w));
		w->batch = xstrdup(batch);
		w->listed_ms = -1;
		w->next = *all;
		*all = w;
	}
	return w;
}

void
deletion_check_free_all(struct deletion_check **all)
{
	for (struct deletion_check *w = *all, *next; w != NULL; w = next) {
		next = w->next;
		clear(&w->listed);
		clear(&w->reading);
		clear(&w->deleted);
		free(w->batch);
		free(w);
	}
	*all = NULL;
}

void
deletion_check_add_deleted(struct deletion_check *w, const char *device)
{
	add(&w->deleted, device);
}

void
deletion_check_add_listed(struct deletion_check *w, const char *device)
{
	add(&w->reading, device);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
deletion_check_end(struct deletion_check *all, bool complete, int64_t now_ms)
{
	for (struct deletion_check *w = all; w != NULL; w = w->next) {
		if (w->wanted && complete) {
			clear(&w->listed);
			clear(&w->deleted); /* none was deleted while it was listed */
			w->listed = w->reading;
			w->reading = (struct deletion_check_ids){0};
			if (w->listed.count > 0)
				qsort(w->listed.id, w->listed.count, sizeof(*w->listed.id),
				      compare);
			w->listed_ms = now_ms;
		}
		clear(&w->reading);
		w->wanted = false;
	}
}

bool
deletion_check_is_gone(const struct deletion_check *w, const char *device)
{
	if (w->listed_ms < 0)
		return false;
	for (size_t i = 0; i < w->deleted.count; i++)
		if (strcmp(w->deleted.id[i], device) == 0)
			return false; /* that listing is older */
	return w->listed.count == 0 || bsearch(&device, w->listed.id, w->listed.count,
	                                       sizeof(*w->listed.id), compare) == NULL;
}
