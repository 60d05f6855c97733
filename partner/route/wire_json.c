#include "partner/route/wire_json.h"

#include "common/json.h"

/* A field that the profile leaves nameless is not sent. */
static void
add_named(struct json *object, const char *name, const char *value)
{
	if (name[0] != '\0')
		json_add_text(object, name, value);
}

/* Blank deregisters; a filled value would register the device (wire facts, section 2). */
static void
add_blank_tenant(const struct profile *p, struct json *root)
{
	static const char *const names[] = {PROFILE_TENANT_ID, PROFILE_TENANT_DOMAIN};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (p->blank == BLANK_EMPTY)
			json_add_text(root, names[i], "");
		else if (p->blank == BLANK_NULL)
			json_add_null(root, names[i]);
	}
}

/* A PKID names one board; the tuple goes only where there is none (wire facts, section 5.1). */
static void
add_device(const struct profile *p, struct json *devices, const struct device_id *id)
{
	struct json *device = json_append_object(devices);

	if (id->pkid[0] != '\0') {
		json_add_text(device, p->text[REQUEST_PKID], id->pkid);
		return;
	}
	json_add_text(device, p->text[REQUEST_SERIAL], id->serial);
	json_add_text(device, p->text[REQUEST_MANUFACTURER], id->manufacturer);
	json_add_text(device, p->text[REQUEST_MODEL], id->model);
}

void
wire_json_encode(const struct profile *p, const struct route_batch *batch, struct buf *body)
{
	struct json *root = json_object();
	struct json *devices;

	add_named(root, p->text[REQUEST_PURCHASE_ORDER], batch->reference);
	add_named(root, p->text[REQUEST_GROUP_TAG], "");
	add_blank_tenant(p, root);
	add_named(root, p->text[REQUEST_SOLD_TO], batch->sold_to);
	add_named(root, p->text[REQUEST_RECEIVED_FROM], batch->received_from);
	devices = json_add_array(root, p->text[REQUEST_DEVICES]);
	for (size_t i = 0; i < batch->count; i++)
		add_device(p, devices, &batch->device[i]);
	json_print(root, body);
	json_free(root);
}
