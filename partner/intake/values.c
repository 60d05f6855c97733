/* Judges records value by value. damage.c knows what a spreadsheet does, secrets.c what is
 * secret. */
#include "partner/intake/values.h"

#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "partner/intake/damage.h"
#include "partner/intake/secrets.h"

#define DIGITS "0123456789"
#define PKID_DIGITS 13
#define ACCOUNT_DIGITS 10

struct judge {
	const struct values_rule *rule;
	const struct column_map *map;
	const struct csv_record *record;
	struct ledger_row *row;
	struct values_verdict *verdict;
	bool plain; /* the record is printable ASCII, so tests for other bytes can be skipped */
};

static void PRINTFLIKE(3, 4) reject(struct judge *j, const char *column, const char *format, ...)
{
	va_list args;

	if (j->verdict->reason[0] != '\0')
		return; /* report only the first fault */
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

static bool
is_plain(const struct csv_record *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (!text_is_visible(r->field[i], r->len[i]))
			return false;
	return true;
}

bool
values_unfit(const char *text)
{
	return secret_has_product_key(text) || secret_is_hash(text) ||
	       !text_is_utf8(text, strlen(text)) || text_has_control(text) ||
	       strlen(text) > VALUES_MAX;
}

/* 00330-80000-00000-AA123 is the id of an installed Windows, not of a product key. */
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

bool
values_is_pkid(const struct values_rule *rule, const char *text)
{
	return regexec(&rule->pkid, text, 0, NULL, 0) == 0;
}

/* Uses a table, because a hash has 4,000 characters. */
static bool
is_base64(const char *text)
{
	static const bool letter[UCHAR_MAX + 1] = {
		['+'] = true, ['/'] = true, ['0'] = true, ['1'] = true, ['2'] = true, ['3'] = true,
		['4'] = true, ['5'] = true, ['6'] = true, ['7'] = true, ['8'] = true, ['9'] = true,
		['='] = true, ['A'] = true, ['B'] = true, ['C'] = true, ['D'] = true, ['E'] = true,
		['F'] = true, ['G'] = true, ['H'] = true, ['I'] = true, ['J'] = true, ['K'] = true,
		['L'] = true, ['M'] = true, ['N'] = true, ['O'] = true, ['P'] = true, ['Q'] = true,
		['R'] = true, ['S'] = true, ['T'] = true, ['U'] = true, ['V'] = true, ['W'] = true,
		['X'] = true, ['Y'] = true, ['Z'] = true, ['a'] = true, ['b'] = true, ['c'] = true,
		['d'] = true, ['e'] = true, ['f'] = true, ['g'] = true, ['h'] = true, ['i'] = true,
		['j'] = true, ['k'] = true, ['l'] = true, ['m'] = true, ['n'] = true, ['o'] = true,
		['p'] = true, ['q'] = true, ['r'] = true, ['s'] = true, ['t'] = true, ['u'] = true,
		['v'] = true, ['w'] = true, ['x'] = true, ['y'] = true, ['z'] = true,
	};

	while (letter[(unsigned char)*text])
		text++;
	return *text == '\0';
}

/* Faults of the record as a whole, whatever its columns mean. */
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
			       "quotation marks",
			       r->count, j->map->width);
	for (size_t i = 0; i < r->count && !j->plain; i++) {
		if (strlen(r->field[i]) != r->len[i])
			reject(j, "", "value %zu contains a NUL byte: save the list as CSV UTF-8",
			       i + 1);
		else if (!text_is_utf8(r->field[i], r->len[i]))
			reject(j, "",
			       "value %zu contains a damaged character (not UTF-8): save the list "
			       "as CSV UTF-8",
			       i + 1);
	}
	if (!is_base64(field(j, COLUMN_HASH)))
		reject(j, column_name(COLUMN_HASH),
		       "this is not a hardware hash, so the columns are shifted: put a value "
		       "with a comma in quotation marks");
}

static void
judge_known(struct judge *j, enum column c)
{
	const char *text = field(j, c);

	if (text[0] == '\0' || (j->plain && j->record->len[j->map->at[c]] < SECRET_MIN))
		return;
	if (secret_has_product_key(text))
		reject(j, column_name(c),
		       "this is a 25-character product key, a secret: give the 13-digit Product "
		       "Key ID");
	else if (secret_is_hash(text))
		reject(j, column_name(c),
		       "this looks like a hardware hash: put every value under its column");
	else if (text_has_control(text))
		reject(j, column_name(c),
		       "the value contains a control character or a line break: remove it");
	else if (strlen(text) > VALUES_MAX)
		reject(j, column_name(c),
		       "the value is longer than %d bytes, columns may be shifted: put every value "
		       "under its column",
		       VALUES_MAX);
}

static void
judge_damage(struct judge *j, enum column c, const char *(*damage)(const char *))
{
	const char *text = field(j, c), *sentence = damage(text);

	if (sentence != NULL)
		reject(j, column_name(c), "\"%s\": %s", text, sentence);
	else if (!j->plain && damage_invisible(text))
		reject(j, column_name(c),
		       "the value contains invisible or lost characters: type it again");
}

/* The row has the values that a request without a PKID needs. */
static bool
has_name(const struct judge *j)
{
	if (j->rule->by_customer)
		return field(j, COLUMN_SERIAL)[0] != '\0';
	return field(j, COLUMN_SERIAL)[0] != '\0' && field(j, COLUMN_MANUFACTURER)[0] != '\0' &&
	       field(j, COLUMN_MODEL)[0] != '\0';
}

static void
judge_pkid(struct judge *j)
{
	const char *pkid = field(j, COLUMN_PKID);

	j->row->device.pkid = pkid;
	if (pkid[0] == '\0' || values_is_pkid(j->rule, pkid))
		return;
	if (is_os_product_id(pkid) && has_name(j)) {
		j->row->device.pkid = "";
		snprintf(j->verdict->warning, sizeof(j->verdict->warning),
		         "the value under Product Key ID is the id of an installed Windows, so it "
		         "is ignored: the device is named by serial number, manufacturer and "
		         "model");
		return;
	}
	if (strspn(pkid, DIGITS) == strlen(pkid) && strlen(pkid) < PKID_DIGITS)
		reject(j, column_name(COLUMN_PKID),
		       "\"%s\" has %zu digits, but a Product Key ID has 13; leading zeros may be "
		       "lost: copy it from the source again, as text",
		       pkid, strlen(pkid));
	else
		reject(j, column_name(COLUMN_PKID),
		       "this is not a Product Key ID: give its 13 digits, or leave it empty and "
		       "give serial number, manufacturer and model");
}

/* Blanks are sent as given, because the manufacturer may have written them (doc/wire.md, section
 * 5.2). */
static void
warn_blanks(struct judge *j)
{
	static const enum column tuple[] = {COLUMN_SERIAL, COLUMN_MANUFACTURER, COLUMN_MODEL};

	for (size_t i = 0; i < ARRAY_SIZE(tuple); i++) {
		const char *text = field(j, tuple[i]);
		if (text_has_outer_blank(text) || (!j->plain && strstr(text, "\302\240") != NULL))
			snprintf(
				j->verdict->warning, sizeof(j->verdict->warning),
				"%s begins or ends with a blank or contains a no-break space: sent "
				"exactly so",
				column_name(tuple[i]));
	}
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
	if (!has_name(j)) {
		const char *key = field(j, COLUMN_PRODUCT_KEY);
		reject(j, "", "%s: give the Product Key ID, or serial number%s",
		       field(j, COLUMN_HASH)[0] != '\0'
		               ? "a hardware hash alone cannot deregister a device"
		       : key[0] != '\0' && values_is_pkid(j->rule, key)
		               ? "the column \"Product Key\" is ignored, because product keys are secret"
		               : "the row does not identify a device",
		       j->rule->by_customer ? "" : ", manufacturer and model");
		return;
	}
	if (damage_is_placeholder(serial))
		reject(j, column_name(COLUMN_SERIAL),
		       "\"%s\" is a placeholder that many devices share: give the Product Key ID",
		       serial);
	else
		warn_blanks(j);
}

static void
judge_words(struct judge *j)
{
	struct ledger_row *row = j->row;
	const char *join = field(j, COLUMN_JOIN), *mdm = field(j, COLUMN_MDM);
	const char *via = field(j, COLUMN_VIA), *purpose = field(j, COLUMN_PURPOSE);

	row->purpose = j->rule->purpose;
	if (!join_parse(join, &row->join))
		reject(j, column_name(COLUMN_JOIN),
		       "\"%s\" is not a known word: write entra, hybrid or unknown", join);
	if (!mdm_parse(mdm, &row->mdm))
		reject(j, column_name(COLUMN_MDM),
		       "\"%s\" is not a known word: write intune, was-intune, none, other or "
		       "unknown",
		       mdm);
	if (!registrant_parse(via, &row->via))
		reject(j, column_name(COLUMN_VIA),
		       "\"%s\" is not a known word: write partner, customer or unknown", via);
	if (purpose[0] != '\0' && !purpose_parse(purpose, &row->purpose))
		reject(j, column_name(COLUMN_PURPOSE),
		       "\"%s\" is not a known word: write repair, retire or resell", purpose);
}

/* A spreadsheet turns 0000012345 into 12345, which is another number for the service. */
static bool
lost_zeros(const char *number, const char *configured)
{
	return number[0] != '\0' && strlen(number) < strlen(configured) &&
	       strcmp(number, configured + strspn(configured, "0")) == 0;
}

static void
judge_number(struct judge *j, enum column c, const char *configured)
{
	const char *number = field(j, c);

	if (strspn(number, DIGITS) != strlen(number) || strlen(number) > ACCOUNT_DIGITS)
		reject(j, column_name(c),
		       "a customer number has at most 10 digits: give it, or leave it empty");
	else if (lost_zeros(number, configured))
		reject(j, column_name(c),
		       "\"%s\" is the configured \"%s\" without its leading zeros: give all "
		       "digits, as text, or leave it empty",
		       number, configured);
}

static void
judge_account(struct judge *j)
{
	const char *sold_to = field(j, COLUMN_SOLD_TO);
	const char *received_from = field(j, COLUMN_RECEIVED_FROM);

	judge_number(j, COLUMN_SOLD_TO, j->rule->sold_to);
	judge_number(j, COLUMN_RECEIVED_FROM, j->rule->received_from);
	j->row->ticket = field(j, COLUMN_TICKET);
	if (j->rule->ticket_required && j->row->ticket[0] == '\0')
		reject(j, column_name(COLUMN_TICKET),
		       "a ticket is required ([lists] ticket-required): give the one that orders this");
	j->row->sold_to = sold_to[0] != '\0' ? sold_to : j->rule->sold_to;
	j->row->received_from = received_from[0] != '\0' ? received_from : j->rule->received_from;
}

/* 00000000-0000-4000-8000-00000000c001 */
static bool
is_guid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == '-' ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	return text[sizeof(form) - 1] == '\0';
}

static void
judge_tenant(struct judge *j)
{
	const char *tenant = field(j, COLUMN_TENANT);

	if (!j->rule->by_customer)
		return;
	j->verdict->tenant = tenant;
	if (tenant[0] == '\0')
		reject(j, column_name(COLUMN_TENANT),
		       "Partner Center needs the customer's tenant: give its id (a GUID)");
	else if (!is_guid(tenant))
		reject(j, column_name(COLUMN_TENANT),
		       "\"%s\" is not a tenant id: give the GUID, such as "
		       "00000000-0000-4000-8000-000000000000",
		       tenant);
}

void
values_judge(const struct values_rule *rule, const struct column_map *map,
             const struct csv_record *record, struct ledger_row *row,
             struct values_verdict *verdict)
{
	struct judge j = {.rule = rule,
	                  .map = map,
	                  .record = record,
	                  .row = row,
	                  .verdict = verdict,
	                  .plain = is_plain(record)};

	verdict->reason[0] = verdict->warning[0] = '\0';
	verdict->column = verdict->tenant = "";
	judge_bytes(&j);
	for (enum column c = 0; c < COLUMN_HASH; c++)
		judge_known(&j, c);
	judge_damage(&j, COLUMN_SERIAL, damage_of_identifier);
	judge_damage(&j, COLUMN_PKID, damage_of_identifier);
	judge_damage(&j, COLUMN_MANUFACTURER, damage_of_name);
	judge_damage(&j, COLUMN_MODEL, damage_of_name);
	if (!j.plain && damage_invisible(field(&j, COLUMN_CUSTOMER)))
		reject(&j, column_name(COLUMN_CUSTOMER),
		       "the value contains invisible or lost characters: type it again");
	judge_identity(&j);
	judge_words(&j);
	judge_account(&j);
	judge_tenant(&j);
	if (verdict->reason[0] != '\0')
		row->outcome = OUTCOME_REJECTED;
}
