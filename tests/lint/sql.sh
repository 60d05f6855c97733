# SQL is in partner/ledger only, and settings of SQLite in common/db_sqlite.c.
if git ls-files 'partner/*.[ch]' 'common/*.[ch]' | grep -v '^partner/ledger/' |
	xargs grep -nE '"[^"]*(SELECT .* FROM|INSERT (OR [A-Z]+ )?INTO|UPDATE [a-z]+ SET|DELETE FROM|CREATE TABLE)' ||
	git ls-files 'partner/*.[ch]' 'common/*.[ch]' | grep -vE '^partner/ledger/|^common/db_sqlite.c' |
	xargs grep -n '"PRAGMA'; then
	echo "SQL outside partner/ledger"
	exit 1
fi
