/* "run" and "plan": lists in, a run in the ledger, and for "run" all the way to the packs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "partner/cli/cli.h"
#include "partner/cli/desk.h"
#include "partner/cli/exits.h"
#include "partner/intake/intake.h"

#define DAY_S (24 * 3600)
#define LINE_MAX_BYTES ((size_t)64 * 1024) /* a path of 4,096 bytes, every one escaped */

/* A run being taken in. */
struct taking {
	struct desk *desk;
	struct ledger_run run;
	char digest[CRYPTO_HEX_SIZE]; /* of the lists' digests, in order */
	bool plan;
};

static int
refuse(const struct error *err, int code)
{
	log_error("%s", err->text);
	return code;
}

/* The same list twice is most often a mistake (design, section 8). */
static int
check_taken_before(struct taking *t, const char *path, const char *digest)
{
	struct ledger_run earlier;
	struct error err;
	int rc;

	if (t->plan || t->desk->options->again)
		return EXITS_OK;
	rc = ledger_find_digest(t->desk->ledger, digest, t->run.id, &earlier, &err);
	if (rc < 0)
		return refuse(&err, EXITS_UNUSABLE);
	if (rc == 0)
		return EXITS_OK;
	log_error("%s: this very list was sent in run %s%s%s; --again sends it once more", path,
	          earlier.name,
	          earlier.state == RUN_OPEN ? ", which is unfinished: unpilot resume " : "",
	          earlier.state == RUN_OPEN ? earlier.name : "");
	ledger_run_release(&earlier);
	return EXITS_GUARD;
}

/* A plan's first lines on standard output; a run says it in the log. */
static void
print_list(const struct taking *t, const char *path, const struct intake_result *result)
{
	struct json *line;
	struct buf text;

	if (!t->plan || !t->desk->options->json) {
		char *about = xasprintf("%s: %s (%s, %s): %lld rows, %lld rejected", path,
		                        result->format, result->encoding, result->delimiter,
		                        (long long)result->rows, (long long)result->rejected);
		if (!t->plan)
			log_info("%s", about);
		else if (!t->desk->options->quiet)
			printf("list %s\n", about);
		free(about);
		return;
	}
	buf_init(&text, LINE_MAX_BYTES);
	line = json_object();
	json_add_text(line, "type", "list");
	json_add_text(line, "list", path);
	json_add_text(line, "format", result->format);
	json_add_text(line, "encoding", result->encoding);
	json_add_text(line, "delimiter", result->delimiter);
	json_add_number(line, "rows", result->rows);
	json_add_number(line, "rejected", result->rejected);
	json_print(line, &text);
	puts(text.data);
	json_free(line);
	buf_release(&text);
}

static int
take_lists(struct taking *t, struct intake *in)
{
	const struct options *o = t->desk->options;
	struct crypto_sha256 *all = crypto_sha256_new();
	int code = EXITS_OK;

	for (size_t i = 0; i < o->args && code == EXITS_OK; i++) {
		struct intake_result result;
		struct error err;
		if (intake_list(in, o->arg[i], &result, &err) != 0) {
			code = refuse(&err, EXITS_UNUSABLE);
			break;
		}
		print_list(t, o->arg[i], &result);
		crypto_sha256_add(all, result.digest, CRYPTO_HEX_SIZE - 1);
		code = check_taken_before(t, o->arg[i], result.digest);
	}
	crypto_sha256_end(all, t->digest);
	return code;
}

static int
take_in(struct taking *t)
{
	struct desk *d = t->desk;
	struct intake_settings settings = {
		.pkid_rule = d->profile.text[RULE_PKID],
		.sold_to = d->config.sold_to,
		.received_from = d->config.received_from,
		.columns = d->options->columns != NULL ? d->options->columns : d->config.columns,
		.batch_size = (unsigned)d->config.batch_size,
	};
	int64_t hold = d->options->again || d->config.hold_days == 0
	                       ? 0
	                       : clock_now() - d->config.hold_days * DAY_S;
	struct intake *in;
	struct error err;
	int code;

	if (!purpose_parse(d->config.default_purpose, &settings.purpose)) {
		log_error("[lists] default-purpose: \"%s\" is none of repair, retire, resell",
		          d->config.default_purpose);
		return EXITS_UNUSABLE;
	}
	if (ledger_run_create(d->ledger,
	                      d->options->out != NULL ? d->options->out
	                                              : d->config.handoff_directory,
	                      &t->run, &err) != 0 ||
	    (in = intake_new(d->ledger, t->run.id, &settings, &err)) == NULL)
		return refuse(&err, EXITS_UNUSABLE);
	code = take_lists(t, in);
	intake_free(in);
	if (code == EXITS_OK && ledger_settle(d->ledger, t->run.id, hold, &err) != 0)
		code = refuse(&err, EXITS_UNUSABLE);
	return code;
}

/* Merged lists repeat rows: an answer for one is an answer for all (list facts, quirk 10). */
static int
report_repeated(const struct taking *t, int64_t devices, struct error *err)
{
	int64_t counts[OUTCOME_COUNT];

	if (ledger_counts(t->desk->ledger, t->run.id, counts, err) != 0)
		return -1;
	if (counts[OUTCOME_NOT_SENT] > devices)
		log_info("%lld rows repeat a device and are asked once: %lld devices to deregister",
		         (long long)(counts[OUTCOME_NOT_SENT] - devices), (long long)devices);
	return 0;
}

/* 4 where the run is larger than it may be: its rows are held, and say so. */
static int
guard_size(struct taking *t)
{
	struct desk *d = t->desk;
	struct error err;
	int64_t devices;
	char reason[200];

	if (ledger_askable(d->ledger, t->run.id, &devices, &err) != 0 ||
	    report_repeated(t, devices, &err) != 0)
		return refuse(&err, EXITS_UNUSABLE);
	if (d->config.max_devices == 0 || devices <= d->config.max_devices)
		return EXITS_OK;
	snprintf(reason, sizeof(reason), "held: %lld devices to deregister, max-devices is %lld",
	         (long long)devices, (long long)d->config.max_devices);
	log_error("guard: %s; --max-devices %lld lets them through", reason, (long long)devices);
	if (!t->plan &&
	    (ledger_unsent_outcome(d->ledger, t->run.id, OUTCOME_HELD, reason, &err) != 0 ||
	     ledger_share_outcomes(d->ledger, t->run.id, &err) != 0))
		return refuse(&err, EXITS_UNUSABLE);
	return EXITS_GUARD;
}

static void
print_plan(const struct taking *t)
{
	const struct options *o = t->desk->options;
	struct json *line;
	struct buf text;

	if (!o->json) {
		if (!o->quiet)
			printf("plan %s\ndigest %s\n", t->run.name, t->digest);
		return;
	}
	buf_init(&text, 4096);
	line = json_object();
	json_add_text(line, "type", "plan");
	json_add_text(line, "run", t->run.name);
	json_add_text(line, "digest", t->digest);
	json_print(line, &text);
	puts(text.data);
	json_free(line);
	buf_release(&text);
}

static int
finish_plan(struct taking *t, int guard)
{
	struct desk *d = t->desk;
	int64_t counts[OUTCOME_COUNT];
	struct error err;

	if (ledger_counts(d->ledger, t->run.id, counts, &err) != 0)
		return refuse(&err, EXITS_UNUSABLE);
	print_plan(t);
	return desk_finish(d, &t->run, RUN_PLANNED,
	                   guard != EXITS_OK ? guard : exits_plan_code(counts));
}

/* Everything of a run enters the ledger in one transaction: cut short, it never happened. */
static int
take_and_go(struct taking *t)
{
	struct desk *d = t->desk;
	struct error err;
	int code, guard;

	if (ledger_begin(d->ledger, &err) != 0)
		return refuse(&err, EXITS_UNUSABLE);
	code = take_in(t);
	guard = code == EXITS_OK ? guard_size(t) : code;
	if (code != EXITS_OK || guard == EXITS_UNUSABLE) {
		ledger_rollback(d->ledger);
		return desk_no_run(d, guard);
	}
	if (ledger_commit(d->ledger, &err) != 0)
		return desk_no_run(d, refuse(&err, EXITS_UNUSABLE));
	if (t->plan)
		return finish_plan(t, guard);
	return guard != EXITS_OK ? desk_finish(d, &t->run, RUN_FINISHED, guard)
	                         : desk_send(d, &t->run);
}

static int
take(const struct options *o, bool plan)
{
	struct desk desk;
	struct taking t = {.desk = &desk, .plan = plan};
	int code = desk_open(&desk, o);

	if (code == EXITS_OK && o->args == 0) {
		log_error("name at least one list: unpilot %s LIST.csv", o->command);
		code = EXITS_UNUSABLE;
	}
	if (code == EXITS_OK && !plan)
		code = desk_open_route(&desk);
	if (code == EXITS_OK)
		code = desk_open_ledger(&desk);
	code = code == EXITS_OK ? take_and_go(&t) : desk_no_run(&desk, code);
	ledger_run_release(&t.run);
	desk_close(&desk);
	return code;
}

int
command_run(const struct options *o)
{
	return take(o, o->dry_run);
}

int
command_plan(const struct options *o)
{
	return take(o, true);
}
