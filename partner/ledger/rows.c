/* Intake: adding lists, customers, batches and rows. folder.c names the folders of customers. */
#include "partner/ledger/rows.h"

#include <string.h>

#include "common/text.h"
#include "partner/ledger/batches.h"
#include "partner/ledger/folder.h"
#include "partner/ledger/marks_table.h"
#include "partner/ledger/statement.h"

#define FOLDER_TRIES 1000 /* names for one customer's folder */

int
ledger_list_add(struct ledger *l, const struct ledger_list *list, int64_t *ret_id,
                struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_LIST_ADD, err);

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, list->run);
	db_bind_text(s, 2, list->path);
	db_bind_text(s, 3, list->header);
	return statement_insert(s, ret_id, err) == 1 ? 0 : -1;
}

int
ledger_list_set_digest(struct ledger *l, int64_t list, const char *digest, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_LIST_DIGEST, err);

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, list);
	db_bind_text(s, 2, digest);
	return db_run(s, err);
}

static int
add_customer(struct ledger *l, int64_t run, const char *key, const char *name, int64_t *ret_id,
             struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_CUSTOMER_ADD, err);
	char folder[FOLDER_SIZE];

	for (int attempt = 0; s != NULL && attempt < FOLDER_TRIES; attempt++) {
		folder_name(key, attempt, folder, sizeof(folder));
		db_bind_int(s, 1, run);
		db_bind_text(s, 2, key);
		db_bind_text(s, 3, name);
		db_bind_text(s, 4, folder);
		int rc = statement_insert(s, ret_id, err);
		if (rc != 0)
			return rc == 1 ? 0 : -1;
	}
	return s == NULL ? -1 : error_set(err, "no unused folder name found for a customer");
}

/* Sets the name unless there is one already. */
static int
set_name(struct ledger *l, int64_t id, const char *had, const char *name, struct error *err)
{
	struct db_stmt *s;

	if (had[0] != '\0' || name[0] == '\0')
		return 0;
	s = statement_get(l, SQL_CUSTOMER_NAME, err);
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
	struct db_stmt *s = statement_get(l, SQL_CUSTOMER_FIND, err);
	enum db_step step;
	int rc = 0;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, run);
	db_bind_text(s, 2, key);
	step = db_step(s, err);
	if (step == DB_ROW) {
		*ret_id = db_int(s, 0);
		rc = set_name(l, *ret_id, db_text(s, 1), name, err);
	}
	db_reset(s);
	if (step == DB_DONE)
		return add_customer(l, run, key, name, ret_id, err);
	return step == DB_ERROR ? -1 : rc;
}

int
ledger_customer_id(struct ledger *l, int64_t run, const char *key, const char *name,
                   int64_t *ret_id, struct error *err)
{
	bool named = name[0] != '\0';

	if (cache_find_customer(&l->cache, run, key, named, ret_id))
		return 0;
	if (find_customer(l, run, key, name, ret_id, err) != 0)
		return -1;
	cache_add_customer(&l->cache, run, key, named, *ret_id);
	return 0;
}

int
ledger_customer_reject(struct ledger *l, int64_t run, int64_t list, int64_t customer,
                       const char *reason, int64_t *ret_rows, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_CUSTOMER_REJECT, err);

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, run);
	db_bind_int(s, 2, list);
	db_bind_int(s, 3, customer);
	db_bind_text(s, 4, reason);
	if (db_run(s, err) != 0)
		return -1;
	*ret_rows = db_changes(l->db);
	cache_reject(&l->cache, *ret_rows);
	return 0;
}

/* A server gives out numbers that nobody else gets, twice as many as the last time. */
static int
reserve_batches(struct ledger *l, struct error *err)
{
	struct cache_batches *k = &l->cache.batches;
	struct db_stmt *s = statement_get(l, SQL_BATCH_RESERVE, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	k->reserved = k->reserved == 0 ? 1 : k->reserved * 2;
	if (k->reserved > CACHE_BATCHES)
		k->reserved = CACHE_BATCHES;
	k->next = k->count = 0;
	db_bind_int(s, 1, (int64_t)k->reserved);
	while ((step = db_step(s, err)) == DB_ROW && k->count < k->reserved)
		k->id[k->count++] = db_int(s, 0);
	db_reset(s);
	return step == DB_DONE ? 0 : -1;
}

int
ledger_batch_add(struct ledger *l, const struct ledger_batch *batch, int64_t *ret_id,
                 struct error *err)
{
	struct cache_batches *k = &l->cache.batches;
	struct db_stmt *s = statement_get(l, SQL_BATCH_ADD, err);

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, batch->run);
	db_bind_text(s, 2, batch->sold_to);
	db_bind_text(s, 3, batch->received_from);
	db_bind_text(s, 4, batch->tenant != NULL ? batch->tenant : "");
	if (!ledger_is_shared(l))
		return statement_insert(s, ret_id, err) == 1 ? 0 : -1;
	if (k->next == k->count && reserve_batches(l, err) != 0)
		return -1;
	*ret_id = k->id[k->next++];
	db_bind_int(s, 5, BATCH_PLANNED);
	db_bind_int(s, 6, *ret_id);
	return db_run_later(s, err);
}

/* The hash of serial number, manufacturer and model. 0: there is no tuple, because beside a PKID an
 * incomplete one identifies nothing. */
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
	return (int64_t)(h | 1);
}

static int64_t
hash_sent(const struct device_id *d, int64_t tuple)
{
	return d->pkid[0] != '\0' ? (int64_t)text_hash(TEXT_HASH_START, d->pkid, strlen(d->pkid))
	                          : tuple;
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

/* Only one process at a time adds rows, and a run adds all of its rows in one transaction. */
static int
next_row(struct ledger *l, struct error *err)
{
	return l->cache.next_row != 0
	               ? 0
	               : statement_int(l, SQL_ROW_NEXT, NULL, 0, &l->cache.next_row, err);
}

int
ledger_row_add(struct ledger *l, const struct ledger_row *row, struct error *err)
{
	int64_t tuple = hash_tuple(&row->device), sent = hash_sent(&row->device, tuple);
	struct db_stmt *s = statement_get(l, SQL_ROW_ADD, err);

	if (s == NULL || next_row(l, err) != 0)
		return -1;
	cache_prefetch_row(&l->cache, sent, tuple);
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
	db_bind_int(s, 23, l->cache.next_row);
	if (db_run_later(s, err) != 0)
		return -1;
	cache_add_row(&l->cache, sent, tuple, row->outcome);
	return marks_table_add(l, row, l->cache.next_row++, err);
}
