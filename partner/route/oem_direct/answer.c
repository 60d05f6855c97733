#include "partner/route/oem_direct/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"

#define NOBODY SIZE_MAX
#define WORD_SHOWN 60 /* bytes of a foreign word that a reason repeats */

/* Open addressing over the devices of a batch, by what was sent of them. */
struct index {
	const struct route_batch *batch;
	size_t *slot; /* device + 1; 0: free */
	size_t mask;
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

void
answer_set_pkid(struct answer_entry *e, const char *text)
{
	if (!text_copy(e->pkid, sizeof(e->pkid), text))
		text_copy(e->pkid, sizeof(e->pkid), "?"); /* longer than any: names nobody */
}

long
answer_error_code(const char *text)
{
	long long n = 0;

	return text_number(text, 0, ANSWER_CODE_MAX, &n) ? (long)n : 0;
}

static bool
echoes_nothing(const struct answer_entry *e)
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

/* What is most often said: without a reason. */
static void
judge_good(struct route_verdict *v)
{
	v->outcome = OUTCOME_DEREGISTERED;
	v->reason[0] = '\0';
}

static bool
is_alarm(const struct profile_error *e)
{
	return e != NULL && e->outcome == OUTCOME_ALARM;
}

/* Name first, then number; an alarm in either wins; two that disagree are no answer. */
static void
judge_error(const struct answer_entry *said, const struct profile_error *by_name,
            const struct profile_error *by_code, struct route_verdict *v)
{
	const struct profile_error *e = by_name == NULL || is_alarm(by_code) ? by_code : by_name;

	if (e == NULL)
		judge(v, OUTCOME_UNKNOWN, "error not listed in the profile: %.*s (%ld)", WORD_SHOWN,
		      said->error_name, said->error_code);
	else if (e->outcome != OUTCOME_ALARM && by_name != NULL && by_code != NULL &&
	         by_name->outcome != by_code->outcome)
		judge(v, OUTCOME_UNKNOWN, "contradicting error name and number: %.*s (%ld)",
		      WORD_SHOWN, said->error_name, said->error_code);
	else
		judge(v, e->outcome, "%s (%ld)", e->name, e->code);
}

static void
judge_entry(const struct profile *p, const struct answer_entry *e, struct route_verdict *v)
{
	const struct profile_error *by_name = profile_error_by_name(p, e->error_name);
	const struct profile_error *by_code = profile_error_by_code(p, e->error_code);

	if (is_alarm(by_name) || is_alarm(by_code)) {
		judge_error(e, by_name, by_code, v);
		return;
	}
	switch (profile_status(p, e->status)) {
	case STATUS_DONE:
		if (e->error_name[0] != '\0' || e->error_code != 0)
			judge(v, OUTCOME_UNKNOWN, "status %.*s together with error %.*s (%ld)",
			      WORD_SHOWN, e->status, WORD_SHOWN, e->error_name, e->error_code);
		else
			judge_good(v);
		break;
	case STATUS_PENDING:
		judge(v, OUTCOME_PENDING, "the service still says %.*s", WORD_SHOWN, e->status);
		break;
	case STATUS_ERROR: judge_error(e, by_name, by_code, v); break;
	case STATUS_COUNT:
		judge(v, OUTCOME_UNKNOWN, "status not listed in the profile: \"%.*s\"", WORD_SHOWN,
		      e->status);
		break;
	}
}

/* By PKID and by tuple; where both hit different devices, *ret_other is the second one. */
static size_t
find_device(const struct index *ix, const struct answer_entry *e, size_t *ret_other)
{
	struct device_id by_pkid = {e->pkid, "", "", ""};
	struct device_id by_tuple = {"", e->serial, e->manufacturer, e->model};
	size_t a = e->pkid[0] != '\0' ? index_find(ix, &by_pkid) : NOBODY;
	size_t b = e->serial[0] != '\0' ? index_find(ix, &by_tuple) : NOBODY;

	*ret_other = a != NOBODY && b != NOBODY && a != b ? b : NOBODY;
	return a != NOBODY ? a : b;
}

static bool
any_echo(const struct profile *p, const struct answer_list *devices)
{
	struct answer_entry e;

	for (const void *d = devices->first; d != NULL; d = devices->next(d)) {
		devices->read(p, d, &e);
		if (!echoes_nothing(&e))
			return true;
	}
	return false;
}

static void
join_one(const struct profile *p, const struct answer_entry *e, size_t i,
         struct route_verdict *verdict, bool *seen)
{
	if (seen[i]) {
		judge(&verdict[i],
		      verdict[i].outcome == OUTCOME_ALARM ? OUTCOME_ALARM : OUTCOME_UNKNOWN,
		      "the service answered twice for this device");
		return;
	}
	seen[i] = true;
	judge_entry(p, e, &verdict[i]);
}

static size_t
join_by_identifier(const struct profile *p, const struct index *ix,
                   const struct answer_list *devices, struct route_verdict *verdict, bool *seen)
{
	size_t unexpected = 0;

	for (const void *d = devices->first; d != NULL; d = devices->next(d)) {
		struct answer_entry e;
		size_t other;
		devices->read(p, d, &e);
		size_t i = find_device(ix, &e, &other);
		if (i == NOBODY) {
			unexpected++;
			continue;
		}
		join_one(p, &e, i, verdict, seen);
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

size_t
answer_join(const struct profile *p, const struct route_batch *batch,
            const struct answer_list *devices, struct route_verdict *verdict)
{
	bool *seen = xcalloc(batch->count + 1, sizeof(*seen));
	size_t unexpected = 0, i = 0;
	struct index ix;

	index_init(&ix, batch);
	if (p->correlate == CORRELATE_POSITION && devices->count == batch->count &&
	    !any_echo(p, devices)) {
		for (const void *d = devices->first; d != NULL; d = devices->next(d), i++) {
			struct answer_entry e;
			devices->read(p, d, &e);
			join_one(p, &e, i, verdict, seen);
		}
	} else {
		unexpected = join_by_identifier(p, &ix, devices, verdict, seen);
	}
	judge_missing(verdict, seen, batch->count);
	free(ix.slot);
	free(seen);
	return unexpected;
}

int
answer_take_batch_id(const struct profile *p, const char *text, char id[static ROUTE_ID_MAX],
                     struct error *err)
{
	if (text == NULL || text[0] == '\0')
		return error_set(err, "the answer has no \"%s\"", p->text[ANSWER_BATCH_ID]);
	if (text_has_control(text) || !text_copy(id, ROUTE_ID_MAX, text))
		return error_set(
			err, "the answer's \"%s\" is unusable (control bytes, or over %d bytes)",
			p->text[ANSWER_BATCH_ID], ROUTE_ID_MAX - 1);
	return 0;
}
