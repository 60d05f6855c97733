/* A hash table with two places for each hash: that of the newest value and that of the one before it. */
#include "partner/intake/sound.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"

#define PAIRS 512
#define LEN_MAX 62 /* longer values are judged each time */

struct value {
	unsigned char as, len; /* len 0: free */
	char text[LEN_MAX];
};

struct sound {
	struct value pair[PAIRS][2];
};

struct sound *
sound_new(void)
{
	return xcalloc(1, sizeof(struct sound));
}

void
sound_free(struct sound *s)
{
	free(s);
}

static size_t
pair_of(enum sound_as as, const char *text, size_t len)
{
	return text_hash(TEXT_HASH_START + as, text, len) % PAIRS;
}

bool
sound_knows(const struct sound *s, enum sound_as as, const char *text, size_t len)
{
	const struct value *v;

	if (len == 0 || len > LEN_MAX)
		return false;
	v = s->pair[pair_of(as, text, len)];
	for (size_t i = 0; i < 2; i++)
		if (v[i].len == len && v[i].as == as && memcmp(v[i].text, text, len) == 0)
			return true;
	return false;
}

void
sound_add(struct sound *s, enum sound_as as, const char *text, size_t len)
{
	struct value *v;

	if (len == 0 || len > LEN_MAX)
		return;
	v = s->pair[pair_of(as, text, len)];
	v[1] = v[0];
	v[0].as = (unsigned char)as;
	v[0].len = (unsigned char)len;
	memcpy(v[0].text, text, len);
}
