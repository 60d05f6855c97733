/*
 * Hostile lists, through the whole intake. Aborts when a promise is broken:
 *   - the result does not depend on the sizes of the pieces in which the bytes come;
 *   - an accepted row can be sent: it has one of the two identities, in UTF-8, without control
 *     characters;
 *   - no key and no hash passes, in whatever column it is;
 *   - an accepted row that is written like failed.csv and read again is the same device.
 * The first two bytes choose the size of the pieces and whether columns are given. A hash of the input
 * chooses which of the two promises that need a second reading is checked, because readings take most
 * of the time. With FUZZ_EVERY_CHECK set, both are checked for every input.
 * Runs under libFuzzer, and under AFL++ with its driver.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/text.h"
#include "partner/intake/list.h"
#include "partner/intake/secrets.h"
#include "tests/fuzz/promise.h"

#define OUT_MAX ((size_t)64 * 1024 * 1024)
#define SHARE 8 /* one input of so many is read in pieces, and another one is read again */

static struct values_rule rule = {.sold_to = "1", .received_from = "2"};
static struct csv_reader *raw_reader;
static bool every_check;

struct seen {
	struct buf all;     /* all results as text */
	struct buf list;    /* since the last header, as failed.csv writes it */
	struct buf devices; /* the accepted devices of list */
	bool failed;
};

static void
put(struct buf *b, const char *text)
{
	buf_str(b, text);
	buf_char(b, '\037');
}

static int
on_header(void *ctx, const char *header, struct error *err UNUSED)
{
	struct seen *s = ctx;

	put(&s->all, header);
	buf_reset(&s->list);
	buf_reset(&s->devices);
	buf_str(&s->list, header);
	buf_str(&s->list, "\r\n");
	return 0;
}

static void
check_value(const char *text)
{
	EXPECT(text_is_utf8(text, strlen(text)));
	EXPECT(!text_has_control(text));
	EXPECT(strlen(text) <= VALUES_MAX);
	EXPECT(!secret_has_product_key(text) && !secret_has_hash(text));
}

static void
check_accepted(const struct list_row *in)
{
	const struct device_id *d = &in->row.device;

	check_value(d->serial);
	check_value(d->manufacturer);
	check_value(d->model);
	check_value(in->customer);
	check_value(in->customer_name);
	check_value(in->row.ticket);
	EXPECT(d->pkid[0] == '\0' || values_is_pkid(&rule, d->pkid));
	EXPECT(d->pkid[0] != '\0' ||
	       (d->serial[0] != '\0' && d->manufacturer[0] != '\0' && d->model[0] != '\0'));
	EXPECT(strspn(in->row.sold_to, "0123456789") == strlen(in->row.sold_to));
}

static int
no_secret(void *ctx UNUSED, const struct csv_record *record, struct error *err UNUSED)
{
	for (size_t i = 0; i < record->count; i++)
		EXPECT(!secret_has_product_key(record->field[i]) &&
		       !secret_has_hash(record->field[i]));
	return 0;
}

static void
check_raw(const char *raw)
{
	struct error err;

	EXPECT(text_is_utf8(raw, strlen(raw)));
	EXPECT(csv_feed(raw_reader, raw, strlen(raw), &err) == 0 &&
	       csv_finish(raw_reader, &err) == 0);
}

static int
on_row(void *ctx, const struct list_row *in, struct error *err UNUSED)
{
	struct seen *s = ctx;
	const struct device_id *d = &in->row.device;
	bool good = in->row.outcome != OUTCOME_REJECTED;

	buf_printf(&s->all, "%ld %d %s:", in->row.line, good, in->row.column);
	put(&s->all, in->row.reason);
	put(&s->all, in->row.raw);
	check_raw(in->row.raw);
	EXPECT(good == (in->row.reason[0] == '\0'));
	if (!good) {
		EXPECT(strstr(in->row.reason, ": ") != NULL);
		return 0;
	}
	check_accepted(in);
	buf_str(&s->list, in->row.raw);
	buf_str(&s->list, "\r\n");
	put(&s->devices, d->pkid);
	put(&s->devices, d->serial);
	put(&s->devices, d->manufacturer);
	put(&s->devices, d->model);
	put(&s->devices, in->customer);
	return 0;
}

static void
on_note(void *ctx, long line, const char *text)
{
	struct seen *s = ctx;

	buf_printf(&s->all, "%ld note %s\n", line, text);
}

static void
read_list(struct seen *s, const char *data, size_t len, size_t piece, const char *columns)
{
	static const struct list_events events = {on_header, on_row, on_note};
	const struct list_settings settings = {.rule = &rule, .columns = columns, .piece = piece};
	struct list *l = list_new(&settings, &events, s);
	struct error err = {""};

	buf_init(&s->all, OUT_MAX);
	buf_init(&s->list, OUT_MAX);
	buf_init(&s->devices, OUT_MAX);
	s->failed = list_feed(l, data, len, &err) != 0 || list_finish(l, &err) != 0;
	buf_str(&s->all, s->failed ? err.text : list_facts(l)->format);
	list_free(l);
}

static void
seen_release(struct seen *s)
{
	buf_release(&s->all);
	buf_release(&s->list);
	buf_release(&s->devices);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct error err;

	(void)argc;
	(void)argv;
	every_check = getenv("FUZZ_EVERY_CHECK") != NULL;
	raw_reader = csv_reader_new(',', no_secret, NULL);
	rule.words = words_new(NULL, &err);
	return rule.words == NULL || values_set_pkid(&rule, "^[0-9]{13}$", &err) != 0;
}

static void
check_pieces(const struct seen *whole, const char *data, size_t len, size_t piece,
             const char *columns)
{
	struct seen pieces;

	read_list(&pieces, data, len, piece, columns);
	EXPECT(strcmp(whole->all.data, pieces.all.data) == 0);
	seen_release(&pieces);
}

static void
check_again(const struct seen *whole)
{
	struct seen again;

	if (whole->failed || whole->devices.len == 0)
		return;
	read_list(&again, whole->list.data, whole->list.len, 0, NULL);
	if (strcmp(whole->devices.data, again.devices.data) != 0) {
		fprintf(stderr, "list again:\n%s\nread before: %s\nread again: %s\n%s\n",
		        whole->list.data, whole->devices.data, again.devices.data, again.all.data);
		broken("failed.csv is a list again", __LINE__);
	}
	seen_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const columns[] = {NULL, "Manufacturer, Model, Serial Number",
	                                      "-,Product Key ID", NULL};
	const char *text = (const char *)data + 2, *given;
	uint64_t chosen;
	struct seen whole;

	if (size < 2)
		return 0;
	given = columns[data[1] % 4];
	chosen = text_hash(TEXT_HASH_START, (const char *)data, size) >> 32;
	read_list(&whole, text, size - 2, 0, given);
	if (every_check || chosen % SHARE == 0)
		check_pieces(&whole, text, size - 2, data[0] % 64 + 1, given);
	if (every_check || chosen % SHARE == 1)
		check_again(&whole);
	seen_release(&whole);
	return 0;
}
