/* Turns request elements into JSON members by name, and answer members into elements. */
#include "samples/sandbox/oem_service_xml.h"

#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "common/xml.h"

#define NAMESPACE "http://schemas.ms.it.oem/digitaldistribution/2010/10"
#define NIL_NAMESPACE "http://www.w3.org/2001/XMLSchema-instance"
#define XML_OUT_MAX ((size_t)64 * 1024 * 1024)

/* The order matters: readers of the older family skip elements that are out of order. */
static const char *const batch_order[] = {
	"PurchaseOrderId",        "GroupTag", "TenantID", "TenantDomain", "SoldToCustomerID",
	"ReceivedFromCustomerID", "Devices",  NULL};
static const char *const device_order[] = {"ProductKey", "SerialNumber", "OemManufacturerName",
                                           "ModelName", NULL};

/* An element that is neither text nor nil becomes an object: a filled tenant field stays filled. */
static void
add_leaf(struct json *to, const struct xml_node *n)
{
	const char *nil = xml_node_attr_ns(n, NIL_NAMESPACE, "nil");
	const char *text = xml_node_leaf(n);

	if (text == NULL)
		(void)json_add_object(to, xml_node_name(n));
	else if (nil != NULL && strcmp(nil, "true") == 0 && text[0] == '\0')
		json_add_null(to, xml_node_name(n));
	else
		json_add_text(to, xml_node_name(n), text);
}

/* Returns the place after the element in the order. NULL: the element may not be here; sets err. */
static const char *const *
place(const char *const *order, const struct xml_node *n, struct error *err)
{
	while (*order != NULL && strcmp(*order, xml_node_name(n)) != 0)
		order++;
	if (*order != NULL && strcmp(xml_node_ns(n), NAMESPACE) == 0)
		return order + 1;
	error_set(err, "element %s is unknown, repeated, out of order or in the wrong namespace",
	          xml_node_name(n));
	return NULL;
}

static int
read_device(struct json *devices, const struct xml_node *device, struct error *err)
{
	const char *const *order = device_order;
	struct json *to = json_append_object(devices);

	if (strcmp(xml_node_name(device), "Device") != 0)
		return error_set(err, "expected Device");
	for (const struct xml_node *n = xml_node_first(device); n != NULL; n = xml_node_next(n)) {
		order = place(order, n, err);
		if (order == NULL)
			return -1;
		add_leaf(to, n);
	}
	return 0;
}

static int
read_batch(struct json *to, const struct xml_node *root, struct error *err)
{
	const char *const *order = batch_order;

	if (strcmp(xml_node_name(root), "AutopilotDeviceRegistrationRequest") != 0)
		return error_set(err, "expected AutopilotDeviceRegistrationRequest");
	for (const struct xml_node *n = xml_node_first(root); n != NULL; n = xml_node_next(n)) {
		struct json *devices;
		order = place(order, n, err);
		if (order == NULL)
			return -1;
		if (*order != NULL) {
			add_leaf(to, n);
			continue;
		}
		devices = json_add_array(to, "Devices");
		for (const struct xml_node *d = xml_node_first(n); d != NULL; d = xml_node_next(d))
			if (read_device(devices, d, err) != 0)
				return -1;
	}
	return 0;
}

struct json *
oem_service_xml_read(const char *body, size_t len, struct error *err)
{
	struct xml_doc *doc = xml_doc_parse_strict(body, len, "request", err);
	struct json *root = NULL;

	if (doc != NULL) {
		root = json_object();
		if (read_batch(root, xml_doc_root(doc), err) != 0) {
			json_free(root);
			root = NULL;
		}
	}
	xml_doc_free(doc);
	return root;
}

/* Writes the members of an object, the items of an array, or a text or number. */
static void
write_value(struct xml_writer *w, const struct json *value)
{
	char number[32];

	if (json_is_number(value)) {
		snprintf(number, sizeof(number), "%.0f", json_number(value));
		xml_text(w, number);
	} else if (json_text(value) != NULL && json_text(value)[0] != '\0') {
		xml_text(w, json_text(value));
	}
	for (const struct json *m = json_first(value); m != NULL; m = json_next(m)) {
		xml_open(w, json_is_array(value) ? "Device" : json_key(m));
		write_value(w, m);
		xml_close(w);
	}
}

void
oem_service_xml_write(const struct json *answer, const char *root, struct buf *out)
{
	struct xml_writer *w = xml_writer_new(XML_OUT_MAX);
	struct error err;
	const char *data;
	size_t len;

	xml_writer_compact(w);
	xml_open(w, root);
	xml_attr(w, "xmlns", NAMESPACE);
	xml_attr(w, "xmlns:i", NIL_NAMESPACE);
	write_value(w, answer);
	xml_close(w);
	if (xml_finish(w, &data, &len, &err) == 0)
		buf_add(out, data, len);
	xml_writer_free(w);
}
