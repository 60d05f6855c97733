/* Composes reminders from the message catalogue. The ledger says who is due. */
#include "partner/handoff/reminder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/text.h"
#include "partner/handoff/messages.h"
#include "partner/handoff/paragraph.h"
#include "partner/ledger/letters.h"

#define MAIL_MAX ((size_t)64 * 1024)
#define COLUMNS 68
#define SHOWN_SIZE 300
#define DAY_SIZE sizeof("2026-11-24")

struct reminding {
	struct ledger *ledger;
	const struct handoff_settings *settings;
	struct messages *messages;
	const char *dir;
	int64_t before;
	reminder_fn *fn;
	void *ctx;
};

/* Puts the words of `with` in the place of {a}, {b} and {c}. */
static void
fill(struct buf *b, const char *text, const char *const with[static 3])
{
	for (; *text != '\0'; text++) {
		if (text[0] == '{' && text[1] >= 'a' && text[1] <= 'c' && text[2] == '}') {
			buf_str(b, with[text[1] - 'a']);
			text += 2;
		} else {
			buf_char(b, *text);
		}
	}
}

static void
add_paragraph(const struct reminding *r, struct buf *mail, const char *id,
              const char *const with[static 3])
{
	struct buf text;

	buf_init(&text, MAIL_MAX);
	fill(&text, messages_text(r->messages, id), with);
	paragraph_wrap(mail, text.data, "", COLUMNS);
	buf_str(mail, "\n");
	buf_release(&text);
}

/* Repeats the letter: when the devices are deregistered, and what happens if nothing is done. */
static void
add_promise(const struct reminding *r, struct buf *mail, const struct ledger_due *due)
{
	const struct handoff_settings *s = r->settings;
	char until[CLOCK_STAMP_SIZE];
	const char *with[3] = {until, "", ""};
	bool waits = s->letter_required && s->letter_wait_days == 0;

	clock_stamp(due->started + s->letter_wait_days * 24 * 3600, until);
	until[DAY_SIZE - 1] = '\0';
	add_paragraph(r, mail,
	              waits                ? "letter-when-reported"
	              : s->letter_required ? "letter-when-until"
	                                   : "letter-when-soon",
	              with);
	add_paragraph(r, mail, waits ? "letter-nothing-reported" : "letter-nothing", with);
}

static void
compose(const struct reminding *r, const struct ledger_due *due, struct buf *mail)
{
	char customer[SHOWN_SIZE], day[CLOCK_STAMP_SIZE], devices[SHOWN_SIZE], contact[SHOWN_SIZE];
	const char *who[3] = {customer, "", ""}, *what[3] = {day, devices, ""};
	const char *whom[3] = {contact, "", ""};
	char number[24];
	struct buf some;

	text_printable(customer, sizeof(customer), due->name[0] != '\0' ? due->name : due->key);
	clock_stamp(due->started, day);
	day[DAY_SIZE - 1] = '\0';
	snprintf(number, sizeof(number), "%lld", (long long)due->devices);
	buf_init(&some, MAIL_MAX);
	fill(&some, messages_text(r->messages, due->devices == 1 ? "one" : "many"),
	     (const char *const[3]){number, "", ""});
	text_copy(devices, sizeof(devices), some.data);
	buf_release(&some);
	snprintf(contact, sizeof(contact), "%s %s", r->settings->partner_contact,
	         r->settings->partner_support);
	buf_str(mail, "Subject: ");
	fill(mail, messages_text(r->messages, "mail-reminder-subject"), who);
	buf_str(mail, "\n\n");
	add_paragraph(r, mail, "mail-hello", who);
	buf_char(mail, '\n');
	add_paragraph(r, mail, "mail-reminder", what);
	add_promise(r, mail, due);
	buf_char(mail, '\n');
	add_paragraph(r, mail, "mail-reminder-open", what);
	if (contact[1] != '\0') {
		buf_char(mail, '\n');
		add_paragraph(r, mail, "mail-questions", whom);
	}
	if (r->settings->partner_name[0] != '\0')
		buf_printf(mail, "%s\n", r->settings->partner_name);
}

/* Mail has CRLF. */
static int
write_mail(const char *path, const struct buf *mail, struct error *err)
{
	struct buf text;
	int rc;

	buf_init(&text, 2 * MAIL_MAX);
	for (size_t i = 0; i < mail->len; i++) {
		if (mail->data[i] == '\n')
			buf_char(&text, '\r');
		buf_char(&text, mail->data[i]);
	}
	rc = file_write(path, FILE_MODE_PUBLIC, text.data, text.len, err);
	buf_release(&text);
	return rc;
}

/* The mail is on disk before the ledger says that it was written. */
static int
on_due(void *ctx, const struct ledger_due *due, struct error *err)
{
	const struct reminding *r = ctx;
	char *letter = file_join(r->dir, due->letter), *dir = file_join(letter, due->folder);
	char *path = file_join(dir, "mail.txt");
	struct buf mail;
	int rc;

	buf_init(&mail, MAIL_MAX);
	compose(r, due, &mail);
	rc = file_mkdirs_own(dir, err);
	if (rc == 0)
		rc = write_mail(path, &mail, err);
	if (rc == 0)
		rc = ledger_reminded(r->ledger, due->customer, r->before, err);
	if (rc == 0)
		r->fn(r->ctx, path);
	buf_release(&mail);
	free(letter);
	free(dir);
	free(path);
	return rc;
}

int
reminder_write(struct ledger *l, const struct handoff_settings *settings, const char *dir,
               int64_t before, reminder_fn *fn, void *ctx, struct error *err)
{
	struct reminding r = {.ledger = l,
	                      .settings = settings,
	                      .dir = dir,
	                      .before = before,
	                      .fn = fn,
	                      .ctx = ctx};
	int rc = -1;

	r.messages = messages_load(settings->language, settings->stylesheets, err);
	if (r.messages != NULL)
		rc = ledger_each_due(l, before, on_due, &r, err);
	messages_free(r.messages);
	return rc;
}
