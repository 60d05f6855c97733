/* Collects figures while the packs are written, then renders them with run.xsl. run_history.c reads
 * the figures of earlier runs. */
#include "partner/handoff/run_page.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/xml.h"
#include "partner/embed.h"
#include "partner/handoff/page_command.h"
#include "partner/handoff/run_history.h"
#include "partner/handoff/situation.h"
#include "partner/handoff/steps.h"

#define PAGE_MAX ((size_t)16 * 1024 * 1024) /* holds the limits of the header with long texts */
#define SITUATIONS_KNOWN 64                 /* power of two; rows of a plan come in any order */
#define PAGE_NS "urn:unpilot:run"

struct reason {
	enum outcome outcome;
	char *text;
	int64_t count;
};

struct page_customer {
	int64_t id;
	char *key, *name, *folder;
	bool has_pack;
	int64_t counts[OUTCOME_COUNT];
	int64_t need; /* devices that need a person */
	int64_t open_devices, open_actions;
	int64_t verified,
		verified_at; /* devices that the customer's Graph no longer shows, and when it said so */
	int64_t since;       /* when the first outcome of an open device became known; 0: unknown */
	struct reason reason[RUN_PAGE_REASONS_MAX];
	size_t reasons;
};

struct work { /* a device with steps of the repair facility */
	char *ticket, *serial, *customer;
	enum step_id step[STEPS_MAX];
	size_t steps;
};

/* The consequences of a situation. */
struct consequence {
	bool any;
	struct situation situation;
	int64_t actions;
	enum step_id ours[STEPS_MAX]; /* steps of the repair facility */
	size_t ours_count;
};

struct run_page {
	struct page_customer **customer; /* by id */
	size_t customers;
	int64_t unlisted_customers;
	struct page_customer *at; /* the last of them, or `other` */
	struct page_customer other;
	bool planned;
	int64_t waiting;
	int64_t counts[OUTCOME_COUNT];
	struct work work[RUN_PAGE_WORK_MAX];
	size_t works;
	int64_t unlisted_work;
	struct consequence known[SITUATIONS_KNOWN];
	const struct consequence *row; /* of the last row */
};

struct run_page *
run_page_new(bool planned, int64_t waiting)
{
	struct run_page *p = xcalloc(1, sizeof(*p));

	p->planned = planned;
	p->waiting = waiting;
	p->at = &p->other;
	return p;
}

static void
customer_free(struct page_customer *c)
{
	for (size_t i = 0; i < c->reasons; i++)
		free(c->reason[i].text);
	free(c->key);
	free(c->name);
	free(c->folder);
	free(c);
}

void
run_page_free(struct run_page *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->customers; i++)
		customer_free(p->customer[i]);
	for (size_t i = 0; i < p->other.reasons; i++)
		free(p->other.reason[i].text);
	for (size_t i = 0; i < p->works; i++) {
		free(p->work[i].ticket);
		free(p->work[i].serial);
		free(p->work[i].customer);
	}
	free(p->customer);
	free(p);
}

void
run_page_customer(struct run_page *p, const struct ledger_customer *customer, bool has_pack)
{
	struct page_customer *c;

	if (p->customers == RUN_PAGE_CUSTOMERS_MAX) {
		p->unlisted_customers++;
		p->at = &p->other;
		return;
	}
	c = xcalloc(1, sizeof(*c));
	c->id = customer->id;
	c->key = xstrdup(customer->key);
	c->name = xstrdup(customer->name);
	c->folder = xstrdup(customer->folder);
	c->has_pack = has_pack;
	p->customer = xreallocarray(p->customer, p->customers + 1, sizeof(struct page_customer *));
	p->customer[p->customers++] = p->at = c;
}

bool
run_page_find(struct run_page *p, int64_t customer)
{
	size_t from = 0, to = p->customers;

	if (p->at->id == customer)
		return true;
	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (p->customer[middle]->id < customer)
			from = middle + 1;
		else
			to = middle;
	}
	if (from < p->customers && p->customer[from]->id == customer)
		p->at = p->customer[from];
	else if (p->unlisted_customers > 0)
		p->at = &p->other;
	else
		return false;
	return true;
}

static bool
needs_person(const struct run_page *p, enum outcome o)
{
	static const bool needs[OUTCOME_COUNT] = {
		[OUTCOME_NOT_OURS] = true, [OUTCOME_NOT_FOUND] = true, [OUTCOME_NOT_UNIQUE] = true,
		[OUTCOME_REFUSED] = true,  [OUTCOME_ALARM] = true,     [OUTCOME_UNKNOWN] = true,
		[OUTCOME_NOT_SENT] = true, [OUTCOME_HELD] = true,      [OUTCOME_REJECTED] = true,
	};

	return needs[o] && !(p->planned && o == OUTCOME_NOT_SENT);
}

static void
add_reason(struct page_customer *c, enum outcome o, const char *text)
{
	size_t i = 0;

	while (i < c->reasons &&
	       (c->reason[i].outcome != o || strcmp(c->reason[i].text, text) != 0))
		i++;
	if (i == RUN_PAGE_REASONS_MAX)
		return;
	if (i == c->reasons)
		c->reason[c->reasons++] = (struct reason){.outcome = o, .text = xstrdup(text)};
	c->reason[i].count++;
}

static void
conclude(struct consequence *c, const struct situation *s)
{
	const struct step *list[STEPS_MAX];
	size_t count = steps_for(s, list);

	c->any = true;
	c->situation = *s;
	c->actions = (int64_t)steps_open(s, "");
	c->ours_count = 0;
	for (size_t i = 0; i < count; i++)
		if (list[i]->kind == KIND_OURS)
			c->ours[c->ours_count++] = list[i]->number;
}

/* Few situations occur in a run: a table finds most of them again. */
static void
find_consequence(struct run_page *p, const struct situation *s)
{
	unsigned place = (unsigned)s->outcome * 31 + (unsigned)s->join * 17 + (unsigned)s->mdm * 5 +
	                 (unsigned)s->via * 3 + (unsigned)s->purpose;
	struct consequence *c = &p->known[place % SITUATIONS_KNOWN];

	if (!c->any || !situation_equal(s, &c->situation))
		conclude(c, s);
	p->row = c;
}

static void
add_work(struct run_page *p, const struct ledger_row *row)
{
	struct work *w = &p->work[p->works];
	const char *serial = row->device.serial;

	if (p->works == RUN_PAGE_WORK_MAX) {
		p->unlisted_work++;
		return;
	}
	p->works++;
	w->ticket = xstrdup(row->ticket);
	w->serial = xstrdup(serial[0] != '\0' ? serial : row->device.pkid);
	w->customer = xstrdup(p->at->key != NULL ? p->at->key : "");
	memcpy(w->step, p->row->ours, p->row->ours_count * sizeof(p->row->ours[0]));
	w->steps = p->row->ours_count;
}

void
run_page_line(struct run_page *p, const struct ledger_line *line)
{
	const struct ledger_row *row = line->row;
	const struct situation s = situation_of_row(row);
	struct page_customer *c = p->at;
	int64_t open, at;

	find_consequence(p, &s);
	p->counts[row->outcome]++;
	c->counts[row->outcome]++;
	if (needs_person(p, row->outcome)) {
		c->need++;
		add_reason(c, row->outcome, row->reason);
	}
	open = line->done[0] == '\0' ? p->row->actions : (int64_t)steps_open(&s, line->done);
	if (open > 0 && row->outcome < OUTCOME_NOT_SENT) {
		c->open_devices++;
		c->open_actions += open;
		if (row->decided != 0 && (c->since == 0 || row->decided < c->since))
			c->since = row->decided;
	}
	at = steps_verified(line->done);
	c->verified += at > 0;
	if (at > c->verified_at)
		c->verified_at = at;
	if (p->row->ours_count > 0)
		add_work(p, row);
}

/* ---- the document ---- */

static void
put_counts(struct xml_writer *x, const int64_t counts[static OUTCOME_COUNT])
{
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		if (counts[o] > 0)
			xml_attr_int(x, outcome_word(o), counts[o]);
}

static void
put_reason(struct xml_writer *x, const struct reason *r, const struct ledger_run *run,
           const char *config)
{
	char *command = page_command_for(r->outcome, r->text, run, config);

	xml_open(x, "reason");
	xml_attr(x, "outcome", outcome_word(r->outcome));
	xml_attr_int(x, "count", r->count);
	xml_attr(x, "text", r->text);
	xml_attr(x, "command", command);
	xml_close(x);
	free(command);
}

static void
put_customer(struct xml_writer *x, const struct page_customer *c, const struct ledger_run *run,
             const char *config)
{
	char age[CLOCK_AGE_SIZE], stamp[CLOCK_STAMP_SIZE];
	int64_t devices = 0;

	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		devices += c->counts[o];
	xml_open(x, "customer");
	xml_attr(x, "key", c->key);
	xml_attr(x, "name", c->name);
	xml_attr(x, "folder", c->has_pack ? c->folder : NULL);
	xml_attr(x, "mail", c->has_pack && c->key[0] != '\0' ? "yes" : NULL);
	xml_attr_int(x, "devices", devices);
	xml_attr_int(x, "need", c->need);
	xml_attr_int(x, "open-devices", c->open_devices);
	xml_attr_int(x, "open-actions", c->open_actions);
	if (c->since != 0) {
		clock_age(clock_now() - c->since, age);
		xml_attr(x, "age", age);
	}
	if (c->verified > 0) {
		clock_stamp(c->verified_at, stamp);
		stamp[strlen("2026-11-29")] = '\0';
		xml_attr_int(x, "verified", c->verified);
		xml_attr(x, "verified-on", stamp);
	}
	xml_open(x, "counts");
	put_counts(x, c->counts);
	xml_close(x);
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		for (size_t i = 0; i < c->reasons; i++)
			if (c->reason[i].outcome == o)
				put_reason(x, &c->reason[i], run, config);
	xml_close(x);
}

static void
put_work(struct xml_writer *x, const struct run_page *p, const struct messages *m)
{
	bool used[STEP_COUNT] = {false};

	for (size_t i = 0; i < p->works; i++) {
		const struct work *w = &p->work[i];

		xml_open(x, "work");
		xml_attr(x, "ticket", w->ticket);
		xml_attr(x, "serial", w->serial);
		xml_attr(x, "customer", w->customer);
		for (size_t k = 0; k < w->steps; k++) {
			used[w->step[k]] = true;
			xml_open(x, "do");
			xml_attr(x, "title", messages_step(m, step_of(w->step[k]))->title);
			xml_close(x);
		}
		xml_close(x);
	}
	for (size_t i = STEP_NONE + 1; i < STEP_COUNT; i++) {
		if (!used[i])
			continue;
		xml_open(x, "step");
		xml_attr(x, "id", step_of((enum step_id)i)->id);
		xml_attr(x, "title", messages_step(m, step_of((enum step_id)i))->title);
		xml_text(x, messages_step(m, step_of((enum step_id)i))->text);
		xml_close(x);
	}
}

static void
put_past(void *ctx, const struct run_figures *f)
{
	struct xml_writer *x = ctx;

	xml_open(x, "past");
	xml_attr(x, "run", f->run);
	xml_attr_int(x, "good", f->good);
	xml_attr_int(x, "other", f->other);
	xml_close(x);
}

/* Customers who need a person come first, then by key. */
static int
by_need(const void *a, const void *b)
{
	const struct page_customer *const *x = a, *const *y = b;

	if ((*x)->need != (*y)->need)
		return (*x)->need > (*y)->need ? -1 : 1;
	return strcmp((*x)->key, (*y)->key);
}

static void
put_figures(struct xml_writer *x, const struct run_page *p)
{
	struct run_figures now = {.run = ""};

	xml_open(x, "counts");
	put_counts(x, p->counts);
	xml_close(x);
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++) {
		if (needs_person(p, o))
			now.other += p->counts[o];
		else
			now.good += p->counts[o];
	}
	xml_open(x, "now");
	xml_attr_int(x, "good", now.good);
	xml_attr_int(x, "other", now.other);
	xml_attr_int(x, "unlisted-customers", p->unlisted_customers);
	xml_attr_int(x, "unlisted-work", p->unlisted_work);
	xml_close(x);
}

static void
put_commands(struct xml_writer *x, const struct ledger_run *run,
             const struct handoff_settings *settings)
{
	char *resume = page_command_resume(run, settings->config);
	char *apply = settings->apply != NULL ? page_command(settings->apply, settings->config)
	                                      : NULL;

	xml_attr(x, "resume", resume);
	xml_attr(x, "apply", apply);
	free(apply);
	free(resume);
}

static struct xml_doc *
document_of(struct run_page *p, const struct ledger_run *run,
            const struct handoff_settings *settings, const struct messages *m, struct error *err)
{
	struct xml_writer *x = xml_writer_new(PAGE_MAX);
	char started[CLOCK_STAMP_SIZE], now[CLOCK_STAMP_SIZE];
	struct xml_doc *doc = NULL;
	const char *data;
	size_t len;

	clock_stamp(run->started, started);
	clock_stamp(clock_now(), now);
	xml_open(x, "run");
	xml_attr(x, "name", run->name);
	xml_attr(x, "route", run->route);
	xml_attr(x, "started", started);
	xml_attr(x, "generated", now);
	xml_attr_int(x, "exit-code", run->exit_code);
	xml_attr(x, "planned", p->planned ? "yes" : NULL);
	xml_attr_int(x, "waiting", p->waiting);
	xml_attr(x, "partner", settings->partner_name);
	put_commands(x, run, settings);
	put_figures(x, p);
	if (p->customers > 0)
		qsort(p->customer, p->customers, sizeof(struct page_customer *), by_need);
	for (size_t i = 0; i < p->customers; i++)
		put_customer(x, p->customer[i], run, settings->config);
	put_work(x, p, m);
	run_history_each(run, RUN_PAGE_RUNS_MAX - 1, put_past, x);
	xml_close(x);
	if (xml_finish(x, &data, &len, err) == 0)
		doc = xml_doc_parse(data, len, "run.xml", err);
	xml_writer_free(x);
	return doc;
}

static const char *
no_text(const void *ctx UNUSED, const char *format UNUSED, size_t n UNUSED, size_t *ret_len)
{
	*ret_len = 0;
	return "";
}

static int
render_page(const struct xml_doc *doc, const char *dir, struct error *err)
{
	const char *text = (const char *)embed_run_xsl;
	struct xml_sheet *sheet = xml_sheet_parse(text, strlen(text), "run.xsl", PAGE_NS, err);
	const struct xml_insert none = {
		.ns = PAGE_NS, .name = "rows", .of = "none", .text = no_text};
	struct file_writer out;
	int rc = -1;

	if (sheet == NULL)
		return -1;
	if (file_begin_in(&out, dir, "index.html", err) == 0) {
		rc = xml_sheet_apply(sheet, doc, &none, out.stream, err);
		if (rc == 0)
			rc = file_commit(&out, err);
		else
			file_abandon(&out);
	}
	xml_sheet_free(sheet);
	return rc;
}

int
run_page_write(struct run_page *p, const struct ledger_run *run,
               const struct handoff_settings *settings, const struct messages *messages,
               struct error *err)
{
	struct xml_doc *doc = document_of(p, run, settings, messages, err);
	int rc;

	if (doc == NULL)
		return -1;
	rc = render_page(doc, run->out, err);
	xml_doc_free(doc);
	return rc;
}
