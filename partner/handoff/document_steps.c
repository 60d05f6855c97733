/* Counts groups and devices of each step while document_xml.c writes them. */
#include "partner/handoff/document_steps.h"

#include <stdio.h>

#define GROUPS_MAX \
	((size_t)64 * 1024) /* numbers of all groups: there are fewer than 10,000 situations */

void
document_steps_init(struct document_steps *t)
{
	*t = (struct document_steps){0};
	for (size_t i = 0; i < STEP_COUNT; i++) {
		buf_init(&t->use[i].groups, GROUPS_MAX);
		buf_init(&t->use[i].may, GROUPS_MAX);
	}
}

void
document_steps_release(struct document_steps *t)
{
	for (size_t i = 0; i < STEP_COUNT; i++) {
		buf_release(&t->use[i].groups);
		buf_release(&t->use[i].may);
	}
}

/* The place of the ith step in use[], or -1: A1 counts once, although an unknown state lists it twice. */
static int
place_of(const struct step *const *step, size_t i)
{
	if (step[i]->number != STEP_A1)
		return (int)step[i]->number;
	if (i == 0)
		return STEP_NONE;
	return step[0]->number == STEP_A1 ? -1 : (int)STEP_A1;
}

static void
add_number(struct buf *b, const char *number)
{
	buf_str(b, b->len > 0 ? ", " : "");
	buf_str(b, number);
}

size_t
document_steps_open(struct document_steps *t, const struct step *const *step, size_t steps,
                    const struct situation *s)
{
	char number[24];

	if (steps == 0)
		return 0;
	t->groups++;
	snprintf(number, sizeof(number), "%zu", t->groups);
	for (size_t i = 0; i < steps; i++) {
		enum step_kind kind = steps_kind(step[i], s);
		int place = place_of(step, i);

		t->used[step[i]->number] = true;
		t->must[step[i]->number] = t->must[step[i]->number] || kind != KIND_IF;
		if (place < 0)
			continue;
		add_number(&t->use[place].groups, number);
		if (kind == KIND_IF)
			add_number(&t->use[place].may, number);
	}
	return t->groups;
}

void
document_steps_close(struct document_steps *t, const struct step *const *step, size_t steps,
                     int64_t listed, int64_t unlisted)
{
	if (steps > 0)
		t->devices += listed + unlisted;
	for (size_t i = 0; i < steps; i++) {
		int place = place_of(step, i);

		if (place < 0)
			continue;
		t->use[place].devices += listed + unlisted;
		t->use[place].unlisted += unlisted;
	}
}

/* B3 is not among them: it is for keys that are missing. */
static bool
saves_keys(enum step_id step)
{
	return step == STEP_B1 || step == STEP_B2;
}

void
document_steps_answers(struct document_steps *t, const struct step *const *step, size_t steps,
                       const char *done)
{
	bool saved = true, closed = true;

	if (steps == 0 || done[0] == '\0')
		return;
	t->answers = true;
	for (size_t i = 0; i < steps; i++) {
		int place = place_of(step, i);
		bool answered = steps_hold(done, step[i]->id);

		if (place < 0 || !steps_is_action(step[i]->kind))
			continue;
		t->use[place].answered += answered;
		closed = closed && answered;
		saved = saved && (answered || !saves_keys(step[i]->number));
	}
	t->closed += closed;
	t->saved += saved;
}

enum step_kind
document_steps_kind(const struct document_steps *t, const struct step *step)
{
	return step->kind == KIND_IF && t->must[step->number] ? KIND_DO : step->kind;
}

static void
put_use(const struct step_use *u, struct xml_writer *x)
{
	if (u->devices == 0)
		return;
	xml_attr(x, "groups", u->groups.data);
	xml_attr(x, "may", u->may.len > 0 ? u->may.data : NULL);
	xml_attr_int(x, "devices", u->devices);
	if (u->unlisted > 0)
		xml_attr_int(x, "unlisted", u->unlisted);
}

/* Devices for which something is open. Absent while the customer has answered nothing. */
static void
put_open(const struct document_steps *t, int64_t open, struct xml_writer *x)
{
	if (t->answers)
		xml_attr_int(x, "open", open);
}

void
document_steps_put(const struct document_steps *t, const struct step *step, struct xml_writer *x)
{
	const struct step_use *u = &t->use[step->number];
	int64_t devices = u->devices, answered = u->answered;

	if (step->number == STEP_A1) {
		devices += t->use[STEP_NONE].devices;
		answered += t->use[STEP_NONE].answered;
	}
	put_use(u, x);
	if (steps_is_action(step->kind))
		put_open(t, devices - answered, x);
	xml_attr(x, "all", devices == t->devices ? "yes" : NULL);
}

/* E1 is said once, at the top of the page. */
static bool
has_content(const struct document_steps *t, enum step_phase phase)
{
	for (size_t i = STEP_NONE + 1; i < STEP_COUNT; i++)
		if (t->use[i].devices > 0 && i != STEP_E1 &&
		    step_of((enum step_id)i)->phase == phase)
			return true;
	return false;
}

void
document_steps_put_phases(const struct document_steps *t, struct xml_writer *x)
{
	xml_open(x, "phases");
	put_open(t, t->devices - t->closed, x);
	if (t->use[STEP_NONE].devices > 0) {
		xml_open(x, "phase");
		xml_attr(x, "name", "first");
		put_use(&t->use[STEP_NONE], x);
		put_open(t, t->use[STEP_NONE].devices - t->use[STEP_NONE].answered, x);
		xml_close(x);
	}
	for (enum step_phase p = 0; p < PHASE_COUNT; p++) {
		if (!has_content(t, p))
			continue;
		xml_open(x, "phase");
		xml_attr(x, "name", steps_phase_word(p));
		if (p == PHASE_KEYS)
			put_open(t, t->devices - t->saved, x);
		xml_attr(x, "late", p >= PHASE_AUTOPILOT ? "yes" : NULL);
		xml_close(x);
	}
	xml_close(x);
}
