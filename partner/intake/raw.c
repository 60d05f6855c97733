#include "partner/intake/raw.h"

#include <string.h>

#include "common/text.h"
#include "partner/intake/secrets.h"
#include "partner/intake/values.h"

#define LOST "\357\277\275" /* U+FFFD in UTF-8 */

/* A column that is named for a secret, or a value that looks like one. */
static bool
is_secret(const struct column_map *map, size_t i, const char *text, bool rejected)
{
	if (i == map->at[COLUMN_HASH]) /* what has been shifted there is no hash */
		return !rejected || strlen(text) > VALUES_MAX || secret_is_hash(text);
	if (i == map->at[COLUMN_PRODUCT_KEY]) /* digits alone: a Product Key ID at most */
		return strspn(text, "0123456789") != strlen(text);
	return secret_has_product_key(text) || secret_is_hash(text);
}

static void
mend(struct buf *out, const char *text, size_t len)
{
	while (len > 0) {
		size_t n = text[0] == '\0' ? 0 : text_utf8_length(text, len);
		if (n == 0)
			buf_str(out, LOST);
		else
			buf_add(out, text, n);
		text += n == 0 ? 1 : n;
		len -= n == 0 ? 1 : n;
	}
}

void
raw_write(struct buf *out, const struct column_map *map, const struct csv_record *record,
          bool rejected)
{
	struct buf mended;

	buf_reset(out);
	if (record->too_long) { /* cut somewhere: no value of it may be taken for one */
		csv_put(out, LOST " the line is too long to be kept", true);
		return;
	}
	buf_init(&mended, (size_t)CSV_RECORD_MAX * 3);
	for (size_t i = 0; i < record->count; i++) {
		const char *text = record->field[i];
		if (rejected &&
		    (strlen(text) != record->len[i] || !text_is_utf8(text, record->len[i]))) {
			buf_reset(&mended);
			mend(&mended, text, record->len[i]);
			text = mended.data;
		}
		csv_put(out, is_secret(map, i, text, rejected) ? "" : text, i == 0);
	}
	buf_release(&mended);
}
