#include "partner/app/json_line.h"

#include <stdio.h>

void
line_print(struct json *line)
{
	struct buf text;

	buf_init(&text, LINE_MAX_BYTES);
	json_print(line, &text);
	puts(text.data);
	json_free(line);
	buf_release(&text);
}
