/* The simulated Partner Center: tokens, listings and deletions. It reads addresses by itself. */
#include "tests/simulate/center.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_A_PAGE 5
#define BATCHES 2 /* of a customer */
#define PATH_SIZE 300
#define SECOND 90000000 /* in the id of the second registration of a device that is not unique */

/* An id is free text. */
static const char *const batch_ids[BATCHES] = {"Returns 1", "returns/2026"};

void
center_tenant(int customer, char dst[static CENTER_TENANT_SIZE])
{
	snprintf(dst, CENTER_TENANT_SIZE, CENTER_ID "00000000000%d", customer + 1);
}

void
center_register(int device)
{
	struct registration *r = &world->registration[device];

	if (!world->by_partner)
		return;
	r->exists = true;
	r->customer = world->owner[device];
	r->batch = device % BATCHES;
	r->number++;
	r->listed_from = world->tick_ms;
	r->listed_until = 0;
}

void
center_begin(uint64_t seed)
{
	uint64_t choice = random_mix(seed, 4, 12);

	/* one world in twelve; not those of older kept seeds (seeds.txt) */
	world->by_partner = choice % 8 == 1 && choice % 3 != 0;
	for (int d = 0; d < WORLD_DEVICES; d++) {
		enum state s = world->device[d];
		if (s == STATE_OURS || s == STATE_ALARM || s == STATE_NOT_UNIQUE ||
		    s == STATE_REFUSED)
			center_register(d);
	}
}

bool
center_is_listed(const struct registration *r)
{
	return r->number > 0 && (r->exists || world->tick_ms < r->listed_until);
}

/* ---- answers ---- */

static struct reply
json(cJSON *root)
{
	struct reply r = {.status = 200, .type = "application/json", .retry_after = -1};

	r.body = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	return r;
}

/* A busy or broken service, by the weather. status 0: neither, so the service itself answers. */
static struct reply
trouble(void)
{
	const struct weather *w = &world->weather;
	struct reply r;

	if (world_happens(w->busy, FAULT_BUSY)) {
		r = reply_with(429, "{\"statusCode\":429,\"message\":\"Rate limit is exceeded.\"}");
		r.retry_after = 1 + random_below(&world->service_rng, 60);
		return r;
	}
	if (world_happens(w->fail, FAULT_5XX))
		return reply_with(random_chance(&world->service_rng, 50) ? 500 : 504, "{}");
	if (world_happens(w->deny / 4, FAULT_DENIED))
		return reply_with(401, "{\"code\":\"400\",\"description\":\"Access denied.\"}");
	return (struct reply){.status = 0};
}

static struct reply
garbled(struct reply r)
{
	if (!world_happens(world->weather.garble, FAULT_GARBLED))
		return r;
	if (random_chance(&world->service_rng, 50)) {
		r.body[strlen(r.body) / 2] = '\0';
		return r;
	}
	free(r.body);
	r = reply_with(200, "<html>maintenance</html>");
	r.type = "text/html";
	return r;
}

static struct reply
token(void)
{
	if (world_happens(world->weather.fail, FAULT_5XX))
		return reply_with(503, "{}");
	return reply_with(200,
	                  "{\"token_type\":\"Bearer\",\"expires_in\":\"3600\",\"access_token\":"
	                  "\"aaaa.bbbb.cccc\"}");
}

static void
add_device(cJSON *items, int device, int second)
{
	const struct registration *r = &world->registration[device];
	cJSON *d = cJSON_CreateObject();
	char text[64];

	snprintf(text, sizeof(text), CENTER_ID "%04d%08d", device, r->number + second);
	cJSON_AddStringToObject(d, "id", text);
	device_name(device, text);
	cJSON_AddStringToObject(d, "serialNumber", text);
	cJSON_AddStringToObject(d, "oemManufacturerName", "Contoso");
	cJSON_AddStringToObject(d, "modelName", "Book 1");
	snprintf(text, sizeof(text), "2026-01-01T00:00:00.%07dZ", r->number);
	cJSON_AddStringToObject(d, "uploadedDate", text);
	cJSON_AddStringToObject(d, "allowedOperations",
	                        world->device[device] == STATE_REFUSED ? "GET, PATCH"
	                                                               : "GET, PATCH, DELETE");
	cJSON_AddItemToArray(items, d);
}

/* The registrations of a batch from `from` on; at most one page. Returns how many there are. */
static int
add_devices(cJSON *items, int customer, int batch, int from)
{
	int n = 0;

	for (int d = 0; d < WORLD_DEVICES; d++) {
		const struct registration *r = &world->registration[d];
		if (!center_is_listed(r) || r->customer != customer || r->batch != batch)
			continue;
		for (int k = 0; k < (world->device[d] == STATE_NOT_UNIQUE ? 2 : 1); k++, n++)
			if (items != NULL && n >= from && n < from + ROWS_A_PAGE)
				add_device(items, d, k * SECOND);
	}
	return n;
}

/* A row for the device has no final outcome yet. */
static bool
is_awaited(int device)
{
	for (const struct list *l = world->list; l < world->list + world->lists; l++)
		for (int i = 0; l->run[0] != '\0' && i < l->count; i++)
			if (l->device[i] == device && l->final[i] == 0)
				return true;
	return false;
}

/* The program may learn from this listing that a deletion was done: one of this command, or an earlier one that it
 * collects. */
static void
note_listing(void)
{
	for (int i = world->send_count - 1; i >= 0 && !world->listed_since; i--) {
		const struct send *s = &world->sends[i];
		world->listed_since = (s->accepted || s->gone) &&
		                      !center_is_listed(&world->registration[s->device[0]]) &&
		                      (s->command == world->command || is_awaited(s->device[0]));
	}
}

/* A page may lack a device that its count names. */
static struct reply
list_devices(int customer, int batch, const char *page)
{
	cJSON *root = cJSON_CreateObject(), *items = cJSON_AddArrayToObject(root, "items");
	int from = page != NULL ? atoi(page + 1) : 0;
	int n = add_devices(items, customer, batch, from);
	char next[16];

	note_listing();
	if (cJSON_GetArraySize(items) > 0 && world_happens(world->weather.grow / 8, FAULT_GROWING))
		cJSON_DeleteItemFromArray(items, 0);
	cJSON_AddNumberToObject(root, "totalCount", n);
	snprintf(next, sizeof(next), "o%d", from + ROWS_A_PAGE);
	if (n > from + ROWS_A_PAGE)
		cJSON_AddStringToObject(root, "continuationToken", next);
	return json(root);
}

static struct reply
list_batches(int customer)
{
	cJSON *root = cJSON_CreateObject(), *items = cJSON_AddArrayToObject(root, "items");

	for (int b = 0; b < BATCHES; b++) {
		cJSON *batch = cJSON_CreateObject();
		cJSON_AddStringToObject(batch, "id", batch_ids[b]);
		cJSON_AddNumberToObject(batch, "devicesCount", add_devices(NULL, customer, b, 0));
		cJSON_AddItemToArray(items, batch);
	}
	cJSON_AddNumberToObject(root, "totalCount", BATCHES);
	return json(root);
}

static struct reply
show_customer(int customer)
{
	cJSON *root = cJSON_CreateObject();
	char tenant[CENTER_TENANT_SIZE];

	center_tenant(customer, tenant);
	cJSON_AddStringToObject(root, "id", tenant);
	cJSON_AddStringToObject(root, "relationshipToPartner", "reseller");
	return json(root);
}

/* ---- deletions ---- */

static struct reply
absent(void)
{
	return random_chance(&world->service_rng, 50)
	               ? reply_with(404, "{\"code\":\"1000\",\"description\":\"Not found.\"}")
	               : reply_with(
				 400,
				 "{\"code\":\"400\",\"description\":\"Cannot find the device.\"}");
}

/* It may be listed for a while. */
static void
erase(struct registration *r)
{
	int64_t lag = random_chance(&world->service_rng, 50) ? 0 : world->weather.answers_ms;

	r->exists = false;
	r->listed_until = world->tick_ms + random_below(&world->service_rng, (int)lag + 1);
}

static struct reply
answer_deletion(struct send *s, int device, int number)
{
	struct registration *r = &world->registration[device];
	struct reply bad = trouble();
	bool acts = bad.status == 0 ||
	            (bad.status >= 500 && random_chance(&world->service_rng, 30));

	if (bad.status == 0 && world_happens(world->weather.refuse_batch / 2, FAULT_REFUSED)) {
		s->refused = true;
		return reply_with(400, "{\"code\":\"900100\",\"description\":\"Bad request.\"}");
	}
	s->gone = acts && (!r->exists || r->number != number);
	if (s->gone)
		return bad.status != 0 ? bad : absent();
	if (!acts)
		return bad;
	s->accepted = true;
	world->device[device] = STATE_NOT_REGISTERED;
	erase(r);
	return bad.status != 0 ? bad : reply_with(204, "");
}

/* The judge looks at it before the service does. */
static struct reply delete (int customer, int batch, int device, int number, const char *request_id,
                            int *ret_send)
{
	const struct registration *r = &world->registration[device];
	struct send *s;
	struct reply reply;

	if (world->send_count == SENDS_MAX) {
		broken("the program sends without end");
		return reply_with(500, "{}");
	}
	if (r->batch != batch || r->customer != customer || number > r->number)
		broken("a registration is deleted that was never listed: device %d, number %d",
		       device, number);
	s = &world->sends[world->send_count];
	*s = (struct send){.command = world->command,
	                   .count = 1,
	                   .device = {device},
	                   .customer = customer,
	                   .number = number,
	                   .request_id = strtoull(request_id, NULL, 16),
	                   .wall = world->wall_ms,
	                   .tick = world->tick_ms};
	judge_deletion(s);
	*ret_send = world->send_count++;
	reply = answer_deletion(s, device, number);
	history("service", "DELETE device %d, registration %d of %s: %ld%s", device, number,
	        customer_name(customer), reply.status, s->accepted ? ", deleted" : "");
	return reply;
}

/* ---- addresses ---- */

/* Cuts the next segment off, and decodes it. */
static bool
next_segment(const char **at, char dst[static PATH_SIZE])
{
	size_t n = 0;
	unsigned byte;

	if (**at != '/')
		return false;
	for (++*at; **at != '/' && **at != '\0' && n < PATH_SIZE - 1; ++*at) {
		if (**at == '%' && sscanf(*at + 1, "%2x", &byte) == 1) {
			dst[n++] = (char)byte;
			*at += 2;
		} else {
			dst[n++] = **at;
		}
	}
	dst[n] = '\0';
	return n > 0;
}

static int
customer_of_tenant(const char *tenant)
{
	char text[CENTER_TENANT_SIZE];

	for (int c = 0; c < WORLD_CUSTOMERS; c++) {
		center_tenant(c, text);
		if (strcmp(text, tenant) == 0)
			return c;
	}
	return -1;
}

static int
batch_of(const char *id)
{
	for (int b = 0; b < BATCHES; b++)
		if (strcmp(batch_ids[b], id) == 0)
			return b;
	return -1;
}

static struct reply
unknown(const char *url)
{
	broken("an address that Partner Center does not have: %.200s", url);
	return reply_with(404, "{}");
}

/* Below a batch of a customer: its devices, or one of them. */
static struct reply
answer_devices(bool deletes, const char *url, const char *at, int customer, int batch,
               const char *page, const char *request_id, int *ret_send)
{
	char segment[PATH_SIZE], id[PATH_SIZE];
	int device, number;
	bool one;

	if (!next_segment(&at, segment) || strcmp(segment, "devices") != 0)
		return unknown(url);
	one = next_segment(&at, id);
	if (*at != '\0' || one != deletes)
		return unknown(url);
	if (!deletes)
		return garbled(list_devices(customer, batch, page));
	if (sscanf(id, CENTER_ID "%4d%8d", &device, &number) != 2 || device < 0 ||
	    device >= WORLD_DEVICES)
		return unknown(url);
	return delete (customer, batch, device, number, request_id, ret_send);
}

struct reply
center_answer(bool deletes, const char *url, const char *page, const char *request_id,
              int *ret_send)
{
	const char *at = url + sizeof(CENTER_URL "/v1/customers") - 1;
	char segment[PATH_SIZE];
	int customer, batch;
	struct reply bad;

	if (strncmp(url, CENTER_AUTHORITY "/", sizeof(CENTER_AUTHORITY)) == 0)
		return token();
	if (strncmp(url, CENTER_URL "/v1/customers/", sizeof(CENTER_URL "/v1/customers/") - 1) !=
	            0 ||
	    !next_segment(&at, segment))
		return unknown(url);
	customer = customer_of_tenant(segment);
	if (customer < 0)
		return unknown(url);
	if (!deletes && (bad = trouble()).status != 0)
		return bad;
	if (*at == '\0' && !deletes)
		return garbled(show_customer(customer));
	if (!next_segment(&at, segment) || strcmp(segment, "deviceBatches") != 0)
		return unknown(url);
	if (*at == '\0' && !deletes)
		return garbled(list_batches(customer));
	batch = next_segment(&at, segment) ? batch_of(segment) : -1;
	return batch < 0 ? unknown(url)
	                 : answer_devices(deletes, url, at, customer, batch, page, request_id,
	                                  ret_send);
}

void
center_delivered(int send, long status)
{
	struct send *s = send >= 0 ? &world->sends[send] : NULL;

	if (s == NULL || status == 0)
		return;
	s->answered = status != 408 && status != 504;
	s->told = status == 204;
}
