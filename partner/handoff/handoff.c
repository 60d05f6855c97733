/*
 * Loads the parts of packs and writes a folder for each customer. document.c writes the folder's
 * files, manifest.c seals it.
 */
#include "partner/handoff/handoff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/file.h"
#include "common/json.h"
#include "common/text.h"
#include "partner/handoff/document.h"
#include "partner/handoff/render.h"
#include "partner/handoff/run_files.h"
#include "partner/handoff/run_page.h"
#include "partner/handoff/run_summary.h"
#include "partner/handoff/logo.h"
#include "partner/handoff/manifest.h"
#include "partner/handoff/messages.h"
#include "partner/handoff/remove.h"
#include "partner/handoff/tables.h"
#include "partner/ledger/letters.h"
#include "partner/ledger/receipts.h"
#include "partner/ledger/report.h"
#include "partner/ledger/rows.h"

#define FILES_AT_ONCE 1000 /* of about a hundred packs; bounds the memory for their names */
#define JSON_LINE_MAX ((size_t)8 * 1024 * 1024) /* one row as JSON */

/* Everything that is needed to write the folders of customers. */
struct packing {
	struct ledger *ledger;
	const struct ledger_run *run;
	const struct handoff_settings *settings;
	enum document_kind kind;
	struct messages *messages;
	struct renderer *renderer;
	struct tables *tables;
	struct run_page *page;        /* the operator's page, or NULL */
	struct open_steps_sum open;   /* of all rows so far */
	struct ledger_lines *lines;   /* lines of the run; NULL: lines of all runs */
	struct ledger_before *before; /* what was said before the run, or NULL */
	char *texts;                  /* of the catalogue, for each document */
	char *logo;                   /* a data URI, or NULL */
	struct file_set *files;       /* of packs that are not in place yet */
	char *open_dir;               /* folder of the pack of open steps */
};

/* Adds the manifest last: a pack whose manifest agrees is complete. */
static int
write_manifest(const struct packing *p, const char *folder, size_t from, struct error *err)
{
	char *dir = file_join(p->run->out, folder);
	int result = manifest_write(dir, p->files, from, p->settings->signer, err);

	free(dir);
	return result;
}

/* Puts the files of complete packs in place, many at once. */
static int
place_files(const struct packing *p, size_t limit, struct error *err)
{
	return file_set_count(p->files) < limit ? 0 : file_set_place(p->files, err);
}

static int
write_pack(const struct packing *p, struct document_head *head, struct error *err)
{
	size_t from = file_set_count(p->files);
	int result;

	if (p->kind == DOCUMENT_PRINTOUT)
		result = document_write_printout(p->ledger, head, p->renderer, err);
	else
		result = document_write(p->ledger, head, p->renderer, err) == 0
		                 ? write_manifest(p, head->customer->folder, from, err)
		                 : -1;
	return result == 0 ? place_files(p, FILES_AT_ONCE, err) : -1;
}

static int
on_page_line(void *ctx, const struct ledger_line *line, struct error *err UNUSED)
{
	struct packing *p = ctx;

	if (p->page != NULL)
		run_page_line(p->page, line);
	open_steps_add(&p->open, line);
	return 0;
}

/* A customer without a pack still counts on the operator's page, and its rows may be damaged. An earlier
 * command may have written a pack: its rows were unknown then, and are held now. */
static int
skip_customer(struct packing *p, const struct ledger_customer *customer, struct error *err)
{
	if (p->kind == DOCUMENT_PACK &&
	    remove_pack(p->run->out, customer->folder, err) == REMOVE_FAILED)
		return -1;
	return ledger_lines_of(p->lines, customer->id, on_page_line, p, err);
}

static int
on_customer(void *ctx, const struct ledger_customer *customer, struct error *err)
{
	struct packing *p = ctx;
	struct document_head head = {
		.kind = p->kind,
		.run = p->run,
		.customer = customer,
		.settings = p->settings,
		.messages = p->messages,
		.texts = p->texts,
		.logo = p->logo,
		.tables = p->tables,
		.files = p->files,
		.page = p->page,
		.open = &p->open,
		.lines = p->lines,
		.before = p->before,
	};
	int any = p->lines != NULL
	                  ? ledger_lines_any(
				    p->lines, customer->id,
				    p->kind == DOCUMENT_PACK ? OUTCOME_NOT_SENT : OUTCOME_HELD, err)
	                  : 1;

	if (any < 0)
		return -1;
	if (p->page != NULL)
		run_page_customer(p->page, customer, any == 1);
	if (any == 0)
		return skip_customer(p, customer, err);
	return write_pack(p, &head, err);
}

struct handoff_parts {
	struct messages *messages;
	struct renderer *renderer; /* of packs */
};

static struct messages *
take_messages(const struct handoff_settings *settings, struct error *err)
{
	struct messages *messages = settings->parts != NULL ? settings->parts->messages : NULL;

	if (messages == NULL)
		return messages_load(settings->language, settings->stylesheets, err);
	settings->parts->messages = NULL;
	return messages;
}

/* A renderer keeps what it made of the messages of one route, so a second run needs another one. */
static struct renderer *
take_renderer(const struct handoff_settings *settings, enum document_kind kind, struct error *err)
{
	struct renderer *renderer = settings->parts != NULL && kind == DOCUMENT_PACK
	                                    ? settings->parts->renderer
	                                    : NULL;

	if (renderer == NULL)
		return render_load(kind, settings->stylesheets, err);
	settings->parts->renderer = NULL;
	return renderer;
}

/* route NULL: that of no run. */
static int
load(struct packing *p, const char *route, struct error *err)
{
	p->tables = tables_new(p->kind);
	p->messages = take_messages(p->settings, err);
	if (p->messages != NULL)
		p->texts = messages_format(p->messages, route, p->kind != DOCUMENT_PACK, err);
	if (p->texts != NULL)
		p->renderer = take_renderer(p->settings, p->kind, err);
	if (p->renderer != NULL && p->settings->logo != NULL &&
	    (p->logo = logo_read(p->settings->logo, err)) == NULL)
		return -1;
	return p->renderer != NULL ? 0 : -1;
}

static void
unload(struct packing *p)
{
	render_free(p->renderer);
	tables_free(p->tables);
	messages_free(p->messages);
	file_set_free(p->files);
	free(p->texts);
	free(p->logo);
}

struct handoff_parts *
handoff_load(const struct handoff_settings *settings, struct error *err)
{
	struct packing p = {.settings = settings, .kind = DOCUMENT_PACK};
	struct handoff_parts *parts = NULL;

	if (load(&p, NULL, err) == 0) {
		parts = xcalloc(1, sizeof(*parts));
		*parts = (struct handoff_parts){p.messages, p.renderer};
		p.messages = NULL;
		p.renderer = NULL;
	}
	unload(&p);
	return parts;
}

void
handoff_parts_free(struct handoff_parts *parts)
{
	if (parts == NULL)
		return;
	render_free(parts->renderer);
	messages_free(parts->messages);
	free(parts);
}

/* A letter has nothing before it. */
static int
open_before(struct packing *p, struct error *err)
{
	if (p->kind != DOCUMENT_PACK)
		return 0;
	p->before = ledger_before_open(p->ledger, p->run->id, err);
	return p->before != NULL ? 0 : -1;
}

/* The operator's page is English. The customer's language is better than no page. */
static int
write_run_page(struct run_page *page, const struct ledger_run *run,
               const struct handoff_settings *settings, const struct messages *messages,
               struct error *err)
{
	struct messages *own = NULL;
	struct error ignored;
	int result;

	if (strcmp(messages_language(messages), MESSAGES_OPERATOR) != 0)
		own = messages_load(MESSAGES_OPERATOR, settings->stylesheets, &ignored);
	result = run_page_write(page, run, settings, own != NULL ? own : messages, err);
	messages_free(own);
	return result;
}

static int
write_folders(struct packing *p, struct error *err)
{
	int result = -1;

	if (load(p, p->run->route, err) == 0 && file_mkdirs_own(p->run->out, err) == 0 &&
	    (p->files = file_set_open(p->run->out, err)) != NULL &&
	    (p->lines = ledger_lines_open(p->ledger, p->run->id, err)) != NULL &&
	    open_before(p, err) == 0) {
		file_reap(p->run->out);
		result = ledger_each_customer(p->ledger, p->run->id, on_customer, p, err);
	}
	if (result == 0)
		result = place_files(p, 1, err);
	if (result == 0 && p->page != NULL)
		result = write_run_page(p->page, p->run, p->settings, p->messages, err);
	ledger_before_close(p->before);
	ledger_lines_close(p->lines);
	unload(p);
	return result;
}

int
handoff_write(struct ledger *l, const struct ledger_run *run,
              const struct handoff_settings *settings, struct open_steps *ret_open,
              struct error *err)
{
	struct packing p = {.ledger = l, .run = run, .settings = settings, .kind = DOCUMENT_PACK};

	int result;

	p.page = settings->run_page ? run_page_new(false, 0) : NULL;
	/* the files of the run come last: a reader who sees the summary finds complete packs */
	result = write_folders(&p, err) == 0 ? run_files_write(l, run, err) : -1;
	run_page_free(p.page);
	if (ret_open != NULL)
		*ret_open = p.open.all;
	return result;
}

static int
on_plan_customer(void *ctx, const struct ledger_customer *customer, struct error *err UNUSED)
{
	run_page_customer(ctx, customer, false);
	return 0;
}

static int
on_plan_line(void *ctx, const struct ledger_line *line, struct error *err UNUSED)
{
	if (run_page_find(ctx, line->row->customer))
		run_page_line(ctx, line);
	return 0;
}

int
handoff_write_plan(struct ledger *l, const struct ledger_run *run, int64_t waiting,
                   const struct handoff_settings *settings, struct error *err)
{
	struct run_page *page;
	struct messages *messages;
	int result = -1;

	if (!settings->run_page)
		return 0;
	page = run_page_new(true, waiting);
	messages = take_messages(settings, err);
	if (messages != NULL && file_mkdirs_own(run->out, err) == 0 &&
	    ledger_each_customer(l, run->id, on_plan_customer, page, err) == 0 &&
	    ledger_each_stored_line(l, run->id, on_plan_line, page, err) == 0) {
		file_reap(run->out);
		result = write_run_page(page, run, settings, messages, err);
	}
	messages_free(messages);
	run_page_free(page);
	return result;
}

int
handoff_write_letters(struct ledger *l, const struct ledger_run *run,
                      const struct handoff_settings *settings, struct error *err)
{
	struct packing p = {.ledger = l,
	                    .run = run,
	                    .settings = settings,
	                    .kind = run->state == RUN_LETTER ? DOCUMENT_LETTER : DOCUMENT_PRINTOUT};

	return write_folders(&p, err);
}

/* Reads no further than the first device with an open step. */
static int
on_open_line(void *ctx, const struct ledger_line *line, struct error *err UNUSED)
{
	bool *any = ctx;

	*any = open_steps_any(line);
	return *any ? -1 : 0;
}

/* The run of this pack has the id 0: the document reads the lines of all runs. */
static int
on_open_customer(void *ctx, const struct ledger_customer *customer, struct error *err)
{
	struct ledger_customer c = *customer;
	struct packing *p = ctx;
	bool any = false;
	int result = ledger_each_open_line(p->ledger, customer->key, on_open_line, &any, err);
	char *folder;

	if (!any)
		return result;
	folder = xasprintf("open-%s", customer->folder);
	result = -1;
	c.folder = folder;
	if (file_mkdirs(p->run->out, err) == 0 &&
	    (p->files = file_set_open(p->run->out, err)) != NULL && on_customer(p, &c, err) == 0)
		result = place_files(p, 1, err);
	p->open_dir = file_join(p->run->out, folder);
	free(folder);
	return result;
}

int
handoff_write_open(struct ledger *l, const char *customer, const char *out,
                   const struct handoff_settings *settings, char **ret_dir, struct error *err)
{
	struct ledger_run run = {.name = LEDGER_OPEN_PACK, .exit_code = -1};
	struct packing p = {.ledger = l, .run = &run, .settings = settings, .kind = DOCUMENT_PACK};
	int result = -1;

	run.out = xstrdup(out);
	if (load(&p, NULL, err) == 0)
		result = ledger_last_customer(l, customer, on_open_customer, &p, err);
	unload(&p);
	if (result == 1)
		*ret_dir = p.open_dir;
	else
		free(p.open_dir);
	ledger_run_release(&run);
	return result;
}

static int
print_line(struct buf *b, struct error *err)
{
	buf_char(b, '\n');
	if (b->overflow)
		return error_set(err, "a row is longer than %zu bytes", b->max);
	if (fwrite(b->data, 1, b->len, stdout) != b->len)
		return error_errno(err, "cannot write to standard output");
	buf_reset(b);
	return 0;
}

static int
on_line(void *ctx, const struct ledger_line *line, struct error *err)
{
	const struct ledger_row *row = line->row;
	struct buf *b = ctx;

	buf_char(b, '{');
	json_put_member(b, "type", "device");
	json_put_member(b, "list", text_or_null(line->list));
	json_put_key(b, "line");
	buf_printf(b, "%ld", row->line);
	json_put_member(b, "serial", text_or_null(row->device.serial));
	json_put_member(b, "product_key_id", text_or_null(row->device.pkid));
	json_put_member(b, "customer", text_or_null(line->customer));
	json_put_member(b, "outcome", outcome_word(row->outcome));
	json_put_member(b, "reason", text_or_null(row->reason));
	json_put_member(b, "batch", text_or_null(line->service_id));
	buf_char(b, '}');
	return print_line(b, err);
}

static int
print_summary(struct ledger *l, const struct ledger_run *run, struct buf *b, struct error *err)
{
	struct json *summary = run_summary(l, run, err);

	if (summary == NULL)
		return -1;
	json_print(summary, b);
	json_free(summary);
	return print_line(b, err);
}

int
handoff_print_json(struct ledger *l, const struct ledger_run *run, struct error *err)
{
	struct buf b;
	int result;

	buf_init(&b, JSON_LINE_MAX);
	result = ledger_each_line(l, run->id, LEDGER_ALL, on_line, &b, err);
	if (result == 0)
		result = print_summary(l, run, &b, err);
	if (result == 0 && fflush(stdout) != 0)
		result = error_errno(err, "cannot write to standard output");
	buf_release(&b);
	return result;
}
