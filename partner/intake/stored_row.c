/* Writes a record as CSV without its secrets. */
#include "partner/intake/stored_row.h"

#include <string.h>

#include "common/text.h"
#include "partner/intake/secrets.h"
#include "partner/intake/values.h"

void
stored_row_repair(struct buf *out, const char *text, size_t len)
{
	buf_reset(out);
	while (len > 0) {
		size_t n = text_utf8_length(text, len);

		if (n == 1 && (unsigned char)text[0] < ' ' && memchr("\t\r\n", text[0], 3) == NULL)
			n = 0;
		if (n == 0)
			buf_str(out, STORED_ROW_LOST);
		else
			buf_add(out, text, n);
		text += n == 0 ? 1 : n;
		len -= n == 0 ? 1 : n;
	}
}

/* The column holds secrets, or the value looks like one. */
static bool
is_secret(const struct column_map *map, size_t i, const char *text, size_t len, bool rejected)
{
	/* a short value is not a hash: the columns of this rejected row are shifted */
	if (i == map->at[COLUMN_HASH] && (!rejected || len > VALUES_MAX))
		return true;
	/* only digits: a Product Key ID under the wrong name */
	if (i == map->at[COLUMN_PRODUCT_KEY] && strspn(text, "0123456789") != len)
		return true;
	return len >= SECRET_MIN && (secret_has_product_key(text) || secret_has_hash(text));
}

static bool
is_judged(const struct column_map *map, size_t i)
{
	for (enum column c = 0; c < COLUMN_HASH; c++)
		if (map->at[c] == i)
			return true;
	return false;
}

/* A removed value leaves a mark if it is judged. Without one, the row might be accepted when the
 * list is fed back. */
static const char *
secret_replacement(const struct column_map *map, size_t i, bool rejected)
{
	return rejected && is_judged(map, i) ? STORED_ROW_LOST " a secret was removed here" : "";
}

void
stored_row_write(struct buf *out, const struct column_map *map, const struct csv_record *record,
                 bool rejected)
{
	struct buf repaired;

	buf_reset(out);
	if (record->too_long) { /* a value was cut: mark it as incomplete */
		csv_put(out, STORED_ROW_LOST " the line is too long to be kept", true);
		return;
	}
	buf_init(&repaired, (size_t)CSV_RECORD_MAX * 3);
	for (size_t i = 0; i < record->count; i++) {
		const char *text = record->field[i];
		size_t len = record->len[i];
		if (rejected) {
			stored_row_repair(&repaired, text, len);
			text = repaired.data;
			len = repaired.len;
		}
		if (is_secret(map, i, text, len, rejected))
			csv_put(out, secret_replacement(map, i, rejected), i == 0);
		else if (rejected)
			csv_put(out, text, i == 0);
		else
			csv_put_field(out, record, i);
	}
	buf_release(&repaired);
}
