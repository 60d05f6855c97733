/* Adds the reasons of all customers up, and prints them. */
#include "partner/run/reasons.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"
#include "partner/app/shown.h"

#define REASONS_MAX 1000 /* different ones that are kept; most runs have fewer than ten */
#define PRINTED_MAX 12

struct kept {
	enum outcome outcome;
	char *text;
	int64_t devices;
};

struct reasons {
	struct kept kept[REASONS_MAX];
	size_t count;
	int64_t others; /* devices of further reasons */
};

static void
on_reason(void *ctx, const struct ledger_reason *reason)
{
	struct reasons *all = ctx;
	size_t i = 0;

	while (i < all->count && (all->kept[i].outcome != reason->outcome ||
	                          strcmp(all->kept[i].text, reason->reason) != 0))
		i++;
	if (i == REASONS_MAX) {
		all->others += reason->devices;
		return;
	}
	if (i == all->count)
		all->kept[all->count++] = (struct kept){.outcome = reason->outcome,
		                                        .text = xstrdup(reason->reason)};
	all->kept[i].devices += reason->devices;
}

static int
by_devices(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->devices != y->devices)
		return x->devices > y->devices ? -1 : 1;
	if (x->outcome != y->outcome)
		return x->outcome < y->outcome ? -1 : 1;
	return strcmp(x->text, y->text);
}

/* NULL with *err. Free it with reasons_free(). */
static struct reasons *
reasons_read(struct ledger *l, int64_t run, unsigned outcomes, struct error *err)
{
	struct reasons *all = xcalloc(1, sizeof(*all));

	if (ledger_each_reason(l, run, outcomes, on_reason, all, err) == 0) {
		qsort(all->kept, all->count, sizeof(all->kept[0]), by_devices);
		return all;
	}
	for (size_t i = 0; i < all->count; i++)
		free(all->kept[i].text);
	free(all);
	return NULL;
}

static void
reasons_free(struct reasons *all)
{
	for (size_t i = 0; i < all->count; i++)
		free(all->kept[i].text);
	free(all);
}

int
reasons_print(struct ledger *l, int64_t run, unsigned outcomes, struct error *err)
{
	struct reasons *all = reasons_read(l, run, outcomes, err);
	int64_t others;

	if (all == NULL)
		return -1;
	others = all->others;
	for (size_t i = 0; i < all->count; i++) {
		const struct kept *k = &all->kept[i];
		char *line;

		if (i >= PRINTED_MAX) {
			others += k->devices;
			continue;
		}
		line = xasprintf("%lld %s%s%s", (long long)k->devices, outcome_word(k->outcome),
		                 k->text[0] != '\0' ? ": " : "", k->text);
		shown_text(2, line);
		free(line);
	}
	if (others > 0)
		printf("  %lld device%s for other reasons\n", (long long)others, text_s(others));
	reasons_free(all);
	return 0;
}

int
reasons_add_json(struct ledger *l, int64_t run, unsigned outcomes, struct json *array,
                 struct error *err)
{
	struct reasons *all = reasons_read(l, run, outcomes, err);

	if (all == NULL)
		return -1;
	for (size_t i = 0; i < all->count; i++) {
		struct json *object = json_append_object(array);

		json_add_text(object, "outcome", outcome_word(all->kept[i].outcome));
		json_add_text(object, "reason", text_or_null(all->kept[i].text));
		json_add_number(object, "devices", all->kept[i].devices);
	}
	reasons_free(all);
	return 0;
}
