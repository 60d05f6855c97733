/* Sorted arrays over chunks of text. The schedule supplies the devices. */
#include "partner/route/partner_center/inventory.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"
#include "partner/route/partner_center/inventory_internal.h"

#define CHUNK_SIZE ((size_t)64 * 1024) /* the texts of about 500 devices */

struct chunk {
	struct chunk *next;
	size_t used;
	char data[CHUNK_SIZE];
};

struct inventory *
inventory_new(void)
{
	return xcalloc(1, sizeof(struct inventory));
}

void
inventory_free(struct inventory *inv)
{
	if (inv == NULL)
		return;
	for (struct chunk *c = inv->chunks, *next; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	free(inv->device);
	free(inv->by_id);
	free(inv->by_serial);
	free(inv->by_pkid);
	free(inv);
}

size_t
inventory_count(const struct inventory *inv)
{
	return inv->count;
}

/* Copies the text; if it equals the previous device's, as most makes do, shares that copy. */
static const char *
copy(struct inventory *inv, const char *text, size_t len, const char *before)
{
	char *at;

	if (before != NULL && strlen(before) == len && memcmp(before, text, len) == 0)
		return before;
	if (inv->chunks == NULL || CHUNK_SIZE - inv->chunks->used <= len) {
		struct chunk *c = xcalloc(1, sizeof(*c));
		c->next = inv->chunks;
		inv->chunks = c;
	}
	at = inv->chunks->data + inv->chunks->used;
	memcpy(at, text, len);
	at[len] = '\0';
	inv->chunks->used += len + 1;
	return at;
}

static const char *
copy_trimmed(struct inventory *inv, const char *text, const char *before)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	return copy(inv, text, len, before);
}

int
inventory_add(struct inventory *inv, const char *batch, const struct page_device *d,
              struct error *err)
{
	struct device last = {0}; /* the previous device, if any */

	if (inv->count == INVENTORY_DEVICES_MAX)
		return error_set(err, "more than %d devices", INVENTORY_DEVICES_MAX);
	if (inv->device == NULL || inv->count == inv->room) {
		inv->room = inv->room > 0 ? inv->room * 2 : 256;
		inv->device = xreallocarray(inv->device, inv->room, sizeof(*inv->device));
	}
	if (inv->count > 0)
		last = inv->device[inv->count - 1];
	inv->device[inv->count] = (struct device){
		/* ids go back to the service unchanged, blanks included */
		.batch = copy(inv, batch, strlen(batch), last.batch),
		.id = copy(inv, d->id, strlen(d->id), NULL),
		.serial = copy(inv, d->serial, strlen(d->serial), NULL),
		.pkid = copy_trimmed(inv, d->pkid, NULL),
		.make = copy_trimmed(inv, d->make, last.make),
		.model = copy_trimmed(inv, d->model, last.model),
		.uploaded = copy(inv, d->uploaded, strlen(d->uploaded), last.uploaded),
		.deletable = d->deletable,
		.odd = d->odd,
	};
	inv->odd += d->odd ? 1 : 0;
	inv->nameless += d->serial[0] == '\0' ? 1 : 0;
	inv->count++;
	return 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Compares without case and outer blanks. The search compares byte by byte afterwards, and can
 * report a serial that is only similar. */
static int
compare_similar(const char *a, const char *b)
{
	size_t m, n;
	int rc;

	a += strspn(a, " \t");
	b += strspn(b, " \t");
	for (m = strlen(a); m > 0 && is_blank(a[m - 1]);)
		m--;
	for (n = strlen(b); n > 0 && is_blank(b[n - 1]);)
		n--;
	rc = strncasecmp(a, b, m < n ? m : n);
	return rc != 0 ? rc : (m > n) - (m < n);
}

int
inventory_compare_serials(const void *a, const void *b)
{
	return compare_similar((*(struct device *const *)a)->serial,
	                       (*(struct device *const *)b)->serial);
}

int
inventory_compare_pkids(const void *a, const void *b)
{
	return strcmp((*(struct device *const *)a)->pkid, (*(struct device *const *)b)->pkid);
}

int
inventory_compare_ids(const void *a, const void *b)
{
	const struct device *x = *(struct device *const *)a, *y = *(struct device *const *)b;
	int rc = strcmp(x->id, y->id);

	return rc != 0 ? rc : strcmp(x->batch, y->batch);
}

static struct device **
sorted(const struct inventory *inv, int (*compare)(const void *, const void *))
{
	struct device **all = xcalloc(inv->count, sizeof(struct device *));

	for (size_t i = 0; i < inv->count; i++)
		all[i] = &inv->device[i];
	qsort(all, inv->count, sizeof(struct device *), compare);
	return all;
}

int
inventory_seal(struct inventory *inv, struct error *err)
{
	int rc = 0;

	inv->by_id = sorted(inv, inventory_compare_ids);
	for (size_t i = 1; rc == 0 && i < inv->count; i++)
		if (inv->by_id[i]->id[0] != '\0' && /* without an id it cannot be deleted */
		    inventory_compare_ids(&inv->by_id[i - 1], &inv->by_id[i]) == 0)
			rc = error_set(
				err,
				"a registration is listed twice in one batch: pages have shifted");
	inv->by_serial = sorted(inv, inventory_compare_serials);
	inv->by_pkid = sorted(inv, inventory_compare_pkids);
	return rc;
}

size_t
inventory_lower_bound(const struct inventory *inv, struct device **all, const struct device *key,
                      int (*compare)(const void *, const void *))
{
	size_t low = 0, high = inv->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare(&all[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
