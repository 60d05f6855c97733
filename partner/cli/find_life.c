/* Composes the line from the letter and the answers. */
#include "partner/cli/find_life.h"

#include "common/clock.h"
#include "partner/handoff/situation.h"
#include "partner/handoff/steps.h"
#include "partner/ledger/letters.h"

static void
add_day(struct buf *b, const char *words, int64_t at)
{
	char stamp[CLOCK_STAMP_SIZE];

	clock_stamp(at, stamp);
	buf_printf(b, "%s %.10s", words, stamp);
}

int
find_life(struct ledger *l, const struct ledger_line *line, bool pack, struct buf *ret,
          struct error *err)
{
	struct situation s = situation_of_row(line->row);
	struct ledger_life life;
	int rc = ledger_letter_life(l, line->row->id, &life, err);

	if (rc != 1)
		return rc;
	add_day(ret, "letter", life.started);
	if (life.answered > 0) {
		buf_printf(ret, " > %lld of %lld steps answered,", (long long)life.answered,
		           (long long)life.steps);
		add_day(ret, " last", life.answered_at);
	}
	if (line->row->decided != 0) {
		buf_printf(ret, " > %s", outcome_word(line->row->outcome));
		add_day(ret, "", line->row->decided);
	}
	if (pack)
		buf_str(ret, " > hand-off");
	if (life.reported_at != 0)
		add_day(ret, " > answered, last", life.reported_at);
	if (steps_open(&s, "") > 0 && steps_open(&s, line->done) == 0)
		add_day(ret, " > closed",
		        life.reported_at != 0 ? life.reported_at : life.answered_at);
	return 0;
}
