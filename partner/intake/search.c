/* Judges each of the first lines by the known names in it. */
#include "partner/intake/search.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/csv.h"
#include "common/text.h"
#include "partner/intake/secrets.h"

#define KEPT_MAX ((size_t)256 * 1024) /* bytes of all kept lines; a header is shorter */
#define SHOWN_MAX 12                  /* values of a line that are shown */
#define SHOWN_BYTES 40                /* of each */
#define SHOWN_TEXT 600                /* of all */

struct search {
	const struct words *words;
	struct record record[SEARCH_LINES]; /* texts are ours */
	size_t count, bytes;
	struct sniffed best;
	size_t best_at; /* of the line that is most like a header */
	bool fixed;     /* "sep=" named the delimiter */
	bool begun;     /* a non-empty record was read */
};

struct search *
search_new(const struct words *w)
{
	struct search *s = xcalloc(1, sizeof(*s));

	s->words = w;
	s->best.delimiter = ',';
	return s;
}

void
search_free(struct search *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++)
		free((void *)(uintptr_t)s->record[i].text);
	free(s);
}

static void
keep(struct search *s, const struct record *record)
{
	char *text = xmalloc(record->len + 1);

	memcpy(text, record->text, record->len);
	text[record->len] = '\0';
	s->record[s->count] = *record;
	s->record[s->count++].text = text;
	s->bytes += record->len;
}

/* Reads the first line. 1: it is "sep=", which is not kept. */
static int
read_first(struct search *s, const struct record *record, struct error *err)
{
	int sep;

	s->begun = true;
	if (sniff_check_text(record->text, record->len, err) != 0)
		return -1;
	sep = sniff_sep(record->text, record->len, &s->best.delimiter, err);
	if (sep < 0)
		return error_prefix(err, "line %ld", record->line);
	s->fixed = sep > 0;
	return sep;
}

/* Empty lines before the first text do not count. */
static bool
may_go_on(const struct search *s, long line)
{
	return s->count == 0 ||
	       (s->count < SEARCH_LINES && line < SEARCH_LINES && s->bytes < KEPT_MAX);
}

static bool
is_better(const struct sniffed *a, const struct sniffed *b)
{
	if (a->header != b->header || a->maybe != b->maybe)
		return a->header > b->header || (a->header == b->header && a->maybe);
	return a->known > b->known || (a->known == b->known && a->filled > b->filled);
}

enum search_result
search_end(const struct search *s)
{
	return s->best.maybe ? SEARCH_HEADER : SEARCH_NONE;
}

size_t
search_header(const struct search *s)
{
	return s->best_at;
}

enum search_result
search_add(struct search *s, const struct record *record, struct error *err)
{
	int first = s->begun || record->len == 0 ? 0 : read_first(s, record, err);
	struct sniffed sniffed;

	if (first < 0)
		return SEARCH_FAILED;
	if (first > 0 || record->len == 0)
		return may_go_on(s, record->line) ? SEARCH_MORE : search_end(s);
	sniffed = sniff_line(s->words, record->text, record->len,
	                     s->fixed ? s->best.delimiter : '\0');
	if (s->count == 0 || is_better(&sniffed, &s->best)) {
		s->best = sniffed;
		s->best_at = s->count;
	}
	keep(s, record);
	if (sniffed.header)
		return SEARCH_HEADER;
	return may_go_on(s, record->line) ? SEARCH_MORE : search_end(s);
}

struct sniffed
search_sniffed(const struct search *s)
{
	return s->best;
}

size_t
search_count(const struct search *s)
{
	return s->count;
}

struct record
search_record(const struct search *s, size_t i)
{
	return s->record[i];
}

static int
add_values(void *ctx, const struct csv_record *record, struct error *err UNUSED)
{
	struct buf *to = ctx;
	char text[SHOWN_BYTES];

	for (size_t i = 0; i < record->count && i < SHOWN_MAX && to->len < SHOWN_TEXT; i++) {
		secret_printable(text, sizeof(text), record->field[i]);
		buf_printf(to, "%s\"%s\"", i > 0 ? ", " : "", text);
	}
	if (record->count > SHOWN_MAX)
		buf_str(to, " ...");
	return 0;
}

long
search_seen(const struct search *s, struct buf *to)
{
	struct csv_reader *reader = csv_reader_new(s->best.delimiter, add_values, to);
	const struct record *r = &s->record[s->best_at];
	struct error ignored;

	/* an unreadable line has no values to show */
	if (s->count == 0 || csv_feed(reader, r->text, r->len, &ignored) != 0 ||
	    csv_finish(reader, &ignored) != 0)
		buf_reset(to);
	csv_reader_free(reader);
	return s->count > 0 ? r->line : 1;
}
