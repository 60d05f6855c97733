/* Reads the inventory from CSV and keeps it in arrays; searches are linear, because it is small. */
#include "samples/sandbox/fleet.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"
#include "samples/sandbox/sheet.h"

#define UPLOADED "2026-01-15T14:43:26.0092288-07:00"
#define UPLOADED_ANEW "2026-11-29T08:01:02.0000000-07:00"
#define FLEET_FILE_MAX ((size_t)256 * 1024 * 1024)

enum field {
	F_TENANT,
	F_BATCH,
	F_DEVICE,
	F_SERIAL,
	F_PKID,
	F_MANUFACTURER,
	F_MODEL,
	F_OPERATIONS,
	F_COMPANY,
	F_DOMAIN,
	F_RELATIONSHIP,
	F_COUNT
};

static const char *const field_names[] = {
	[F_TENANT] = "Customer Tenant ID",
	[F_BATCH] = "Batch",
	[F_DEVICE] = "Device ID",
	[F_SERIAL] = "Serial Number",
	[F_PKID] = "Product Key ID",
	[F_MANUFACTURER] = "Manufacturer",
	[F_MODEL] = "Model",
	[F_OPERATIONS] = "Allowed Operations",
	[F_COMPANY] = "Company",
	[F_DOMAIN] = "Domain",
	[F_RELATIONSHIP] = "Relationship",
};
_Static_assert(ARRAY_SIZE(field_names) == F_COUNT, "every field has its header");
_Static_assert(F_COUNT <= SHEET_COLUMNS_MAX, "a sheet has room for them");

struct fleet {
	struct fleet_customer *customer;
	size_t count;
	size_t made_up; /* device ids */
	struct sheet sheet;
};

static char *
text_or(const char *text, const char *otherwise)
{
	return xstrdup(text[0] != '\0' ? text : otherwise);
}

static struct fleet_customer *
customer_of(struct fleet *v, const struct csv_record *record)
{
	const char *tenant = sheet_field(&v->sheet, record, F_TENANT);
	struct fleet_customer *c = fleet_customer(v, tenant);

	if (c != NULL)
		return c;
	v->customer = xreallocarray(v->customer, v->count + 1, sizeof(*v->customer));
	c = &v->customer[v->count++];
	*c = (struct fleet_customer){
		.tenant = xstrdup(tenant),
		.company = text_or(sheet_field(&v->sheet, record, F_COMPANY), "Contoso"),
		.domain = text_or(sheet_field(&v->sheet, record, F_DOMAIN), "contoso.example"),
		.relationship = text_or(sheet_field(&v->sheet, record, F_RELATIONSHIP), "reseller"),
	};
	return c;
}

static struct fleet_batch *
batch_of(struct fleet_customer *c, const char *id)
{
	struct fleet_batch *b = fleet_batch(c, id);

	if (b != NULL)
		return b;
	c->batch = xreallocarray(c->batch, c->count + 1, sizeof(*c->batch));
	b = &c->batch[c->count++];
	*b = (struct fleet_batch){.id = xstrdup(id)};
	return b;
}

/* Ids are opaque. Some contain characters that a careless client would forget to encode. */
static char *
make_up_id(struct fleet *v)
{
	size_t n = ++v->made_up;

	switch (n % 4) {
	case 0: return xasprintf("device %zu/a+b", n);
	case 1: return xasprintf("00000000-0000-4000-9000-%012zu", n);
	case 2: return xasprintf("9993-8627-3608-%04zu", n);
	default: return xasprintf("d%%%zu=?#&", n);
	}
}

static int
add_device(struct fleet *v, struct fleet_batch *b, const struct csv_record *record,
           struct error *err)
{
	const char *id = sheet_field(&v->sheet, record, F_DEVICE);

	if (id[0] != '\0' && fleet_device(b, id) != NULL)
		return error_set(err, "line %ld: device \"%s\" is twice in one batch", record->line,
		                 id);
	b->device = xreallocarray(b->device, b->count + 1, sizeof(*b->device));
	b->device[b->count++] = (struct fleet_device){
		.id = id[0] != '\0' ? xstrdup(id) : make_up_id(v),
		.serial = xstrdup(sheet_field(&v->sheet, record, F_SERIAL)),
		.pkid = xstrdup(sheet_field(&v->sheet, record, F_PKID)),
		.manufacturer = xstrdup(sheet_field(&v->sheet, record, F_MANUFACTURER)),
		.model = xstrdup(sheet_field(&v->sheet, record, F_MODEL)),
		.operations = xstrdup(sheet_field(&v->sheet, record, F_OPERATIONS)),
		.uploaded = xstrdup(UPLOADED),
	};
	return 0;
}

static int
on_record(void *ctx, const struct csv_record *record, struct error *err)
{
	struct fleet *v = ctx;
	struct fleet_customer *c;
	struct fleet_batch *b;

	if (sheet_field(&v->sheet, record, F_TENANT)[0] == '\0')
		return error_set(err, "line %ld: %s is empty", record->line, field_names[F_TENANT]);
	c = customer_of(v, record);
	if (sheet_field(&v->sheet, record, F_BATCH)[0] == '\0')
		return 0;
	b = batch_of(c, sheet_field(&v->sheet, record, F_BATCH));
	if (sheet_field(&v->sheet, record, F_DEVICE)[0] == '\0' &&
	    sheet_field(&v->sheet, record, F_SERIAL)[0] == '\0' &&
	    sheet_field(&v->sheet, record, F_PKID)[0] == '\0')
		return 0;
	return add_device(v, b, record, err);
}

struct fleet *
fleet_read(const char *path, struct error *err)
{
	struct fleet *v = xcalloc(1, sizeof(*v));

	v->sheet = (struct sheet){.name = field_names,
	                          .count = F_COUNT,
	                          .required = 1U << F_TENANT | 1U << F_BATCH | 1U << F_SERIAL,
	                          .max = FLEET_FILE_MAX,
	                          .row = on_record,
	                          .ctx = v};
	if (sheet_read(&v->sheet, path, err) == 0)
		return v;
	error_prefix(err, "inventory");
	fleet_free(v);
	return NULL;
}

static void
release_batch(struct fleet_batch *b)
{
	for (size_t i = 0; i < b->count; i++) {
		struct fleet_device *d = &b->device[i];
		free(d->id);
		free(d->serial);
		free(d->pkid);
		free(d->manufacturer);
		free(d->model);
		free(d->operations);
		free(d->uploaded);
	}
	free(b->device);
	free(b->id);
}

void
fleet_free(struct fleet *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->count; i++) {
		struct fleet_customer *c = &v->customer[i];
		for (size_t n = 0; n < c->count; n++)
			release_batch(&c->batch[n]);
		free(c->batch);
		free(c->tenant);
		free(c->company);
		free(c->domain);
		free(c->relationship);
	}
	free(v->customer);
	free(v);
}

struct fleet_customer *
fleet_customer(struct fleet *v, const char *tenant)
{
	for (size_t i = 0; i < v->count; i++)
		if (text_equal_nocase(v->customer[i].tenant, tenant))
			return &v->customer[i];
	return NULL;
}

struct fleet_batch *
fleet_batch(struct fleet_customer *c, const char *id)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->batch[i].id, id) == 0)
			return &c->batch[i];
	return NULL;
}

struct fleet_device *
fleet_device(struct fleet_batch *b, const char *id)
{
	for (size_t i = 0; i < b->count; i++)
		if (strcmp(b->device[i].id, id) == 0)
			return &b->device[i];
	return NULL;
}

void
fleet_delete(struct fleet_device *d, long listings_left)
{
	d->deleted = true;
	d->listings_left = listings_left;
	d->gone = listings_left == 0;
}

void
fleet_register_anew(struct fleet *v, struct fleet_batch *b, struct fleet_device *d, bool same_id)
{
	struct fleet_device anew = {
		.id = same_id ? xstrdup(d->id) : make_up_id(v),
		.serial = xstrdup(d->serial),
		.pkid = xstrdup(d->pkid),
		.manufacturer = xstrdup(d->manufacturer),
		.model = xstrdup(d->model),
		.operations = xstrdup(d->operations),
		.uploaded = xstrdup(UPLOADED_ANEW),
	};

	if (same_id) { /* no longer found under its id */
		free(d->id);
		d->id = xstrdup("");
		d->gone = true;
	}
	b->device = xreallocarray(b->device, b->count + 1, sizeof(*b->device));
	b->device[b->count++] = anew;
}

void
fleet_begin_listing(struct fleet_batch *b)
{
	for (size_t i = 0; i < b->count; i++) {
		struct fleet_device *d = &b->device[i];
		if (!d->deleted || d->gone)
			continue;
		if (d->listings_left == 0)
			d->gone = true;
		else
			d->listings_left--;
	}
}

size_t
fleet_count(const struct fleet_batch *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->count; i++)
		n += !b->device[i].deleted || b->device[i].listings_left > 0;
	return n;
}

bool
fleet_allows(const struct fleet_device *d, const char *verb)
{
	return d->operations[0] == '\0' || strcmp(d->operations, "-") == 0 ||
	       strstr(d->operations, verb) != NULL;
}
