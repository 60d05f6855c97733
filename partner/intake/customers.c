/* A hash table of customers. When its slots are taken, a new customer replaces an older one. */
#include "partner/intake/customers.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/text.h"
#include "common/unicode.h"

#define SLOTS ((size_t)CUSTOMERS_MAX * 2)
#define PROBES 32 /* slots that are tried for a customer */

struct slot {
	int64_t customer;       /* 0: free */
	uint64_t exact, folded; /* hashes of the first name */
	unsigned list, named;   /* the lists that it and its first name are from */
	char first[CUSTOMERS_NAME_SIZE];
	bool conflict;
};

/* A key by its letters, whatever their case. */
struct key {
	uint64_t lower; /* hash; 0: free */
	unsigned list;
	char text[CUSTOMERS_NAME_SIZE];
};

struct customers {
	struct slot slot[SLOTS];
	struct key key[SLOTS];
	struct customers_conflict *conflict;
	size_t conflicts, earlier; /* earlier: those before the last list */
	unsigned list;
	struct buf fold;
};

struct customers *
customers_new(void)
{
	struct customers *c = xcalloc(1, sizeof(*c));

	buf_init(&c->fold, (size_t)64 * 1024);
	return c;
}

void
customers_free(struct customers *c)
{
	if (c == NULL)
		return;
	free(c->conflict);
	buf_release(&c->fold);
	free(c);
}

void
customers_begin_list(struct customers *c)
{
	c->list++;
	c->earlier = c->conflicts;
}

/* The customer's slot, else a free one, else that of another customer, who is forgotten. */
static struct slot *
slot_of(struct customers *c, int64_t customer)
{
	size_t at = (uint64_t)customer * 0x9e3779b97f4a7c15ULL >> 40;

	for (size_t i = 0; i < PROBES; i++) {
		struct slot *s = &c->slot[(at + i) % SLOTS];
		if (s->customer == customer || s->customer == 0)
			return s;
	}
	return &c->slot[at % SLOTS];
}

static uint64_t
folded_hash(struct customers *c, const char *name)
{
	buf_reset(&c->fold);
	unicode_fold(&c->fold, name);
	if (c->fold.len == 0) /* only punctuation */
		buf_str(&c->fold, name);
	return text_hash(TEXT_HASH_START, c->fold.data, c->fold.len);
}

static void
add_conflict(struct customers *c, struct slot *s, const char *name)
{
	struct customers_conflict *new;

	if (s->conflict)
		return;
	s->conflict = true;
	c->conflict = xreallocarray(c->conflict, c->conflicts + 1, sizeof(*c->conflict));
	new = &c->conflict[c->conflicts++];
	*new = (struct customers_conflict){.customer = s->customer};
	text_printable(new->first, sizeof(new->first), s->first);
	text_printable(new->second, sizeof(new->second), name);
}

/* The key of another customer that differs in letter case only, or NULL. */
static const char *
add_key(struct customers *c, const char *key)
{
	uint64_t lower;
	struct key *k;

	buf_reset(&c->fold);
	unicode_lower(&c->fold, key);
	lower = text_hash(TEXT_HASH_START, c->fold.data, c->fold.len) | 1;
	k = &c->key[lower % SLOTS];
	if (k->lower == lower)
		return k->text;
	*k = (struct key){.lower = lower, .list = c->list};
	text_printable(k->text, sizeof(k->text), key);
	return NULL;
}

static void
set_name(struct customers *c, struct slot *s, const char *name)
{
	s->exact = text_hash(TEXT_HASH_START, name, strlen(name));
	s->folded = folded_hash(c, name);
	s->named = c->list;
	text_printable(s->first, sizeof(s->first), name);
}

enum customers_name
customers_add(struct customers *c, int64_t customer, const char *key, const char *name,
              const char **ret_other)
{
	struct slot *s = slot_of(c, customer);
	bool new = s->customer != customer;

	if (new) {
		*s = (struct slot){.customer = customer, .list = c->list};
		*ret_other = add_key(c, key);
	}
	if (name[0] != '\0' && s->first[0] == '\0')
		set_name(c, s, name);
	if (new &&*ret_other != NULL)
		return CUSTOMERS_CASE;
	if (name[0] == '\0' || s->exact == text_hash(TEXT_HASH_START, name, strlen(name)))
		return CUSTOMERS_SAME;
	*ret_other = s->first;
	if (s->folded == folded_hash(c, name))
		return CUSTOMERS_SIMILAR;
	add_conflict(c, s, name);
	return CUSTOMERS_OTHER;
}

void
customers_undo_list(struct customers *c)
{
	for (size_t i = c->earlier; i < c->conflicts; i++)
		slot_of(c, c->conflict[i].customer)->conflict = false;
	c->conflicts = c->earlier;
	for (size_t i = 0; i < SLOTS; i++) {
		if (c->slot[i].list == c->list)
			c->slot[i] = (struct slot){0};
		else if (c->slot[i].named == c->list)
			c->slot[i].first[0] = '\0';
		if (c->key[i].list == c->list)
			c->key[i] = (struct key){0};
	}
}

const struct customers_conflict *
customers_conflicts(const struct customers *c, size_t *ret_new, size_t *ret_count)
{
	*ret_new = c->earlier;
	*ret_count = c->conflicts;
	return c->conflict;
}
