/* Finds the columns in the header, then hands each record to the owner of the sheet. */
#include "samples/sandbox/sheet.h"

#include <string.h>

#include "common/file.h"
#include "common/text.h"

const char *
sheet_field(const struct sheet *s, const struct csv_record *record, size_t column)
{
	return s->at[column] < record->count ? record->field[s->at[column]] : "";
}

static int
read_header(struct sheet *s, const struct csv_record *record, struct error *err)
{
	for (size_t c = 0; c < s->count; c++) {
		s->at[c] = SIZE_MAX;
		for (size_t i = 0; i < record->count; i++)
			if (text_equal_nocase(record->field[i], s->name[c]))
				s->at[c] = i;
	}
	s->has_header = true;
	for (size_t c = 0; c < s->count; c++)
		if ((s->required & (1U << c)) != 0 && s->at[c] == SIZE_MAX)
			return error_set(err, "column %s is missing", s->name[c]);
	return 0;
}

static int
on_record(void *ctx, const struct csv_record *record, struct error *err)
{
	struct sheet *s = ctx;

	return s->has_header ? s->row(s->ctx, record, err) : read_header(s, record, err);
}

static int
feed(struct csv_reader *csv, const struct buf *text, struct error *err)
{
	size_t mark = text_mark_length(text->data, text->len);

	if (csv_feed(csv, text->data + mark, text->len - mark, err) != 0)
		return -1;
	return csv_finish(csv, err);
}

int
sheet_read(struct sheet *s, const char *path, struct error *err)
{
	struct csv_reader *csv = csv_reader_new(',', on_record, s);
	struct buf text;
	int rc;

	buf_init(&text, s->max);
	rc = file_read(path, &text, err) == 0 ? feed(csv, &text, err) : -1;
	csv_reader_free(csv);
	buf_release(&text);
	return rc;
}
