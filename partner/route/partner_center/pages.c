/* Steps through the collections of a customer. page.c reads the answers. */
#include "partner/route/partner_center/pages.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/http.h"
#include "common/text.h"

enum step { STEP_CUSTOMER, STEP_BATCHES, STEP_DEVICES, STEP_OVER };

struct batch {
	char *id;
	int64_t count; /* from the list of batches, or PAGE_COUNT_NONE */
	bool listed;   /* the list of batches contains it */
};

struct pages {
	enum step step;
	char *customer;
	bool named;  /* the caller named the batches */
	bool barred; /* the customer's devices are out of reach */
	struct batch *batch;
	size_t batches, room;
	size_t at; /* STEP_DEVICES: the batch that is being read */
	pages_sink *sink;
	void *ctx;
	/* the collection that is being read */
	char *continuation; /* of the next page; NULL: the first page */
	int64_t rows;       /* read so far */
	int64_t total;      /* as its pages say, or PAGE_COUNT_NONE */
	size_t pages;
	uint64_t *seen; /* digests of the continuation tokens: they must not go in circles */
};

static void
add_batch(struct pages *l, const char *id, int64_t count)
{
	if (l->batches == l->room) {
		l->room = l->room > 0 ? l->room * 2 : 16;
		l->batch = xreallocarray(l->batch, l->room, sizeof(*l->batch));
	}
	l->batch[l->batches++] = (struct batch){.id = xstrdup(id), .count = count};
}

static void
begin_collection(struct pages *l)
{
	free(l->continuation);
	free(l->seen);
	l->continuation = NULL;
	l->seen = NULL;
	l->rows = 0;
	l->pages = 0;
	l->total = PAGE_COUNT_NONE;
}

struct pages *
pages_new(const char *customer, const char *const *named, size_t count, pages_sink *sink, void *ctx)
{
	struct pages *l = xcalloc(1, sizeof(*l));

	l->step = named != NULL ? STEP_BATCHES : STEP_CUSTOMER;
	l->customer = xstrdup(customer);
	l->named = named != NULL;
	l->sink = sink;
	l->ctx = ctx;
	for (size_t i = 0; named != NULL && i < count; i++)
		add_batch(l, named[i], PAGE_COUNT_NONE);
	begin_collection(l);
	return l;
}

void
pages_free(struct pages *l)
{
	if (l == NULL)
		return;
	begin_collection(l);
	for (size_t i = 0; i < l->batches; i++)
		free(l->batch[i].id);
	free(l->batch);
	free(l->customer);
	free(l);
}

bool
pages_over(const struct pages *l)
{
	return l->step == STEP_OVER;
}

bool
pages_barred(const struct pages *l)
{
	return l->barred;
}

bool
pages_at_customer(const struct pages *l)
{
	return l->step == STEP_CUSTOMER;
}

char *
pages_device_path(const char *customer, const char *batch, const char *device)
{
	char *c = http_escape(customer), *b = http_escape(batch), *d = http_escape(device);
	char *path = xasprintf("/v1/customers/%s/deviceBatches/%s/devices%s%s", c, b,
	                       device[0] != '\0' ? "/" : "", d);

	free(c);
	free(b);
	free(d);
	return path;
}

char *
pages_path(const struct pages *l)
{
	char *customer, *path;

	if (l->step == STEP_DEVICES)
		return pages_device_path(l->customer, l->batch[l->at].id, "");
	customer = http_escape(l->customer);
	path = xasprintf("/v1/customers/%s%s", customer,
	                 l->step == STEP_BATCHES ? "/deviceBatches" : "");
	free(customer);
	return path;
}

const char *
pages_continuation(const struct pages *l)
{
	return l->continuation;
}

static struct batch *
named_batch(const struct pages *l, const char *id)
{
	for (size_t i = 0; i < l->batches; i++)
		if (strcmp(l->batch[i].id, id) == 0)
			return &l->batch[i];
	return NULL;
}

static int
add_listed_batch(struct pages *l, const struct json *item, struct error *err)
{
	struct page_batch read;
	struct batch *b;

	if (page_batch(item, &read, err) != 0)
		return -1;
	b = named_batch(l, read.id);
	if (b != NULL && (b->listed || !l->named))
		return error_set(err, "a batch is listed twice");
	if (b != NULL) {
		b->count = read.count;
		b->listed = true;
	} else if (!l->named) {
		if (l->batches == PAGES_BATCHES_MAX)
			return error_set(err, "more than %d batches", PAGES_BATCHES_MAX);
		add_batch(l, read.id, read.count);
		l->batch[l->batches - 1].listed = true;
	}
	return 0;
}

static int
read_device(struct pages *l, const struct json *item, struct error *err)
{
	struct page_device d;

	page_device(item, &d);
	return l->sink(l->ctx, l->batch[l->at].id, &d, err);
}

static int
read_items(struct pages *l, const struct page *p, struct error *err)
{
	int64_t rows = 0;

	for (const struct json *item = p->items != NULL ? json_first(p->items) : NULL; item != NULL;
	     item = json_next(item)) {
		if ((l->step == STEP_BATCHES ? add_listed_batch : read_device)(l, item, err) != 0)
			return -1;
		rows++;
	}
	l->rows += rows;
	/* some services name the size of the page, others that of the collection, which alone is a
	 * check */
	if (p->total == PAGE_COUNT_NONE || (p->total == rows && p->total != l->total))
		return 0;
	if (l->total != PAGE_COUNT_NONE && l->total != p->total)
		return error_set(err, "the pages name different counts");
	l->total = p->total;
	return 0;
}

/* Remembers the token of the next page, if there is one. */
static int
set_continuation(struct pages *l, const char *continuation, struct error *err)
{
	uint64_t digest;

	free(l->continuation);
	l->continuation = continuation != NULL ? xstrdup(continuation) : NULL;
	if (continuation == NULL)
		return 0;
	digest = text_hash(TEXT_HASH_START, continuation, strlen(continuation));
	for (size_t i = 0; i < l->pages; i++)
		if (l->seen[i] == digest)
			return error_set(err, "a continuation token comes twice");
	if (l->pages == PAGES_MAX)
		return error_set(err, "more than %d pages", PAGES_MAX);
	l->seen = xreallocarray(l->seen, l->pages + 1, sizeof(*l->seen));
	l->seen[l->pages++] = digest;
	return 0;
}

static int
check_counts(const struct pages *l, struct error *err)
{
	const struct batch *b = l->step == STEP_DEVICES ? &l->batch[l->at] : NULL;

	if (b != NULL && b->count != PAGE_COUNT_NONE && b->count != l->rows)
		return error_set(err, "%lld read, but the service counts %lld", (long long)l->rows,
		                 (long long)b->count);
	if (l->total != PAGE_COUNT_NONE && l->total != l->rows)
		return error_set(err, "%lld read, but the service names a total of %lld",
		                 (long long)l->rows, (long long)l->total);
	return 0;
}

static void
next_collection(struct pages *l)
{
	begin_collection(l);
	if (l->step == STEP_DEVICES)
		l->at++;
	l->step = l->step == STEP_CUSTOMER ? STEP_BATCHES
	          : l->at < l->batches     ? STEP_DEVICES
	                                   : STEP_OVER;
}

void
pages_place(const struct pages *l, char *dst, size_t size)
{
	char *text;

	if (l->step != STEP_DEVICES) {
		text_copy(dst, size, l->step == STEP_BATCHES ? "list of batches" : "customer");
		return;
	}
	text = xasprintf("batch %s", l->batch[l->at].id);
	text_printable(dst, size, text);
	free(text);
}

/* The body names the next page, or the header does. */
static int
next_page(const struct pages_answer *a, const struct page *p, const char **ret, struct error *err)
{
	const char *header = a->continuation != NULL && a->continuation[0] != '\0' ? a->continuation
	                                                                           : NULL;

	*ret = p->continuation != NULL ? p->continuation : header;
	if (header != NULL && strcmp(*ret, header) != 0)
		return error_set(err, "the answer names two next pages");
	if (*ret != NULL && (strlen(*ret) > PAGE_TOKEN_MAX || text_has_control(*ret)))
		return error_set(err, "the next page's token is too long or no plain text");
	return 0;
}

static int
feed_page(struct pages *l, const struct pages_answer *a, struct error *err)
{
	const char *next;
	struct page p;
	int rc;

	if (page_read(&p, a->body, a->len, err) != 0)
		return -1;
	rc = next_page(a, &p, &next, err);
	if (rc == 0)
		rc = read_items(l, &p, err);
	if (rc == 0)
		rc = set_continuation(l, next, err);
	page_release(&p);
	if (rc == 0 && l->continuation == NULL)
		rc = check_counts(l, err);
	return rc;
}

int
pages_feed(struct pages *l, const struct pages_answer *a, struct error *err)
{
	int rc = l->step == STEP_CUSTOMER
	                 ? page_customer(l->customer, a->body, a->len, &l->barred, err)
	                 : feed_page(l, a, err);

	if (rc == 0 && l->continuation == NULL)
		next_collection(l);
	return rc;
}

int
pages_absent(struct pages *l, struct error *err)
{
	l->barred = l->step == STEP_CUSTOMER;
	if (l->barred)
		return error_set(err, "the service does not know this customer");
	if (l->step == STEP_BATCHES || l->batch[l->at].listed || l->continuation != NULL)
		return error_set(err, "the service says \"not found\", but it must be there");
	next_collection(l); /* a named batch that is gone */
	return 0;
}
