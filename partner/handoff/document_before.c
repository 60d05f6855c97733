/* Reads the answers of the letter from the ledger and writes them into handoff.xml. */
#include "partner/handoff/document_before.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "partner/handoff/situation.h"
#include "partner/handoff/steps.h"
#include "partner/ledger/letters.h"

#define KEYS_MAX 1000 /* devices that the page names; the others are counted */

static void
on_report(void *ctx, const struct ledger_report_before *report)
{
	struct document_before *b = ctx;

	b->report = xreallocarray(b->report, b->reports + 1, sizeof(*b->report));
	b->report[b->reports++] = (struct before_report){.by = xstrdup(report->by),
	                                                 .at = report->at,
	                                                 .steps = report->steps,
	                                                 .devices = report->devices};
}

/* Only where the rule knows the step of looking among deleted devices. */
static bool
has_step(const struct ledger_device *device, enum step_id step)
{
	const struct situation s = situation_of_device(device);
	const struct step *list[STEPS_MAX];
	size_t count = steps_for(&s, list);

	for (size_t i = 0; i < count; i++)
		if (list[i]->number == step)
			return true;
	return false;
}

static void
on_unconfirmed(void *ctx, const struct ledger_device *device, const char *name)
{
	struct document_before *b = ctx;

	if (!has_step(device, STEP_B3))
		return;
	if (b->keys >= KEYS_MAX) {
		b->more++;
		return;
	}
	b->key = xreallocarray(b->key, b->keys + 1, sizeof(*b->key));
	b->key[b->keys++] = xstrdup(name);
}

int
document_before_read(struct document_before *b, struct ledger_before *before,
                     const struct ledger_customer *customer, struct error *err)
{
	if (ledger_before_reports(before, customer->id, on_report, b, err) != 0)
		return -1;
	return ledger_before_unconfirmed(before, customer->id, on_unconfirmed, b, err);
}

void
document_before_put(const struct document_before *b, struct xml_writer *out)
{
	char at[CLOCK_STAMP_SIZE];

	for (size_t i = 0; i < b->reports; i++) {
		clock_stamp(b->report[i].at, at);
		at[strlen("2026-11-24")] = '\0';
		xml_open(out, "before");
		xml_attr(out, "by", b->report[i].by);
		xml_attr(out, "on", at);
		xml_attr_int(out, "steps", b->report[i].steps);
		xml_attr_int(out, "devices", b->report[i].devices);
		xml_close(out);
	}
	if (b->keys == 0)
		return;
	xml_open(out, "unconfirmed");
	xml_attr_int(out, "count", (int64_t)b->keys + (int64_t)b->more);
	for (size_t i = 0; i < b->keys; i++) {
		xml_open(out, "device");
		xml_attr(out, "name", b->key[i]);
		xml_close(out);
	}
	xml_close(out);
}

void
document_before_release(struct document_before *b)
{
	for (size_t i = 0; i < b->reports; i++)
		free(b->report[i].by);
	for (size_t i = 0; i < b->keys; i++)
		free(b->key[i]);
	free(b->report);
	free(b->key);
	*b = (struct document_before){0};
}
