/* Writes the fields in a fixed order. Names come from the profile, which has checked them. */
#include "partner/route/oem_direct/wire_json.h"

#include "common/json.h"

/* A field without a name in the profile is not sent. */
static void
add_named(struct buf *b, const char *name, const char *value)
{
	if (name[0] != '\0')
		json_put_member(b, name, value);
}

/* Blank deregisters; a value would register the device (doc/wire.md, section 2). */
static void
add_blank_tenant(const struct profile *p, struct buf *b)
{
	static const char *const names[] = {PROFILE_TENANT_ID, PROFILE_TENANT_DOMAIN};

	if (p->blank == BLANK_OMIT)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		json_put_member(b, names[i], p->blank == BLANK_EMPTY ? "" : NULL);
}

/* The PKID identifies a board; without it, the tuple is sent (doc/wire.md, section 5.1). */
static void
add_device(const struct profile *p, struct buf *b, const struct device_id *id)
{
	buf_char(b, '{');
	if (id->pkid[0] != '\0') {
		json_put_member(b, p->text[REQUEST_PKID], id->pkid);
	} else {
		json_put_member(b, p->text[REQUEST_SERIAL], id->serial);
		json_put_member(b, p->text[REQUEST_MANUFACTURER], id->manufacturer);
		json_put_member(b, p->text[REQUEST_MODEL], id->model);
	}
	buf_char(b, '}');
}

/* Names of the profile are letters, digits, _ - and dots, so keys need no escapes. */
void
wire_json_encode(const struct profile *p, const struct route_batch *batch, struct buf *body)
{
	buf_char(body, '{');
	add_named(body, p->text[REQUEST_PURCHASE_ORDER], batch->reference);
	add_named(body, p->text[REQUEST_GROUP_TAG], "");
	add_blank_tenant(p, body);
	add_named(body, p->text[REQUEST_SOLD_TO], batch->sold_to);
	add_named(body, p->text[REQUEST_RECEIVED_FROM], batch->received_from);
	json_put_key(body, p->text[REQUEST_DEVICES]);
	buf_char(body, '[');
	for (size_t i = 0; i < batch->count; i++) {
		if (i > 0)
			buf_char(body, ',');
		add_device(p, body, &batch->device[i]);
	}
	buf_str(body, "]}");
}
