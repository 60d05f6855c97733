/* Spoils answers of the simulated OEM Direct service. */
#include "tests/simulate/odd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALARM_WORD "ZtdDeviceAssignedToOtherTenant"
#define ALARM_CODE 808

static bool
happens(void)
{
	return world->weather.odd > 0 && world_happens(world->weather.odd, FAULT_ODD);
}

static int
below(int n)
{
	return random_below(&world->service_rng, n);
}

void
odd_decide(struct send *s)
{
	for (int i = 0; i < s->count && world->weather.odd > 0; i++)
		if (random_chance(&world->service_rng, world->weather.odd / 4)) {
			s->verdict[i] = STATE_ALARM;
			world->faults[FAULT_ALARM]++;
		}
	if (happens() && below(4) == 0)
		s->lost_for_good = true;
}

/* The ledger has the BatchId of this request, for the devices that it named. */
static bool
is_in_ledger(const struct send *p)
{
	if (!p->told || !p->sure || p->id[0] == '\0')
		return false;
	for (const struct send *q = p + 1; q < world->sends + world->send_count; q++)
		for (int i = 0; strcmp(q->run, p->run) == 0 && i < q->count; i++)
			for (int k = 0; k < p->count; k++)
				if (q->device[i] == p->device[k])
					return false;
	for (int n = 0; n < world->lists; n++)
		if (strcmp(world->list[n].run, p->run) == 0)
			return !world->list[n].forgotten && !world->list[n].half_erased;
	return false;
}

/* Of another run. */
static const struct send *
find_other(const struct send *s)
{
	for (const struct send *p = s - 1; p >= world->sends; p--)
		if (strcmp(p->run, s->run) != 0 && is_in_ledger(p))
			return p;
	return NULL;
}

void
odd_submit(struct send *s, struct reply *r)
{
	const struct send *other = happens() ? find_other(s) : NULL;

	if (other != NULL) {
		s->unreadable = true;
		snprintf(r->body, 200, "{\"BatchId\":\"%s\"}", other->id);
	} else if (happens() && below(3) == 0) {
		s->alarm_said = s->alarm_shown = true;
		snprintf(r->body, 200, "{\"BatchId\":\"%s\",\"Warning\":\"%s\"}", s->id,
		         ALARM_WORD);
	}
}

void
odd_refusal(struct send *s, struct reply *r)
{
	if (world->weather.odd == 0 || below(2) == 0)
		return;
	world->faults[FAULT_ODD]++;
	s->alarm_said = s->alarm_shown = true;
	free(r->body);
	*r = reply_with(400, "{\"Message\":\"no\",\"DeviceErrorCode\":806}");
}

/* Of one entry that names a device with a verdict. */
static void
spoil(struct send *s, cJSON *devices, cJSON *entry, unsigned *clean)
{
	int device = device_of(
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "SerialNumber")));
	cJSON *code = cJSON_GetObjectItemCaseSensitive(entry, "DeviceErrorCode");
	int at = 0;

	while (at < s->count && s->device[at] != device)
		at++;
	if (at == s->count || (*clean & 1U << at) == 0)
		return;
	*clean &= ~(1U << at);
	s->odd |= 1U << at;
	if (s->verdict[at] == STATE_ALARM) {
		s->alarm_said = s->alarm_shown = true;
		cJSON_AddItemToArray(devices, cJSON_Duplicate(entry, true));
	} else if (s->verdict[at] == STATE_OURS && below(3) > 0) {
		cJSON_SetNumberValue(code, below(3) > 0 ? 812 : ALARM_CODE);
		if (cJSON_GetNumberValue(code) == ALARM_CODE)
			s->alarm_said = s->alarm_shown = true;
	} else {
		cJSON_AddItemToArray(devices, cJSON_Duplicate(entry, true));
	}
}

/* A device that the batch does not name. */
static void
add_stranger(struct send *s, cJSON *devices)
{
	bool alarm = below(3) == 0;
	cJSON *d = cJSON_CreateObject();

	cJSON_AddStringToObject(d, "SerialNumber", "SN-9999");
	cJSON_AddStringToObject(d, "OemManufacturerName", "Contoso");
	cJSON_AddStringToObject(d, "ModelName", "Book 1");
	cJSON_AddStringToObject(d, "DeviceStatusName", alarm ? "Error" : "Complete");
	cJSON_AddStringToObject(d, "DeviceErrorName", alarm ? ALARM_WORD : "");
	cJSON_AddNumberToObject(d, "DeviceErrorCode", alarm ? ALARM_CODE : 0);
	if (below(2) == 0)
		cJSON_InsertItemInArray(devices, 0, d);
	else
		cJSON_AddItemToArray(devices, d);
	s->alarm_said = s->alarm_said || alarm;
}

bool
odd_poll(struct send *s, cJSON *root, cJSON *devices, unsigned *clean)
{
	int n = cJSON_GetArraySize(devices);

	if (n > 0 && happens())
		spoil(s, devices, cJSON_GetArrayItem(devices, below(n)), clean);
	if (happens())
		add_stranger(s, devices);
	if (happens()) {
		bool other = below(2) == 0;
		cJSON_AddStringToObject(root, "BatchId", other ? "00000000-other" : s->id);
		if (other)
			*clean = 0;
		return !other;
	}
	return true;
}
