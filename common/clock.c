#include "common/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t
read_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_now_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

int64_t
clock_now(void)
{
	return clock_now_ms() / 1000;
}

int64_t
clock_tick_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

static void
format(int64_t seconds, const char *pattern, char *dst, size_t size)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || strftime(dst, size, pattern, &tm) == 0)
		dst[0] = '\0';
}

void
clock_stamp(int64_t seconds, char dst[static CLOCK_STAMP_SIZE])
{
	format(seconds, "%Y-%m-%dT%H:%M:%SZ", dst, CLOCK_STAMP_SIZE);
}

void
clock_compact(int64_t seconds, char dst[static CLOCK_COMPACT_SIZE])
{
	format(seconds, "%Y%m%dT%H%M%SZ", dst, CLOCK_COMPACT_SIZE);
}
