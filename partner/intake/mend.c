#include "partner/intake/mend.h"

#include <string.h>

#include "common/text.h"

void
mend_text(struct buf *out, const char *text, size_t len)
{
	buf_reset(out);
	while (len > 0) {
		size_t n = text_utf8_length(text, len);

		if (n == 1 && (unsigned char)text[0] < ' ' && memchr("\t\r\n", text[0], 3) == NULL)
			n = 0;
		if (n == 0)
			buf_str(out, MEND_LOST);
		else
			buf_add(out, text, n);
		text += n == 0 ? 1 : n;
		len -= n == 0 ? 1 : n;
	}
}
