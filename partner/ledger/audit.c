/* Runs the rules of sql/audit.c. */
#include "partner/ledger/audit.h"

#include <stdlib.h>

#include "common/alloc.h"
#include "partner/ledger/inspect.h"
#include "partner/ledger/report.h"
#include "partner/ledger/sql/audit.h"
#include "partner/ledger/statement.h"

static int
audit_rule(struct ledger *l, const struct audit_rule *rule, ledger_audit_fn *fn, void *ctx,
           struct error *err)
{
	struct db_stmt *s = db_prepare(l->db, rule->sql, err);
	enum db_step step = s != NULL ? db_step(s, err) : DB_ERROR;

	if (step == DB_ROW && db_int(s, 0) > 0)
		fn(ctx, db_int(s, 0), rule->text, db_text(s, 1));
	db_stmt_free(s);
	return step == DB_ROW ? 0 : -1;
}

int
ledger_audit_tables(struct ledger *l, ledger_audit_fn *fn, void *ctx, struct error *err)
{
	struct error damage;

	if (ledger_check(l, &damage) != 0)
		fn(ctx, 1, "damaged places in the file", damage.text);
	for (size_t i = 0; audit_rules[i].sql != NULL; i++)
		if (audit_rule(l, &audit_rules[i], fn, ctx, err) != 0)
			return -1;
	return 0;
}

static int
on_customer(void *ctx, const struct ledger_customer *c, struct error *err UNUSED)
{
	struct ledger_audit_run *r = ctx;

	r->customer = xreallocarray(r->customer, r->customers + 1, sizeof(*r->customer));
	r->customer[r->customers++] = (struct ledger_audit_customer){
		.id = c->id, .key = xstrdup(c->key), .folder = xstrdup(c->folder)};
	return 0;
}

static int
by_id(const void *key, const void *customer)
{
	const int64_t *id = key;
	const struct ledger_audit_customer *c = customer;

	return (*id > c->id) - (*id < c->id);
}

static void
count_row(struct ledger_audit_run *r, int64_t customer, int64_t outcome)
{
	struct ledger_audit_customer *c;

	r->rows++;
	r->counts[outcome]++;
	c = r->customers > 0 ? bsearch(&customer, r->customer, r->customers, sizeof(*c), by_id)
	                     : NULL;
	if (c != NULL && outcome < OUTCOME_NOT_SENT)
		c->asked = true;
}

/* Adds the row's flags to broken[]. */
static void
count_flags(int64_t flags, int64_t broken[static AUDIT_FLAG_COUNT])
{
	for (unsigned i = 0; flags != 0 && i < AUDIT_FLAG_COUNT; i++)
		broken[i] += flags >> i & 1;
}

static int
read_rows(struct ledger *l, int64_t run, struct ledger_audit_run *ret,
          int64_t broken[static AUDIT_FLAG_COUNT], struct error *err)
{
	struct db_stmt *s = db_reader(l->db, audit_rows, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, run);
	while ((step = db_step(s, err)) == DB_ROW) {
		count_row(ret, db_int(s, 0), db_int(s, 1));
		count_flags(db_int(s, 2), broken);
	}
	db_stmt_free(s);
	return step == DB_DONE ? 0 : -1;
}

int
ledger_audit_rows(struct ledger *l, const struct ledger_run *run, struct ledger_audit_run *ret,
                  ledger_audit_fn *fn, void *ctx, struct error *err)
{
	int64_t broken[AUDIT_FLAG_COUNT] = {0};

	*ret = (struct ledger_audit_run){0};
	if (ledger_each_customer(l, run->id, on_customer, ret, err) != 0 ||
	    read_rows(l, run->id, ret, broken, err) != 0)
		return -1;
	for (size_t i = 0; i < AUDIT_FLAG_COUNT; i++)
		if (broken[i] > 0)
			fn(ctx, broken[i], audit_flag_text[i], "");
	return 0;
}

void
ledger_audit_release(struct ledger_audit_run *r)
{
	for (size_t i = 0; i < r->customers; i++) {
		free(r->customer[i].key);
		free(r->customer[i].folder);
	}
	free(r->customer);
	*r = (struct ledger_audit_run){0};
}
