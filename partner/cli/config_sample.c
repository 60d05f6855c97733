/* Writes a configuration as a commented sample of all keys. */
#include "partner/cli/config_sample.h"

#include <string.h>

struct sample {
	FILE *to;
	const char *section; /* of the previous key */
	bool answered;       /* by a person, so that a required key that is not set is not needed */
};

static int
write_key(void *ctx, const struct config_value *v)
{
	struct sample *s = ctx;
	bool set = v->origin != CONFIG_FROM_DEFAULT && strcmp(v->text, v->default_text) != 0;
	bool needed = v->required && !s->answered;
	const char *text = set ? v->text : v->default_text;

	if (s->section == NULL || strcmp(s->section, v->section) != 0)
		fprintf(s->to, "\n[%s]\n", v->section);
	s->section = v->section;
	fprintf(s->to, "# %s%s\n%s%s =%s%s\n", v->help, needed ? " (must be set)" : "",
	        set || needed ? "" : "# ", v->key, text[0] != '\0' ? " " : "", text);
	return 0;
}

void
config_sample_write(const struct config *c, const char *path, FILE *to)
{
	struct sample s = {.to = to, .answered = c->path != NULL};

	fprintf(to,
	        "# Configuration of unpilot " UNPILOT_VERSION ", read from %s.\n"
	        "# To set a key, remove the \"# \" before it; the value shown is its default. Durations "
	        "are\n# written 30s, 5m, 2h.\n",
	        path);
	(void)config_each(c, write_key, &s);
}
