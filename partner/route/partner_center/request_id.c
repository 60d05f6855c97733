/* A list, because few deletions are without an answer at any time. */
#include "partner/route/partner_center/request_id.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"

const char *
request_id_for(struct request_id **all, const char *path)
{
	struct request_id *r = *all;

	while (r != NULL && strcmp(r->path, path) != 0)
		r = r->next;
	if (r == NULL) {
		r = xcalloc(1, sizeof(*r));
		r->path = xstrdup(path);
		crypto_guid(r->id);
		r->next = *all;
		*all = r;
	}
	return r->id;
}

static void
free_first(struct request_id **at)
{
	struct request_id *r = *at;

	*at = r->next;
	free(r->path);
	free(r);
}

void
request_id_forget(struct request_id **all, const char *path)
{
	struct request_id **at = all;

	while (*at != NULL && strcmp((*at)->path, path) != 0)
		at = &(*at)->next;
	if (*at != NULL)
		free_first(at);
}

void
request_id_free_all(struct request_id **all)
{
	while (*all != NULL)
		free_first(all);
}
