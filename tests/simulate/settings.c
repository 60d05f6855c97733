/* Chooses settings and weather, and writes the configuration. */
#include "tests/simulate/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/simulate/center.h"
#include "tests/simulate/server.h"
#include "tests/simulate/world.h"

#define HOUR_MS (3600LL * 1000)

void
settings_identity(char *dst, size_t size)
{
	char self[300];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n > 0 ? n : 0] = '\0';
	if (strrchr(self, '/') != NULL)
		*strrchr(self, '/') = '\0';
	snprintf(dst, size, "%s/identity.pem", self);
}

static const char *const letter_words[] = {"", "off", "warn", "require"};

/* The other route; its secret lies beside the configuration. */
static void
write_partner(FILE *f, const char *dir)
{
	const struct settings *s = &world->set;
	char path[400];
	FILE *secret;

	snprintf(path, sizeof(path), "%s/secret", dir);
	secret = fopen(path, "we");
	if (secret == NULL || fprintf(secret, "simulated\n") < 0 || fclose(secret) != 0 ||
	    chmod(path, 0600) != 0) {
		perror(path);
		exit(2);
	}
	fprintf(f, "[run]\nroute = partner-center\n[partner-center]\nurl = %s\nauthority = %s\n",
	        CENTER_URL, CENTER_AUTHORITY);
	fprintf(f, "tenant = fabrikam.example\nclient-id = unpilot\nclient-secret-file = %s\n",
	        path);
	fprintf(f, "parallel = %d\nretries = %d\npoll-interval = 60s\npoll-deadline = %llds\n",
	        s->parallel, s->retries, (long long)s->poll_deadline_s);
	fprintf(f, "busy-deadline = 30m\n[limits]\nmax-inventory-percent = 0\n");
}

void
settings_write(const char *dir, uint64_t *rng)
{
	const struct settings *s = &world->set;
	char path[400], identity[400];
	FILE *f;

	snprintf(path, sizeof(path), "%s/unpilot.conf", dir);
	f = fopen(path, "we");
	if (f == NULL) {
		perror(path);
		exit(2);
	}
	settings_identity(identity, sizeof(identity));
	fprintf(f, "[oem-direct]\nurl = https://service.example/v1\ncertificate = %s\nkey = %s\n",
	        identity, identity);
	fprintf(f, "batch-size = %d\nparallel = %d\nretries = %d\npoll-interval = 60s\n",
	        s->batch_size, s->parallel, s->retries);
	fprintf(f, "poll-deadline = %llds\nresend-within = %llds\nbusy-deadline = 30m\n",
	        (long long)s->poll_deadline_s, (long long)s->resend_within_s);
	if (world->by_partner)
		write_partner(f, dir);
	fprintf(f, "[limits]\ncanary = %d\ncanary-trust = %llds\nmax-unanswered = %d\n", s->canary,
	        (long long)s->trust_s, s->max_unanswered);
	fprintf(f, "hold-days = %d\nmax-fail-percent = %d\nplan-max-age = 720h\n", s->hold_days,
	        s->max_fail_percent);
	if (s->letter != LETTER_NONE)
		fprintf(f, "letter = %s\nletter-wait = %d\n", letter_words[s->letter],
		        s->letter_wait);
	fprintf(f, "[handoff]\nrun-page = %s\n", random_chance(rng, 20) ? "yes" : "no");
	fprintf(f, "keep-days = %d\n", s->keep_days);
	if (world->on_server)
		fprintf(f, "[ledger]\nurl = %s\nlease = %llds\n", server_url(),
		        (long long)s->lease_s);
	else
		fprintf(f, "[ledger]\nurl = sqlite:%s/ledger.db\n", dir);
	fprintf(f, "[handoff]\ndirectory = %s/handoff\n", dir);
	fclose(f);
	chmod(path, 0600);
}

void
settings_choose(uint64_t *rng)
{
	static const int canaries[] = {0, 2, 4, 10};

	world->set = (struct settings){
		.canary = canaries[random_below(rng, 4)],
		.batch_size = 1 + random_below(rng, 8),
		.parallel = 1 + random_below(rng, 4),
		.retries = random_below(rng, 4),
		.max_unanswered = random_chance(rng, 50) ? 0 : 4 + random_below(rng, 12),
		.hold_days = random_chance(rng, 20) ? 0 : 30,
		.max_fail_percent = random_chance(rng, 50) ? 100 : 20 + random_below(rng, 60),
		.resend_within_s = 60 + random_below(rng, 3600),
		.poll_deadline_s = 300 + random_below(rng, 7200),
		.trust_s = 60 + random_below(rng, 48 * 3600),
	};
	if (world->on_server) { /* short waits, because each costs statements on the server */
		world->set.lease_s = 30 << random_below(rng, 5);
		world->set.poll_deadline_s = 300 + random_below(rng, 1500);
		if (random_chance(rng, 50)) /* it may end while a worker is stopped */
			world->set.resend_within_s = 60 +
			                             random_below(rng, (int)world->set.lease_s / 2);
	}
	if (world->set.max_unanswered != 0 && world->set.max_unanswered < world->set.batch_size)
		world->set.max_unanswered = world->set.batch_size;
}

void
weather_choose(uint64_t *rng)
{
	struct weather *w = &world->weather;

	*w = (struct weather){.answers_ms = 60000 *
	                                    (1 + random_below(rng, world->on_server ? 8 : 30))};
	if (random_chance(rng, 20))
		return;
	w->refuse_connection = random_below(rng, 10);
	w->lose_request = random_below(rng, 8);
	w->lose_answer = random_below(rng, 12);
	w->busy = random_below(rng, 15);
	w->fail = random_below(rng, 10);
	w->refuse_batch = random_chance(rng, 30) ? random_below(rng, 50) : 0;
	w->garble = random_below(rng, 10);
	w->grow = random_below(rng, 40);
	w->forget = random_chance(rng, 20) ? 30 : 0;
	w->deny = random_chance(rng, 10) ? 20 : 0;
	w->signal = random_chance(rng, 15) ? 1 : 0;
	w->alarm = random_chance(rng, 6);
	w->answers_ms = random_chance(rng, 10)   ? 48 * HOUR_MS
	                : random_chance(rng, 30) ? 6 * HOUR_MS
	                                         : w->answers_ms;
}

void
weather_make_odd(uint64_t choice)
{
	if (world->by_partner || !random_chance(&choice, 60))
		return;
	if (random_chance(&choice, 60))
		world->weather.refuse_batch = 1 + random_below(&choice, 40);
	world->weather.odd = 1 + random_below(&choice, 25);
}
