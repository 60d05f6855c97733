/*
 * Pace: how fast requests may start, one for all batches of a run (design, section 8).
 *	rate      at most so many starts a second (tpslimit)
 *	pause     after 429 or 503 nobody starts until it is over
 *	window    after a pause half as many requests in flight as before; an answer to every one
 *	          of them lets one more in, up to `parallel`
 * Pure: the caller names the time (monotonic milliseconds). Owns nothing.
 */
#ifndef PARTNER_ENGINE_PACE_H
#define PARTNER_ENGINE_PACE_H

#include "common/base.h"

#define PACE_TPS_ONE 1000 /* tpslimit is counted in thousandths: 0.5 a second is 500 */

struct pace {
	unsigned parallel; /* the most requests in flight */
	unsigned window;   /* 1..parallel: as many as are let in now */
	unsigned answers;  /* since the window changed */
	int64_t gap_us;    /* between two starts; 0: no limit */
	int64_t next_us;   /* no start before */
	int64_t pause_ms;  /* no start before */
	int64_t paused_ms; /* how long all pauses are together, where they run their course */
};

/* tps in thousandths of a start a second; 0: no limit. */
void pace_init(struct pace *p, unsigned parallel, int64_t tps);
/* 0: a request may start now. Else so many milliseconds from now, but for in_flight alone:
 * PACE_FULL where one has to end first. */
#define PACE_FULL INT64_MAX
int64_t pace_wait_ms(const struct pace *p, unsigned in_flight, int64_t now_ms);
void pace_started(struct pace *p, int64_t now_ms);
void pace_taken(struct pace *p); /* an answer that is no throttling */
void pace_throttled(struct pace *p, int64_t now_ms, int64_t wait_ms);

#endif
