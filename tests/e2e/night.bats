# Unattended runs: guards, plan and apply, spool, lock, pace, signals, leftovers.
bats_require_minimum_version 1.5.0
load helpers

# fleet N [FAILING]: writes l.csv and r.csv; FAILING of every hundred devices are not in the registry.
fleet() {
	awk -v n="$1" -v failing="${2:-0}" -v dir="$BATS_TEST_TMPDIR" 'BEGIN {
		print "Serial Number,Product Key ID,Manufacturer,Model,Customer,Ticket" > (dir "/l.csv")
		print "Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error" > (dir "/r.csv")
		for (i = 1; i <= n; i++) {
			printf "F-%d,33051%08d,Fabrikam,Book,c%d,T-%d\n", i, i, i % 3, i > (dir "/l.csv")
			if (i * 37 % 100 >= failing) printf "F-%d,Fabrikam,Book,33051%08d,us,registered,\n", i, i > (dir "/r.csv")
		}
	}'
	L=$BATS_TEST_TMPDIR/l.csv R=$BATS_TEST_TMPDIR/r.csv
}

count() { tail -1 <<< "$output" | jq ".counts[\"$1\"]"; }

wait_for() { until grep -q "$@" "$LOG"; do sleep 0.02; done; }

# ---- guards ----

@test "max-per-customer: 4, nothing sent, the message names customer and option" {
	fleet 10
	start_service "$R"
	configure limits max-per-customer 3
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 4 ]
	[ "$(count held)" -eq 10 ]
	[[ "$stderr" == *'4 devices of customer "c1"'*"--max-per-customer 4"* ]]
	nothing_sent
	# a pack names no other customer and no total
	refute grep -rqE 'c1|max-per-customer|10 devices' "$(run_dir)c0/handoff.json"
	run unpilot run -q --max-per-customer 4 "$L"
	[ "$status" -eq 0 ]
}

@test "max-fail-percent: applies from 20 answers on, stops before the next batch; resume continues with the option" {
	fleet 100 50
	start_service "$R" --pending-polls 0
	configure oem-direct batch-size 10
	configure oem-direct parallel 1
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 4 ]
	[[ "$stderr" == *"max-fail-percent is 20"*"resume --max-fail-percent"* ]]
	[ "$(grep -c '^submit' "$LOG")" -le 4 ]
	[ "$(grep -c '^submit' "$LOG")" -ge 2 ]
	[ "$(count not-sent)" -ge 60 ]
	submits=$(grep -c '^submit' "$LOG")
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 4 ]
	[ "$(grep -c '^submit' "$LOG")" -eq "$submits" ]
	run --separate-stderr unpilot resume --json --max-fail-percent 100
	[ "$status" -eq 1 ]
	[ "$(count not-sent)" -eq 0 ]
	[ "$(grep -c '^submit' "$LOG")" -eq 10 ]
}

@test "19 failures of 19 stop nothing, and a run with everything sent is not stopped" {
	fleet 19 100
	start_service "$R"
	configure oem-direct batch-size 1
	run unpilot run -q "$L"
	[ "$status" -eq 1 ]
	[ "$(grep -c '^submit' "$LOG")" -eq 19 ]
}

@test "skip list: listed serials and Product Key IDs are held; a bad line: 2 with its place" {
	fleet 5
	start_service "$R"
	printf '# never these\r\nf-1 # the boss\n\n  3305100000002\t# by its key\n' > "$BATS_TEST_TMPDIR/skip"
	configure limits skip-list "$BATS_TEST_TMPDIR/skip"
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 1 ]
	[ "$(count held)" -eq 2 ]
	[ "$(count deregistered)" -eq 3 ]
	[ "$(grep '"outcome":"held"' <<< "$output" | jq -r .serial | tr '\n' ' ')" = "F-1 F-2 " ]
	refute grep -qE '^device.*(0001|0002) ' "$LOG"
	printf 'F-3\nF\x07-4\n' > "$BATS_TEST_TMPDIR/other"
	for bad in other missing; do
		run unpilot run --again --skip-list "$BATS_TEST_TMPDIR/$bad" "$L"
		[ "$status" -eq 2 ]
		[[ "$output" == *"$BATS_TEST_TMPDIR/$bad"* ]]
	done
	[[ "$(unpilot run --again --skip-list "$BATS_TEST_TMPDIR/other" "$L" 2>&1)" == *"/other:2: "* ]]
	[ "$(grep -c '^submit' "$LOG")" -eq 1 ]
}

@test "ticket-required rejects rows without a ticket, with the place" {
	start_service samples/registry.csv
	configure lists ticket-required yes
	printf 'Product Key ID,Ticket\n3305000000001,RMA-1\n3305000000003,\n' > "$BATS_TEST_TMPDIR/l.csv"
	run --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/l.csv"
	[ "$status" -eq 1 ]
	[ "$(count deregistered) $(count rejected)" = "1 1" ]
	[[ "$stderr" == *"l.csv:3: rejected: Ticket: a ticket is required"* ]]
}

@test "an alarm stops a run of several batches; nothing is sent until it is cleared" {
	fleet 30
	sed -i '/F-1,/s/$/806/' "$R"
	start_service "$R" --pending-polls 0
	configure oem-direct batch-size 10
	configure oem-direct parallel 1
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 4 ]
	[ "$(count alarm)" -eq 1 ]
	[ "$(count not-sent)" -ge 10 ]
	submits=$(grep -c '^submit' "$LOG")
	run --separate-stderr unpilot resume
	[ "$status" -eq 4 ]
	name=$(basename "$(run_dir)")
	[[ "$stderr" == *"resume --clear-alarm $name"* ]]
	run --separate-stderr unpilot resume --again
	[ "$status" -eq 4 ]
	# nor does another list leave
	run --separate-stderr unpilot run --json "$(list ,3305000000007,,,c1)"
	[ "$status" -eq 4 ]
	[[ "$stderr" == *"--clear-alarm $name"* ]]
	[ "$(grep -c '^submit' "$LOG")" -eq "$submits" ]
	[ "$(sqlite3 "$D/ledger.db" 'SELECT COUNT(*) FROM run')" -eq 1 ]
	run --separate-stderr unpilot resume --json --clear-alarm "$name"
	[ "$status" -eq 4 ] # one device is an alarm
	[ "$(sqlite3 "$D/ledger.db" "SELECT COUNT(*) FROM alarm WHERE cleared>0 AND cleared_by LIKE '%uid %'")" -eq 1 ]
	[ "$(count not-sent)" -eq 0 ]
}

# ---- plan and apply ----

@test "apply sends the plan once; plan names run, digest and customers" {
	fleet 6
	start_service "$R"
	run --separate-stderr unpilot plan "$L"
	[ "$status" -eq 0 ]
	[[ "$output" == *"6 devices to deregister"*"customer c0: 2 rows"* ]]
	run --separate-stderr unpilot plan --json "$L"
	plan=$(grep '"type":"plan"' <<< "$output")
	[ "$(jq -c '.customers | map(.rows)' <<< "$plan")" = "[2,2,2]" ]
	run=$(jq -r .run <<< "$plan") digest=$(jq -r .digest <<< "$plan")
	nothing_sent
	grep -qF "<code>unpilot apply $run --digest $digest -c $CONF</code>" "$D/handoff/$run/index.html"
	run unpilot apply --dry-run "$run"
	[ "$status" -eq 0 ]
	nothing_sent
	rm "$L" # apply needs only the ledger
	run --separate-stderr unpilot apply --json --digest "$digest" "$run"
	[ "$status" -eq 0 ]
	[ "$(tail -1 <<< "$output" | jq -r .run)" = "$run" ]
	[ "$(count deregistered)" -eq 6 ]
	[ -f "$D/handoff/$run/c0/index.html" ]
	run unpilot apply "$run"
	[ "$status" -eq 4 ]
	[[ "$output" == *"was applied already"* ]]
	[ "$(grep -c '^submit' "$LOG")" -eq 1 ]
}

@test "apply refuses another digest, a changed, an old and an unknown plan: nothing sent" {
	fleet 6
	start_service "$R"
	run=$(unpilot plan --json "$L" | jq -r 'select(.type == "plan") | .run')
	run unpilot apply --digest "${run}00" "$run"
	[ "$status" -eq 4 ]
	run unpilot apply nonesuch
	[ "$status" -eq 2 ]
	run unpilot apply
	[ "$status" -eq 2 ]
	sqlite3 "$D/ledger.db" "UPDATE list_row SET serial='F-99', pkid='3305000000099' WHERE line=2"
	run unpilot apply "$run"
	[ "$status" -eq 4 ]
	[[ "$output" == *"was changed"* ]]
	sqlite3 "$D/ledger.db" "UPDATE list_row SET serial='F-1', pkid='3305100000001' WHERE line=2; UPDATE run SET started=started-90000"
	run unpilot apply "$run"
	[ "$status" -eq 4 ]
	[[ "$output" == *"25 h 0 min old, plan-max-age is 24 h"* ]]
	nothing_sent
	configure limits plan-max-age 2d
	run unpilot apply -q "$run"
	[ "$status" -eq 0 ]
}

@test "apply checks again: a device that another run deregistered is held, a sent list is refused" {
	fleet 6
	start_service "$R"
	run=$(unpilot plan --json "$L" | jq -r 'select(.type == "plan") | .run')
	unpilot run -q "$(list ,3305100000001,,,c1)"
	run --separate-stderr unpilot apply --json "$run"
	[ "$status" -eq 1 ]
	[ "$(count held) $(count deregistered)" = "1 5" ]
	again=$(unpilot plan --again --json "$L" 2> /dev/null | jq -r 'select(.type == "plan") | .run')
	run unpilot apply "$again"
	[ "$status" -eq 4 ]
	[[ "$output" == *"this very list was sent in run $run"*"next: unpilot status $run "* ]]
	run unpilot apply --max-devices 3 --again "$again"
	[ "$status" -eq 4 ]
	run unpilot apply -q --again "$again"
	[ "$status" -eq 0 ]
}

# ---- the spool ----

spool() {
	S=$BATS_TEST_TMPDIR/spool
	printf '[spool]\ndirectory = %s\n' "$S" >> "$CONF"
	mkdir -p "$S/incoming"
}

@test "the spool: settled lists are imported, a bad list fails alone, names get run id and code" {
	fleet 6
	start_service "$R"
	spool
	cp "$L" "$S/incoming/good.csv"
	printf '%%PDF-1.7\n' > "$S/incoming/bad.csv"
	cp "$L" "$S/incoming/half.csv.part"
	touch -d '1 hour ago' "$S"/incoming/*
	cp "$L" "$S/incoming/new.csv"
	run --separate-stderr unpilot run --json
	[ "$status" -eq 1 ]
	[[ "$stderr" == *"bad.csv: this looks like a PDF"* ]]
	[ "$(count deregistered)" -eq 6 ]
	run=$(tail -1 <<< "$output" | jq -r .run)
	[ -f "$S/done/$run.1.good.csv" ] # some rows were not deregistered
	[ "$(ls "$S/failed")" = "$run-refused.2.bad.csv" ]
	[ "$(ls "$S/incoming" | tr '\n' ' ')" = "half.csv.part new.csv " ]
	[ -z "$(ls "$S/work")" ]
	# the same list again is refused, and only that list
	touch -d '1 hour ago' "$S/incoming/new.csv"
	run unpilot run
	[ "$status" -eq 4 ]
	[[ "$output" == *"this very list was sent in run $run"*"next: unpilot status $run "* ]]
	ls "$S/failed" | grep -q 'refused.4.new.csv$'
	# an empty spool: nothing to do
	run --separate-stderr unpilot run --json
	[ "$status" -eq 0 ]
	[ "$(tail -1 <<< "$output" | jq .run)" = null ]
	[ "$(grep -c '^submit' "$LOG")" -eq 1 ]
}

@test "the spool after a kill: lists that were not imported go back, open runs wait for resume" {
	fleet 6
	start_service "$R" --latency 300
	spool
	mkdir -p "$S/work"
	cp "$L" "$S/work/20260101T000000Z-dead.never.csv"
	touch -d '1 hour ago' "$S"/work/*
	"$UNPILOT" -c "$CONF" run -q 3>&- &
	pid=$!
	wait_for '^submit'
	kill -KILL $pid
	wait $pid || true
	[ "$(ls "$S/work" | sed 's/^[^.]*//')" = ".never.csv" ]
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 0 ]
	run=$(tail -1 <<< "$output" | jq -r .run)
	[ "$(ls "$S/done")" = "$run.0.never.csv" ]
}

@test "a list that is left out and cannot be moved to failed/: nothing is sent, and no list counts as done" {
	[ -z "${NO_VALGRIND:-}" ] || skip "LeakSanitizer does not work under strace"
	strace -o /dev/null true 2> /dev/null || skip "no ptrace here"
	fleet 2
	start_service "$R"
	spool
	cp "$L" "$S/incoming/good.csv"
	printf '%%PDF-1.7\n' > "$S/incoming/bad.csv"
	touch -d '1 hour ago' "$S"/incoming/*
	# the third rename, after those of the two claims
	run strace -f -o "$BATS_TEST_TMPDIR/trace" -e trace=renameat2 -e inject=renameat2:error=EIO:when=3 "$UNPILOT" -c "$CONF" run
	[ "$status" -eq 2 ] || { echo "$output"; return 1; }
	[ "$(ls "$S/work" | wc -l) $(ls "$S/done" "$S/failed" | grep -c csv)" = "2 0" ]
	refute grep -q '^submit' "$LOG"
	run unpilot run
	[ "$(cd "$S" && echo failed/*bad.csv done/*good.csv | wc -w)" -eq 2 ]
	[ "$(grep -c '^submit' "$LOG")" -eq 1 ]
}

@test "a list of an interrupted run waits in failed/ and moves on when resume finishes it" {
	fleet 6
	start_service "$R" --pending-polls 8
	configure oem-direct poll-deadline 50ms
	spool
	cp "$L" "$S/incoming/l.csv"
	touch -d '1 hour ago' "$S"/incoming/*
	run unpilot run -q
	[ "$status" -eq 6 ]
	ls "$S/failed" | grep -q '\.6\.l\.csv$'
	configure oem-direct poll-deadline 1m
	run unpilot resume -q
	[ "$status" -eq 0 ]
	[ -z "$(ls "$S/failed")" ]
	ls "$S/done" | grep -q '\.0\.l\.csv$'
}

@test "what is no regular file stays in the spool, is named, and stops no night" {
	fleet 6
	start_service "$R"
	spool
	mkdir -p "$S/work"
	mkfifo "$S/work/20260101T000000Z-dead.pipe.csv" "$S/incoming/pipe.csv"
	ln -s "$L" "$S/incoming/link.csv"
	mkdir "$S/incoming/folder.csv"
	cp "$L" "$S/incoming/future.csv"
	touch -d '+400 days' "$S/incoming/future.csv"
	configure spool settle 100ms
	sleep 0.2
	run timeout 60 "$UNPILOT" -c "$CONF" run
	[ "$status" -eq 0 ]
	for f in work/20260101T000000Z-dead.pipe.csv incoming/pipe.csv incoming/link.csv incoming/folder.csv; do
		[[ "$output" == *"$S/$f is not "*"remove it"* ]] || { echo "$f: $output"; return 1; }
		[ -e "$S/$f" ]
	done
	[ "$(ls "$S/done" | sed 's/^[^.]*\.//')" = 0.future.csv ] # taken, because it arrived long enough ago
	run unpilot doctor --offline
	[[ "$output" == *"WARN  spool "*"not a regular file"* ]]
}

@test "a list that never ends is refused" {
	start_service samples/registry.csv
	run timeout 60 "$UNPILOT" -c "$CONF" run /dev/zero
	[ "$status" -eq 2 ]
	[[ "$output" == *"/dev/zero: line 1: no line end within 16 MiB"* ]]
	run timeout 60 bash -c 'yes "" | "$1" -c "$2" run -' - "$UNPILOT" "$CONF"
	[ "$status" -eq 2 ]
	[[ "$output" == *"a list has at most 12000000 lines"* ]]
	nothing_sent
}

@test "the list - is standard input" {
	start_service samples/registry.csv
	list ,3305000000001,,,c1 > /dev/null
	run -0 --separate-stderr unpilot run --json - < "$BATS_TEST_TMPDIR/list.csv"
	[ "$(head -1 <<< "$output" | jq -r '"\(.list) \(.outcome)"')" = "- deregistered" ]
}

# ---- the lock ----

@test "a locked ledger: 11, the message names pid and age; --lock-wait waits; two runs share no row" {
	fleet 6
	start_service "$R" --latency 400
	sed 's/F-/G-/; s/33051/33052/' "$L" > "$BATS_TEST_TMPDIR/second.csv"
	unpilot run -q "$L" 3>&- &
	first=$!
	wait_for '^submit'
	run unpilot run --again "$L"
	[ "$status" -eq 11 ]
	# the shell's pid comes before the program's if the shell forks
	[[ "$output" =~ process\ [0-9]+,\ for\ [0-9]+\ s ]]
	run unpilot run -q --again --lock-wait 30s "$BATS_TEST_TMPDIR/second.csv"
	[ "$status" -eq 1 ] # not in the registry: not-found
	wait $first
	[ -z "$(grep '^device' "$LOG" | grep -o 'pkid=[0-9]*' | sort | uniq -d)" ]
}

# ---- pending of earlier nights ----

@test "a later run collects pending results of an earlier one, but does not wait for them" {
	fleet 6
	start_service "$R" --pending-polls 3
	configure oem-direct poll-deadline 1ms
	unpilot run -q "$L" || [ $? -eq 6 ]
	earlier=$(basename "$(run_dir)")
	run unpilot status latest
	[[ "$output" =~ open\ .*6\ pending.*oldest\ without\ an\ answer:\ [0-9]+\ s ]]
	run unpilot status "$earlier"
	[ "$(awk '$1 == "c0" {print $5}' <<< "$output")" = 2 ] # wait
	[ "$(unpilot status --json "$earlier" | jq -c 'select(.type == "open" and .customer == "c0") | [.pending, .unknown, .["not-sent"]]')" = '[2,0,0]' ]
	[ "$(unpilot status --json | jq -r .open_since | cut -c1-2)" = 20 ]
	configure oem-direct poll-deadline 1m
	# with the polls of these two runs, three polls were answered Pending
	for n in 1 2 3; do
		unpilot run -q "$(list ",330500000010$n,,,other")" || [ $? -eq 1 ]
	done
	[ "$(jq .counts.deregistered "$D/handoff/$earlier/summary.json")" -eq 6 ]
	[ "$(jq .exit_code "$D/handoff/$earlier/summary.json")" -eq 0 ]
	[ "$(grep -c '^submit' "$LOG")" -eq 4 ]
	grep -q '"deregistered"' "$D/handoff/$earlier/c0/handoff.json"
}

# ---- pace ----

@test "--tpslimit: no more requests in a second than it says" {
	fleet 5
	start_service "$R" --pending-polls 0
	configure oem-direct batch-size 1
	started=$(date +%s%N)
	run unpilot run -q --tpslimit 10 "$L"
	[ "$status" -eq 0 ]
	# a preflight request, 5 submits, 5 polls: ten gaps of 0.1 s
	[ $(($(date +%s%N) - started)) -ge 1000000000 ]
}

@test "--max-duration: sends no more batches, finishes those in flight, 10; resume continues" {
	fleet 100
	start_service "$R" --latency 200 --pending-polls 0
	configure oem-direct batch-size 10
	configure oem-direct parallel 1
	run --separate-stderr unpilot run --json --max-duration 2s "$L"
	[ "$status" -eq 10 ]
	[ "$(count not-sent)" -ge 10 ]
	# batches in flight have an answer or wait for a result; how many depends on the machine
	[ $(($(count deregistered) + $(count pending) + $(count not-sent))) -eq 100 ]
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 0 ]
	[ "$(count deregistered)" -eq 100 ]
	[ "$(grep -c '^submit' "$LOG")" -eq 10 ]
}

# ---- signals ----

@test "a second SIGTERM ends at once; the ledger is consistent and resume continues" {
	fleet 6
	start_service "$R" --latency 2000
	"$UNPILOT" -c "$CONF" run -q "$L" 3>&- &
	pid=$!
	wait_for '^submit'
	# two signals at the same time count as one, so the second is repeated until it works
	while kill -TERM $pid 2> /dev/null; do sleep 0.02; done
	code=0
	wait $pid || code=$?
	[ $code -eq 143 ]
	run sqlite3 "$D/ledger.db" 'PRAGMA integrity_check'
	[ "$output" = ok ]
	run unpilot resume -q
	[ "$status" -eq 0 ]
}

# tick: does the work of the unit at a timer or restart. Sets CODE and adds to MAIL.
tick() {
	local line rc
	CODE=0
	while read -r line; do
		rc=0
		"$UNPILOT" -c "$CONF" ${line#ExecStart=/usr/bin/unpilot } >> "$MAIL" 2>&1 || rc=$?
		[ "$rc" -le 1 ] || { CODE=$rc; return 0; }
	done < <(grep '^ExecStart=' "$BATS_TEST_DIRNAME/../../partner/dist/systemd/unpilot.service")
}

@test "a night: lists in the spool at 03:15, the service down until 03:20, the rest at the next start" {
	MAIL=$BATS_TEST_TMPDIR/mail
	: > "$MAIL"
	fleet 40
	start_service "$R"
	port=$(cat "$D/port")
	kill "$SERVICE"; wait "$SERVICE" || true
	configure oem-direct retries 0
	spool
	head -21 "$L" > "$S/incoming/a.csv"
	{ head -1 "$L"; tail -20 "$L"; } > "$S/incoming/b.csv"
	touch -d '1 hour ago' "$S"/incoming/*
	tick # 03:15
	[ "$CODE" -eq 5 ]
	grep -q unreachable "$MAIL"
	: > "$MAIL"
	tick # still down
	[ "$CODE" -eq 5 ]
	: > "$MAIL"
	rm -f "$D/port"
	"$SANDBOX" --quiet --dir "$D" --port "$port" --registry "$R" --log "$LOG" 3>&- &
	SERVICE=$!
	until [ -e "$D/port" ]; do sleep 0.02; done
	sed -i 's/^poll-interval.*/poll-interval = 20ms/' "$CONF"
	configure limits canary 0
	spool
	tick # 03:20 and after
	[ "$CODE" -eq 0 ]
	[ ! -s "$MAIL" ]
	[ "$(ls "$S/done" | wc -l)" -eq 2 ]
	[ -z "$(ls "$S/failed" "$S/work" "$S/incoming" | grep csv)" ]
	[ "$(grep -c '^submit' "$LOG")" -eq 1 ]
	[ "$(sqlite3 "$D/ledger.db" 'SELECT COUNT(*) FROM row WHERE outcome=0')" -eq 40 ]
	: > "$MAIL"
	tick # the next night: nothing to do, nothing to report
	[ "$CODE" -eq 0 ]
	[ ! -s "$MAIL" ]
}

@test "resume ends with 0 if no run is open, even if the ledger has none or the latest ended with another code" {
	fleet 4 50
	start_service "$R"
	run unpilot resume
	[ "$status" -eq 0 ]
	[[ $output == *"no run is open: nothing to resume"* ]]
	run -1 unpilot run -q "$L"
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 0 ]
	[ "$(jq -c '[.run, .exit_code]' <<< "$output")" = '[null,0]' ]
	configure limits max-per-customer 1
	fleet 9
	run -4 unpilot run -q "$L"
	run -0 unpilot resume -q
	[ -z "$output" ]
}

@test "a held device was never asked, although its batch was sent: no BatchId, and find says so" {
	start_service samples/registry.csv --pending-polls 0
	echo 3305000000003 > "$BATS_TEST_TMPDIR/skip"
	configure limits skip-list "$BATS_TEST_TMPDIR/skip"
	run --separate-stderr unpilot run --json "$(list ,3305000000001,,,contoso ,3305000000003,,,contoso ,3305000000003,,,contoso)"
	[ "$(jq -rc 'select(.type == "device") | [.outcome, .batch != null]' <<< "$output" | tr '\n' ' ')" = '["deregistered",true] ["held",false] ["held",false] ' ]
	run --separate-stderr unpilot find 3305000000003
	[[ "$output" == *"asked: never"* ]] && [[ "$output" != *BatchId* ]] || { echo "$output"; return 1; }
	run --separate-stderr unpilot find --json 3305000000003
	[ "$(jq -rc '[.asked_at, .batch, .attempts]' <<< "$output" | sort -u)" = '[null,null,[]]' ]
	run --separate-stderr unpilot find 3305000000001
	[[ "$output" == *BatchId* ]]
}
