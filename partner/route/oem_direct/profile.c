/* Reads and checks profile files, key by key; the tables say which keys there are. */
#include "partner/route/oem_direct/profile.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/ini.h"
#include "common/text.h"
#include "common/xml.h"
#include "partner/embed.h"

#define NAME_MAX_LEN 64
#define WORD_LIST_MAX 128 /* bytes */
#define URI_MAX_LEN 190   /* bytes; a line of the file is not longer */

enum text_kind { KIND_NAME, KIND_OPTIONAL_NAME, KIND_PATH, KIND_PLAIN, KIND_TYPE, KIND_URI };

static const struct {
	const char *section, *key;
	enum text_kind kind;
} texts[] = {
	[PATH_SUBMIT] = {"paths", "submit", KIND_PATH},
	[PATH_STATUS] = {"paths", "status", KIND_PATH},
	[PATH_BATCH_QUERY] = {"paths", "batch-query", KIND_NAME},
	[REQUEST_CONTENT_TYPE] = {"request", "content-type", KIND_TYPE},
	[REQUEST_PURCHASE_ORDER] = {"request", "purchase-order", KIND_OPTIONAL_NAME},
	[REQUEST_GROUP_TAG] = {"request", "group-tag", KIND_OPTIONAL_NAME},
	[REQUEST_SOLD_TO] = {"request", "sold-to", KIND_OPTIONAL_NAME},
	[REQUEST_RECEIVED_FROM] = {"request", "received-from", KIND_OPTIONAL_NAME},
	[REQUEST_DEVICES] = {"request", "devices", KIND_NAME},
	[REQUEST_PKID] = {"request", "product-key-id", KIND_NAME},
	[REQUEST_SERIAL] = {"request", "serial", KIND_NAME},
	[REQUEST_MANUFACTURER] = {"request", "manufacturer", KIND_NAME},
	[REQUEST_MODEL] = {"request", "model", KIND_NAME},
	[ANSWER_CONTENT_TYPE] = {"answer", "content-type", KIND_TYPE},
	[ANSWER_BATCH_ID] = {"answer", "batch-id", KIND_NAME},
	[ANSWER_DEVICES] = {"answer", "devices", KIND_NAME},
	[ANSWER_PKID] = {"answer", "product-key-id", KIND_NAME},
	[ANSWER_SERIAL] = {"answer", "serial", KIND_NAME},
	[ANSWER_MANUFACTURER] = {"answer", "manufacturer", KIND_NAME},
	[ANSWER_MODEL] = {"answer", "model", KIND_NAME},
	[ANSWER_STATUS] = {"answer", "status", KIND_NAME},
	[ANSWER_ERROR_NAME] = {"answer", "error-name", KIND_NAME},
	[ANSWER_ERROR_CODE] = {"answer", "error-code", KIND_NAME},
	[XML_ROOT] = {"xml", "root", KIND_NAME},
	[XML_NAMESPACE] = {"xml", "namespace", KIND_URI},
	[XML_DEVICE] = {"xml", "device", KIND_NAME},
	[XML_SUBMIT_ANSWER] = {"xml", "submit-answer", KIND_OPTIONAL_NAME},
	[XML_POLL_ANSWER] = {"xml", "poll-answer", KIND_OPTIONAL_NAME},
	[RULE_PKID] = {"identifiers", "pkid", KIND_PLAIN},
};
_Static_assert(ARRAY_SIZE(texts) == PROFILE_TEXT_COUNT, "every text has a key");

static const char *const blank_words[] = {
	[BLANK_EMPTY] = "empty", [BLANK_NULL] = "null", [BLANK_OMIT] = "omit"};
_Static_assert(ARRAY_SIZE(blank_words) == BLANK_COUNT, "every blank mode has a word");

static const char *const wire_words[] = {[WIRE_JSON] = "json", [WIRE_XML] = "xml"};
_Static_assert(ARRAY_SIZE(wire_words) == WIRE_COUNT, "every wire has a word");

static const char *const namespace_words[] = {
	[NAMESPACE_STRICT] = "strict", [NAMESPACE_ANY] = "any"};
_Static_assert(ARRAY_SIZE(namespace_words) == NAMESPACE_COUNT, "every check has a word");

static const char *const correlate_words[] = {
	[CORRELATE_IDENTIFIER] = "identifier", [CORRELATE_POSITION] = "position"};
_Static_assert(ARRAY_SIZE(correlate_words) == CORRELATE_COUNT, "every way to correlate has a word");

static const char *const status_words[] = {
	[STATUS_DONE] = "done", [STATUS_PENDING] = "pending", [STATUS_ERROR] = "error"};
_Static_assert(ARRAY_SIZE(status_words) == STATUS_COUNT, "every status class has a word");

/* The outcomes that an error may mean: never success, never "not sent". */
static const enum outcome error_outcomes[] = {
	OUTCOME_NOT_REGISTERED, OUTCOME_NOT_OURS, OUTCOME_NOT_FOUND, OUTCOME_NOT_UNIQUE,
	OUTCOME_REFUSED,        OUTCOME_ALARM,    OUTCOME_UNKNOWN,
};

/* These errors mean that the call registered a device. No profile may make them less than an alarm. */
static const char *const alarm_names[] = {"ZtdDeviceAlreadyAssigned",
                                          "ZtdDeviceAssignedToOtherTenant"};
static const long alarm_codes[] = {806, 808};

/* The index of the word, or -1. */
static int
find_word(const char *value, const char *const *words, size_t count, const char *key,
          struct error *err)
{
	struct buf list;

	for (size_t i = 0; i < count; i++)
		if (strcmp(value, words[i]) == 0)
			return (int)i;
	buf_init(&list, WORD_LIST_MAX);
	for (size_t i = 0; i < count; i++)
		buf_printf(&list, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", words[i]);
	error_set(err, "%s cannot be \"%s\": use %s", key, value, list.data);
	buf_release(&list);
	return -1;
}

static bool
looks_like_tenant(const char *name)
{
	char plain[URI_MAX_LEN + 1];
	size_t n = 0;

	for (; *name != '\0' && n < URI_MAX_LEN; name++)
		if (isalnum((unsigned char)*name))
			plain[n++] = text_lower(*name);
	plain[n] = '\0';
	return strstr(plain, "tenant") != NULL;
}

/* A URI (RFC 3986). Namespaces of XML itself are refused, because every reader interprets them. */
static bool
is_namespace(const char *value)
{
	static const char uri_bytes[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
		"-._~:/?#[]@!$()*+,;=%";
	static const char xml_itself[] = "http://www.w3.org/";

	return text_all_of(value, uri_bytes) && xml_is_uri(value) && strlen(value) <= URI_MAX_LEN &&
	       strncmp(value, xml_itself, strlen(xml_itself)) != 0;
}

static int
check_text(enum text_kind kind, const char *value, struct error *err)
{
	static const char name_bytes[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";

	if (kind == KIND_OPTIONAL_NAME && value[0] == '\0')
		return 0;
	if (kind == KIND_NAME || kind == KIND_OPTIONAL_NAME) {
		if (!text_all_of(value, name_bytes) || strlen(value) > NAME_MAX_LEN)
			return error_set(err, "\"%s\" is not a field name (letters, digits, _ - .)",
			                 value);
		if (looks_like_tenant(value))
			return error_set(
				err,
				"\"%s\" looks like a tenant field: give the field another name",
				value);
	}
	if (kind == KIND_URI && (!is_namespace(value) || looks_like_tenant(value)))
		return error_set(err, "\"%s\" cannot be the namespace of a service", value);
	if (kind == KIND_PATH && value[0] != '\0' && value[0] != '/')
		return error_set(err, "the path \"%s\" must begin with /", value);
	if (kind == KIND_PATH && strpbrk(value, "?# ") != NULL)
		return error_set(err,
		                 "the path \"%s\" must not contain a query, a fragment or a blank",
		                 value);
	if ((kind == KIND_PLAIN && value[0] == '\0') ||
	    ((kind == KIND_PLAIN || kind == KIND_TYPE) && text_has_control(value)))
		return error_set(err, "a value is needed, without control characters");
	return 0;
}

static int
set_text(struct profile *p, size_t i, const char *value, struct error *err)
{
	if (check_text(texts[i].kind, value, err) != 0)
		return -1;
	free(p->text[i]);
	p->text[i] = xstrdup(value);
	return 0;
}

/* An entry that lacks the field would have the meaning of a nameless word. */
#define NAMELESS "the word of the service is missing before the \"=\""

static int
set_status_word(struct profile *p, const char *word, const char *value, struct error *err)
{
	int status = find_word(value, status_words, STATUS_COUNT, word, err);
	size_t i = 0;

	if (status < 0)
		return -1;
	if (word[0] == '\0')
		return error_set(err, NAMELESS);
	if (text_equal_nocase(word, "Error") && status != STATUS_ERROR)
		return error_set(err, "the status word Error can only mean error");
	while (i < p->words && !text_equal_nocase(p->word[i].word, word))
		i++;
	if (i == PROFILE_WORDS_MAX)
		return error_set(err, "more than %d status words", PROFILE_WORDS_MAX);
	if (i == p->words)
		p->word[p->words++].word = xstrdup(word);
	p->word[i].status = (enum profile_status)status;
	return 0;
}

static bool
is_alarm(const char *name, long code)
{
	for (size_t i = 0; i < ARRAY_SIZE(alarm_names); i++)
		if (text_equal_nocase(name, alarm_names[i]) || code == alarm_codes[i])
			return true;
	return false;
}

static int
parse_error(const char *name, const char *value, struct profile_error *ret, struct error *err)
{
	char number[16];
	const char *word = strchr(value, ' ');
	long long code;

	if (name[0] == '\0')
		return error_set(err, NAMELESS);
	if (word == NULL || (size_t)(word - value) >= sizeof(number))
		return error_set(err,
		                 "expected a number and an outcome, such as \"812 not-found\"");
	snprintf(number, sizeof(number), "%.*s", (int)(word - value), value);
	word += strspn(word, " \t");
	if (!text_number(number, 0, 999999, &code))
		return error_set(err, "\"%s\" is not an error number", number);
	ret->code = (long)code;
	for (size_t i = 0; i < ARRAY_SIZE(error_outcomes); i++) {
		if (strcmp(word, outcome_word(error_outcomes[i])) != 0)
			continue;
		ret->outcome = error_outcomes[i];
		if (is_alarm(name, ret->code) && ret->outcome != OUTCOME_ALARM)
			return error_set(
				err, "%s (%ld) reports a registration, so it can only be an alarm",
				name, ret->code);
		return 0;
	}
	return error_set(err, "\"%s\" is not an outcome of an error", word);
}

static int
set_error(struct profile *p, const char *name, const char *value, struct error *err)
{
	struct profile_error parsed = {0};
	size_t i = 0;

	if (parse_error(name, value, &parsed, err) != 0)
		return -1;
	while (i < p->errors && !text_equal_nocase(p->error[i].name, name))
		i++;
	if (i == PROFILE_WORDS_MAX)
		return error_set(err, "more than %d errors", PROFILE_WORDS_MAX);
	if (i == p->errors)
		p->error[p->errors++].name = xstrdup(name);
	p->error[i].code = parsed.code;
	p->error[i].outcome = parsed.outcome;
	return 0;
}

/* Keys whose value is one of a few words. */
enum mode { MODE_WIRE, MODE_BLANK, MODE_CORRELATE, MODE_NAMESPACE, MODE_COUNT };

static const struct {
	const char *section, *key;
	const char *const *words;
	size_t count;
} modes[] = {
	[MODE_WIRE] = {.section = "request",
                       .key = "wire",
                       .words = wire_words,
                       .count = WIRE_COUNT},
	[MODE_BLANK] = {.section = "request",
                        .key = "blank",
                        .words = blank_words,
                        .count = BLANK_COUNT},
	[MODE_CORRELATE] = {.section = "answer",
                            .key = "correlate",
                            .words = correlate_words,
                            .count = CORRELATE_COUNT},
	[MODE_NAMESPACE] = {.section = "xml",
                            .key = "namespace-check",
                            .words = namespace_words,
                            .count = NAMESPACE_COUNT},
};
_Static_assert(ARRAY_SIZE(modes) == MODE_COUNT, "every mode has a key");

/* MODE_COUNT: another key. */
static enum mode
find_mode(const char *section, const char *key)
{
	size_t i = 0;

	while (i < MODE_COUNT &&
	       (strcmp(section, modes[i].section) != 0 || strcmp(key, modes[i].key) != 0))
		i++;
	return (enum mode)i;
}

static int
set_mode(struct profile *p, enum mode mode, const char *value, struct error *err)
{
	int n = find_word(value, modes[mode].words, modes[mode].count, modes[mode].key, err);

	if (n < 0)
		return -1;
	switch (mode) {
	case MODE_WIRE: p->wire = (enum profile_wire)n; break;
	case MODE_BLANK: p->blank = (enum profile_blank)n; break;
	case MODE_CORRELATE: p->correlate = (enum profile_correlate)n; break;
	case MODE_NAMESPACE: p->namespace_check = (enum profile_namespace)n; break;
	case MODE_COUNT: break;
	}
	return 0;
}

static int
on_value(void *ctx, const char *section, const char *name, const char *value, int line UNUSED,
         struct error *err)
{
	struct profile *p = ctx;
	enum mode mode = find_mode(section, name);

	if (strcmp(section, "status") == 0)
		return set_status_word(p, name, value, err);
	if (strcmp(section, "errors") == 0)
		return set_error(p, name, value, err);
	for (size_t i = 0; i < PROFILE_TEXT_COUNT; i++)
		if (strcmp(section, texts[i].section) == 0 && strcmp(name, texts[i].key) == 0)
			return set_text(p, i, value, err);
	if (mode != MODE_COUNT)
		return set_mode(p, mode, value, err);
	return error_set(err, "a profile has no key \"%s\" in section [%s]", name, section);
}

/* If two fields of one object had the same name, one value would overwrite the other. */
static int
check_distinct(const struct profile *p, enum profile_text first, enum profile_text last,
               const char *path, struct error *err)
{
	for (size_t a = first; a <= last; a++)
		for (size_t b = a + 1; b <= last; b++)
			if (p->text[a][0] != '\0' && text_equal_nocase(p->text[a], p->text[b]))
				return error_set(
					err, "%s: %s and %s of [%s] must not both be \"%s\"", path,
					texts[a].key, texts[b].key, texts[a].section, p->text[a]);
	return 0;
}

/* Not every JSON key can be the name of an XML element. */
static int
check_xml_names(const struct profile *p, const char *path, struct error *err)
{
	for (size_t i = 0; p->wire == WIRE_XML && i < PROFILE_TEXT_COUNT; i++) {
		bool sent = (texts[i].kind == KIND_NAME && i != PATH_BATCH_QUERY) ||
		            texts[i].kind == KIND_OPTIONAL_NAME;
		if (sent && p->text[i][0] != '\0' && !xml_is_name(p->text[i]))
			return error_set(
				err, "%s: %s of [%s]: \"%s\" cannot be the name of an XML element",
				path, texts[i].key, texts[i].section, p->text[i]);
	}
	return 0;
}

int
profile_set_wire(struct profile *p, const char *word, struct error *err)
{
	int n = word[0] != '\0' ? find_word(word, wire_words, WIRE_COUNT, "wire", err)
	                        : (int)p->wire;

	if (n < 0)
		return -1;
	p->wire = (enum profile_wire)n;
	return check_xml_names(p, "profile", err);
}

int
profile_load(struct profile *p, const char *path, struct error *err)
{
	const char *name = path != NULL ? path : "built-in profile";

	*p = (struct profile){0};
	if (ini_read_text((const char *)embed_oem_direct_conf, "built-in profile", on_value, p,
	                  err) != 0 ||
	    (path != NULL && ini_read_file(path, on_value, p, err) != 0) ||
	    check_distinct(p, REQUEST_PURCHASE_ORDER, REQUEST_DEVICES, name, err) != 0 ||
	    check_distinct(p, REQUEST_PKID, REQUEST_MODEL, name, err) != 0 ||
	    check_distinct(p, ANSWER_PKID, ANSWER_ERROR_CODE, name, err) != 0 ||
	    check_xml_names(p, name, err) != 0) {
		profile_release(p);
		return -1;
	}
	return 0;
}

void
profile_release(struct profile *p)
{
	for (size_t i = 0; i < PROFILE_TEXT_COUNT; i++)
		free(p->text[i]);
	for (size_t i = 0; i < p->words; i++)
		free(p->word[i].word);
	for (size_t i = 0; i < p->errors; i++)
		free(p->error[i].name);
	*p = (struct profile){0};
}

enum profile_status
profile_status(const struct profile *p, const char *word)
{
	for (size_t i = 0; i < p->words; i++)
		if (text_equal_nocase(p->word[i].word, word))
			return p->word[i].status;
	return STATUS_COUNT;
}

const struct profile_error *
profile_error_by_name(const struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->errors; i++)
		if (text_equal_nocase(p->error[i].name, name))
			return &p->error[i];
	return NULL;
}

const struct profile_error *
profile_error_by_code(const struct profile *p, long code)
{
	for (size_t i = 0; code != 0 && i < p->errors; i++)
		if (p->error[i].code == code)
			return &p->error[i];
	return NULL;
}
