#include "partner/intake/values.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "partner/intake/intake.h"

#define DIGITS "0123456789"
#define PKID_DIGITS 13

/* Serials that unrelated devices share (list facts, quirk 6; peers, P2). */
static const char *const placeholders[] = {
	"to be filled by o.e.m.",
	"default string",
	"system serial number",
	"none",
	"0",
	"n/a",
	"na",
	"unknown",
	"not specified",
	"not applicable",
	"invalid",
	"oem",
	"123456789",
	"serial",
	"xxxxxxx",
};

struct judge {
	const struct values_rule *rule;
	const struct column_map *map;
	const struct csv_record *record;
	struct ledger_row *row;
	struct values_verdict *verdict;
};

static void PRINTFLIKE(3, 4) reject(struct judge *j, const char *column, const char *format, ...)
{
	va_list args;

	if (j->verdict->reason[0] != '\0')
		return; /* the first fault is the one to mend */
	va_start(args, format);
	vsnprintf(j->verdict->reason, sizeof(j->verdict->reason), format, args);
	va_end(args);
	j->verdict->column = column;
}

static const char *
field(const struct judge *j, enum column c)
{
	return column_field(j->map, j->record, c);
}

bool
values_is_product_key(const char *text)
{
	size_t n = strlen(text);

	if (n != 29)
		return false;
	for (size_t i = 0; i < n; i++)
		if (i % 6 == 5 ? text[i] != '-' : !isalnum((unsigned char)text[i]))
			return false;
	return true;
}

bool
values_unfit(const char *text)
{
	return values_is_product_key(text) || !text_is_utf8(text, strlen(text)) ||
	       text_has_control(text) || strlen(text) > INTAKE_VALUE_MAX;
}

/* 00330-80000-00000-AA123: the id of an installed Windows, not of the device's key. */
static bool
is_os_product_id(const char *text)
{
	if (strlen(text) != 23)
		return false;
	for (size_t i = 0; i < 23; i++)
		if (i % 6 == 5 ? text[i] != '-' : !isalnum((unsigned char)text[i]))
			return false;
	return true;
}

/* 1.23E+11: Excel has thrown digits away. A sign is needed: 5E12345 is a good Dell tag. */
static bool
is_excel_exponent(const char *text)
{
	const char *p = text;

	if (!isdigit((unsigned char)*p++))
		return false;
	if (*p == '.' || *p == ',') {
		size_t n = strspn(p + 1, DIGITS);
		if (n == 0)
			return false;
		p += 1 + n;
	}
	if ((*p != 'E' && *p != 'e') || (p[1] != '+' && p[1] != '-'))
		return false;
	size_t n = strspn(p + 2, DIGITS);
	return n >= 1 && n <= 3 && p[2 + n] == '\0';
}

static bool
ends_in_point_zero(const char *text)
{
	size_t n = strspn(text, DIGITS);

	return n > 0 && strcmp(text + n, ".0") == 0;
}

static bool
is_placeholder(const char *serial)
{
	for (size_t i = 0; i < ARRAY_SIZE(placeholders); i++)
		if (text_equal_nocase(serial, placeholders[i]))
			return true;
	return strspn(serial, "0") == strlen(serial) || strspn(serial, ".-xX ") == strlen(serial);
}

static bool
pkid_fits(const struct values_rule *rule, const char *pkid)
{
	if (rule->pkid_plain)
		return strlen(pkid) == PKID_DIGITS && strspn(pkid, DIGITS) == PKID_DIGITS;
	return regexec(&rule->pkid, pkid, 0, NULL, 0) == 0;
}

/* What no field of ours may hold, whatever it means. */
static void
judge_bytes(struct judge *j)
{
	const struct csv_record *r = j->record;

	if (r->too_long)
		reject(j, "",
		       "the line is longer than any device row: is a quotation mark missing?");
	for (size_t i = j->map->width; i < r->count; i++)
		if (r->len[i] != 0)
			reject(j, "",
			       "more values (%zu) than columns (%zu): put a value with a comma in "
			       "quotation "
			       "marks",
			       r->count, j->map->width);
	for (size_t i = 0; i < r->count; i++) {
		if (strlen(r->field[i]) != r->len[i])
			reject(j, "", "value %zu holds a NUL byte: save the list as CSV UTF-8",
			       i + 1);
		else if (!text_is_utf8(r->field[i], r->len[i]))
			reject(j, "", "value %zu is not UTF-8: save the list as CSV UTF-8", i + 1);
	}
}

static void
judge_known(struct judge *j, enum column c)
{
	const char *text = field(j, c);

	if (values_is_product_key(text)) {
		reject(j, column_name(c),
		       "this is a 25-character product key, a secret: give the 13-digit Product "
		       "Key ID");
		return;
	}
	if (text_has_control(text))
		reject(j, column_name(c), "the value holds a control character or a line break");
	else if (strlen(text) > INTAKE_VALUE_MAX)
		reject(j, column_name(c), "the value is longer than %d bytes: are columns shifted?",
		       INTAKE_VALUE_MAX);
}

static void
judge_excel(struct judge *j, enum column c)
{
	const char *text = field(j, c);

	if (is_excel_exponent(text))
		reject(j, column_name(c),
		       "\"%s\" was damaged by a spreadsheet (digits are lost): take the value from "
		       "the "
		       "source again, as text",
		       text);
	else if (strncmp(text, "=\"", 2) == 0 || text[0] == '\'' || text[0] == '=')
		reject(j, column_name(c),
		       "the value has a spreadsheet's wrapper: give it without = and '");
	else if (ends_in_point_zero(text))
		reject(j, column_name(c),
		       "\"%s\" ends in .0, a spreadsheet's doing: give it as text", text);
}

static bool
has_tuple(const struct judge *j)
{
	return field(j, COLUMN_SERIAL)[0] != '\0' && field(j, COLUMN_MANUFACTURER)[0] != '\0' &&
	       field(j, COLUMN_MODEL)[0] != '\0';
}

static void
judge_pkid(struct judge *j)
{
	const char *pkid = field(j, COLUMN_PKID);

	j->row->device.pkid = pkid;
	if (pkid[0] == '\0' || pkid_fits(j->rule, pkid))
		return;
	if (is_os_product_id(pkid) && has_tuple(j)) {
		j->row->device.pkid = "";
		snprintf(j->verdict->warning, sizeof(j->verdict->warning),
		         "the value under Product Key ID is the id of an installed Windows: not "
		         "used, the "
		         "device is named by serial, manufacturer and model");
		return;
	}
	if (strspn(pkid, DIGITS) == strlen(pkid) && strlen(pkid) < PKID_DIGITS)
		reject(j, column_name(COLUMN_PKID),
		       "\"%s\" has %zu digits, a Product Key ID has 13: leading zeros may be lost",
		       pkid, strlen(pkid));
	else
		reject(j, column_name(COLUMN_PKID),
		       "this is no Product Key ID (13 digits are expected)");
}

static void
judge_identity(struct judge *j)
{
	const char *serial = field(j, COLUMN_SERIAL);

	judge_pkid(j);
	j->row->device.serial = serial;
	j->row->device.manufacturer = field(j, COLUMN_MANUFACTURER);
	j->row->device.model = field(j, COLUMN_MODEL);
	if (j->row->device.pkid[0] != '\0' || j->verdict->reason[0] != '\0')
		return;
	if (!has_tuple(j)) {
		const char *hash = field(j, COLUMN_HASH);
		reject(j, "", "%sgive the Product Key ID, or serial number, manufacturer and model",
		       hash[0] != '\0' ? "a hardware hash alone cannot deregister a device: " : "");
		return;
	}
	if (is_placeholder(serial))
		reject(j, column_name(COLUMN_SERIAL),
		       "\"%s\" is a placeholder that many devices share: give the Product Key ID",
		       serial);
	else if (text_has_outer_blank(serial) ||
	         text_has_outer_blank(j->row->device.manufacturer) ||
	         text_has_outer_blank(j->row->device.model))
		snprintf(j->verdict->warning, sizeof(j->verdict->warning),
		         "serial, manufacturer or model begins or ends with a blank: sent exactly "
		         "so");
}

static void
judge_words(struct judge *j)
{
	struct ledger_row *row = j->row;
	const char *purpose = field(j, COLUMN_PURPOSE);

	row->purpose = j->rule->purpose;
	if (!join_parse(field(j, COLUMN_JOIN), &row->join))
		reject(j, column_name(COLUMN_JOIN), "\"%s\" is none of entra, hybrid, unknown",
		       field(j, COLUMN_JOIN));
	if (!mdm_parse(field(j, COLUMN_MDM), &row->mdm))
		reject(j, column_name(COLUMN_MDM),
		       "\"%s\" is none of intune, was-intune, none, other, unknown",
		       field(j, COLUMN_MDM));
	if (!registrant_parse(field(j, COLUMN_VIA), &row->via))
		reject(j, column_name(COLUMN_VIA), "\"%s\" is none of partner, customer, unknown",
		       field(j, COLUMN_VIA));
	if (purpose[0] != '\0' && !purpose_parse(purpose, &row->purpose))
		reject(j, column_name(COLUMN_PURPOSE), "\"%s\" is none of repair, retire, resell",
		       purpose);
}

static void
judge_account(struct judge *j)
{
	const char *sold_to = field(j, COLUMN_SOLD_TO);
	const char *received_from = field(j, COLUMN_RECEIVED_FROM);

	j->row->ticket = field(j, COLUMN_TICKET);
	if (j->rule->ticket_required && j->row->ticket[0] == '\0')
		reject(j, column_name(COLUMN_TICKET),
		       "a ticket is required ([lists] ticket-required): give the one that orders this");
	j->row->sold_to = sold_to[0] != '\0' ? sold_to : j->rule->sold_to;
	j->row->received_from = received_from[0] != '\0' ? received_from : j->rule->received_from;
	if (strspn(sold_to, DIGITS) != strlen(sold_to) || strlen(sold_to) > 10)
		reject(j, column_name(COLUMN_SOLD_TO), "a customer number has at most 10 digits");
	if (strspn(received_from, DIGITS) != strlen(received_from) || strlen(received_from) > 10)
		reject(j, column_name(COLUMN_RECEIVED_FROM),
		       "a customer number has at most 10 digits");
}

void
values_judge(const struct values_rule *rule, const struct column_map *map,
             const struct csv_record *record, struct ledger_row *row,
             struct values_verdict *verdict)
{
	struct judge j = {rule, map, record, row, verdict};

	verdict->reason[0] = verdict->warning[0] = '\0';
	verdict->column = "";
	judge_bytes(&j);
	for (enum column c = 0; c < COLUMN_HASH; c++)
		judge_known(&j, c);
	judge_excel(&j, COLUMN_SERIAL);
	judge_excel(&j, COLUMN_PKID);
	judge_identity(&j);
	judge_words(&j);
	judge_account(&j);
	if (verdict->reason[0] != '\0')
		row->outcome = OUTCOME_REJECTED;
}
