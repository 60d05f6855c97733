/* Composes and prints the next step. */
#include "partner/app/next_step.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/log.h"
#include "common/text.h"

#define STEP_MAX 4096
#define ANY_CODE (-1)
#define COMMAND_MAX ((size_t)256 * 1024) /* the longest command line that is worth repeating */

static struct {
	char **argv; /* the array is owned */
	int argc;
	const char *config;     /* NULL: the default one */
	char run[LOG_RUN_SIZE]; /* "": none */
	bool several;           /* runs; then none is named */
	bool other;             /* the better step is a command of another program */
	char *better;           /* owned; NULL: none */
	int code;               /* of the end that it is for, or ANY_CODE */
} state;

/* A copy, because argp(3) puts the options first. */
void
next_step_start(int argc, char **argv)
{
	size_t count = (size_t)argc;

	state.argc = argc;
	state.argv = xcalloc(count, sizeof(*state.argv));
	memcpy(state.argv, argv, count * sizeof(*state.argv));
}

void
next_step_config(const char *path)
{
	state.config = path;
}

void
next_step_run(const char *name)
{
	state.several = state.several || (state.run[0] != '\0' && strcmp(state.run, name) != 0);
	text_copy(state.run, sizeof(state.run), name);
}

static void PRINTFLIKE(2, 0) set_better(int code, const char *format, va_list args)
{
	char text[STEP_MAX];

	vsnprintf(text, sizeof(text), format, args);
	free(state.better);
	state.better = xstrdup(text);
	state.code = code;
	state.other = false;
}

void
next_step_set(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_better(ANY_CODE, format, args);
	va_end(args);
}

void
next_step_set_for(int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_better(code, format, args);
	va_end(args);
}

void
next_step_set_with(const char *words, const char *argument)
{
	struct buf b;

	buf_init(&b, STEP_MAX);
	buf_printf(&b, "%s ", words);
	buf_shell_word(&b, argument);
	next_step_set("%s", b.data);
	buf_release(&b);
}

void
next_step_add_option(struct buf *step, const char *option, const char *value)
{
	buf_printf(step, " --%s=", option);
	buf_shell_word(step, value);
}

void
next_step_set_other(const char *words, const char *argument)
{
	next_step_set_with(words, argument);
	state.other = true;
}

/* options: more of them, each with a blank before it. They end at "--". */
static void
add_command_line(struct buf *b, const char *options)
{
	for (int i = 1; i < state.argc; i++) {
		if (strcmp(state.argv[i], "--") == 0) {
			buf_str(b, options);
			options = "";
		}
		if (i > 1)
			buf_char(b, ' ');
		buf_shell_word(b, state.argv[i]);
	}
	buf_str(b, options);
}

/* Appends the step with the run or the command line in its place. */
static void
add_step(struct buf *b, const char *step)
{
	size_t len = strlen(step), mark = strlen(NEXT_STEP_RUN);
	bool run = len >= mark && strcmp(step + len - mark, NEXT_STEP_RUN) == 0;
	bool named = state.run[0] != '\0' && !state.several;

	if (run) {
		buf_add(b, step, len - mark - (named ? 0 : 1)); /* the blank before it */
		buf_str(b, named ? state.run : "");
	} else if (strncmp(step, NEXT_STEP_SAME, strlen(NEXT_STEP_SAME)) == 0) {
		add_command_line(b, step + strlen(NEXT_STEP_SAME));
	} else {
		buf_str(b, step);
	}
}

bool
next_step_has_run(void)
{
	return state.run[0] != '\0';
}

char *
next_step_command(const char *step)
{
	bool same = strncmp(step, NEXT_STEP_SAME, strlen(NEXT_STEP_SAME)) == 0;
	struct buf b;

	buf_init(&b, COMMAND_MAX);
	buf_str(&b, "unpilot ");
	add_step(&b, step);
	if (state.config != NULL && !same) {
		buf_str(&b, " -c ");
		buf_shell_word(&b, state.config);
	}
	return buf_detach(&b);
}

void
next_step_print(int code, const char *step)
{
	bool better = state.better != NULL && (state.code == ANY_CODE || state.code == code);
	char *command;

	if (better && state.other)
		command = xstrdup(state.better);
	else
		command = next_step_command(better ? state.better : step);
	log_next(command);
	free(command);
}

void
next_step_release(void)
{
	free(state.better);
	free(state.argv);
	state.better = NULL;
	state.argv = NULL;
	state.argc = 0;
}
