#include "common/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/alloc.h"
#include "common/error.h"
#include "common/text.h"

static struct {
	enum log_level level;
	unsigned errors;
	char *kept[LOG_REPEAT_MAX];
	bool others_since; /* another line came after the first error */
} state = {.level = LOG_LEVEL_INFO};

static const char *const words[] = {
	[LOG_LEVEL_ERROR] = "error: ",
	[LOG_LEVEL_WARN] = "warning: ",
	[LOG_LEVEL_INFO] = "",
	[LOG_LEVEL_DEBUG] = "",
};
_Static_assert(ARRAY_SIZE(words) == LOG_LEVEL_COUNT, "every level has its word");

void
log_set_level(enum log_level level)
{
	state.level = level;
}

static void
keep(const char *line)
{
	if (state.errors < LOG_REPEAT_MAX)
		state.kept[state.errors] = xstrdup(line);
	state.errors++;
}

static void PRINTFLIKE(2, 0) put(enum log_level level, const char *format, va_list args)
{
	char text[ERROR_TEXT_MAX * 2], line[ERROR_TEXT_MAX * 2];

	vsnprintf(text, sizeof(text), format, args);
	text_printable(line, sizeof(line), text);
	if (level <= state.level) {
		fprintf(stderr, "unpilot: %s%s\n", words[level], line);
		state.others_since = state.others_since ||
		                     (state.errors > 0 && level != LOG_LEVEL_ERROR);
	}
	if (level == LOG_LEVEL_ERROR)
		keep(line);
}

#define LOG_FUNCTION(name, level) \
	void name(const char *format, ...) \
	{ \
		va_list args; \
		va_start(args, format); \
		put(level, format, args); \
		va_end(args); \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)

void
log_repeat_errors(void)
{
	unsigned kept = state.errors < LOG_REPEAT_MAX ? state.errors : LOG_REPEAT_MAX;

	if (state.others_since)
		fprintf(stderr, "unpilot: %u error%s:\n", state.errors,
		        state.errors == 1 ? "" : "s");
	for (unsigned i = 0; i < kept; i++) {
		if (state.others_since)
			fprintf(stderr, "unpilot:   %s\n", state.kept[i]);
		free(state.kept[i]);
		state.kept[i] = NULL;
	}
	state.errors = 0;
	state.others_since = false;
}
