/* Feeds inih line by line, so that its silent cuts become errors with a line number. */
#include "common/ini.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/file.h"

#define SECTION_MAX 49 /* inih silently cuts longer names */

struct reading {
	const char *at;   /* next byte */
	const char *name; /* of the file, for messages */
	int line;
	ini_value_fn *on_value;
	void *ctx;
	struct error *err;
	bool failed;
};

static int
fail(struct reading *r, const char *why)
{
	error_set(r->err, "%s:%d: %s", r->name, r->line, why);
	r->failed = true;
	return 0;
}

/* The line source for inih: counts lines, and refuses lines that inih would cut or join. */
static char *
next_line(char *dst, int size, void *stream)
{
	struct reading *r = stream;
	size_t len = strcspn(r->at, "\n");

	if (*r->at == '\0' || r->failed)
		return NULL;
	r->line++;
	if (len > INI_LINE_MAX || (int)len + 2 > size) {
		fail(r, "the line is longer than 198 bytes");
		return NULL;
	}
	if (r->at[0] == '[' && strcspn(r->at + 1, "]\n") > SECTION_MAX) {
		fail(r, "the section's name is longer than 49 bytes");
		return NULL;
	}
	if ((r->at[0] == ' ' || r->at[0] == '\t') && strspn(r->at, " \t\r") < len) {
		fail(r,
		     "the line begins with a blank: remove it, continued lines are not supported");
		return NULL;
	}
	memcpy(dst, r->at, len);
	dst[len] = '\n';
	dst[len + 1] = '\0';
	r->at += len + (r->at[len] == '\n' ? 1 : 0);
	return dst;
}

static int
pass_value(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;
	struct error why = {""};

	if (r->failed)
		return 0;
	if (r->on_value(r->ctx, section, name, value, r->line, &why) == 0)
		return 1;
	return fail(r, why.text);
}

int
ini_read_text(const char *text, const char *name, ini_value_fn *on_value, void *ctx,
              struct error *err)
{
	struct reading r = {.at = text, .name = name, .on_value = on_value, .ctx = ctx, .err = err};
	int bad = ini_parse_stream(next_line, &r, pass_value, &r);

	if (r.failed)
		return -1;
	if (bad > 0)
		return error_set(err, "%s:%d: expected [section] or name = value", name, bad);
	return bad == 0 ? 0 : error_set(err, "%s: cannot be read", name);
}

int
ini_read_file(const char *path, ini_value_fn *on_value, void *ctx, struct error *err)
{
	struct buf text;
	int rc;

	buf_init(&text, INI_FILE_MAX);
	rc = file_read(path, &text, err);
	if (rc == 0 && memchr(text.data, '\0', text.len) != NULL)
		rc = error_set(err, "%s: not a text file: it contains a NUL byte", path);
	if (rc == 0)
		rc = ini_read_text(text.data, path, on_value, ctx, err);
	buf_release(&text);
	return rc;
}
