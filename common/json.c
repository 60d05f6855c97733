#include "common/json.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"

#define NUMBER_EXACT 1000000000000000LL /* sixteen digits */

/*
 * What cJSON lets pass and another reader may see differently is refused before it parses:
 * the scanner below follows RFC 8259 and builds nothing.
 */
struct scan {
	const char *data;
	size_t len, at;
	struct error *err;
};

static bool scan_value(struct scan *s, int depth);

static bool
bad(struct scan *s, const char *what)
{
	error_set(s->err, "byte %zu: %s", s->at + 1, what);
	return false;
}

static char
peek(const struct scan *s)
{
	return s->at < s->len ? s->data[s->at] : '\0';
}

static void
skip_blank(struct scan *s)
{
	while (s->at < s->len && strchr(" \t\r\n", s->data[s->at]) != NULL &&
	       s->data[s->at] != '\0')
		s->at++;
}

static int
hex4(const struct scan *s, size_t at)
{
	int value = 0;

	for (size_t i = at; i < at + 4; i++) {
		char c = i < s->len ? text_lower(s->data[i]) : 'x';
		if (c >= '0' && c <= '9')
			value = value * 16 + (c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value * 16 + (c - 'a' + 10);
		else
			return -1;
	}
	return value;
}

/* \uXXXX: no NUL (cJSON cuts strings there), surrogates in pairs only. */
static bool
scan_unicode(struct scan *s)
{
	int code = hex4(s, s->at + 1);

	if (code <= 0)
		return bad(s, code == 0 ? "\\u0000 is refused" : "broken \\u escape");
	s->at += 5;
	if (code < 0xd800 || code > 0xdfff)
		return true;
	int low = s->at + 1 < s->len && s->data[s->at] == '\\' && s->data[s->at + 1] == 'u'
	                  ? hex4(s, s->at + 2)
	                  : -1;
	if (code > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return bad(s, "unpaired surrogate");
	s->at += 6;
	return true;
}

static bool
scan_string(struct scan *s)
{
	if (peek(s) != '"')
		return bad(s, "expected a string");
	for (s->at++; s->at < s->len && s->data[s->at] != '"';) {
		if ((unsigned char)s->data[s->at] < 0x20)
			return bad(s, "control character in a string");
		if (s->data[s->at++] != '\\')
			continue;
		char c = peek(s);
		if (c == 'u') {
			if (!scan_unicode(s))
				return false;
		} else if (c != '\0' && strchr("\"\\/bfnrt", c) != NULL) {
			s->at++;
		} else {
			return bad(s, "unknown escape");
		}
	}
	if (s->at >= s->len)
		return bad(s, "unterminated string");
	s->at++;
	return true;
}

static size_t
scan_digits(struct scan *s)
{
	size_t from = s->at;

	while (peek(s) >= '0' && peek(s) <= '9')
		s->at++;
	return s->at - from;
}

/* RFC 8259, section 6: no leading zeros, digits on both sides of the point. */
static bool
scan_number(struct scan *s)
{
	if (peek(s) == '-')
		s->at++;
	bool zero = peek(s) == '0';
	size_t n = scan_digits(s);
	if (n == 0 || (zero && n > 1))
		return bad(s, "not a number");
	if (peek(s) == '.') {
		s->at++;
		if (scan_digits(s) == 0)
			return bad(s, "not a number");
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		s->at++;
		if (peek(s) == '+' || peek(s) == '-')
			s->at++;
		if (scan_digits(s) == 0)
			return bad(s, "not a number");
	}
	return true;
}

static bool
scan_word(struct scan *s)
{
	static const char *const words[] = {"true", "false", "null"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i]);
		if (s->len - s->at >= n && memcmp(s->data + s->at, words[i], n) == 0) {
			s->at += n;
			return true;
		}
	}
	return bad(s, "expected a value");
}

static bool
scan_container(struct scan *s, int depth, char close)
{
	s->at++;
	skip_blank(s);
	if (peek(s) == close) {
		s->at++;
		return true;
	}
	for (;;) {
		skip_blank(s);
		if (close == '}') {
			if (!scan_string(s))
				return false;
			skip_blank(s);
			if (peek(s) != ':')
				return bad(s, "expected a colon");
			s->at++;
		}
		if (!scan_value(s, depth))
			return false;
		skip_blank(s);
		char c = peek(s);
		if (c != ',' && c != close)
			return bad(s, "expected a comma or the end");
		s->at++;
		if (c == close)
			return true;
	}
}

static bool
scan_value(struct scan *s, int depth)
{
	skip_blank(s);
	if (depth >= JSON_DEPTH_MAX)
		return bad(s, "nested too deeply");
	switch (peek(s)) {
	case '{': return scan_container(s, depth + 1, '}');
	case '[': return scan_container(s, depth + 1, ']');
	case '"': return scan_string(s);
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9': return scan_number(s);
	default: return scan_word(s);
	}
}

/* How far a broken text is good. No character is longer than four bytes. */
static size_t
utf8_end(const char *data, size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t n = 1;
		while (n <= 4 && (n > len - at || !text_is_utf8(data + at, n)))
			n++;
		if (n > 4)
			break;
		at += n;
	}
	return at;
}

static bool
scan_document(const char *data, size_t len, struct error *err)
{
	struct scan s = {data, len, 0, err};

	if (!text_is_utf8(data, len)) {
		s.at = utf8_end(data, len);
		return bad(&s, "the text is not UTF-8");
	}
	if (!scan_value(&s, 0))
		return false;
	skip_blank(&s);
	return s.at == s.len || bad(&s, "bytes after the value");
}

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

static bool
keys_distinct(const cJSON *object, struct error *err)
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
			error_set(err, "the key \"%s\" stands twice in one object", name);
			distinct = false;
		}
	free(key);
	return distinct;
}

/* Depth is bounded by the scanner. */
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

/* cJSON returns NULL only without memory, which ends the program. */
static cJSON *
must(cJSON *c)
{
	if (c == NULL)
		(void)xmalloc(SIZE_MAX / 2);
	return c;
}

struct json *
json_parse(const char *data, size_t len, struct error *err)
{
	cJSON *root;

	if (len == 0) {
		error_set(err, "the text is empty");
		return NULL;
	}
	if (!scan_document(data, len, err))
		return NULL;
	root = cJSON_ParseWithLength(data, len);
	if (root == NULL) {
		error_set(err, "not JSON");
		return NULL;
	}
	if (!all_keys_distinct(root, err)) {
		cJSON_Delete(root);
		return NULL;
	}
	return wrap(root);
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
	return wrap(cJSON_GetObjectItem(node(object), key));
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
json_array(void)
{
	return wrap(must(cJSON_CreateArray()));
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

	/* cJSON prints fifteen digits where it takes more for noise: 2^53 - 1 came out wrong */
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

void
json_add(struct json *object, const char *key, struct json *value)
{
	(void)cJSON_AddItemToObject(node(object), key, node(value));
}

void
json_print(const struct json *j, struct buf *b)
{
	char *text = cJSON_PrintUnformatted(node(j));

	if (text == NULL)
		(void)xmalloc(SIZE_MAX / 2);
	buf_str(b, text);
	cJSON_free(text);
}
