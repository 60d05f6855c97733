/* Reads headers, decides whether a record is one, and unifies the names of several lists. */
#include "partner/intake/columns.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"
#include "partner/intake/secrets.h"
#include "partner/intake/stored_row.h"

#define NAME_MAX_CHARS 100 /* a longer value is not the name of a column */
#define NAME_MAX_BYTES 100 /* that are shown */
#define DIGITS "0123456789"

/* A spreadsheet may end the header with empty columns. */
static size_t
width_of(const struct csv_record *header)
{
	size_t n = header->count;

	while (n > 0 && header->len[n - 1] == 0)
		n--;
	return n;
}

static void
map_begin(struct column_map *m, size_t width)
{
	m->width = width;
	m->header = NULL;
	for (size_t c = 0; c < COLUMN_COUNT; c++)
		m->at[c] = COLUMN_ABSENT;
}

/* One pass for sure names and one for the others, which count only for columns still absent. */
static int
map_names(struct column_map *m, const struct words *w, const struct csv_record *header, bool sure,
          struct error *err)
{
	struct column_map before = *m;

	for (size_t i = 0; i < m->width; i++) {
		bool is_sure;
		enum column c = words_column(w, header->field[i], &is_sure);
		if (c == COLUMN_COUNT || is_sure != sure || before.at[c] != COLUMN_ABSENT)
			continue;
		if (m->at[c] != COLUMN_ABSENT)
			return error_set(
				err,
				"line %ld: columns %zu and %zu both mean \"%s\": remove or "
				"rename one",
				header->line, m->at[c] + 1, i + 1, column_name(c));
		m->at[c] = i;
	}
	return 0;
}

static int
map_all(struct column_map *m, const struct words *w, const struct csv_record *header,
        struct error *err)
{
	struct buf text, name;
	char *shown;
	int rc;

	map_begin(m, width_of(header));
	rc = map_names(m, w, header, true, err);
	if (rc == 0)
		rc = map_names(m, w, header, false, err);
	if (rc != 0)
		return -1;
	buf_init(&text, CSV_RECORD_MAX * 4);
	buf_init(&name, CSV_RECORD_MAX * 3);
	for (size_t i = 0; i < m->width; i++) {
		stored_row_repair(&name, header->field[i], header->len[i]);
		shown = secret_withheld(name.len > 0 ? name.data : "");
		csv_put(&text, shown, i == 0);
		free(shown);
	}
	m->header = buf_detach(&text);
	buf_release(&name);
	return 0;
}

static bool
names_device(const struct column_map *m)
{
	return m->at[COLUMN_SERIAL] != COLUMN_ABSENT || m->at[COLUMN_PKID] != COLUMN_ABSENT;
}

int
column_map_read(struct column_map *m, const struct words *w, const struct csv_record *header,
                struct error *err)
{
	if (map_all(m, w, header, err) != 0)
		return -1;
	if (!names_device(m))
		return error_set(
			err,
			"line %ld: no header with \"%s\" or \"%s\" found: the first line must name "
			"the columns",
			header->line, column_name(COLUMN_SERIAL), column_name(COLUMN_PKID));
	return 0;
}

struct parsing {
	struct column_map *map;
	const struct words *words;
	bool done;
};

static int
read_names(void *ctx, const struct csv_record *record, struct error *err)
{
	struct parsing *p = ctx;

	if (p->done)
		return error_set(err, "a line break in the names of columns");
	p->done = true;
	return map_all(p->map, p->words, record, err);
}

int
column_map_parse(struct column_map *m, const struct words *w, const char *names, struct error *err)
{
	struct parsing p = {.map = m, .words = w};
	struct csv_reader *reader = csv_reader_new(',', read_names, &p);
	int rc;

	map_begin(m, 0);
	rc = csv_feed(reader, names, strlen(names), err) == 0 ? csv_finish(reader, err) : -1;
	csv_reader_free(reader);
	if (rc == 0 && !names_device(m))
		rc = error_set(err, "neither \"%s\" nor \"%s\" is among the columns",
		               column_name(COLUMN_SERIAL), column_name(COLUMN_PKID));
	if (rc != 0)
		column_map_release(m);
	return rc;
}

void
column_map_single(struct column_map *m, enum column c)
{
	map_begin(m, 1);
	m->at[c] = 0;
	m->header = xstrdup(column_name(c));
}

struct unifying {
	const struct column_map *map;
	struct column_names *names;
	struct buf text;
};

static int
unify(void *ctx, const struct csv_record *record, struct error *err UNUSED)
{
	struct unifying *u = ctx;

	for (size_t i = 0; i < record->count; i++) {
		const char *name = record->field[i];
		for (size_t c = 0; c < COLUMN_COUNT; c++) {
			if (u->map->at[c] != i)
				continue;
			if (u->names->name[c] == NULL)
				u->names->name[c] = xstrdup(name);
			name = u->names->name[c];
		}
		csv_put(&u->text, name, i == 0);
	}
	return 0;
}

void
column_map_unify(struct column_map *m, struct column_names *names)
{
	struct unifying u = {.map = m, .names = names};
	struct csv_reader *reader = csv_reader_new(',', unify, &u);
	struct error ignored;

	buf_init(&u.text, CSV_RECORD_MAX * 4);
	/* cannot fail: map_all() wrote this text */
	if (csv_feed(reader, m->header, strlen(m->header), &ignored) == 0 &&
	    csv_finish(reader, &ignored) == 0) {
		free(m->header);
		m->header = buf_detach(&u.text);
	}
	csv_reader_free(reader);
	buf_release(&u.text);
}

void
column_names_release(struct column_names *names)
{
	for (size_t c = 0; c < COLUMN_COUNT; c++)
		free(names->name[c]);
}

static bool
is_identifier(enum column c)
{
	return c == COLUMN_SERIAL || c == COLUMN_PKID;
}

/* Counts characters, because a control character becomes a longer one in failed.csv. */
static bool
is_long(const char *text)
{
	size_t n = 0;

	for (; *text != '\0' && n <= NAME_MAX_CHARS; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80 ? 1 : 0;
	return n > NAME_MAX_CHARS;
}

/* The values of a record, judged as column names. */
struct names {
	size_t filled, known, identifiers;
	bool data; /* a value that cannot be a name */
	bool unknown_digit;
};

static struct names
names_of(const struct words *w, const struct csv_record *record)
{
	struct names n = {0};

	for (size_t i = 0; i < record->count; i++) {
		bool sure;
		enum column c;
		if (record->len[i] == 0)
			continue;
		n.filled++;
		n.data = n.data || is_long(record->field[i]);
		c = words_column(w, record->field[i], &sure);
		n.known += c != COLUMN_COUNT ? 1 : 0;
		n.identifiers += is_identifier(c) ? 1 : 0;
		n.unknown_digit = n.unknown_digit ||
		                  (c == COLUMN_COUNT && strpbrk(record->field[i], DIGITS) != NULL);
	}
	return n;
}

struct column_signs
column_signs(const struct words *w, const struct csv_record *record)
{
	struct names n = names_of(w, record);
	bool maybe = n.identifiers > 0 && !n.data;
	bool header = maybe && (n.filled == 1 || n.known >= 2);

	return (struct column_signs){.known = n.known,
	                             .header = header,
	                             .maybe = maybe,
	                             .again = header && !n.unknown_digit};
}

bool
column_map_names_device(const struct column_map *m, const struct csv_record *record)
{
	return strpbrk(column_field(m, record, COLUMN_SERIAL), DIGITS) != NULL ||
	       strpbrk(column_field(m, record, COLUMN_PKID), DIGITS) != NULL;
}

bool
column_map_repeats(const struct column_map *m, const struct words *w,
                   const struct csv_record *record)
{
	struct column_map again;
	struct names n = names_of(w, record);
	struct error ignored;

	map_begin(&again, width_of(record));
	return !n.data && !n.unknown_digit && again.width == m->width && m->width > 0 &&
	       map_names(&again, w, record, true, &ignored) == 0 &&
	       map_names(&again, w, record, false, &ignored) == 0 &&
	       memcmp(again.at, m->at, sizeof(again.at)) == 0;
}

/* "Serial", behind a comma if `separated`. */
static void
add_name(struct buf *to, bool separated, const char *name)
{
	char text[NAME_MAX_BYTES];

	secret_printable(text, sizeof(text), name);
	buf_printf(to, "%s\"%s\"", separated ? ", " : "", text);
}

void
column_map_describe(const struct column_map *m, const struct csv_record *header,
                    struct buf *columns, struct buf *carried)
{
	for (size_t i = 0; i < m->width && i < header->count; i++) {
		enum column c = 0;
		while (c < COLUMN_COUNT && m->at[c] != i)
			c++;
		if (c == COLUMN_COUNT) {
			if (header->len[i] > 0)
				add_name(carried, carried->len > 0, header->field[i]);
			continue;
		}
		buf_printf(columns, "%s%s", columns->len > 0 ? ", " : "", column_name(c));
		if (text_equal_nocase(header->field[i], column_name(c)))
			continue;
		buf_str(columns, " (");
		add_name(columns, false, header->field[i]);
		buf_char(columns, ')');
	}
}

void
column_map_release(struct column_map *m)
{
	free(m->header);
	m->header = NULL;
}
