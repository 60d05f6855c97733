/* PostgreSQL: encodes rows in the binary format of COPY. db_pq_send.c sends them. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/db_pq.h"

#define ROWS_MAX ((size_t)1 << 30) /* one row can have that many bytes */

/* The signature, no flags, no further header. */
static const char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
_Static_assert(sizeof(header) - 1 == 18, "the last zero of the header ends the literal");

static void
add_16(struct buf *b, int value)
{
	uint16_t n = htons((uint16_t)value);

	buf_add(b, &n, sizeof(n));
}

static void
add_32(struct buf *b, int64_t value)
{
	uint32_t n = htonl((uint32_t)value);

	buf_add(b, &n, sizeof(n));
}

struct pq_copy *
pq_copy_new(const char *sql)
{
	struct pq_copy *c = xcalloc(1, sizeof(*c));

	c->sql = xstrdup(sql);
	buf_init(&c->rows, ROWS_MAX);
	return c;
}

void
pq_copy_row(struct pq_copy *c, int columns)
{
	if (c->rows.len == 0)
		buf_add(&c->rows, header, sizeof(header));
	add_16(&c->rows, columns);
}

void
pq_copy_int(struct pq_copy *c, int64_t value)
{
	add_32(&c->rows, sizeof(value));
	add_32(&c->rows, value >> 32);
	add_32(&c->rows, value);
}

void
pq_copy_text(struct pq_copy *c, const char *text)
{
	size_t len;

	if (text == NULL) {
		add_32(&c->rows, -1);
		return;
	}
	len = strlen(text);
	add_32(&c->rows, (int64_t)len);
	buf_add(&c->rows, text, len);
}

void
pq_copy_end(struct pq_copy *c)
{
	add_16(&c->rows, -1);
}

void
pq_copy_delete(struct pq_copy *c)
{
	buf_release(&c->rows);
	free(c->sql);
	free(c);
}
