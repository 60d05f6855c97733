/*
 * Remembers values in which a judgement found nothing, because lists repeat their manufacturers, models
 * and customers in thousands of rows. Forgets a value when another one needs its place. For one rule only.
 */
#ifndef PARTNER_INTAKE_SOUND_H
#define PARTNER_INTAKE_SOUND_H

#include "common/base.h"

enum sound_as {
	SOUND_NAME, /* a manufacturer or model */
	SOUND_EXACT_NAME,
	SOUND_CUSTOMER,
	SOUND_CUSTOMER_NAME,
};

struct sound; /* opaque */
struct sound *sound_new(void);
void sound_free(struct sound *s); /* accepts NULL */
bool sound_knows(const struct sound *s, enum sound_as as, const char *text, size_t len);
void sound_add(struct sound *s, enum sound_as as, const char *text, size_t len);

#endif
