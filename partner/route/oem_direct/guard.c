/* Compares a parsed request, member by member, with the batch. */
#include "partner/route/oem_direct/guard.h"

#include <string.h>

#include "common/json.h"
#include "partner/route/oem_direct/guard_address.h"

struct expected {
	const char *name;
	const char *value; /* NULL: checked elsewhere */
};

static int
check_blank(const struct profile *p, const struct json *root, const char *name, struct error *err)
{
	const struct json *value = json_get(root, name);

	if (p->blank == BLANK_OMIT)
		return value == NULL ? 0 : error_set(err, "the request contains %s", name);
	if (value == NULL)
		return error_set(err, "the request lacks %s", name);
	if (p->blank == BLANK_NULL)
		return json_is_null(value) ? 0 : error_set(err, "%s is not null", name);
	if (!json_is_string(value) || json_text(value)[0] != '\0')
		return error_set(err, "%s is not blank", name);
	return 0;
}

/* Every member is expected and has the expected text, and none is missing. */
static int
check_members(const struct json *object, const struct expected *want, size_t count,
              const char *where, struct error *err)
{
	size_t found = 0;

	for (const struct json *m = json_first(object); m != NULL; m = json_next(m)) {
		size_t i = 0;
		while (i < count && strcmp(want[i].name, json_key(m)) != 0)
			i++;
		if (i == count)
			return error_set(err, "%s has an unexpected field", where);
		found++;
		if (want[i].value == NULL)
			continue;
		if (!json_is_string(m) || strcmp(json_text(m), want[i].value) != 0)
			return error_set(err, "%s: field %s differs from the batch", where,
			                 want[i].name);
	}
	return found == count ? 0 : error_set(err, "%s lacks a field", where);
}

static int
check_device(const struct profile *p, const struct json *device, const struct device_id *id,
             struct error *err)
{
	const struct expected by_pkid[] = {{p->text[REQUEST_PKID], id->pkid}};
	const struct expected by_tuple[] = {
		{p->text[REQUEST_SERIAL], id->serial},
		{p->text[REQUEST_MANUFACTURER], id->manufacturer},
		{p->text[REQUEST_MODEL], id->model},
	};

	if (!json_is_object(device))
		return error_set(err, "a device is not a JSON object");
	for (const struct json *m = json_first(device); m != NULL; m = json_next(m))
		if (guard_names_tenant(json_key(m)))
			return error_set(err, "a device names a tenant");
	if (id->pkid[0] != '\0')
		return check_members(device, by_pkid, ARRAY_SIZE(by_pkid), "a device", err);
	return check_members(device, by_tuple, ARRAY_SIZE(by_tuple), "a device", err);
}

static int
check_devices(const struct profile *p, const struct route_batch *batch, const struct json *devices,
              struct error *err)
{
	const struct json *d = json_first(devices);

	if (!json_is_array(devices) || json_count(devices) != batch->count)
		return error_set(err, "the request contains %zu devices, the batch %zu",
		                 json_count(devices), batch->count);
	for (size_t i = 0; i < batch->count; i++, d = json_next(d))
		if (check_device(p, d, &batch->device[i], err) != 0)
			return -1;
	return 0;
}

/* Only the two known tenant fields may name a tenant, and they are blank. */
static int
check_tenants(const struct profile *p, const struct json *root, struct error *err)
{
	for (const struct json *m = json_first(root); m != NULL; m = json_next(m))
		if (guard_names_tenant(json_key(m)) &&
		    strcmp(json_key(m), PROFILE_TENANT_ID) != 0 &&
		    strcmp(json_key(m), PROFILE_TENANT_DOMAIN) != 0)
			return error_set(err,
			                 "a field other than the two blank ones names a tenant");
	if (check_blank(p, root, PROFILE_TENANT_ID, err) != 0)
		return -1;
	return check_blank(p, root, PROFILE_TENANT_DOMAIN, err);
}

static int
check_root(const struct profile *p, const struct route_batch *batch, const struct json *root,
           struct error *err)
{
	const struct expected all[] = {
		{p->text[REQUEST_PURCHASE_ORDER], batch->reference},
		{p->text[REQUEST_GROUP_TAG], ""},
		{p->text[REQUEST_SOLD_TO], batch->sold_to},
		{p->text[REQUEST_RECEIVED_FROM], batch->received_from},
		{p->text[REQUEST_DEVICES], NULL},
		{p->blank == BLANK_OMIT ? "" : PROFILE_TENANT_ID, NULL},
		{p->blank == BLANK_OMIT ? "" : PROFILE_TENANT_DOMAIN, NULL},
	};
	struct expected want[ARRAY_SIZE(all)];
	size_t n = 0;

	if (!json_is_object(root))
		return error_set(err, "the request is not a JSON object");
	if (check_tenants(p, root, err) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i].name[0] != '\0')
			want[n++] = all[i];
	return check_members(root, want, n, "the request", err);
}

int
guard_check_json(const struct profile *p, const struct route_batch *batch, const char *body,
                 size_t len, struct error *err)
{
	struct json_pool pool = {0};
	struct json *root = json_parse_in(&pool, body, len, err);
	int rc = -1;

	if (root != NULL && check_root(p, batch, root, err) == 0)
		rc = check_devices(p, batch, json_get(root, p->text[REQUEST_DEVICES]), err);
	json_pool_release(&pool);
	return rc;
}
