/* Compares a parsed request, element by element, with the batch, and checks it by the schema. */
#include "partner/route/oem_direct/guard_xml.h"

#include <string.h>

#include "common/buf.h"
#include "common/xml.h"
#include "partner/embed.h"

#define SCHEMA_MAX ((size_t)64 * 1024) /* ours has 4 KiB */
#define NIL_NAMESPACE "http://www.w3.org/2001/XMLSchema-instance"
#define ROOT_DECLARES 2 /* its own namespace and that of nil */

enum content { FULL_TEXT, BLANK_TENANT, LIST_OF_DEVICES };

struct expected {
	const char *name;
	enum content content;
	const char *value;
};

/* The names in the schema, and which text of the profile replaces each. */
static const struct {
	const char *shipped;
	enum profile_text text;
} names[] = {
	{"AutopilotDeviceRegistrationRequest", XML_ROOT},
	{"PurchaseOrderId", REQUEST_PURCHASE_ORDER},
	{"GroupTag", REQUEST_GROUP_TAG},
	{"SoldToCustomerID", REQUEST_SOLD_TO},
	{"ReceivedFromCustomerID", REQUEST_RECEIVED_FROM},
	{"Devices", REQUEST_DEVICES},
	{"Device", XML_DEVICE},
	{"ProductKey", REQUEST_PKID},
	{"SerialNumber", REQUEST_SERIAL},
	{"OemManufacturerName", REQUEST_MANUFACTURER},
	{"ModelName", REQUEST_MODEL},
};

/* Writes a quoted value of the schema as the profile names it. A field without a name in the profile
 * is optional in the schema; it gets a name that cannot clash with the others. */
static void
write_name(const struct profile *p, const char *value, size_t len, struct buf *out)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(names) &&
	       (strlen(names[i].shipped) != len || memcmp(names[i].shipped, value, len) != 0))
		i++;
	if (i < ARRAY_SIZE(names) && p->text[names[i].text][0] != '\0') {
		buf_str(out, p->text[names[i].text]);
	} else {
		buf_add(out, value, len);
		buf_str(out, i < ARRAY_SIZE(names) ? ".not-sent" : "");
	}
}

/* Copies the text up to the value of the attribute at `mark`. Returns the value. */
static const char *
copy_to_value(const char *from, const char *mark, struct buf *out)
{
	const char *value = strchr(mark, '"') + 1;

	buf_add(out, from, (size_t)(value - from));
	return value;
}

/* The schema names its namespace once, before all elements. */
static void
write_schema(const struct profile *p, struct buf *out)
{
	const char *at = strstr((const char *)embed_oem_direct_request_xsd, "<xs:schema");
	const char *value = copy_to_value(at, strstr(at, " targetNamespace=\""), out), *mark;

	buf_str(out, p->text[XML_NAMESPACE]);
	at = value + strcspn(value, "\"");
	while ((mark = strstr(at, " name=\"")) != NULL) {
		value = copy_to_value(at, mark, out);
		at = value + strcspn(value, "\"");
		write_name(p, value, (size_t)(at - value), out);
	}
	buf_str(out, at);
}

static int
check_schema(const struct profile *p, const struct xml_doc *doc, struct error *err)
{
	struct xml_schema *schema;
	struct buf text;
	int rc = -1;

	buf_init(&text, SCHEMA_MAX);
	write_schema(p, &text);
	schema = xml_schema_parse(text.data, text.len, "oem-direct-request.xsd", err);
	if (schema != NULL)
		rc = xml_schema_check(schema, doc, err);
	xml_schema_free(schema);
	buf_release(&text);
	return rc;
}

static int
check_name(const struct profile *p, const struct xml_node *n, const char *name, struct error *err)
{
	if (n == NULL)
		return error_set(err, "the request lacks the element %s", name);
	if (strcmp(xml_node_name(n), name) != 0 ||
	    strcmp(xml_node_ns(n), p->text[XML_NAMESPACE]) != 0)
		return error_set(err, "the request has another element in the place of %s", name);
	return 0;
}

static int
check_plain(const struct xml_node *n, size_t attributes, size_t declared, struct error *err)
{
	if (xml_node_attrs(n) != attributes || xml_node_declared(n) != declared)
		return error_set(err, "an element has an unexpected attribute or namespace");
	return 0;
}

static int
check_tenant(const struct profile *p, const struct xml_node *n, struct error *err)
{
	const char *nil = xml_node_attr_ns(n, NIL_NAMESPACE, "nil");
	const char *text = xml_node_leaf(n);

	if (text == NULL || text[0] != '\0')
		return error_set(err, "%s is not blank", xml_node_name(n));
	if (p->blank == BLANK_NULL && (nil == NULL || strcmp(nil, "true") != 0))
		return error_set(err, "%s is not nil", xml_node_name(n));
	return check_plain(n, p->blank == BLANK_NULL ? 1 : 0, 0, err);
}

static int
check_text(const struct xml_node *n, const char *value, struct error *err)
{
	const char *text = xml_node_leaf(n);

	if (text == NULL || strcmp(text, value) != 0)
		return error_set(err, "the element %s differs from the batch", xml_node_name(n));
	return check_plain(n, 0, 0, err);
}

static int check_devices(const struct profile *p, const struct route_batch *batch,
                         const struct xml_node *list, struct error *err);

/* The children of an element are the expected ones, in the expected order. */
static int
check_children(const struct profile *p, const struct route_batch *batch,
               const struct xml_node *parent, const struct expected *want, size_t count,
               struct error *err)
{
	const struct xml_node *n = xml_node_first(parent);
	int rc = 0;

	if (xml_node_has_text(parent))
		return error_set(err, "there is text between the elements");
	for (size_t i = 0; i < count; i++, n = xml_node_next(n)) {
		if (check_name(p, n, want[i].name, err) != 0)
			return -1;
		if (want[i].content == FULL_TEXT)
			rc = check_text(n, want[i].value, err);
		else if (want[i].content == BLANK_TENANT)
			rc = check_tenant(p, n, err);
		else
			rc = check_devices(p, batch, n, err);
		if (rc != 0)
			return -1;
	}
	return n == NULL ? 0 : error_set(err, "the request has an unexpected element");
}

static int
check_device(const struct profile *p, const struct route_batch *batch, size_t i,
             const struct xml_node *device, struct error *err)
{
	const struct device_id *id = &batch->device[i];
	const struct expected by_pkid[] = {{p->text[REQUEST_PKID], FULL_TEXT, id->pkid}};
	const struct expected by_tuple[] = {
		{p->text[REQUEST_SERIAL], FULL_TEXT, id->serial},
		{p->text[REQUEST_MANUFACTURER], FULL_TEXT, id->manufacturer},
		{p->text[REQUEST_MODEL], FULL_TEXT, id->model},
	};
	bool pkid = id->pkid[0] != '\0';

	if (check_name(p, device, p->text[XML_DEVICE], err) != 0 ||
	    check_plain(device, 0, 0, err) != 0)
		return -1;
	return check_children(p, batch, device, pkid ? by_pkid : by_tuple,
	                      pkid ? ARRAY_SIZE(by_pkid) : ARRAY_SIZE(by_tuple), err);
}

static int
check_devices(const struct profile *p, const struct route_batch *batch, const struct xml_node *list,
              struct error *err)
{
	const struct xml_node *d = xml_node_first(list);

	if (check_plain(list, 0, 0, err) != 0)
		return -1;
	if (xml_node_has_text(list))
		return error_set(err, "there is text between the devices");
	for (size_t i = 0; i < batch->count; i++, d = xml_node_next(d))
		if (check_device(p, batch, i, d, err) != 0)
			return -1;
	return d == NULL ? 0 : error_set(err, "the request contains more devices than the batch");
}

static int
check_root(const struct profile *p, const struct route_batch *batch, const struct xml_node *root,
           struct error *err)
{
	const struct expected all[] = {
		{p->text[REQUEST_PURCHASE_ORDER], FULL_TEXT, batch->reference},
		{p->text[REQUEST_GROUP_TAG], FULL_TEXT, ""},
		{p->blank == BLANK_OMIT ? "" : PROFILE_TENANT_ID, BLANK_TENANT, NULL},
		{p->blank == BLANK_OMIT ? "" : PROFILE_TENANT_DOMAIN, BLANK_TENANT, NULL},
		{p->text[REQUEST_SOLD_TO], FULL_TEXT, batch->sold_to},
		{p->text[REQUEST_RECEIVED_FROM], FULL_TEXT, batch->received_from},
		{p->text[REQUEST_DEVICES], LIST_OF_DEVICES, NULL},
	};
	struct expected want[ARRAY_SIZE(all)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i].name[0] != '\0')
			want[n++] = all[i];
	if (check_name(p, root, p->text[XML_ROOT], err) != 0 ||
	    check_plain(root, 0, ROOT_DECLARES, err) != 0)
		return -1;
	return check_children(p, batch, root, want, n, err);
}

int
guard_xml_check(const struct profile *p, const struct route_batch *batch, const char *body,
                size_t len, struct error *err)
{
	struct xml_doc *doc = xml_doc_parse_strict(body, len, "request", err);
	int rc = -1;

	if (doc != NULL && check_root(p, batch, xml_doc_root(doc), err) == 0)
		rc = check_schema(p, doc, err);
	xml_doc_free(doc);
	return rc;
}
