/* Judges the values that identify a device: PKID, serial number, manufacturer and model. */
#include <ctype.h>
#include <string.h>

#include "common/text.h"
#include "partner/intake/judge.h"

#define DIGITS "0123456789"
#define PKID_DIGITS 13

/* 00330-80000-00000-AA123 is the id of an installed Windows, not of a product key. Some documents have
 * a digit less in its third group. */
static bool
is_os_product_id(const char *text)
{
	size_t third;

	if (strspn(text, DIGITS) != 5 || text[5] != '-' || strspn(text + 6, DIGITS) != 5 ||
	    text[11] != '-')
		return false;
	third = strspn(text + 12, DIGITS);
	if (third < 3 || third > 5 || text[12 + third] != '-')
		return false;
	text += 13 + third;
	for (size_t i = 0; i < 5; i++)
		if (!isalnum((unsigned char)text[i]))
			return false;
	return text[5] == '\0';
}

/* The row has the values that a request without a PKID needs. */
static bool
has_name(const struct judge *j)
{
	if (j->rule->by_customer)
		return judge_field(j, COLUMN_SERIAL)[0] != '\0';
	return judge_field(j, COLUMN_SERIAL)[0] != '\0' &&
	       judge_field(j, COLUMN_MANUFACTURER)[0] != '\0' &&
	       judge_field(j, COLUMN_MODEL)[0] != '\0';
}

/* "n/a", "-", "0" or "000" beside a serial number. */
static bool
is_no_pkid(const struct damage_value *v)
{
	return (v->kinds & (WORD_NO_VALUE | WORD_PLACEHOLDER)) != 0 || text_all_of(v->text, "0") ||
	       text_all_of(v->text, ".-_?/ ");
}

/* 3,305,000,000,003 or 3 305 000 000 003 */
static bool
is_grouped(const char *text)
{
	size_t digits = 0;

	for (const char *p = text; *p != '\0'; p++)
		digits += isdigit((unsigned char)*p) ? 1 : 0;
	return digits == PKID_DIGITS && strlen(text) > digits &&
	       text_all_of(text, DIGITS ",. '-") && isdigit((unsigned char)text[0]) &&
	       text[strlen(text) - 2] != '.';
}

static void
judge_digits(struct judge *j, const char *pkid)
{
	char damage[DAMAGE_SIZE];

	if (text_all_of(pkid, DIGITS) && strlen(pkid) == PKID_DIGITS &&
	    damage_of_digits(pkid, damage))
		judge_reject_damage(j, COLUMN_PKID, damage);
}

/* A value under Product Key ID that does not match the rule. */
static void
judge_no_pkid(struct judge *j, const char *pkid)
{
	char damage[DAMAGE_SIZE];
	struct trimmed t;

	judge_trim(j, COLUMN_PKID, &t);
	if (is_no_pkid(&t.value) || (is_os_product_id(t.value.text) && has_name(j))) {
		j->row->device.pkid = "";
		judge_remark(j, is_no_pkid(&t.value) ? REMARK_NO_PKID : REMARK_OS_PRODUCT_ID);
		return;
	}
	if (is_grouped(t.value.text))
		judge_reject(j, column_name(COLUMN_PKID),
		             "\"%s\": its digits are in groups: give 13 digits without anything "
		             "between them",
		             pkid);
	else if (damage_of_identifier(j->rule->words, &t.value, damage))
		judge_reject_damage(j, COLUMN_PKID, damage);
	else if (text_all_of(pkid, DIGITS) && strlen(pkid) < PKID_DIGITS)
		judge_reject(
			j, column_name(COLUMN_PKID),
			"\"%s\" has %zu digits, but a Product Key ID has 13; leading zeros may be "
			"lost: copy it from the source again, as text",
			pkid, strlen(pkid));
	else
		judge_reject(
			j, column_name(COLUMN_PKID),
			"this is not a Product Key ID: give its 13 digits, or leave it empty and "
			"give serial number, manufacturer and model");
}

static void
judge_pkid(struct judge *j)
{
	const char *pkid = judge_field(j, COLUMN_PKID);

	j->row->device.pkid = pkid;
	if (pkid[0] == '\0')
		return;
	if (values_is_pkid(j->rule, pkid))
		judge_digits(j, pkid);
	else
		judge_no_pkid(j, pkid);
}

/* Blanks are sent as given, because the manufacturer may have written them (doc/wire.md, section
 * 5.2). */
static void
remark_blanks(struct judge *j)
{
	static const struct {
		enum column column;
		enum remark remark;
	} tuple[] = {{COLUMN_SERIAL, REMARK_PAD_SERIAL},
	             {COLUMN_MANUFACTURER, REMARK_PAD_MANUFACTURER},
	             {COLUMN_MODEL, REMARK_PAD_MODEL}};

	for (size_t i = 0; i < ARRAY_SIZE(tuple); i++)
		if (text_has_outer_blank(judge_field(j, tuple[i].column)))
			judge_remark(j, tuple[i].remark);
}

static void
judge_serial(struct judge *j, bool identifies)
{
	char damage[DAMAGE_SIZE];
	struct trimmed t;

	if (judge_field(j, COLUMN_SERIAL)[0] == '\0')
		return;
	judge_trim(j, COLUMN_SERIAL, &t);
	if (identifies && t.value.text[0] != '#' && damage_is_placeholder(&t.value))
		judge_reject(j, column_name(COLUMN_SERIAL),
		             "\"%s\" is a placeholder that many devices share: give the Product "
		             "Key ID",
		             judge_field(j, COLUMN_SERIAL));
	else if (damage_of_identifier(j->rule->words, &t.value, damage))
		judge_reject_damage(j, COLUMN_SERIAL, damage);
}

/* A name that no earlier row has, or a faulty one. */
static void
judge_new_name(struct judge *j, enum column c, bool identifies, enum sound_as as)
{
	char damage[DAMAGE_SIZE];
	struct trimmed t;

	judge_trim(j, c, &t);
	if (damage_of_name(j->rule->words, &t.value, identifies, damage))
		judge_reject_damage(j, c, damage);
	else if (identifies && (t.value.kinds & WORD_DEFAULT) != 0)
		judge_remark(j, REMARK_DEFAULT_NAME);
	else
		judge_remember(j, c, as);
}

static void
judge_name(struct judge *j, enum column c, bool identifies)
{
	enum sound_as as = identifies ? SOUND_EXACT_NAME : SOUND_NAME;

	if (judge_field(j, c)[0] != '\0' && !judge_is_sound(j, c, as))
		judge_new_name(j, c, identifies, as);
}

static void
reject_nameless(struct judge *j)
{
	const char *key = judge_field(j, COLUMN_PRODUCT_KEY);

	judge_reject(
		j, "", "%s: give the Product Key ID, or serial number%s",
		judge_field(j, COLUMN_HASH)[0] != '\0'
			? "a hardware hash alone cannot deregister a device"
		: key[0] != '\0' && values_is_pkid(j->rule, key)
			? "the column \"Product Key\" is ignored, because product keys are secret"
			: "the row does not identify a device",
		j->rule->by_customer ? "" : ", manufacturer and model");
}

void
judge_identity(struct judge *j)
{
	bool by_tuple;

	judge_pkid(j);
	by_tuple = j->row->device.pkid[0] == '\0';
	j->row->device.serial = judge_field(j, COLUMN_SERIAL);
	j->row->device.manufacturer = judge_field(j, COLUMN_MANUFACTURER);
	j->row->device.model = judge_field(j, COLUMN_MODEL);
	judge_serial(j, by_tuple);
	judge_name(j, COLUMN_MANUFACTURER, by_tuple && !j->rule->by_customer);
	judge_name(j, COLUMN_MODEL, by_tuple && !j->rule->by_customer);
	if (by_tuple && !has_name(j))
		reject_nameless(j);
	else if (by_tuple)
		remark_blanks(j);
}
