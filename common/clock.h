/*
 * Time: the wall clock in seconds of UTC, and a monotonic clock in milliseconds for intervals.
 * A test may replace both by a clock that it moves itself.
 */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include "common/base.h"

#define CLOCK_STAMP_SIZE 21   /* "2026-11-23T03:15:00Z" and NUL */
#define CLOCK_COMPACT_SIZE 17 /* "20261123T031500Z" and NUL */

int64_t clock_now(void);         /* seconds since 1970, UTC */
int64_t clock_now_ms(void);      /* the same in milliseconds, for times in the ledger */
int64_t clock_tick_ms(void);     /* monotonic */
void clock_sleep_ms(int64_t ms); /* a signal ends it early */
/* Reads RFC 3339 in UTC, "2026-11-23T03:15:00Z"; drops a fraction; false for any other form. */
bool clock_parse(const char *text, int64_t *ret_seconds);
void clock_stamp(int64_t seconds, char dst[static CLOCK_STAMP_SIZE]);
#define CLOCK_AGE_SIZE 40
/* For people: "45 s", "12 min", "3 h 5 min", "6 days". Negative (clocks differ) becomes "0 s". */
void clock_age(int64_t seconds, char dst[static CLOCK_AGE_SIZE]);
void clock_compact(int64_t seconds, char dst[static CLOCK_COMPACT_SIZE]);

struct clock_source {
	int64_t (*now_ms)(void);
	int64_t (*tick_ms)(void);
	void (*sleep_ms)(int64_t ms);
};
/* For tests: where the four functions above take the time from. Borrowed; NULL: the system. */
void clock_set_source(const struct clock_source *source);

#endif
