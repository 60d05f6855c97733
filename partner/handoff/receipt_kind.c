/* Recognises files by their first bytes, and those of the program by their words. */
#include "partner/handoff/receipt_kind.h"

#include <string.h>
#include <strings.h>

#include "common/text.h"

#define HEAD 4096 /* bytes that are searched for a word */

static const struct {
	const char
		*start; /* the file begins with this, after blanks and a byte order mark; "": any */
	const char *word; /* and its first part has this word; NULL: any */
	const char *shown;
} kinds[] = {
	{"PK\003\004", NULL, "a ZIP archive or a workbook"},
	{"%PDF", NULL, "a PDF"},
	{"\211PNG", NULL, "a picture"},
	{"\377\330", NULL, "a picture"},
	{"<", "<handoff schema=", "handoff.xml of a pack"},
	{"<", "<html", "a web page, such as index.html of a pack"},
	{"<", NULL, "XML or a web page"},
	{"{", "\"unpilot-handoff/", "handoff.json of a pack"},
	{"{", "\"unpilot-status/", "a status file"},
	{"{", "\"summary\"", "summary.json of a run"},
	{"-----BEGIN", NULL, "a certificate or a key"},
	{"", "Subject:", "a mail"},
	{"", "Serial Number", "a list of devices"},
	{"", "devices.csv", "manifest.sha256 of a pack"},
};

static bool
has_word(const char *text, size_t len, const char *word)
{
	size_t size = strlen(word);

	for (size_t i = 0; i + size <= len && i < HEAD; i++)
		if (strncasecmp(text + i, word, size) == 0)
			return true;
	return false;
}

const char *
receipt_looks_like(const char *text, size_t len)
{
	size_t mark = text_mark_length(text, len);

	text += mark;
	len -= mark;
	while (len > 0 && strchr(" \t\r\n", *text) != NULL && *text != '\0') {
		text++;
		len--;
	}
	if (len == 0)
		return "an empty file";
	if (has_word(text, len, "\"unpilot-receipt/"))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t size = strlen(kinds[i].start);

		if (len >= size && memcmp(text, kinds[i].start, size) == 0 &&
		    (kinds[i].word == NULL || has_word(text, len, kinds[i].word)))
			return kinds[i].shown;
	}
	return *text == '{' || *text == '[' ? NULL : "a file that is not JSON";
}
