#include "partner/route/oem_direct/wire_json.h"

#include "common/json.h"

/* A field that the profile leaves nameless is not sent. */
static void
put_named(struct buf *b, const char *name, const char *value)
{
	if (name[0] != '\0')
		json_put_member(b, name, value);
}

/* Blank deregisters; a filled value would register the device (wire facts, section 2). */
static void
put_blank_tenant(const struct profile *p, struct buf *b)
{
	static const char *const names[] = {PROFILE_TENANT_ID, PROFILE_TENANT_DOMAIN};

	if (p->blank == BLANK_OMIT)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		json_put_member(b, names[i], p->blank == BLANK_EMPTY ? "" : NULL);
}

/* A PKID names one board; the tuple goes only where there is none (wire facts, section 5.1). */
static void
put_device(const struct profile *p, struct buf *b, const struct device_id *id)
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

/* The profile's names are letters, digits, _, - and points: keys that need no escape. */
void
wire_json_encode(const struct profile *p, const struct route_batch *batch, struct buf *body)
{
	buf_char(body, '{');
	put_named(body, p->text[REQUEST_PURCHASE_ORDER], batch->reference);
	put_named(body, p->text[REQUEST_GROUP_TAG], "");
	put_blank_tenant(p, body);
	put_named(body, p->text[REQUEST_SOLD_TO], batch->sold_to);
	put_named(body, p->text[REQUEST_RECEIVED_FROM], batch->received_from);
	json_put_key(body, p->text[REQUEST_DEVICES]);
	buf_char(body, '[');
	for (size_t i = 0; i < batch->count; i++) {
		if (i > 0)
			buf_char(body, ',');
		put_device(p, body, &batch->device[i]);
	}
	buf_str(body, "]}");
}
