/*
 * Pace: how fast requests may start, for all batches of a run together.
 *	rate      at most so many starts a second (tpslimit)
 *	pause     after 429 or 503 nothing starts until the pause is over
 *	window    a pause halves the requests in flight; each time every one of them was answered,
 *	          one more is let in, up to `parallel`
 * It belongs to the service: the next run of a command goes on with the pace of the last one.
 * Pure: the caller names the time (monotonic milliseconds). Owns nothing.
 */
#ifndef PARTNER_ENGINE_PACE_H
#define PARTNER_ENGINE_PACE_H

#include "common/base.h"

#define PACE_TPS_ONE 1000 /* tpslimit is counted in thousandths: 0.5 a second is 500 */

struct pace {
	unsigned parallel; /* the most requests in flight */
	unsigned window;   /* 1..parallel: the most requests in flight now */
	unsigned answers;  /* since the window changed */
	int64_t gap_us;    /* between two starts; 0: no limit */
	int64_t next_us;   /* no start before */
	int64_t pause_ms;  /* no start before */
	int64_t paused_ms; /* length of all pauses, overlaps counted once; a running one counts whole */
};

/* tps in thousandths of a start a second; 0: no limit. */
void pace_init(struct pace *p, unsigned parallel, int64_t tps);
/* Takes pause, window and next start over from an earlier run; one that is zeroed has none. The rest of its
 * pause counts for p. */
void pace_continue(struct pace *p, const struct pace *earlier, int64_t now_ms);
/* Milliseconds until the pause is over; 0: there is none. */
int64_t pace_pause_ms(const struct pace *p, int64_t now_ms);
#define PACE_FULL INT64_MAX
/* Milliseconds until a request may start; 0: now; PACE_FULL: one in flight has to end first. */
int64_t pace_wait_ms(const struct pace *p, unsigned in_flight, int64_t now_ms);
void pace_started(struct pace *p, int64_t now_ms);
void pace_taken(struct pace *p); /* an answer that does not throttle */
void pace_throttled(struct pace *p, int64_t now_ms, int64_t wait_ms);

#endif
