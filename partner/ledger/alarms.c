/* Alarms: recorded, asked for, cleared. */
#include "partner/ledger/alarms.h"

#include "common/text.h"
#include "partner/ledger/statement.h"

int
ledger_alarm_add(struct ledger *l, int64_t batch, const char *reason, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_ALARM_ADD, err);

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, batch);
	db_bind_text(s, 2, reason);
	db_bind_int(s, 3, ledger_now(l));
	return db_run(s, err);
}

int
ledger_alarm_known(struct ledger *l, int64_t batch, const char *reason, bool *ret,
                   struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_ALARM_KNOWN, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	db_bind_int(s, 1, batch);
	db_bind_text(s, 2, reason);
	step = db_step(s, err);
	*ret = step == DB_ROW && db_int(s, 0) > 0;
	db_reset(s);
	return step == DB_ERROR ? -1 : 0;
}

int
ledger_alarm_of_row(struct ledger *l, int64_t row, bool *ret, struct error *err)
{
	int64_t count;

	if (statement_int(l, SQL_ALARM_ROW, &row, 1, &count, err) != 0)
		return -1;
	*ret = count > 0;
	return 0;
}

int
ledger_alarm_open(struct ledger *l, struct ledger_alarm *ret, struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_ALARM_OPEN, err);
	enum db_step step;

	if (s == NULL)
		return -1;
	step = db_step(s, err);
	if (step == DB_ROW) {
		*ret = (struct ledger_alarm){.at = db_int(s, 1)};
		text_copy(ret->run, sizeof(ret->run), db_text(s, 0));
		text_copy(ret->reason, sizeof(ret->reason), db_text(s, 2));
	}
	db_reset(s);
	return step == DB_ERROR ? -1 : step == DB_ROW;
}

int
ledger_alarm_clear(struct ledger *l, int64_t run, const char *by, int64_t *ret_count,
                   struct error *err)
{
	struct db_stmt *s = statement_get(l, SQL_ALARM_CLEAR, err);

	if (s == NULL || statement_run(l, SQL_CANARY_DISTRUST, NULL, 0, err) != 0)
		return -1;
	db_bind_int(s, 1, run);
	db_bind_int(s, 2, ledger_now(l));
	db_bind_text(s, 3, by);
	if (db_run(s, err) != 0)
		return -1;
	*ret_count = db_changes(l->db);
	return 0;
}
