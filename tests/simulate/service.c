/* The simulated OEM Direct service: takes batches, decides them later, and does what the weather says.
 * It reads requests by itself, and keeps the history by which the judge decides. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/simulate/odd.h"
#include "tests/simulate/world.h"

static const struct {
	const char *status, *name;
	int code;
} words[STATE_COUNT] = {
	[STATE_OURS] = {"Complete", "", 0},
	[STATE_NOT_REGISTERED] = {"Error", "ZtdDeviceIsNotRegistered", 807},
	[STATE_OTHERS] = {"Error", "ZtdDeviceRegisteredByOtherTenant", 811},
	[STATE_NOT_FOUND] = {"Error", "ZtdDeviceNotFound", 812},
	[STATE_NOT_UNIQUE] = {"Error", "ZtdDeviceIsNotUnique", 813},
	[STATE_REFUSED] = {"Error", "MissingZtdSerialNumberAndProductKey", 803},
	[STATE_ALARM] = {"Error", "ZtdDeviceAlreadyAssigned", 806},
};

static struct reply
plain(long status)
{
	return reply_with(status, "{\"Message\":\"no\"}");
}

static const char *
text_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

	return text != NULL ? text : "";
}

/* false: the request is not one that the program may send. */
static bool
read_request(const cJSON *root, struct send *s)
{
	const cJSON *device;

	if (*text_of(root, "TenantID") != '\0' || *text_of(root, "TenantDomain") != '\0')
		broken("a request names a tenant");
	snprintf(s->run, sizeof(s->run), "%s", text_of(root, "PurchaseOrderId"));
	s->run[strcspn(s->run, "/")] = '\0';
	cJSON_ArrayForEach(device, cJSON_GetObjectItemCaseSensitive(root, "Devices"))
	{
		int n = device_of(text_of(device, "SerialNumber"));
		if (n < 0 || s->count == BATCH_ROOM) {
			broken("a request holds a device that nobody listed, or too many");
			return false;
		}
		s->device[s->count++] = n;
	}
	if (s->count == 0)
		broken("an empty request arrived");
	return s->count > 0;
}

/* The devices change hands at once; only the answer takes time. */
static void
decide(struct send *s)
{
	for (int i = 0; i < s->count; i++) {
		enum state *now = &world->device[s->device[i]];
		s->verdict[i] = world->weather.alarm ? STATE_ALARM : *now;
		if (*now == STATE_OURS && !world->weather.alarm)
			*now = STATE_NOT_REGISTERED;
	}
	world->faults[FAULT_ALARM] += world->weather.alarm ? 1 : 0;
	s->ready = world->tick_ms +
	           (int64_t)random_below(&world->service_rng, (int)world->weather.answers_ms + 1);
	s->forgotten = world_happens(world->weather.forget, FAULT_FORGOTTEN);
	s->contradicts = random_chance(&world->service_rng, world->weather.garble / 4);
	odd_decide(s);
}

static struct reply
accept(struct send *s)
{
	struct reply r = plain(200);
	uint64_t a = random_next(&world->service_rng), b = random_next(&world->service_rng);

	s->accepted = true;
	decide(s);
	snprintf(s->id, sizeof(s->id), "%08llx-%016llx", (unsigned long long)a & 0xffffffff,
	         (unsigned long long)b);
	free(r.body);
	r.body = malloc(200);
	if (world_happens(world->weather.garble, FAULT_GARBLED)) {
		s->unreadable = true;
		snprintf(r.body, 200, "<html>maintenance</html>");
	} else {
		snprintf(r.body, 200, "{\"BatchId\":\"%s\"}", s->id);
		odd_submit(s, &r);
	}
	return r;
}

static struct reply
answer_submit(struct send *s)
{
	const struct weather *w = &world->weather;
	struct reply r;

	if (world_happens(w->busy, FAULT_BUSY)) {
		r = plain(random_chance(&world->service_rng, 50) ? 429 : 503);
		r.retry_after = 1 + random_below(&world->service_rng, 120);
		return r;
	}
	if (world_happens(w->deny, FAULT_DENIED))
		return plain(random_chance(&world->service_rng, 50) ? 401 : 403);
	if (world_happens(w->refuse_batch, FAULT_REFUSED)) {
		s->refused = true;
		r = plain(400);
		odd_refusal(s, &r);
		return r;
	}
	if (world_happens(w->fail, FAULT_5XX)) { /* after the work, or instead of it */
		if (random_chance(&world->service_rng, 50)) {
			s->accepted = true;
			s->unreadable = true;
			decide(s);
		}
		s->unreadable = true;
		return plain(world->wide && random_chance(&world->service_rng, 50) ? 503 : 500);
	}
	return accept(s);
}

/* Lives until the next call. */
static const char *
devices_text(const struct send *s, unsigned bits)
{
	static char text[BATCH_ROOM * 4 + 16];
	int n = snprintf(text, sizeof(text), "devices");

	for (int i = 0; i < s->count; i++)
		if ((bits & 1U << i) != 0)
			n += snprintf(text + n, sizeof(text) - (size_t)n, " %d", s->device[i]);
	return text;
}

struct reply
service_submit(const char *body, size_t len, int *ret_send)
{
	cJSON *root = cJSON_ParseWithLength(body, len);
	struct reply r = plain(400);
	struct send *s = &world->sends[world->send_count];

	*ret_send = -1;
	memset(s, 0, sizeof(*s));
	if (world->send_count < SENDS_MAX - 1 && root != NULL && read_request(root, s)) {
		s->wall = world->wall_ms;
		s->tick = world->tick_ms;
		s->command = world->command;
		judge_sent(s);
		free(r.body);
		r = answer_submit(s);
		history("service", "POST %s: %s: %ld%s%s", s->run, devices_text(s, ~0U), r.status,
		        s->accepted ? " accepted " : "", s->id);
		*ret_send = world->send_count++;
	}
	cJSON_Delete(root);
	return r;
}

static void
add_device(cJSON *devices, int device, enum state state, bool pending)
{
	cJSON *d = cJSON_CreateObject();
	char name[16];

	device_name(device, name);
	cJSON_AddStringToObject(d, "SerialNumber", name);
	cJSON_AddStringToObject(d, "OemManufacturerName", "Contoso");
	cJSON_AddStringToObject(d, "ModelName", "Book 1");
	cJSON_AddStringToObject(d, "DeviceStatusName", pending ? "Pending" : words[state].status);
	cJSON_AddStringToObject(d, "DeviceErrorName", pending ? "" : words[state].name);
	cJSON_AddNumberToObject(d, "DeviceErrorCode", pending ? 0 : words[state].code);
	cJSON_AddItemToArray(devices, d);
}

/* The answer may come in another order, lack devices, or contradict itself. *ret_own: it is that of this batch. */
static char *
verdicts(struct send *s, unsigned *ret_clean, bool *ret_own)
{
	bool ready = world->tick_ms >= s->ready;
	bool grows = ready && world_happens(world->weather.grow, FAULT_GROWING);
	int first = random_below(&world->service_rng, s->count);
	cJSON *root = cJSON_CreateObject(), *devices = cJSON_AddArrayToObject(root, "Devices");
	char *text;

	*ret_clean = 0;
	for (int i = 0; i < s->count; i++) {
		int at = (first + i) % s->count;
		if (grows && random_chance(&world->service_rng, 50))
			continue;
		add_device(devices, s->device[at], s->verdict[at], !ready);
		/* an alarm counts in any form, also beside another verdict */
		s->alarm_shown = s->alarm_shown ||
		                 (ready && s->contradicts && s->verdict[at] == STATE_ALARM);
		if (s->contradicts)
			add_device(devices, s->device[at],
			           s->verdict[at] == STATE_OURS ? STATE_OTHERS : STATE_OURS, false);
		else if (ready)
			*ret_clean |= 1U << at;
	}
	*ret_own = odd_poll(s, root, devices, ret_clean);
	text = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	if (!*ret_own) {
		s->alarm_said = strstr(text, "806") != NULL || strstr(text, "808") != NULL ||
		                strstr(text, "ZtdDeviceA") != NULL;
		s->alarm_shown = s->alarm_shown || s->alarm_said;
	}
	return text;
}

static struct send *
find_send(const char *url)
{
	const char *id = strstr(url, "BatchID=");

	for (int i = 0; id != NULL && i < world->send_count; i++)
		if (world->sends[i].id[0] != '\0' && strcmp(world->sends[i].id, id + 8) == 0)
			return &world->sends[i];
	return NULL;
}

static struct reply
answer_poll(struct send *s, unsigned *ret_clean)
{
	struct reply r;
	bool own;

	s->alarm_said = false;
	if (s->lost_for_good || (s->forgotten && world->tick_ms < s->ready))
		return plain(404);
	if (world_happens(world->weather.busy, FAULT_BUSY)) {
		r = plain(429);
		r.retry_after = 1 + random_below(&world->service_rng, 60);
		return r;
	}
	if (world_happens(world->weather.fail, FAULT_5XX))
		return plain(500);
	r = plain(world_happens(world->weather.garble / 2, FAULT_GARBLED) ? 206 : 200);
	free(r.body);
	r.body = verdicts(s, ret_clean, &own);
	if (r.status == 206 || world_happens(world->weather.garble, FAULT_GARBLED)) {
		*ret_clean = 0;
		r.body[strlen(r.body) / 2] = '\0';
		s->alarm_said = false;
		s->alarm_shown = s->alarm_shown || strstr(r.body, "806") != NULL ||
		                 strstr(r.body, "808") != NULL ||
		                 strstr(r.body, words[STATE_ALARM].name) != NULL ||
		                 strstr(r.body, "ZtdDeviceAssigned") != NULL;
	} else {
		s->poll_intact = own;
	}
	return r;
}

void
service_asked(const char *url)
{
	struct send *s = find_send(url);

	if (s == NULL)
		return;
	s->polled_in = world->command;
	s->poll_failed = true;
	s->poll_resend = world->resend;
}

struct reply
service_poll(const char *url, int *ret_send, unsigned *ret_clean)
{
	struct send *s = find_send(url);
	struct reply r;

	*ret_send = -1;
	*ret_clean = 0;
	if (s == NULL) {
		broken("a poll for a BatchId that the service never gave: %.200s", url);
		return plain(404);
	}
	s->polled = true;
	s->poll_failed = true;
	s->poll_intact = false;
	s->last_clean = 0;
	*ret_send = (int)(s - world->sends);
	r = answer_poll(s, ret_clean);
	history("service", "GET %s: %ld, clear are %s", s->id, r.status,
	        devices_text(s, *ret_clean));
	return r;
}

static void
note_good(struct send *s)
{
	note_good_verdict(world->wall_ms);
	s->good_in = world->command;
}

/* Another request of the run got a good verdict before. It may have been of the canary, also if the judge saw no need
 * for one. */
static bool
has_good_verdict(const struct send *s)
{
	for (int i = 0; i < world->send_count; i++)
		if (world->sends[i].good_in != 0 && strcmp(world->sends[i].run, s->run) == 0)
			return true;
	return false;
}

static void
note_alarm(const struct send *s, int device)
{
	if (world->alarm_tick != 0 || s->cleared)
		return;
	world->alarm_tick = world->tick_ms;
	world->alarmed_in = world->command;
	if (device >= 0)
		history("service", "alarm for device %d", device);
	else
		history("service", "an answer speaks of an alarm");
}

void
service_read(int send)
{
	if (send < 0 || !world->sends[send].alarm_said)
		return;
	world->sends[send].alarm_said = false;
	note_alarm(&world->sends[send], -1);
}

static void
deliver_verdicts(struct send *s, unsigned clean)
{
	if (clean != 0 &&
	    has_good_verdict(s)) /* good enough for this run, not for the trust of others */
		s->good_in = world->command;
	for (int i = 0; i < s->count; i++) {
		if ((clean & 1U << i) == 0)
			continue;
		if (s->verdict[i] == STATE_OURS || s->verdict[i] == STATE_NOT_REGISTERED)
			note_good(s);
		if (s->verdict[i] == STATE_ALARM)
			note_alarm(s, s->device[i]);
	}
	s->clean |= clean;
	s->last_clean = clean;
	if (clean == (1U << s->count) - 1) /* an answer that is not whole is asked for again */
		s->whole_in = world->command;
}

void
service_over(int send)
{
	if (send >= 0)
		world->sends[send].over = true;
}

void
service_delivered(int send, bool poll, unsigned clean)
{
	struct send *s;

	if (send < 0)
		return;
	s = &world->sends[send];
	if (!poll) {
		s->told = s->accepted && !s->unreadable;
		return;
	}
	s->poll_failed = !s->poll_intact;
	s->answered = s->answered ||
	              (s->poll_intact && (s->contradicts || world->tick_ms >= s->ready));
	deliver_verdicts(s, clean);
}

void
service_denied(int send)
{
	if (send >= 0)
		world->sends[send].gone_in = world->command;
}
