/* A recursive descent over RFC 8259's grammar, one function for each rule. */
#include "common/json_scan.h"

#include <string.h>

#include "common/json.h"
#include "common/text.h"

#define ONES 0x0101010101010101ULL /* ONES * b: eight bytes b */
#define EIGHTH_BITS (ONES * 0x80)

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

static bool
is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void
skip_blank(struct scan *s)
{
	while (s->at < s->len && is_blank(s->data[s->at]))
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

/* \uXXXX: not NUL, because cJSON ends the string there; surrogates only in pairs. */
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

/*
 * Skips the characters of a string that need no escape, eight bytes at a time, because most of an
 * answer is such text. Subtracting sets the eighth bit of a byte that is too small. A borrow from
 * another byte can set it as well, so the bytes of such a word are then tested one by one.
 */
static void
skip_plain(struct scan *s)
{
	const char *data = s->data;
	size_t at = s->at;
	uint64_t word;

	for (; s->len - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, data + at, sizeof(word));
		uint64_t quote = (word ^ (ONES * '"')) - ONES;
		uint64_t backslash = (word ^ (ONES * '\\')) - ONES;
		uint64_t control = word - ONES * 0x20;
		if (((quote | backslash | control) & ~word & EIGHTH_BITS) != 0)
			break;
	}
	while (at < s->len && data[at] != '"' && data[at] != '\\' &&
	       (unsigned char)data[at] >= 0x20)
		at++;
	s->at = at;
}

/* Called after the backslash. */
static bool
scan_escape(struct scan *s)
{
	char c = peek(s);

	if (c == 'u')
		return scan_unicode(s);
	if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL)
		return bad(s, "unknown escape");
	s->at++;
	return true;
}

static bool
scan_string(struct scan *s)
{
	if (peek(s) != '"')
		return bad(s, "expected a string");
	s->at++;
	for (skip_plain(s); s->at < s->len && s->data[s->at] != '"'; skip_plain(s)) {
		if (s->data[s->at] != '\\')
			return bad(s, "control character in a string");
		s->at++;
		if (!scan_escape(s))
			return false;
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

/* How many bytes of a damaged text are valid UTF-8. */
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

bool
json_scan(const char *data, size_t len, struct error *err)
{
	struct scan s = {.data = data, .len = len, .err = err};

	if (!text_is_utf8(data, len)) {
		s.at = utf8_end(data, len);
		return bad(&s, "the text is not UTF-8");
	}
	skip_blank(&s);
	if (peek(&s) == '<') {
		error_set(err,
		          "not JSON; it looks like an HTML page (a login or maintenance page?)");
		return false;
	}
	if (!scan_value(&s, 0))
		return false;
	skip_blank(&s);
	return s.at == s.len || bad(&s, "bytes after the value");
}
