/* Reads one answer. pages.c chooses the next page and checks that all were read. */
#include "partner/route/partner_center/page.h"

#include <stdio.h>
#include <string.h>

#include "common/http.h"
#include "common/text.h"
#include "partner/route/partner_center/repair.h"
#include "partner/route/unreadable.h"

#define PAGE_DATE_MAX 40 /* bytes; a date has 33 */
#define COUNT_MAX 1e9    /* a larger count is damage; a double holds this one exactly */

static struct json *
parse_repaired(const char *body, size_t len)
{
	struct json *root = NULL;
	struct buf b;

	buf_init(&b, len * 3 + 1);
	repair_json(body, len, &b);
	if (!b.overflow && b.len > 0)
		root = json_parse(b.data, b.len, NULL);
	buf_release(&b);
	return root;
}

static struct json *
parse(const char *body, size_t len, struct error *err)
{
	size_t mark = text_mark_length(body, len); /* this service sends one */
	struct json *root;

	body += mark;
	len -= mark;
	root = json_parse(body, len, err);
	if (root == NULL)
		root = parse_repaired(body, len);
	if (root == NULL) {
		error_prefix(err, "unreadable JSON");
		unreadable_explain(err, "JSON", body, len);
		return NULL;
	}
	return root;
}

static struct json *
parse_object(const char *body, size_t len, struct error *err)
{
	struct json *root = parse(body, len, err);

	if (root == NULL || json_is_object(root))
		return root;
	json_free(root);
	error_set(err, "the answer is not a JSON object");
	return NULL;
}

/* *ret is NULL if the text is absent or null. Anything but a short, clean string is an error. */
static int
text_of(const struct json *object, const char *key, size_t max, const char **ret, struct error *err)
{
	const struct json *j = json_get(object, key);

	*ret = json_text(j);
	if (j == NULL || json_is_null(j))
		return 0;
	if (*ret == NULL)
		return error_set(err, "\"%s\" is not a text", key);
	if (strlen(*ret) > max || text_has_control(*ret) || strstr(*ret, REPAIR_MARK) != NULL)
		return error_set(err, "\"%s\" is too long or contains control characters", key);
	return 0;
}

static int
count_of(const struct json *object, const char *key, int64_t *ret, struct error *err)
{
	const struct json *j = json_get(object, key);
	double n = json_number(j);

	if (j == NULL || json_is_null(j))
		return 0;
	if (!json_is_number(j) || !(n >= 0 && n <= COUNT_MAX) || n != (double)(int64_t)n)
		return error_set(err, "\"%s\" is not a count", key);
	if (*ret != PAGE_COUNT_NONE && *ret != (int64_t)n)
		return error_set(err, "a page names two different counts");
	*ret = (int64_t)n;
	return 0;
}

/* The other paging style. The header's value is used, the link's address is not. */
static int
next_link(const struct json *root, const char **ret, struct error *err)
{
	const struct json *links = json_get(root, "links");
	const struct json *next = json_is_object(links) ? json_get(links, "next") : NULL;
	const struct json *headers = json_is_object(next) ? json_get(next, "headers") : NULL;
	const char *key;

	if (next == NULL || json_is_null(next))
		return 0;
	for (const struct json *h = json_is_array(headers) ? json_first(headers) : NULL;
	     h != NULL && *ret == NULL; h = json_next(h)) {
		key = json_is_object(h) ? json_text(json_get(h, "key")) : NULL;
		if (key != NULL && text_equal_nocase(key, "MS-ContinuationToken") &&
		    text_of(h, "value", PAGE_TOKEN_MAX, ret, err) != 0)
			return -1;
	}
	return *ret != NULL ? 0 : error_set(err, "a next page is named, but no token for it");
}

/* An answer is an object with "items", or the bare array. A missing list means no items only if the
 * answer's own count is 0. */
static int
read_page(struct page *p, struct error *err)
{
	if (json_is_array(p->root)) {
		p->items = p->root;
		return 0;
	}
	if (!json_is_object(p->root))
		return error_set(err, "the answer is neither a JSON object nor an array");
	p->items = json_get(p->root, "items");
	if (count_of(p->root, "totalCount", &p->total, err) != 0)
		return -1;
	if (p->total == 0 && (p->items == NULL || json_is_null(p->items)))
		p->items = NULL;
	else if (!json_is_array(p->items))
		return error_set(err, "the answer has no \"items\"");
	if (text_of(p->root, "continuationToken", PAGE_TOKEN_MAX, &p->continuation, err) != 0)
		return -1;
	if (p->continuation != NULL && p->continuation[0] == '\0')
		p->continuation = NULL;
	if (p->continuation == NULL && next_link(p->root, &p->continuation, err) != 0)
		return -1;
	return 0;
}

int
page_read(struct page *p, const char *body, size_t len, struct error *err)
{
	*p = (struct page){.root = parse(body, len, err), .total = PAGE_COUNT_NONE};
	if (p->root == NULL)
		return -1;
	if (read_page(p, err) == 0)
		return 0;
	page_release(p);
	return -1;
}

void
page_release(struct page *p)
{
	json_free(p->root);
	*p = (struct page){0};
}

static int
id_of(const struct json *item, const char **ret, struct error *err)
{
	if (!json_is_object(item))
		return error_set(err, "an element is not a JSON object");
	if (text_of(item, "id", PAGE_TEXT_MAX, ret, err) != 0)
		return -1;
	/* "." and ".." would lead to another address, even if they are escaped */
	if (*ret == NULL || strcmp(*ret, "") == 0 || strcmp(*ret, ".") == 0 ||
	    strcmp(*ret, "..") == 0)
		return error_set(err, "an element has no usable \"id\"");
	return 0;
}

int
page_batch(const struct json *item, struct page_batch *ret, struct error *err)
{
	*ret = (struct page_batch){.count = PAGE_COUNT_NONE};
	if (id_of(item, &ret->id, err) != 0 ||
	    count_of(item, "devicesCount", &ret->count, err) != 0)
		return -1;
	return count_of(item, "deviceCount", &ret->count, err);
}

static bool
names_delete(const char *verbs)
{
	for (const char *at = verbs; *at != '\0';) {
		size_t n = strcspn(at, ", ");
		if (n == 6 && strncasecmp(at, "DELETE", 6) == 0)
			return true;
		at += n;
		at += strspn(at, ", ");
	}
	return false;
}

static bool
is_deletable(const struct json *operations)
{
	const char *text = json_text(operations);

	if (operations == NULL || json_is_null(operations))
		return true;
	if (text != NULL)
		return names_delete(text);
	for (const struct json *o = json_is_array(operations) ? json_first(operations) : NULL;
	     o != NULL; o = json_next(o))
		if (json_text(o) != NULL && names_delete(json_text(o)))
			return true;
	return false;
}

void
page_device(const struct json *item, struct page_device *ret)
{
	const struct {
		const char *key;
		const char **to;
	} texts[] = {{"serialNumber", &ret->serial},
	             {"productKey", &ret->pkid},
	             {"oemManufacturerName", &ret->make},
	             {"modelName", &ret->model}};

	*ret = (struct page_device){.id = ""};
	if (id_of(item, &ret->id, NULL) != 0)
		*ret = (struct page_device){.id = "", .odd = true};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (json_is_object(item) &&
		    text_of(item, texts[i].key, PAGE_TEXT_MAX, texts[i].to, NULL) != 0) {
			ret->odd = true;
			*texts[i].to = "";
		}
		if (*texts[i].to == NULL)
			*texts[i].to = "";
	}
	if (!json_is_object(item) ||
	    text_of(item, "uploadedDate", PAGE_DATE_MAX, &ret->uploaded, NULL) != 0 ||
	    ret->uploaded == NULL)
		ret->uploaded = "";
	ret->deletable = json_is_object(item) && is_deletable(json_get(item, "allowedOperations"));
}

static int
check_customer(const struct json *root, const char *id, bool *ret_barred, struct error *err)
{
	static const char *const others[] = {"none", "advisor", "syndication", "nonCommerce"};
	const char *listed, *relationship, *word = "unknown";

	if (text_of(root, "id", PAGE_TEXT_MAX, &listed, err) != 0 ||
	    text_of(root, "relationshipToPartner", PAGE_TEXT_MAX, &relationship, err) != 0)
		return -1;
	if (listed == NULL || relationship == NULL)
		return error_set(err, "the answer lacks %s",
		                 listed == NULL ? "\"id\"" : "\"relationshipToPartner\"");
	if (!text_equal_nocase(listed, id))
		return error_set(err, "the service answered for another customer");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (text_equal_nocase(relationship, others[i]))
			word = others[i];
	*ret_barred = !text_equal_nocase(relationship, "reseller");
	return *ret_barred
	               ? error_set(err, "no reseller relationship with this customer (it is: %s)",
	                           word)
	               : 0;
}

int
page_customer(const char *id, const char *body, size_t len, bool *ret_barred, struct error *err)
{
	struct json *root = parse_object(body, len, err);
	int rc;

	*ret_barred = false;
	rc = root != NULL ? check_customer(root, id, ret_barred, err) : -1;
	json_free(root);
	return rc;
}

/* The N of "in N seconds". */
static long
seconds_named(const char *text)
{
	const char *at = strcasestr(text, "in ");
	long seconds = 0;
	size_t n;

	for (; at != NULL; at = strcasestr(at + 1, "in ")) {
		n = strspn(at + 3, "0123456789");
		if (n == 0 || n > 6 || strncasecmp(at + 3 + n, " second", 7) != 0)
			continue;
		for (size_t i = 0; i < n; i++)
			seconds = seconds * 10 + (at[3 + i] - '0');
		return seconds;
	}
	return HTTP_RETRY_AFTER_NONE;
}

static bool
says_not_found(const char *text)
{
	static const char *const words[] = {"not find", "not found", "not exist", "no device"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasestr(text, words[i]) != NULL)
			return true;
	return false;
}

static void
fill_error(struct page_error *e, const struct json *root)
{
	const struct json *code = json_get(root, "code");
	const char *text = json_text(json_get(root, "description"));

	if (text == NULL)
		text = json_text(json_get(root, "message"));
	if (json_text(code) != NULL && text_all_of(json_text(code), "0123456789"))
		(void)text_copy(e->code, sizeof(e->code), json_text(code));
	else if (json_is_number(code)) /* although the documentation says text */
		snprintf(e->code, sizeof(e->code), "%.0f", json_number(code));
	if (text == NULL)
		return;
	text_printable(e->text, sizeof(e->text), text);
	e->retry_after = seconds_named(text);
	e->not_found = says_not_found(text);
}

void
page_error(struct page_error *e, const char *body, size_t len)
{
	struct json *root = parse_object(body, len, NULL);

	*e = (struct page_error){.retry_after = HTTP_RETRY_AFTER_NONE};
	if (root != NULL) {
		fill_error(e, root);
	} else if (len > 0 && body[0] != '<') { /* an HTML page of a gateway explains nothing */
		text_printable(e->text, sizeof(e->text), body);
		e->not_found = says_not_found(body);
	}
	json_free(root);
}
