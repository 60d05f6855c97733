# Several machines share a ledger on a PostgreSQL server. Each has its own configuration.
bats_require_minimum_version 1.5.0
load helpers

POSTGRES=$BATS_TEST_DIRNAME/../postgres.sh

setup_file() {
	sh "$POSTGRES" have || return 0
	chmod 755 "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
	PG=$(mktemp -d /tmp/unpilot-pg.XXXXXX)
	URL=$(sh "$POSTGRES" start "$PG")
	export PG URL
}

teardown_file() {
	local dir
	for dir in ${PG:+"$PG" "$PG-net"}; do
		[ ! -d "$dir" ] || { sh "$POSTGRES" stop "$dir" && rm -rf "$dir"; }
	done
}

setup() {
	[ -n "${URL:-}" ] || skip "no PostgreSQL server here"
	export PGOPTIONS=--client-min-messages=warning
	ledger "DROP SCHEMA IF EXISTS t$BATS_TEST_NUMBER CASCADE; CREATE SCHEMA t$BATS_TEST_NUMBER"
	OURS="$URL&options=-csearch_path%3Dt$BATS_TEST_NUMBER"
}

ledger() { psql -XAtq "${OURS:-$URL}" -c "$1"; }

# on_server REGISTRY [OPTION...]: starts a service, and puts the ledger of its configuration on the server.
on_server() {
	start_service "$@"
	configure ledger url "${OURS//&/\\&}"
	configure ledger lease 2s
	unpilot init -q
}

# machine N: makes a configuration like the first one, with its own folder for packs.
machine() {
	sed "s|^directory = .*|directory = $D/handoff$1|" "$CONF" > "$D/$1.conf"
	echo "$D/$1.conf"
}

fleet() { # N
	sh "$BATS_TEST_DIRNAME/../../samples/make-fleet.sh" "$1" 3 "$BATS_TEST_TMPDIR/fleet.csv" \
		"$BATS_TEST_TMPDIR/registry.csv" "$BATS_TEST_TMPDIR/expected.csv"
}

# The outcomes that the fleet implies for every line.
as_expected() {
	grep '"type":"device"' "$1" | jq -r '"\(.line),\(.outcome)"' | diff "$BATS_TEST_TMPDIR/expected.csv" -
}

@test "a run on a server has the same outcomes, messages and packs" {
	fleet 60
	on_server "$BATS_TEST_TMPDIR/registry.csv"
	configure limits max-fail-percent 100
	run -1 --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/fleet.csv"
	as_expected <(echo "$output")
	[ -e "$D"/handoff/*/C001/manifest.sha256 ]
	unpilot status | grep -q finished
	RUN=$(unpilot status --json latest | jq -r 'select(.type == "run").run')
	[ "$(unpilot status --json --since 1h --open --customer C001 | jq -r .run)" = "$RUN" ]
	[ "$(unpilot status --json "${RUN%?}" | jq -r 'select(.type == "run").run')" = "$RUN" ]
	SERIAL=$(unpilot find --json "$(awk -F, 'NR == 2 {print $1}' "$BATS_TEST_TMPDIR/fleet.csv")" | jq -r .serial)
	[ -n "$SERIAL" ]
	run -1 unpilot find "$(tr A-Z a-z <<< "$SERIAL")"
	[[ "$output" == *"only the case differs"* ]]
	run -2 unpilot report --customer c01
	[[ "$output" == *"did you mean"* ]]
	unpilot report -q
	run -4 unpilot run "$BATS_TEST_TMPDIR/fleet.csv"
	[[ $output == *"this very list was sent"* ]]
}

@test "a ledger that is copied to a server and back is the same" {
	fleet 30
	start_service "$BATS_TEST_TMPDIR/registry.csv"
	configure limits max-fail-percent 100
	unpilot run -q "$BATS_TEST_TMPDIR/fleet.csv" || [ $? -eq 1 ]
	unpilot ledger copy "sqlite:$D/ledger.db" "$OURS"
	run -2 unpilot ledger copy "sqlite:$D/ledger.db" "$OURS"
	[[ $output == *"already holds runs"* ]]
	unpilot ledger copy "$OURS" "sqlite:$D/back.db"
	diff <(sqlite3 "$D/ledger.db" .dump | sed '/claimed/d' | sort) <(sqlite3 "$D/back.db" .dump | sed '/claimed/d' | sort)
	diff <(unpilot status --json | sort) <(configure ledger url "${OURS//&/\\&}" && unpilot status --json | sort)
	# the copy can be used
	list "FB-NEW,,Fabrikam,Book 1,C001" > /dev/null
	run -1 --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/list.csv"
	[ "$(echo "$output" | jq -r 'select(.type == "device").outcome')" = not-found ]
}

@test "keep-days: rows of old finished runs are removed on a server, too; the rest stays" {
	on_server samples/registry.csv
	configure handoff keep-days 90
	unpilot run -q "$(list ,3305000000001,,,contoso)"
	old=$(run_dir)
	unpilot plan -q "$(list ,3305000000003,,,contoso)"
	ledger "UPDATE run SET finished=finished-100*86400, started=started-100*86400;
		UPDATE verdict SET decided=decided-100*86400 WHERE decided>0"
	run -0 unpilot run "$(list ,3305000000001,,,northwind)"
	[[ "$output" == *"keep-days: 1 runs"* ]]
	[ ! -e "$old" ]
	[ "$(ledger "SELECT string_agg(id::text, ',' ORDER BY id) FROM run")" = 2,3 ]
	for t in list batch customer; do [ "$(ledger "SELECT COUNT(*) FROM $t WHERE run NOT IN (SELECT id FROM run)")" -eq 0 ]; done
	[ "$(ledger 'SELECT COUNT(*) FROM verdict WHERE row NOT IN (SELECT id FROM list_row)')" -eq 0 ]
	[ "$(ledger 'SELECT COUNT(*) FROM attempt WHERE batch NOT IN (SELECT id FROM batch)')" -eq 0 ]
	ls "$D"/handoff/*/northwind/index.html
}

@test "a machine without a list helps with open runs" {
	fleet 60
	on_server "$BATS_TEST_TMPDIR/registry.csv" --latency 100
	configure limits max-fail-percent 100
	configure oem-direct batch-size 2
	configure oem-direct parallel 1
	two=$(machine 2)
	CONF=$two configure spool directory "$D/spool2"
	unpilot run -q "$BATS_TEST_TMPDIR/fleet.csv" 3>&- &
	local first=$! code=0
	until grep -q '^submit' "$LOG"; do sleep 0.05; done
	"$UNPILOT" -c "$two" run -q 2> /dev/null || [ $? -eq 1 ]
	wait $first || code=$?
	[ $code -eq 1 ]
	[ "$(ledger 'SELECT COUNT(*) FROM batch WHERE state<>3 OR attempts<>1')" = 0 ]
	[ "$(grep -c '^submit' "$LOG")" -eq 30 ]
	[ "$(find "$D"/handoff* -name handoff.xml | wc -l)" -eq 3 ]
}

submits() { until [ "$(grep -c '^submit' "$LOG")" -ge "$1" ]; do sleep 0.05; done; }

@test "a server over the network: TLS, a password from a file, and two restarts in the middle of a run" {
	local net=$PG-net
	sh "$POSTGRES" start "$net" > /dev/null
	OURS=$(sh "$POSTGRES" network "$net")
	fleet 2000
	on_server "$BATS_TEST_TMPDIR/registry.csv" --latency 100
	configure limits max-fail-percent 100
	configure oem-direct batch-size 50
	configure oem-direct parallel 2
	unpilot run --json "$BATS_TEST_TMPDIR/fleet.csv" > "$D/out" 2> "$D/err" &
	submits 10
	sh "$POSTGRES" restart "$net"
	submits 25
	sh "$POSTGRES" crash "$net"
	wait $! || [ $? -eq 1 ]
	as_expected "$D/out"
	[ "$(ledger 'SELECT COUNT(*) FROM batch WHERE state=3')" -eq 40 ]
	refute grep -rq secret-9417 "$D/out" "$D/err" "$D/handoff"
}

@test "all machines share one pace" {
	fleet 24
	on_server "$BATS_TEST_TMPDIR/registry.csv" --pending-polls 0
	configure limits max-fail-percent 100
	configure oem-direct batch-size 2
	configure oem-direct tpslimit 10
	two=$(machine 2)
	local start end code=0
	start=$(date +%s%N)
	unpilot run -q "$BATS_TEST_TMPDIR/fleet.csv" 3>&- &
	local first=$!
	until grep -q '^submit' "$LOG"; do sleep 0.05; done
	"$UNPILOT" -c "$two" resume -q || [ $? -eq 1 ]
	wait $first || code=$?
	[ $code -eq 1 ]
	end=$(date +%s%N)
	# at least 12 submits, 12 polls and a preflight request, 0.1 s apart
	[ $(((end - start) / 1000000)) -ge 2400 ]
}

@test "another machine takes over from a killed one, and sends its lost batch again" {
	fleet 20
	on_server "$BATS_TEST_TMPDIR/registry.csv" --latency 1000
	configure limits max-fail-percent 100
	configure oem-direct batch-size 5
	configure oem-direct parallel 1
	"$UNPILOT" -c "$CONF" run -q "$BATS_TEST_TMPDIR/fleet.csv" 3>&- &
	local first=$!
	until [ "$(ledger 'SELECT COUNT(*) FROM batch WHERE state=1')" = 1 ]; do sleep 0.05; done
	kill -9 $first
	wait $first || true
	run -1 --separate-stderr unpilot resume --json
	[ "$(ledger 'SELECT COUNT(*) FROM batch WHERE state<>3')" = 0 ]
	[ "$(ledger 'SELECT SUM(attempts) FROM batch')" = 5 ]
	[ "$(ledger "SELECT COUNT(*) FROM attempt WHERE what='lost'")" = 1 ]
}
