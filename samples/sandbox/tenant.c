/* Reads the tenant from CSV and keeps it in one array; searches are linear, because it is small. */
#include "samples/sandbox/tenant.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"
#include "samples/sandbox/sheet.h"

#define TENANT_FILE_MAX ((size_t)256 * 1024 * 1024)

enum field { T_SERIAL, T_MANAGED, T_AUTOPILOT, T_ENTRA, T_NAME, T_USER, T_JOIN, T_KEYS, T_COUNT };

static const char *const field_names[] = {
	[T_SERIAL] = "Serial Number",  [T_MANAGED] = "Managed",  [T_AUTOPILOT] = "Autopilot",
	[T_ENTRA] = "Entra Device ID", [T_NAME] = "Device Name", [T_USER] = "User",
	[T_JOIN] = "Join Type",        [T_KEYS] = "Keys",
};
_Static_assert(ARRAY_SIZE(field_names) == T_COUNT, "every field has its header");
_Static_assert(T_COUNT <= SHEET_COLUMNS_MAX, "a sheet has room for them");

struct reading {
	struct tenant *tenant;
	struct sheet sheet;
};

/* "": no record. yes: an id is made up from the number of the row. */
static char *
id_of(const char *text, unsigned kind, size_t row)
{
	if (text[0] == '\0')
		return NULL;
	return strcmp(text, "yes") == 0 ? xasprintf("0000000%u-0000-4000-8000-%012zu", kind, row)
	                                : xstrdup(text);
}

static int
on_record(void *ctx, const struct csv_record *record, struct error *err)
{
	struct reading *r = ctx;
	struct tenant *t = r->tenant;
	const char *text[T_COUNT];
	long long keys = 0;
	struct tenant_device *d;

	for (size_t i = 0; i < T_COUNT; i++)
		text[i] = sheet_field(&r->sheet, record, i);
	if (text[T_KEYS][0] != '\0' && !text_number(text[T_KEYS], 0, 1000, &keys))
		return error_set(err, "line %ld: %s is not a number", record->line,
		                 field_names[T_KEYS]);
	t->device = xreallocarray(t->device, t->count + 1, sizeof(*t->device));
	d = &t->device[t->count++];
	*d = (struct tenant_device){
		.serial = xstrdup(text[T_SERIAL]),
		.name = xstrdup(text[T_NAME]),
		.user = xstrdup(text[T_USER]),
		.join = xstrdup(text[T_JOIN][0] != '\0' ? text[T_JOIN] : "entra"),
		.entra = id_of(text[T_ENTRA][0] != '\0' ? text[T_ENTRA] : "yes", 3, t->count),
		.keys = (long)keys,
	};
	d->record[TENANT_MANAGED].id = id_of(text[T_MANAGED], 1, t->count);
	d->record[TENANT_AUTOPILOT].id = id_of(text[T_AUTOPILOT], 2, t->count);
	return 0;
}

int
tenant_add(struct tenant *t, const char *path, struct error *err)
{
	struct reading r = {
		.tenant = t,
		.sheet = {.name = field_names,
	                  .count = T_COUNT,
	                  .required = 1U << T_SERIAL,
	                  .max = TENANT_FILE_MAX,
	                  .row = on_record},
	};

	r.sheet.ctx = &r;
	return sheet_read(&r.sheet, path, err) == 0 ? 0 : error_prefix(err, "%s", path);
}

struct tenant *
tenant_read(const char *path, struct error *err)
{
	struct tenant *t = xcalloc(1, sizeof(*t));

	if (tenant_add(t, path, err) == 0)
		return t;
	tenant_free(t);
	return NULL;
}

void
tenant_free(struct tenant *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->count; i++) {
		struct tenant_device *d = &t->device[i];

		free(d->serial);
		free(d->name);
		free(d->user);
		free(d->join);
		free(d->entra);
		for (size_t list = 0; list < TENANT_LIST_COUNT; list++)
			free(d->record[list].id);
	}
	free(t->device);
	free(t);
}

struct tenant_device *
tenant_find(struct tenant *t, enum tenant_list list, const char *id)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct tenant_record *r = &t->device[i].record[list];

		if (r->id != NULL && !r->deleted && strcmp(r->id, id) == 0)
			return &t->device[i];
	}
	return NULL;
}

void
tenant_delete(struct tenant_device *d, enum tenant_list list, long listings_left)
{
	bool left = false;

	d->record[list].deleted = true;
	d->record[list].listings_left = listings_left;
	d->record[list].gone = listings_left == 0;
	for (size_t i = 0; i < TENANT_LIST_COUNT; i++)
		left = left || (d->record[i].id != NULL && !d->record[i].deleted);
	if (!left)
		d->keys = 0;
}

void
tenant_begin_listing(struct tenant *t, enum tenant_list list)
{
	for (size_t i = 0; i < t->count; i++) {
		struct tenant_record *r = &t->device[i].record[list];

		if (r->deleted && !r->gone && r->listings_left-- <= 0)
			r->gone = true;
	}
}

bool
tenant_lists(const struct tenant_device *d, enum tenant_list list)
{
	return d->record[list].id != NULL && !d->record[list].gone;
}
