/* Runs: creating, finding and changing them, and counting their rows. */
#include "partner/ledger/runs.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/crypto.h"
#include "common/file.h"
#include "common/text.h"
#include "partner/ledger/statement.h"
#include "partner/ledger/tally.h"
#include "partner/ledger/transaction.h"

#define RUN_DEVICE_COLUMNS 7 /* of SQL_RUN_DEVICES; the next one is the tenant, or "" */

/* Names that are tried for a run. A second has 65,536 of them, and a night takes a few. */
#define NAME_TRIES 16

void
ledger_run_release(struct ledger_run *r)
{
	free(r->out);
	free(r->route);
	*r = (struct ledger_run){0};
}

int
ledger_run_name(struct ledger *l, const char *prefix, char name[static LEDGER_RUN_ID_SIZE],
                struct error *err)
{
	char stamp[CLOCK_COMPACT_SIZE];
	struct ledger_run taken;
	unsigned char random[2];
	char *text;
	int rc = 1;

	for (int i = 0; i < NAME_TRIES && rc == 1; i++) {
		clock_compact(clock_now(), stamp);
		crypto_random(random, sizeof(random));
		text = xasprintf("%s%s-%02x%02x", prefix, stamp, (unsigned)random[0],
		                 (unsigned)random[1]);
		text_copy(name, LEDGER_RUN_ID_SIZE, text);
		free(text);
		rc = ledger_run_find(l, name, &taken, err);
		if (rc == 1)
			ledger_run_release(&taken);
	}
	return rc == 1 ? error_set(err, "ledger: no name is free for a run of this second") : rc;
}

int
ledger_run_create(struct ledger *l, const char *name, const char *out_dir, const char *route,
                  struct ledger_run *ret, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_RUN_ADD, err);

	if (s == NULL)
		return -1;
	*ret = (struct ledger_run){.state = RUN_PLANNED, .started = ledger_now(l), .exit_code = -1};
	text_copy(ret->name, sizeof(ret->name), name);
	ret->out = file_join(out_dir, ret->name);
	db_bind_text(s, 1, ret->name);
	db_bind_int(s, 2, ret->started);
	db_bind_text(s, 3, ret->out);
	db_bind_text(s, 4, route);
	ret->route = xstrdup(route);
	if (statement_insert(s, &ret->id, err) != 1)
		return -1;
	cache_begin_dedup(&l->cache, ret->id);
	cache_begin_marks(&l->cache, ret->id);
	return 0;
}

void
ledger_run_read(struct db_stmt *s, struct ledger_run *r)
{
	*r = (struct ledger_run){.id = db_int(s, 0),
	                         .state = (enum run_state)db_int(s, 2),
	                         .started = db_int(s, 3),
	                         .finished = db_int(s, 4),
	                         .exit_code = (int)db_int(s, 5),
	                         .out = xstrdup(db_text(s, 6)),
	                         .route = xstrdup(db_text(s, 8))};
	text_copy(r->name, sizeof(r->name), db_text(s, 1));
	text_copy(r->digest, sizeof(r->digest), db_text(s, 7));
}

int
ledger_run_step(struct db_stmt *s, struct ledger_run *ret, struct error *err)
{
	enum db_step step = db_step(s, err);

	if (step == DB_ROW)
		ledger_run_read(s, ret);
	db_reset(s);
	return step == DB_ERROR ? -1 : step == DB_ROW;
}

int
ledger_run_find(struct ledger *l, const char *name, struct ledger_run *ret, struct error *err)
{
	struct db_stmt *s = statement_get(l, name != NULL ? SQL_RUN_BY_NAME : SQL_RUN_LATEST, err);

	if (s == NULL)
		return -1;
	if (name != NULL)
		db_bind_text(s, 1, name);
	return ledger_run_step(s, ret, err);
}

int
ledger_run_latest_sent(struct ledger *l, struct ledger_run *ret, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_RUN_LATEST_SENT, err);

	return s != NULL ? ledger_run_step(s, ret, err) : -1;
}

/* Frees the statement, which may be NULL. */
static int
each_run(struct db_stmt *s, ledger_match_fn *fn, void *ctx, struct error *err)
{
	enum db_step step;
	struct ledger_run run;

	if (s == NULL)
		return -1;
	while ((step = db_step(s, err)) == DB_ROW) {
		ledger_run_read(s, &run);
		fn(ctx, &run);
		ledger_run_release(&run);
	}
	db_stmt_free(s);
	return step == DB_DONE ? 0 : -1;
}

int
ledger_each_match(struct ledger *l, const char *prefix, ledger_match_fn *fn, void *ctx,
                  struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_RUN_BY_PREFIX, err);

	if (s != NULL)
		db_bind_text(s, 1, prefix);
	return each_run(s, fn, ctx, err);
}

int
ledger_each_folder(struct ledger *l, ledger_match_fn *fn, void *ctx, struct error *err)
{
	return each_run(statement_reader(l, SQL_RUN_FOLDERS, err), fn, ctx, err);
}

int
ledger_run_next(struct ledger *l, enum run_state state, int64_t after, struct ledger_run *ret,
                struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_RUN_NEXT, err);

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, state);
	db_bind_int(s, 2, after);
	return ledger_run_step(s, ret, err);
}

int
ledger_find_taken(struct ledger *l, int64_t run, int64_t list, struct ledger_run *ret,
                  char **ret_path, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_RUN_LIST_TAKEN, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, run);
	db_bind_int(s, 2, list);
	step = db_step(s, err);
	if (step == DB_ROW) {
		ledger_run_read(s, ret);
		*ret_path = xstrdup(db_text(s, LEDGER_RUN_COLUMNS));
	}
	db_reset(s);
	return step == DB_ERROR ? -1 : step == DB_ROW;
}

/* A digest that gets many short texts. */
struct digest {
	struct crypto_sha256 *sha256;
	char text[4096];
	size_t len;
};

static void
digest_flush(struct digest *d)
{
	crypto_sha256_add(d->sha256, d->text, d->len);
	d->len = 0;
}

/* Adds the text with its NUL, so that texts cannot run into each other. */
static void
digest_add(struct digest *d, const char *text)
{
	size_t size = strlen(text) + 1;

	if (size > sizeof(d->text) - d->len)
		digest_flush(d);
	if (size > sizeof(d->text)) {
		crypto_sha256_add(d->sha256, text, size);
		return;
	}
	memcpy(d->text + d->len, text, size);
	d->len += size;
}

int
ledger_run_digest(struct ledger *l, int64_t run, char hex[static CRYPTO_HEX_SIZE],
                  struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_RUN_DEVICES, err);
	struct digest digest = {.len = 0};
	enum db_step step;

	if (s == NULL)
		return -1;
	digest.sha256 = crypto_sha256_new();
	db_bind_int(s, 1, run);
	while ((step = db_step(s, err)) == DB_ROW) {
		const char *tenant = db_text(s, RUN_DEVICE_COLUMNS);
		for (int column = 0; column < RUN_DEVICE_COLUMNS; column++)
			digest_add(&digest, db_text(s, column));
		if (tenant[0] != '\0')
			digest_add(&digest, tenant);
	}
	digest_flush(&digest);
	crypto_sha256_end(digest.sha256, hex);
	db_stmt_free(s);
	return step == DB_DONE ? 0 : -1;
}

static int
set_text(struct ledger *l, enum sql which, int64_t run, const char *text, struct error *err)
{
	struct db_stmt *s = statement_get(l, which, err);
	int64_t stamp = db_stamp(l->db);

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, run);
	db_bind_text(s, 2, text);
	if (db_run(s, err) != 0)
		return -1;
	cache_keep_counts(&l->cache, stamp, db_stamp(l->db));
	return 0;
}

int
ledger_run_set_digest(struct ledger *l, int64_t run, const char *digest, struct error *err)
{
	return set_text(l, SQL_RUN_DIGEST, run, digest, err);
}

int
ledger_run_set_out(struct ledger *l, int64_t run, const char *out, struct error *err)
{
	return set_text(l, SQL_RUN_OUT, run, out, err);
}

int
ledger_open_since(struct ledger *l, int64_t run, int64_t *ret, struct error *err)
{
	return statement_int(l, SQL_RUN_OPEN_SINCE, &run, 1, ret, err);
}

int
ledger_run_set_state(struct ledger *l, int64_t run, enum run_state state, int exit_code,
                     struct error *err)
{
	const int64_t value[] = {run, state, exit_code,
	                         state == RUN_FINISHED || state == RUN_LETTER ? ledger_now(l) : 0};
	int64_t stamp = db_stamp(l->db);

	if (ledger_tally_forget(l, run, err) != 0 ||
	    statement_run(l, SQL_RUN_STATE, value, ARRAY_SIZE(value), err) != 0)
		return -1;
	cache_keep_counts(&l->cache, stamp, db_stamp(l->db));
	return 0;
}

int
ledger_each_run(struct ledger *l, const struct ledger_run_filter *filter, ledger_run_fn *fn,
                void *ctx, struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_RUN_ALL, err);
	enum db_step step = DB_DONE;
	struct ledger_run run;
	int rc = 0;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, filter->since);
	db_bind_text(s, 2, filter->customer);
	db_bind_int(s, 3, filter->kind);
	while (rc == 0 && (step = db_step(s, err)) == DB_ROW) {
		ledger_run_read(s, &run);
		rc = fn(ctx, &run, err);
		ledger_run_release(&run);
	}
	db_stmt_free(s);
	return rc < 0 || step == DB_ERROR ? -1 : 0;
}

static int
count(struct ledger *l, int64_t run, int64_t counts[static OUTCOME_COUNT], struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_RUN_COUNTS, err);
	enum db_step step;

	for (size_t i = 0; i < OUTCOME_COUNT; i++)
		counts[i] = 0;
	if (s == NULL)
		return -1;
	db_bind_int(s, 1, run);
	while ((step = db_step(s, err)) == DB_ROW) {
		int64_t outcome = db_int(s, 0);
		if (outcome >= 0 && outcome < OUTCOME_COUNT)
			counts[outcome] += db_int(s, 1);
	}
	db_stmt_free(s);
	return step == DB_DONE ? 0 : -1;
}

struct finish {
	int64_t run;
	int exit_code;
	const struct ledger_tally *tally;
};

static int
finish(struct ledger *l, void *ctx, struct error *err)
{
	const struct finish *f = ctx;

	return ledger_run_set_state(l, f->run, RUN_FINISHED, f->exit_code, err) != 0
	               ? -1
	               : ledger_tally_write(l, f->run, f->tally, err);
}

int
ledger_run_finish(struct ledger *l, int64_t run, int exit_code, const struct ledger_tally *tally,
                  struct error *err)
{
	struct finish f = {.run = run, .exit_code = exit_code, .tally = tally};

	return ledger_transact(l, finish, &f, err);
}

/* Kept of a finished run, else counted. Cached, because a million rows take a while and the end of a run
 * asks several times. */
static int
find_counts(struct ledger *l, int64_t run, int64_t counts[static OUTCOME_COUNT], struct error *err)
{
	struct ledger_tally tally;
	int kept = ledger_tally_read(l, run, &tally, err);

	if (kept == 0)
		return count(l, run, counts, err);
	if (kept == 1)
		memcpy(counts, tally.counts, sizeof(tally.counts));
	return kept < 0 ? -1 : 0;
}

int
ledger_counts(struct ledger *l, int64_t run, int64_t counts[static OUTCOME_COUNT],
              struct error *err)
{
	struct cache_counts *k = &l->cache.counts;
	int64_t stamp = db_stamp(l->db);

	if (stamp == -1)
		return find_counts(l, run, counts, err);
	if (k->run != run || k->stamp != stamp) {
		k->run = 0;
		if (find_counts(l, run, k->counts, err) != 0)
			return -1;
		k->run = run;
		k->stamp = stamp;
	}
	memcpy(counts, k->counts, sizeof(k->counts));
	return 0;
}

int
ledger_has_open(struct ledger *l, int64_t run, bool *ret, struct error *err)
{
	int64_t any;

	if (statement_int(l, SQL_RUN_HAS_OPEN, &run, 1, &any, err) != 0)
		return -1;
	*ret = any != 0;
	return 0;
}

int
ledger_run_range(struct ledger *l, int64_t run, int64_t ret[static 2], struct error *err)
{
	return statement_int(l, SQL_RUN_FIRST_ROW, &run, 1, &ret[0], err) != 0
	               ? -1
	               : statement_int(l, SQL_RUN_LAST_ROW, &run, 1, &ret[1], err);
}
