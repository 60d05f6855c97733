/* The table of column names, and the map from a header to positions. */
#include "partner/intake/columns.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"
#include "partner/intake/stored_row.h"

#define ALIASES_MAX 8

static const struct {
	const char *name;
	const char *alias[ALIASES_MAX];
} columns[] = {
	[COLUMN_SERIAL] = {"Serial Number",
                           {"serialnumber", "deviceserialnumber", "serial", "servicetag",
                            "serialno"}},
	[COLUMN_PKID] = {"Product Key ID",
                         {"productkeyid", "windowsproductid", "pkid", "windowsproductkeyid"}},
	[COLUMN_MANUFACTURER] = {"Manufacturer",
                                 {"manufacturer", "manufacturername", "oemmanufacturername",
                                  "make"}},
	[COLUMN_MODEL] = {"Model", {"model", "devicemodel", "modelname"}},
	[COLUMN_CUSTOMER] = {"Customer", {"customer", "customerid", "customerkey"}},
	[COLUMN_CUSTOMER_NAME] = {"Customer Name", {"customername"}},
	[COLUMN_JOIN] = {"Join Type", {"jointype", "join"}},
	[COLUMN_MDM] = {"MDM", {"mdm", "mdmstate"}},
	[COLUMN_VIA] = {"Registered Via", {"registeredvia", "registeredby"}},
	[COLUMN_PURPOSE] = {"Purpose", {"purpose"}},
	[COLUMN_TICKET] = {"Ticket", {"ticket", "ticketnumber", "ticketid"}},
	[COLUMN_SOLD_TO] = {"Sold To", {"soldto", "soldtocustomerid", "soldtoid"}},
	[COLUMN_RECEIVED_FROM] = {"Received From",
                                  {"receivedfrom", "receivedfromcustomerid", "receivedfromid"}},
	[COLUMN_TENANT] = {"Customer Tenant ID", {"customertenantid"}},
	[COLUMN_HASH] = {"Hardware Hash", {"hardwarehash", "devicehash", "4khh", "hash"}},
	[COLUMN_PRODUCT_KEY] = {"Product Key", {"productkey", "windowsproductkey"}},
};
_Static_assert(ARRAY_SIZE(columns) == COLUMN_COUNT, "every column has a name");

const char *
column_name(enum column c)
{
	return columns[c].name;
}

void
column_normalise(char dst[static COLUMN_NAME_MAX], const char *header)
{
	size_t n = 0;

	for (; *header != '\0' && n + 1 < COLUMN_NAME_MAX; header++)
		if (isalnum((unsigned char)*header))
			dst[n++] = text_lower(*header);
	dst[n] = '\0';
}

static bool
is_alias(enum column c, const char *name)
{
	for (size_t a = 0; a < ALIASES_MAX && columns[c].alias[a] != NULL; a++)
		if (strcmp(columns[c].alias[a], name) == 0)
			return true;
	return false;
}

static enum column
column_find(const char *header)
{
	char name[COLUMN_NAME_MAX];
	enum column c = 0;

	column_normalise(name, header);
	while (c < COLUMN_COUNT && !is_alias(c, name))
		c++;
	return c;
}

/* A spreadsheet may end the header with empty columns. */
static size_t
width_of(const struct csv_record *header)
{
	size_t n = header->count;

	while (n > 0 && header->len[n - 1] == 0)
		n--;
	return n;
}

static int
map_one(struct column_map *m, const struct csv_record *header, size_t i, struct error *err)
{
	enum column c = column_find(header->field[i]);

	if (c == COLUMN_COUNT)
		return 0;
	if (m->at[c] != COLUMN_ABSENT)
		return error_set(
			err, "line %ld: columns %zu and %zu both mean \"%s\": remove or rename one",
			header->line, m->at[c] + 1, i + 1, column_name(c));
	m->at[c] = i;
	return 0;
}

static void
map_begin(struct column_map *m, size_t width)
{
	m->width = width;
	m->header = NULL;
	for (size_t c = 0; c < COLUMN_COUNT; c++)
		m->at[c] = COLUMN_ABSENT;
}

static int
map_all(struct column_map *m, const struct csv_record *header, struct error *err)
{
	struct buf text, name;
	int rc = 0;

	buf_init(&text, CSV_RECORD_MAX * 4);
	buf_init(&name, CSV_RECORD_MAX * 3);
	map_begin(m, width_of(header));
	for (size_t i = 0; i < m->width && rc == 0; i++) {
		stored_row_repair(&name, header->field[i], header->len[i]);
		csv_put(&text, name.data, i == 0);
		rc = map_one(m, header, i, err);
	}
	if (rc == 0)
		m->header = buf_detach(&text);
	buf_release(&text);
	buf_release(&name);
	return rc;
}

static bool
names_device(const struct column_map *m)
{
	return m->at[COLUMN_SERIAL] != COLUMN_ABSENT || m->at[COLUMN_PKID] != COLUMN_ABSENT;
}

int
column_map_read(struct column_map *m, const struct csv_record *header, struct error *err)
{
	if (map_all(m, header, err) != 0)
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
	bool done;
};

static int
take_names(void *ctx, const struct csv_record *record, struct error *err)
{
	struct parsing *p = ctx;

	if (p->done)
		return error_set(err, "a line break in the names of columns");
	p->done = true;
	return map_all(p->map, record, err);
}

int
column_map_parse(struct column_map *m, const char *names, struct error *err)
{
	struct parsing p = {m, false};
	struct csv_reader *reader = csv_reader_new(',', take_names, &p);
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

size_t
column_known(const struct csv_record *record)
{
	size_t known = 0;

	for (size_t i = 0; i < record->count; i++)
		known += column_find(record->field[i]) != COLUMN_COUNT ? 1 : 0;
	return known;
}

static bool
names_identifier(const char *field)
{
	char name[COLUMN_NAME_MAX];

	column_normalise(name, field);
	return is_alias(COLUMN_SERIAL, name) || is_alias(COLUMN_PKID, name);
}

bool
column_names_device(const struct csv_record *record)
{
	size_t i = 0;

	while (i < record->count && !names_identifier(record->field[i]))
		i++;
	return i < record->count;
}

bool
column_is_header(const struct csv_record *record)
{
	size_t filled = 0;

	for (size_t i = 0; i < record->count; i++)
		filled += record->len[i] > 0 ? 1 : 0;
	return column_names_device(record) && (filled == 1 || column_known(record) >= 2);
}

bool
column_map_names_device(const struct column_map *m, const struct csv_record *record)
{
	static const char digits[] = "0123456789";

	return strpbrk(column_field(m, record, COLUMN_SERIAL), digits) != NULL ||
	       strpbrk(column_field(m, record, COLUMN_PKID), digits) != NULL;
}

bool
column_map_repeats(const struct column_map *m, const struct csv_record *record)
{
	if (width_of(record) != m->width)
		return false;
	for (size_t i = 0; i < m->width; i++) {
		enum column c = column_find(record->field[i]);
		if (c != COLUMN_COUNT && m->at[c] != i)
			return false;
	}
	for (size_t c = 0; c < COLUMN_COUNT; c++)
		if (m->at[c] != COLUMN_ABSENT && column_find(record->field[m->at[c]]) != c)
			return false;
	return m->width > 0;
}

void
column_map_release(struct column_map *m)
{
	free(m->header);
	m->header = NULL;
}

const char *
column_field(const struct column_map *m, const struct csv_record *record, enum column c)
{
	return m->at[c] < record->count ? record->field[m->at[c]] : "";
}
