/* Composes notices from the ledger. app/notify.c delivers them. */
#include "partner/run/notices.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/app/config_check.h"
#include "partner/app/exit_code.h"
#include "partner/app/notify.h"
#include "partner/ledger/report.h"

#define TRY_MS 60000   /* for all notices of a command */
#define LISTED_MAX 100 /* customers, and devices, of one notice */
#define BODY_MAX ((size_t)256 * 1024)
#define TEXT_MAX ((size_t)64 * 1024)

/* One notice in both forms: the summary, or a text for people. */
struct notice {
	bool text;
	struct json *summary;
	struct buf words;
};

static void
add_counts(struct notice *n, const char *run, const char *out,
           const int64_t counts[static OUTCOME_COUNT], int code)
{
	struct json *words;
	int64_t rows = 0;

	json_add_text(n->summary, "type", "summary");
	json_add_text(n->summary, "run", run);
	json_add_text(n->summary, "handoff", out);
	words = json_add_object(n->summary, "counts");
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++) {
		json_add_number(words, outcome_word(o), counts[o]);
		rows += counts[o];
	}
	json_add_number(n->summary, "exit_code", code);
	if (run != NULL)
		buf_printf(&n->words, "unpilot: run %s: %lld row%s", run, (long long)rows,
		           rows == 1 ? "" : "s");
	else
		buf_str(&n->words, "unpilot: no run");
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		if (counts[o] > 0)
			buf_printf(&n->words, ", %lld %s", (long long)counts[o], outcome_word(o));
	buf_printf(&n->words, "; exit code %d: %s", code, exit_code_meaning(code));
}

/* Rows of one customer that need a person. */
struct share {
	char *customer;
	int64_t rows;
};

struct details {
	struct json *devices;
	size_t listed;    /* devices */
	struct buf lines; /* of the devices */
	struct share share[LISTED_MAX];
	size_t shares;
};

static void
count_customer(struct details *d, const char *customer)
{
	size_t i = 0;

	while (i < d->shares && strcmp(d->share[i].customer, customer) != 0)
		i++;
	if (i == LISTED_MAX)
		return;
	if (i == d->shares)
		d->share[d->shares++] = (struct share){.customer = xstrdup(customer)};
	d->share[i].rows++;
}

static int
on_device(void *ctx, const struct ledger_line *line, struct error *err UNUSED)
{
	const struct device_id *id = &line->row->device;
	const char *outcome = outcome_word(line->row->outcome);
	struct details *d = ctx;
	char serial[100], pkid[100];
	struct json *object;

	count_customer(d, line->customer);
	if (d->listed++ >= LISTED_MAX)
		return 0;
	object = json_append_object(d->devices);
	json_add_text(object, "serial", text_or_null(id->serial));
	json_add_text(object, "product_key_id", text_or_null(id->pkid));
	json_add_text(object, "customer", text_or_null(line->customer));
	json_add_text(object, "outcome", outcome);
	text_printable(serial, sizeof(serial), id->serial);
	text_printable(pkid, sizeof(pkid), id->pkid);
	buf_printf(&d->lines, "\n%s %s: %s", serial, pkid, outcome);
	return 0;
}

static void
add_customer(struct notice *n, struct json *customers, const struct share *share)
{
	struct json *object = json_append_object(customers);
	char shown[300];

	json_add_text(object, "customer", text_or_null(share->customer));
	json_add_number(object, "rows", share->rows);
	text_printable(shown, sizeof(shown), share->customer);
	buf_printf(&n->words, "\ncustomer %s: %lld row%s a person",
	           shown[0] != '\0' ? shown : "(none)", (long long)share->rows,
	           share->rows == 1 ? " needs" : "s need");
}

static int
add_details(struct notice *n, const struct session *s, int64_t run, struct error *err)
{
	struct json *customers = json_add_array(n->summary, "customers");
	struct details d = {.devices = json_add_array(n->summary, "devices")};
	int rc;

	buf_init(&d.lines, TEXT_MAX);
	rc = ledger_each_line(s->ledger, run, LEDGER_NEED_PERSON, on_device, &d, err);
	for (size_t i = 0; i < d.shares; i++) {
		add_customer(n, customers, &d.share[i]);
		free(d.share[i].customer);
	}
	buf_str(&n->words, d.lines.data);
	buf_release(&d.lines);
	return rc;
}

static void
start(struct notice *n, const struct session *s)
{
	*n = (struct notice){.text = strcmp(s->config.notify_template, "text") == 0,
	                     .summary = json_object()};
	buf_init(&n->words, TEXT_MAX);
}

/* Keeps the form that is wanted and frees the other. */
static void
keep(struct notices *all, struct notice *n)
{
	struct json *body = n->summary;

	if (n->text) {
		body = json_object();
		json_add_text(body, "text", n->words.data);
		json_free(n->summary);
	}
	buf_release(&n->words);
	all->body = xreallocarray(all->body, all->count + 1, sizeof(struct json *));
	all->body[all->count++] = body;
}

static bool
is_wanted(const struct session *s, int code)
{
	struct error err;

	/* a configuration that is not read to its end may hold unchecked values */
	return s->config.notify_url[0] != '\0' && !s->options->dry_run &&
	       config_check_notify(&s->config, &err) == 0 &&
	       (code != EXIT_CODE_OK || strcmp(s->config.notify_on, "always") == 0);
}

void
notices_add(struct notices *all, const struct session *s, const struct ledger_run *run)
{
	int64_t counts[OUTCOME_COUNT];
	struct notice n;
	struct error err;

	all->worst = exit_code_worse(all->worst, run->exit_code);
	if (!is_wanted(s, run->exit_code))
		return;
	if (ledger_counts(s->ledger, run->id, counts, &err) != 0) {
		log_warn("notify: run %s: %s", run->name, err.text);
		return;
	}
	start(&n, s);
	add_counts(&n, run->name, run->out, counts, run->exit_code);
	if (s->config.notify_details != 0 && add_details(&n, s, run->id, &err) != 0)
		log_warn("notify: run %s: %s", run->name, err.text);
	keep(all, &n);
}

/* The command failed otherwise than its runs, or before there was one. */
static void
add_command(struct notices *all, const struct session *s, int code)
{
	static const int64_t none[OUTCOME_COUNT];
	struct notice n;

	if (exit_code_worse(code, all->worst) == all->worst || exit_code_finished(code) ||
	    !is_wanted(s, code))
		return;
	start(&n, s);
	add_counts(&n, NULL, NULL, none, code);
	keep(all, &n);
}

void
notices_deliver(struct notices *all, const struct session *s, int code)
{
	int64_t until_ms = clock_tick_ms() + TRY_MS;
	struct buf b;

	add_command(all, s, code);
	buf_init(&b, BODY_MAX);
	for (size_t i = 0; i < all->count; i++) {
		buf_reset(&b);
		json_print(all->body[i], &b);
		notify_post(s, b.data, b.len, until_ms);
		json_free(all->body[i]);
	}
	buf_release(&b);
	free(all->body);
	*all = (struct notices){0};
}
