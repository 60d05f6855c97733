/* Intake: lists, customers and their folders, rows. */
#include "partner/ledger/store.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"

#define FOLDER_KEY_MAX 64
#define SLUG_MAX 40
#define SEPARATOR "\x1f" /* no field holds it: intake refuses control bytes */

int
ledger_list_add(struct ledger *l, const struct ledger_list *list, int64_t *ret_id, struct error *err)
{
	static const char range[] =
		"UPDATE run SET last_row = 9223372036854775807, by_customer = 0, first_row = CASE first_row"
		" WHEN 0 THEN (SELECT coalesce(max(id), 0) + 1 FROM row) ELSE first_row END WHERE id = ?1";
	static const char add[] = "INSERT INTO list (run, path, header) VALUES (?1, ?2, ?3)";
	bool own;
	int rc;

	if (store_begin(l, &own, err) != 0)
		return -1;
	rc = store_run(l, range, ARGS(NUM(list->run)), err);
	if (rc == 0)
		rc = store_run(l, add, ARGS(NUM(list->run), TXT(list->path), TXT(list->header)), err);
	if (rc == 0) {
		*ret_id = l->list = db_last_id(l->db);
		l->list_run = list->run;
	}
	return store_end(l, own, rc, err);
}

int
ledger_list_set_digest(struct ledger *l, int64_t list, const char *digest, struct error *err)
{
	static const char sql[] = "UPDATE list SET digest = ?2 WHERE id = ?1";

	return store_run(l, sql, ARGS(NUM(list), TXT(digest)), err);
}

/* ---- folders ---- */

static bool
is_safe(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
	       c == '_' || c == '-';
}

/* Names that the run itself or Windows, where packs are opened, keeps for another use. */
static bool
is_taken_name(const char *key)
{
	static const char *const taken[] = {"unassigned", "summary.json", "rejects.csv", "failed.csv"};
	static const char *const device[] = {"con", "prn", "aux", "nul"};
	char stem[8];
	size_t n = strcspn(key, ".");

	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		if (text_equal_nocase(key, taken[i]))
			return true;
	if (n != 3 && n != 4)
		return false;
	memcpy(stem, key, n);
	stem[n] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(device); i++)
		if (text_equal_nocase(stem, device[i]))
			return true;
	if (n != 4 || !isdigit((unsigned char)stem[3]))
		return false;
	stem[3] = '\0';
	return text_equal_nocase(stem, "com") || text_equal_nocase(stem, "lpt");
}

static bool
is_folder_name(const char *key)
{
	size_t n = strlen(key);

	if (n == 0 || n > FOLDER_KEY_MAX || key[0] == '.' || key[n - 1] == '.' || is_taken_name(key))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_safe(key[i]))
			return false;
	return true;
}

/* Unsafe bytes become one '-' a run; none at the front, where programs look for options. */
static void
slug(const char *key, char dst[static SLUG_MAX + 1])
{
	size_t n = 0;

	for (; *key != '\0' && n < SLUG_MAX; key++) {
		char c = is_safe(*key) ? *key : '-';
		if ((n == 0 && (c == '.' || c == '-')) || (n > 0 && c == '-' && dst[n - 1] == '-'))
			continue;
		dst[n++] = c;
	}
	while (n > 0 && dst[n - 1] == '-')
		n--;
	dst[n] = '\0';
	if (n == 0)
		(void)text_copy(dst, SLUG_MAX + 1, "customer");
}

char *
store_folder(const char *key, int number)
{
	char readable[SLUG_MAX + 1];
	char suffix[16] = "";
	uint64_t hash;

	if (number > 1)
		snprintf(suffix, sizeof(suffix), "-%d", number);
	if (key[0] == '\0')
		return xasprintf("unassigned%s", suffix);
	if (is_folder_name(key))
		return xasprintf("%s%s", key, suffix);
	slug(key, readable);
	hash = text_hash(TEXT_HASH_START, key, strlen(key));
	return xasprintf("%s-%08x%s", readable, (unsigned)(hash & 0xffffffffU), suffix);
}

/* ---- customers ---- */

static int
insert_customer(struct ledger *l, int64_t run, const char *key, const char *name, int64_t *ret_id,
                struct error *err)
{
	static const char used[] = "SELECT 1 FROM customer WHERE run = ?1 AND folder = ?2";
	static const char add[] =
		"INSERT INTO customer (run, key, name, folder) VALUES (?1, ?2, ?3, ?4)";
	char *folder = NULL;
	int64_t found;
	int rc = 1;

	for (int number = 1; rc == 1; number++) {
		free(folder);
		folder = store_folder(key, number);
		rc = store_number(l, used, ARGS(NUM(run), TXT(folder)), &found, err);
	}
	if (rc == 0)
		rc = store_run(l, add, ARGS(NUM(run), TXT(key), TXT(name), TXT(folder)), err);
	if (rc == 0)
		*ret_id = db_last_id(l->db);
	free(folder);
	return rc;
}

static int
find_or_add(struct ledger *l, int64_t run, const char *key, const char *name, int64_t *ret_id,
            bool *ret_named, struct error *err)
{
	static const char find[] = "SELECT id FROM customer WHERE run = ?1 AND key = ?2";
	static const char call[] = "UPDATE customer SET name = ?2 WHERE id = ?1 AND name = ''";
	int rc = store_number(l, find, ARGS(NUM(run), TXT(key)), ret_id, err);

	*ret_named = name[0] != '\0';
	if (rc == 0)
		return insert_customer(l, run, key, name, ret_id, err);
	if (rc == 1 && name[0] != '\0')
		return store_run(l, call, ARGS(NUM(*ret_id), TXT(name)), err);
	return rc < 0 ? -1 : 0;
}

int
ledger_customer_id(struct ledger *l, int64_t run, const char *key, const char *name, int64_t *ret_id,
                   struct error *err)
{
	uint64_t hash = text_hash(TEXT_HASH_START, key, strlen(key));
	struct store_customer *slot = &l->customer[hash % STORE_CUSTOMERS];
	bool own, named;
	int rc;

	if (slot->key != NULL && slot->run == run && strcmp(slot->key, key) == 0 &&
	    (slot->named || name[0] == '\0')) {
		*ret_id = slot->id;
		return 0;
	}
	if (store_begin(l, &own, err) != 0)
		return -1;
	rc = find_or_add(l, run, key, name, ret_id, &named, err);
	if (store_end(l, own, rc, err) != 0)
		return -1;
	free(slot->key);
	*slot = (struct store_customer){run, *ret_id, xstrdup(key), named};
	return 0;
}

/* ---- rows ---- */

static uint64_t
hash_field(uint64_t seed, const char *text)
{
	return text_hash(text_hash(seed, text, strlen(text)), SEPARATOR, 1);
}

uint64_t
store_ident(const struct device_id *d)
{
	uint64_t h = TEXT_HASH_START;

	if (d->pkid[0] != '\0')
		return hash_field(text_hash(h, "P", 1), d->pkid);
	h = hash_field(text_hash(h, "T", 1), d->serial);
	return hash_field(hash_field(h, d->manufacturer), d->model);
}

static int
run_of(struct ledger *l, int64_t list, struct error *err)
{
	static const char sql[] = "SELECT run FROM list WHERE id = ?1";

	if (l->list == list)
		return 0;
	if (store_number(l, sql, ARGS(NUM(list)), &l->list_run, err) != 1)
		return error_set(err, "ledger: no list with id %lld", (long long)list);
	l->list = list;
	return 0;
}

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

int
ledger_row_add(struct ledger *l, const struct ledger_row *row, struct error *err)
{
	static const char sql[] =
		"INSERT INTO row (run, list, line, customer, batch, ident, pkid, serial, manufacturer, model,"
		" join_type, mdm, via, purpose, ticket, sold_to, received_from, outcome, reason, column_name,"
		" raw, decided) VALUES (?1, ?2, ?3, ?4, nullif(?5, 0), ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
		" ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)";
	struct device_id d = {or_empty(row->device.pkid), or_empty(row->device.serial),
	                      or_empty(row->device.manufacturer), or_empty(row->device.model)};
	struct db_stmt *s = store_stmt(l, sql, err);

	if (s == NULL || run_of(l, row->list, err) != 0)
		return -1;
	const struct store_arg arg[] = {
		NUM(l->list_run), NUM(row->list), NUM(row->line), NUM(row->customer), NUM(row->batch),
		NUM((int64_t)store_ident(&d)), TXT(d.pkid), TXT(d.serial), TXT(d.manufacturer),
		TXT(d.model), NUM(row->join), NUM(row->mdm), NUM(row->via), NUM(row->purpose),
		TXT(or_empty(row->ticket)), TXT(or_empty(row->sold_to)), TXT(or_empty(row->received_from)),
		NUM(row->outcome), TXT(or_empty(row->reason)), TXT(or_empty(row->column)),
		TXT(or_empty(row->raw)), NUM(row->decided),
	};
	store_bind(s, arg, ARRAY_SIZE(arg));
	return db_run(s, err);
}
