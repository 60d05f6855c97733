#include "partner/engine/pace.h"

void
pace_init(struct pace *p, unsigned parallel, int64_t tps)
{
	*p = (struct pace){.parallel = parallel, .window = parallel};
	if (tps > 0)
		p->gap_us = 1000000LL * PACE_TPS_ONE / tps;
}

int64_t
pace_pause_ms(const struct pace *p, int64_t now_ms)
{
	return p->pause_ms > now_ms ? p->pause_ms - now_ms : 0;
}

void
pace_continue(struct pace *p, const struct pace *earlier, int64_t now_ms)
{
	if (earlier->parallel == 0)
		return;
	p->window = earlier->window < p->parallel ? earlier->window : p->parallel;
	p->answers = earlier->answers;
	p->next_us = earlier->next_us;
	p->pause_ms = earlier->pause_ms;
	p->paused_ms = pace_pause_ms(p, now_ms);
}

int64_t
pace_wait_ms(const struct pace *p, unsigned in_flight, int64_t now_ms)
{
	int64_t until = (p->next_us + 999) / 1000; /* rounded up, so that no start is early */

	if (in_flight >= p->window)
		return PACE_FULL;
	if (p->pause_ms > until)
		until = p->pause_ms;
	return until > now_ms ? until - now_ms : 0;
}

/* Unused starts are not saved up, so that a quiet minute is not followed by a burst. */
void
pace_started(struct pace *p, int64_t now_ms)
{
	int64_t now_us = now_ms * 1000;

	p->next_us = (p->next_us > now_us ? p->next_us : now_us) + p->gap_us;
}

void
pace_taken(struct pace *p)
{
	if (p->window < p->parallel && ++p->answers >= p->window) {
		p->window++;
		p->answers = 0;
	}
}

/* Requests that were in flight together count as one throttling. */
void
pace_throttled(struct pace *p, int64_t now_ms, int64_t wait_ms)
{
	if (now_ms >= p->pause_ms) {
		p->window = p->window > 1 ? p->window / 2 : 1;
		p->answers = 0;
	}
	if (now_ms + wait_ms <= p->pause_ms)
		return;
	p->paused_ms += now_ms + wait_ms - (p->pause_ms > now_ms ? p->pause_ms : now_ms);
	p->pause_ms = now_ms + wait_ms;
}
