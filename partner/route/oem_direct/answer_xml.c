/* Finds the elements of an answer by local name. */
#include "partner/route/oem_direct/answer_xml.h"

#include <string.h>

#include "common/text.h"
#include "common/xml.h"
#include "partner/route/oem_direct/answer.h"
#include "partner/route/unreadable.h"

/* Fields that identify a device or its verdict. If one occurs twice, it is ambiguous. */
static const enum profile_text fields[] = {ANSWER_PKID,      ANSWER_SERIAL, ANSWER_MANUFACTURER,
                                           ANSWER_MODEL,     ANSWER_STATUS, ANSWER_ERROR_NAME,
                                           ANSWER_ERROR_CODE};

/* By local name in any case, as in JSON. In strict mode also by the namespace of the profile. */
static bool
is_named(const struct profile *p, const struct xml_node *n, const char *name)
{
	return text_equal_nocase(xml_node_name(n), name) &&
	       (p->namespace_check == NAMESPACE_ANY ||
	        strcmp(xml_node_ns(n), p->text[XML_NAMESPACE]) == 0);
}

/* The first child of that name, or NULL; and how many there are. */
static const struct xml_node *
child(const struct profile *p, const struct xml_node *parent, const char *name, size_t *ret_count)
{
	const struct xml_node *found = NULL;

	*ret_count = 0;
	for (const struct xml_node *n = xml_node_first(parent); n != NULL; n = xml_node_next(n)) {
		if (!is_named(p, n, name))
			continue;
		found = found != NULL ? found : n;
		++*ret_count;
	}
	return found;
}

/* "" if the element is missing or holds more than text. */
static const char *
text_of(const struct profile *p, const struct xml_node *parent, const char *name)
{
	size_t count;
	const struct xml_node *n = child(p, parent, name, &count);
	const char *text = n != NULL ? xml_node_leaf(n) : NULL;

	return text != NULL ? text : "";
}

/* Everything readable in an element that holds more than text. */
static void
add_other(const struct profile *p, struct answer_error *e, const struct xml_node *n)
{
	const char *text = xml_node_leaf(n);

	answer_error_add_other(p, e, text);
	for (n = text == NULL ? xml_node_first(n) : NULL; n != NULL; n = xml_node_next(n))
		add_other(p, e, n);
}

static void
add_error(const struct profile *p, const struct xml_node *device, struct answer_error *e)
{
	size_t count;
	const struct xml_node *name = child(p, device, p->text[ANSWER_ERROR_NAME], &count);
	const struct xml_node *code = child(p, device, p->text[ANSWER_ERROR_CODE], &count);
	const char *text;

	*e = (struct answer_error){.name = ""};
	text = name != NULL ? xml_node_leaf(name) : "";
	if (text != NULL)
		answer_error_add_name(p, e, text);
	else
		add_other(p, e, name);
	text = code != NULL ? xml_node_leaf(code) : "";
	if (text == NULL)
		add_other(p, e, code);
	else if (text[0] != '\0')
		answer_error_add_code(p, e, text);
}

/* An alarm in an element, at any depth. */
static bool
element_is_alarm(const struct profile *p, const struct xml_node *n)
{
	const char *text = xml_node_leaf(n);

	if (answer_field_is_alarm(p, xml_node_name(n), text != NULL ? text : xml_node_text(n)))
		return true;
	for (n = xml_node_first(n); n != NULL; n = xml_node_next(n))
		if (element_is_alarm(p, n))
			return true;
	return false;
}

/* An alarm in an element other than these, which are read elsewhere; in any namespace. */
static bool
others_are_alarm(const struct profile *p, const struct xml_node *parent,
                 const enum profile_text *read, size_t count)
{
	for (const struct xml_node *n = xml_node_first(parent); n != NULL; n = xml_node_next(n)) {
		size_t i = 0;
		while (i < count && !is_named(p, n, p->text[read[i]]))
			i++;
		if (i == count && element_is_alarm(p, n))
			return true;
	}
	return false;
}

static void
read_entry(const struct profile *p, const void *at, struct answer_entry *e)
{
	const struct xml_node *device = at;

	answer_set_pkid(e, text_of(p, device, p->text[ANSWER_PKID]));
	e->serial = text_of(p, device, p->text[ANSWER_SERIAL]);
	e->manufacturer = text_of(p, device, p->text[ANSWER_MANUFACTURER]);
	e->model = text_of(p, device, p->text[ANSWER_MODEL]);
	e->status = text_of(p, device, p->text[ANSWER_STATUS]);
	add_error(p, device, &e->error);
	if (others_are_alarm(p, device, answer_entry_fields, ANSWER_ENTRY_FIELDS))
		e->error.alarm = true;
}

static const void *
next_entry(const void *at)
{
	return xml_node_next(at);
}

static int
check_entry(const struct profile *p, const struct xml_node *device, struct error *err)
{
	size_t count;

	if (!is_named(p, device, p->text[XML_DEVICE]))
		return error_set(err, "the list contains an element other than \"%s\"",
		                 p->text[XML_DEVICE]);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		(void)child(p, device, p->text[fields[i]], &count);
		if (count > 1)
			return error_set(err, "a device contains \"%s\" twice", p->text[fields[i]]);
	}
	return 0;
}

/* The root, or NULL if it is not the expected one. */
static const struct xml_node *
root_of(const struct profile *p, const struct xml_doc *doc, enum profile_text name,
        struct error *err)
{
	const struct xml_node *root = xml_doc_root(doc);
	const char *want = p->text[name];

	if (is_named(p, root, want[0] != '\0' ? want : xml_node_name(root)))
		return root;
	error_set(err, "the root of the answer is not \"%s\" in the namespace of the profile",
	          want);
	return NULL;
}

/* The only child of that name of the expected root, or NULL. */
static const struct xml_node *
part_of(const struct profile *p, const struct xml_doc *doc, enum profile_text root_name,
        const char *name, struct error *err)
{
	const struct xml_node *root = root_of(p, doc, root_name, err);
	const struct xml_node *part;
	size_t count;

	if (root == NULL)
		return NULL;
	part = child(p, root, name, &count);
	if (count == 1)
		return part;
	error_set(err, "the answer has %s \"%s\"", count == 0 ? "no" : "more than one", name);
	return NULL;
}

static enum route_end
read_list(const struct profile *p, const struct route_batch *batch, const struct xml_node *root,
          const struct xml_node *devices, struct route_verdict *verdict, struct answer_notes *notes,
          struct error *err)
{
	struct answer_list list = {
		.first = xml_node_first(devices),
		.alarm = others_are_alarm(p, root, answer_root_fields, ANSWER_ROOT_FIELDS),
		.next = next_entry,
		.read = read_entry};

	for (const struct xml_node *d = list.first; d != NULL; d = xml_node_next(d), list.count++)
		if (check_entry(p, d, err) != 0)
			return ROUTE_LOST;
	if (list.count == 0) {
		error_set(err, "the answer contains no device");
		return ROUTE_LOST;
	}
	*notes = answer_join(p, batch, &list, verdict);
	return ROUTE_ANSWERED;
}

static int
check_batch_id(const struct profile *p, const struct xml_doc *doc, const char *asked,
               struct error *err)
{
	size_t count;
	const struct xml_node *n = child(p, xml_doc_root(doc), p->text[ANSWER_BATCH_ID], &count);
	const char *named = n != NULL ? xml_node_leaf(n) : "";

	if (count <= 1 && named != NULL && named[0] == '\0')
		return 0;
	return answer_check_batch_id(count > 1 || named == NULL ? "" : named, asked, err);
}

enum route_end
answer_xml_read_devices(const struct profile *p, const struct route_batch *batch,
                        const char *batch_id, const char *body, size_t len,
                        struct route_verdict *verdict, struct answer_notes *notes,
                        struct error *err)
{
	struct xml_doc *doc = xml_doc_parse_strict(body, len, "unreadable XML", err);
	const struct xml_node *devices;
	enum route_end end = ROUTE_LOST;

	*notes = (struct answer_notes){0};
	devices = doc != NULL ? part_of(p, doc, XML_POLL_ANSWER, p->text[ANSWER_DEVICES], err)
	                      : NULL;
	if (devices != NULL && check_batch_id(p, doc, batch_id, err) == 0)
		end = read_list(p, batch, xml_doc_root(doc), devices, verdict, notes, err);
	if (end == ROUTE_LOST)
		unreadable_explain(err, "XML", body, len);
	xml_doc_free(doc);
	return end;
}

int
answer_xml_read_batch_id(const struct profile *p, const char *body, size_t len,
                         char id[static ROUTE_ID_MAX], struct error *err)
{
	struct xml_doc *doc = xml_doc_parse_strict(body, len, "unreadable XML", err);
	const struct xml_node *part = doc != NULL ? part_of(p, doc, XML_SUBMIT_ANSWER,
	                                                    p->text[ANSWER_BATCH_ID], err)
	                                          : NULL;
	int rc = part != NULL ? answer_copy_batch_id(p, xml_node_leaf(part), id, err) : -1;

	if (rc != 0)
		unreadable_explain(err, "XML", body, len);
	xml_doc_free(doc);
	return rc;
}

/* Only for people: any root and any namespace will do. */
void
answer_xml_error_text(const char *body, size_t len, char *dst, size_t size)
{
	struct xml_doc *doc = xml_doc_parse_strict(body, len, "answer", NULL);
	const struct xml_node *n = doc != NULL ? xml_node_first(xml_doc_root(doc)) : NULL;
	const char *text = NULL;

	for (; n != NULL && text == NULL; n = xml_node_next(n))
		if (text_equal_nocase(xml_node_name(n), "ErrorMessage") ||
		    text_equal_nocase(xml_node_name(n), "Message"))
			text = xml_node_leaf(n);
	text_printable(dst, size, text != NULL ? text : "");
	xml_doc_free(doc);
}
