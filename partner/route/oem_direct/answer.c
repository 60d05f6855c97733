/* Matches entries to devices and decides the verdict of each device. The wires read the bytes. */
#include "partner/route/oem_direct/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"

#define NOBODY SIZE_MAX
#define WORD_SHOWN 60 /* bytes of a word of the service that a reason quotes */

const enum profile_text answer_entry_fields[ANSWER_ENTRY_FIELDS] = {
	ANSWER_PKID,  ANSWER_SERIAL,     ANSWER_MANUFACTURER,
	ANSWER_MODEL, ANSWER_ERROR_NAME, ANSWER_ERROR_CODE};
const enum profile_text answer_root_fields[ANSWER_ROOT_FIELDS] = {ANSWER_DEVICES, ANSWER_BATCH_ID};

/* A hash table (open addressing) over the devices of a batch, by the identifier that was sent. */
struct index {
	const struct route_batch *batch;
	size_t *slot; /* index of the device + 1; 0: free */
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

/* Compares the identifiers that were sent: the PKID if there is one, else the whole tuple. */
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
		text_copy(e->pkid, sizeof(e->pkid), "?"); /* matches no device */
}

static bool
echoes_nothing(const struct answer_entry *e)
{
	return e->pkid[0] == '\0' && e->serial[0] == '\0' && e->manufacturer[0] == '\0' &&
	       e->model[0] == '\0';
}

static void PRINTFLIKE(3, 4)
	set_verdict(struct route_verdict *v, enum outcome outcome, const char *format, ...)
{
	char text[ROUTE_REASON_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	v->outcome = outcome;
	text_printable(v->reason, sizeof(v->reason), text);
}

/* The most frequent verdict. It has no reason, because writing one would cost time. */
static void
set_deregistered(struct route_verdict *v)
{
	v->outcome = OUTCOME_DEREGISTERED;
	v->reason[0] = '\0';
}

static bool
is_alarm(const struct profile_error *e)
{
	return e != NULL && e->outcome == OUTCOME_ALARM;
}

/* The name decides, then the number (doc/wire.md, section 4). An alarm in either of them wins.
 * If they disagree otherwise, the verdict is `unknown`. */
static void
set_error(const struct answer_entry *said, const struct profile_error *by_name,
          const struct profile_error *by_code, struct route_verdict *v)
{
	const struct profile_error *e = by_name == NULL || is_alarm(by_code) ? by_code : by_name;

	if (e == NULL)
		set_verdict(v, OUTCOME_UNKNOWN, "the profile does not list the error %.*s (%ld)",
		            WORD_SHOWN, said->error.name, said->error.code);
	else if (e->outcome != OUTCOME_ALARM && by_name != NULL && by_code != NULL &&
	         by_name->outcome != by_code->outcome)
		set_verdict(v, OUTCOME_UNKNOWN,
		            "error name and number contradict each other: %.*s (%ld)", WORD_SHOWN,
		            said->error.name, said->error.code);
	else
		set_verdict(v, e->outcome, "%s (%ld)", e->name, e->code);
}

static void
set_from_entry(const struct profile *p, const struct answer_entry *e, struct route_verdict *v)
{
	const struct profile_error *by_name = profile_error_by_name(p, e->error.name);
	const struct profile_error *by_code = profile_error_by_code(p, e->error.code);

	if (is_alarm(by_name) || is_alarm(by_code)) {
		set_error(e, by_name, by_code, v);
		return;
	}
	if (e->error.alarm) {
		set_verdict(v, OUTCOME_ALARM, "a field that cannot be read speaks of 806 or 808");
		return;
	}
	switch (profile_status(p, e->status)) {
	case STATUS_DONE:
		if (e->error.unreadable)
			set_verdict(v, OUTCOME_UNKNOWN,
			            "status %.*s together with an error that cannot be read",
			            WORD_SHOWN, e->status);
		else if (e->error.name[0] != '\0' || e->error.code != 0)
			set_verdict(v, OUTCOME_UNKNOWN,
			            "status %.*s together with error %.*s (%ld)", WORD_SHOWN,
			            e->status, WORD_SHOWN, e->error.name, e->error.code);
		else
			set_deregistered(v);
		break;
	case STATUS_PENDING:
		set_verdict(v, OUTCOME_PENDING, "the service still says %.*s", WORD_SHOWN,
		            e->status);
		break;
	case STATUS_ERROR:
		if (e->error.unreadable)
			set_verdict(v, OUTCOME_UNKNOWN, "the error cannot be read");
		else
			set_error(e, by_name, by_code, v);
		break;
	case STATUS_COUNT:
	default:
		set_verdict(v, OUTCOME_UNKNOWN, "the profile does not list the status \"%.*s\"",
		            WORD_SHOWN, e->status);
		break;
	}
}

/* By PKID and by tuple. If these match two devices, *ret_other is the second, else NOBODY. */
static size_t
find_device(const struct index *ix, const struct answer_entry *e, size_t *ret_other)
{
	const struct device_id by_pkid = {
		.pkid = e->pkid, .serial = "", .manufacturer = "", .model = ""};
	const struct device_id by_tuple = {.pkid = "",
	                                   .serial = e->serial,
	                                   .manufacturer = e->manufacturer,
	                                   .model = e->model};
	size_t a = e->pkid[0] != '\0' ? index_find(ix, &by_pkid) : NOBODY;
	size_t b = e->serial[0] != '\0' ? index_find(ix, &by_tuple) : NOBODY;

	/* never the same device, because its own identifier is one of the two */
	*ret_other = a != NOBODY ? b : NOBODY;
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
match_one(const struct profile *p, const struct answer_entry *e, size_t i,
          struct route_verdict *verdict, bool *answered)
{
	struct route_verdict second;

	if (answered[i]) {
		set_from_entry(p, e, &second);
		set_verdict(&verdict[i],
		            verdict[i].outcome == OUTCOME_ALARM || second.outcome == OUTCOME_ALARM
		                    ? OUTCOME_ALARM
		                    : OUTCOME_UNKNOWN,
		            "the service answered twice for this device");
		return;
	}
	answered[i] = true;
	set_from_entry(p, e, &verdict[i]);
}

/* An entry that matches no device says nothing about the batch, but an alarm in it counts. */
static void
note_unmatched(const struct profile *p, const struct answer_entry *e, struct answer_notes *notes)
{
	struct route_verdict v;

	notes->unexpected++;
	set_from_entry(p, e, &v);
	notes->alarm = notes->alarm || v.outcome == OUTCOME_ALARM;
}

static void
match_both(struct route_verdict *verdict, bool *answered, size_t i, size_t other)
{
	enum outcome o = verdict[i].outcome == OUTCOME_ALARM ||
	                                 (answered[other] &&
	                                  verdict[other].outcome == OUTCOME_ALARM)
	                         ? OUTCOME_ALARM
	                         : OUTCOME_UNKNOWN;

	answered[other] = true;
	set_verdict(&verdict[i], o, "one answer names two devices");
	set_verdict(&verdict[other], o, "one answer names two devices");
}

static struct answer_notes
match_by_identifier(const struct profile *p, const struct index *ix,
                    const struct answer_list *devices, struct route_verdict *verdict,
                    bool *answered)
{
	struct answer_notes notes = {0};

	for (const void *d = devices->first; d != NULL; d = devices->next(d)) {
		struct answer_entry e;
		size_t other;
		devices->read(p, d, &e);
		size_t i = find_device(ix, &e, &other);
		if (i == NOBODY) {
			note_unmatched(p, &e, &notes);
			continue;
		}
		match_one(p, &e, i, verdict, answered);
		if (other != NOBODY)
			match_both(verdict, answered, i, other);
	}
	return notes;
}

/* An answer may grow: the engine asks again for a missing device until its deadline. */
static void
set_missing(struct route_verdict *verdict, const bool *answered, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		verdict[i].missing = !answered[i];
		if (!answered[i])
			set_verdict(&verdict[i], OUTCOME_PENDING,
			            "the service's answer lacks this device");
	}
}

/* An alarm outside of all entries concerns the whole answer: nothing in it counts as success. */
static void
distrust(struct route_verdict *verdict, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (verdict[i].outcome == OUTCOME_DEREGISTERED)
			set_verdict(&verdict[i], OUTCOME_UNKNOWN,
			            "the answer speaks of 806 or 808 outside of its devices");
}

struct answer_notes
answer_join(const struct profile *p, const struct route_batch *batch,
            const struct answer_list *devices, struct route_verdict *verdict)
{
	bool *answered = xcalloc(batch->count + 1, sizeof(*answered));
	struct answer_notes notes = {0};
	size_t i = 0;
	struct index ix;

	index_init(&ix, batch);
	if (p->correlate == CORRELATE_POSITION && devices->count == batch->count &&
	    !any_echo(p, devices)) {
		for (const void *d = devices->first; d != NULL; d = devices->next(d), i++) {
			struct answer_entry e;
			devices->read(p, d, &e);
			match_one(p, &e, i, verdict, answered);
		}
	} else {
		notes = match_by_identifier(p, &ix, devices, verdict, answered);
	}
	set_missing(verdict, answered, batch->count);
	if (devices->alarm) {
		notes.alarm = true;
		distrust(verdict, batch->count);
	}
	free(ix.slot);
	free(answered);
	return notes;
}

int
answer_copy_batch_id(const struct profile *p, const char *text, char id[static ROUTE_ID_MAX],
                     struct error *err)
{
	if (text == NULL || text[0] == '\0')
		return error_set(err, "the answer has no \"%s\"", p->text[ANSWER_BATCH_ID]);
	if (text_has_control(text) || !text_copy(id, ROUTE_ID_MAX, text))
		return error_set(
			err,
			"the answer's \"%s\" is not usable: control characters, or more than %d bytes",
			p->text[ANSWER_BATCH_ID], ROUTE_ID_MAX - 1);
	return 0;
}

int
answer_check_batch_id(const char *named, const char *asked, struct error *err)
{
	if (asked == NULL || strcmp(named, asked) == 0)
		return 0;
	return error_set(err, "the answer names another BatchId than the one that was asked for");
}
