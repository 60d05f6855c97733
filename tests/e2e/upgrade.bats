# Upgrades of ledgers that older versions made (tests/ledgers).
bats_require_minimum_version 1.5.0
load helpers

# old N: sets L to a ledger of schema N, and C to a configuration that names it.
old() {
	L=$BATS_TEST_TMPDIR/ledger.db C=$BATS_TEST_TMPDIR/c
	sqlite3 "$L" < "tests/ledgers/schema$1.sql"
	sqlite3 "$L" "PRAGMA journal_mode=WAL" > /dev/null
	chmod 600 "$L"
	printf '[ledger]\nurl = sqlite:%s\n[handoff]\ndirectory = %s\n' "$L" "$BATS_TEST_TMPDIR/out" > "$C"
}

schema() { sqlite3 "$1" 'PRAGMA user_version'; }

dump() { sqlite3 "$1" 'SELECT id, outcome, serial, pkid, customer FROM row; SELECT name, state FROM run ORDER BY id'; }

@test "every older schema is upgraded with its rows, and a private copy is kept" {
	for n in 1 2 3 5 6 7; do
		rm -f "$BATS_TEST_TMPDIR"/ledger.db*
		old $n
		before=$(dump "$L")
		[ -n "$before" ]
		run "$UNPILOT" -c "$C" resume
		[ "$status" -ne 139 ]
		[ "$(schema "$L")" -eq "$(sed -n 's/^#define LEDGER_SCHEMA \([0-9]*\).*/\1/p' partner/ledger/open.h)" ]
		[ "$(dump "$L")" = "$before" ]
		[ "$(schema "$L.schema$n")" -eq $n ]
		[ "$(dump "$L.schema$n")" = "$before" ]
		[ "$(stat -c %a "$L.schema$n")" = 600 ]
		[ "$(sqlite3 "$L.schema$n" 'PRAGMA integrity_check')" = ok ]
		[ ! -e "$L.schema$n.part" ]
		run "$UNPILOT" -c "$C" status
		[ "$status" -eq 0 ]
		[[ "$output" =~ finished\ +3\ +2\  ]]
	done
}

@test "an existing copy stays: the next one gets a number" {
	old 1
	echo mine > "$L.schema1"
	"$UNPILOT" -c "$C" resume || true
	[ "$(cat "$L.schema1")" = mine ]
	[ "$(schema "$L.schema1.2")" -eq 1 ]
}

@test "without room for the copy nothing is upgraded" {
	old 2
	mkdir "$L.schema2.part"
	run "$UNPILOT" -c "$C" resume
	[ "$status" -eq 2 ]
	[[ "$output" == *"cannot upgrade it"* ]]
	[ "$(schema "$L")" -eq 2 ]
}

@test "an upgrade that fails keeps the ledger unchanged, and the copy" {
	old 1
	sqlite3 "$L" 'CREATE TABLE done(x)'
	run "$UNPILOT" -c "$C" resume
	[ "$status" -eq 2 ]
	[ "$(schema "$L")" -eq 1 ]
	[ -z "$(sqlite3 "$L" "SELECT 1 FROM pragma_table_info('run') WHERE name='digest'")" ]
	[ "$(schema "$L.schema1")" -eq 1 ]
}

@test "a newer ledger is refused and not changed" {
	old 3
	sqlite3 "$L" 'PRAGMA user_version=99'
	sum=$(sha256sum < "$L")
	run "$UNPILOT" -c "$C" resume
	[ "$status" -eq 2 ]
	[[ "$output" == *"newer version"* ]]
	[ "$(sha256sum < "$L")" = "$sum" ]
	[ -z "$(ls "$L".schema* 2>/dev/null)" ]
}
