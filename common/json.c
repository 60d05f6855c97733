/* JSON trees over cJSON; json_scan.c checks the text first. */
#include "common/json.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/json_scan.h"
#include "common/text.h"

#define NUMBER_EXACT 1000000000000000LL /* sixteen digits */
#define FEW_MEMBERS 16
/* With AddressSanitizer each node gets its own allocation, so that it detects overruns. */
#ifdef __SANITIZE_ADDRESS__
#define PIECE_SIZE ((size_t)0)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PIECE_SIZE ((size_t)0)
#endif
#endif
#ifndef PIECE_SIZE
#define PIECE_SIZE ((size_t)64 * 1024)
#endif

static int
compare_keys(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;

	while (*x != '\0' && text_lower(*x) == text_lower(*y)) {
		x++;
		y++;
	}
	return text_lower(*x) - text_lower(*y);
}

/* Names the first duplicate in alphabetical order. */
static bool
sorted_distinct(const cJSON *object, struct error *err)
{
	size_t count = (size_t)cJSON_GetArraySize(object), n = 0;
	const char **key = xcalloc(count, sizeof(*key));
	bool distinct = true;
	char name[64];

	for (const cJSON *m = object->child; m != NULL; m = m->next)
		key[n++] = m->string;
	qsort(key, n, sizeof(*key), compare_keys);
	for (size_t i = 1; distinct && i < n; i++)
		if (compare_keys(&key[i - 1], &key[i]) == 0) {
			text_printable(name, sizeof(name), key[i]);
			error_set(err, "the key \"%s\" appears twice in one object", name);
			distinct = false;
		}
	free(key);
	return distinct;
}

/* For few members comparing each pair is faster than sorting. */
static bool
keys_distinct(const cJSON *object, struct error *err)
{
	size_t n = 0;

	for (const cJSON *m = object->child; m != NULL; m = m->next) {
		if (++n > FEW_MEMBERS)
			return sorted_distinct(object, err);
		for (const cJSON *o = object->child; o != m; o = o->next)
			if (text_equal_nocase(o->string, m->string))
				return sorted_distinct(object, err);
	}
	return true;
}

/* The scanner has limited the depth. */
static bool
all_keys_distinct(const cJSON *node, struct error *err)
{
	if (cJSON_IsObject(node) && !keys_distinct(node, err))
		return false;
	for (const cJSON *m = node->child; m != NULL; m = m->next)
		if (m->child != NULL && !all_keys_distinct(m, err))
			return false;
	return true;
}

static cJSON *
node(const struct json *j)
{
	return (cJSON *)(uintptr_t)j;
}

static struct json *
wrap(cJSON *c)
{
	return (struct json *)c;
}

/* cJSON returns NULL only without memory. */
static cJSON *
must(cJSON *c)
{
	if (c == NULL)
		alloc_failed();
	return c;
}

static cJSON *
read_tree(const char *data, size_t len, struct error *err)
{
	cJSON *root;

	if (len == 0) {
		error_set(err, "the text is empty");
		return NULL;
	}
	if (!json_scan(data, len, err))
		return NULL;
	root = cJSON_ParseWithLength(data, len);
	if (root == NULL)
		error_set(err, "not JSON");
	return root;
}

struct json *
json_parse(const char *data, size_t len, struct error *err)
{
	cJSON_Hooks hooks = {xmalloc, free};
	cJSON *root;

	cJSON_InitHooks(&hooks);
	root = read_tree(data, len, err);
	cJSON_InitHooks(NULL);
	if (root != NULL && !all_keys_distinct(root, err)) {
		cJSON_Delete(root);
		return NULL;
	}
	return wrap(root);
}

struct json_piece {
	struct json_piece *before;
	size_t size, used;
	max_align_t data[];
};

/* The pool for cJSON's allocation hooks, which get only a size. Set only while cJSON parses. */
static struct json_pool *reading;

static void *
pool_take(size_t size)
{
	const size_t unit = sizeof(max_align_t);
	struct json_piece *p = reading->last;
	size_t need = (size + unit - 1) / unit * unit;

	if (p == NULL || need > p->size - p->used) {
		size_t room = need > PIECE_SIZE ? need : PIECE_SIZE;
		p = xmalloc(sizeof(*p) + room);
		*p = (struct json_piece){.before = reading->last, .size = room};
		reading->last = p;
	}
	p->used += need;
	return (char *)p->data + (p->used - need);
}

static void
pool_leave(void *memory UNUSED)
{
	/* json_pool_release() frees it */
}

struct json *
json_parse_in(struct json_pool *pool, const char *data, size_t len, struct error *err)
{
	cJSON_Hooks hooks = {pool_take, pool_leave};
	cJSON *root;

	reading = pool;
	cJSON_InitHooks(&hooks);
	root = read_tree(data, len, err);
	cJSON_InitHooks(NULL);
	reading = NULL;
	return root != NULL && all_keys_distinct(root, err) ? wrap(root) : NULL;
}

void
json_pool_release(struct json_pool *pool)
{
	while (pool->last != NULL) {
		struct json_piece *p = pool->last;
		pool->last = p->before;
		free(p);
	}
}

void
json_free(struct json *root)
{
	cJSON_Delete(node(root));
}

bool
json_is_object(const struct json *j)
{
	return cJSON_IsObject(node(j));
}

bool
json_is_array(const struct json *j)
{
	return cJSON_IsArray(node(j));
}

bool
json_is_string(const struct json *j)
{
	return cJSON_IsString(node(j));
}

bool
json_is_number(const struct json *j)
{
	return cJSON_IsNumber(node(j));
}

bool
json_is_null(const struct json *j)
{
	return cJSON_IsNull(node(j));
}

const struct json *
json_get(const struct json *object, const char *key)
{
	return wrap(cJSON_GetObjectItemCaseSensitive(node(object), key));
}

const struct json *
json_get_nocase(const struct json *object, const char *key)
{
	for (const cJSON *m = object != NULL ? node(object)->child : NULL; m != NULL; m = m->next)
		if (m->string != NULL && text_equal_nocase(m->string, key))
			return wrap((cJSON *)(uintptr_t)m);
	return NULL;
}

const struct json *
json_get_nocase_from(const struct json *object, const struct json **from, const char *key)
{
	const cJSON *first = object != NULL && json_is_object(object) ? node(object)->child : NULL;
	const cJSON *start = *from != NULL ? node(*from) : first, *m = start;

	while (first != NULL && m != NULL) {
		const cJSON *next = m->next != NULL ? m->next : first;
		if (m->string != NULL && text_equal_nocase(m->string, key)) {
			*from = wrap((cJSON *)(uintptr_t)next);
			return wrap((cJSON *)(uintptr_t)m);
		}
		m = next != start ? next : NULL;
	}
	return NULL;
}

const char *
json_text(const struct json *j)
{
	return cJSON_GetStringValue(node(j));
}

double
json_number(const struct json *j)
{
	return json_is_number(j) ? node(j)->valuedouble : 0;
}

size_t
json_count(const struct json *j)
{
	return j != NULL ? (size_t)cJSON_GetArraySize(node(j)) : 0;
}

const struct json *
json_first(const struct json *j)
{
	return j != NULL ? wrap(node(j)->child) : NULL;
}

const struct json *
json_next(const struct json *j)
{
	return wrap(node(j)->next);
}

const char *
json_key(const struct json *j)
{
	return node(j)->string != NULL ? node(j)->string : "";
}

struct json *
json_object(void)
{
	return wrap(must(cJSON_CreateObject()));
}

struct json *
json_add_object(struct json *object, const char *key)
{
	return wrap(must(cJSON_AddObjectToObject(node(object), key)));
}

struct json *
json_add_array(struct json *object, const char *key)
{
	return wrap(must(cJSON_AddArrayToObject(node(object), key)));
}

struct json *
json_append_object(struct json *array)
{
	cJSON *object = must(cJSON_CreateObject());

	(void)cJSON_AddItemToArray(node(array), object);
	return wrap(object);
}

void
json_append_text(struct json *array, const char *text)
{
	(void)cJSON_AddItemToArray(node(array), must(cJSON_CreateString(text)));
}

void
json_add_text(struct json *object, const char *key, const char *text)
{
	if (text == NULL)
		json_add_null(object, key);
	else
		(void)must(cJSON_AddStringToObject(node(object), key, text));
}

void
json_add_null(struct json *object, const char *key)
{
	(void)must(cJSON_AddNullToObject(node(object), key));
}

void
json_add_number(struct json *object, const char *key, long long value)
{
	char text[24];

	/* cJSON may print only fifteen digits: it printed 2^53 - 1 wrong */
	if (value <= -NUMBER_EXACT || value >= NUMBER_EXACT) {
		snprintf(text, sizeof(text), "%lld", value);
		(void)must(cJSON_AddRawToObject(node(object), key, text));
		return;
	}
	(void)must(cJSON_AddNumberToObject(node(object), key, (double)value));
}

void
json_add_bool(struct json *object, const char *key, bool value)
{
	(void)must(cJSON_AddBoolToObject(node(object), key, value));
}

/* The escapes that cJSON writes: short forms, \u for other bytes below 0x20, nothing else. */
static const char *const json_escape[256] = {
	[0x01] = "\\u0001", [0x02] = "\\u0002", [0x03] = "\\u0003", [0x04] = "\\u0004",
	[0x05] = "\\u0005", [0x06] = "\\u0006", [0x07] = "\\u0007", ['\b'] = "\\b",
	['\t'] = "\\t",     ['\n'] = "\\n",     [0x0b] = "\\u000b", ['\f'] = "\\f",
	['\r'] = "\\r",     [0x0e] = "\\u000e", [0x0f] = "\\u000f", [0x10] = "\\u0010",
	[0x11] = "\\u0011", [0x12] = "\\u0012", [0x13] = "\\u0013", [0x14] = "\\u0014",
	[0x15] = "\\u0015", [0x16] = "\\u0016", [0x17] = "\\u0017", [0x18] = "\\u0018",
	[0x19] = "\\u0019", [0x1a] = "\\u001a", [0x1b] = "\\u001b", [0x1c] = "\\u001c",
	[0x1d] = "\\u001d", [0x1e] = "\\u001e", [0x1f] = "\\u001f", ['"'] = "\\\"",
	['\\'] = "\\\\",
};

static const char *const json_as_is[256] = {NULL};

/* Also escapes control characters that JSON allows: they act on the terminal of whoever looks at a
 * line. They can stand in strings alone, so this may be a text of JSON as well. */
static void
put_escaped(struct buf *b, const char *text, size_t len, const char *const escape[static 256])
{
	size_t from = 0, n;
	unsigned code;

	for (size_t at = 0; at < len; at += n == 0 ? 1 : n) {
		n = text_control_length(text + at, len - at, &code);
		if (n == 0)
			continue;
		buf_escape(b, text + from, at - from, escape);
		buf_printf(b, "\\u%04x", code);
		from = at + n;
	}
	buf_escape(b, text + from, len - from, escape);
}

void
json_print(const struct json *j, struct buf *b)
{
	char *text = cJSON_PrintUnformatted(node(j));

	if (text == NULL)
		alloc_failed();
	put_escaped(b, text, strlen(text), json_as_is);
	cJSON_free(text);
}

void
json_put_text(struct buf *b, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	if (text == NULL) {
		buf_str(b, "null");
		return;
	}
	buf_char(b, '"');
	if (text_is_visible(text, len))
		buf_escape(b, text, len, json_escape);
	else
		put_escaped(b, text, len, json_escape);
	buf_char(b, '"');
}

void
json_put_member(struct buf *b, const char *key, const char *text)
{
	json_put_key(b, key);
	json_put_text(b, text);
}

/* A value never ends in '{', so after one this is the first member. */
void
json_put_key(struct buf *b, const char *key)
{
	buf_str(b, b->len > 0 && b->data[b->len - 1] == '{' ? "\"" : ",\"");
	buf_str(b, key);
	buf_add(b, "\":", 2);
}
