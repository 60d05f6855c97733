/* Decodes the bytes of a list by the encoding of its first block, and passes the text to
 * list_records.c. */
#include "partner/intake/list.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "partner/intake/list_records.h"
#include "partner/intake/sniff.h"

struct list *
list_new(const struct list_settings *settings, const struct list_events *events, void *ctx)
{
	struct list *l = xcalloc(1, sizeof(*l));

	l->set = *settings;
	l->events = *events;
	l->ctx = ctx;
	l->facts = (struct list_facts){
		.format = "", .encoding = "", .delimiter = "", .columns = "", .carried = ""};
	buf_init(&l->first, ENCODING_BLOCK);
	buf_init(&l->columns, CSV_RECORD_MAX);
	buf_init(&l->carried, CSV_RECORD_MAX);
	rows_init(&l->rows, settings->rule, &l->events, ctx);
	return l;
}

void
list_free(struct list *l)
{
	if (l == NULL)
		return;
	decoder_free(l->decoder);
	records_free(l->records);
	search_free(l->search);
	csv_reader_free(l->csv);
	csv_reader_free(l->inner);
	rows_release(&l->rows);
	buf_release(&l->first);
	buf_release(&l->columns);
	buf_release(&l->carried);
	free(l);
}

int64_t
list_rows(const struct list *l)
{
	return l->rows.count;
}

const struct list_facts *
list_facts(const struct list *l)
{
	return &l->facts;
}

static int
on_text(void *ctx, const char *text, size_t len, struct error *err)
{
	struct list *l = ctx;
	int rc = records_feed(l->records, text, len, err);

	l->inner_error = rc != 0;
	return rc;
}

/* Adds the line to an error of the decoder. */
static int
at_line(const struct list *l, struct error *err)
{
	return l->inner_error ? -1 : error_prefix(err, "line %ld", records_line(l->records));
}

/* Refuses a list that does not end, after n more bytes. */
static int
check_size(struct list *l, size_t n, struct error *err)
{
	int64_t bytes_max = l->set.bytes_max > 0 ? l->set.bytes_max : LIST_BYTES_MAX;
	long lines_max = l->set.lines_max > 0 ? l->set.lines_max : LIST_LINES_MAX;
	long line = records_line(l->records);

	l->bytes += (int64_t)n;
	l->line_bytes = line == l->line_at ? l->line_bytes + (int64_t)n : 0;
	l->line_at = line;
	if (l->line_bytes > LIST_LINE_MAX)
		return error_set(err,
		                 "line %ld: no line end within %d MiB: this is not a list of "
		                 "devices",
		                 line, (int)(LIST_LINE_MAX >> 20));
	if (line > lines_max)
		return error_set(err, "a list has at most %ld lines: split it", lines_max);
	if (l->bytes > bytes_max)
		return error_set(err, "a list has at most %lld MiB: split it",
		                 (long long)(bytes_max >> 20));
	return 0;
}

static int
decode(struct list *l, const char *data, size_t len, struct error *err)
{
	size_t piece = l->set.piece > 0 ? l->set.piece : len;

	for (size_t at = 0, n; at < len; at += n) {
		n = len - at < piece ? len - at : piece;
		if (decoder_feed(l->decoder, data + at, n, err) != 0)
			return at_line(l, err);
		if (check_size(l, n, err) != 0)
			return -1;
	}
	return 0;
}

/* Chooses the encoding of a file that does not show it. Text in a given encoding such as EUC-JP may
 * contain a valid sequence of UTF-8 by chance. */
static void
assume_encoding(struct list *l, bool has_mark)
{
	bool given = l->set.encoding != NULL && l->set.encoding[0] != '\0';

	if (given && !has_mark && l->encoding == ENCODING_UTF8 &&
	    !encoding_is_utf8(l->first.data, l->first.len))
		l->encoding = ENCODING_CP1252;
	l->facts.encoding = encoding_name(l->encoding);
	if (l->encoding != ENCODING_CP1252)
		return;
	if (given)
		l->facts.encoding = l->set.encoding;
	else
		l->rows.read_as = l->facts.encoding;
}

static int
start(struct list *l, struct error *err)
{
	size_t bom;

	l->started = true;
	if (l->first.len == 0)
		return error_set(err, "the file is empty");
	if (sniff_check_bytes(l->first.data, l->first.len, err) != 0)
		return -1;
	l->encoding = encoding_detect(l->first.data, l->first.len, &bom);
	assume_encoding(l, bom > 0);
	l->records = records_new(list_records_on_record, l);
	l->search = search_new(l->set.rule->words);
	l->decoder = decoder_new(l->encoding, l->facts.encoding, on_text, l, err);
	if (l->decoder == NULL)
		return -1;
	return decode(l, l->first.data + bom, l->first.len - bom, err);
}

int
list_feed(struct list *l, const char *data, size_t len, struct error *err)
{
	if (!l->started) {
		size_t room = ENCODING_BLOCK - l->first.len;
		size_t n = len < room ? len : room;
		buf_add(&l->first, data, n);
		if (l->first.len < ENCODING_BLOCK)
			return 0;
		if (start(l, err) != 0)
			return -1;
		data += n;
		len -= n;
	}
	return decode(l, data, len, err);
}

int
list_finish(struct list *l, struct error *err)
{
	int rc;

	if (!l->started && start(l, err) != 0)
		return -1;
	if (decoder_finish(l->decoder, err) != 0)
		return at_line(l, err);
	if (records_finish(l->records, err) != 0 || list_records_finish(l, err) != 0)
		return -1;
	rc = rows_finish(&l->rows, l->facts.encoding, err);
	l->facts.rows = l->rows.count;
	l->facts.rejected = l->rows.rejected;
	return rc;
}
