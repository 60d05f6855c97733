/* Reads the clocks; formats and parses times in UTC. */
#include "common/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define FRACTION_MAX 9 /* digits: nanoseconds */

static int64_t
read_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
system_now_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

static int64_t
system_tick_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

static void
system_sleep_ms(int64_t ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

	nanosleep(&ts, NULL);
}

static const struct clock_source system_source = {
	.now_ms = system_now_ms,
	.tick_ms = system_tick_ms,
	.sleep_ms = system_sleep_ms,
};
static const struct clock_source *source = &system_source;

void
clock_set_source(const struct clock_source *other)
{
	source = other != NULL ? other : &system_source;
}

int64_t
clock_now_ms(void)
{
	return source->now_ms();
}

int64_t
clock_now(void)
{
	return clock_now_ms() / 1000;
}

int64_t
clock_tick_ms(void)
{
	return source->tick_ms();
}

void
clock_sleep_ms(int64_t ms)
{
	source->sleep_ms(ms);
}

static struct tm
parts(int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm = {0};

	gmtime_r(&t, &tm);
	return tm;
}

void
clock_stamp(int64_t seconds, char dst[static CLOCK_STAMP_SIZE])
{
	struct tm tm = parts(seconds);

	if (strftime(dst, CLOCK_STAMP_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		dst[0] = '\0'; /* a year past 9999 */
}

void
clock_compact(int64_t seconds, char dst[static CLOCK_COMPACT_SIZE])
{
	struct tm tm = parts(seconds);

	if (strftime(dst, CLOCK_COMPACT_SIZE, "%Y%m%dT%H%M%SZ", &tm) == 0)
		dst[0] = '\0';
}

/* timegm() accepts 31 February, so the result is printed again and compared with the input. */
bool
clock_parse(const char *text, int64_t *ret_seconds)
{
	size_t base = CLOCK_STAMP_SIZE - 2; /* without the Z */
	const char *rest = text + base;
	char again[CLOCK_STAMP_SIZE];
	struct tm tm = {0};
	const char *end;

	if (strlen(text) <= base)
		return false;
	if (*rest == '.') {
		size_t digits = strspn(rest + 1, "0123456789");
		if (digits == 0 || digits > FRACTION_MAX)
			return false;
		rest += 1 + digits;
	}
	end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (strcmp(rest, "Z") != 0 || end != text + base)
		return false;
	*ret_seconds = (int64_t)timegm(&tm);
	clock_stamp(*ret_seconds, again);
	return strncmp(again, text, base) == 0;
}

void
clock_age(int64_t seconds, char dst[static CLOCK_AGE_SIZE])
{
	long long s = seconds < 0 ? 0 : seconds;

	if (s < 60)
		snprintf(dst, CLOCK_AGE_SIZE, "%lld s", s);
	else if (s < 3600)
		snprintf(dst, CLOCK_AGE_SIZE, "%lld min", s / 60);
	else if (s < 48LL * 3600)
		snprintf(dst, CLOCK_AGE_SIZE, "%lld h %lld min", s / 3600, s / 60 % 60);
	else
		snprintf(dst, CLOCK_AGE_SIZE, "%lld days", s / (24LL * 3600));
}
