/* Comparison, UTF-8, trimming, and the numbers and durations of configuration files. */
#include "common/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* text_line_length() searches LF, then CR, in windows of this size. Searching the whole text for LF
 * would be quadratic in a file whose lines end in CR. */
#define WINDOW 1024
#define DURATION_MAX_MS (366LL * 24 * 3600 * 1000)

bool
text_copy(char *dst, size_t size, const char *src)
{
	size_t len = strnlen(src, size);

	if (size == 0)
		return false;
	memcpy(dst, src, len < size ? len : size - 1);
	dst[len < size ? len : size - 1] = '\0';
	return len < size;
}

const char *
text_or_null(const char *text)
{
	return text != NULL && text[0] != '\0' ? text : NULL;
}

bool
text_equal_nocase(const char *a, const char *b)
{
	for (; *a != '\0' && (*a == *b || text_lower(*a) == text_lower(*b)); a++)
		b++;
	return *a == '\0' && *b == '\0';
}

static bool
begins_nocase(const char *text, const char *part)
{
	for (; *part != '\0' && text_lower(*text) == text_lower(*part); part++)
		text++;
	return *part == '\0';
}

bool
text_contains_nocase(const char *text, const char *part)
{
	while (!begins_nocase(text, part))
		if (*text++ == '\0')
			return false;
	return true;
}

char *
text_trim(char *text)
{
	size_t len;

	while (text_is_blank(*text))
		text++;
	for (len = strlen(text); len > 0 && text_is_blank(text[len - 1]); len--)
		text[len - 1] = '\0';
	return text;
}

bool
text_has_outer_blank(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && (text_is_blank(text[0]) || text_is_blank(text[len - 1]));
}

/* RFC 3629, section 4 */
size_t
text_utf8_length(const char *text, size_t left)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

	if (n == 1)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4 || left < n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

size_t
text_mark_length(const char *text, size_t len)
{
	static const char mark[] = {'\xef', '\xbb', '\xbf'};

	return len >= sizeof(mark) && memcmp(text, mark, sizeof(mark)) == 0 ? sizeof(mark) : 0;
}

size_t
text_line_length(const char *text, size_t len)
{
	for (size_t at = 0, n; at < len; at += n) {
		const char *from = text + at, *lf, *cr;

		n = len - at < WINDOW ? len - at : WINDOW;
		lf = memchr(from, '\n', n);
		n = lf != NULL ? (size_t)(lf - from) : n;
		cr = memchr(from, '\r', n);
		if (lf != NULL || cr != NULL)
			return at + (cr != NULL ? (size_t)(cr - from) : n);
	}
	return len;
}

/* Tests eight bytes at a time, because a hash has 4,000 ASCII characters. */
static size_t
ascii_prefix(const char *text, size_t len)
{
	uint64_t word;
	size_t n = 0;

	for (; n + sizeof(word) <= len; n += sizeof(word)) {
		memcpy(&word, text + n, sizeof(word));
		if ((word & 0x8080808080808080ULL) != 0)
			break;
	}
	return n;
}

bool
text_is_utf8(const char *text, size_t len)
{
	size_t ascii = ascii_prefix(text, len);

	text += ascii;
	len -= ascii;
	while (len > 0) {
		size_t n = text_utf8_length(text, len);
		if (n == 0)
			return false;
		text += n;
		len -= n;
	}
	return true;
}

size_t
text_scheme_length(const char *url)
{
	return strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
}

/* A byte is plain if its eighth bit is clear before and after subtracting 0x20. A borrow changes
 * only the byte above one that fails itself, so eight bytes can be tested at once. */
bool
text_is_plain(const char *text, size_t len)
{
	uint64_t word;
	size_t n = 0;

	for (; n + sizeof(word) <= len; n += sizeof(word)) {
		memcpy(&word, text + n, sizeof(word));
		if (((word | (word - 0x2020202020202020ULL)) & 0x8080808080808080ULL) != 0)
			return false;
	}
	for (; n < len; n++)
		if ((unsigned char)text[n] < 0x20 || (unsigned char)text[n] > 0x7f)
			return false;
	return true;
}

bool
text_is_visible(const char *text, size_t len)
{
	return text_is_plain(text, len) && memchr(text, 0x7f, len) == NULL;
}

bool
text_has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

bool
text_all_of(const char *text, const char *allowed)
{
	return text[0] != '\0' && text[strspn(text, allowed)] == '\0';
}

size_t
text_control_length(const char *text, size_t left, unsigned *ret_code)
{
	static const struct {
		unsigned first, last;
	} ranges[] = {
		{0x7f, 0x9f},     /* DEL and C1 */
		{0x61c, 0x61c},   /* Arabic letter mark */
		{0x200e, 0x200f}, /* direction marks */
		{0x2028, 0x202e}, /* separators, embeddings and overrides */
		{0x2066, 0x2069}, /* isolates */
	};
	const unsigned char *u = (const unsigned char *)text;
	size_t len = u[0] < 0x7f ? 0 : text_utf8_length(text, left);
	unsigned code;

	if (len == 0 || len > 3)
		return 0;
	code = len == 1   ? u[0]
	       : len == 2 ? (u[0] & 0x1fU) << 6 | (u[1] & 0x3fU)
	                  : (u[0] & 0x0fU) << 12 | (u[1] & 0x3fU) << 6 | (u[2] & 0x3fU);
	*ret_code = code;
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return len;
	return 0;
}

void
text_printable(char *dst, size_t size, const char *src)
{
	size_t to = 0, n;
	unsigned code;

	if (size == 0)
		return;
	text_copy(dst, size, src);
	/* the cut may have split a character, or src is not UTF-8 */
	for (size_t len = strlen(dst), at = 0; at < len; at += n) {
		size_t control = text_control_length(dst + at, len - at, &code);

		n = control > 0 ? control : text_utf8_length(dst + at, len - at);
		if (control > 0 || n == 0 || (unsigned char)dst[at] < 0x20) {
			n = n == 0 ? 1 : n;
			dst[to++] = '?';
			continue;
		}
		memmove(dst + to, dst + at, n);
		to += n;
	}
	dst[to] = '\0';
}

bool
text_number(const char *text, long long min, long long max, long long *ret_value)
{
	const char *digits = text[0] == '-' ? text + 1 : text;
	long long value;

	if (!text_all_of(digits, "0123456789"))
		return false;
	errno = 0;
	value = strtoll(text, NULL, 10);
	if (errno != 0 || value < min || value > max)
		return false;
	*ret_value = value;
	return true;
}

bool
text_duration(const char *text, long long *ret_ms)
{
	static const struct {
		const char *unit;
		long long ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
	char number[16];
	size_t n = strspn(text, "0123456789");
	long long value;

	if (n == 0 || n >= sizeof(number))
		return false;
	memcpy(number, text, n);
	number[n] = '\0';
	if (!text_number(number, 0, DURATION_MAX_MS, &value))
		return false;
	if (value == 0 && text[n] == '\0') {
		*ret_ms = 0;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(text + n, units[i].unit) != 0)
			continue;
		if (value > DURATION_MAX_MS / units[i].ms)
			return false;
		*ret_ms = value * units[i].ms;
		return true;
	}
	return false;
}

bool
text_rate(const char *text, long long *ret_thousandths)
{
	char number[16];
	size_t whole = strspn(text, "0123456789"), decimals = 0;
	long long value, unit = 1000;

	if (text[whole] == '.')
		decimals = strspn(text + whole + 1, "0123456789");
	if (whole == 0 || whole + decimals >= sizeof(number) || decimals > 3 ||
	    text[whole + (decimals > 0 ? decimals + 1 : 0)] != '\0')
		return false;
	memcpy(number, text, whole);
	memcpy(number + whole, text + whole + 1, decimals);
	number[whole + decimals] = '\0';
	for (size_t i = 0; i < decimals; i++)
		unit /= 10;
	if (!text_number(number, 0, TEXT_RATE_MAX / unit, &value))
		return false;
	*ret_thousandths = value * unit;
	return true;
}

bool
text_yes(const char *text, bool *ret)
{
	static const struct {
		const char *word;
		bool yes;
	} words[] = {{"yes", true}, {"true", true},   {"on", true},   {"1", true},
	             {"no", false}, {"false", false}, {"off", false}, {"0", false}};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (text_equal_nocase(text, words[i].word)) {
			*ret = words[i].yes;
			return true;
		}
	return false;
}

uint64_t
text_hash(uint64_t seed, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		seed = (seed ^ (unsigned char)text[i]) * 1099511628211ULL;
	return seed;
}

void
text_grouped(int64_t count, char dst[static TEXT_GROUPED_SIZE])
{
	char digits[TEXT_GROUPED_SIZE];
	int len = snprintf(digits, sizeof(digits), "%lld", (long long)count);
	size_t at = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			dst[at++] = ',';
		dst[at++] = digits[i];
	}
	dst[at] = '\0';
}
