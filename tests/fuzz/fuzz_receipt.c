/*
 * Hostile receipts. Aborts when a promise is broken:
 *   - an accepted receipt is within its limits and printable, and no device has a step twice;
 *   - an accepted receipt that is written and read again has the same digest.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/text.h"
#include "partner/handoff/receipt.h"
#include "partner/ledger/runs.h"
#include "tests/fuzz/promise.h"

#define OUT_MAX ((size_t)64 * 1024 * 1024)

static void
check(const struct receipt *r)
{
	EXPECT(strlen(r->run) < LEDGER_RUN_ID_SIZE);
	EXPECT(strlen(r->by) <= RECEIPT_NAME_MAX && !text_has_control(r->by));
	EXPECT(strlen(r->customer) <= RECEIPT_CUSTOMER_MAX && !text_has_control(r->customer));
	EXPECT(text_is_utf8(r->by, strlen(r->by)));
	for (size_t i = 0; i < r->steps; i++) {
		const struct receipt_step *s = &r->step[i];
		EXPECT(s->row > 0 && strlen(s->id) <= RECEIPT_STEP_MAX && s->place < r->steps);
		EXPECT(i == 0 || s[-1].row < s->row ||
		       (s[-1].row == s->row && strcmp(s[-1].id, s->id) < 0));
	}
}

static void
add_time(struct json *object, const char *key, int64_t seconds)
{
	char stamp[CLOCK_STAMP_SIZE];

	clock_stamp(seconds, stamp);
	json_add_text(object, key, stamp);
}

static void
write_anew(const struct receipt *r, struct buf *to)
{
	static const char *const state[] = {"done", "not-applicable", "gone", "left"};
	struct json *root = json_object(), *done;

	json_add_text(root, "by", r->by);
	json_add_text(root, "customer", r->customer);
	json_add_text(root, "run", r->run);
	json_add_text(root, "schema", r->schema == 1 ? RECEIPT_SCHEMA_1 : RECEIPT_SCHEMA);
	if (r->schema != 1)
		json_add_text(root, "source", r->source);
	add_time(root, "generated", r->generated);
	done = json_add_array(root, "done");
	for (size_t i = r->steps; i > 0; i--) {
		struct json *step = json_append_object(done);
		char row[32];
		snprintf(row, sizeof(row), "%lld", (long long)r->step[i - 1].row);
		json_add_text(step, "device", row);
		json_add_text(step, "step", r->step[i - 1].id);
		add_time(step, "at", r->step[i - 1].at);
		if (r->schema == 1)
			continue;
		json_add_text(step, "state", state[r->step[i - 1].state]);
		if (r->step[i - 1].record[0] != '\0')
			json_add_text(step, "record", r->step[i - 1].record);
	}
	json_print(root, to);
	json_free(root);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = {""};
	struct receipt r, again;
	struct buf text;

	if (receipt_parse(&r, (const char *)data, size, &err) != 0) {
		EXPECT(err.text[0] != '\0');
		return 0;
	}
	check(&r);
	buf_init(&text, OUT_MAX);
	write_anew(&r, &text);
	if (receipt_parse(&again, text.data, text.len, &err) != 0)
		broken(err.text, __LINE__);
	EXPECT(strcmp(r.digest, again.digest) == 0);
	receipt_release(&r);
	receipt_release(&again);
	buf_release(&text);
	return 0;
}
