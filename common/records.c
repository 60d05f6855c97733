/*
 * A state machine over the bytes of lines that contain quotation marks; other lines pass as they
 * are.
 *
 *	state        quotation mark  delimiter  blank        other byte
 *	AT_FIELD     IN_QUOTED       AT_FIELD   AT_FIELD     IN_BARE
 *	IN_BARE      IN_BARE         AT_FIELD   IN_BARE      IN_BARE
 *	IN_QUOTED    AFTER_QUOTE     IN_QUOTED  IN_QUOTED    IN_QUOTED
 *	AFTER_QUOTE  IN_QUOTED       AT_FIELD   AFTER_BLANK  fault
 *	AFTER_BLANK  fault           AT_FIELD   AFTER_BLANK  fault
 */
#include "common/records.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/text.h"

enum place {
	AT_FIELD,    /* before a value, perhaps after blanks */
	IN_BARE,     /* in a value without quotation marks */
	IN_QUOTED,   /* in a quoted value */
	AFTER_QUOTE, /* after a mark in a quoted value: it closes, or is the first of two */
	AFTER_BLANK  /* after a closing mark and blanks */
};

struct records {
	records_fn *fn;
	void *ctx;
	char delimiters[3]; /* all possible ones until records_set_delimiter() */
	long line;          /* the physical line being collected */
	struct buf part;    /* the beginning of a line that continues in the next chunk */
	bool cut;           /* part passed the limit, and bytes were dropped */
	bool after_cr;      /* an LF that comes next belongs to this line end */
	/* a record with an open quoted value: */
	struct buf held;  /* its lines with their line ends */
	struct buf clean; /* the same without blanks around quotation marks */
	long first_line;  /* of the record */
	long open_line;   /* where the value was opened */
	size_t resume;    /* the end of that line in held */
	char end[3];      /* the line end after the last line; not in held yet */
	enum place place;
};

struct records *
records_new(records_fn *fn, void *ctx)
{
	struct records *r = xcalloc(1, sizeof(*r));

	r->fn = fn;
	r->ctx = ctx;
	r->line = 1;
	memcpy(r->delimiters, ",;\t", sizeof(r->delimiters));
	buf_init(&r->part, RECORDS_LINE_MAX);
	buf_init(&r->held, (size_t)RECORDS_LINE_MAX + RECORDS_OPEN_MAX);
	buf_init(&r->clean, (size_t)RECORDS_LINE_MAX + RECORDS_OPEN_MAX);
	return r;
}

void
records_free(struct records *r)
{
	if (r == NULL)
		return;
	buf_release(&r->part);
	buf_release(&r->held);
	buf_release(&r->clean);
	free(r);
}

void
records_set_delimiter(struct records *r, char delimiter)
{
	memset(r->delimiters, delimiter, sizeof(r->delimiters));
}

long
records_line(const struct records *r)
{
	return r->line;
}

static bool
is_delimiter(const struct records *r, char c)
{
	const char *d = r->delimiters;

	return c != '\0' && (c == d[0] || c == d[1] || c == d[2]);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static enum place
after_bare(const struct records *r, char c)
{
	return is_delimiter(r, c) ? AT_FIELD : IN_BARE;
}

/* Called after a quotation mark in a quoted value. Sets *stray if c may not follow it. */
static enum place
after_quote(const struct records *r, char c, bool *stray)
{
	if (is_delimiter(r, c))
		return AT_FIELD;
	if (is_blank(c))
		return AFTER_BLANK;
	if (c == '"' && r->place == AFTER_QUOTE)
		return IN_QUOTED;
	*stray = true;
	return IN_QUOTED;
}

static enum place
step(struct records *r, char c, bool *stray)
{
	switch (r->place) {
	case AT_FIELD:
		if (c == '"')
			r->open_line = r->line;
		if (c == '"' || (is_blank(c) && !is_delimiter(r, c)))
			return c == '"' ? IN_QUOTED : AT_FIELD;
		return after_bare(r, c);
	case IN_BARE: return after_bare(r, c);
	case IN_QUOTED: return c == '"' ? AFTER_QUOTE : IN_QUOTED;
	case AFTER_QUOTE:
	case AFTER_BLANK: return after_quote(r, c, stray);
	}
	return IN_BARE;
}

/* Appends a line to r->clean; false if text follows a closing quotation mark. */
static bool
scan(struct records *r, const char *text, size_t len)
{
	size_t blanks = 0; /* before text[i], at the start of a field */
	bool stray = false;

	for (size_t i = 0; i < len; i++) {
		enum place before = r->place;

		r->place = step(r, text[i], &stray);
		if (stray)
			return false;
		if (r->place == AFTER_BLANK)
			continue;
		if (before == AT_FIELD && r->place == AT_FIELD && !is_delimiter(r, text[i])) {
			blanks++;
			continue;
		}
		if (before == AT_FIELD && r->place != IN_QUOTED)
			buf_add(&r->clean, text + i - blanks, blanks);
		blanks = 0;
		buf_char(&r->clean, text[i]);
	}
	buf_add(&r->clean, text + len - blanks, blanks);
	return true;
}

static int
emit(struct records *r, const char *text, size_t len, long line, enum record_fault fault,
     struct error *err)
{
	struct record record = {.text = text, .len = len, .line = line, .fault = fault};

	return r->fn(r->ctx, &record, err);
}

static void
forget_held(struct records *r)
{
	buf_reset(&r->held);
	buf_reset(&r->clean);
	r->place = AT_FIELD;
	r->end[0] = '\0';
}

static int take_line(struct records *r, const char *text, size_t len, bool cut, struct error *err);

/* Ends the record at the line that opened the value, and reads the held lines after it again. */
static int
rewind_open(struct records *r, struct error *err)
{
	size_t resume = r->resume, at = 0, len = r->held.len - resume;
	char *held = buf_detach(&r->held);
	char *rest = held + resume;
	char last_end[sizeof(r->end)];
	int rc;

	memcpy(last_end, r->end, sizeof(last_end));
	forget_held(r);
	r->line = r->open_line + 1;
	while (resume > 0 && (held[resume - 1] == '\n' || held[resume - 1] == '\r'))
		resume--;
	rc = emit(r, held, resume, r->first_line, RECORD_OPEN_QUOTE, err);
	while (rc == 0 && at < len) {
		size_t n = text_line_length(rest + at, len - at);
		size_t end = at + n;
		bool crlf = end + 1 < len && rest[end] == '\r' && rest[end + 1] == '\n';
		rc = take_line(r, rest + at, n, false, err);
		if (end < len) {
			memcpy(r->end, rest + end, crlf ? 2 : 1);
			r->end[crlf ? 2 : 1] = '\0';
		}
		at = end + (end < len ? 1 : 0) + (crlf ? 1 : 0);
	}
	memcpy(r->end, last_end, sizeof(last_end)); /* held does not contain this line end */
	free(held);
	return rc;
}

/* A line with quotation marks, or a line of a record that spans several. */
static int
take_quoted(struct records *r, const char *text, size_t len, bool cut, struct error *err)
{
	bool first = r->held.len == 0, good;

	if (first) {
		r->first_line = r->line;
	} else {
		buf_str(&r->held, r->end);
		buf_str(&r->clean, r->end);
		if (r->open_line == r->line - 1)
			r->resume = r->held.len;
	}
	buf_add(&r->held, text, len);
	good = scan(r, text, len);
	if (r->open_line == r->line)
		r->resume = r->held.len;
	r->line++;
	if (!good && !first && r->open_line < r->line - 1)
		return rewind_open(r, err);
	if (good && r->place == IN_QUOTED && !cut)
		return 0; /* the record goes on with the next line */
	if (!good || cut)
		good = emit(r, r->held.data, r->held.len, r->first_line,
		            cut ? RECORD_TOO_LONG : RECORD_STRAY_QUOTE, err) == 0;
	else
		good = emit(r, r->clean.data, r->clean.len, r->first_line, RECORD_GOOD, err) == 0;
	forget_held(r);
	return good ? 0 : -1;
}

static int
take_line(struct records *r, const char *text, size_t len, bool cut, struct error *err)
{
	while (r->held.len > 0 && r->held.len + len > RECORDS_OPEN_MAX)
		if (rewind_open(r, err) != 0)
			return -1;
	if (r->held.len == 0) { /* a mark within: of a file that was joined to another */
		size_t mark = text_mark_length(text, len);
		text += mark;
		len -= mark;
	}
	if (r->held.len > 0 || memchr(text, '"', len) != NULL)
		return take_quoted(r, text, len, cut, err);
	return emit(r, text, len, r->line++, cut ? RECORD_TOO_LONG : RECORD_GOOD, err);
}

static void
keep_part(struct records *r, const char *text, size_t len)
{
	size_t room = RECORDS_LINE_MAX - r->part.len;

	r->cut = r->cut || len > room;
	buf_add(&r->part, text, len < room ? len : room);
}

static int
end_line(struct records *r, const char *text, size_t len, struct error *err)
{
	int rc;

	if (r->part.len == 0 && !r->cut && len <= RECORDS_LINE_MAX)
		return take_line(r, text, len, false, err);
	keep_part(r, text, len);
	rc = take_line(r, r->part.data, r->part.len, r->cut, err);
	buf_reset(&r->part);
	r->cut = false;
	return rc;
}

int
records_feed(struct records *r, const char *text, size_t len, struct error *err)
{
	while (len > 0) {
		size_t n;
		if (r->after_cr && text[0] == '\n') {
			memcpy(r->end, "\r\n", 3);
			r->after_cr = false;
			text++;
			len--;
			continue;
		}
		r->after_cr = false;
		n = text_line_length(text, len);
		if (n == len) {
			keep_part(r, text, len);
			return 0;
		}
		if (end_line(r, text, n, err) != 0)
			return -1;
		r->after_cr = text[n] == '\r';
		memcpy(r->end, text[n] == '\r' ? "\r" : "\n", 2);
		text += n + 1;
		len -= n + 1;
	}
	return 0;
}

int
records_finish(struct records *r, struct error *err)
{
	if ((r->part.len > 0 || r->cut) && end_line(r, "", 0, err) != 0)
		return -1;
	while (r->held.len > 0)
		if (rewind_open(r, err) != 0)
			return -1;
	return 0;
}
