/* Judges records value by value. damage.c recognises damage by spreadsheets, secrets.c secrets. */
#include "partner/intake/values.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/encoding.h"
#include "common/text.h"
#include "partner/digits.h"
#include "partner/intake/judge.h"
#include "partner/intake/secrets.h"

#define DIGITS "0123456789"
#define ACCOUNT_DIGITS 10
#define COMMENT_SHOWN 21 /* bytes of a comment, with the end */

static bool
is_plain(const struct csv_record *r)
{
	if (r->visible)
		return true;
	for (size_t i = 0; i < r->count; i++)
		if (!text_is_visible(r->field[i], r->len[i]))
			return false;
	return true;
}

bool
values_unfit(const char *text)
{
	return secret_has_product_key(text) || secret_has_hash(text) ||
	       !text_is_utf8(text, strlen(text)) || text_has_control(text) ||
	       strlen(text) > VALUES_MAX;
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

	const unsigned char *s = (const unsigned char *)text;

	/* a NUL is no letter */
	while (letter[s[0]] && letter[s[1]] && letter[s[2]] && letter[s[3]])
		s += 4;
	while (letter[*s])
		s++;
	return *s == '\0';
}

/* Faults of the record as a whole, whatever its columns mean. */
static void
judge_bytes(struct judge *j)
{
	const struct csv_record *r = j->record;

	if (r->too_long)
		judge_reject(
			j, "",
			"the line is longer than any device row: is a quotation mark missing?");
	for (size_t i = j->map->width; i < r->count; i++)
		if (r->len[i] != 0)
			judge_reject(
				j, "",
				"more values (%zu) than columns (%zu): put a value with a comma in "
				"quotation marks",
				r->count, j->map->width);
	for (size_t i = 0; i < r->count && !j->plain; i++) {
		if (strlen(r->field[i]) != r->len[i])
			judge_reject(j, "",
			             "value %zu contains a NUL byte: save the list as CSV UTF-8",
			             i + 1);
		else if (!text_is_utf8(r->field[i], r->len[i]))
			judge_reject(
				j, "",
				"value %zu contains a damaged character (not UTF-8): save the list "
				"as CSV UTF-8",
				i + 1);
	}
}

/* The last word of "Fabrikam Ltd.", or a PKID: a value of another column. */
static bool
is_shifted(const struct judge *j, const char *text)
{
	const char *last = strrchr(text, ' ');

	return (words_kinds(j->rule->words, last != NULL ? last + 1 : text) & WORD_COMPANY_END) !=
	               0 ||
	       values_is_pkid(j->rule, text);
}

static void
judge_hash(struct judge *j)
{
	const char *hash = judge_field(j, COLUMN_HASH);

	if (is_base64(hash))
		return;
	if (is_shifted(j, hash))
		judge_reject(
			j, column_name(COLUMN_HASH),
			"this is not a hardware hash, so the columns are shifted: put a value with a "
			"comma in quotation marks");
	else if (!secret_has_hash(hash)) /* a hash with line breaks in it */
		judge_remark(j, REMARK_NO_HASH);
}

static void
judge_known(struct judge *j, enum column c)
{
	const char *text = judge_field(j, c);

	if (text[0] == '\0' || (j->plain && judge_length(j, c) < SECRET_MIN))
		return;
	if (secret_has_product_key(text))
		judge_reject(
			j, column_name(c),
			"this is a 25-character product key, a secret: give the 13-digit Product "
			"Key ID");
	else if (secret_has_hash(text))
		judge_reject(j, column_name(c),
		             "this looks like a hardware hash: put every value under its column");
	else if (text_has_control(text))
		judge_reject(j, column_name(c),
		             "the value contains a control character or a line break: remove it");
	else if (strlen(text) > VALUES_MAX)
		judge_reject(
			j, column_name(c),
			"the value is longer than %d bytes, columns may be shifted: put every value "
			"under its column",
			VALUES_MAX);
}

/* Only long values and values with other bytes than printable ASCII can have the faults of judge_known(). */
static bool
is_ordinary(const struct judge *j)
{
	for (size_t i = 0; i < j->record->count; i++)
		if (j->record->len[i] >= SECRET_MIN)
			return false;
	return j->plain;
}

static void
judge_each_known(struct judge *j)
{
	if (is_ordinary(j))
		return;
	for (enum column c = 0; c < COLUMN_HASH; c++)
		judge_known(j, c);
}

static void
judge_customer(struct judge *j)
{
	char damage[DAMAGE_SIZE];
	struct trimmed t;

	judge_trim(j, COLUMN_CUSTOMER, &t);
	if (damage_of_customer(j->rule->words, &t.value, damage))
		judge_reject_damage(j, COLUMN_CUSTOMER, damage);
	else
		judge_remember(j, COLUMN_CUSTOMER, SOUND_CUSTOMER);
}

static void
judge_customer_name(struct judge *j)
{
	const char *name = judge_field(j, COLUMN_CUSTOMER_NAME);

	j->verdict->no_name = (words_text_kinds(j->rule->words, name) & WORD_NO_VALUE) != 0 ||
	                      damage_is_no_name(name);
	if (j->verdict->no_name)
		judge_remark(j, REMARK_NO_NAME);
	else
		judge_remember(j, COLUMN_CUSTOMER_NAME, SOUND_CUSTOMER_NAME);
}

/* A name that was encoded twice would appear damaged in mails. */
static void
judge_twice(struct judge *j)
{
	static const enum column named[] = {COLUMN_SERIAL,   COLUMN_MANUFACTURER,  COLUMN_MODEL,
	                                    COLUMN_CUSTOMER, COLUMN_CUSTOMER_NAME, COLUMN_TICKET};
	struct buf meant;

	if (j->plain)
		return;
	buf_init(&meant, VALUES_MAX * 4);
	for (size_t i = 0; i < ARRAY_SIZE(named); i++)
		if (encoding_is_twice(judge_field(j, named[i]), &meant)) {
			judge_reject(j, column_name(named[i]),
			             "\"%s\" was converted to UTF-8 twice and should perhaps be "
			             "\"%s\": save the list as CSV UTF-8 from the source again",
			             judge_field(j, named[i]), meant.data);
			buf_reset(&meant);
		}
	buf_release(&meant);
}

/* "#FX0001", "// FX0001", ";FX0001": the first value of a row that somebody disabled. In a column of
 * tickets or of no known meaning "#123" may be a number. */
static void
judge_comment(struct judge *j)
{
	const char *first = j->record->count > 0 ? j->record->field[0] : "";
	char shown[COMMENT_SHOWN];
	bool known = false;

	if (!damage_is_comment(first))
		return;
	for (enum column c = 0; c < COLUMN_TICKET; c++)
		known = known || j->map->at[c] == 0;
	if (!known && first[0] == '#' && text_all_of(first + 1, DIGITS))
		return;
	secret_printable(shown, sizeof(shown), first);
	judge_reject(j, j->map->at[COLUMN_SERIAL] == 0 ? column_name(COLUMN_SERIAL) : "",
	             "this row looks commented out (\"%s\"): remove the comment sign, or the row",
	             shown);
}

static void
judge_words(struct judge *j)
{
	struct ledger_row *row = j->row;
	const char *join = judge_field(j, COLUMN_JOIN), *mdm = judge_field(j, COLUMN_MDM);
	const char *via = judge_field(j, COLUMN_VIA), *purpose = judge_field(j, COLUMN_PURPOSE);

	row->purpose = j->rule->purpose;
	if (!join_parse(join, &row->join))
		judge_reject(j, column_name(COLUMN_JOIN),
		             "\"%s\" is not a known word: write entra, hybrid or unknown", join);
	if (!mdm_parse(mdm, &row->mdm))
		judge_reject(j, column_name(COLUMN_MDM),
		             "\"%s\" is not a known word: write intune, was-intune, none, other or "
		             "unknown",
		             mdm);
	if (!registrant_parse(via, &row->via))
		judge_reject(j, column_name(COLUMN_VIA),
		             "\"%s\" is not a known word: write partner, customer or unknown", via);
	if (purpose[0] != '\0' && !purpose_parse(purpose, &row->purpose))
		judge_reject(j, column_name(COLUMN_PURPOSE),
		             "\"%s\" is not a known word: write repair, retire or resell", purpose);
}

/* A spreadsheet turns 0000012345 into 12345, which is another number for the service. */
static bool
lost_zeros(const char *number, const char *configured)
{
	return strlen(number) < strlen(configured) &&
	       strcmp(number, configured + strspn(configured, "0")) == 0;
}

static void
judge_number(struct judge *j, enum column c, const char *configured)
{
	const char *number = judge_field(j, c);

	if (number[0] == '\0')
		return;
	if (strspn(number, DIGITS) != strlen(number) || strlen(number) > ACCOUNT_DIGITS)
		judge_reject(j, column_name(c),
		             "a customer number has at most 10 digits: give it, or leave it empty");
	else if (lost_zeros(number, configured))
		judge_reject(j, column_name(c),
		             "\"%s\" is the configured \"%s\" without its leading zeros: give all "
		             "digits, as text, or leave it empty",
		             number, configured);
}

static void
judge_account(struct judge *j)
{
	const char *sold_to = judge_field(j, COLUMN_SOLD_TO);
	const char *received_from = judge_field(j, COLUMN_RECEIVED_FROM);

	judge_number(j, COLUMN_SOLD_TO, j->rule->sold_to);
	judge_number(j, COLUMN_RECEIVED_FROM, j->rule->received_from);
	j->row->ticket = judge_field(j, COLUMN_TICKET);
	if (j->rule->ticket_required && j->row->ticket[0] == '\0')
		judge_reject(
			j, column_name(COLUMN_TICKET),
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
	const char *tenant = judge_field(j, COLUMN_TENANT);

	if (!j->rule->by_customer)
		return;
	j->verdict->tenant = tenant;
	if (tenant[0] == '\0')
		judge_reject(j, column_name(COLUMN_TENANT),
		             "Partner Center needs the customer's tenant: give its id (a GUID)");
	else if (!is_guid(tenant))
		judge_reject(j, column_name(COLUMN_TENANT),
		             "\"%s\" is not a tenant id: give the GUID, such as "
		             "00000000-0000-4000-8000-000000000000",
		             tenant);
}

/* The row comes from a failed.csv that a spreadsheet has saved. A person may have corrected a value, but
 * nobody drops leading zeros on purpose. */
static void
judge_written(struct judge *j)
{
	const char *note = judge_field(j, COLUMN_DIGITS);
	char was[DIGITS_SIZE];

	for (enum column c = 0; c < COLUMN_HASH && note[0] != '\0'; c++)
		if (digits_noted(note, column_name(c), was) && digits_lost(was, judge_field(j, c)))
			judge_reject(j, column_name(c),
			             "\"%s\" was \"%s\" when failed.csv was written, so a "
			             "spreadsheet has changed it: write all digits again, as text, "
			             "or empty \"" DIGITS_COLUMN "\" if it is right",
			             judge_field(j, c), was);
}

void
values_judge(const struct values_rule *rule, const struct column_map *map,
             const struct csv_record *record, struct sound *sound, struct ledger_row *row,
             struct values_verdict *verdict)
{
	struct judge j = {.rule = rule,
	                  .map = map,
	                  .record = record,
	                  .sound = sound,
	                  .row = row,
	                  .verdict = verdict,
	                  .plain = is_plain(record)};

	verdict->reason[0] = '\0';
	verdict->column = verdict->tenant = "";
	verdict->remarks = 0;
	verdict->no_name = false;
	judge_bytes(&j);
	judge_hash(&j);
	judge_each_known(&j);
	judge_twice(&j);
	judge_identity(&j);
	if (!judge_is_sound(&j, COLUMN_CUSTOMER, SOUND_CUSTOMER))
		judge_customer(&j);
	if (!judge_is_sound(&j, COLUMN_CUSTOMER_NAME, SOUND_CUSTOMER_NAME))
		judge_customer_name(&j);
	judge_comment(&j);
	judge_words(&j);
	judge_account(&j);
	judge_tenant(&j);
	judge_written(&j);
	if (verdict->reason[0] != '\0')
		row->outcome = OUTCOME_REJECTED;
}
