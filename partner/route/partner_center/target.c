/* Encodes and decodes targets. The inventory finds the registrations of a device. */
#include "partner/route/partner_center/target.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/json.h"
#include "common/text.h"

bool
target_add(struct target *t, const char *batch, const char *device, const char *uploaded)
{
	if (t->count == TARGET_PAIRS_MAX)
		return false;
	t->pair[t->count++] = (struct target_pair){
		.batch = xstrdup(batch), .device = xstrdup(device), .uploaded = xstrdup(uploaded)};
	return true;
}

void
target_release(struct target *t)
{
	for (size_t i = 0; i < t->count; i++) {
		free(t->pair[i].batch);
		free(t->pair[i].device);
		free(t->pair[i].uploaded);
	}
	t->count = 0;
}

/* No JSON writer is needed: ids hold no control characters, so two escapes are enough. */
static void
add_text(struct buf *b, const char *text)
{
	buf_char(b, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buf_char(b, '\\');
		buf_char(b, *text);
	}
	buf_char(b, '"');
}

bool
target_encode(const struct target *t, char dst[static ROUTE_ID_MAX])
{
	struct buf b;
	bool fits;

	buf_init(&b, ROUTE_ID_MAX - 1);
	for (size_t i = 0; i < t->count; i++) {
		buf_str(&b, i == 0 ? "[[" : ",[");
		add_text(&b, t->pair[i].batch);
		buf_char(&b, ',');
		add_text(&b, t->pair[i].device);
		if (t->pair[i].uploaded[0] != '\0') {
			buf_char(&b, ',');
			add_text(&b, t->pair[i].uploaded);
		}
		buf_char(&b, ']');
	}
	buf_char(&b, ']');
	fits = !b.overflow && t->count > 0 && !text_has_control(b.data) &&
	       text_is_utf8(b.data, b.len);
	if (fits)
		memcpy(dst, b.data, b.len + 1);
	buf_release(&b);
	return fits;
}

static bool
is_id(const char *text)
{
	return text != NULL && text[0] != '\0' && strcmp(text, ".") != 0 &&
	       strcmp(text, "..") != 0 && !text_has_control(text);
}

static bool
add_pair(struct target *t, const struct json *pair)
{
	size_t count = json_is_array(pair) ? json_count(pair) : 0;
	const struct json *first = count == 2 || count == 3 ? json_first(pair) : NULL;
	const struct json *second = first != NULL ? json_next(first) : NULL;
	const char *uploaded = count == 3 ? json_text(json_next(second)) : "";

	return is_id(json_text(first)) && is_id(json_text(second)) && uploaded != NULL &&
	       target_add(t, json_text(first), json_text(second), uploaded);
}

int
target_decode(struct target *t, const char *text, struct error *err)
{
	size_t len = strnlen(text, ROUTE_ID_MAX);
	struct json *root = len < ROUTE_ID_MAX ? json_parse(text, len, NULL) : NULL;
	bool ok = json_is_array(root) && json_count(root) > 0;

	*t = (struct target){0};
	for (const struct json *p = ok ? json_first(root) : NULL; ok && p != NULL; p = json_next(p))
		ok = add_pair(t, p);
	json_free(root);
	if (ok)
		return 0;
	target_release(t);
	return error_set(err, "this is no target of the Partner Center route");
}
