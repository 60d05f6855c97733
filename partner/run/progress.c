/* Shows how far a run is: the progress line, lines of the log, the status file. */
#include "partner/run/progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"

#define STATUS_SCHEMA "unpilot-status/1"
#define STATUS_MAX ((size_t)4096)
#define COLUMNS_STANDARD 80
#define RATE_SETTLES_MS 1000 /* the rate of a shorter time means nothing */

static int64_t
progress_decided(const struct engine_counters *c)
{
	int64_t sum = 0;

	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		sum += c->decided[o];
	return sum;
}

/* Devices a minute since the run began. 0: not known yet. */
static int64_t
progress_rate(const struct progress *p, const struct engine_counters *c, int64_t now_ms)
{
	int64_t elapsed = now_ms - p->began_ms;

	return p->began_ms == 0 || elapsed < RATE_SETTLES_MS
	               ? 0
	               : progress_decided(c) * 60000 / elapsed;
}

static int64_t
progress_throttled_left_ms(const struct engine_counters *c, int64_t now_ms)
{
	return c->throttled_until_ms > now_ms ? c->throttled_until_ms - now_ms : 0;
}

static void
progress_add_speed(const struct progress *p, const struct engine_counters *c, int64_t now_ms,
                   struct buf *b)
{
	int64_t a_minute = progress_rate(p, c, now_ms), left = p->total - progress_decided(c);
	char age[CLOCK_AGE_SIZE];

	if (a_minute == 0)
		return;
	buf_printf(b, ", %lld a minute", (long long)a_minute);
	if (left <= 0 || progress_throttled_left_ms(c, now_ms) > 0)
		return;
	clock_age(left * 60 / a_minute, age);
	buf_printf(b, ", ETA %s", age);
}

static const char *const stages[] = {
	[PROGRESS_READING] = "reading lists", [PROGRESS_CANARY] = "canary",
	[PROGRESS_SENDING] = "sending",       [PROGRESS_WAITING] = "waiting for answers",
	[PROGRESS_PACKS] = "writing packs",
};
_Static_assert(ARRAY_SIZE(stages) == PROGRESS_STAGE_COUNT, "each stage needs its words");

static enum progress_stage
progress_stage_of(const struct progress *p, const struct engine_counters *c)
{
	if (p->stage != PROGRESS_SENDING)
		return p->stage;
	if (c->canary_devices > 0 && c->canary_since_ms > 0)
		return PROGRESS_CANARY;
	return c->unanswered > 0 && c->unsent == 0 ? PROGRESS_WAITING : PROGRESS_SENDING;
}

static void
progress_add_canary(const struct engine_counters *c, int64_t now_ms, struct buf *b)
{
	char age[CLOCK_AGE_SIZE];

	clock_age((now_ms - c->canary_since_ms) / 1000, age);
	buf_printf(b, ", waiting for the canary: %lld device%s, %s", (long long)c->canary_devices,
	           c->canary_devices == 1 ? "" : "s", age);
}

static void
progress_add_stage(enum progress_stage stage, const struct engine_counters *c, int64_t now_ms,
                   struct buf *b)
{
	char age[CLOCK_AGE_SIZE];

	if (stage == PROGRESS_CANARY)
		progress_add_canary(c, now_ms, b);
	if (stage == PROGRESS_WAITING)
		buf_printf(b, ", %s", stages[stage]);
	if (stage != PROGRESS_SENDING && c->next_poll_ms > now_ms) {
		clock_age((c->next_poll_ms - now_ms + 999) / 1000, age);
		buf_printf(b, ", next poll in %s", age);
	}
	buf_printf(b, ", %lld batch%s in flight", (long long)c->in_flight,
	           c->in_flight == 1 ? "" : "es");
	if (stage == PROGRESS_SENDING)
		buf_printf(b, ", %s", stages[stage]);
	if (c->unanswered > 0)
		buf_printf(b, ", %lld unanswered", (long long)c->unanswered);
}

static void
progress_add_reading(const struct progress *p, struct buf *b)
{
	char rows[TEXT_GROUPED_SIZE];

	text_grouped(p->read, rows);
	if (p->read > 0)
		buf_printf(b, "reading %s row%s", rows, text_s(p->read));
	else
		buf_str(b, stages[PROGRESS_READING]);
}

void
progress_text(const struct progress *p, const struct engine_counters *c, int64_t now_ms,
              struct buf *b)
{
	enum progress_stage stage = progress_stage_of(p, c);
	int64_t done = progress_decided(c), total = p->total > done ? p->total : done;
	int64_t left_ms = progress_throttled_left_ms(c, now_ms);

	if (stage == PROGRESS_READING) {
		progress_add_reading(p, b);
		return;
	}
	if (stage == PROGRESS_PACKS && total == 0) {
		buf_str(b, stages[stage]);
		return;
	}
	buf_printf(b, "%lld/%lld devices, %lld %%", (long long)done, (long long)total,
	           (long long)(total > 0 ? done * 100 / total : 100));
	if (stage == PROGRESS_PACKS) {
		buf_printf(b, ", %s", stages[stage]);
		return;
	}
	if (left_ms > 0)
		buf_printf(b, ", throttled, %lld s left", (long long)(left_ms + 999) / 1000);
	progress_add_stage(stage, c, now_ms, b);
	progress_add_speed(p, c, now_ms, b);
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		if (c->decided[o] > 0)
			buf_printf(b, ", %lld %s", (long long)c->decided[o], outcome_word(o));
}

void
progress_begin(struct progress *p, const char *run, int64_t total, int64_t now_ms)
{
	static const struct engine_counters none;

	text_copy(p->run, sizeof(p->run), run);
	p->total = total;
	p->stage = PROGRESS_SENDING;
	p->began_ms = p->log_ms = now_ms;
	p->line_ms = p->status_ms = 0;
	progress_update(p, &none, now_ms);
}

/* Cuts the line to the width of the terminal: a wrapped line cannot be overwritten. */
static void
progress_show_line(struct buf *b)
{
	struct winsize size = {0};
	size_t columns = COLUMNS_STANDARD;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
		columns = size.ws_col;
	if (b->len >= columns)
		b->data[columns - 1] = '\0';
	log_progress(b->data);
}

static bool
progress_is_due(int64_t *last, int64_t every, int64_t now_ms)
{
	if (*last != 0 && now_ms - *last < every)
		return false;
	*last = now_ms;
	return true;
}

void
progress_update(struct progress *p, const struct engine_counters *c, int64_t now_ms)
{
	bool line = p->line && progress_is_due(&p->line_ms, PROGRESS_LINE_MS, now_ms);
	bool log = p->stats_ms > 0 && progress_is_due(&p->log_ms, p->stats_ms, now_ms);
	struct buf b;

	p->last = *c;
	log_reopen_if_asked();
	if (p->status_file != NULL && progress_is_due(&p->status_ms, PROGRESS_STATUS_MS, now_ms))
		(void)progress_write_status(p, c, PROGRESS_RUNNING, 0, now_ms);
	if (!line && !log)
		return;
	buf_init(&b, PROGRESS_TEXT_MAX);
	progress_text(p, c, now_ms, &b);
	if (log)
		log_info("%s", b.data);
	if (line)
		progress_show_line(&b);
	buf_release(&b);
}

void
progress_enter(struct progress *p, enum progress_stage stage)
{
	int64_t now_ms = clock_tick_ms();
	const struct engine_counters last = p->last;

	p->stage = stage;
	p->read = 0;
	p->line_ms = p->status_ms = 0; /* both are due */
	p->log_ms = now_ms;
	if (p->run[0] == '\0')
		p->status_file = NULL; /* it belongs to the last run until this one begins */
	progress_update(p, &last, now_ms);
}

void
progress_read(struct progress *p, int64_t rows, int64_t now_ms)
{
	static const struct engine_counters none;
	struct buf b;

	p->read = rows;
	if (!p->line || !progress_is_due(&p->line_ms, PROGRESS_LINE_MS, now_ms))
		return;
	buf_init(&b, PROGRESS_TEXT_MAX);
	progress_text(p, &none, now_ms, &b);
	progress_show_line(&b);
	buf_release(&b);
}

void
progress_end(struct progress *p)
{
	if (p->line)
		log_progress(NULL);
}

static void
progress_add_stamp(struct json *object, const char *key, int64_t seconds)
{
	char stamp[CLOCK_STAMP_SIZE];

	clock_stamp(seconds, stamp);
	json_add_text(object, key, stamp);
}

/* The answers of the canary that everything else of the run waits for. */
static void
progress_add_canary_status(const struct engine_counters *c, int64_t now_ms, struct json *status)
{
	bool waits = c->canary_devices > 0;

	json_add_number(status, "canary_unanswered", c->canary_devices);
	if (waits && c->canary_since_ms > 0)
		progress_add_stamp(status, "canary_since",
		                   clock_now() - (now_ms - c->canary_since_ms) / 1000);
	else
		json_add_null(status, "canary_since");
}

struct json *
progress_status(const struct progress *p, const struct engine_counters *c,
                enum progress_state state, int exit_code, int64_t now_ms)
{
	static const char *const words[] = {
		[PROGRESS_RUNNING] = "running",
		[PROGRESS_FINISHED] = "finished",
		[PROGRESS_FAILED] = "failed",
	};
	_Static_assert(ARRAY_SIZE(words) == PROGRESS_STATE_COUNT, "each state needs a word");
	int64_t left_ms = progress_throttled_left_ms(c, now_ms);
	struct json *status = json_object(), *counts;

	json_add_text(status, "schema", STATUS_SCHEMA);
	json_add_text(status, "run", text_or_null(p->run));
	json_add_text(status, "state", words[state]);
	json_add_text(status, "stage",
	              state == PROGRESS_RUNNING ? stages[progress_stage_of(p, c)] : NULL);
	json_add_number(status, "pid", getpid());
	progress_add_stamp(status, "started", p->command_started);
	progress_add_stamp(status, "updated", clock_now());
	if (state == PROGRESS_RUNNING)
		json_add_null(status, "exit_code");
	else
		json_add_number(status, "exit_code", exit_code);
	counts = json_add_object(status, "counts");
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		json_add_number(counts, outcome_word(o), c->decided[o]);
	json_add_number(status, "total", p->total);
	json_add_number(status, "in_flight", c->in_flight);
	json_add_number(status, "rate", progress_rate(p, c, now_ms));
	if (left_ms > 0)
		progress_add_stamp(status, "throttled_until", clock_now() + (left_ms + 999) / 1000);
	else
		json_add_null(status, "throttled_until");
	json_add_number(status, "unanswered", c->unanswered);
	if (state == PROGRESS_RUNNING && c->next_poll_ms > now_ms)
		progress_add_stamp(status, "next_poll",
		                   clock_now() + (c->next_poll_ms - now_ms + 999) / 1000);
	else
		json_add_null(status, "next_poll");
	progress_add_canary_status(c, now_ms, status);
	return status;
}

bool
progress_write_status(struct progress *p, const struct engine_counters *c,
                      enum progress_state state, int exit_code, int64_t now_ms)
{
	struct json *status = progress_status(p, c, state, exit_code, now_ms);
	struct error err;
	struct buf b;
	bool written;

	buf_init(&b, STATUS_MAX);
	json_print(status, &b);
	buf_char(&b, '\n');
	written = file_write(p->status_file, FILE_MODE_PUBLIC, b.data, b.len, &err) == 0;
	if (!written && !p->status_failed) {
		log_error("status file: %s", err.text);
		p->status_failed = true;
	}
	buf_release(&b);
	json_free(status);
	return written;
}
