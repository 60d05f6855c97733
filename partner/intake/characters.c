/* Names characters that do not belong into a value. */
#include "partner/intake/characters.h"

#include <stdio.h>

#include "common/unicode.h"

static const struct {
	uint32_t code;
	const char *name;
} names[] = {
	{0xa0, "a no-break space"},
	{0xad, "a soft hyphen"},
	{0x61c, "an Arabic letter mark"},
	{0x180e, "a Mongolian vowel separator"},
	{0x200b, "a zero-width space"},
	{0x200c, "a zero-width non-joiner"},
	{0x200d, "a zero-width joiner"},
	{0x200e, "a left-to-right mark"},
	{0x200f, "a right-to-left mark"},
	{0x202a, "a left-to-right embedding"},
	{0x202c, "the end of a direction mark"},
	{0x202f, "a narrow no-break space"},
	{0x2060, "a word joiner"},
	{0x2066, "a left-to-right isolate"},
	{0x2069, "the end of a direction isolate"},
	{0x3164, "a Hangul filler"},
	{0xfe0f, "a variation selector"},
	{0xfeff, "a byte order mark"},
	{0xfffd, "the mark of a lost character"},
};

static const char *
kind_name(enum unicode_kind kind)
{
	switch (kind) {
	case UNICODE_BLANK: return "an unusual blank";
	case UNICODE_INVISIBLE: return "an invisible character";
	case UNICODE_QUOTE: return "a typographic quotation mark";
	case UNICODE_DASH: return "a typographic dash";
	case UNICODE_WIDE: return "a typographic form of another character";
	case UNICODE_ORDINARY:
	case UNICODE_KIND_COUNT: break;
	}
	return "not in ASCII";
}

/* "character 4 is U+200B (a zero-width space): type the value again" */
static bool
say_character(char out[static CHARACTERS_SIZE], const char *at, size_t position,
              struct unicode_char c)
{
	const char *name = kind_name(c.kind);
	bool visible = c.kind != UNICODE_INVISIBLE && c.kind != UNICODE_BLANK;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].code == c.code)
			name = names[i].name;
	snprintf(out, CHARACTERS_SIZE, "character %zu is %s%.*s%sU+%04X (%s): type the value again",
	         position, visible ? "\"" : "", visible ? (int)c.len : 0, at, visible ? "\", " : "",
	         (unsigned)c.code, name);
	return true;
}

bool
characters_find(const char *text, unsigned bad, char out[static CHARACTERS_SIZE])
{
	size_t position = 1;

	for (struct unicode_char c; *text != '\0'; text += c.len, position++) {
		c = unicode_at(text);
		if (c.len == 0) /* not UTF-8: the record is rejected for that */
			return false;
		if ((bad & 1U << c.kind) != 0 && (c.code >= 0x80 || c.kind != UNICODE_ORDINARY))
			return say_character(out, text, position, c);
	}
	return false;
}
