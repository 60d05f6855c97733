/*
 * Partner Center's answers in JSON (doc/partner-center.md, sections 1.2 to 1.6): pages of a collection
 * and their elements, a customer, errors. Pure: bytes in, structs out. Answers are hostile until
 * parsed. The texts of elements point into the page.
 */
#ifndef PARTNER_ROUTE_PARTNER_CENTER_PAGE_H
#define PARTNER_ROUTE_PARTNER_CENTER_PAGE_H

#include "common/base.h"
#include "common/error.h"
#include "common/json.h"

#define PAGE_TEXT_MAX 512 /* bytes of an id, a serial, a model; real ones have under 100 */
#define PAGE_TOKEN_MAX \
	8192 /* bytes; the token goes back as a header, of which servers take 16 kB */
#define PAGE_COUNT_NONE (-1LL)

struct page {
	struct json *root;        /* owned */
	const struct json *items; /* the elements */
	int64_t total;            /* totalCount, or PAGE_COUNT_NONE */
	const char *continuation; /* NULL: the body names no further page */
};

struct page_batch {
	const char *id;
	int64_t count; /* of its devices, or PAGE_COUNT_NONE */
};

struct page_device {
	const char *id;                           /* "": none that is valid in an address */
	const char *serial, *pkid, *make, *model; /* "" if not listed; outer blanks included */
	const char *uploaded;                     /* when it was registered; "": not known */
	bool deletable; /* allowedOperations is absent or contains DELETE */
	bool odd;       /* a text is damaged, and "" here: the device is uncertain */
};

int page_read(struct page *p, const char *body, size_t len, struct error *err) MUST_CHECK;
void page_release(struct page *p);
int page_batch(const struct json *item, struct page_batch *ret, struct error *err) MUST_CHECK;
/* Damage costs only this device. */
void page_device(const struct json *item, struct page_device *ret);
/* 0: it is this customer, and a reseller relationship exists. -1: err says why not. *ret_barred: the
 * answer is certain, so the customer's devices are out of reach. */
int page_customer(const char *id, const char *body, size_t len, bool *ret_barred,
                  struct error *err) MUST_CHECK;

struct page_error {
	char code[16]; /* digits; "" if there is none */
	char text
		[1024]; /* printable, as the service wrote it: not for people; "" if there is none */
	long retry_after; /* seconds, from "in N seconds"; negative: none named */
	bool not_found;   /* the text says that something was not found */
};
/* Reads the body of an answer that is an error. Never fails: e may stay empty. */
void page_error(struct page_error *e, const char *body, size_t len);

#endif
