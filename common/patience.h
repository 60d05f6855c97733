/*
 * Patience: when to repeat a request that failed, and when to give up. Counts failures in a row,
 * remembers when the first of them happened, and computes the next wait:
 *	backoff  doubles from one second up to a minute, plus or minus a quarter
 *	pause    the Retry-After of a service, plus a little so that not all clients return at once
 * Pure, except for the random numbers of the jitter: the caller names the time, in milliseconds of
 * the monotonic clock. Owns nothing. A zeroed struct is ready for use.
 */
#ifndef COMMON_PATIENCE_H
#define COMMON_PATIENCE_H

#include "common/base.h"

#define PATIENCE_FIRST_MS 1000  /* backoff after the first failure */
#define PATIENCE_MAX_MS 60000   /* the longest backoff */
#define PATIENCE_GIVE_UP (-1LL) /* instead of a wait: do not try again */
#define PATIENCE_UNNAMED (-1L)  /* instead of a Retry-After: the service named none */

struct patience {
	unsigned failures; /* in a row */
	int64_t since_ms;  /* the first of them */
};

struct patience_limits {
	unsigned retries;   /* tries after the first failure */
	int64_t trouble_ms; /* from the first failure to the next try */
};

/* Records a failure at now_ms. Returns the wait before the next try, or PATIENCE_GIVE_UP when it
 * would exceed a limit. retry_after: seconds that the service asked for, or PATIENCE_UNNAMED. */
int64_t patience_failed(struct patience *p, const struct patience_limits *limits, int64_t now_ms,
                        long retry_after);
/* An answer ends the row of failures. */
void patience_reset(struct patience *p);

/* The backoff after so many failures (1: the first), with jitter. */
int64_t patience_backoff_ms(unsigned failures);
/* first_ms, doubled once for every failure after the first, at most max_ms. A first_ms above max_ms
 * stays as it is. No jitter. */
int64_t patience_doubled_ms(int64_t first_ms, unsigned failures, int64_t max_ms);
/* A Retry-After in seconds as milliseconds, at most max_ms. */
int64_t patience_pause_ms(long retry_after, int64_t max_ms);

#endif
