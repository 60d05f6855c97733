/* Reads an image, checks its type by its first bytes and encodes it. */
#include "partner/handoff/logo.h"

#include <string.h>

#include "common/buf.h"
#include "common/file.h"

#define URI_MAX (LOGO_MAX / 3 * 4 + 64) /* four characters for three bytes, and the prefix */

static const struct {
	const char *type, *magic;
	size_t len;
} formats[] = {
	{"image/png", "\x89PNG\r\n\x1a\n", 8},
	{"image/jpeg", "\xff\xd8\xff", 3},
};

static const char *
type_of(const struct buf *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (b->len > formats[i].len &&
		    memcmp(b->data, formats[i].magic, formats[i].len) == 0)
			return formats[i].type;
	return NULL;
}

/* RFC 4648, section 4. */
static void
add_base64(struct buf *to, const unsigned char *p, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		unsigned v = (unsigned)p[i] << 16;

		v |= i + 1 < len ? (unsigned)p[i + 1] << 8 : 0;
		v |= i + 2 < len ? (unsigned)p[i + 2] : 0;
		buf_char(to, digits[v >> 18]);
		buf_char(to, digits[v >> 12 & 63]);
		buf_char(to, i + 1 < len ? digits[v >> 6 & 63] : '=');
		buf_char(to, i + 2 < len ? digits[v & 63] : '=');
	}
}

char *
logo_read(const char *path, struct error *err)
{
	struct buf bytes, uri;
	const char *type;
	char *result = NULL;

	buf_init(&bytes, LOGO_MAX);
	if (file_read(path, &bytes, err) != 0) {
		error_prefix(err, "[partner] logo");
	} else if ((type = type_of(&bytes)) == NULL) {
		error_set(err, "[partner] logo: %s: neither a PNG nor a JPEG image", path);
	} else {
		buf_init(&uri, URI_MAX);
		buf_printf(&uri, "data:%s;base64,", type);
		add_base64(&uri, (const unsigned char *)bytes.data, bytes.len);
		result = buf_detach(&uri);
	}
	buf_release(&bytes);
	return result;
}
