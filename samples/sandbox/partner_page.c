/* Writes one page of a list, and the continuation that names the next page. */
#include "samples/sandbox/partner_page.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/json.h"
#include "common/text.h"

static const char *const paging_names[] = {[PAGING_TOKEN] = "token",
                                           [PAGING_LINKS] = "links",
                                           [PAGING_LOOP] = "loop",
                                           [PAGING_BARE] = "bare",
                                           [PAGING_OFFSET] = "offset"};
_Static_assert(ARRAY_SIZE(paging_names) == PARTNER_PAGING_COUNT, "every paging has its name");

bool
partner_paging_by_name(const char *name, enum partner_paging *ret)
{
	for (size_t i = 0; i < PARTNER_PAGING_COUNT; i++)
		if (strcmp(name, paging_names[i]) == 0) {
			*ret = (enum partner_paging)i;
			return true;
		}
	return false;
}

/* Opaque to the client, with characters that a client must not encode in a header. */
static char *
page_token(const struct partner_page *p, size_t at)
{
	uint64_t mark = text_hash(TEXT_HASH_START, p->customer->tenant,
	                          strlen(p->customer->tenant));

	if (p->batch != NULL)
		mark = text_hash(mark, p->batch->id, strlen(p->batch->id));
	return xasprintf("%016llx/+%zu,==", (unsigned long long)mark, at);
}

/* Where the page begins. False: the token is invalid or belongs to another list. */
static bool
page_start(const struct partner_page *p, size_t *ret_at)
{
	const char *given = p->continuation, *number;
	char *own;
	bool same;

	*ret_at = 0;
	if (given == NULL)
		return true;
	number = strstr(given, "/+");
	if (number == NULL)
		return false;
	*ret_at = strtoul(number + 2, NULL, 10);
	own = page_token(p, *ret_at);
	same = strcmp(own, given) == 0;
	free(own);
	return same;
}

static void
add_next(const struct partner_page *p, struct json *root, const char *uri, const char *token)
{
	struct json *next, *header;

	if (p->paging != PAGING_LINKS) {
		json_add_text(root, "continuationToken", token);
		return;
	}
	next = json_add_object(json_add_object(root, "links"), "next");
	json_add_text(next, "uri", uri);
	json_add_text(next, "method", "GET");
	header = json_append_object(json_add_array(next, "headers"));
	json_add_text(header, "key", PARTNER_CONTINUATION_HEADER);
	json_add_text(header, "value", token);
}

/* at: where this page begins. next: where the next page begins; SIZE_MAX: there is none. */
static void
finish_list(const struct partner_page *p, struct json *root, const char *uri, size_t at,
            size_t next, struct buf *answer, char **ret_next)
{
	bool bare = p->paging == PAGING_BARE;
	char *token;

	*ret_next = NULL;

	if (next != SIZE_MAX || (p->paging == PAGING_LOOP && at > 0)) {
		token = page_token(p, p->paging == PAGING_LOOP && at > 0 ? at : next);
		if (bare)
			*ret_next = token;
		else
			add_next(p, root, uri, token);
		if (!bare)
			free(token);
	}
	json_print(bare ? json_get(root, "items") : root, answer);
	json_free(root);
}

static void
add_batch(const struct partner_page *p, struct json *list, const struct fleet_batch *b)
{
	struct json *j = json_append_object(list), *link;
	char *uri = xasprintf("/customers/%s/deviceBatches/%s/devices", p->customer->tenant, b->id);

	json_add_text(j, "id", b->id);
	json_add_text(j, "createdBy", "Fabrikam Repairs");
	json_add_text(j, "creationDate", "2026-01-15T01:51:00");
	if (p->paging != PAGING_OFFSET)
		json_add_number(j, "devicesCount", (long long)fleet_count(b));
	link = json_add_object(j, "devicesLink");
	json_add_text(link, "uri", uri); /* like the real service: not encoded, and without /v1 */
	json_add_text(link, "method", "GET");
	json_add_array(link, "headers");
	json_add_text(json_add_object(j, "attributes"), "objectType", "DeviceBatch");
	free(uri);
}

bool
partner_page_batches(const struct partner_page *p, struct buf *answer, char **ret_next)
{
	size_t at, i;
	struct json *root, *items;
	char *uri;

	if (!page_start(p, &at))
		return false;
	root = json_object();
	json_add_number(root, "totalCount", (long long)p->customer->count);
	items = json_add_array(root, "items");
	for (i = at; i < p->customer->count && i - at < p->size; i++)
		add_batch(p, items, &p->customer->batch[i]);
	json_add_text(json_add_object(root, "attributes"), "objectType", "Collection");
	uri = xasprintf("/customers/%s/deviceBatches", p->customer->tenant);
	finish_list(p, root, uri, at, i < p->customer->count ? i : SIZE_MAX, answer, ret_next);
	free(uri);
	return true;
}

static void
add_operations(struct json *j, const struct fleet_device *d)
{
	static const char *const verbs[] = {"GET", "PATCH", "DELETE"};
	struct json *list;

	if (strcmp(d->operations, "-") == 0)
		return;
	list = json_add_array(j, "allowedOperations");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (fleet_allows(d, verbs[i]))
			json_append_text(list, verbs[i]);
}

static void
add_device(struct json *list, const struct fleet_device *d)
{
	struct json *j = json_append_object(list);

	json_add_text(j, "id", d->id);
	json_add_text(j, "serialNumber", d->serial);
	json_add_text(j, "productKey", d->pkid);
	json_add_text(j, "modelName", d->model);
	json_add_text(j, "oemManufacturerName", d->manufacturer);
	json_add_array(j, "policies");
	json_add_text(j, "uploadedDate", d->uploaded);
	add_operations(j, d);
	json_add_text(json_add_object(j, "attributes"), "objectType", "Device");
}

/* A token is the index of a device, so that deletions shift nothing; or it counts devices that are listed
 * now. */
static size_t
index_of(const struct partner_page *p, size_t at)
{
	size_t i = 0;

	if (p->paging != PAGING_OFFSET)
		return at;
	for (size_t listed = 0; i < p->batch->count; i++)
		if (!p->batch->device[i].gone && listed++ == at)
			break;
	return i;
}

static size_t
token_of(const struct partner_page *p, size_t index)
{
	size_t listed = 0;

	if (p->paging != PAGING_OFFSET)
		return index;
	for (size_t i = 0; i < index; i++)
		listed += !p->batch->device[i].gone;
	return listed;
}

/* Action less omits the first device of the page, twice repeats every device. */
static size_t
add_page(const struct partner_page *p, struct json *items, size_t at)
{
	size_t n = 0, i;

	for (i = at; i < p->batch->count && n < p->size; i++) {
		const struct fleet_device *d = &p->batch->device[i];
		if (d->gone)
			continue;
		if (p->action != ACTION_LESS || n > 0)
			add_device(items, d);
		if (p->action == ACTION_TWICE)
			add_device(items, d);
		n++;
	}
	while (i < p->batch->count && p->batch->device[i].gone)
		i++;
	return i;
}

bool
partner_page_devices(const struct partner_page *p, struct buf *answer, char **ret_next)
{
	struct json *root, *items;
	size_t at, next, total = 0;
	char *uri;

	if (!page_start(p, &at))
		return false;
	if (at == 0)
		fleet_begin_listing(p->batch);
	for (size_t i = 0; i < p->batch->count; i++)
		total += !p->batch->device[i].gone;
	root = json_object();
	if (p->paging != PAGING_OFFSET)
		json_add_number(root, "totalCount", (long long)total);
	items = json_add_array(root, "items");
	next = add_page(p, items, index_of(p, at));
	json_add_text(json_add_object(root, "attributes"), "objectType", "Collection");
	uri = xasprintf("/customers/%s/deviceBatches/%s/devices", p->customer->tenant,
	                p->batch->id);
	finish_list(p, root, uri, at, next < p->batch->count ? token_of(p, next) : SIZE_MAX, answer,
	            ret_next);
	free(uri);
	return true;
}
