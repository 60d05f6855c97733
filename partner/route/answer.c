#include "partner/route/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/json.h"
#include "common/text.h"

#define NOBODY SIZE_MAX
#define PKID_NUMBER_MAX 9007199254740992.0 /* 2^53: exact below */
#define WORD_SHOWN 60                      /* bytes of a foreign word that a reason repeats */

/* Open addressing over the devices of a batch, by what was sent of them. */
struct index {
	const struct route_batch *batch;
	size_t *slot; /* device + 1; 0: free */
	size_t mask;
};

/* One entry of the answer, as texts. */
struct entry {
	char pkid[ROUTE_REASON_MAX];
	const char *serial, *manufacturer, *model;
};

static uint64_t
hash_id(const struct device_id *id)
{
	uint64_t h = TEXT_HASH_START;

	if (id->pkid[0] != '\0')
		return text_hash(h, id->pkid, strlen(id->pkid));
	h = text_hash(h, id->serial, strlen(id->serial) + 1);
	h = text_hash(h, id->manufacturer, strlen(id->manufacturer) + 1);
	return text_hash(h, id->model, strlen(id->model) + 1);
}

/* The same device by what was sent: the PKID where there is one, else the whole tuple. */
static bool
same_id(const struct device_id *a, const struct device_id *b)
{
	if (a->pkid[0] != '\0' || b->pkid[0] != '\0')
		return strcmp(a->pkid, b->pkid) == 0;
	return strcmp(a->serial, b->serial) == 0 && strcmp(a->manufacturer, b->manufacturer) == 0 &&
	       strcmp(a->model, b->model) == 0;
}

static void
index_init(struct index *ix, const struct route_batch *batch)
{
	size_t size = 16;

	while (size < batch->count * 2)
		size *= 2;
	ix->batch = batch;
	ix->mask = size - 1;
	ix->slot = xcalloc(size, sizeof(*ix->slot));
	for (size_t i = 0; i < batch->count; i++) {
		size_t s = hash_id(&batch->device[i]) & ix->mask;
		while (ix->slot[s] != 0)
			s = (s + 1) & ix->mask;
		ix->slot[s] = i + 1;
	}
}

static size_t
index_find(const struct index *ix, const struct device_id *id)
{
	for (size_t s = hash_id(id) & ix->mask; ix->slot[s] != 0; s = (s + 1) & ix->mask)
		if (same_id(&ix->batch->device[ix->slot[s] - 1], id))
			return ix->slot[s] - 1;
	return NOBODY;
}

static const char *
text_of(const struct json *object, const char *key)
{
	const char *text = json_text(json_get_nocase(object, key));

	return text != NULL ? text : "";
}

/* A PKID is a string; the older family also wrote it as a number (wire facts, section 5.2). */
static void
read_entry(const struct profile *p, const struct json *device, struct entry *e)
{
	const struct json *pkid = json_get_nocase(device, p->text[ANSWER_PKID]);
	double n = json_number(pkid);

	e->pkid[0] = '\0';
	if (json_is_number(pkid) && n >= 0 && n < PKID_NUMBER_MAX)
		snprintf(e->pkid, sizeof(e->pkid), "%.0f", n);
	else if (json_is_string(pkid) && !text_copy(e->pkid, sizeof(e->pkid), json_text(pkid)))
		text_copy(e->pkid, sizeof(e->pkid), "?"); /* longer than any: names nobody */
	e->serial = text_of(device, p->text[ANSWER_SERIAL]);
	e->manufacturer = text_of(device, p->text[ANSWER_MANUFACTURER]);
	e->model = text_of(device, p->text[ANSWER_MODEL]);
}

static bool
echoes_nothing(const struct entry *e)
{
	return e->pkid[0] == '\0' && e->serial[0] == '\0' && e->manufacturer[0] == '\0' &&
	       e->model[0] == '\0';
}

static void PRINTFLIKE(3, 4)
	judge(struct route_verdict *v, enum outcome outcome, const char *format, ...)
{
	char text[ROUTE_REASON_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	v->outcome = outcome;
	text_printable(v->reason, sizeof(v->reason), text);
}

static long
code_of(const struct json *code)
{
	const char *text = json_text(code);
	long long n = 0;

	if (text != NULL)
		return text_number(text, 0, 999999, &n) ? (long)n : 0;
	return json_number(code) > 0 && json_number(code) < 1e6 ? (long)json_number(code) : 0;
}

/* Name first, then number; an alarm in either wins; two that disagree are no answer. */
static void
judge_error(const struct profile *p, const char *name, long code, struct route_verdict *v)
{
	const struct profile_error *by_name = profile_error_by_name(p, name);
	const struct profile_error *by_code = profile_error_by_code(p, code);
	const struct profile_error *e = by_name != NULL ? by_name : by_code;

	if (by_code != NULL && by_code->outcome == OUTCOME_ALARM)
		e = by_code;
	if (e == NULL)
		judge(v, OUTCOME_UNKNOWN, "error not listed in the profile: %.*s (%ld)", WORD_SHOWN,
		      name, code);
	else if (e->outcome != OUTCOME_ALARM && by_name != NULL && by_code != NULL &&
	         by_name->outcome != by_code->outcome)
		judge(v, OUTCOME_UNKNOWN, "contradicting error name and number: %.*s (%ld)",
		      WORD_SHOWN, name, code);
	else
		judge(v, e->outcome, "%s (%ld)", e->name, e->code);
}

static void
judge_entry(const struct profile *p, const struct json *device, struct route_verdict *v)
{
	const char *status = text_of(device, p->text[ANSWER_STATUS]);
	const char *name = text_of(device, p->text[ANSWER_ERROR_NAME]);
	long code = code_of(json_get_nocase(device, p->text[ANSWER_ERROR_CODE]));
	struct route_verdict error;

	judge_error(p, name, code, &error);
	if (error.outcome == OUTCOME_ALARM) {
		*v = error;
		return;
	}
	switch (profile_status(p, status)) {
	case STATUS_DONE:
		if (name[0] != '\0' || code != 0)
			judge(v, OUTCOME_UNKNOWN, "status %.*s together with error %.*s (%ld)",
			      WORD_SHOWN, status, WORD_SHOWN, name, code);
		else
			judge(v, OUTCOME_DEREGISTERED, "%s", "");
		break;
	case STATUS_PENDING:
		judge(v, OUTCOME_PENDING, "the service still says %.*s", WORD_SHOWN, status);
		break;
	case STATUS_ERROR: *v = error; break;
	case STATUS_COUNT:
		judge(v, OUTCOME_UNKNOWN, "status not listed in the profile: \"%.*s\"", WORD_SHOWN,
		      status);
		break;
	}
}

/* By PKID and by tuple; where both hit different devices, *ret_other is the second one. */
static size_t
find_device(const struct index *ix, const struct entry *e, size_t *ret_other)
{
	struct device_id by_pkid = {e->pkid, "", "", ""};
	struct device_id by_tuple = {"", e->serial, e->manufacturer, e->model};
	size_t a = e->pkid[0] != '\0' ? index_find(ix, &by_pkid) : NOBODY;
	size_t b = e->serial[0] != '\0' ? index_find(ix, &by_tuple) : NOBODY;

	*ret_other = a != NOBODY && b != NOBODY && a != b ? b : NOBODY;
	return a != NOBODY ? a : b;
}

static bool
any_echo(const struct profile *p, const struct json *devices)
{
	struct entry e;

	for (const struct json *d = json_first(devices); d != NULL; d = json_next(d)) {
		read_entry(p, d, &e);
		if (!echoes_nothing(&e))
			return true;
	}
	return false;
}

static void
join_one(const struct profile *p, const struct json *device, size_t i,
         struct route_verdict *verdict, bool *seen)
{
	if (seen[i]) {
		judge(&verdict[i],
		      verdict[i].outcome == OUTCOME_ALARM ? OUTCOME_ALARM : OUTCOME_UNKNOWN,
		      "the service answered twice for this device");
		return;
	}
	seen[i] = true;
	judge_entry(p, device, &verdict[i]);
}

static size_t
join_by_identifier(const struct profile *p, const struct index *ix, const struct json *devices,
                   struct route_verdict *verdict, bool *seen)
{
	size_t unexpected = 0;

	for (const struct json *d = json_first(devices); d != NULL; d = json_next(d)) {
		struct entry e;
		size_t other;
		read_entry(p, d, &e);
		size_t i = find_device(ix, &e, &other);
		if (i == NOBODY) {
			unexpected++;
			continue;
		}
		join_one(p, d, i, verdict, seen);
		if (other != NOBODY) {
			seen[other] = true;
			judge(&verdict[i], OUTCOME_UNKNOWN, "one answer names two devices");
			judge(&verdict[other], OUTCOME_UNKNOWN, "one answer names two devices");
		}
	}
	return unexpected;
}

/* Still pending as a whole: what is missing may yet come. */
static bool
any_pending(const struct route_verdict *verdict, const bool *seen, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (seen[i] && verdict[i].outcome == OUTCOME_PENDING)
			return true;
	return false;
}

static void
judge_missing(struct route_verdict *verdict, const bool *seen, size_t count)
{
	enum outcome o = any_pending(verdict, seen, count) ? OUTCOME_PENDING : OUTCOME_UNKNOWN;

	for (size_t i = 0; i < count; i++)
		if (!seen[i])
			judge(&verdict[i], o, "the service's answer lacks this device");
}

static size_t
join_all(const struct profile *p, const struct route_batch *batch, const struct json *devices,
         struct route_verdict *verdict)
{
	bool *seen = xcalloc(batch->count + 1, sizeof(*seen));
	size_t unexpected = 0, i = 0;
	struct index ix;

	index_init(&ix, batch);
	if (p->correlate == CORRELATE_POSITION && json_count(devices) == batch->count &&
	    !any_echo(p, devices)) {
		for (const struct json *d = json_first(devices); d != NULL; d = json_next(d), i++)
			join_one(p, d, i, verdict, seen);
	} else {
		unexpected = join_by_identifier(p, &ix, devices, verdict, seen);
	}
	judge_missing(verdict, seen, batch->count);
	free(ix.slot);
	free(seen);
	return unexpected;
}

enum route_end
answer_read_devices(const struct profile *p, const struct route_batch *batch, const char *body,
                    size_t len, struct route_verdict *verdict, size_t *ret_unexpected,
                    struct error *err)
{
	struct json *root = json_parse(body, len, err);
	const struct json *devices = json_get_nocase(root, p->text[ANSWER_DEVICES]);
	enum route_end end = ROUTE_LOST;

	*ret_unexpected = 0;
	if (root == NULL)
		error_prefix(err, "unreadable answer");
	else if (!json_is_array(devices))
		error_set(err, "the answer has no list \"%s\"", p->text[ANSWER_DEVICES]);
	else if (json_count(devices) == 0)
		error_set(err, "the answer names no device");
	else {
		*ret_unexpected = join_all(p, batch, devices, verdict);
		end = ROUTE_ANSWERED;
	}
	json_free(root);
	return end;
}

int
answer_read_batch_id(const struct profile *p, const char *body, size_t len,
                     char id[static ROUTE_ID_MAX], struct error *err)
{
	struct json *root = json_parse(body, len, err);
	const struct json *member = json_get_nocase(root, p->text[ANSWER_BATCH_ID]);
	const char *text = json_text(member);
	int rc = -1;

	if (root == NULL)
		error_prefix(err, "unreadable answer");
	else if (text == NULL || text[0] == '\0')
		error_set(err, "the answer has no \"%s\"", p->text[ANSWER_BATCH_ID]);
	else if (text_has_control(text) || !text_copy(id, ROUTE_ID_MAX, text))
		error_set(err, "the answer's \"%s\" is unusable (control bytes, or over %d bytes)",
		          p->text[ANSWER_BATCH_ID], ROUTE_ID_MAX - 1);
	else
		rc = 0;
	json_free(root);
	return rc;
}

void
answer_error_text(const char *body, size_t len, char *dst, size_t size)
{
	struct json *root = json_parse(body, len, NULL);
	const char *text = json_text(json_get_nocase(root, "ErrorMessage"));

	if (text == NULL)
		text = json_text(json_get_nocase(root, "Message"));
	text_printable(dst, size, text != NULL ? text : "");
	json_free(root);
}
