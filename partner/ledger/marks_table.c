/* Reads and writes the table "mark"; marks.c has its format. */
#include "partner/ledger/marks_table.h"

#include "partner/ledger/marks.h"
#include "partner/ledger/schema.h"
#include "partner/ledger/statement.h"

static int
write_part(void *ctx, size_t bucket, int64_t first, const char *part, struct error *err)
{
	struct db_stmt *s = statement_get(ctx, SQL_MARKS_ADD, err);

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, (int64_t)bucket);
	db_bind_int(s, 2, first);
	db_bind_borrowed(s, 3, part);
	return db_run_later(s, err);
}

static int
add_row(struct ledger *l, struct marks *m, int64_t id, const char *const text[static 3],
        struct error *err)
{
	if (marks_add(m, id, text[0], text[1], text[2]))
		return 0;
	if (marks_flush(m, write_part, l, err) != 0)
		return -1;
	(void)marks_add(m, id, text[0], text[1], text[2]); /* an empty one has room */
	return 0;
}

int
marks_table_add(struct ledger *l, const struct ledger_row *row, int64_t id, struct error *err)
{
	const char *const text[] = {row->device.serial, row->device.pkid,
	                            row->ticket != NULL ? row->ticket : ""};

	if (l->cache.marks == NULL || l->cache.marks_broken)
		return 0;
	return add_row(l, l->cache.marks, id, text, err);
}

/* Reads the rows again and writes their marks. */
static int
collect(struct ledger *l, const int64_t range[static 2], struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_MARKS_ROWS, err);
	struct marks *m = marks_new();
	enum db_step step = DB_ERROR;
	int rc = s != NULL ? 0 : -1;

	for (int i = 0; s != NULL && i < 2; i++)
		db_bind_int(s, i + 1, range[i]);
	while (rc == 0 && (step = db_step(s, err)) == DB_ROW) {
		const char *const text[] = {db_text(s, 1), db_text(s, 2), db_text(s, 3)};
		rc = add_row(l, m, db_int(s, 0), text, err);
	}
	db_stmt_free(s);
	if (rc == 0 && step == DB_DONE)
		rc = marks_flush(m, write_part, l, err);
	marks_free(m);
	return rc == 0 && step == DB_DONE ? 0 : -1;
}

int
marks_table_rewrite(struct ledger *l, const int64_t range[static 2], struct error *err)
{
	for (int64_t bucket = 0; bucket < MARKS_BUCKETS; bucket++)
		if (statement_run_later(l, SQL_MARKS_DELETE,
		                        (const int64_t[]){bucket, range[0], range[1]}, 3, err) != 0)
			return -1;
	return collect(l, range, err);
}

int
marks_table_end(struct ledger *l, int64_t run, const int64_t range[static 2], struct error *err)
{
	struct cache *c = &l->cache;
	bool whole = c->marks != NULL && c->marks_run == run && !c->marks_broken;
	int rc = whole ? marks_flush(c->marks, write_part, l, err)
	               : marks_table_rewrite(l, range, err);

	marks_free(c->marks);
	c->marks = NULL;
	return rc;
}

int
marks_table_fill(struct ledger *l, struct error *err)
{
	int64_t at[2] = {0}, range[2];

	for (;;) {
		if (statement_ints(l, SQL_MARKS_NEXT_RUN, at, 1, range, 2, err) != 0)
			return -1;
		if (range[0] == 0)
			return 0;
		if (collect(l, range, err) != 0)
			return -1;
		at[0] = range[1];
	}
}

/* ---- searching ---- */

struct search {
	marks_row_fn *fn;
	void *ctx;
	struct mark mark;
};

/* 0, 1: fn wants no more, -1. */
static int
search_part(const struct search *find, int64_t first, const char *part, struct error *err)
{
	int rc = 0;

	for (size_t i = marks_count(part); i > 0 && rc == 0; i--) {
		struct mark_entry e = marks_entry(part, i - 1);
		if (e.value == find->mark.value)
			rc = find->fn(find->ctx, first + e.offset, err);
	}
	return rc;
}

static int
search(struct ledger *l, const struct search *find, struct error *err)
{
	struct db_stmt *s = statement_reader(l, SQL_MARKS_NEWEST_FIRST, err);
	enum db_step step = DB_DONE;
	int rc = 0;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, (int64_t)find->mark.bucket);
	while (rc == 0 && (step = db_step(s, err)) == DB_ROW)
		rc = search_part(find, db_int(s, 0), db_text(s, 1), err);
	db_stmt_free(s);
	return step == DB_ERROR ? -1 : rc;
}

int
marks_table_find(struct ledger *l, const char *word, marks_row_fn *fn, void *ctx, struct error *err)
{
	struct search find = {.fn = fn, .ctx = ctx, .mark = mark_of_device(word)};
	int rc = search(l, &find, err);

	if (rc != 0)
		return rc;
	find.mark = mark_of_ticket(word);
	return search(l, &find, err);
}

/* ---- comparing ---- */

#define TOGETHER 8 /* buckets of a statement, as PART_BUCKETS says */
_Static_assert(MARKS_DEVICE_BUCKETS % TOGETHER == 0, "they are compared in groups");
/* The values of eight buckets of a longer list would take more than 2 MiB. */
#define TOGETHER_ROWS 200000

/* The buckets that are compared together. */
struct group {
	int64_t first, step; /* step 0: only the first one */
	const int64_t *range;
	int64_t from;
	struct mark_set own[TOGETHER]; /* values of the rows of the range */
	size_t count;                  /* of all their values */
};

static void
bind_group(struct db_stmt *s, const struct group *g)
{
	db_bind_int(s, 1, g->first);
	db_bind_int(s, 2, g->step);
	db_bind_int(s, 3, g->range[0]);
	db_bind_int(s, 4, g->range[1]);
}

static int
read_own(struct ledger *l, struct group *g, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_MARKS_OF_ROWS, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	bind_group(s, g);
	while ((step = db_step(s, err)) == DB_ROW) {
		struct mark_set *set = &g->own[db_int(s, 0) - g->first];
		size_t count = marks_count(db_text(s, 1));
		for (size_t i = 0; i < count; i++)
			mark_set_add(set, marks_entry(db_text(s, 1), i).value);
		g->count += count;
	}
	db_reset(s);
	return step == DB_DONE ? 0 : -1;
}

static int
note_seen(struct ledger *l, const struct mark_set *set, int64_t first, const char *part,
          int64_t *count, struct error *err)
{
	size_t entries = marks_count(part);

	for (size_t i = 0; i < entries; i++) {
		struct mark_entry e = marks_entry(part, i);
		if (!mark_set_has(set, e.value))
			continue;
		++*count;
		if (statement_run_later(l, SQL_MARKS_SEEN, (const int64_t[]){first + e.offset}, 1,
		                        err) != 0)
			return -1;
	}
	return 0;
}

/* Prepared once on a file. A server would send all rows of a kept statement at once. */
static struct db_stmt *
get_rows(struct ledger *l, enum sql which, struct error *err)
{
	return ledger_is_shared(l) ? statement_reader(l, which, err) : statement_get(l, which, err);
}

static void
end_rows(const struct ledger *l, struct db_stmt *s)
{
	if (ledger_is_shared(l))
		db_stmt_free(s);
	else if (s != NULL)
		db_reset(s);
}

static int
compare(struct ledger *l, struct group *g, int64_t *count, struct error *err)
{
	struct db_stmt *s = NULL;
	enum db_step step = DB_DONE;
	int rc = read_own(l, g, err);

	if (rc == 0 && g->count > 0) {
		s = get_rows(l, SQL_MARKS_OF_OTHERS, err);
		rc = s != NULL ? 0 : -1;
	}
	if (s != NULL) {
		bind_group(s, g);
		db_bind_int(s, 5, g->from);
	}
	while (s != NULL && rc == 0 && (step = db_step(s, err)) == DB_ROW)
		rc = note_seen(l, &g->own[db_int(s, 0) - g->first], db_int(s, 2), db_text(s, 1),
		               count, err);
	end_rows(l, s);
	for (size_t i = 0; i < TOGETHER; i++)
		mark_set_release(&g->own[i]);
	return rc == 0 && step == DB_DONE ? 0 : -1;
}

int
marks_table_seen(struct ledger *l, const int64_t range[static 2], int64_t from, int64_t *ret_count,
                 struct error *err)
{
	int64_t step = range[1] - range[0] < TOGETHER_ROWS ? 1 : 0;

	*ret_count = 0;
	if (db_exec(l->db, ledger_seen_scratch[db_engine(l->db)], err) != 0)
		return -1;
	for (int64_t bucket = 0; bucket<MARKS_DEVICE_BUCKETS; bucket += step> 0 ? TOGETHER : 1) {
		struct group g = {.first = bucket, .step = step, .range = range, .from = from};
		if (compare(l, &g, ret_count, err) != 0)
			return -1;
	}
	return *ret_count == 0 || !ledger_is_shared(l) ? 0 : db_exec(l->db, "ANALYZE seen", err);
}
