# Several machines share a ledger on a PostgreSQL server. Each has its own configuration.
bats_require_minimum_version 1.5.0
load helpers
load center

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
	fit_schemas
}

setup() {
	[ -n "${URL:-}" ] || skip "no PostgreSQL server here"
	export PGOPTIONS=--client-min-messages=warning
	ledger "DROP SCHEMA IF EXISTS t$BATS_TEST_NUMBER CASCADE; CREATE SCHEMA t$BATS_TEST_NUMBER"
	OURS="$URL&options=-csearch_path%3Dt$BATS_TEST_NUMBER"
}

ledger() { psql -XAtq "${OURS:-$URL}" -c "$1"; }

# A claim must not end while its machine waits for a processor, unless the test is about a machine that was killed.
LEASE=1m

# on_server REGISTRY [OPTION...]: starts a service, and puts the ledger of its configuration on the server.
on_server() {
	start_service "$@"
	configure ledger url "${OURS//&/\\&}"
	configure ledger lease "$LEASE"
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
	[[ "$stderr" != *"other machines"* ]]
	[ -e "$D"/handoff/*/C001/manifest.sha256 ]
	unpilot status | grep -q finished
	run -2 --separate-stderr unpilot forget --customer C001 --yes
	[[ "$stderr" == *"nothing erased"*"next: unpilot help ledger -c $CONF" ]]
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
	run -0 unpilot ledger check
	[[ "$output" == "1 run, 60 rows and "*": 0 findings" ]]
	ledger "UPDATE list_row SET customer=99 WHERE id=1; UPDATE batch SET state=7 WHERE id=1; INSERT INTO verdict VALUES(999, 0, '', 1)"
	run -1 unpilot ledger check
	for text in "run $RUN: rows whose customer belongs to another run: 1" 'outcomes that belong to no row: 1, the first: 999' \
		'batches whose state contradicts their attempts: 1, the first: 1'; do
		[[ "$output" == *"$text"* ]]
	done
	ledger "UPDATE list_row SET customer=1 WHERE id=1; UPDATE batch SET state=3 WHERE id=1; DELETE FROM verdict WHERE row=999"
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
	(configure ledger url "${OURS//&/\\&}" && unpilot ledger check -q)
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
	[[ "$output" == *"keep-days: 1 run is removed"* ]]
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
	LEASE=2s
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

# center_on_server N [OPTION...]: Partner Center with N devices of one customer. The pages shift with every
# deletion, and no count shows it. Sets L (a list of all of them) and two lists of a half each.
center_on_server() {
	local n=$1
	shift
	I=$BATS_TEST_TMPDIR/inventory.csv L=$BATS_TEST_TMPDIR/l.csv
	awk -v n="$n" -v t="$C1" -v i="$I" -v l="$L" 'BEGIN {
		print "Customer Tenant ID,Batch,Device ID,Serial Number,Product Key ID,Manufacturer,Model" > i
		print "Serial Number,Manufacturer,Model,Customer,Customer Tenant ID" > l
		for (k = 1; k <= n; k++) {
			printf "%s,batch %d,id-%05d,SN-%05d,,Fabrikam,Book\n", t, (k > n / 2), k, k > i
			printf "SN-%05d,Fabrikam,Book,contoso,%s\n", k, t > l
		} }'
	awk 'NR == 1 || NR % 2' "$L" > "$BATS_TEST_TMPDIR/odd.csv"
	awk 'NR == 1 || NR % 2 == 0' "$L" > "$BATS_TEST_TMPDIR/even.csv"
	center --paging offset --page-size 20 "$@"
	configure ledger url "${OURS//&/\\&}"
	configure ledger lease "$LEASE"
	unpilot init -q
}

of_rows() { ledger "SELECT COUNT(*) FROM row WHERE outcome=$1"; }

@test "two machines, two lists, one customer: its pages shift for nobody" {
	center_on_server 300 --latency 2
	two=$(machine 2)
	unpilot run -q "$BATS_TEST_TMPDIR/odd.csv" 3>&- &
	local first=$! code=0
	"$UNPILOT" -c "$two" run -q "$BATS_TEST_TMPDIR/even.csv"
	wait $first || code=$?
	[ $code -eq 0 ]
	[ "$(of_rows 0)" -eq 300 ]
	[ "$(deletes)" -eq 300 ]
	[ "$(ledger 'SELECT COUNT(*) FROM tenant_claim')" -eq 0 ]
}

@test "two machines on one run of one customer: one works, the other one helps with the next customer" {
	center_on_server 200 --latency 2
	sed "1d; s/SN-/ZZ-/; s/$C1/$C2/; s/id-/zz-/" "$I" > "$I.more"
	sed "1d; s/SN-/ZZ-/; s/$C1/$C2/; s/contoso/fabrikam/" "$L" > "$L.more"
	cat "$I.more" >> "$I"
	cat "$L.more" >> "$L"
	again
	center --paging offset --page-size 20 --latency 2
	configure ledger url "${OURS//&/\\&}"
	configure ledger lease "$LEASE"
	two=$(machine 2)
	unpilot run -q "$L" 3>&- &
	local first=$! code=0
	until grep -q '^partner DELETE' "$LOG"; do sleep 0.02; done
	"$UNPILOT" -c "$two" resume -q
	wait $first || code=$?
	[ $code -eq 0 ]
	[ "$(of_rows 0)" -eq 400 ]
	[ "$(deletes)" -eq 400 ]
	# nobody listed a customer while another machine deleted there: one listing of each
	[ "$(grep -c "^partner GET /v1/customers/$C1 200" "$LOG")" -eq 1 ]
	[ "$(grep -c "^partner GET /v1/customers/$C2 200" "$LOG")" -eq 1 ]
}

@test "the customer of a killed machine is taken over as a whole" {
	LEASE=2s
	center_on_server 200 --latency 4
	two=$(machine 2)
	"$UNPILOT" -c "$CONF" run -q "$L" 3>&- &
	local first=$!
	until [ "$(grep -c '^partner DELETE' "$LOG")" -ge 20 ]; do sleep 0.02; done
	"$UNPILOT" -c "$two" resume --json latest > "$D/out" 2> "$D/err" 3>&- &
	local second=$! code=0
	until [ "$(grep -c '^partner DELETE' "$LOG")" -ge 60 ]; do sleep 0.02; done
	kill -9 $first
	wait $first || true
	wait $second || code=$?
	[ $code -eq 0 ]
	[ "$(of_rows 0)" -eq 200 ]
	deleted_once
}

@test "a plan on a server counts the registrations that no list names, and looks up by every identity" {
	center_on_server 30
	run -0 --separate-stderr unpilot plan --json "$BATS_TEST_TMPDIR/odd.csv"
	[ "$(jq -c 'select(.type=="look") | [.found, .customers[0].further]' <<< "$output")" = '[15,15]' ]
	run -0 --separate-stderr unpilot apply --json "$(tail -1 <<< "$output" | jq -r .run)"
	[ "$(of_rows 0)" -eq 15 ]
}

@test "devices that wait for their customers: two machines send each of them once, and only when it is ready" {
	load letters
	sh samples/make-fleet.sh 40 2 "$BATS_TEST_TMPDIR/l.csv" "$BATS_TEST_TMPDIR/r.csv" "$BATS_TEST_TMPDIR/e.csv"
	on_server "$BATS_TEST_TMPDIR/r.csv" --latency 100
	configure limits letter require
	configure limits max-fail-percent 100
	configure oem-direct batch-size 4
	configure oem-direct parallel 1
	two=$(machine 2)
	unpilot letter -q "$BATS_TEST_TMPDIR/l.csv"
	pack=$(echo "$D"/handoff/letter-*/C001)
	run -6 unpilot run -q "$BATS_TEST_TMPDIR/l.csv"
	nothing_sent
	receipt "$pack" Ann > "$BATS_TEST_TMPDIR/1.json"
	unpilot close -q "$BATS_TEST_TMPDIR/1.json"
	unpilot resume -q 2> /dev/null 3>&- &
	local first=$! code=0
	"$UNPILOT" -c "$two" resume -q 2> /dev/null || [ $? -eq 6 ]
	wait $first || code=$?
	[ $code -eq 6 ]
	[ "$(ledger "SELECT COUNT(*) FROM row r JOIN batch b ON b.id=r.batch WHERE b.state=3 AND b.attempts=1")" -eq 20 ]
	[ "$(ledger "SELECT COUNT(*) FROM batch WHERE attempts>1")" -eq 0 ]
	[ "$(ledger "SELECT COUNT(*) FROM batch b JOIN row r ON r.batch=b.id JOIN customer c ON c.id=r.customer WHERE b.attempts>0 AND c.key<>'C001'")" -eq 0 ]
	[ "$(ledger "SELECT COUNT(*) FROM row r JOIN batch b ON b.id=r.batch WHERE b.state=5")" -eq 20 ]
	run -0 unpilot status
	[[ "$output" == *"waiting for customers: 20 devices of 1, oldest "* ]]
}
