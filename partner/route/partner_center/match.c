/* Which registrations of an inventory a row means, and why others are not deleted. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/crypto.h"
#include "common/text.h"
#include "partner/route/partner_center/inventory_internal.h"

/* The look-up of one row. */
struct search {
	const struct device_id *want;
	const struct device *hit[TARGET_PAIRS_MAX]; /* the first hits */
	size_t hits;                                /* registrations that match */
	const struct device *contradicts;           /* same serial or PKID, the rest differs */
	bool marks;                                 /* mark the hits */
	bool similar; /* a serial that differs only in case or blanks */
};

static bool
differs(const char *wanted, const char *listed)
{
	return wanted[0] != '\0' && listed[0] != '\0' && !text_equal_nocase(wanted, listed);
}

static void
add_candidate(struct search *s, struct device *d)
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
	d->marked = d->marked || s->marks;
}

static void
search_serial(const struct inventory *inv, struct search *s)
{
	const struct device key = {.serial = s->want->serial}, *at = &key;
	size_t i = inventory_lower_bound(inv, inv->by_serial, &key, inventory_compare_serials);

	if (key.serial[0] == '\0')
		return;
	for (; i < inv->count && inventory_compare_serials(&inv->by_serial[i], &at) == 0; i++) {
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
	size_t i = inventory_lower_bound(inv, inv->by_pkid, &key, inventory_compare_pkids);

	if (key.pkid[0] == '\0' || s->hits > 0 || s->contradicts != NULL)
		return;
	for (; i < inv->count && inventory_compare_pkids(&inv->by_pkid[i], &at) == 0; i++)
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
	m->matches = s->hits;
}

/* False: they do not fit, so no guard could judge them. */
static bool
list_identities(const struct search *s, struct inventory_match *m)
{
	struct buf b;
	bool fits;

	buf_init(&b, sizeof(m->identities) - 1);
	for (size_t i = 0; i < s->hits; i++)
		buf_printf(&b, "%s\n%s\n%s\n%s\n", s->hit[i]->serial, s->hit[i]->pkid,
		           s->hit[i]->make, s->hit[i]->model);
	fits = !b.overflow;
	text_copy(m->identities, sizeof(m->identities), fits ? b.data : "");
	buf_release(&b);
	return fits;
}

static void
set_target(const struct search *s, struct inventory_match *m)
{
	struct target t = {0};
	bool complete = true;

	for (size_t i = 0; complete && i < s->hits; i++)
		complete = target_add(&t, s->hit[i]->batch, s->hit[i]->id, s->hit[i]->uploaded);
	m->found = complete && list_identities(s, m) && target_encode(&t, m->target);
	if (m->found)
		describe_hits(s, m);
	else
		set_verdict(m, OUTCOME_REFUSED,
		            "the ids of its registrations are too long or no plain text");
	target_release(&t);
}

void
inventory_mark(struct inventory *inv, const struct device_id *device)
{
	struct search s = {.want = device, .marks = true};

	search_serial(inv, &s);
	search_pkid(inv, &s);
}

int
inventory_each(const struct inventory *inv, bool unmarked, route_registration_fn *fn, void *ctx,
               struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < inv->count; i++) {
		const struct device *d = &inv->device[i];
		const struct route_registration r = {
			.serial = d->serial, .pkid = d->pkid, .make = d->make, .model = d->model};
		if (!unmarked || !d->marked)
			rc = fn(ctx, &r, err);
	}
	return rc;
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
	size_t i = inventory_lower_bound(inv, inv->by_id, &key, inventory_compare_ids);

	return i < inv->count && inventory_compare_ids(&inv->by_id[i], &at) == 0 ? inv->by_id[i]
	                                                                         : NULL;
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
