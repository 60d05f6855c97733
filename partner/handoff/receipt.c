/*
 * The first half parses the file and never asks the ledger; the second half checks a parsed receipt
 * against the ledger and records it.
 */
#include "partner/handoff/receipt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/text.h"
#include "partner/handoff/situation.h"
#include "partner/handoff/steps.h"
#include "partner/ledger/gate.h"
#include "partner/ledger/letters.h"
#include "partner/ledger/receipts.h"
#include "partner/ledger/runs.h"
#include "partner/ledger/transaction.h"

#define AHEAD_MAX (24 * 3600) /* seconds that a customer's clock may be ahead of ours */
#define NUMBER_SIZE 32

/* ---- the file ---- */

/* Refuses characters that are invisible or change the direction of text: C1 controls, zero-width and
 * direction marks, the byte order mark. */
static bool
is_printable(const char *text)
{
	if (!text_is_utf8(text, strlen(text)) || text_has_control(text))
		return false;
	for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
		if ((c[0] == 0xc2 && c[1] < 0xa0) ||
		    (c[0] == 0xe2 && c[1] == 0x80 &&
		     ((c[2] >= 0x8b && c[2] <= 0x8f) || (c[2] >= 0xa8 && c[2] <= 0xae))) ||
		    (c[0] == 0xe2 && c[1] == 0x81 && c[2] >= 0xa0) ||
		    (c[0] == 0xef && c[1] == 0xbb && c[2] == 0xbf))
			return false;
	}
	return true;
}

static bool
is_among(const char *word, const char *const *list, size_t count)
{
	size_t i = 0;

	while (i < count && strcmp(word, list[i]) != 0)
		i++;
	return i < count;
}

/* Refuses unknown keys, because their meaning is unknown. The first `needed` keys must be there. */
static int
check_keys(const struct json *object, const char *const *key, size_t keys, size_t needed,
           struct error *err)
{
	if (!json_is_object(object))
		return error_set(err, "expected a JSON object");
	for (const struct json *m = json_first(object); m != NULL; m = json_next(m))
		if (!is_among(json_key(m), key, keys))
			return error_set(err, "unknown key \"%.40s\"", json_key(m));
	for (size_t i = 0; i < needed; i++)
		if (json_get(object, key[i]) == NULL)
			return error_set(err, "\"%s\" is missing", key[i]);
	return 0;
}

static int
get_text(const struct json *object, const char *key, size_t max, const char **ret,
         struct error *err)
{
	*ret = json_text(json_get(object, key));
	if (*ret == NULL || strlen(*ret) > max || !is_printable(*ret))
		return error_set(err, "\"%s\": expected a text of at most %zu printable bytes", key,
		                 max);
	return 0;
}

static int
get_time(const struct json *object, const char *key, int64_t *ret, struct error *err)
{
	const char *text = json_text(json_get(object, key));

	if (text == NULL || !clock_parse(text, ret))
		return error_set(err, "\"%s\": expected a time such as 2026-11-24T09:58:00Z", key);
	return 0;
}

static int
read_state(const struct json *entry, struct receipt_step *step, struct error *err)
{
	static const char *const words[] = {
		[RECEIPT_DONE] = "done",
		[RECEIPT_NOT_APPLICABLE] = "not-applicable",
		[RECEIPT_GONE] = "gone",
		[RECEIPT_LEFT] = "left",
	};
	_Static_assert(ARRAY_SIZE(words) == RECEIPT_STATE_COUNT, "a word for every state");
	const char *word = json_text(json_get(entry, "state"));
	const struct json *record = json_get(entry, "record");

	for (size_t i = 0; word != NULL && i < ARRAY_SIZE(words); i++) {
		if (strcmp(word, words[i]) != 0)
			continue;
		step->state = (enum receipt_state)i;
		return record == NULL || json_is_null(record) /* some tools write what is absent */
		               ? 0
		               : get_text(entry, "record", RECEIPT_RECORD_MAX, &step->record, err);
	}
	return error_set(err, "\"state\": expected done, not-applicable, gone or left");
}

static int
read_step(const struct json *entry, int schema, struct receipt_step *step, struct error *err)
{
	static const char *const keys[] = {"device", "step", "at", "state", "record"};
	size_t needed = schema == 1 ? 3 : 4, known = schema == 1 ? 3 : ARRAY_SIZE(keys);
	const char *device;
	long long row;

	step->record = "";
	if (check_keys(entry, keys, known, needed, err) != 0 ||
	    get_text(entry, "step", RECEIPT_STEP_MAX, &step->id, err) != 0 ||
	    get_time(entry, "at", &step->at, err) != 0 ||
	    (schema != 1 && read_state(entry, step, err) != 0))
		return -1;
	device = json_text(json_get(entry, "device"));
	if (device == NULL || !text_number(device, 1, INT64_MAX, &row))
		return error_set(err, "\"device\": expected a device's number, as text");
	step->row = row;
	return 0;
}

static int
by_row_and_id(const void *a, const void *b)
{
	const struct receipt_step *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return strcmp(x->id, y->id);
}

static int
read_steps(struct receipt *r, struct error *err)
{
	const struct json *done = json_get(r->root, "done");
	const struct json *entry = json_first(done);
	size_t count = json_count(done);

	if (!json_is_array(done) || count > RECEIPT_STEPS_MAX)
		return error_set(err, "\"done\": expected a list of at most %d steps",
		                 RECEIPT_STEPS_MAX);
	r->step = xcalloc(count + 1, sizeof(*r->step));
	for (; entry != NULL; entry = json_next(entry)) {
		struct receipt_step *step = &r->step[r->steps];
		step->place = r->steps++;
		if (read_step(entry, r->schema, step, err) != 0)
			return error_prefix(err, "done[%zu]", step->place);
	}
	if (r->steps > 0)
		qsort(r->step, r->steps, sizeof(*r->step), by_row_and_id);
	for (size_t i = 1; i < r->steps; i++)
		if (by_row_and_id(&r->step[i - 1], &r->step[i]) == 0)
			return error_set(err, "done[%zu]: device %lld and step %s come twice",
			                 r->step[i].place, (long long)r->step[i].row,
			                 r->step[i].id);
	return 0;
}

/* 0: neither schema. */
static int
schema_of(const struct json *root)
{
	const char *schema = json_text(json_get(root, "schema"));

	if (schema == NULL)
		return 0;
	return strcmp(schema, RECEIPT_SCHEMA) == 0     ? 2
	       : strcmp(schema, RECEIPT_SCHEMA_1) == 0 ? 1
	                                               : 0;
}

static int
read_source(struct receipt *r, struct error *err)
{
	static const char *const sources[] = {"page", "script"};

	r->source = "";
	if (r->schema == 1)
		return 0;
	r->source = json_text(json_get(r->root, "source"));
	if (r->source == NULL || !is_among(r->source, sources, ARRAY_SIZE(sources)))
		return error_set(err, "\"source\": expected page or script");
	return 0;
}

static int
read_head(struct receipt *r, struct error *err)
{
	static const char *const keys[] = {"schema",    "run",  "customer", "by",
	                                   "generated", "done", "source"};
	size_t known;

	r->schema = schema_of(r->root);
	known = ARRAY_SIZE(keys) - (r->schema == 1);
	if (check_keys(r->root, keys, known, r->schema == 0 ? 1 : known, err) != 0)
		return -1;
	if (r->schema == 0)
		return error_set(err,
		                 "\"schema\": expected " RECEIPT_SCHEMA " or " RECEIPT_SCHEMA_1);
	if (get_text(r->root, "run", LEDGER_RUN_ID_SIZE - 1, &r->run, err) != 0 ||
	    get_text(r->root, "customer", RECEIPT_CUSTOMER_MAX, &r->customer, err) != 0 ||
	    get_text(r->root, "by", RECEIPT_NAME_MAX, &r->by, err) != 0 || read_source(r, err) != 0)
		return -1;
	return get_time(r->root, "generated", &r->generated, err);
}

static void
add_text(struct crypto_sha256 *d, const char *text)
{
	crypto_sha256_add(d, text, strlen(text) + 1); /* the NUL separates the texts */
}

static void
add_number(struct crypto_sha256 *d, int64_t number)
{
	char text[NUMBER_SIZE];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	add_text(d, text);
}

/* A receipt of schema 1 keeps the digest that earlier versions gave it. */
static void
receipt_digest(struct receipt *r)
{
	struct crypto_sha256 *d = crypto_sha256_new();

	add_text(d, r->run);
	add_text(d, r->customer);
	add_text(d, r->by);
	add_number(d, r->generated);
	if (r->schema != 1)
		add_text(d, r->source);
	for (size_t i = 0; i < r->steps; i++) {
		add_number(d, r->step[i].row);
		add_text(d, r->step[i].id);
		add_number(d, r->step[i].at);
		if (r->schema == 1)
			continue;
		add_number(d, (int64_t)r->step[i].state);
		add_text(d, r->step[i].record);
	}
	crypto_sha256_end(d, r->digest);
}

int
receipt_parse(struct receipt *r, const char *text, size_t len, struct error *err)
{
	size_t skip = text_mark_length(text, len);

	*r = (struct receipt){0};
	if (len > RECEIPT_MAX)
		return error_set(err, "larger than %zu bytes", RECEIPT_MAX);
	r->root = json_parse(text + skip, len - skip, err);
	if (r->root == NULL)
		return -1;
	if (read_head(r, err) != 0 || read_steps(r, err) != 0) {
		receipt_release(r);
		return -1;
	}
	receipt_digest(r);
	return 0;
}

void
receipt_release(struct receipt *r)
{
	json_free(r->root);
	free(r->step);
	*r = (struct receipt){0};
}

/* ---- the ledger ---- */

/* Finds a step of a situation, or NULL; *ret_any: whether the situation has any step. */
static const struct step *
find_step(const struct situation *s, bool letter, const char *id, bool *ret_any)
{
	const struct step *list[STEPS_MAX];
	size_t count = letter ? steps_of_letter(s, list) : steps_for(s, list);

	*ret_any = count > 0;
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i]->id, id) == 0)
			return list[i];
	return NULL;
}

/* Finds the step that a pack or letter listed for the device, now or while its answer was still
 * unknown; NULL: none did. */
static const struct step *
given_step(const struct ledger_device *d, bool letter, const char *id)
{
	struct situation s = situation_of_device(d);
	bool any;
	const struct step *step = find_step(&s, letter, id, &any);

	if (step != NULL || !any || letter)
		return step;
	s.outcome = OUTCOME_UNKNOWN;
	return find_step(&s, false, id, &any);
}

static int
check_time(int64_t at, int64_t from, int64_t now, const char *key, struct error *err)
{
	if (at < from)
		return error_set(err, "\"%s\" is before the run", key);
	if (at > now + AHEAD_MAX)
		return error_set(err, "\"%s\" is in the future", key);
	return 0;
}

#define RECORD_LEFT 2 /* of record_step(): the step stays open */

/* The answer of a letter also counts for the gate, and for the row that was sent meanwhile. */
static int
add_answer(struct ledger *l, const struct ledger_done *done, bool counts, struct error *err)
{
	int rc = ledger_done_add(l, done, err);

	return rc == 1 && counts && ledger_letter_answered(l, done->row, err) != 0 ? -1 : rc;
}

/* 1: recorded, 0: answered before, RECORD_LEFT, -1. */
static int
record_step(const struct receipt *r, struct ledger *l, const struct ledger_run *run, int64_t id,
            const struct receipt_step *step, int64_t now, struct error *err)
{
	struct ledger_device device;
	static const enum ledger_answer answers[RECEIPT_STATE_COUNT] = {
		[RECEIPT_DONE] = LEDGER_ANSWER_DONE,
		[RECEIPT_NOT_APPLICABLE] = LEDGER_ANSWER_NOT_APPLICABLE,
		[RECEIPT_GONE] = LEDGER_ANSWER_GONE,
	};
	const struct step *given;
	struct situation s;
	bool letter = run->state == RUN_LETTER;
	int rc = ledger_device_find(l, step->row, r->customer, run->id, &device, err);

	if (rc == 0)
		return error_set(err, "customer \"%s\" has no device %lld in this pack",
		                 r->customer, (long long)step->row);
	if (rc < 0 || check_time(step->at, device.run_started, now, "at", err) != 0)
		return -1;
	given = given_step(&device, letter, step->id);
	if (given == NULL)
		return error_set(err, "device %lld has no step %s", (long long)step->row, step->id);
	s = situation_of_device(&device);
	if (step->state == RECEIPT_NOT_APPLICABLE && steps_kind(given, &s) != KIND_IF)
		return error_set(err,
		                 "step %s always applies to device %lld: report it done instead",
		                 step->id, (long long)step->row);
	if (step->state == RECEIPT_LEFT)
		return RECORD_LEFT;
	return add_answer(l,
	                  &(struct ledger_done){.row = step->row,
	                                        .step = step->id,
	                                        .said_at = step->at,
	                                        .receipt = id,
	                                        .answer = answers[step->state],
	                                        .record = step->record},
	                  letter && steps_is_action(given->kind), err);
}

/* A receipt of cleanup.ps1 says what the customer's Graph shows. */
static int
verify_step(const struct receipt *r, struct ledger *l, const struct receipt_step *step,
            struct error *err)
{
	if (strcmp(r->source, "script") != 0)
		return 0;
	return ledger_done_verify(l, step->row, step->id, r->generated, step->state != RECEIPT_LEFT,
	                          err);
}

static int
record_steps(const struct receipt *r, struct ledger *l, const struct ledger_run *run, int64_t id,
             int64_t now, struct receipt_result *ret, struct error *err)
{
	for (size_t i = 0; i < r->steps; i++) {
		int rc = record_step(r, l, run, id, &r->step[i], now, err);

		if (rc < 0 || verify_step(r, l, &r->step[i], err) != 0)
			return error_prefix(err, "done[%zu]", r->step[i].place);
		ret->recorded += rc == 1;
		ret->known += rc == 0;
	}
	return 0;
}

/* Sets run->id to 0 for a pack over all runs. */
static int
find_pack(const struct receipt *r, struct ledger *l, struct ledger_run *run, struct error *err)
{
	int rc = 1;

	if (strcmp(r->run, LEDGER_OPEN_PACK) != 0)
		rc = ledger_run_find(l, r->run, run, err);
	if (rc == 0)
		return error_set(err, "\"run\": the ledger has no run \"%s\"", r->run);
	if (rc == 1)
		rc = ledger_customer_known(l, run->id, r->customer, err);
	if (rc == 0)
		return error_set(err, "\"customer\": run %s has no customer \"%s\"", r->run,
		                 r->customer);
	return rc < 0 ? -1 : 0;
}

static int
record(const struct receipt *r, struct ledger *l, const struct ledger_run *run, int64_t now,
       struct receipt_result *ret, struct error *err)
{
	const struct ledger_receipt record = {.run = r->run,
	                                      .customer = r->customer,
	                                      .by = r->by,
	                                      .generated = r->generated,
	                                      .digest = r->digest};
	int64_t id;

	if (check_time(r->generated, run->started, now, "generated", err) != 0)
		return -1;
	switch (ledger_receipt_add(l, &record, &id, err)) {
	case LEDGER_RECEIPT_NEW: return record_steps(r, l, run, id, now, ret, err);
	case LEDGER_RECEIPT_KNOWN: ret->known = r->steps; return 0;
	case LEDGER_RECEIPT_OTHER:
		return error_set(err, "a receipt of the same person, pack and time was recorded "
		                      "with other contents");
	case LEDGER_RECEIPT_FAILED: break;
	}
	return -1;
}

int
receipt_record(const struct receipt *r, struct ledger *l, int64_t now, struct receipt_result *ret,
               struct error *err)
{
	struct ledger_run run = {0};
	int rc;

	*ret = (struct receipt_result){0};
	if (ledger_begin(l, err) != 0)
		return -1;
	rc = find_pack(r, l, &run, err);
	if (rc == 0)
		rc = record(r, l, &run, now, ret, err);
	if (rc == 0 && run.state == RUN_LETTER)
		rc = ledger_gate_refresh(l, err);
	if (rc == 0)
		rc = ledger_commit(l, err);
	if (rc != 0) {
		ledger_rollback(l);
		*ret = (struct receipt_result){0};
	}
	ledger_run_release(&run);
	return rc;
}
