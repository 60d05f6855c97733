/* Parses scenarios line by line, and matches requests against their lines. */
#include "samples/sandbox/scenario.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/file.h"
#include "common/text.h"

#define SCENARIO_FILE_MAX ((size_t)1024 * 1024)
#define ON(event) (1U << (event))
#define ON_SUBMIT ON(SCENARIO_SUBMIT)
#define ON_POLL ON(SCENARIO_POLL)
#define ON_TOKEN ON(SCENARIO_TOKEN)
#define ON_DEVICES ON(SCENARIO_DEVICES)
#define ON_DELETE ON(SCENARIO_DELETE)
#define ON_PARTNER \
	(ON_TOKEN | ON(SCENARIO_CUSTOMER) | ON(SCENARIO_BATCHES) | ON_DEVICES | ON_DELETE)
#define ON_GRAPH \
	(ON(SCENARIO_MANAGED) | ON(SCENARIO_AUTOPILOT) | ON(SCENARIO_KEYS) | \
	 ON(SCENARIO_UNMANAGE) | ON(SCENARIO_DEREGISTER) | ON(SCENARIO_UNASSIGN) | \
	 ON(SCENARIO_SYNC))
/* The answer to a check has no body that a fault could spoil. */
#define ON_BODY (ON_SUBMIT | ON_POLL | ON_PARTNER | ON_GRAPH)
#define ON_ANY (ON(SCENARIO_CHECK) | ON_BODY)

enum argument { ARGUMENT_NONE, ARGUMENT_STATUS, ARGUMENT_TEXT, ARGUMENT_LENGTH };

static const struct {
	const char *name;
	unsigned events; /* that the action can be played on */
	bool instead;    /* of the work that the request asks for */
	enum scenario_moment moment;
	enum argument argument;
} actions[] = {
	[ACTION_RESET_HEADERS] = {.name = "reset-headers",
                                  .events = ON_ANY,
                                  .instead = true,
                                  .moment = SCENARIO_HEADERS},
	[ACTION_RESET_BODY] = {.name = "reset-body",
                               .events = ON_SUBMIT | ON_TOKEN,
                               .instead = true,
                               .moment = SCENARIO_BODY},
	[ACTION_HANG_BEFORE] = {.name = "hang-before",
                                .events = ON_ANY,
                                .instead = true,
                                .moment = SCENARIO_HEADERS},
	[ACTION_STATUS] = {.name = "status",
                           .events = ON_ANY,
                           .instead = true,
                           .argument = ARGUMENT_STATUS},
	[ACTION_RESET] = {.name = "reset", .events = ON_ANY},
	[ACTION_EMPTY] = {.name = "empty", .events = ON_ANY},
	[ACTION_HANG] = {.name = "hang", .events = ON_ANY},
	[ACTION_DRIP] = {.name = "drip", .events = ON_BODY},
	[ACTION_CUT] = {.name = "cut", .events = ON_BODY},
	[ACTION_CUT_CHUNKED] = {.name = "cut-chunked", .events = ON_BODY},
	[ACTION_CUT_RESET] = {.name = "cut-reset", .events = ON_BODY},
	[ACTION_CUT_OPEN] = {.name = "cut-open", .events = ON_BODY},
	[ACTION_GARBAGE] = {.name = "garbage", .events = ON_ANY},
	[ACTION_HUGE] = {.name = "huge", .events = ON_BODY},
	[ACTION_TYPE] = {.name = "type", .events = ON_ANY, .argument = ARGUMENT_TEXT},
	[ACTION_HTML] = {.name = "html", .events = ON_ANY},
	[ACTION_SAY] = {.name = "say", .events = ON_BODY, .argument = ARGUMENT_TEXT},
	[ACTION_WORK_STATUS] = {.name = "work-status",
                                .events = ON_ANY,
                                .argument = ARGUMENT_STATUS},
	[ACTION_ID] = {.name = "id", .events = ON_SUBMIT, .argument = ARGUMENT_TEXT},
	[ACTION_ID_LENGTH] = {.name = "id-length",
                              .events = ON_SUBMIT,
                              .argument = ARGUMENT_LENGTH},
	[ACTION_TWICE] = {.name = "twice", .events = ON_POLL | ON_DEVICES},
	[ACTION_FOREIGN] = {.name = "foreign", .events = ON_POLL},
	[ACTION_LESS] = {.name = "less", .events = ON_POLL | ON_DEVICES},
	[ACTION_AS] = {.name = "as", .events = ON_PARTNER | ON_GRAPH, .argument = ARGUMENT_STATUS},
	[ACTION_QUOTE] = {.name = "quote",
                          .events = ON_PARTNER & ~ON_TOKEN,
                          .instead = true,
                          .argument = ARGUMENT_STATUS},
	[ACTION_ANEW] = {.name = "anew", .events = ON_DELETE},
	[ACTION_AGAIN] = {.name = "again", .events = ON_DELETE},
};
_Static_assert(ARRAY_SIZE(actions) == ACTION_COUNT, "every action has its row");

static const char *const events[] = {
	[SCENARIO_CHECK] = "check",       [SCENARIO_SUBMIT] = "submit",
	[SCENARIO_POLL] = "poll",         [SCENARIO_TOKEN] = "token",
	[SCENARIO_CUSTOMER] = "customer", [SCENARIO_BATCHES] = "batches",
	[SCENARIO_DEVICES] = "devices",   [SCENARIO_DELETE] = "delete",
	[SCENARIO_MANAGED] = "managed",   [SCENARIO_AUTOPILOT] = "autopilot",
	[SCENARIO_KEYS] = "keys",         [SCENARIO_UNMANAGE] = "unmanage",
	[SCENARIO_UNASSIGN] = "unassign", [SCENARIO_DEREGISTER] = "deregister",
	[SCENARIO_SYNC] = "sync",
};
_Static_assert(ARRAY_SIZE(events) == SCENARIO_EVENT_COUNT, "every event has its name");

static const char *const headers[] = {"Retry-After", "Location"};

struct scenario {
	struct scenario_fault *fault;
	size_t count;
};

bool
scenario_event_is_partner(enum scenario_event event)
{
	return (ON(event) & ON_PARTNER) != 0;
}

bool
scenario_event_is_graph(enum scenario_event event)
{
	return (ON(event) & ON_GRAPH) != 0;
}

const char *
scenario_event_name(enum scenario_event event)
{
	return events[event];
}

const char *
scenario_action_name(enum scenario_action action)
{
	return actions[action].name;
}

enum scenario_moment
scenario_action_moment(enum scenario_action action)
{
	return actions[action].moment;
}

bool
scenario_action_works(enum scenario_action action)
{
	return !actions[action].instead;
}

void
scenario_list_actions(struct buf *b)
{
	for (size_t i = 0; i < ACTION_COUNT; i++) {
		buf_str(b, i == 0 ? "" : " ");
		buf_str(b, actions[i].name);
	}
}

/* Cuts off the first word. "": there is none. */
static char *
next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");

	*rest = word + strcspn(word, " \t");
	if (**rest != '\0')
		*(*rest)++ = '\0';
	return word;
}

static int
read_event(struct scenario_fault *f, const char *word, struct error *err)
{
	for (size_t i = 0; i < SCENARIO_EVENT_COUNT; i++)
		if (strcmp(word, events[i]) == 0) {
			f->event = (enum scenario_event)i;
			return 0;
		}
	return error_set(err,
	                 "expected check, submit or poll; token, customer, batches, devices or "
	                 "delete; or managed, autopilot, keys, unmanage, deregister, unassign or "
	                 "sync, found \"%s\"",
	                 word);
}

/* Parses N, N-M or N-. */
static bool
read_range(struct scenario_fault *f, char *word)
{
	char *dash = strchr(word, '-'), *end = dash != NULL ? dash + 1 : word;
	long long first, last = LONG_MAX;

	if (dash != NULL)
		*dash = '\0';
	if (!text_number(word, 1, LONG_MAX, &first) ||
	    (*end != '\0' && !text_number(end, first, LONG_MAX, &last)))
		return false;
	f->first = (long)first;
	f->last = (long)last;
	return true;
}

/* Parses *, a range, with=TEXT, or a range and with=TEXT with a comma between them. */
static int
read_selector(struct scenario_fault *f, char *word, struct error *err)
{
	char *with = strncmp(word, "with=", 5) == 0 ? word : strstr(word, ",with=");
	char *shown = xstrdup(word);
	int rc = 0;

	f->first = 1;
	f->last = LONG_MAX;
	if (with != NULL) {
		char *text = with + strcspn(with, "=") + 1;
		if (text[0] != '\0')
			f->with = xstrdup(text);
		*with = '\0';
	}
	if (f->with != NULL && f->event == SCENARIO_CHECK)
		rc = error_set(err, "with= does not go with check: a check has no text to search");
	else if ((with == NULL && strcmp(word, "*") == 0) || (with == word && f->with != NULL))
		rc = 0;
	else if ((with != NULL && f->with == NULL) || !read_range(f, word))
		rc = error_set(err,
		               "expected *, N, N-M, N-, with=TEXT or N-M,with=TEXT, found \"%s\"",
		               shown);
	free(shown);
	return rc;
}

static int
unknown_action(const char *word, struct error *err)
{
	struct buf known;

	buf_init(&known, ERROR_TEXT_MAX);
	scenario_list_actions(&known);
	error_set(err, "expected an action, found \"%s\"; the actions are: %s", word, known.data);
	buf_release(&known);
	return -1;
}

static int
read_action(struct scenario_fault *f, const char *word, struct error *err)
{
	size_t i = 0;

	while (i < ACTION_COUNT && strcmp(word, actions[i].name) != 0)
		i++;
	if (i == ACTION_COUNT)
		return unknown_action(word, err);
	f->action = (enum scenario_action)i;
	if ((actions[i].events & ON(f->event)) == 0)
		return error_set(err, "action %s cannot be played on %s", word, events[f->event]);
	return 0;
}

/* The header whose name begins the text. NULL: none. */
static const char *
header_at(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		size_t n = strlen(headers[i]);
		if (strncmp(text, headers[i], n) == 0 && text[n] == '=')
			return headers[i];
	}
	return NULL;
}

/* A value ends where the next header begins, because a value such as an HTTP date has blanks. */
static char *
value_end(char *value)
{
	char *end = value;

	while (*end != '\0' && !((*end == ' ' || *end == '\t') && header_at(end + 1) != NULL))
		end++;
	return end;
}

static int
read_headers(struct scenario_fault *f, char *text, struct error *err)
{
	while (*text != '\0') {
		const char *name = header_at(text);
		char *value, *end;

		if (name == NULL)
			return error_set(
				err, "expected Retry-After=V, Location=URL or html, found \"%s\"",
				text);
		if (f->header_count == SCENARIO_HEADERS_MAX)
			return error_set(err, "expected at most %d headers", SCENARIO_HEADERS_MAX);
		value = text + strlen(name) + 1;
		end = value_end(value);
		text = *end == '\0' ? end : end + 1;
		*end = '\0';
		f->header[f->header_count++] = (struct scenario_header){name,
		                                                        xstrdup(text_trim(value))};
	}
	return 0;
}

static int
read_status(struct scenario_fault *f, char *rest, struct error *err)
{
	const char *word = next_word(&rest);
	long long status;
	size_t len;

	if (!text_number(word, 200, 599, &status))
		return error_set(err, "expected an HTTP status from 200 to 599, found \"%s\"",
		                 word);
	f->status = (unsigned)status;
	rest = text_trim(rest);
	len = strlen(rest);
	if (len >= 4 && strcmp(rest + len - 4, "html") == 0 &&
	    (len == 4 || rest[len - 5] == ' ' || rest[len - 5] == '\t')) {
		f->html = true;
		rest[len - 4] = '\0';
		text_trim(rest);
	}
	return read_headers(f, rest, err);
}

static int
read_argument(struct scenario_fault *f, char *rest, struct error *err)
{
	const char *name = actions[f->action].name;
	long long length;

	rest = text_trim(rest);
	switch (actions[f->action].argument) {
	case ARGUMENT_STATUS: return read_status(f, rest, err);
	case ARGUMENT_TEXT:
		f->text = xstrdup(rest);
		return rest[0] != '\0' ? 0 : error_set(err, "expected a text after %s", name);
	case ARGUMENT_LENGTH:
		if (!text_number(rest, 1, SCENARIO_ID_LENGTH_MAX, &length))
			return error_set(err,
			                 "expected a number from 1 to %d after %s, found \"%s\"",
			                 SCENARIO_ID_LENGTH_MAX, name, rest);
		f->length = (size_t)length;
		return 0;
	case ARGUMENT_NONE: break;
	}
	return rest[0] == '\0' ? 0
	                       : error_set(err, "%s takes no argument, found \"%s\"", name, rest);
}

/* A fault that interrupts a submit is chosen before the body has come. Refuses it when a line at or
 * above it asks for the body, because then the first matching line would not win. */
static int
check_order(const struct scenario *s, const struct scenario_fault *f, struct error *err)
{
	if (f->event != SCENARIO_SUBMIT || actions[f->action].moment == SCENARIO_END)
		return 0;
	for (size_t i = 0; i < s->count; i++)
		if (s->fault[i].event == f->event && s->fault[i].with != NULL)
			return error_set(
				err,
				"%s must stand above every \"submit with=\" and have no with= itself, "
				"because it is played before the body has come",
				actions[f->action].name);
	return 0;
}

static int
read_line(struct scenario *s, char *line, struct error *err)
{
	struct scenario_fault *f;

	line = text_trim(line);
	if (line[0] == '\0' || line[0] == '#')
		return 0;
	s->fault = xreallocarray(s->fault, s->count + 1, sizeof(*s->fault));
	f = &s->fault[s->count++];
	*f = (struct scenario_fault){.event = SCENARIO_CHECK};
	if (read_event(f, next_word(&line), err) != 0 ||
	    read_selector(f, next_word(&line), err) != 0 ||
	    read_action(f, next_word(&line), err) != 0 || check_order(s, f, err) != 0)
		return -1;
	return read_argument(f, line, err);
}

static int
read_lines(struct scenario *s, const char *path, char *text, struct error *err)
{
	for (long line = 1; *text != '\0'; line++) {
		char *end = text + strcspn(text, "\n"), *next = *end == '\0' ? end : end + 1;

		*end = '\0';
		if (end > text && end[-1] == '\r')
			end[-1] = '\0';
		if (read_line(s, text, err) != 0)
			return error_prefix(err, "%s:%ld", path, line);
		text = next;
	}
	return 0;
}

struct scenario *
scenario_read(const char *path, struct error *err)
{
	struct scenario *s = xcalloc(1, sizeof(*s));
	struct buf text;
	int rc;

	buf_init(&text, SCENARIO_FILE_MAX);
	rc = file_read(path, &text, err);
	if (rc == 0 && strlen(text.data) != text.len)
		rc = error_set(err, "%s: holds a NUL byte", path);
	if (rc == 0)
		rc = read_lines(s, path, text.data, err);
	buf_release(&text);
	if (rc == 0)
		return s;
	scenario_free(s);
	return NULL;
}

void
scenario_free(struct scenario *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++) {
		struct scenario_fault *f = &s->fault[i];
		for (size_t h = 0; h < f->header_count; h++)
			free(f->header[h].value);
		free(f->with);
		free(f->text);
	}
	free(s->fault);
	free(s);
}

const struct scenario_fault *
scenario_match(const struct scenario *s, enum scenario_event event, long number, const char *text,
               size_t len)
{
	for (size_t i = 0; s != NULL && i < s->count; i++) {
		const struct scenario_fault *f = &s->fault[i];
		if (f->event != event || number < f->first || number > f->last)
			continue;
		if (f->with == NULL ||
		    (text != NULL && memmem(text, len, f->with, strlen(f->with)) != NULL))
			return f;
	}
	return NULL;
}
