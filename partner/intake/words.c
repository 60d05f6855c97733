/* Reads the tables into one hash table, of words as texts and of their letters and digits. */
#include "partner/intake/words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/file.h"
#include "common/text.h"
#include "common/unicode.h"
#include "partner/digits.h"
#include "partner/embed.h"
#include "partner/intake/secrets.h"

#define SLOTS ((size_t)1 << 13)
#define FORM_SIZE 64 /* a longer text is not a word */
#define FILE_MAX ((size_t)4 * 1024 * 1024)
#define FIELDS 4 /* in a line: kind, text, language, source */
_Static_assert(WORDS_MAX < SLOTS / 4 * 3, "a free slot is near");
_Static_assert(WORDS_MAX <= UINT16_MAX, "a slot holds the number of a word");

static const char *const columns[] = {
	[COLUMN_SERIAL] = "Serial Number",
	[COLUMN_PKID] = "Product Key ID",
	[COLUMN_MANUFACTURER] = "Manufacturer",
	[COLUMN_MODEL] = "Model",
	[COLUMN_CUSTOMER] = "Customer",
	[COLUMN_CUSTOMER_NAME] = "Customer Name",
	[COLUMN_JOIN] = "Join Type",
	[COLUMN_MDM] = "MDM",
	[COLUMN_VIA] = "Registered Via",
	[COLUMN_PURPOSE] = "Purpose",
	[COLUMN_TICKET] = "Ticket",
	[COLUMN_SOLD_TO] = "Sold To",
	[COLUMN_RECEIVED_FROM] = "Received From",
	[COLUMN_TENANT] = "Customer Tenant ID",
	[COLUMN_HASH] = "Hardware Hash",
	[COLUMN_PRODUCT_KEY] = "Product Key",
	[COLUMN_DIGITS] = DIGITS_COLUMN,
};
_Static_assert(ARRAY_SIZE(columns) == COLUMN_COUNT, "every column has a name");

const char *
column_name(enum column c)
{
	return columns[c];
}

/* The two forms in which texts are compared: without letter case, and only letters and digits. */
struct forms {
	char lower[FORM_SIZE], letters[FORM_SIZE];
	bool same; /* the two are surely equal */
};

static const struct {
	const char *name;
	enum word_kind kind;
	bool by_letters;
} kinds[] = {
	{"placeholder", WORD_PLACEHOLDER, true},
	{"no value", WORD_NO_VALUE, false},
	{"default", WORD_DEFAULT, true},
	{"error mark", WORD_ERROR_MARK, false},
	{"month", WORD_MONTH, true},
	{"company end", WORD_COMPANY_END, false},
	{"customer word", WORD_CUSTOMER, true},
	{"qualifier", WORD_QUALIFIER, true},
};

struct word {
	char *text;          /* NULL: no word */
	unsigned as_text;    /* its kinds that are compared without letter case only */
	unsigned by_letters; /* its kinds that are compared by letters and digits */
	enum column column;  /* of WORD_COLUMN */
	bool sure;
	const struct word *next; /* customer word */
};

struct words {
	/* Places in `word`, 0: free. Nearly all values are no words, and find a free slot without leaving
	 * the processor's cache. */
	uint16_t slot[SLOTS];
	struct word word[WORDS_MAX + 1]; /* the first is no word */
	size_t count;
	const struct word *customer; /* the last customer word */
	bool first[256]; /* first bytes of words outside ASCII that are compared as texts */
};

static bool
copy_form(char dst[static FORM_SIZE], struct buf *b)
{
	bool fits = text_copy(dst, FORM_SIZE, b->data);

	buf_reset(b);
	return fits;
}

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD: reports have it in the place of a control character */

/* Control characters do not fold away, except for line ends and tabs in a name of several lines. */
static bool
is_broken(char c)
{
	return ((unsigned char)c < 0x20 && strchr("\t\r\n", c) == NULL) || c == 0x7f;
}

static bool
forms_of_unicode(struct forms *f, const char *text)
{
	struct buf b;
	bool fits;

	if (strstr(text, REPLACEMENT) != NULL)
		return false;
	for (const char *at = text; *at != '\0'; at++)
		if (is_broken(*at))
			return false;
	buf_init(&b, (size_t)FORM_SIZE * 16);
	unicode_lower(&b, text);
	fits = copy_form(f->lower, &b);
	unicode_fold(&b, text);
	fits = copy_form(f->letters, &b) && fits;
	f->same = false;
	buf_release(&b);
	return fits;
}

/* false: the text is too long for a word, or broken. Every value of a list comes here. */
static bool
forms_of(struct forms *f, const char *text)
{
	size_t n = 0, letters = 0;

	for (; text[n] != '\0'; n++) {
		bool letter = text_is_alnum(text[n]);
		if (n + 1 == FORM_SIZE || (!letter && is_broken(text[n])))
			return false;
		if (!letter && (unsigned char)text[n] >= 0x80)
			return forms_of_unicode(f, text);
		f->lower[n] = f->letters[letters] = text_lower(text[n]);
		letters += letter ? 1 : 0;
	}
	f->lower[n] = f->letters[letters] = '\0';
	f->same = n == letters;
	return true;
}

/* The word's slot, or a free one. */
static size_t
slot_of(const struct words *w, const char *text)
{
	size_t at = text_hash(TEXT_HASH_START, text, strlen(text)) % SLOTS;

	while (w->slot[at] != 0 && strcmp(w->word[w->slot[at]].text, text) != 0)
		at = (at + 1) % SLOTS;
	return at;
}

static const struct word *
find(const struct words *w, const char *text)
{
	return &w->word[w->slot[slot_of(w, text)]];
}

/* The word, new or not. */
static struct word *
add(struct words *w, const char *text, struct error *err)
{
	size_t at = slot_of(w, text);

	if (w->slot[at] != 0)
		return &w->word[w->slot[at]];
	if (w->count == WORDS_MAX) {
		error_set(err, "more than %d words", WORDS_MAX);
		return NULL;
	}
	w->slot[at] = (uint16_t)++w->count;
	w->word[w->count].text = xstrdup(text);
	return &w->word[w->count];
}

/* "Serial Number" or, for a name that is not sure, "Serial Number?". */
static bool
is_column(const char *text, enum column *ret, bool *ret_sure)
{
	size_t len = strlen(text);

	*ret_sure = len == 0 || text[len - 1] != '?';
	len -= *ret_sure ? 0 : 1;
	for (*ret = 0; *ret < COLUMN_COUNT; ++*ret)
		if (strlen(column_name(*ret)) == len && strncmp(text, column_name(*ret), len) == 0)
			return true;
	return false;
}

static int
add_value(struct words *w, size_t kind, const struct forms *f, struct error *err)
{
	bool by_letters = kinds[kind].by_letters;
	struct word *slot = add(w, by_letters ? f->letters : f->lower, err);

	if (slot == NULL)
		return -1;
	if (kinds[kind].kind == WORD_CUSTOMER && (slot->by_letters & WORD_CUSTOMER) == 0) {
		slot->next = w->customer;
		w->customer = slot;
	}
	if (by_letters)
		slot->by_letters |= kinds[kind].kind;
	else
		slot->as_text |= kinds[kind].kind;
	if (!by_letters && !text_is_plain(f->lower, strlen(f->lower)))
		w->first[(unsigned char)f->lower[0]] = true;
	return 0;
}

/* The user's file comes last and overrides the tables. */
static int
add_column(struct words *w, enum column column, bool sure, const struct forms *f, struct error *err)
{
	struct word *slot = add(w, f->letters, err);

	if (slot == NULL)
		return -1;
	slot->by_letters |= WORD_COLUMN;
	slot->column = column;
	slot->sure = sure;
	return 0;
}

static int
add_word(struct words *w, const char *kind, const char *text, struct error *err)
{
	char shown[FORM_SIZE];
	struct forms f;
	enum column column;
	bool sure;

	if (!text_is_utf8(text, strlen(text)) || !forms_of(&f, text) || f.lower[0] == '\0')
		return error_set(err, "the word is empty, too long or not UTF-8");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].name, kind) == 0)
			return add_value(w, i, &f, err);
	if (is_column(kind, &column, &sure))
		return add_column(w, column, sure, &f, err);
	secret_printable(shown, sizeof(shown), kind); /* the file may be a list */
	return error_set(err, "\"%s\" is neither a column such as \"%s\" nor a kind such as \"%s\"",
	                 shown, column_name(COLUMN_SERIAL), kinds[0].name);
}

/* Changes the line: its tabs become NULs. */
static int
add_line(struct words *w, char *line, struct error *err)
{
	char *field[FIELDS] = {line};
	size_t n = 1;

	if (line[0] == '\0' || line[0] == '#')
		return 0;
	for (char *tab = strchr(line, '\t'); tab != NULL && n < FIELDS; tab = strchr(tab, '\t')) {
		*tab++ = '\0';
		field[n++] = tab;
	}
	if (n < FIELDS)
		return error_set(err, "expected a kind, a text, a language and a source, "
		                      "with tabs between them");
	return add_word(w, field[0], field[1], err);
}

static int
add_table(struct words *w, const char *name, const char *text, struct error *err)
{
	char *copy = xstrdup(text), *line = copy;
	int rc = 0;

	for (long n = 1; rc == 0 && *line != '\0'; n++) {
		size_t len = strcspn(line, "\r\n");
		char *next = line + len + (line[len] == '\0' ? 0 : 1);
		if (line[len] == '\r' && *next == '\n')
			next++;
		line[len] = '\0';
		rc = add_line(w, line, err);
		if (rc != 0)
			error_prefix(err, "%s:%ld", name, n);
		line = next;
	}
	free(copy);
	return rc;
}

static int
add_file(struct words *w, const char *path, struct error *err)
{
	struct buf b;
	int rc;

	buf_init(&b, FILE_MAX);
	rc = file_read(path, &b, err);
	if (rc == 0)
		rc = add_table(w, path, b.data, err);
	buf_release(&b);
	return rc;
}

struct words *
words_new(const char *path, struct error *err)
{
	struct words *w = xcalloc(1, sizeof(*w));

	if (add_table(w, "headers.tsv", (const char *)embed_headers_tsv, err) == 0 &&
	    add_table(w, "values.tsv", (const char *)embed_values_tsv, err) == 0 &&
	    (path == NULL || path[0] == '\0' || add_file(w, path, err) == 0))
		return w;
	words_free(w);
	return NULL;
}

void
words_free(struct words *w)
{
	if (w == NULL)
		return;
	for (size_t i = 1; i <= w->count; i++)
		free(w->word[i].text);
	free(w);
}

unsigned
words_kinds(const struct words *w, const char *text)
{
	struct forms f;
	const struct word *word;

	if (!forms_of(&f, text))
		return 0;
	word = find(w, f.lower);
	return word->as_text | (f.same ? word : find(w, f.letters))->by_letters;
}

unsigned
words_text_kinds(const struct words *w, const char *text)
{
	struct forms f;

	/* Folding a text costs more than all other work on a row. Most customer names with letters
	 * outside ASCII begin differently from every word, so skip them. */
	if (!text_is_plain(text, strlen(text)) && !w->first[(unsigned char)text_lower(text[0])])
		return 0;
	return forms_of(&f, text) ? find(w, f.lower)->as_text : 0;
}

bool
words_speak_of_customer(const struct words *w, const char *text)
{
	struct forms f;

	if (!forms_of(&f, text))
		return false;
	for (const struct word *word = w->customer; word != NULL; word = word->next)
		if (strstr(f.letters, word->text) != NULL)
			return true;
	return false;
}

/* The text before the first bracket, or the text inside the brackets. */
static bool
cut_remark(char dst[static FORM_SIZE * 2], const char *name, bool inside)
{
	size_t open = strcspn(name, "([{<");
	size_t close = open + strcspn(name + open, ")]}>");
	size_t from = inside ? open + 1 : 0, to = inside ? close : open;

	if (name[open] == '\0' || to - from >= (size_t)FORM_SIZE * 2)
		return false;
	memcpy(dst, name + from, to - from);
	if (!inside && name[close] != '\0')
		return text_copy(dst + to, (size_t)FORM_SIZE * 2 - to, name + close + 1);
	dst[to - from] = '\0';
	return true;
}

static const struct word *
column_word(const struct words *w, const char *name)
{
	struct forms f;
	const struct word *word = forms_of(&f, name) ? find(w, f.letters) : NULL;

	return word != NULL && (word->by_letters & WORD_COLUMN) != 0 ? word : NULL;
}

/* "Serial Number / Seriennummer": the word of all parts that are known, or NULL if they disagree. */
static const struct word *
column_of_parts(const struct words *w, const char *name)
{
	char copy[FORM_SIZE * 2], *rest = copy, *part;
	const struct word *found = NULL;

	if (strpbrk(name, "/|\n") == NULL || !text_copy(copy, sizeof(copy), name))
		return NULL;
	while ((part = strsep(&rest, "/|\r\n")) != NULL) {
		const struct word *word = column_word(w, part);
		if (word != NULL && found != NULL && word->column != found->column)
			return NULL;
		if (word != NULL && (found == NULL || word->sure))
			found = word;
	}
	return found;
}

/* The next word of a name: letters up to a blank, punctuation or a capital after a small letter. Returns its
 * end, NULL if there is none. */
static const char *
next_word(const char *at, const char **ret_begin)
{
	const char *end;

	while (*at != '\0' && !isalnum((unsigned char)*at) && (unsigned char)*at < 0x80)
		at++;
	*ret_begin = end = at;
	while (isalnum((unsigned char)*end) || (unsigned char)*end >= 0x80) {
		if (end > at && isupper((unsigned char)*end) && islower((unsigned char)end[-1]))
			break;
		end++;
	}
	return end > at ? end : NULL;
}

/* Appends a word and a blank. false: there is no room. */
static bool
append_word(char dst[static FORM_SIZE * 2], size_t *len, const char *word, size_t n)
{
	if (*len + n + 2 > (size_t)FORM_SIZE * 2)
		return false;
	memcpy(dst + *len, word, n);
	*len += n;
	dst[(*len)++] = ' ';
	dst[*len] = '\0';
	return true;
}

static bool
is_qualifier(const struct words *w, const char *word, size_t n)
{
	char copy[FORM_SIZE];

	if (n >= sizeof(copy))
		return false;
	memcpy(copy, word, n);
	copy[n] = '\0';
	return (words_kinds(w, copy) & WORD_QUALIFIER) != 0;
}

/* "Laptop Serial No", "Serial number of the device", "SerialNumber0" of an inventory tool: the name of an
 * identifying column among words that say nothing new. */
static const struct word *
column_of_words(const struct words *w, const char *name)
{
	char rest[FORM_SIZE * 2] = "";
	const char *at = name, *begin;
	size_t len = 0, dropped = 0, digits = strcspn(name, "0123456789");
	const struct word *word;
	struct forms f;

	if (strspn(name + digits, "0") != strlen(name + digits) || !forms_of(&f, name))
		return NULL;
	while ((at = next_word(at, &begin)) != NULL) {
		size_t n = (size_t)((at < name + digits ? at : name + digits) - begin);
		dropped += n < (size_t)(at - begin) || is_qualifier(w, begin, n) ? 1 : 0;
		if (n > 0 && !is_qualifier(w, begin, n) && !append_word(rest, &len, begin, n))
			return NULL;
	}
	word = dropped > 0 && len > 0 ? column_word(w, rest) : NULL;
	return word != NULL && word->column <= COLUMN_MODEL ? word : NULL;
}

enum column
words_column(const struct words *w, const char *name, bool *ret_sure)
{
	char part[FORM_SIZE * 2];
	const struct word *word = column_word(w, name);

	if (word == NULL && cut_remark(part, name, false))
		word = column_word(w, part);
	/* "Product ID (PKID)": a remark may name an identifier, other remarks are only remarks */
	if (word == NULL && cut_remark(part, name, true)) {
		word = column_word(w, part);
		if (word != NULL && word->column != COLUMN_PKID && word->column != COLUMN_SERIAL)
			word = NULL;
	}
	if (word == NULL)
		word = column_of_parts(w, name);
	*ret_sure = word != NULL && word->sure;
	if (word == NULL)
		word = column_of_words(w, cut_remark(part, name, false) ? part : name);
	return word != NULL ? word->column : COLUMN_COUNT;
}
