/*
 * What Partner Center answers in JSON (facts on it, 1.2 to 1.6): pages of a collection and their
 * elements, a customer, errors. Pure: bytes in, structs out; hostile until parsed.
 * Texts of elements are borrowed from the page.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_PAGE_H
#define PARTNER_ROUTE_PARTNER_CENTER_PAGE_H

#include "common/base.h"
#include "common/error.h"
#include "common/json.h"

#define PAGE_TEXT_MAX 512   /* an id, a serial, a model: the longest in the field have under 100 */
#define PAGE_TOKEN_MAX 8192 /* goes back as a header; servers take 16 kB of them */
#define PAGE_COUNT_NONE (-1LL)

struct page {
	struct json *root;        /* owned */
	const struct json *items; /* its elements */
	int64_t total;            /* as the page says, or PAGE_COUNT_NONE */
	const char *continuation; /* NULL: the last page */
};

struct page_batch {
	const char *id;
	int64_t count; /* of its devices, or PAGE_COUNT_NONE */
};

struct page_device {
	const char *id;
	const char *serial, *pkid, *make,
		*model; /* "" where not listed; outer blanks are left in */
	bool deletable; /* allowedOperations name DELETE, or there are none */
};

int page_read(struct page *p, const char *body, size_t len, struct error *err) MUST_CHECK;
void page_release(struct page *p);
int page_batch(const struct json *item, struct page_batch *ret, struct error *err) MUST_CHECK;
int page_device(const struct json *item, struct page_device *ret, struct error *err) MUST_CHECK;
/* 0: this customer, and ours. -1: err says why not. */
int page_customer(const char *id, const char *body, size_t len, struct error *err) MUST_CHECK;

struct page_error {
	char code[32]; /* "" where none; printable, as is: */
	char text[160];
	long retry_after; /* seconds, of "in N seconds"; -1: none */
	bool not_found;   /* the words of something that is not there */
};
void page_error(struct page_error *e, const char *body, size_t len);

#endif
