/* Cells and wrapped lines of tables. */
#include "partner/app/shown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/text.h"
#include "common/unicode.h"

#define CUT "..."
#define HANGING 2 /* indent of the further lines of a text */

bool
shown_on_terminal(void)
{
	return isatty(STDOUT_FILENO) != 0;
}

void
shown_time(int64_t seconds, char dst[static SHOWN_SIZE])
{
	bool local = shown_on_terminal();
	time_t t = (time_t)seconds;
	struct tm tm;

	if (seconds == 0)
		text_copy(dst, SHOWN_SIZE, "-");
	else if ((local ? localtime_r(&t, &tm) : gmtime_r(&t, &tm)) == NULL ||
	         strftime(dst, SHOWN_SIZE, local ? "%Y-%m-%d %H:%M" : "%Y-%m-%d %H:%MZ", &tm) == 0)
		text_copy(dst, SHOWN_SIZE, "?");
}

#define EMOJI_STYLE 0xfe0f /* the character before it is shown as a picture, two columns wide */

/* Bytes of the first characters of a text that fit; *ret_count: the columns that they take, at most `columns`. */
static size_t
bytes_of(const char *text, size_t columns, size_t *ret_count)
{
	size_t at = 0, count = 0, last = 0;

	while (text[at] != '\0') {
		const struct unicode_char c = unicode_at(text + at);
		size_t wide = c.len == 0 ? 1 : unicode_columns(c.code);

		if (c.code == EMOJI_STYLE && last == 1)
			wide = 1;
		if (count + wide > columns)
			break;
		at += c.len > 0 ? c.len : 1;
		count += wide;
		last = wide;
	}
	*ret_count = count;
	return at;
}

void
shown_cell(const char *text, size_t columns, char dst[static SHOWN_SIZE])
{
	char whole[SHOWN_SIZE];
	size_t count, len, used;

	text_printable(whole, sizeof(whole), text);
	if (whole[0] == '\0')
		text_copy(whole, sizeof(whole), "(none)");
	len = bytes_of(whole, columns, &count);
	if (whole[len] != '\0') {
		len = bytes_of(whole, columns - strlen(CUT), &count);
		text_copy(whole + len, sizeof(whole) - len, CUT);
		len += strlen(CUT);
		count += strlen(CUT);
	}
	used = len < SHOWN_SIZE - 1 ? len : SHOWN_SIZE - 1;
	memcpy(dst, whole, used);
	for (; count < columns && used < SHOWN_SIZE - 1; count++)
		dst[used++] = ' ';
	dst[used] = '\0';
}

/* Bytes of the next line of a text: it ends before a blank, if there is one. */
static size_t
line_length(const char *text, size_t columns)
{
	size_t count, len = bytes_of(text, columns, &count), end = len;

	if (text[len] == '\0')
		return len;
	while (end > 0 && text[end] != ' ')
		end--;
	return end > 0 ? end : len;
}

void
shown_text(size_t indent, const char *text)
{
	size_t size = strlen(text) + 1;
	char *whole = xstrdup(text);
	const char *at = whole;

	text_printable(whole, size, text);
	while (shown_on_terminal() && strlen(at) > SHOWN_COLUMNS - indent) {
		size_t len = line_length(at, SHOWN_COLUMNS - indent);

		if (at[len] == '\0')
			break;
		printf("%*s%.*s\n", (int)indent, "", (int)len, at);
		indent += at == whole ? HANGING : 0;
		at += len + (at[len] == ' ' ? 1 : 0);
	}
	printf("%*s%s\n", (int)indent, "", at);
	free(whole);
}
