/* Parses JSON leniently in keys (any case), strictly in structure. */
#include "partner/route/oem_direct/answer_json.h"

#include <stdio.h>

#include "common/buf.h"
#include "common/json.h"
#include "common/text.h"
#include "partner/route/oem_direct/answer.h"
#include "partner/route/unreadable.h"

#define ERROR_MAX \
	((size_t)128 * 1024 * 1024) /* of an error field that is not a text; no answer is so long */
#define PKID_NUMBER_MAX 9007199254740992.0 /* 2^53: exact below */

static const char *
text_of(const struct json *object, const struct json **from, const char *key)
{
	const char *text = json_text(json_get_nocase_from(object, from, key));

	return text != NULL ? text : "";
}

/* Everything readable in a value of another type: numbers and texts, at any depth. */
static void
add_other(const struct profile *p, struct answer_error *e, const struct json *value)
{
	struct buf text;

	buf_init(&text, ERROR_MAX);
	json_print(value, &text);
	answer_error_add_other(p, e, text.data);
	buf_release(&text);
}

static void
add_code(const struct profile *p, struct answer_error *e, const struct json *code)
{
	double n = json_number(code);

	if (code == NULL || json_is_null(code) || (json_is_number(code) && n == 0))
		return;
	if (json_is_string(code))
		answer_error_add_code(p, e, json_text(code));
	else if (json_is_number(code) && n > 0 && n < ANSWER_CODE_MAX + 1.0 && n == (double)(long)n)
		e->code = (long)n;
	else
		add_other(p, e, code);
}

static void
add_name(const struct profile *p, struct answer_error *e, const struct json *name)
{
	if (name == NULL || json_is_null(name))
		return;
	if (json_is_string(name))
		answer_error_add_name(p, e, json_text(name));
	else
		add_other(p, e, name);
}

/* A PKID is a string, but a service may write it as a number. */
static void
read_pkid(const struct json *pkid, struct answer_entry *e)
{
	double n = json_number(pkid);

	e->pkid[0] = '\0';
	/* a fraction must not be rounded to the PKID of another device */
	if (json_is_number(pkid) && n >= 0 && n < PKID_NUMBER_MAX && n == (double)(long long)n)
		snprintf(e->pkid, sizeof(e->pkid), "%.0f", n);
	else if (json_is_string(pkid))
		answer_set_pkid(e, json_text(pkid));
}

/* An alarm in a value, at any depth. */
static bool
value_is_alarm(const struct profile *p, const char *key, const struct json *value)
{
	const struct json *m;

	if (json_is_string(value))
		return answer_field_is_alarm(p, key, json_text(value));
	if (json_is_number(value))
		return answer_number_is_alarm(p, key, json_number(value));
	for (m = json_first(value); m != NULL; m = json_next(m))
		if (value_is_alarm(p, json_is_object(value) ? json_key(m) : key, m))
			return true;
	return false;
}

/* An alarm in a member other than these, which are read elsewhere. A member often follows the one that it follows
 * in read. */
static bool
others_are_alarm(const struct profile *p, const struct json *object, const enum profile_text *read,
                 size_t count)
{
	size_t at = 0;

	for (const struct json *m = json_first(object); m != NULL; m = json_next(m)) {
		size_t left = count;
		while (left > 0 && !text_equal_nocase(json_key(m), p->text[read[at % count]])) {
			at++;
			left--;
		}
		if (left == 0 && value_is_alarm(p, json_key(m), m))
			return true;
		at += left > 0;
	}
	return false;
}

static void
read_entry(const struct profile *p, const void *at, struct answer_entry *e)
{
	const struct json *device = at, *from = NULL;

	read_pkid(json_get_nocase_from(device, &from, p->text[ANSWER_PKID]), e);
	e->serial = text_of(device, &from, p->text[ANSWER_SERIAL]);
	e->manufacturer = text_of(device, &from, p->text[ANSWER_MANUFACTURER]);
	e->model = text_of(device, &from, p->text[ANSWER_MODEL]);
	e->status = text_of(device, &from, p->text[ANSWER_STATUS]);
	e->error = (struct answer_error){.name = ""};
	add_name(p, &e->error, json_get_nocase_from(device, &from, p->text[ANSWER_ERROR_NAME]));
	add_code(p, &e->error, json_get_nocase_from(device, &from, p->text[ANSWER_ERROR_CODE]));
	if (json_is_object(device)
	            ? others_are_alarm(p, device, answer_entry_fields, ANSWER_ENTRY_FIELDS)
	            : value_is_alarm(p, "error", device))
		e->error.alarm = true;
}

static const void *
next_entry(const void *at)
{
	return json_next(at);
}

static void
explain(struct error *err, const char *body, size_t len)
{
	error_prefix(err, "unreadable JSON");
	unreadable_explain(err, "JSON", body, len);
}

/* An answer may repeat the BatchId, but no other one, in no other form. */
static int
check_batch_id(const struct profile *p, const struct json *root, const char *asked,
               struct error *err)
{
	const struct json *id = json_get_nocase(root, p->text[ANSWER_BATCH_ID]);

	if (id == NULL || json_is_null(id))
		return 0;
	return answer_check_batch_id(json_is_string(id) ? json_text(id) : "", asked, err);
}

enum route_end
answer_json_read_devices(const struct profile *p, const struct route_batch *batch,
                         const char *batch_id, const char *body, size_t len,
                         struct route_verdict *verdict, struct answer_notes *notes,
                         struct error *err)
{
	struct json_pool pool = {0};
	struct json *root = json_parse_in(&pool, body, len, err);
	const struct json *devices = json_get_nocase(root, p->text[ANSWER_DEVICES]);
	enum route_end end = ROUTE_LOST;

	*notes = (struct answer_notes){0};
	if (root == NULL)
		explain(err, body, len);
	else if (check_batch_id(p, root, batch_id, err) != 0)
		; /* the answer of another batch */
	else if (!json_is_array(devices))
		error_set(err, "the answer has no list \"%s\"", p->text[ANSWER_DEVICES]);
	else if (json_count(devices) == 0)
		error_set(err, "the answer contains no device");
	else {
		const struct answer_list list = {
			.first = json_first(devices),
			.count = json_count(devices),
			.alarm = others_are_alarm(p, root, answer_root_fields, ANSWER_ROOT_FIELDS),
			.next = next_entry,
			.read = read_entry};
		*notes = answer_join(p, batch, &list, verdict);
		end = ROUTE_ANSWERED;
	}
	json_pool_release(&pool);
	return end;
}

int
answer_json_read_batch_id(const struct profile *p, const char *body, size_t len,
                          char id[static ROUTE_ID_MAX], struct error *err)
{
	struct json *root = json_parse(body, len, err);
	const char *text = json_text(json_get_nocase(root, p->text[ANSWER_BATCH_ID]));
	int rc = -1;

	if (root == NULL)
		explain(err, body, len);
	else
		rc = answer_copy_batch_id(p, text, id, err);
	json_free(root);
	return rc;
}

void
answer_json_error_text(const char *body, size_t len, char *dst, size_t size)
{
	struct json *root = json_parse(body, len, NULL);
	const char *text = json_text(json_get_nocase(root, "ErrorMessage"));

	if (text == NULL)
		text = json_text(json_get_nocase(root, "Message"));
	text_printable(dst, size, text != NULL ? text : "");
	json_free(root);
}
