/* Reads records with libcsv, which counts no lines: records.c cuts lists into records first. */
#include "common/csv.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"

#define TEXT_FIRST 4096
#define GROW_BY 8192 /* holds a hash; libcsv's own step of 128 bytes would copy it many times */

struct csv_reader {
	struct csv_parser parser;
	csv_record_fn *on_record;
	void *ctx;
	struct error *err;
	/* the current record: texts in one buffer, with offsets because the buffer may move */
	char *text;
	size_t text_len, text_size;
	size_t start[CSV_FIELDS_MAX];
	const char *field[CSV_FIELDS_MAX];
	size_t len[CSV_FIELDS_MAX];
	size_t count;
	bool too_long, visible, bare;
	bool keep_blanks;
	long line;       /* of the next byte */
	long first_line; /* of the record's first byte; 0: between records */
	bool last_cr;
	bool stopped;
};

static void
make_room(struct csv_reader *r, size_t more)
{
	while (r->text_len + more > r->text_size) {
		r->text_size = r->text_size == 0 ? TEXT_FIRST : r->text_size * 2;
		r->text = xreallocarray(r->text, r->text_size, 1);
	}
}

static void
keep_field(struct csv_reader *r, const char *data, size_t len)
{
	/* the limit does not count the NUL after each text */
	size_t used = r->text_len - r->count;

	if (r->count == CSV_FIELDS_MAX) {
		r->too_long = true;
		return;
	}
	if (len > CSV_RECORD_MAX - used) {
		/* cut the field but keep it, so that later fields stay in their columns */
		r->too_long = true;
		len = CSV_RECORD_MAX - used;
	}
	make_room(r, len + 1);
	r->start[r->count] = r->text_len;
	r->len[r->count] = len;
	if (len > 0)
		memcpy(r->text + r->text_len, data, len);
	r->text[r->text_len + len] = '\0';
	r->text_len += len + 1;
	r->count++;
}

static void
on_field(void *data, size_t len, void *ctx)
{
	struct csv_reader *r = ctx;

	if (!r->stopped)
		keep_field(r, data, len);
}

static void
on_end(int c, void *ctx)
{
	struct csv_reader *r = ctx;
	struct csv_record record = {.line = r->first_line,
	                            .count = r->count,
	                            .field = r->field,
	                            .len = r->len,
	                            .too_long = r->too_long,
	                            .visible = r->visible,
	                            .bare = r->bare};

	(void)c;
	for (size_t i = 0; i < r->count; i++)
		r->field[i] = r->text + r->start[i];
	if (!r->stopped && r->count > 0 && r->on_record(r->ctx, &record, r->err) != 0)
		r->stopped = true;
	r->count = r->text_len = 0;
	r->too_long = r->visible = r->bare = false;
	r->first_line = 0;
}

struct csv_reader *
csv_reader_new(char delimiter, csv_record_fn *on_record, void *ctx)
{
	struct csv_reader *r = xcalloc(1, sizeof(*r));

	/* fails only for invalid options */
	(void)csv_init(&r->parser, CSV_APPEND_NULL);
	csv_set_delim(&r->parser, (unsigned char)delimiter);
	csv_set_blk_size(&r->parser, GROW_BY);
	r->on_record = on_record;
	r->ctx = ctx;
	r->line = 1;
	return r;
}

void
csv_reader_free(struct csv_reader *r)
{
	if (r == NULL)
		return;
	csv_free(&r->parser);
	free(r->text);
	free(r);
}

static int
is_no_blank(unsigned char c UNUSED)
{
	return 0;
}

void
csv_reader_keep_blanks(struct csv_reader *r)
{
	r->keep_blanks = true;
	csv_set_space_func(&r->parser, is_no_blank);
}

void
csv_reader_trim(struct csv_reader *r, size_t field)
{
	char *text = r->text + r->start[field];

	if (strlen(text) != r->len[field])
		return; /* it contains a NUL and will be rejected */
	r->field[field] = text_trim(text);
	r->len[field] = strlen(r->field[field]);
}

void
csv_reader_cut(struct csv_reader *r, size_t field, size_t from, size_t len)
{
	char *text = r->text + (r->field[field] - r->text) + from;

	text[len] = '\0';
	r->field[field] = text;
	r->len[field] = len;
}

void
csv_reader_set_line(struct csv_reader *r, long line)
{
	r->line = line;
	r->first_line = 0;
	r->last_cr = false;
}

/* libcsv needs some quotation mark. No valid value contains SOH. */
void
csv_reader_set_quotes(struct csv_reader *r, bool on)
{
	csv_set_quote(&r->parser, on ? '"' : '\001');
}

/* libcsv buffers a field without limit, so an unclosed quotation mark could use all memory. */
static int
check_growth(const struct csv_reader *r, long line, struct error *err)
{
	if (r->parser.entry_size > 4 * (size_t)CSV_RECORD_MAX)
		return error_set(
			err,
			"line %ld: a value of more than %d bytes: is a quotation mark missing?",
			line, 4 * CSV_RECORD_MAX);
	return 0;
}

static int
feed_line(struct csv_reader *r, const char *data, size_t len, struct error *err)
{
	if (r->first_line == 0)
		r->first_line = r->line;
	long line = r->first_line;
	if (csv_parse(&r->parser, data, len, on_field, on_end, r) != len)
		return error_set(err, "line %ld: %s", r->line, csv_strerror(csv_error(&r->parser)));
	return r->stopped ? -1 : check_growth(r, line, err);
}

/*
 * libcsv counts no lines and calls back in the middle of its input. It therefore gets one physical
 * line at a time, and a record knows the line on which it begins. CR, LF and CR LF end a line.
 */
int
csv_feed(struct csv_reader *r, const char *data, size_t len, struct error *err)
{
	r->err = err;
	while (len > 0) {
		size_t n;
		if (r->last_cr && data[0] == '\n') {
			r->last_cr = false;
			if (csv_parse(&r->parser, data, 1, on_field, on_end, r) != 1)
				return error_set(err, "line %ld: unreadable", r->line);
			data++;
			len--;
			continue;
		}
		r->last_cr = false;
		n = text_line_length(data, len);
		bool ended = n < len;
		n += ended ? 1 : 0;
		if (feed_line(r, data, n, err) != 0)
			return -1;
		if (ended) {
			r->last_cr = data[n - 1] == '\r';
			r->line++;
			if (r->parser.pstate == 0)
				r->first_line = 0; /* a blank line is not a record */
		}
		data += n;
		len -= n;
	}
	return 0;
}

/* Copies the text, and cuts the copy at its delimiters. false: there are too many fields. */
static bool
split(struct csv_reader *r, const char *text, size_t len)
{
	int delimiter = csv_get_delim(&r->parser);
	size_t count = 0;
	char *at, *end;

	make_room(r, len + 1);
	memcpy(r->text, text, len);
	r->text[len] = '\0';
	for (at = r->text; (end = memchr(at, delimiter, len - (size_t)(at - r->text))) != NULL;
	     at = end + 1, count++) {
		if (count == CSV_FIELDS_MAX - 1)
			return false;
		*end = '\0';
		r->start[count] = (size_t)(at - r->text);
		r->len[count] = (size_t)(end - at);
	}
	r->start[count] = (size_t)(at - r->text);
	r->len[count] = len - r->start[count];
	r->count = count + 1;
	return true;
}

/* libcsv takes twenty instructions a byte. If blanks are kept, a record of one line without quotation marks
 * is just the texts between its delimiters. */
static bool
is_simple(struct csv_reader *r, const char *text, size_t len)
{
	return r->keep_blanks && r->parser.pstate == 0 && len > 0 && len <= CSV_RECORD_MAX &&
	       memchr(text, csv_get_quote(&r->parser), len) == NULL &&
	       (r->visible || text_line_length(text, len) == len);
}

static bool
is_bare(struct csv_reader *r, const char *text, size_t len)
{
	unsigned char delimiter = csv_get_delim(&r->parser);

	return r->visible && csv_get_quote(&r->parser) == '"' &&
	       (delimiter == ',' || memchr(text, ',', len) == NULL) &&
	       (delimiter == ';' || memchr(text, ';', len) == NULL);
}

int
csv_feed_record(struct csv_reader *r, const char *text, size_t len, struct error *err)
{
	r->err = err;
	r->visible = text_is_visible(text, len);
	if (is_simple(r, text, len) && split(r, text, len)) {
		r->bare = is_bare(r, text, len);
		r->first_line = r->line++;
		on_end('\n', r);
		return r->stopped ? -1 : 0;
	}
	r->visible = false;
	return csv_feed(r, text, len, err) == 0 ? csv_feed(r, "\n", 1, err) : -1;
}

int
csv_finish(struct csv_reader *r, struct error *err)
{
	r->err = err;
	if (csv_fini(&r->parser, on_field, on_end, r) != 0)
		return error_set(err, "line %ld: %s", r->line, csv_strerror(csv_error(&r->parser)));
	return r->stopped ? -1 : 0;
}

static const char *const doubled[256] = {['"'] = "\"\""};

static void
put_quoted(struct buf *b, const char *prefix, const char *text, size_t len)
{
	buf_char(b, '"');
	buf_str(b, prefix);
	buf_escape(b, text, len, doubled);
	buf_char(b, '"');
}

static bool
has_special(const char *text, size_t len)
{
	static const bool special[256] = {
		[','] = true, [';'] = true,  ['\t'] = true,
		['"'] = true, ['\r'] = true, ['\n'] = true,
	};

	for (size_t i = 0; i < len; i++)
		if (special[(unsigned char)text[i]])
			return true;
	return false;
}

/* bare: as in struct csv_record. */
static void
put(struct buf *b, const char *text, size_t len, bool bare, bool first)
{
	/* without quotation marks readers drop them */
	bool outer_blank = len > 0 && (text[0] == ' ' || text[len - 1] == ' ');
	/* without quotation marks the file would look like JSON, XML, PDF or RTF */
	bool looks_other = first && len > 0 && strchr("[{<%\\", text[0]) != NULL;

	if (!first)
		buf_char(b, ',');
	if (looks_other || outer_blank || (!bare && has_special(text, len)))
		put_quoted(b, "", text, len);
	else
		buf_add(b, text, len);
}

void
csv_put(struct buf *b, const char *text, bool first)
{
	put(b, text, strlen(text), false, first);
}

void
csv_put_field(struct buf *b, const struct csv_record *record, size_t i)
{
	put(b, record->field[i], record->len[i], record->bare, i == 0);
}

void
csv_put_safe(struct buf *b, const char *text, bool first)
{
	if (text[0] == '\0' || strchr("=+-@\t\r", text[0]) == NULL) {
		csv_put(b, text, first);
		return;
	}
	if (!first)
		buf_char(b, ',');
	put_quoted(b, "'", text, strlen(text));
}

void
csv_end(struct buf *b)
{
	buf_add(b, "\r\n", 2);
}
