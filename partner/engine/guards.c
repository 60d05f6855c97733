/* The guards, and the reading of the skip list. */
#include "partner/engine/guards.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/file.h"
#include "common/log.h"
#include "common/text.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/guards.h"
#include "partner/ledger/known.h"

#define DAY_S (24 * 3600)
#define MOVED_DAYS 60
#define SKIP_LIST_MAX ((size_t)16 * 1024 * 1024) /* about 250,000 serials */
#define SKIP_ID_MAX 256                          /* the longest value that a list may hold */

/* A line is empty, or an id, or a comment; a comment starts with "#" at the first byte or after a blank. */
static int
guards_skip_line(struct ledger *l, char *line, struct error *err)
{
	char *comment = line[0] == '#' ? line : strstr(line, " #");

	if (comment == NULL)
		comment = strstr(line, "\t#");
	if (comment != NULL)
		*comment = '\0';
	line = text_trim(line);
	if (line[0] == '\0')
		return 0;
	if (strlen(line) > SKIP_ID_MAX || text_has_control(line) ||
	    !text_is_utf8(line, strlen(line)))
		return error_set(err,
		                 "expected a serial number or Product Key ID of at most %d bytes",
		                 SKIP_ID_MAX);
	return ledger_skip_add(l, line, err);
}

static int
guards_skip_lines(struct ledger *l, const char *path, struct buf *text, struct error *err)
{
	char *at = text->data + text_mark_length(text->data, text->len);

	if (strlen(text->data) != text->len)
		return error_set(err, "%s: contains a NUL byte: save it as UTF-8 text", path);
	for (long line = 1; at != NULL; line++) {
		char *end = strchr(at, '\n');
		if (end != NULL)
			*end++ = '\0';
		at[strcspn(at, "\r")] = '\0';
		if (guards_skip_line(l, at, err) != 0)
			return error_prefix(err, "%s:%ld", path, line);
		at = end;
	}
	return 0;
}

static int
guards_hold_skipped(struct ledger *l, int64_t run, const struct guards_settings *s,
                    struct error *err)
{
	const char *path = s->skip_list;
	struct buf text;
	int rc = -1;

	if (path[0] == '\0')
		return 0;
	buf_init(&text, SKIP_LIST_MAX);
	if (file_read(path, &text, err) != 0)
		error_prefix(err, "skip list");
	else if (ledger_skip_begin(l, err) == 0 && guards_skip_lines(l, path, &text, err) == 0)
		rc = ledger_skip_hold(l, run, err);
	buf_release(&text);
	return rc;
}

/* Reads the runs of the last months only, so that a night's time does not grow with the ledger. */
static int64_t
guards_moved_since(const struct ledger *l, const struct guards_settings *s)
{
	int64_t days = s->hold_days > MOVED_DAYS ? s->hold_days : MOVED_DAYS;

	return s->moved ? 0 : ledger_now(l) - days * DAY_S;
}

static int64_t
guards_recent_since(const struct ledger *l, const struct guards_settings *s)
{
	return s->again || s->hold_days == 0 ? 0 : ledger_now(l) - s->hold_days * DAY_S;
}

static int
guards_hold_recent(struct ledger *l, int64_t run, const struct guards_settings *s,
                   struct error *err)
{
	int64_t since = guards_recent_since(l, s);

	return since == 0 ? 0 : ledger_hold_recent(l, run, since, err);
}

static int
guards_hold_moved(struct ledger *l, int64_t run, const struct guards_settings *s, struct error *err)
{
	int64_t since = guards_moved_since(l, s);

	return since == 0 ? 0 : ledger_hold_moved(l, run, since, err);
}

int
guards_hold(struct ledger *l, int64_t run, const struct guards_settings *s, struct error *err)
{
	int64_t moved = guards_moved_since(l, s), recent = guards_recent_since(l, s);
	int rc;

	ledger_hold_reset(l);
	rc = guards_hold_skipped(l, run, s, err);
	/* on a route that looks devices up, also by the identities of their registrations */
	ledger_known_begin(l, recent, moved);
	if (rc == 0 && moved != 0)
		rc = ledger_hold_begin(l, run, moved, err); /* covers hold-days as well */
	/* first, because what an earlier run did for another customer is not this customer's past */
	if (rc == 0)
		rc = guards_hold_moved(l, run, s, err);
	if (rc == 0)
		rc = guards_hold_recent(l, run, s, err);
	ledger_hold_end(l);
	return rc;
}

enum guards_end
guards_judge_list(struct ledger *l, const struct ledger_run *run, int64_t list,
                  const struct guards_settings *s, struct ledger_run *ret_earlier,
                  struct error *err)
{
	char *path = NULL;
	int rc = s->again ? 0 : ledger_find_taken(l, run->id, list, ret_earlier, &path, err);

	if (rc < 0)
		return GUARDS_FAILED;
	if (rc == 0)
		return GUARDS_PASS;
	log_error("guard: %s: this very list was sent in run %s%s%s; --again sends it once more",
	          path, ret_earlier->name,
	          ret_earlier->state == RUN_OPEN ? ", which is unfinished: unpilot resume " : "",
	          ret_earlier->state == RUN_OPEN ? ret_earlier->name : "");
	free(path);
	return GUARDS_STOP;
}

static enum guards_end
guards_judge_size(struct ledger *l, int64_t run, int64_t max, struct error *err)
{
	struct ledger_devices count;
	int64_t devices;

	if (max == 0)
		return GUARDS_PASS;
	if (ledger_count_devices(l, run, &count, err) != 0)
		return GUARDS_FAILED;
	devices = count.askable;
	if (devices <= max)
		return GUARDS_PASS;
	log_error("guard: %lld device%s would be deregistered, max-devices is %lld: nothing sent; "
	          "--max-devices %lld lets them through",
	          (long long)devices, text_s(devices), (long long)max, (long long)devices);
	return GUARDS_STOP;
}

static enum guards_end
guards_judge_customers(struct ledger *l, int64_t run, int64_t max, struct error *err)
{
	enum guards_end end = GUARDS_PASS;
	int64_t devices;
	char *key;

	if (max == 0)
		return GUARDS_PASS;
	if (ledger_askable_most(l, run, &devices, &key, err) != 0)
		return GUARDS_FAILED;
	if (devices > max) {
		log_error("guard: %lld devices of customer \"%s\" would be deregistered, "
		          "max-per-customer is %lld: nothing sent; --max-per-customer %lld lets "
		          "them through",
		          (long long)devices, key, (long long)max, (long long)devices);
		end = GUARDS_STOP;
	}
	free(key);
	return end;
}

/* Both guards judge, so that one run shows every limit that is exceeded. */
static enum guards_end
guards_judge_sizes(struct ledger *l, int64_t run, const struct guards_settings *s,
                   struct error *err)
{
	enum guards_end all = guards_judge_size(l, run, s->max_devices, err);
	enum guards_end each = all == GUARDS_FAILED
	                               ? all
	                               : guards_judge_customers(l, run, s->max_per_customer, err);

	return each > all ? each : all;
}

enum guards_end
guards_judge(struct ledger *l, const struct ledger_run *run, const struct guards_settings *s,
             bool plan, struct error *err)
{
	static const char why[] = "held: a guard stopped the run before anything was sent";
	enum guards_end end;

	if (guards_hold(l, run->id, s, err) != 0)
		return GUARDS_FAILED;
	end = guards_judge_sizes(l, run->id, s, err);
	if (end == GUARDS_STOP && !plan &&
	    ledger_unsent_outcome(l, run->id, OUTCOME_HELD, why, err) != 0)
		return GUARDS_FAILED;
	return end;
}

bool
guards_failing(int64_t answered, int64_t failed, int64_t max_percent)
{
	return answered >= GUARDS_FAILING_FROM && failed * 100 > answered * max_percent;
}
