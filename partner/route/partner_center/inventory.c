/* Sorted arrays over chunks of text. The schedule supplies the devices. */
#include "partner/route/partner_center/inventory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/crypto.h"
#include "common/text.h"
#include "partner/route/partner_center/target.h"

#define CHUNK_SIZE ((size_t)64 * 1024) /* the texts of about 500 devices */

struct chunk {
	struct chunk *next;
	size_t used;
	char data[CHUNK_SIZE];
};

struct device {
	const char *batch, *id, *serial, *pkid, *make, *model, *uploaded; /* in the chunks */
	bool deletable;
	bool odd; /* damaged: a match may be another device */
};

struct inventory {
	struct chunk *chunks;
	struct device *device;
	size_t count, room;
	struct device **by_id;                /* sorted */
	struct device **by_serial, **by_pkid; /* sorted; serials without case and blanks */
	size_t nameless;                      /* without a serial */
	size_t odd;                           /* damaged */
};

struct inventory *
inventory_new(void)
{
	return xcalloc(1, sizeof(struct inventory));
}

void
inventory_free(struct inventory *inv)
{
	if (inv == NULL)
		return;
	for (struct chunk *c = inv->chunks, *next; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	free(inv->device);
	free(inv->by_id);
	free(inv->by_serial);
	free(inv->by_pkid);
	free(inv);
}

/* Copies the text; if it equals the previous device's, as most makes do, shares that copy. */
static const char *
copy(struct inventory *inv, const char *text, size_t len, const char *before)
{
	char *at;

	if (before != NULL && strlen(before) == len && memcmp(before, text, len) == 0)
		return before;
	if (inv->chunks == NULL || CHUNK_SIZE - inv->chunks->used <= len) {
		struct chunk *c = xcalloc(1, sizeof(*c));
		c->next = inv->chunks;
		inv->chunks = c;
	}
	at = inv->chunks->data + inv->chunks->used;
	memcpy(at, text, len);
	at[len] = '\0';
	inv->chunks->used += len + 1;
	return at;
}

static const char *
copy_trimmed(struct inventory *inv, const char *text, const char *before)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	return copy(inv, text, len, before);
}

int
inventory_add(struct inventory *inv, const char *batch, const struct page_device *d,
              struct error *err)
{
	struct device last = {0}; /* the previous device, if any */

	if (d->id[0] == '\0') { /* without an id it can be neither matched nor deleted */
		inv->odd++;
		return 0;
	}
	if (inv->count == INVENTORY_DEVICES_MAX)
		return error_set(err, "more than %d devices", INVENTORY_DEVICES_MAX);
	if (inv->device == NULL || inv->count == inv->room) {
		inv->room = inv->room > 0 ? inv->room * 2 : 256;
		inv->device = xreallocarray(inv->device, inv->room, sizeof(*inv->device));
	}
	if (inv->count > 0)
		last = inv->device[inv->count - 1];
	inv->device[inv->count] = (struct device){
		/* ids go back to the service unchanged, blanks included */
		.batch = copy(inv, batch, strlen(batch), last.batch),
		.id = copy(inv, d->id, strlen(d->id), NULL),
		.serial = copy(inv, d->serial, strlen(d->serial), NULL),
		.pkid = copy_trimmed(inv, d->pkid, NULL),
		.make = copy_trimmed(inv, d->make, last.make),
		.model = copy_trimmed(inv, d->model, last.model),
		.uploaded = copy(inv, d->uploaded, strlen(d->uploaded), last.uploaded),
		.deletable = d->deletable,
		.odd = d->odd,
	};
	inv->odd += d->odd ? 1 : 0;
	inv->nameless += d->serial[0] == '\0' ? 1 : 0;
	inv->count++;
	return 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Compares without case and outer blanks. The search compares byte by byte afterwards, and can
 * report a serial that is only similar. */
static int
compare_similar(const char *a, const char *b)
{
	size_t m, n;
	int rc;

	a += strspn(a, " \t");
	b += strspn(b, " \t");
	for (m = strlen(a); m > 0 && is_blank(a[m - 1]);)
		m--;
	for (n = strlen(b); n > 0 && is_blank(b[n - 1]);)
		n--;
	rc = strncasecmp(a, b, m < n ? m : n);
	return rc != 0 ? rc : (m > n) - (m < n);
}

static int
compare_serials(const void *a, const void *b)
{
	return compare_similar((*(struct device *const *)a)->serial,
	                       (*(struct device *const *)b)->serial);
}

static int
compare_pkids(const void *a, const void *b)
{
	return strcmp((*(struct device *const *)a)->pkid, (*(struct device *const *)b)->pkid);
}

static int
compare_ids(const void *a, const void *b)
{
	const struct device *x = *(struct device *const *)a, *y = *(struct device *const *)b;
	int rc = strcmp(x->id, y->id);

	return rc != 0 ? rc : strcmp(x->batch, y->batch);
}

static struct device **
sorted(const struct inventory *inv, int (*compare)(const void *, const void *))
{
	struct device **all = xcalloc(inv->count, sizeof(struct device *));

	for (size_t i = 0; i < inv->count; i++)
		all[i] = &inv->device[i];
	qsort(all, inv->count, sizeof(struct device *), compare);
	return all;
}

int
inventory_seal(struct inventory *inv, struct error *err)
{
	int rc = 0;

	inv->by_id = sorted(inv, compare_ids);
	for (size_t i = 1; rc == 0 && i < inv->count; i++)
		if (compare_ids(&inv->by_id[i - 1], &inv->by_id[i]) == 0)
			rc = error_set(
				err,
				"a registration is listed twice in one batch: pages have shifted");
	inv->by_serial = sorted(inv, compare_serials);
	inv->by_pkid = sorted(inv, compare_pkids);
	return rc;
}

/* Index of the first element that is not less than key. */
static size_t
lower_bound(const struct inventory *inv, struct device **all, const struct device *key,
            int (*compare)(const void *, const void *))
{
	size_t low = 0, high = inv->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare(&all[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The look-up of one row. */
struct search {
	const struct device_id *want;
	const struct device *hit[TARGET_PAIRS_MAX]; /* the first hits */
	size_t hits;                                /* registrations that match */
	const struct device *contradicts;           /* same serial or PKID, the rest differs */
	bool similar; /* a serial that differs only in case or blanks */
};

static bool
differs(const char *wanted, const char *listed)
{
	return wanted[0] != '\0' && listed[0] != '\0' && !text_equal_nocase(wanted, listed);
}

static void
add_candidate(struct search *s, const struct device *d)
{
	const struct device_id *w = s->want;

	if (differs(w->pkid, d->pkid) || differs(w->manufacturer, d->make) ||
	    differs(w->model, d->model) ||
	    (w->serial[0] != '\0' && d->serial[0] != '\0' && strcmp(w->serial, d->serial) != 0)) {
		s->contradicts = d;
		return;
	}
	if (s->hits < TARGET_PAIRS_MAX)
		s->hit[s->hits] = d;
	s->hits++;
}

static void
search_serial(const struct inventory *inv, struct search *s)
{
	const struct device key = {.serial = s->want->serial}, *at = &key;
	size_t i = lower_bound(inv, inv->by_serial, &key, compare_serials);

	if (key.serial[0] == '\0')
		return;
	for (; i < inv->count && compare_serials(&inv->by_serial[i], &at) == 0; i++) {
		if (strcmp(inv->by_serial[i]->serial, key.serial) == 0)
			add_candidate(s, inv->by_serial[i]);
		else
			s->similar = true;
	}
}

/* Used only if no serial matched: the registration may be listed without a serial. */
static void
search_pkid(const struct inventory *inv, struct search *s)
{
	const struct device key = {.pkid = s->want->pkid}, *at = &key;
	size_t i = lower_bound(inv, inv->by_pkid, &key, compare_pkids);

	if (key.pkid[0] == '\0' || s->hits > 0 || s->contradicts != NULL)
		return;
	for (; i < inv->count && compare_pkids(&inv->by_pkid[i], &at) == 0; i++)
		add_candidate(s, inv->by_pkid[i]);
}

static void PRINTFLIKE(3, 4)
	set_verdict(struct inventory_match *m, enum outcome outcome, const char *format, ...)
{
	char text[ROUTE_REASON_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	m->outcome = outcome;
	text_printable(m->reason, sizeof(m->reason), text);
}

static void
explain_contradiction(const struct search *s, struct inventory_match *m)
{
	const struct device *d = s->contradicts;

	if (differs(s->want->manufacturer, d->make) || differs(s->want->model, d->model))
		set_verdict(m, OUTCOME_REFUSED, "listed with another make or model (%s %s)",
		            d->make, d->model);
	else
		set_verdict(m, OUTCOME_REFUSED, "listed with another serial number or PKID");
}

static void
explain_absence(const struct inventory *inv, const struct search *s, struct inventory_match *m)
{
	char nameless[64] = "", odd[64] = "";

	if (s->contradicts != NULL) {
		explain_contradiction(s, m);
		return;
	}
	if (s->similar) {
		set_verdict(m, OUTCOME_NOT_FOUND,
		            "not in this Partner Center inventory; a serial that differs only in "
		            "letter case or blanks is listed: correct the list");
		return;
	}
	if (inv->nameless > 0)
		snprintf(nameless, sizeof(nameless), "; %zu are listed without a serial",
		         inv->nameless);
	if (inv->odd > 0)
		snprintf(odd, sizeof(odd), "; %zu cannot be matched", inv->odd);
	set_verdict(m, OUTCOME_NOT_FOUND,
	            "not in this partner's Partner Center inventory of the customer: registered "
	            "elsewhere, or never%s%s",
	            nameless, odd);
}

/* True if the hits seem to be registrations of one device: same make and model, and no different
 * PKIDs. */
static bool
all_alike(const struct search *s)
{
	const struct device *first = s->hit[0];

	if (first->make[0] == '\0' || first->model[0] == '\0')
		return false; /* without make and model they may be different devices */
	for (size_t i = 1; i < s->hits && i < TARGET_PAIRS_MAX; i++)
		if (!text_equal_nocase(s->hit[i]->make, first->make) ||
		    !text_equal_nocase(s->hit[i]->model, first->model) ||
		    differs(s->hit[i]->pkid, first->pkid))
			return false;
	return true;
}

/* True if the hits may be deleted. Otherwise m holds the verdict. */
static bool
may_delete(const struct search *s, bool all_matches, struct inventory_match *m)
{
	if (s->hits > 1 && !all_alike(s)) {
		set_verdict(m, OUTCOME_NOT_UNIQUE,
		            "%zu registrations fit, with different or unknown makes, models or "
		            "PKIDs",
		            s->hits);
		return false;
	}
	if (s->hits > TARGET_PAIRS_MAX) {
		set_verdict(m, OUTCOME_NOT_UNIQUE,
		            "%zu registrations fit, more than one request can name", s->hits);
		return false;
	}
	if (s->hits > 1 && !all_matches) {
		set_verdict(m, OUTCOME_NOT_UNIQUE,
		            "%zu registrations fit, all of one make and model: --all-matches "
		            "removes them all",
		            s->hits);
		return false;
	}
	for (size_t i = 0; i < s->hits; i++)
		if (s->hit[i]->odd) {
			set_verdict(m, OUTCOME_REFUSED,
			            "listed, but its entry is damaged: it cannot be matched");
			return false;
		} else if (!s->hit[i]->deletable) {
			set_verdict(m, OUTCOME_REFUSED,
			            "the service does not allow deleting this registration");
			return false;
		}
	return true;
}

/* The digest covers every field of the registrations that a plan shows or uses to delete. */
static void
describe_hits(const struct search *s, struct inventory_match *m)
{
	const struct device *d = s->hit[0];
	char *text = s->hits == 1 ? xasprintf("batch %s: %s %s", d->batch, d->make, d->model)
	                          : xasprintf("%zu registrations, the first in batch %s: %s %s",
	                                      s->hits, d->batch, d->make, d->model);
	struct crypto_sha256 *digest = crypto_sha256_new();

	text_printable(m->reason, sizeof(m->reason), text);
	free(text);
	for (size_t i = 0; i < s->hits; i++) {
		const char *const parts[] = {s->hit[i]->batch,   s->hit[i]->id,   s->hit[i]->serial,
		                             s->hit[i]->pkid,    s->hit[i]->make, s->hit[i]->model,
		                             s->hit[i]->uploaded};
		for (size_t n = 0; n < ARRAY_SIZE(parts); n++)
			crypto_sha256_add(digest, parts[n], strlen(parts[n]) + 1);
	}
	crypto_sha256_end(digest, m->digest);
}

static void
set_target(const struct search *s, struct inventory_match *m)
{
	struct target t = {0};
	bool complete = true;

	for (size_t i = 0; complete && i < s->hits; i++)
		complete = target_add(&t, s->hit[i]->batch, s->hit[i]->id, s->hit[i]->uploaded);
	m->found = complete && target_encode(&t, m->target);
	if (m->found)
		describe_hits(s, m);
	else
		set_verdict(m, OUTCOME_REFUSED,
		            "the ids of its registrations are too long or no plain text");
	target_release(&t);
}

void
inventory_lookup(const struct inventory *inv, const struct device_id *want, bool all_matches,
                 struct inventory_match *ret)
{
	struct search s = {.want = want};

	*ret = (struct inventory_match){.outcome = OUTCOME_NOT_FOUND};
	search_serial(inv, &s);
	search_pkid(inv, &s);
	if (s.hits == 0)
		explain_absence(inv, &s, ret);
	else if (may_delete(&s, all_matches, ret))
		set_target(&s, ret);
}

static const struct device *
device_of(const struct inventory *inv, const struct target_pair *p)
{
	const struct device key = {.id = p->device, .batch = p->batch}, *at = &key;
	size_t i = lower_bound(inv, inv->by_id, &key, compare_ids);

	return i < inv->count && compare_ids(&inv->by_id[i], &at) == 0 ? inv->by_id[i] : NULL;
}

static bool
is_in_target(const struct target *t, const struct device *d)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->pair[i].batch, d->batch) == 0 &&
		    strcmp(t->pair[i].device, d->id) == 0)
			return true;
	return false;
}

/* Another registration of the device, or the same id with another date. */
static bool
is_anew(const struct search *s, const struct target *t, const struct device *const *left)
{
	for (size_t i = 0; i < s->hits && i < TARGET_PAIRS_MAX; i++)
		if (!is_in_target(t, s->hit[i]))
			return true;
	for (size_t i = 0; i < t->count; i++)
		if (left[i] != NULL && t->pair[i].uploaded[0] != '\0' &&
		    strcmp(left[i]->uploaded, t->pair[i].uploaded) != 0)
			return true;
	return false;
}

void
inventory_recheck(const struct inventory *inv, const struct device_id *want, const struct target *t,
                  struct inventory_match *ret)
{
	const struct device *left[TARGET_PAIRS_MAX];
	struct search s = {.want = want}, remaining = {.want = want};

	*ret = (struct inventory_match){.outcome = OUTCOME_DEREGISTERED};
	for (size_t i = 0; i < t->count; i++) {
		left[i] = device_of(inv, &t->pair[i]);
		if (left[i] != NULL)
			remaining.hit[remaining.hits++] = left[i];
	}
	search_serial(inv, &s);
	search_pkid(inv, &s);
	if (is_anew(&s, t, left))
		set_verdict(ret, OUTCOME_UNKNOWN, "registered again since");
	else if (remaining.hits > 0)
		set_target(&remaining, ret);
}
