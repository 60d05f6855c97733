/* Lists, customers and rows on their way in; and the settling of a run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/text.h"
#include "partner/ledger/dedup.h"
#include "partner/ledger/store.h"

#define FOLDER_MAX 64
#define SLUG_MAX 40
#define FOLDER_TRIES 1000 /* collisions of one folder name in a run */

static const char safe_bytes[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

/* Names that the run's own files and the rows without a customer have. */
static const char *const reserved[] = {"unassigned", "summary.json", "rejects.csv", "failed.csv"};

int
ledger_list_add(struct ledger *l, const struct ledger_list *list, int64_t *ret_id,
                struct error *err)
{
	struct db_stmt *s = store_stmt(l, SQL_LIST_ADD, err);

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, list->run);
	db_bind_text(s, 2, list->path);
	db_bind_text(s, 3, list->header);
	return store_insert(s, ret_id, err) == 1 ? 0 : -1;
}

int
ledger_list_set_digest(struct ledger *l, int64_t list, const char *digest, struct error *err)
{
	struct db_stmt *s = store_stmt(l, SQL_LIST_DIGEST, err);

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, list);
	db_bind_text(s, 2, digest);
	return db_run(s, err);
}

static bool
is_plain_folder(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (text_equal_nocase(key, reserved[i]))
			return false;
	return text_all_of(key, safe_bytes) && key[0] != '.' && strlen(key) <= FOLDER_MAX;
}

/* A readable part, and a digest of the whole key so that two customers never meet. */
static void
make_folder(const char *key, int attempt, char *dst, size_t size)
{
	char slug[SLUG_MAX + 1], again[16] = "";
	size_t n = 0;

	if (attempt > 0)
		snprintf(again, sizeof(again), "-%d", attempt + 1);
	if (key[0] == '\0') {
		snprintf(dst, size, "unassigned%s", again);
		return;
	}
	if (is_plain_folder(key) && attempt == 0) {
		text_copy(dst, size, key);
		return;
	}
	for (const char *p = key; *p != '\0' && n < SLUG_MAX; p++) {
		bool safe = strchr(safe_bytes, *p) != NULL && !(n == 0 && *p == '.');
		if (safe)
			slug[n++] = *p;
		else if (n > 0 && slug[n - 1] != '-')
			slug[n++] = '-';
	}
	slug[n] = '\0';
	if (n == 0)
		text_copy(slug, sizeof(slug), "customer-");
	n = strlen(slug);
	snprintf(dst, size, "%s%s%08x%s", slug, slug[n - 1] != '-' ? "-" : "",
	         (unsigned)text_hash(TEXT_HASH_START, key, strlen(key)), again);
}

static int
add_customer(struct ledger *l, int64_t run, const char *key, const char *name, int64_t *ret_id,
             struct error *err)
{
	struct db_stmt *s = store_stmt(l, SQL_CUSTOMER_ADD, err);
	char folder[FOLDER_MAX + SLUG_MAX];

	for (int attempt = 0; s != NULL && attempt < FOLDER_TRIES; attempt++) {
		make_folder(key, attempt, folder, sizeof(folder));
		db_bind_int(s, 1, run);
		db_bind_text(s, 2, key);
		db_bind_text(s, 3, name);
		db_bind_text(s, 4, folder);
		int rc = store_insert(s, ret_id, err);
		if (rc != 0)
			return rc == 1 ? 0 : -1;
	}
	return s == NULL ? -1 : error_set(err, "no folder name is left for a customer");
}

/* The first name that a list gives stays. */
static int
keep_name(struct ledger *l, int64_t id, const char *had, const char *name, struct error *err)
{
	struct db_stmt *s;

	if (had[0] != '\0' || name[0] == '\0')
		return 0;
	s = store_stmt(l, SQL_CUSTOMER_NAME, err);
	if (s == NULL)
		return -1;
	db_bind_int(s, 1, id);
	db_bind_text(s, 2, name);
	return db_run(s, err);
}

static int
find_customer(struct ledger *l, int64_t run, const char *key, const char *name, int64_t *ret_id,
              struct error *err)
{
	struct db_stmt *s = store_stmt(l, SQL_CUSTOMER_FIND, err);
	enum db_step step;
	int rc = 0;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, run);
	db_bind_text(s, 2, key);
	step = db_step(s, err);
	if (step == DB_ROW) {
		*ret_id = db_int(s, 0);
		rc = keep_name(l, *ret_id, db_text(s, 1), name, err);
	}
	db_reset(s);
	if (step == DB_DONE)
		return add_customer(l, run, key, name, ret_id, err);
	return step == DB_ERROR ? -1 : rc;
}

void
store_forget_customers(struct ledger *l)
{
	for (size_t i = 0; l->customer != NULL && i < STORE_CUSTOMERS; i++) {
		free(l->customer[i].key);
		l->customer[i] = (struct customer_kept){0};
	}
}

int
ledger_customer_id(struct ledger *l, int64_t run, const char *key, const char *name,
                   int64_t *ret_id, struct error *err)
{
	struct customer_kept *k;

	if (l->customer == NULL)
		l->customer = xcalloc(STORE_CUSTOMERS, sizeof(*l->customer));
	k = &l->customer[text_hash(TEXT_HASH_START, key, strlen(key)) % STORE_CUSTOMERS];
	if (k->run == run && (name[0] == '\0' || k->named) && strcmp(k->key, key) == 0) {
		*ret_id = k->id;
		return 0;
	}
	if (find_customer(l, run, key, name, ret_id, err) != 0)
		return -1;
	free(k->key);
	*k = (struct customer_kept){run, *ret_id, xstrdup(key), name[0] != '\0'};
	return 0;
}

/* Beside a PKID half a tuple is no name. */
static int64_t
hash_tuple(const struct device_id *d)
{
	uint64_t h = TEXT_HASH_START;

	if (d->pkid[0] != '\0' &&
	    (d->serial[0] == '\0' || d->manufacturer[0] == '\0' || d->model[0] == '\0'))
		return 0;
	h = text_hash(h, d->serial, strlen(d->serial) + 1);
	h = text_hash(h, d->manufacturer, strlen(d->manufacturer) + 1);
	h = text_hash(h, d->model, strlen(d->model) + 1);
	return (int64_t)(h | 1); /* 0 stands for no tuple */
}

static int64_t
hash_sent(const struct device_id *d, int64_t tuple)
{
	return d->pkid[0] != '\0' ? (int64_t)text_hash(TEXT_HASH_START, d->pkid, strlen(d->pkid))
	                          : tuple;
}

void
store_forget_seen(struct ledger *l)
{
	seen_free(l->sent);
	seen_free(l->tuples);
	l->sent = l->tuples = NULL;
	l->seen_run = 0;
}

void
store_see(struct ledger *l, int64_t run)
{
	store_forget_seen(l);
	l->sent = seen_new();
	l->tuples = seen_new();
	l->seen_run = run;
	l->seen_open = 0;
}

static void
expect(const struct ledger *l, int64_t sent, int64_t tuple)
{
	if (l->seen_run == 0)
		return;
	seen_expect(l->sent, sent);
	if (tuple != 0)
		seen_expect(l->tuples, tuple);
}

static void
see(struct ledger *l, int64_t sent, int64_t tuple, enum outcome outcome)
{
	if (l->seen_run == 0)
		return;
	if (l->seen_open >= 0 && outcome == OUTCOME_NOT_SENT)
		l->seen_open++;
	seen_add(l->sent, sent);
	if (tuple != 0)
		seen_add(l->tuples, tuple);
}

static void
bind_device(struct db_stmt *s, const struct device_id *d, int64_t sent, int64_t tuple)
{
	db_bind_int(s, 5, sent);
	db_bind_int(s, 6, tuple);
	db_bind_borrowed(s, 7, d->pkid);
	db_bind_borrowed(s, 8, d->serial);
	db_bind_borrowed(s, 9, d->manufacturer);
	db_bind_borrowed(s, 10, d->model);
}

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

int
ledger_row_add(struct ledger *l, const struct ledger_row *row, struct error *err)
{
	int64_t tuple = hash_tuple(&row->device), sent = hash_sent(&row->device, tuple);
	struct db_stmt *s = store_stmt(l, SQL_ROW_ADD, err);

	if (s == NULL)
		return -1;
	expect(l, sent, tuple);
	db_bind_int(s, 1, row->list);
	db_bind_int(s, 2, row->line);
	db_bind_int(s, 3, row->customer);
	db_bind_int(s, 4, row->batch);
	bind_device(s, &row->device, sent, tuple);
	db_bind_int(s, 11, row->join);
	db_bind_int(s, 12, row->mdm);
	db_bind_int(s, 13, row->via);
	db_bind_int(s, 14, row->purpose);
	db_bind_borrowed(s, 15, or_empty(row->ticket));
	db_bind_borrowed(s, 16, or_empty(row->sold_to));
	db_bind_borrowed(s, 17, or_empty(row->received_from));
	db_bind_int(s, 18, row->outcome);
	db_bind_borrowed(s, 19, or_empty(row->reason));
	db_bind_borrowed(s, 20, or_empty(row->column));
	db_bind_borrowed(s, 21, or_empty(row->raw));
	db_bind_int(s, 22, row->decided);
	if (db_run_later(s, err) != 0)
		return -1;
	see(l, sent, tuple, row->outcome);
	return 0;
}

/* Into repeated: what stands more than once among the hashes of one kind, and maybe others. */
static int
find_repeated(struct ledger *l, const struct seen *seen, enum sql by_sorting,
              const int64_t range[static 2], int64_t *ret_count, struct error *err)
{
	const int64_t *ident;
	size_t count;

	if (db_exec(l->db, "DELETE FROM repeated", err) != 0)
		return -1;
	if (seen == NULL || !seen_repeated(seen, &ident, &count)) {
		if (store_run(l, by_sorting, range, 2, err) != 0)
			return -1;
		return store_int(l, SQL_SETTLE_ANY_REPEATED, NULL, 0, ret_count, err);
	}
	for (size_t i = 0; i < count; i++)
		if (store_run(l, SQL_SETTLE_MAYBE, &ident[i], 1, err) != 0)
			return -1;
	*ret_count = (int64_t)count;
	return 0;
}

/* Equal rows are asked once; contradictions are rejected (design, section 5). 1: there were some. */
static int
settle_equal(struct ledger *l, const struct seen *seen, const int64_t range[static 2],
             struct error *err)
{
	int64_t count;

	if (find_repeated(l, seen, SQL_SETTLE_REPEATED, range, &count, err) != 0)
		return -1;
	if (count == 0)
		return 0;
	if (store_run(l, SQL_SETTLE_GROUPS, range, 2, err) != 0 ||
	    store_int(l, SQL_SETTLE_ANY_TIED, NULL, 0, &count, err) != 0)
		return -1;
	if (count == 0)
		return 0;
	if (store_run(l, SQL_SETTLE_REJECT, range, 2, err) != 0 ||
	    store_run(l, SQL_SETTLE_TIE, range, 2, err) != 0)
		return -1;
	return 1;
}

/* One device named by its PKID in one row and by its tuple in another. 1: there was one. */
static int
settle_tuples(struct ledger *l, const struct seen *seen, const int64_t range[static 2],
              struct error *err)
{
	int64_t both, count;

	if (store_int(l, SQL_SETTLE_BOTH_KINDS, range, 2, &both, err) != 0)
		return -1;
	if (both == 0)
		return 0;
	if (find_repeated(l, seen, SQL_SETTLE_REPEATED_TUPLES, range, &count, err) != 0)
		return -1;
	if (count == 0)
		return 0;
	if (store_run(l, SQL_SETTLE_TUPLES, range, 2, err) != 0 ||
	    store_int(l, SQL_SETTLE_ANY_TUPLES, NULL, 0, &count, err) != 0)
		return -1;
	if (count == 0)
		return 0;
	if (store_run(l, SQL_SETTLE_TUPLE_REJECT, range, 2, err) != 0 ||
	    store_run(l, SQL_SETTLE_REJECT_FIRST, range, 2, err) != 0 ||
	    store_run(l, SQL_SETTLE_TUPLE_TIE, range, 2, err) != 0)
		return -1;
	return 1;
}

/* 1: rows were changed, 0: none, -1. */
static int
settle(struct ledger *l, int64_t run, const int64_t range[static 2], struct error *err)
{
	bool known = l->seen_run == run;
	int equal = settle_equal(l, known ? l->sent : NULL, range, err);
	int tuples = equal < 0 ? -1 : settle_tuples(l, known ? l->tuples : NULL, range, err);

	if (tuples < 0 || equal + tuples == 0)
		return tuples;
	/* one that is tied to a rejected row is rejected like it */
	return store_run(l, SQL_SHARE, &run, 1, err) == 0 ? 1 : -1;
}

int
ledger_settle(struct ledger *l, int64_t run, struct error *err)
{
	int64_t range[2], open = l->seen_run == run ? l->seen_open : -1;
	int changed;

	/* first: what a settle that failed left behind */
	if (store_run(l, SQL_RUN_CLOSE_ROWS, &run, 1, err) != 0 ||
	    store_range(l, run, range, err) != 0 ||
	    db_exec(l->db, ledger_scratch_end[db_engine(l->db)], err) != 0 ||
	    db_exec(l->db, ledger_scratch[db_engine(l->db)], err) != 0)
		return -1;
	changed = settle(l, run, range, err);
	if (changed < 0)
		return -1;
	store_forget_seen(l);
	if (db_exec(l->db, ledger_scratch_end[db_engine(l->db)], err) != 0)
		return -1;
	if (changed == 0 && open >= 0) /* nothing is left to be counted */
		l->kept_devices = (struct kept_devices){run, db_stamp(l->db), {open, open, 0}};
	return 0;
}
