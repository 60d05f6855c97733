#include "partner/app/json_line.h"

#include <stdio.h>

void
json_line_print(struct json *line)
{
	struct buf text;

	buf_init(&text, JSON_LINE_MAX);
	json_print(line, &text);
	puts(text.data);
	json_free(line);
	buf_release(&text);
}
