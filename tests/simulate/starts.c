/* Judges a request when it starts, by the answers that its command has read. */
#include "tests/simulate/starts.h"

#include <stdio.h>
#include <string.h>

#include "tests/simulate/center.h"
#include "tests/simulate/world.h"

#define OWNERS (WORLD_CUSTOMERS + 1)

/* The refusals and pauses that the service has told the current command. */
static struct {
	int command;
	bool denied; /* for good */
	int64_t until_ms
		[OWNERS]; /* of a pause: of a customer of Partner Center, or of the service */
	char paused_by[OWNERS][NAME_SIZE]; /* the run whose request was throttled */
} known;

static void
begin(void)
{
	if (known.command == world->command)
		return;
	memset(&known, 0, sizeof(known));
	known.command = world->command;
}

/* Whose requests wait together. */
static int
owner_of(const char *url)
{
	static const char customers[] = CENTER_URL "/v1/customers/";
	char tenant[CENTER_TENANT_SIZE];

	if (!world->by_partner)
		return WORLD_CUSTOMERS;
	for (int c = 0; c < WORLD_CUSTOMERS; c++) {
		center_tenant(c, tenant);
		if (strncmp(url, customers, sizeof(customers) - 1) == 0 &&
		    strncmp(url + sizeof(customers) - 1, tenant, strlen(tenant)) == 0)
			return c;
	}
	return -1;
}

static void
judge_pause(const char *url, const char *body)
{
	static const char key[] = "\"PurchaseOrderId\":\"";
	const char *run = strstr(body, key);
	int owner = owner_of(url);

	if (owner < 0 || world->tick_ms >= known.until_ms[owner])
		return;
	run = run != NULL ? run + sizeof(key) - 1 : "";
	broken("a request of run \"%.*s\" starts %lld ms before the end of the pause that the service asked run \"%s\" for",
	       (int)strcspn(run, "/\""), run, (long long)(known.until_ms[owner] - world->tick_ms),
	       known.paused_by[owner]);
}

void
judge_start(const char *url, const char *body, bool action, unsigned in_flight)
{
	begin();
	if (in_flight >= (unsigned)world->set.parallel)
		broken("%u requests are in flight, parallel is %d", in_flight + 1,
		       world->set.parallel);
	if (!action)
		return;
	if (known.denied)
		broken("a request starts after the credentials were refused");
	if (world->stopped_in == world->command)
		broken("a request starts after SIGTERM");
	if (world->given.ends_ms != 0 && world->tick_ms > world->given.ends_ms)
		broken("a request starts after --max-duration");
	judge_pause(url, body);
}

/* A 401 of Partner Center may be of a token that another request has renewed: which one is not known here. */
static void
note_denial(bool denied)
{
	if (denied && !world->by_partner)
		known.denied = true;
	if (denied)
		world->denied_in = world->command;
}

static void
note_pause(const char *url, int send, long seconds)
{
	int owner = owner_of(url);
	int64_t until = world->tick_ms + seconds * 1000;

	if (owner < 0 || until <= known.until_ms[owner])
		return;
	known.until_ms[owner] = until;
	snprintf(known.paused_by[owner], NAME_SIZE, "%s", send >= 0 ? world->sends[send].run : "");
	history("service", "asks for a pause of %ld s", seconds);
}

void
starts_answered(const char *url, int send, const struct http_answer *a)
{
	bool busy = a->end == HTTP_REPLIED && (a->status == 429 || a->status == 503);

	begin();
	if (a->end != HTTP_REPLIED || a->status == 429 || a->status >= 500)
		world->refused_in = world->command;
	if (a->end != HTTP_REPLIED)
		return;
	note_denial(a->status == 401 || a->status == 403);
	if (busy && a->retry_after > 0)
		note_pause(url, send, a->retry_after);
}

void
starts_stopped(void)
{
	world->stopped_in = world->command;
}
