/* The arithmetic of retries. Callers decide which failures count and what giving up means. */
#include "common/patience.h"

#include "common/crypto.h"

#define SECOND_MS 1000
#define PAUSE_JITTER 10 /* a pause gets a tenth of the backoff on top */

int64_t
patience_doubled_ms(int64_t first_ms, unsigned failures, int64_t max_ms)
{
	int64_t ms = first_ms;

	for (unsigned i = 1; i < failures && ms < max_ms; i++)
		ms *= 2;
	return ms > max_ms && first_ms < max_ms ? max_ms : ms;
}

int64_t
patience_backoff_ms(unsigned failures)
{
	int64_t ms = patience_doubled_ms(PATIENCE_FIRST_MS, failures, PATIENCE_MAX_MS);
	uint32_t random;

	crypto_random(&random, sizeof(random));
	return ms * 3 / 4 + (int64_t)(random % (uint32_t)(ms / 2));
}

int64_t
patience_pause_ms(long retry_after, int64_t max_ms)
{
	return retry_after < max_ms / SECOND_MS ? retry_after * SECOND_MS : max_ms;
}

int64_t
patience_failed(struct patience *p, const struct patience_limits *limits, int64_t now_ms,
                long retry_after)
{
	int64_t wait = patience_backoff_ms(++p->failures);

	if (p->failures == 1)
		p->since_ms = now_ms;
	if (retry_after >= 0)
		wait = patience_pause_ms(retry_after, limits->trouble_ms) + wait / PAUSE_JITTER;
	if (p->failures > limits->retries || now_ms + wait - p->since_ms > limits->trouble_ms)
		return PATIENCE_GIVE_UP;
	return wait;
}

void
patience_reset(struct patience *p)
{
	*p = (struct patience){0};
}
