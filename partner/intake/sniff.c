/* Magic numbers, texts that are not lists, and the choice of a delimiter. */
#include "partner/intake/sniff.h"

#include <string.h>

#include "common/csv.h"
#include "common/text.h"
#include "partner/intake/columns.h"

#define SEP_MAX 8 /* "sep=;" in quotation marks has 7 */

/* Two lines of a terminal. A spreadsheet drops leading zeros and rounds numbers past 15 digits. */
#define HOW_TO_SAVE \
	" (make columns with long numbers text first, or digits are lost). Excel: File > Save As > " \
	"\"CSV UTF-8 (Comma delimited)\". LibreOffice: File > Save As > \"Text CSV\", character set " \
	"\"Unicode (UTF-8)\""

static const struct {
	char character;
	const char *name;
} delimiters[] = {{',', "comma"}, {';', "semicolon"}, {'\t', "tab"}};

/* How other kinds of files begin. */
static const struct {
	const char *magic;
	size_t len;
	const char *sentence;
} others[] = {
	{"\320\317\021\340", 4, "this is an old Excel workbook: save it as CSV UTF-8" HOW_TO_SAVE},
	{"%PDF", 4, "this looks like a PDF document: get the list as CSV UTF-8"},
	{"\037\213", 2, "this looks like a gzip archive: unpack it first"},
	{"7z\274\257", 4, "this looks like a 7-Zip archive: unpack it first"},
	{"Rar!", 4, "this looks like a RAR archive: unpack it first"},
	{"{\\rtf", 5, "this looks like an RTF document: save the list as CSV UTF-8"},
	{"\211PNG", 4, "this looks like a picture: get the list as CSV UTF-8"},
	{"\377\330\377", 3, "this looks like a picture: get the list as CSV UTF-8"},
	{"SQLite format 3", 15, "this looks like a database: export the list as CSV UTF-8"},
	{"\177ELF\1", 5, "this looks like a program, not a list"},
	{"\177ELF\2", 5, "this looks like a program, not a list"},
	{"MZ\220", 3, "this looks like a program, not a list"},
};

/* Office documents are ZIP archives; the names of their members in the first block tell them
 * apart. */
static const struct {
	const char *member;
	const char *sentence;
} archives[] = {
	{"word/", "this looks like a Word document: save the list as CSV UTF-8"},
	{"opendocument.text", "this looks like a text document: save the list as CSV UTF-8"},
	{"opendocument",
         "this looks like an OpenDocument spreadsheet: save it as CSV UTF-8" HOW_TO_SAVE},
	{"xl/", "this is an Excel workbook: save it as CSV UTF-8" HOW_TO_SAVE},
	{"[Content_Types].xml", "this is an Excel workbook: save it as CSV UTF-8" HOW_TO_SAVE},
	{"",
         "this looks like a ZIP archive: unpack it first; if it is an Excel workbook, save it as CSV "
         "UTF-8"},
};

static const struct {
	const char *begin;
	const char *sentence;
} texts[] = {
	{"<", "this looks like a web page or XML document: get the list as CSV UTF-8"},
	{"{", "this looks like a JSON document: get the list as CSV UTF-8"},
	{"[", "this looks like a JSON document or a configuration file: get the list as CSV UTF-8"},
};

int
sniff_check_bytes(const char *data, size_t len, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (len >= others[i].len && memcmp(data, others[i].magic, others[i].len) == 0)
			return error_set(err, "%s", others[i].sentence);
	if (len < 4 || memcmp(data, "PK\003\004", 4) != 0)
		return 0;
	for (size_t i = 0;; i++) {
		size_t n = strlen(archives[i].member);
		if (n == 0 || memmem(data, len, archives[i].member, n) != NULL)
			return error_set(err, "%s", archives[i].sentence);
	}
}

int
sniff_check_text(const char *text, size_t len, struct error *err)
{
	while (len > 0 && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
	}
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (len > 0 && text[0] == texts[i].begin[0])
			return error_set(err, "%s", texts[i].sentence);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 && memchr("\t\r\n", text[i], 3) == NULL)
			return error_set(err, "this is a binary file, not a list: save the list as "
			                      "CSV UTF-8");
	return 0;
}

int
sniff_sep(const char *text, size_t len, char *ret_delimiter, struct error *err)
{
	char copy[SEP_MAX];
	char *sep = copy;

	while (len > 0 && text[len - 1] == ' ')
		len--;
	if (len < 5 || len >= sizeof(copy))
		return 0;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (copy[0] == '"' && copy[len - 1] == '"') {
		copy[len - 1] = '\0';
		sep++;
	}
	for (char *p = sep; *p != '\0'; p++)
		*p = text_lower(*p);
	if (strncmp(sep, "sep=", 4) != 0 || strlen(sep) != 5)
		return 0;
	*ret_delimiter = sep[4];
	if (sniff_delimiter_name(sep[4]) != NULL)
		return 1;
	return error_set(
		err, "\"%s\" names a delimiter that is not supported: use comma, semicolon or tab",
		sep);
}

struct counting {
	const struct words *words;
	struct sniffed sniffed;
	size_t records;
};

static int
count_record(void *ctx, const struct csv_record *record, struct error *err UNUSED)
{
	struct counting *c = ctx;

	struct column_signs signs = column_signs(c->words, record);

	c->records++;
	c->sniffed.header = signs.header;
	c->sniffed.maybe = signs.maybe;
	c->sniffed.known = signs.known;
	for (size_t i = 0; i < record->count; i++)
		c->sniffed.filled += record->len[i] > 0 ? 1 : 0;
	return 0;
}

static struct sniffed
count(const struct words *w, const char *text, size_t len, char delimiter)
{
	struct counting c = {.words = w};
	struct csv_reader *reader = csv_reader_new(delimiter, count_record, &c);
	struct error ignored;

	if (csv_feed(reader, text, len, &ignored) != 0 || csv_finish(reader, &ignored) != 0 ||
	    c.records > 1)
		c.sniffed = (struct sniffed){0};
	csv_reader_free(reader);
	c.sniffed.delimiter = delimiter;
	return c.sniffed;
}

static bool
is_better(const struct sniffed *a, const struct sniffed *b)
{
	return a->known > b->known || (a->known == b->known && a->filled > b->filled);
}

static struct sniffed
best(const struct words *w, const char *text, size_t len, char delimiter)
{
	struct sniffed best = {.delimiter = delimiters[0].character};

	if (delimiter != '\0')
		return count(w, text, len, delimiter);
	for (size_t i = 0; i < ARRAY_SIZE(delimiters); i++) {
		struct sniffed s = count(w, text, len, delimiters[i].character);
		if (is_better(&s, &best))
			best = s;
	}
	return best;
}

bool
sniff_unwrap(const char *text, size_t len, struct buf *to)
{
	while (len > 0 && (text[len - 1] == ' ' || strchr(",;\t", text[len - 1]) != NULL))
		len--; /* empty columns after the value */
	if (len < 2 || text[0] != '"' || text[len - 1] != '"')
		return false;
	for (size_t i = 1; i < len - 1; i++) {
		if (text[i] == '"' && (text[++i] != '"' || i == len - 1))
			return false;
		buf_char(to, text[i]);
	}
	return to->len > 0 && !to->overflow;
}

struct sniffed
sniff_line(const struct words *w, const char *text, size_t len, char delimiter)
{
	struct sniffed plain = best(w, text, len, delimiter), inner;
	struct buf value;

	if (plain.header || len == 0 || text[0] != '"')
		return plain;
	buf_init(&value, CSV_RECORD_MAX);
	if (sniff_unwrap(text, len, &value)) {
		inner = best(w, value.data, value.len, '\0');
		inner.wrapped = inner.header && inner.filled > 1;
		if (inner.wrapped)
			plain = inner;
	}
	buf_release(&value);
	return plain;
}

const char *
sniff_delimiter_name(char delimiter)
{
	for (size_t i = 0; i < ARRAY_SIZE(delimiters); i++)
		if (delimiters[i].character == delimiter)
			return delimiters[i].name;
	return NULL;
}
