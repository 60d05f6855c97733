/* Reads the registry from CSV and finds devices through two hash tables, by PKID and by tuple. */
#include "samples/sandbox/registry.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"
#include "samples/sandbox/sheet.h"

#define REGISTRY_FILE_MAX ((size_t)1024 * 1024 * 1024)

enum field { F_SERIAL, F_MANUFACTURER, F_MODEL, F_PKID, F_PARTY, F_ERROR, F_STATE, F_COUNT };

static const char *const field_names[] = {
	[F_SERIAL] = "Serial Number", [F_MANUFACTURER] = "Manufacturer",
	[F_MODEL] = "Model",          [F_PKID] = "Product Key ID",
	[F_PARTY] = "Party",          [F_ERROR] = "Error",
	[F_STATE] = "State",
};
_Static_assert(ARRAY_SIZE(field_names) == F_COUNT, "every field has its header");
_Static_assert(F_COUNT <= SHEET_COLUMNS_MAX, "a sheet has room for them");

static const struct {
	const char *name;
	int code;
} errors[] = {
	[REGISTRY_COMPLETE] = {"", 0},
	[REGISTRY_INVALID_BODY] = {"InvalidZtdRequestBody", 801},
	[REGISTRY_INVALID_HASH] = {"InvalidZtdHardwareHash", 802},
	[REGISTRY_NO_IDENTIFIER] = {"MissingZtdSerialNumberAndProductKey", 803},
	[REGISTRY_ALREADY_ASSIGNED] = {"ZtdDeviceAlreadyAssigned", 806},
	[REGISTRY_NOT_REGISTERED] = {"ZtdDeviceIsNotRegistered", 807},
	[REGISTRY_OTHER_TENANT] = {"ZtdDeviceAssignedToOtherTenant", 808},
	[REGISTRY_NO_PROFILE] = {"ZtdProfileIsNotRegistered", 809},
	[REGISTRY_OTHER_PROFILE] = {"ZtdProfileAssignedToOtherTenant", 810},
	[REGISTRY_OTHER_PARTY] = {"ZtdDeviceRegisteredByOtherTenant", 811},
	[REGISTRY_NOT_FOUND] = {"ZtdDeviceNotFound", 812},
	[REGISTRY_NOT_UNIQUE] = {"ZtdDeviceIsNotUnique", 813},
	[REGISTRY_AAD_REGISTERED] = {"ZtdDeviceAlreadyAadRegistered", 814},
	[REGISTRY_STORAGE] = {"StorageError", 640},
	[REGISTRY_HASH_NOT_4K] = {"HashNot4k", 0},
};
_Static_assert(ARRAY_SIZE(errors) == REGISTRY_RESULT_COUNT, "every result has its error");

struct device {
	char *text[4]; /* serial, manufacturer, model, pkid */
	bool ours, registered;
	enum registry_result forced; /* REGISTRY_COMPLETE: none */
};

/* Open addressing. Devices with equal keys take a slot each. */
struct table {
	size_t *slot; /* device + 1 */
	size_t size;
};

struct registry {
	struct device *device;
	size_t count, room;
	struct table by_pkid, by_tuple;
	const char *party;
	struct sheet sheet;
};

const char *
registry_error_name(enum registry_result r)
{
	return errors[r].name;
}

int
registry_error_code(enum registry_result r)
{
	return errors[r].code;
}

static int
read_forced(const char *text, enum registry_result *ret, struct error *err)
{
	long long code = 0;

	*ret = REGISTRY_COMPLETE;
	if (text[0] == '\0')
		return 0;
	(void)text_number(text, 1, 9999, &code);
	for (size_t i = 1; i < REGISTRY_RESULT_COUNT; i++)
		if (text_equal_nocase(text, errors[i].name) ||
		    (code != 0 && code == errors[i].code)) {
			*ret = (enum registry_result)i;
			return 0;
		}
	return error_set(err,
	                 "unknown error \"%s\"; use a name such as ZtdDeviceNotFound, or its code",
	                 text);
}

static int
on_record(void *ctx, const struct csv_record *record, struct error *err)
{
	struct registry *r = ctx;
	const char *party;
	struct device *d;

	if (r->count == r->room) {
		r->room = r->room == 0 ? 1024 : r->room * 2;
		r->device = xreallocarray(r->device, r->room, sizeof(*r->device));
	}
	d = &r->device[r->count];
	*d = (struct device){.registered = !text_equal_nocase(
				     sheet_field(&r->sheet, record, F_STATE), "not-registered")};
	if (read_forced(sheet_field(&r->sheet, record, F_ERROR), &d->forced, err) != 0)
		return error_prefix(err, "line %ld", record->line);
	party = sheet_field(&r->sheet, record, F_PARTY);
	d->ours = party[0] == '\0' || strcmp(party, r->party) == 0;
	for (size_t f = F_SERIAL; f <= F_PKID; f++)
		d->text[f] = xstrdup(sheet_field(&r->sheet, record, f));
	r->count++;
	return 0;
}

static uint64_t
hash_tuple(const char *serial, const char *manufacturer, const char *model)
{
	uint64_t h = text_hash(TEXT_HASH_START, serial, strlen(serial) + 1);

	h = text_hash(h, manufacturer, strlen(manufacturer) + 1);
	return text_hash(h, model, strlen(model) + 1);
}

static void
insert(struct table *t, uint64_t hash, size_t device)
{
	size_t s = hash & (t->size - 1);

	while (t->slot[s] != 0)
		s = (s + 1) & (t->size - 1);
	t->slot[s] = device + 1;
}

static void
build_tables(struct registry *r)
{
	size_t size = 16;

	while (size < r->count * 2)
		size *= 2;
	r->by_pkid = (struct table){xcalloc(size, sizeof(size_t)), size};
	r->by_tuple = (struct table){xcalloc(size, sizeof(size_t)), size};
	for (size_t i = 0; i < r->count; i++) {
		char **t = r->device[i].text;
		if (t[F_PKID][0] != '\0')
			insert(&r->by_pkid,
			       text_hash(TEXT_HASH_START, t[F_PKID], strlen(t[F_PKID])), i);
		/* Skip empty serials: no request can name one, and equal keys make one long chain. */
		if (t[F_SERIAL][0] != '\0')
			insert(&r->by_tuple, hash_tuple(t[F_SERIAL], t[F_MANUFACTURER], t[F_MODEL]),
			       i);
	}
}

struct registry *
registry_read(const char *path, const char *party, struct error *err)
{
	struct registry *r = xcalloc(1, sizeof(*r));

	r->party = party;
	r->sheet = (struct sheet){.name = field_names,
	                          .count = F_COUNT,
	                          .required = 1U << F_SERIAL,
	                          .max = REGISTRY_FILE_MAX,
	                          .row = on_record,
	                          .ctx = r};
	if (path != NULL && sheet_read(&r->sheet, path, err) != 0) {
		error_prefix(err, "registry");
		registry_free(r);
		return NULL;
	}
	build_tables(r);
	return r;
}

void
registry_free(struct registry *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->count; i++)
		for (size_t f = 0; f < 4; f++)
			free(r->device[i].text[f]);
	free(r->device);
	free(r->by_pkid.slot);
	free(r->by_tuple.slot);
	free(r);
}

static bool
matches(const struct device *d, const struct registry_id *id)
{
	if (id->pkid[0] != '\0')
		return strcmp(d->text[F_PKID], id->pkid) == 0;
	return strcmp(d->text[F_SERIAL], id->serial) == 0 &&
	       strcmp(d->text[F_MANUFACTURER], id->manufacturer) == 0 &&
	       strcmp(d->text[F_MODEL], id->model) == 0;
}

static size_t
find(const struct registry *r, const struct registry_id *id, struct device **ret)
{
	const struct table *t = id->pkid[0] != '\0' ? &r->by_pkid : &r->by_tuple;
	uint64_t hash = id->pkid[0] != '\0' ? text_hash(TEXT_HASH_START, id->pkid, strlen(id->pkid))
	                                    : hash_tuple(id->serial, id->manufacturer, id->model);
	size_t found = 0;

	for (size_t s = hash & (t->size - 1); t->slot[s] != 0; s = (s + 1) & (t->size - 1))
		if (matches(&r->device[t->slot[s] - 1], id)) {
			*ret = &r->device[t->slot[s] - 1];
			found++;
		}
	return found;
}

enum registry_result
registry_deregister(struct registry *r, const struct registry_id *id)
{
	struct device *d = NULL;
	size_t found = find(r, id, &d);

	if (found == 0)
		return REGISTRY_NOT_FOUND;
	if (found > 1)
		return REGISTRY_NOT_UNIQUE;
	if (d->forced != REGISTRY_COMPLETE)
		return d->forced;
	if (!d->registered)
		return REGISTRY_NOT_REGISTERED;
	if (!d->ours)
		return REGISTRY_OTHER_PARTY;
	d->registered = false;
	return REGISTRY_COMPLETE;
}

enum registry_result
registry_register(struct registry *r, const struct registry_id *id)
{
	struct device *d = NULL;
	size_t found = find(r, id, &d);

	if (found == 0)
		return REGISTRY_NOT_FOUND;
	if (d->registered)
		return d->ours ? REGISTRY_ALREADY_ASSIGNED : REGISTRY_OTHER_TENANT;
	d->registered = true;
	d->ours = true;
	return REGISTRY_COMPLETE;
}
