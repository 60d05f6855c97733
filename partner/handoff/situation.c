/* Translates rows of the ledger into inputs of the rule in steps.c. */
#include "partner/handoff/situation.h"

#include <string.h>

#include "common/text.h"
#include "partner/ledger/guards.h"

#define EARLIER_DAY " on " /* in the reason of the guard (ledger/sql/parts.h) */

void
situation_earlier_day(const struct ledger_row *row, char ret_day[static SITUATION_DAY_SIZE])
{
	const char *day = NULL;

	ret_day[0] = '\0';
	if (ledger_is_earlier(row->outcome, row->reason))
		day = strstr(row->reason, EARLIER_DAY);
	if (day != NULL)
		text_copy(ret_day, SITUATION_DAY_SIZE, day + strlen(EARLIER_DAY));
}

struct situation
situation_of_row(const struct ledger_row *row)
{
	return (struct situation){
		.outcome = row->outcome,
		.join = row->join,
		.mdm = row->mdm,
		.via = row->via,
		.purpose = row->purpose,
		.not_dell = manufacturer_is_not_dell(row->device.manufacturer),
		.earlier = ledger_is_earlier(row->outcome, row->reason),
	};
}

struct situation
situation_of_device(const struct ledger_device *device)
{
	return (struct situation){
		.outcome = device->outcome,
		.join = device->join,
		.mdm = device->mdm,
		.via = device->via,
		.purpose = device->purpose,
		.not_dell = device->not_dell,
		.earlier = device->earlier,
	};
}

bool
situation_equal(const struct situation *a, const struct situation *b)
{
	return a->outcome == b->outcome && a->join == b->join && a->mdm == b->mdm &&
	       a->via == b->via && a->purpose == b->purpose && a->not_dell == b->not_dell &&
	       a->earlier == b->earlier;
}
