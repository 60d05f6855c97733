/* Writes the elements in a fixed order, because readers of the older family ignore others. */
#include "partner/route/oem_direct/wire_xml.h"

#include "common/xml.h"

/* A field without a name in the profile is not sent. */
static void
add(struct xml_writer *w, const char *name, const char *value)
{
	if (name[0] == '\0')
		return;
	xml_open(w, name);
	if (value[0] != '\0')
		xml_text(w, value);
	xml_close(w);
}

/* Blank deregisters; a value would register the device (doc/wire.md, section 2). */
static void
add_blank_tenants(const struct profile *p, struct xml_writer *w)
{
	static const char *const names[] = {PROFILE_TENANT_ID, PROFILE_TENANT_DOMAIN};

	for (size_t i = 0; p->blank != BLANK_OMIT && i < ARRAY_SIZE(names); i++) {
		xml_open(w, names[i]);
		if (p->blank == BLANK_NULL)
			xml_attr(w, "i:nil", "true");
		xml_close(w);
	}
}

/* The PKID identifies a board; without it, the tuple is sent (doc/wire.md, section 5.1). */
static void
add_device(const struct profile *p, struct xml_writer *w, const struct device_id *id)
{
	xml_open(w, p->text[XML_DEVICE]);
	if (id->pkid[0] != '\0') {
		add(w, p->text[REQUEST_PKID], id->pkid);
	} else {
		add(w, p->text[REQUEST_SERIAL], id->serial);
		add(w, p->text[REQUEST_MANUFACTURER], id->manufacturer);
		add(w, p->text[REQUEST_MODEL], id->model);
	}
	xml_close(w);
}

void
wire_xml_encode(const struct profile *p, const struct route_batch *batch, struct buf *body)
{
	struct xml_writer *w = xml_writer_new(body->max);
	struct error err;
	const char *data;
	size_t len;

	xml_writer_compact(w);
	xml_open(w, p->text[XML_ROOT]);
	xml_attr(w, "xmlns", p->text[XML_NAMESPACE]);
	xml_attr(w, "xmlns:i", "http://www.w3.org/2001/XMLSchema-instance");
	add(w, p->text[REQUEST_PURCHASE_ORDER], batch->reference);
	add(w, p->text[REQUEST_GROUP_TAG], "");
	add_blank_tenants(p, w);
	add(w, p->text[REQUEST_SOLD_TO], batch->sold_to);
	add(w, p->text[REQUEST_RECEIVED_FROM], batch->received_from);
	xml_open(w, p->text[REQUEST_DEVICES]);
	for (size_t i = 0; i < batch->count; i++)
		add_device(p, w, &batch->device[i]);
	xml_close(w);
	xml_close(w);
	if (xml_finish(w, &data, &len, &err) == 0)
		buf_add(body, data, len);
	else
		body->overflow = true;
	xml_writer_free(w);
}
