#include "partner/intake/columns.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#define ALIASES_MAX 8
#define NAME_MAX_KEPT 64 /* no alias is longer */

/* Letters and digits only, lower case: "Device Serial Number" is "deviceserialnumber". */
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
	[COLUMN_HASH] = {"Hardware Hash", {"hardwarehash", "devicehash", "4khh", "hash"}},
	[COLUMN_PRODUCT_KEY] = {"Product Key", {"productkey", "windowsproductkey"}},
};
_Static_assert(ARRAY_SIZE(columns) == COLUMN_COUNT, "every column has a name");

const char *
column_name(enum column c)
{
	return columns[c].name;
}

static void
normalise(char *dst, size_t size, const char *src)
{
	size_t n = 0;

	for (; *src != '\0' && n + 1 < size; src++)
		if (isalnum((unsigned char)*src))
			dst[n++] = text_lower(*src);
	dst[n] = '\0';
}

static enum column
column_find(const char *header)
{
	char name[NAME_MAX_KEPT];

	normalise(name, sizeof(name), header);
	for (size_t c = 0; c < COLUMN_COUNT; c++)
		for (size_t a = 0; a < ALIASES_MAX && columns[c].alias[a] != NULL; a++)
			if (strcmp(columns[c].alias[a], name) == 0)
				return (enum column)c;
	return COLUMN_COUNT;
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

int
column_map_read(struct column_map *m, const struct csv_record *header, struct error *err)
{
	struct buf text;

	buf_init(&text, CSV_RECORD_MAX * 2);
	m->width = header->count;
	for (size_t c = 0; c < COLUMN_COUNT; c++)
		m->at[c] = COLUMN_ABSENT;
	for (size_t i = 0; i < header->count; i++) {
		csv_put(&text, header->field[i], i == 0);
		if (map_one(m, header, i, err) != 0) {
			buf_release(&text);
			return -1;
		}
	}
	m->header = buf_detach(&text);
	if (m->at[COLUMN_SERIAL] == COLUMN_ABSENT && m->at[COLUMN_PKID] == COLUMN_ABSENT)
		return error_set(
			err,
			"line %ld: no header with \"%s\" or \"%s\" found: the first line must name "
			"the columns",
			header->line, column_name(COLUMN_SERIAL), column_name(COLUMN_PKID));
	return 0;
}

bool
column_map_repeats(const struct column_map *m, const struct csv_record *record)
{
	size_t known = 0;

	for (size_t c = 0; c < COLUMN_COUNT; c++) {
		if (m->at[c] == COLUMN_ABSENT)
			continue;
		if (m->at[c] >= record->count || column_find(record->field[m->at[c]]) != c)
			return false;
		known++;
	}
	return known > 0;
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
