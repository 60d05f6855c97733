/*
 * Hostile answers of Partner Center and its token end point. The input is a series of answers,
 * separated by zero bytes; each is read as every kind of answer. Aborts when a promise is broken:
 *   - an accepted token has only characters that a header may contain;
 *   - a device that the inventory finds has exactly the serial number of the query, and its
 *     target can be parsed back;
 *   - a listing that reports its end has read all pages.
 */
#include <string.h>

#include "common/text.h"
#include "partner/route/partner_center/inventory.h"
#include "partner/route/partner_center/pages.h"
#include "partner/route/partner_center/target.h"
#include "partner/route/partner_center/token_answer.h"
#include "tests/fuzz/promise.h"

#define CUSTOMER "00000000-0000-4000-8000-00000000c001"
#define SERIAL "CZ1"

static void
read_token(const char *text, size_t len)
{
	struct token_answer a;
	struct error err;
	char line[200];

	if (token_answer_read(&a, text, len, &err) == 0) {
		EXPECT(strlen(a.access) > 0 && strlen(a.access) <= TOKEN_MAX);
		for (const char *p = a.access; *p != '\0'; p++)
			EXPECT(*p > ' ' && *p <= '~');
		EXPECT(a.lifetime > 0 && a.lifetime <= TOKEN_LIFETIME_MAX);
		token_answer_release(&a);
	}
	token_answer_refusal(text, len, line, sizeof(line));
	EXPECT(!text_has_control(line));
}

static void
read_error(const char *text, size_t len)
{
	struct page_error e;

	page_error(&e, text, len);
	EXPECT(!text_has_control(e.code) && !text_has_control(e.text) && e.retry_after >= -1);
}

static void
read_target(const char *text)
{
	struct target t, back;
	char anew[ROUTE_ID_MAX];
	struct error err;

	if (target_decode(&t, text, &err) != 0)
		return;
	if (target_encode(&t, anew)) {
		EXPECT(target_decode(&back, anew, &err) == 0 && back.count == t.count);
		target_release(&back);
	}
	target_release(&t);
}

struct read {
	struct inventory *inv;
	size_t with_serial; /* how many have an id and exactly SERIAL */
};

static int
take(void *ctx, const char *batch, const struct page_device *d, struct error *err)
{
	struct read *r = ctx;

	EXPECT(!text_has_control(d->id));
	if (d->id[0] != '\0' && strcmp(d->serial, SERIAL) == 0)
		r->with_serial++;
	return inventory_add(r->inv, batch, d, err);
}

static void
look_up(const struct read *r)
{
	const struct device_id want = {
		.pkid = "", .serial = SERIAL, .manufacturer = "", .model = ""};
	struct inventory_match m;
	struct error err;
	struct target t;

	inventory_lookup(r->inv, &want, true, &m);
	EXPECT(!text_has_control(m.reason));
	if (!m.found)
		return;
	EXPECT(target_decode(&t, m.target, &err) == 0 && t.count == r->with_serial);
	target_release(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct read r = {.inv = inventory_new()};
	struct pages *l = pages_new(CUSTOMER, NULL, 0, take, &r);
	char *text = malloc(size + 1);
	struct error err;
	int rc = 0;

	EXPECT(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	for (size_t at = 0, len; at <= size; at += len + 1) {
		struct pages_answer page = {.body = text + at, .len = strlen(text + at)};

		len = page.len;
		read_token(text + at, len);
		read_error(text + at, len);
		read_target(text + at);
		if (rc == 0 && !pages_over(l))
			rc = pages_feed(l, &page, &err);
	}
	if (rc == 0 && pages_over(l)) {
		EXPECT(pages_continuation(l) == NULL);
		if (inventory_seal(r.inv, &err) == 0)
			look_up(&r);
	}
	pages_free(l);
	inventory_free(r.inv);
	free(text);
	return 0;
}
